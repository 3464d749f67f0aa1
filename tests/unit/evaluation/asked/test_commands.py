"""`python -m qa.evaluation.asked` and `qa eval FOLDER` around a fake of the Assistant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from qa.cli.evaluate import evaluate
from qa.errors import QaError
from qa.evaluation.asked.__main__ import main
from qa.evaluation.question_sets import QuestionSet, QuestionSetProblem
from tests.unit.evaluation.asked.test_asking import ANSWERS
from tests.unit.evaluation.sets import ROWS, FakeAssistant, made_set
from tests.unit.test_imports import loaded_by


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, Path | None]]:
    """The sets that are opened, with the place of their index; the real models are not needed."""
    seen: list[tuple[str, Path | None]] = []

    @contextmanager
    def fake(
        questions: QuestionSet, settings: object, models: object, index: Path | None, indexing: object
    ) -> Iterator[tuple[FakeAssistant, tuple[QuestionSetProblem, ...]]]:
        seen.append((questions.name, index))
        yield FakeAssistant(ANSWERS), (QuestionSetProblem("photo.jpg", "it is not indexed: it holds no \x1b[31mtext"),)

    monkeypatch.setattr("qa.evaluation.asked.set_running.opened", fake)
    monkeypatch.setattr("qa.pipeline.models.LoadedModels", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    return seen


def ran(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> str:
    assert main([str(argument) for argument in arguments]) == code
    shown = capsys.readouterr()
    return shown.err if code else shown.out


def ours(name: str) -> list[dict[str, Any]]:
    """Rows numbered as those of ../shared/data/asked."""
    return [{**row, "id": f"{name}-{row['id']}"} for row in ROWS]


COUNTED = "  All rows that can be asked count in the figures, these too.\n"


def test_tables(opened: object, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shown = ran(capsys, made_set(tmp_path / "mine")).split("\n\n")
    assert shown[0].startswith("mine · 5 questions · reranker ")
    assert shown[1].splitlines() == [
        "found and read  questions  A    R@1    R@3    R@8   R@50  forced F1  forced EM     F1",
        "mine                    5  3   33.3  100.0  100.0  100.0       60.0       33.3   33.3",
        "  95 % from                     0.0  100.0  100.0  100.0        0.0        0.0    0.0",
        "  to                          100.0  100.0  100.0  100.0      100.0      100.0  100.0",
        "· answerable            2  2   50.0  100.0  100.0  100.0       50.0       50.0   50.0",
        "· table                 1  1    0.0  100.0  100.0  100.0       80.0        0.0    0.0",
        "· near-miss             1  0      –      –      –      –          –          –      –",
        "· off-topic             1  0      –      –      –      –          –          –      –",
    ]
    assert shown[-1] == "mine: 1 problem\n  photo.jpg: it is not indexed: it holds no \u241b[31mtext\n" + COUNTED
    assert "NEW" not in "".join(shown)


def test_seen_sets_are_headed_as_seen(opened: object, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sets = [made_set(tmp_path / name, ours(name)) for name in ("news", "office", "travel")]
    shown = ran(capsys, *sets)
    new, seen = shown.split("SEEN: ")
    assert new.split("NEW: ")[1].splitlines()[2].startswith("found and read")
    assert "mean of 2 sets" in new
    assert "office" not in new
    assert "office" in seen
    assert "mean of" not in seen
    shown = ran(capsys, *sets, "--seen", "")
    assert "mean of 3 sets" in shown
    assert "SEEN: " not in shown
    assert "called 'ofice'" in ran(capsys, *sets, "--seen", "ofice", code=2)


def test_a_run_is_saved_for_a_comparison(
    opened: list[tuple[str, Path | None]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sets = [made_set(tmp_path / name) for name in ("one", "two")]
    ran(capsys, *sets, "--every", "2", "--indexes", "kept", "--json", "run.json")
    assert opened == [("one", Path("kept/one")), ("two", Path("kept/two"))]
    values = json.loads(Path("run.json").read_text())
    assert [outcome["id"] for outcome in values["sets"][0]["outcomes"]] == ["a", "c", "e"]
    assert (values["run"]["every"], values["run"]["seen"]) == (2, [])
    assert set(values["run"]["questions_sha256"]) == {"one", "two"}
    assert len(values["problems"]["two"]) == 1
    compared = CliRunner().invoke(evaluate, ["--compare", "run.json", "run.json"]).stdout
    assert "+0.0 to +0.0" in compared
    assert "*\n" not in compared


def test_a_run_is_saved_after_every_set(
    opened: object, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explain(self: FakeAssistant, question: str) -> Any:
        if Path("run.json").exists():
            raise KeyboardInterrupt
        return kept(self, question)

    kept = FakeAssistant.explain
    monkeypatch.setattr(FakeAssistant, "explain", explain)
    sets = [made_set(tmp_path / name) for name in ("one", "two")]
    assert main([*map(str, sets), "--json", "run.json"]) == 130
    assert [one["name"] for one in json.loads(Path("run.json").read_text())["sets"]] == ["one"]


@pytest.mark.parametrize(("name", "place"), [("news", "."), ("office", "seen")])
def test_plots(opened: object, tmp_path: Path, name: str, place: str) -> None:
    pytest.importorskip("matplotlib")
    CliRunner().invoke(evaluate, [str(made_set(tmp_path / name, ours(name))), "--plot", "pictures"])
    assert list(Path("pictures").rglob("reliability.png")) == [Path("pictures", place, "reliability.png")]


def test_wrong_use(opened: object, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mine = made_set(tmp_path / "mine")
    assert "it has no folder docs" in ran(capsys, mine, mine / "docs", code=2)
    assert "from 1 on" in ran(capsys, mine, "--every", "0", code=2)
    assert "are called 'mine'" in ran(capsys, mine, mine, code=2)
    assert "overwrite the questions" in ran(capsys, mine, "--json", mine / "questions.jsonl", code=2)
    assert opened == []


def test_qa_eval_of_a_folder(opened: list[tuple[str, Path | None]], tmp_path: Path) -> None:
    mine = str(made_set(tmp_path / "mine"))
    shown = CliRunner().invoke(evaluate, [mine, "--index", "kept", "--save", "a.json"])
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith("mine · 5 questions · ")
    assert opened == [("mine", Path("kept"))]
    found = json.loads(CliRunner().invoke(evaluate, [mine, "--json", "--limit", "2", "--save", "b.json"]).stdout)
    assert found["new"]["mean"]["questions"] == 2
    assert found["problems"] == {"mine": ["photo.jpg: it is not indexed: it holds no \x1b[31mtext"]}
    compared = CliRunner().invoke(evaluate, ["--compare", "a.json", "b.json"])
    assert "not compared, since only one file has them: 3 in A, 0 in B" in compared.stdout
    compared = json.loads(CliRunner().invoke(evaluate, ["--compare", "a.json", "b.json", "--json"]).stdout)
    assert compared["only"] == [3, 0]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--given-passage"], "its own documents"),
        (["--corpus", "."], "its own documents"),
        (["--save", "mine/questions.jsonl"], "overwrite the questions"),
    ],
)
def test_wrong_use_of_qa_eval(opened: object, tmp_path: Path, options: list[str], what: str) -> None:
    made_set(tmp_path / "mine")
    result = CliRunner().invoke(evaluate, ["mine", *options])
    assert isinstance(result.exception, QaError)
    assert (what in str(result.exception), result.exception.exit_code, opened) == (True, 2, [])


def test_a_folder_that_is_no_set(opened: object, tmp_path: Path) -> None:
    result = CliRunner().invoke(evaluate, [str(tmp_path)])
    assert isinstance(result.exception, QaError)
    assert "it has no folder docs. A question set has docs/ and questions.jsonl." in str(result.exception)
    assert result.exception.exit_code == 2


def test_the_command_imports_no_numbers() -> None:
    loaded = loaded_by("import qa.cli.evaluate_set")
    assert not loaded & {"numpy", "matplotlib", "rich", "textual", "onnxruntime", "faiss", "torch"}
