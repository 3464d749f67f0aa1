"""What the commands print with --json is what the shipped schemas say, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from qa.cli.main import cli
from qa.collections import CollectionsFile
from qa.schemas import names, schema
from tests.conftest import ROOT, SURE, Run, RunQa, write_files
from tests.end_to_end.test_extract import PARTY
from tests.end_to_end.test_index_command import flip
from tests.end_to_end.test_list import BOATS, CLUB

QUESTION, _ = SURE


def checked(name: str, run: Run) -> list[dict[str, Any]]:
    """The objects that `run` printed, each of which the schema `name` allows."""
    validator = Draft202012Validator(schema(name))
    found = [json.loads(line) for line in run.out.splitlines()]
    for one in found:
        problems = [f"{error.json_path}: {error.message[:500]}" for error in validator.iter_errors(one)]
        assert problems == []
    assert found
    return found


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(each)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A list, an open question and a span, and a file that cannot be read."""
    texts = {"club.md": CLUB, "summer-party.md": PARTY, "broken.pdf": "%PDF-1.7 and no more"}
    return write_files(tmp_path / "notes", texts)


# The schemas themselves


@pytest.mark.parametrize("name", names())
def test_a_schema_is_one_and_is_closed_and_complete(name: str) -> None:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$id"] == f"urn:qa:schema:{name}"
    for node in nodes(found):
        reference = node.get("$ref", "#/$defs/")
        assert isinstance(reference, dict) or reference.startswith("#/$defs/")
    for key, node in found["$defs"].items():
        for each in nodes({key: node}):
            # A base is closed by those that refer to it; an answer's "if" only adds to it.
            if each.get("type") == "object" and each is not found["$defs"].get("answer_fields"):
                assert "additionalProperties" in each, key
            if "answer_fields" in str(each.get("$ref", "")):
                assert each["unevaluatedProperties"] is False


def test_every_command_with_json_has_a_schema() -> None:
    with_json = {
        name
        for name in cli.list_commands(None)  # type: ignore[arg-type]
        for parameter in cli.get_command(None, name).params  # type: ignore[arg-type, union-attr]
        if "--json" in parameter.opts
    }
    assert with_json | {"batch", "collections", "error"} == set(names())


def test_a_schema_is_printed_and_the_list_of_them(qa_here: RunQa) -> None:
    assert qa_here("schema", "ask").json == schema("ask")
    assert [line.split()[0] for line in qa_here("schema").out.splitlines()] == names()
    run = qa_here("schema", "nothing")
    assert (run.code, run.out) == (2, "")
    assert "batch" in run.err


def test_what_a_schema_does_not_name_is_not_allowed(qa_here: RunQa) -> None:
    answer = qa_here("ask", "--json", "--corpus", ROOT / "corpus", QUESTION).json
    validator = Draft202012Validator(schema("ask"))
    assert validator.is_valid(answer)
    assert not validator.is_valid({**answer, "more": 1})
    assert not validator.is_valid({**answer, "citation": {**answer["citation"], "more": 1}})
    assert not validator.is_valid({**answer, "citation": None})
    assert not validator.is_valid({key: value for key, value in answer.items() if key != "stale"})


# What commands print


def test_answers_of_every_kind_in_a_batch(qa_here: RunQa, notes: Path, tmp_path: Path) -> None:
    asked = [
        {"id": 1, "question": "When is the summer party?"},
        {"id": [2], "question": BOATS},
        {"question": "tell me about the summer party"},
        {"question": "hello"},
        {"question": "Why is the sky blue?"},
        {"question": "???"},
        {"session": "s", "question": "Who plays the accordion?"},
        {"session": "s", "question": "Are you sure?"},
        {"session": "s", "question": "Quelle heure est-il dans la salle ?"},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    found = checked("batch", qa_here("ask", "--corpus", notes, "--json", "--batch", "rows.jsonl"))
    assert {one["kind"] for one in found if "kind" in one} == {"span", "list", "extract", "talk"}
    assert {one["answered"] for one in found if "answered" in one} == {True, False}
    assert [one["line"] for one in found if "error" in one] == [6]
    streamed = qa_here(
        "ask", "--corpus", notes, "--json", "--batch", "-", stdin=b"{broken\n\xff\nWho plays the accordion?\n"
    )
    assert ["error" in one for one in checked("batch", streamed)] == [True, True, False]


def test_firm_and_tentative_answers_refusals_and_their_reasons(qa_here: RunQa) -> None:
    corpus = ("--corpus", ROOT / "corpus", "--json")
    firm = checked("ask", qa_here("ask", *corpus, QUESTION))
    tentative = checked("ask", qa_here("ask", *corpus, "How long is the Kant lease?"))
    absent = checked("ask", qa_here("ask", *corpus, "Who won the Eurovision Song Contest in 1974?"))
    unsure = checked("ask", qa_here("ask", *corpus, "--strict", "How long is the Kant lease?"))
    filtered = checked(
        "ask", qa_here("ask", *corpus, "--path", "*.txt", "Who won the Eurovision Song Contest in 1974?")
    )
    assert [one["certainty"] for (one,) in (firm, tentative, absent)] == ["firm", "tentative", None]
    assert [one["reason"] for (one,) in (firm, absent, unsure, filtered)] == [None, "not_found", "unsure", "filtered"]


def test_turns_of_a_session(qa_here: RunQa) -> None:
    turns = (
        QUESTION,
        "Which planes do they fly there?",
        "Are you sure?",
        "Which ones?",
        "Where does it say that?",
        "More",
    )
    acts = []
    for typed in (*turns[:-1], "Show me more"):
        (found,) = checked("ask", qa_here("ask", "--corpus", ROOT / "corpus", "--json", "--session", "kant", typed))
        acts.append(found.get("act"))
    assert acts == [None, None, "confidence", "alternatives", "evidence", "more"]


def test_one_corpus_from_indexing_to_forgetting(qa_here: RunQa, notes: Path) -> None:
    (built,) = checked("index", qa_here("index", "--json", notes))
    assert [one["path"] for one in built["skipped"]] == ["broken.pdf"]
    (notes / "club.md").rename(notes / "rowing.md")
    assert checked("index", qa_here("index", "--json", notes))[0]["renamed"] == [["club.md", "rowing.md"]]
    assert checked("search", qa_here("search", "--json", "--corpus", notes, "boats"))[0]["passages"]
    for options in ((), ("--verify",), ("--problems",)):
        checked("status", qa_here("status", "--json", "--corpus", notes, *options))
    (listed,) = checked("status", qa_here("status", "--json", "--all"))
    flip(Path(listed["indexes"][0]["index"]) / "index.sqlite", 5000)
    (damaged,) = checked("status", qa_here("status", "--json", "--verify", "--corpus", notes))
    assert damaged["sound"] is False
    assert checked("index", qa_here("index", "--json", "--repair", notes))[0]["mended"] is True
    checked("index", qa_here("index", "--json", "--rebuild", notes))
    checked("forget", qa_here("forget", "--json"))
    checked("index", qa_here("index", "--json", "--remove", notes))
    checked("index", qa_here("index", "--json", notes))
    (removed,) = checked("forget", qa_here("forget", "--json", "--indexes", "--yes"))
    assert len(removed["removed"]) == 1


def test_collections_and_what_fails_of_them(qa_here: RunQa, notes: Path, tmp_path: Path) -> None:
    file = CollectionsFile(tmp_path / "home" / ".config" / "qa" / "collections.toml")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.txt").write_text("The key of the cellar hangs behind the clock.")
    file.add("notes", notes, description="Mine")
    file.add("work", tmp_path / "work")
    (answer,) = checked(
        "ask", qa_here("ask", "--json", "-c", "notes", "-c", "work", "Where does the key of the cellar hang?")
    )
    assert answer["citation"]["collection"] == "work"
    checked("search", qa_here("search", "--json", "-c", "notes", "-c", "work", "key"))
    checked("collections", qa_here("collections", "list", "--json"))
    assert [one["collection"] for one in checked("status", qa_here("status", "--json"))] == ["notes", "work"]
    checked("status", qa_here("status", "--json", "--problems"))
    (tmp_path / "work" / "a.txt").unlink()
    (tmp_path / "work").rmdir()
    assert [(one["collection"], "error" in one) for one in checked("index", qa_here("index", "--json"))] == [
        ("notes", False),
        ("work", True),
    ]
    file.path.write_text("not toml")
    checked("forget", qa_here("forget", "--json"))
    checked("forget", qa_here("forget", "--json", "--all", "--yes"))
    for command in (["collections", "list"], ["ask", "Why?"], ["search", "x"], ["status"], ["index"]):
        (failed,) = checked("error", qa_here(*command, "--json"))
        assert failed["error"]["code"] == "collections_unusable"
        checked(command[0], qa_here(*command, "--json"))


def test_scores_of_a_file_and_of_a_question_set(qa_here: RunQa, notes: Path, tmp_path: Path) -> None:
    rows = [
        {"question": "When is the summer party?", "answers": ["12 July"], "kind": "answerable"},
        {"question": "Why is the sky blue?", "answers": []},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    checked("eval", qa_here("eval", "--json", "--corpus", notes, "--save", "a.jsonl", "rows.jsonl"))
    checked("eval", qa_here("eval", "--json", "--compare", "a.jsonl", "a.jsonl"))
    context = {"question": "When?", "context": "The party is on 12 July.", "answers": ["12 July"]}
    (tmp_path / "given.jsonl").write_text(json.dumps(context))
    checked("eval", qa_here("eval", "--json", "--given-passage", "given.jsonl"))
    (tmp_path / "set").mkdir()
    notes.rename(tmp_path / "set" / "docs")
    (tmp_path / "rows.jsonl").rename(tmp_path / "set" / "questions.jsonl")
    checked("eval", qa_here("eval", "--json", "--save", "b.jsonl", "set"))
    checked("eval", qa_here("eval", "--json", "--compare", "b.jsonl", "b.jsonl"))
    checked("eval", qa_here("eval", "--json", "nothing.jsonl"))
