from __future__ import annotations

import math
from collections.abc import Sequence

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

    assert other_value([], never) is None


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    folder = tmp_path_factory.mktemp("club")
    corpus = folder / "docs"
    corpus.mkdir()
    (corpus / "2024.md").write_text("# Fees for 2024\n\nThe yearly fee for an adult member is £144.\n")
    (corpus / "2025.md").write_text("# Fees for 2025\n\nThe yearly fee for an adult member is £156.\n")
    (corpus / "hall.md").write_text("# The hall\n\nThe hall is heated from October until April.\n")
    with Assistant.open(settings=Settings(corpus=corpus, index=folder / "index")) as assistant:
        return assistant.ask("How much is the yearly fee for an adult member?")


def test_what_another_document_says_stands_beside_the_answer(asked: Answer) -> None:
    (other,) = asked.other_values
    assert {asked.text, other.text} == {"£144", "£156"}
    assert {asked.citation.path if asked.citation else "", other.citation.path} == {"2024.md", "2025.md"}
    assert other in asked.alternatives
    assert other not in asked.rivals


def test_it_is_in_the_json_of_the_answer(asked: Answer) -> None:
    assert asked.as_dict()["other_values"] == [asked.other_values[0].as_dict()]


def test_it_is_printed(asked: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    from qa.cli.show import show

    show(asked)
    assert f"Elsewhere: {asked.other_values[0].text}" in capsys.readouterr().out
