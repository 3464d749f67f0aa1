"""Question sets with the real models: `qa eval FOLDER`, and that it measures what `qa ask` gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qa.base_assistant import Explanation
from qa.evaluation.asked.end_to_end import explained, opened
from qa.evaluation.question_sets import QuestionSet
from qa.inference.encoder import shipped_encoder_folder
from qa.pipeline.models import LoadedModels
from qa.settings import Settings
from tests.conftest import SHARED, RunQa
from tests.end_to_end.test_eval import OSLO, RHINE, TEA

OFFICE = SHARED / "asked" / "office"
QUESTIONS = 200
ROWS: list[dict[str, Any]] = [
    {"question": "What is the capital of Norway?", "answers": ["Oslo"], "doc": "oslo.txt"},
    {"question": "Who founded Oslo?", "answers": ["Harald Hardrada"], "doc": "oslo.txt"},
    {"question": "Where does the Rhine rise?", "answers": ["the Swiss Alps", "Swiss Alps"], "doc": "rhine.md"},
    {"question": "How long is the Rhine?", "answers": ["1,230 kilometres"], "doc": "rhine.md"},
    {"question": "When did tea come to Europe?", "answers": ["the sixteenth century"], "doc": "tea.txt"},
    {"question": "Who drank coffee in China?", "answers": ["a Dutch merchant"], "doc": "tea.txt"},
    {"question": "What is the price of copper in Chile?", "answers": [], "kind": "off-topic"},
    {"question": 3, "answers": []},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mine"
    (made / "docs").mkdir(parents=True)
    for name, text in {"oslo.txt": OSLO, "rhine.md": f"# The Rhine\n\n{RHINE}\n", "tea.txt": TEA}.items():
        (made / "docs" / name).write_text(text)
    (made / "docs" / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    rows = [{"id": f"q{number}", **row} for number, row in enumerate(ROWS)]
    (made / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return made


def test_a_set_of_ones_own(qa: RunQa, folder: Path, tmp_path: Path) -> None:
    run = qa("eval", folder, "--json", "--index", "kept", "--save", "run.json")
    assert (run.code, run.err) == (0, "")
    found = run.json["new"]["mean"]
    measures = {name: each["value"] for name, each in found["measures"].items()}
    assert (found["questions"], found["answerable"]) == (7, 6)
    # One answer stands nowhere.
    assert measures["recall@8"] == pytest.approx(5 / 6)
    assert measures["forced F1"] > 0.5
    assert measures["F1"] <= measures["forced F1"]
    assert found["latency_ms"]["p50"] > 0
    broken, skipped, unsaid = run.json["problems"]["mine"]
    assert broken == "q7: it has no question"
    assert skipped.startswith("broken.pdf: it is not indexed: ")
    assert unsaid == "q5: none of its answers stands in tea.txt as it was indexed"
    assert (tmp_path / "kept").is_dir()
    assert sorted(path.name for path in folder.iterdir()) == ["docs", "questions.jsonl"]

    module = [sys.executable, "-m", "qa.evaluation.asked"]
    wrong = subprocess.run([*module, folder / "docs"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "docs: it has no folder docs. A question set has docs/ and questions.jsonl." in wrong.stderr
    assert wrong.stderr.count("\n") == 1


@pytest.mark.slow
def test_what_is_measured_is_what_qa_ask_gives(qa: RunQa, tmp_path: Path) -> None:
    if not OFFICE.is_dir():
        pytest.skip("../shared/data/asked is not here")
    questions = QuestionSet.load(OFFICE)
    chosen = questions.questions[:: len(questions.questions) // QUESTIONS][:QUESTIONS]
    index = tmp_path / "index"
    with opened(questions, Settings(), LoadedModels(shipped_encoder_folder()), index) as (assistant, _):
        measured = [_given(asked) for _, asked in explained(chosen, assistant)]

    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join(json.dumps({"question": one.question}) for one in chosen))
    run = qa("ask", "--batch", batch, "--json", "--corpus", questions.documents, "--index", index, timeout=900)
    assert run.code == 0, run.err
    answers = [json.loads(line) for line in run.out.splitlines()]
    assert [_compared(answer) for answer in answers] == measured
    assert len(measured) == QUESTIONS
    # Else it would be no comparison of answers.
    assert any(answer["answered"] for answer in answers)
    assert not all(answer["answered"] for answer in answers)


def _given(asked: object) -> dict[str, Any]:
    assert isinstance(asked, Explanation)
    return _compared(json.loads(json.dumps(asked.answer.as_dict())))


def _compared(answer: dict[str, Any]) -> dict[str, Any]:
    """All but probabilities and milliseconds."""
    passages = [(passage["path"], passage["start"], passage["end"]) for passage in answer["passages"]]
    others = [other["answer"] for other in answer["alternatives"]]
    named = ("question", "standalone_question", "answered", "answer", "certainty", "citation")
    return {**{name: answer[name] for name in named}, "alternatives": others, "passages": passages}
