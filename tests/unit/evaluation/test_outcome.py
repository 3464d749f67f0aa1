from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa.answers import AnswerKind
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import FileUnusable, RowMalformed
from qa.evaluation.report import report
from qa.evaluation.run_questions import Way, ask_all
from qa.evaluation.saved import load, saving
from qa.evaluation.squad_rows import Gold, Row
from tests.unit.evaluation.made import answer, outcome, passage

FILE = Path("rows.jsonl")
ROW = Row("1", "Where is it?", (Gold("in Oslo"),), "It is in Oslo.", None, "line 1")
HOPELESS = Row("2", "Where is it?", (), "It is in Oslo.", None, "line 2")


def test_answered() -> None:
    found = Outcome.of(ROW, answer("Oslo", 0.7), [passage("a", "no"), passage("b", "in Oslo")], None)
    assert (found.answer, found.best, found.confidence, found.best_confidence) == ("Oslo", "Oslo", 0.7, 0.7)
    assert (found.exact, found.f1, found.best_f1) == (0.0, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert (found.right, found.strictly_right, found.best_right) == (True, False, True)
    assert (found.rank, found.kind, found.total_ms) == (2, "where", 6.5)


def test_refused_though_there_is_an_answer() -> None:
    found = Outcome.of(ROW, answer(None, 0.8, best=("in Oslo", 0.2)), [], None)
    assert (found.answer, found.best, found.confidence, found.best_confidence) == ("", "in Oslo", 0.8, 0.2)
    assert (found.exact, found.f1, found.best_exact) == (0.0, 0.0, 1.0)
    assert (found.right, found.strictly_right, found.best_right) == (False, False, True)


def test_refused_since_there_is_none() -> None:
    found = Outcome.of(HOPELESS, answer(None, 0.8, best=("Oslo", 0.2)), [passage("a", "Oslo")], None)
    assert (found.exact, found.f1, found.best_exact, found.rank) == (1.0, 1.0, 0.0, None)
    assert (found.right, found.strictly_right, found.best_right) == (True, True, False)


def test_answered_though_there_is_none() -> None:
    found = Outcome.of(HOPELESS, answer("Oslo", 0.6), [], None)
    assert (found.f1, found.right, found.strictly_right) == (0.0, False, False)


def test_nothing_found_at_all() -> None:
    found = Outcome.of(HOPELESS, answer(None, 1.0), [], None)
    assert (found.best, found.best_confidence, found.right) == ("", 0.0, True)


@pytest.mark.parametrize(
    ("text", "right"), [("It lies in Oslo, by the sea. Boats leave daily.", True), ("It lies in Oslofjord.", False)]
)
def test_an_extract_is_right_if_it_holds_an_answer_word_for_word(text: str, right: bool) -> None:
    found = Outcome.of(ROW, replace(answer(text, 0.7), kind=AnswerKind.EXTRACT), [], None)
    assert (found.right, found.best_right) == (right, right)
    assert found.f1 < 0.5


class _Stub:
    """Answers "Oslo" and records how it was asked."""

    def __init__(self, passages: int = 0) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._passages = passages

    def ask(self, question):  # type: ignore[no-untyped-def]
        from qa.errors import QuestionTooLong

        self.calls.append(("ask", question))
        if len(question) > 100:
            raise QuestionTooLong(len(question), 100)
        return answer("Oslo", 0.5, paths=self._passages)

    def read(self, question, text):  # type: ignore[no-untyped-def]
        self.calls.append(("read", question, text))
        return answer("Oslo", 0.5)

    def search(self, query, limit):  # type: ignore[no-untyped-def]
        self.calls.append(("search", query, limit))
        return tuple(passage(f"{number}.txt", "in Oslo") for number in range(limit))


def test_asking_warms_up_searches_to_ten_and_reports_progress() -> None:
    stub, told = _Stub(passages=8), []
    found = list(
        ask_all(
            FILE,
            [ROW, HOPELESS],
            stub,
            Way.CONTEXTS,
            right_path=lambda row: "9.txt",
            progress=lambda done, total: told.append((done, total)),
        )
    )
    asked, searched = ("ask", ROW.question), ("search", ROW.question, 10)
    # The row without an answer has no right passage to look for.
    assert stub.calls == [asked, searched, asked, searched, asked]
    assert [row.rank for row in found] == [10, None]
    assert told == [(1, 2), (2, 2)]


def test_enough_passages_are_not_searched_again() -> None:
    stub = _Stub(passages=10)
    assert [row.rank for row in ask_all(FILE, [ROW], stub, Way.CORPUS, right_path=lambda row: None)] == [None]
    assert {call[0] for call in stub.calls} == {"ask"}


def test_a_given_passage_is_read_and_nothing_searched() -> None:
    stub = _Stub()
    (found,) = ask_all(FILE, [ROW], stub, Way.GIVEN, right_path=lambda row: "a.txt")
    assert set(stub.calls) == {("read", ROW.question, ROW.context)}
    assert found.rank is None


def test_a_question_that_cannot_be_asked_names_its_line() -> None:
    row = Row("3", "why " * 100, (), None, None, "line 3")
    with pytest.raises(RowMalformed, match=r"rows\.jsonl, line 3: The question has 400 characters; at most 100"):
        list(ask_all(FILE, [ROW, row], _Stub(), Way.CORPUS, right_path=lambda row: None))


def test_report_by_hand() -> None:
    rows = [
        outcome(1, total_ms=10.0),
        outcome(2, answered=False, answer="", exact=0.0, f1=0.0, confidence=0.6, best_confidence=0.4, rank=3),
        outcome(3, golds=(), answer="Bergen", exact=0.0, f1=0.0, best_exact=0.0, best_f1=0.0, rank=None, total_ms=30.0),
        outcome(4, kind="who", golds=(), answered=False, answer="", confidence=0.7, best_confidence=0.3, rank=None),
    ]
    found = report(rows, retrieved=True)
    assert found["refused"] == {"share": 0.5, "of_answerable": 0.5, "of_unanswerable": 0.5}
    assert (found["risk"]["coverage"], found["risk"]["risk"]) == (0.5, 0.5)
    assert found["retrieval"] == {
        "questions": 2,
        "recall@1": 0.5,
        "recall@3": 1.0,
        "recall@5": 1.0,
        "recall@10": 1.0,
        "mrr": pytest.approx(2 / 3),
    }
    # 0.9: one of two right; 0.6: wrong; 0.7: right. In 15 bins 0.9 lies in the 14th, 0.6 in the 10th, 0.7 in the 11th.
    assert found["calibration"]["ece_equal_width"] == pytest.approx((2 * 0.4 + 0.6 + 0.3) / 4)
    assert found["calibration"]["brier"] == pytest.approx((0.01 + 0.36 + 0.81 + 0.09) / 4)
    assert found["latency_ms"]["p50"] == 10.0
    assert list(found["kinds"]) == ["who", "where"]
    assert found["kinds"]["who"]["official"]["NoAns_f1"] == 100.0
    assert report(rows, retrieved=False)["retrieval"] is None


def test_saved_rows_come_back(tmp_path: Path) -> None:
    file, rows = tmp_path / "a.jsonl", [outcome(1, answer="\u2028 é"), outcome(2, golds=(), rank=None)]
    with saving(file, {"qa_eval": 1, "file": "x"}) as write:
        for row in rows:
            write(row)
        assert not file.exists()
    assert load(file) == ({"qa_eval": 1, "file": "x"}, rows)
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupted_run_leaves_what_was_saved_before(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("before")

    def interrupted() -> None:
        with saving(file, {"qa_eval": 1}) as write:
            write(outcome(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_saving_where_nothing_can_be_written_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="cannot be written"), saving(tmp_path / "none" / "a.jsonl", {}):
        pytest.fail("it must not get here")


@pytest.mark.parametrize("text", ["", "{}", "[", '{"qa_eval": 2}', "\ud800".encode("utf-8", "surrogatepass")])
def test_a_file_that_was_not_saved(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FileUnusable, match="was not written by qa eval --save"):
        load(file)


def test_a_saved_row_that_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"qa_eval": 1}\n{"id": 3}\n')
    with pytest.raises(RowMalformed, match=r"a\.jsonl, line 2"):
        load(file)
