from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa.evaluation.asked.end_to_end import AskedSet, ask_set
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_sets import QuestionSet, QuestionSetProblem
from qa.restoring import restored
from tests.unit.evaluation.sets import DOCS, ROWS, FakeAssistant, firm, made_set, refused, tentative

ANSWERS = {
    "Where is the key?": firm("behind the clock", 0.9),
    "Where is the clock?": tentative("the clock", 0.5),
    "When is the party?": refused(0.7, best=("on 7 June", 0.3)),
}


def asked(folder: Path, rows: Any = ROWS, assistant: FakeAssistant | None = None, **others: Any) -> AskedSet:
    questions = QuestionSet.load(made_set(folder, rows))
    return ask_set(questions, questions.questions, assistant or FakeAssistant(ANSWERS), **others)


def test_every_question_has_its_outcome(tmp_path: Path) -> None:
    found = asked(tmp_path / "mine", seen=True)
    assert (found.name, found.seen, found.held, found.documents, found.problems) == ("mine", True, 5, 2, ())
    assert [one.id for one in found.outcomes] == ["a", "b", "c", "d", "e"]
    assert [one.kind for one in found.outcomes] == ["answerable", "answerable", "table", "near-miss", "off-topic"]
    assert [one.certainty for one in found.outcomes] == ["firm", "tentative", None, None, None]
    assert [one.f1 for one in found.outcomes] == [1.0, 0.0, 0.0, 1.0, 1.0]
    assert [one.right for one in found.outcomes] == [True, False, False, True, True]
    assert [one.best_right for one in found.outcomes] == [True, False, True, False, False]


def test_the_rank_is_of_the_first_passage_of_the_right_document_that_holds_an_answer(tmp_path: Path) -> None:
    # The passages are the lines of key.txt, then those of party/summer.txt.
    rows = [
        {"id": "first", "question": "a", "answers": ["behind the clock"], "doc": "key.txt"},
        {"id": "second", "question": "b", "answers": ["a hall"], "doc": "key.txt"},
        {"id": "any form", "question": "c", "answers": ["12 July", "7 June"], "doc": "party/summer.txt"},
        {"id": "white space", "question": "d", "answers": ["BRING A CAKE"], "doc": "party/summer.txt"},
        {"id": "letters", "question": "e", "answers": ["lock stan"], "doc": "key.txt"},
        {"id": "other document", "question": "f", "answers": ["cake"], "doc": "key.txt"},
        {"id": "document unknown", "question": "g", "answers": ["cake"]},
        {"id": "no answer", "question": "h", "answers": []},
    ]
    ranks = {one.id: one.rank for one in asked(tmp_path, rows).outcomes}
    assert ranks == {
        "first": 1,
        "second": 2,
        "any form": 3,
        "white space": 4,
        "letters": 2,
        "other document": None,
        "document unknown": 4,
        "no answer": None,
    }


def test_what_is_wrong_is_named_and_everything_else_is_asked(tmp_path: Path) -> None:
    rows = [
        *ROWS,
        "broken",
        {"id": "long", "question": "why " * 200, "answers": []},
        {"id": "gone", "question": "Where is it?", "answers": ["hall"], "doc": "none.txt"},
        {"id": "unsaid", "question": "Where was it?", "answers": ["attic"], "doc": "key.txt"},
        {"id": "unread", "question": "Whose is it?", "answers": ["Ann"], "doc": "photo.txt"},
    ]
    made_set(tmp_path, rows, {**DOCS, "photo.txt": "Ann"})
    questions = QuestionSet.load(tmp_path)
    skipped = [QuestionSetProblem("photo.txt", "it is not indexed: it holds no text")]
    found = ask_set(questions, questions.questions, FakeAssistant(), skipped=skipped)
    assert found.problems == (
        QuestionSetProblem("line 6", "it is not valid JSON"),
        QuestionSetProblem("gone", "its document none.txt is not there"),
        *skipped,
        QuestionSetProblem("unsaid", "none of its answers stands in key.txt as it was indexed"),
        QuestionSetProblem("unread", "its document photo.txt is not in the index"),
        QuestionSetProblem("long", "it cannot be asked: This question is too long."),
    )
    assert [one.id for one in found.outcomes] == ["a", "b", "c", "d", "e", "gone", "unsaid", "unread"]
    assert found.held == 9


def test_the_first_question_is_asked_once_more_to_load_the_models(tmp_path: Path) -> None:
    assistant = FakeAssistant()
    told: list[tuple[int, int]] = []
    asked(tmp_path, assistant=assistant, progress=lambda done, total: told.append((done, total)))
    assert assistant.asked == [ROWS[0]["question"], *(row["question"] for row in ROWS)]
    assert told == [(n, 5) for n in range(1, 6)]


def test_saved_and_restored(tmp_path: Path) -> None:
    found = asked(tmp_path, ["broken", *ROWS])
    assert restored(AskedSet, asdict(found)) == found
    old = asdict(found.outcomes[0])
    del old["certainty"]
    assert restored(Outcome, old).certainty is None
