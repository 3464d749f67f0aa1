from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Assistant, Settings
from qa.answers import AnswerKind
from qa.errors import AssistantClosed, IndexDamaged, ModelUnusable
from qa.filters import Filter
from qa.index.sqlite.database import FILE_NAME
from qa.inference.encoder import shipped_encoder_folder
from qa.inference.onnx_sessions import open_session
from qa.text.quotation import around
from tests.conftest import ROOT, SURE
from tests.unit.models import index_folder


@pytest.fixture(scope="module")
def assistant() -> Iterator[Assistant]:
    """Over the article that ships."""
    with Assistant.open(ROOT / "corpus") as opened:
        yield opened


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "my notes").mkdir()
    (tmp_path / "my notes" / "a.txt").write_text("The key hangs behind the clock.")
    index_folder(tmp_path / "my notes", tmp_path / "index")
    return tmp_path / "my notes"


def test_a_closed_assistant_says_so(notes: Path) -> None:
    assistant = Assistant.open(notes, index=notes.parent / "index")
    assistant.close()
    assistant.close()
    for use in (
        lambda: assistant.ask("Where does the key hang?"),
        lambda: assistant.read("Where does the key hang?", "Behind the clock."),
        lambda: assistant.search("key"),
        lambda: assistant.document_text("a.txt"),
        assistant.stale,
        assistant.status,
    ):
        with pytest.raises(AssistantClosed, match="open"):
            use()


def test_an_error_of_an_open_assistant_names_the_places_it_was_given(notes: Path) -> None:
    folder = notes.parent / "index"
    with Assistant.open(notes, index=folder) as assistant:
        (folder / FILE_NAME).write_bytes(b"garbage")
        with pytest.raises(IndexDamaged) as caught:
            assistant.ask("Where does the key hang?")
    assert f"qa index --repair --corpus '{notes}' --index {folder}" in caught.value.hint
    assert caught.value.hint in str(caught.value)


def test_nothing_is_repeated_that_was_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / FILE_NAME).write_bytes(b"garbage")
    with pytest.raises(IndexDamaged) as caught:
        Assistant.open(settings=Settings())
    assert "qa index --repair (or" in caught.value.hint


def test_an_encoder_may_lie_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "model").symlink_to(shipped_encoder_folder())
    shipped = {"corpus": ROOT / "corpus", "index": ROOT / "index"}
    with Assistant.open(settings=Settings(encoder=Path("~/model"), **shipped)) as assistant:
        assert assistant.ask(SURE[0]).text == SURE[1]
    with pytest.raises(ModelUnusable, match=f"{tmp_path}.*QA_ENCODER"):
        Assistant.open(settings=Settings(encoder=Path("~/nothing"), **shipped))


def test_there_are_never_more_threads_than_cores() -> None:
    session = open_session(shipped_encoder_folder() / "model.int8.onnx", threads=256)
    assert session.get_session_options().intra_op_num_threads == os.cpu_count()


def test_the_passages_of_a_search_are_scored_in_their_order_however_many_are_read(assistant: Assistant) -> None:
    scores = [passage.score for passage in assistant.search("How long is the Kant lease?", 25)]
    assert len(scores) > 8
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)


def test_no_candidate_is_likelier_than_one_that_is_ranked_above_it(assistant: Assistant) -> None:
    for question in ("How long is the Kant lease?", "Who is the mayor of Osh?", "When was the base closed?"):
        answer = assistant.ask(question)
        given = [answer.confidence] if answer.answered else []
        chances = [*given, *(each.confidence for each in answer.alternatives)]
        assert chances == sorted(chances, reverse=True)


def test_an_explanation_is_of_the_answer_that_is_given(assistant: Assistant) -> None:
    explanation = assistant.explain("How many Russian military personnel are at the Kant airbase?")
    answer, findings = explanation.answer, explanation.findings
    assert answer.text == findings.spans[0].text == "400"
    assert len(answer.passages) == findings.read == 8
    assert [hit.passage.text for hit in findings.hits[:8]] == [passage.text for passage in answer.passages]


def test_an_answer_is_one_line_and_its_quote_is_what_the_document_has(tmp_path: Path) -> None:
    text = "The bell.\n\nThe bell of the old town hall was cast by Maria\n   Antonia Rossi  in the year 1712.\n"
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "bell.txt").write_text(text)
    index_folder(tmp_path / "notes", tmp_path / "index")
    with Assistant.open(tmp_path / "notes", index=tmp_path / "index") as assistant:
        answer = assistant.ask("Who cast the bell of the old town hall?", min_confidence=0)
    assert answer.text == "Maria Antonia Rossi"
    citation = answer.citation
    assert citation is not None
    assert citation.quote == text[citation.start : citation.end] == "Maria\n   Antonia Rossi"
    assert around(answer.text, citation, answer.passages) == (
        "The bell of the old town hall was cast by ",
        "  in the year 1712.",
    )


MERCURY = "What is the boiling point of mercury?"
KANT = "How long is the Kant lease?"


@pytest.mark.parametrize(
    ("question", "options", "reason"),
    [
        (SURE[0], {}, None),
        (KANT, {"min_confidence": 1.0}, "unsure"),
        ("tell me about the Kant airbase", {"min_confidence": 1.0}, "unsure"),
        (KANT, {"min_confidence": 1.0, "only": Filter(ext="txt")}, "unsure"),
        (MERCURY, {}, "not_found"),
        (MERCURY, {"min_confidence": 1.0}, "not_found"),
        (MERCURY, {"only": Filter()}, "not_found"),
        (MERCURY, {"only": Filter(ext="txt")}, "filtered"),
        ("Thanks!", {}, None),
    ],
)
def test_a_refusal_says_why(question: str, options: dict[str, Any], reason: str | None, assistant: Assistant) -> None:
    answer = assistant.ask(question, **options)
    assert answer.reason == reason
    assert answer.answered == (question == SURE[0])


def test_a_text_that_is_given_is_refused_with_a_reason_too(assistant: Assistant) -> None:
    text = "The lease of the boathouse lasts 49 years."
    assert assistant.read("How long is the lease of the boathouse?", text, min_confidence=1.0).reason == "unsure"
    assert assistant.read(MERCURY, text).reason == "not_found"


@pytest.mark.parametrize("question", [SURE[0], KANT, MERCURY, "tell me about the Kant airbase"])
def test_confidence_is_that_of_the_best_candidate_and_leaves_room_for_absence(
    question: str, assistant: Assistant
) -> None:
    given, refused = assistant.ask(question, min_confidence=0.0), assistant.ask(question, min_confidence=1.0)
    assert refused.confidence == refused.alternatives[0].confidence
    assert given.kind is not AnswerKind.SPAN or given.confidence == refused.confidence
    for answer in (given, refused):
        assert answer.absent_probability is not None
        assert 0.0 <= answer.confidence <= answer.confidence + answer.absent_probability <= 1.0 + 1e-9


def test_nothing_is_said_of_absence_where_nothing_is_looked_for(assistant: Assistant) -> None:
    answer = assistant.ask("Thanks!")
    assert (answer.kind, answer.confidence, answer.absent_probability) == (AnswerKind.TALK, 0.0, None)
