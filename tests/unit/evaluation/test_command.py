"""The command around a stub of the Assistant: what goes where, and how wrong use ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from qa.cli.evaluate import evaluate
from qa.errors import QaError
from qa.evaluation.plan import Plan
from qa.evaluation.saved import saving
from qa.settings import Settings
from tests.unit.evaluation.made import answer, outcome, passage
from tests.unit.test_imports import loaded_by

ROWS = [
    {"id": "a", "question": "Where is it?", "context": "It is in Oslo.", "answers": [{"text": "Oslo", "start": 9}]},
    {"id": "b", "question": "Who is it?", "context": "It is in Oslo.", "answers": []},
    {
        "id": "c",
        "question": "How many are it?",
        "context": "Three of them.",
        "answers": [{"text": "Three", "start": 0}],
    },
]


class _Stub:
    """Knows Oslo, and that the second context is its second document."""

    def ask(self, question: str) -> Any:
        return answer("Oslo", 0.9) if "Where" in question else answer(None, 0.8, best=("Oslo", 0.2))

    def read(self, question: str, text: str) -> Any:
        return self.ask(question)

    def search(self, query: str, limit: int) -> Any:
        return passage("000001.txt", "It is in Oslo."), passage("000002.txt", "Three of them.")

    def document_text(self, path: str) -> str:
        return {"oslo.txt": "It is in Oslo."}[path]


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    @contextmanager
    def stub(self: Plan, indexing: object = None) -> Iterator[_Stub]:
        yield _Stub()

    monkeypatch.setattr(Plan, "assistant", stub)
    monkeypatch.chdir(tmp_path)
    return _written(tmp_path / "rows.jsonl", ROWS)


def _written(file: Path, values: list[dict[str, Any]]) -> Path:
    file.write_text("\n".join(json.dumps(row) for row in values))
    return file


def _eval(*arguments: str | Path) -> Result:
    return CliRunner().invoke(evaluate, [str(argument) for argument in arguments], catch_exceptions=True)


def _wrong(*arguments: str | Path) -> str:
    """The one line of an error that qa.cli.main prints."""
    result = _eval(*arguments)
    assert isinstance(result.exception, QaError), result
    assert result.exception.exit_code == 2
    assert result.output == ""
    return str(result.exception)


def test_table(rows: Path) -> None:
    result = _eval(rows)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:7] == [
        "rows.jsonl · 3 questions · end to end over the contexts (2)",
        "",
        "                questions     EM     F1  refused",
        "all                     3   66.7   66.7   66.7 %",
        "answerable              2   50.0   50.0   50.0 %",
        "no answer               1  100.0  100.0  100.0 %",
        "best threshold              66.7   66.7  (--min-confidence 0.900 for EM, 0.900 for F1)",
    ]
    assert "right passage          2  0.500  1.000  1.000  1.000  0.750" in result.stdout
    assert result.stderr == ""


def test_json_is_one_object_and_nothing_else(rows: Path) -> None:
    result = _eval(rows, "--json")
    found = json.loads(result.stdout)
    assert result.stderr == ""
    assert found["run"]["way"] == "end to end over the contexts"
    models = {"encoder", "encoder_fingerprint", "reranker_sha256", "reader_sha256", "calibration_sha256"}
    assert set(found["run"]["models"]) == models
    assert found["official"]["HasAns_f1"] == 50.0
    assert found["retrieval"]["mrr"] == 0.75
    assert list(found["kinds"]) == ["how many/much", "who", "where"]


def test_given_passage_has_no_retrieval(rows: Path) -> None:
    result = _eval(rows, "--given-passage")
    assert "passage given" in result.stdout.splitlines()[0]
    assert "R@5" not in result.stdout


def test_over_a_corpus_that_was_named_contexts_do_not_count(rows: Path, tmp_path: Path) -> None:
    found = json.loads(_eval(rows, "--corpus", tmp_path, "--json").stdout)
    assert (found["run"]["way"], found["run"]["corpus"]) == ("over the corpus", str(tmp_path))
    assert found["retrieval"]["recall@1"] == 0.5


def test_rows_without_context_go_over_the_corpus(rows: Path, tmp_path: Path) -> None:
    file = _written(tmp_path / "mine.jsonl", [{"question": "Where?", "answers": ["Oslo"], "path": "oslo.txt"}])
    assert "over the corpus" in _eval(file).stdout.splitlines()[0]
    _written(file, [{"question": "Where?", "answers": ["Oslo"], "path": "bergen.txt"}])
    assert _wrong(file).endswith('mine.jsonl, line 1: the corpus holds no document "bergen.txt".')


def test_limit_is_a_sample_with_a_fixed_seed_and_all_contexts(rows: Path) -> None:
    def asked(limit: int | None) -> tuple[list[str], int]:
        plan = Plan.of(rows, Settings(), limit=limit)
        return [row.id for row in plan.rows], len(plan.contexts)

    assert asked(2) == asked(2)
    assert asked(1)[1] == 2
    assert asked(None) == asked(9) == (["a", "b", "c"], 2)
    assert "2 of 3 questions" in _eval(rows, "--limit", "2").stdout


def test_save_and_compare(rows: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    assert _eval(rows, "--save", one).exit_code == 0
    assert _eval(rows, "--save", other, "--limit", "2").exit_code == 0
    header, *lines = one.read_text().splitlines()
    assert json.loads(header)["qa_eval"] == 1
    assert [json.loads(line)["id"] for line in lines] == ["a", "b", "c"]
    result = _eval("--compare", one, other)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"A  {one}\nB  {other}\n")
    assert "not compared, since only one file has them: 1 in A, 0 in B" in result.stdout
    found = json.loads(_eval("--compare", one, other, "--json").stdout)
    assert (found["rows"], found["only_in_a"], found["b"]["questions"]) == (2, 1, 2)
    assert all(each["difference"] == each["low"] == each["high"] == 0 for each in found["differences"])


def test_golden_comparison(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    wrong = {"exact": 0.0, "f1": 0.0, "best_exact": 0.0, "best_f1": 0.0, "rank": 4, "total_ms": 20.0}
    for file, values in ((one, wrong), (other, {})):
        with saving(file, {"qa_eval": 1, "way": "end to end over the contexts"}) as write:
            for number in range(4):
                write(outcome(number, **values))
    # Every row changes by as much, so every resample does.
    assert (
        _eval("--compare", one, other).stdout
        == f"""\
A  {one}
B  {other}

                 rows      A      B   B - A     95 % interval
EM                  4    0.0  100.0  +100.0  +100.0 to +100.0  *
F1                  4    0.0  100.0  +100.0  +100.0 to +100.0  *
answerable EM       4    0.0  100.0  +100.0  +100.0 to +100.0  *
answerable F1       4    0.0  100.0  +100.0  +100.0 to +100.0  *
best span F1        4    0.0  100.0  +100.0  +100.0 to +100.0  *
recall@1            4  0.000  1.000  +1.000  +1.000 to +1.000  *
recall@5            4  1.000  1.000  +0.000  +0.000 to +0.000
recall@10           4  1.000  1.000  +0.000  +0.000 to +0.000
MRR                 4  0.250  1.000  +0.750  +0.750 to +0.750  *
right decisions     4  0.000  1.000  +1.000  +1.000 to +1.000  *
Brier score         4  0.810  0.010  -0.800  -0.800 to -0.800  *
refused             4  0.000  0.000  +0.000  +0.000 to +0.000
mean ms             4   20.0   10.0   -10.0    -10.0 to -10.0  *

* the interval (paired bootstrap over the rows) does not hold 0
"""
    )


def test_plot(rows: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = _eval(rows, "--plot", tmp_path / "a" / "b")
    assert result.exit_code == 0
    for name in ("reliability", "risk_coverage", "latency"):
        picture = tmp_path / "a" / "b" / f"{name}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.name in result.stderr


def test_plot_without_the_extra_is_said_before_anything_is_asked(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.evaluation.plots.find_spec", lambda name: None)
    message = _wrong(rows, "--plot", tmp_path / "plots", "--save", tmp_path / "a.jsonl")
    assert message == '--plot needs matplotlib. Install it with: pip install "qa[eval]"'
    assert not (tmp_path / "a.jsonl").exists()


def test_wrong_use(rows: Path, tmp_path: Path) -> None:
    assert "Give a FILE" in _wrong()
    assert "asks nothing" in _wrong(rows, "--compare", rows, rows)
    assert "asks nothing" in _wrong("--compare", rows, rows, "--min-confidence", "0")
    assert "would overwrite the questions" in _wrong(rows, "--save", rows)
    assert "own contexts" in _wrong(rows, "--given-passage", "--corpus", tmp_path)
    assert "was not written by qa eval --save" in _wrong("--compare", rows, rows)
    assert "cannot be made a folder" in _wrong(rows, "--plot", rows)
    assert "no such file" in _wrong(tmp_path / "none.jsonl")
    _written(rows, [ROWS[0], {"question": "Where?", "answers": []}])
    assert "line 2: this row has no context" in _wrong(rows)
    assert rows.read_text().count("\n") == 1


def test_the_command_imports_no_numbers() -> None:
    loaded = loaded_by("import qa.cli.evaluate")
    assert not loaded & {"numpy", "matplotlib", "rich", "textual", "onnxruntime", "faiss", "torch"}
