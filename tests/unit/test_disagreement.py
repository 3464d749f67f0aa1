from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Assistant
from qa.answers import Answer
from qa.pipeline.disagreement import DisagreementFeatures, other_value, value_kind
from qa.settings import Settings


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("£156", "amount"),
        ("12 per cent", "amount"),
        ("17:30 to 19:00", "time"),
        ("7 pm", "time"),
        ("Saturday 12 July", "date"),
        ("in 2014", "date"),
        ("twelve", "number"),
        ("B-52", "number"),
        ("Rosa Lind", "name"),
        ("next to the lift", "other"),
        ("", "other"),
    ],
)
def test_the_kind_of_a_value(text: str, kind: str) -> None:
    assert value_kind(text) == kind


@given(st.text(max_size=60))
def test_every_text_has_a_kind(text: str) -> None:
    assert value_kind(text) in {"amount", "time", "date", "number", "name", "other"}


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(-1, 1), st.booleans())
def test_a_probability_is_one(margin: float, cosine: float, kind: bool) -> None:
    probability = DisagreementFeatures(margin, cosine, kind).probability
    assert math.isfinite(probability)
    assert 0 <= probability <= 1


def test_one_candidate_alone_is_not_compared() -> None:
    def never(text: str, others: Sequence[str]) -> list[float]:
        raise AssertionError(text, others)

    assert other_value([], never, never) is None  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("club")
    corpus = folder / "docs"
    corpus.mkdir()
    (corpus / "2024.md").write_text("# Fees for 2024\n\nThe yearly fee for an adult member is £144.\n")
    (corpus / "2025.md").write_text("# Fees for 2025\n\nThe yearly fee for an adult member is £156.\n")
    (corpus / "hall.md").write_text("# The hall\n\nThe hall is heated from October until April.\n")
    (corpus / "rules-old.md").write_text("# Rules\n\nThe sauna closes at 21:00 on Fridays.\n")
    (corpus / "rules.md").write_text("# Rules\n\nOn Fridays the sauna is open, and closes at 22:30.\n")
    (corpus / "keys.txt").write_text("Keys\n\nThe code of the key box is 4417.\n")
    (corpus / "note.txt").write_text("Note\n\nThe code of the key box was changed, now it is 2906.\n")
    with Assistant.open(settings=Settings(corpus=corpus, index=folder / "index")) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def asked(assistant: Assistant) -> Answer:
    return assistant.ask("How much is the yearly fee for an adult member?")


def values(answer: Answer) -> list[tuple[str | None, str | None]]:
    """The one that is given, and the other one, each with its document."""
    (other,) = answer.other_values
    return [(answer.text, answer.citation and answer.citation.path), (other.text, other.citation.path)]


def test_the_newer_value_is_the_answer_and_the_older_one_stands_beside_it(asked: Answer) -> None:
    assert values(asked) == [("£156", "2025.md"), ("£144", "2024.md")]
    assert [(part.text, part.citation) for part in asked.parts] == [(asked.text, asked.citation)]
    (other,) = asked.other_values
    assert other in asked.alternatives
    assert asked.confidence >= other.confidence
    assert other not in asked.rivals


@pytest.mark.parametrize(
    ("question", "holds", "other"),
    [
        ("When does the sauna close on Fridays?", ("22:30", "rules.md"), ("21:00", "rules-old.md")),
        ("What is the code of the key box?", ("2906", "note.txt"), ("4417", "keys.txt")),
    ],
)
def test_without_dates_what_the_documents_say_of_a_change_decides(
    question: str, holds: tuple[str, str], other: tuple[str, str], assistant: Assistant
) -> None:
    assert values(assistant.ask(question)) == [holds, other]


def test_who_asks_for_the_older_one_gets_it(assistant: Assistant) -> None:
    asked = assistant.ask("How much was the yearly fee for an adult member in 2024?")
    assert asked.text == "£144"


def test_it_is_in_the_json_of_the_answer(asked: Answer) -> None:
    assert asked.as_dict()["other_values"] == [asked.other_values[0].as_dict()]


def test_it_is_printed(asked: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    from qa.cli.show import show

    show(asked)
    assert f"Elsewhere: {asked.other_values[0].text}" in capsys.readouterr().out
