from __future__ import annotations

from pathlib import Path

import pytest

from qa.evaluation.question_errors import FileUnusable
from qa.evaluation.question_sets import QuestionSet, QuestionSetProblem, missing_answers
from tests.unit.evaluation.sets import DOCS, ROWS, made_set


def test_a_set(tmp_path: Path) -> None:
    found = QuestionSet.load(made_set(tmp_path / "mine"))
    assert found.name == "mine"
    assert found.problems == ()
    assert [one.id for one in found.questions] == ["a", "b", "c", "d", "e"]
    assert [one.kind for one in found.questions] == ["answerable", "answerable", "table", "near-miss", "off-topic"]
    assert [one.answerable for one in found.questions] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("{no json", "it is not valid JSON"),
        ("[]", "it is not a JSON object"),
        ('{"answers": []}', "it has no question"),
        ('{"question": "?!", "answers": []}', "it has no question"),
        ('{"question": "Where?"}', "its answers are no list of texts"),
        ('{"question": "Where?", "answers": [" "]}', "its answers are no list of texts"),
        ('{"question": "Where \\ud800?", "answers": []}', "it has no question"),
        ('{"question": "Where?", "answers": [], "doc": 3}', "its doc is no path"),
    ],
)
def test_a_broken_row_is_named_by_its_line_and_the_others_stay(tmp_path: Path, row: str, what: str) -> None:
    found = QuestionSet.load(made_set(tmp_path, [ROWS[0], row, *ROWS[1:]]))
    assert found.problems == (QuestionSetProblem("line 2", what),)
    assert len(found.questions) == len(ROWS)


def test_a_broken_row_is_named_by_its_id_where_it_has_one(tmp_path: Path) -> None:
    found = QuestionSet.load(made_set(tmp_path, [ROWS[0], {"id": "x", "question": 3, "answers": []}, ROWS[0]]))
    assert found.problems == (
        QuestionSetProblem("x", "it has no question"),
        QuestionSetProblem("line 3", "its id 'a' is that of an earlier row"),
    )


@pytest.mark.parametrize("path", ["none.txt", "../questions.jsonl", "/etc/hostname", "key\0.txt", "x" * 300])
def test_a_document_that_is_not_there_is_named_and_its_question_stays(tmp_path: Path, path: str) -> None:
    found = QuestionSet.load(made_set(tmp_path, [{**ROWS[0], "doc": path}]))
    assert found.problems == (QuestionSetProblem("a", f"its document {path} is not there"),)
    assert len(found.questions) == 1


def test_a_path_is_understood_however_it_is_written(tmp_path: Path) -> None:
    found = QuestionSet.load(made_set(tmp_path, [{**ROWS[2], "doc": "./party//summer.txt"}]))
    assert found.problems == ()
    assert found.questions[0].document == "party/summer.txt"


def test_answers_that_are_not_in_the_indexed_text(tmp_path: Path) -> None:
    rows = [
        {"id": "spaces", "question": "What?", "answers": ["bring A cake"], "doc": "party/summer.txt"},
        {"id": "one form", "question": "What?", "answers": ["a pie", "cake"], "doc": "party/summer.txt"},
        {"id": "gone", "question": "What?", "answers": ["a pie"], "doc": "party/summer.txt"},
        {"id": "elsewhere", "question": "What?", "answers": ["hall"], "doc": "party/summer.txt"},
        {"id": "unread", "question": "What?", "answers": ["hall"], "doc": "key.txt"},
        {"id": "anywhere", "question": "What?", "answers": ["nothing"]},
    ]
    questions = QuestionSet.load(made_set(tmp_path, rows)).questions
    texts = {"party/summer.txt": DOCS["party/summer.txt"]}
    assert list(missing_answers(questions, texts.get)) == [
        QuestionSetProblem("gone", "none of its answers stands in party/summer.txt as it was indexed"),
        QuestionSetProblem("elsewhere", "none of its answers stands in party/summer.txt as it was indexed"),
        QuestionSetProblem("unread", "its document key.txt is not in the index"),
    ]


def test_what_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match=r"it has no folder docs\. A question set has docs/ and questions\.jsonl\."):
        QuestionSet.load(tmp_path)
    (tmp_path / "docs").mkdir()
    with pytest.raises(FileUnusable, match="no such file"):
        QuestionSet.load(tmp_path)
    (tmp_path / "questions.jsonl").write_text("{}\n")
    with pytest.raises(FileUnusable, match="none of its rows can be asked"):
        QuestionSet.load(tmp_path)
    (tmp_path / "questions.jsonl").write_bytes(b"\xff")
    with pytest.raises(FileUnusable, match="not UTF-8"):
        QuestionSet.load(tmp_path)
