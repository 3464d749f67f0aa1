"""`qa eval`, with the real models, on a few rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunQa

OSLO = "Oslo is the capital of Norway. It was founded in 1040 by Harald Hardrada. About 700,000 people live there."
RHINE = "The Rhine rises in the Swiss Alps and flows into the North Sea. It is 1,230 kilometres long."
TEA = "Tea came to Europe in the sixteenth century. Portuguese priests drank it in China before anyone else did."
QUESTIONS = [
    (OSLO, "What is the capital of Norway?", "Oslo"),
    (OSLO, "When was Oslo founded?", "1040"),
    (OSLO, "Who founded Oslo?", "Harald Hardrada"),
    (OSLO, "How many people live in Oslo?", "About 700,000"),
    (RHINE, "Where does the Rhine rise?", "the Swiss Alps"),
    (RHINE, "Into which sea does the Rhine flow?", "the North Sea"),
    (RHINE, "How long is the Rhine?", "1,230 kilometres"),
    (TEA, "When did tea come to Europe?", "the sixteenth century"),
    (TEA, "Who drank tea in China?", "Portuguese priests"),
    (TEA, "What is the price of copper in Chile?", None),
]


def _row(number: int, context: str, question: str, gold: str | None) -> dict[str, Any]:
    answers = [{"text": gold, "start": context.index(gold)}] if gold else []
    return {"id": f"q{number}", "context": context, "question": question, "answers": answers}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    values = [_row(number, *question) for number, question in enumerate(QUESTIONS)]
    file.write_text("".join(json.dumps(row) + "\n" for row in values))
    return file


def test_end_to_end_and_with_the_passage_given(qa: RunQa, rows: Path, tmp_path: Path) -> None:
    searched = qa("eval", rows, "--json", "--save", "searched.jsonl")
    assert (searched.code, searched.err) == (0, "")
    found = searched.json
    assert (found["questions"], found["run"]["contexts"]) == (10, 3)
    assert found["retrieval"]["recall@3"] == 1.0
    assert found["official"]["best_f1"] > 60
    assert found["latency_ms"]["p50"] > 0

    given = qa("eval", rows, "--given-passage", "--save", "given.jsonl")
    assert (given.code, given.err) == (0, "")
    assert given.out.startswith("rows.jsonl · 10 questions · passage given\n")

    compared = qa("eval", "--compare", "searched.jsonl", "given.jsonl")
    assert compared.code == 0
    assert "B - A" in compared.out
    assert {path.name for path in tmp_path.iterdir()} == {"home", "rows.jsonl", "searched.jsonl", "given.jsonl"}


def test_over_a_corpus_places_and_paths_count(qa_here: RunQa, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, text in {"oslo": OSLO, "rhine": RHINE, "tea": TEA}.items():
        (corpus / f"{name}.txt").write_text(text)
    values = [
        {
            "question": "When was Oslo founded?",
            "answers": [{"text": "1040", "start": OSLO.index("1040")}],
            "path": "oslo.txt",
        },
        {"question": "Where does the Rhine rise?", "answers": ["Swiss Alps"]},
    ]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, values)))
    run = qa_here("eval", file, "--json")
    assert (run.code, run.json["run"]["way"]) == (0, "over the corpus")
    assert run.json["retrieval"]["recall@1"] == 1.0


def test_a_malformed_row_is_one_line_and_wrong_use(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"question": "Where?", "answers": []}\n{"question": 3}\n')
    run = qa_here("eval", "bad.jsonl")
    assert (run.code, run.out) == (2, "")
    assert run.err == "qa: bad.jsonl, line 2: question is missing or no text.\n"
