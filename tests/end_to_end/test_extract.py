"""Open questions are answered by a few sentences, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import RunQa, write_files

PARTY = """# Summer party

The summer party of the allotment club is on 12 July in the Linden Terrace garden. It begins at 16:00. Everybody brings a
salad or a cake. Ada Orla lends the grill, and Bo Verrall plays the accordion after dark. If it rains, the party is moved to the
school hall in Mill Street.
"""
PRUNING = """# Pruning the apple trees

Prune in February, before the buds open.

1. Take out dead and crossing branches first.
2. Shorten last year's growth by one third.
3. Cut above an outward bud, and slant the cut.
4. Paint wounds wider than a thumb.
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_files(tmp_path / "notes", {"summer-party.md": PARTY, "pruning.md": PRUNING})


def test_tell_me_about_gives_sentences_with_their_places(qa_here: RunQa, notes: Path) -> None:
    run = qa_here("ask", "--corpus", notes, "tell me about the summer party")
    assert run.code == 0
    assert "12 July" in run.out
    assert "Linden Terrace" in run.out
    assert "[1] summer-party.md:3 · Summer party" in run.out
    answer = qa_here("ask", "--json", "--corpus", notes, "tell me about the summer party").json
    assert (answer["answered"], answer["kind"]) == (True, "extract")
    assert len(answer["answer"].split()) <= 120
    assert answer["answer"] == " ".join(part["text"] for part in answer["parts"])
    assert answer["citation"] == answer["parts"][0]["citation"]
    for part in answer["parts"]:
        place = part["citation"]
        text = (notes / place["path"]).read_text()
        assert text[place["start"] : place["end"]] == place["quote"]
        assert part["text"] == " ".join(place["quote"].split())


def test_how_to_gives_all_steps_and_a_named_file_is_summarised(qa_here: RunQa, notes: Path) -> None:
    answer = qa_here("ask", "--json", "--corpus", notes, "how do I prune the apple trees").json
    assert answer["kind"] == "extract"
    for step in ("Take out dead", "Shorten last", "Cut above", "Paint wounds"):
        assert step in answer["answer"]
    answer = qa_here("ask", "--json", "--corpus", notes, "key points of pruning.md please").json
    assert {part["citation"]["path"] for part in answer["parts"]} == {"pruning.md"}


def test_a_fact_is_still_a_span_and_a_topic_that_is_not_there_is_refused(qa_here: RunQa, notes: Path) -> None:
    answer = qa_here("ask", "--json", "--corpus", notes, "Who lends the grill?").json
    assert (answer["kind"], answer["answer"]) == ("span", "Ada Orla")
    assert [part["text"] for part in answer["parts"]] == ["Ada Orla"]
    refused = qa_here("ask", "--json", "--corpus", notes, "tell me about the history of Kubernetes")
    assert refused.code == 1
    assert (refused.json["answered"], refused.json["parts"]) == (False, [])


def test_talk_is_not_looked_for_in_the_documents(qa_here: RunQa, notes: Path) -> None:
    typed = "which documents do you have?"
    run = qa_here("ask", "--corpus", notes, typed)
    assert run.code == 0
    assert run.out == "There are 2 documents: pruning.md, summer-party.md.\n"
    answer = qa_here("ask", "--json", "--corpus", notes, typed).json
    assert (answer["kind"], answer["answered"], answer["passages"]) == ("talk", False, [])
    assert answer["said"] == run.out.strip()


def test_a_question_in_another_language_is_told_that_only_english_is_read(qa_here: RunQa, notes: Path) -> None:
    run = qa_here("ask", "--corpus", notes, "Wie lange dauert die Garantie der Waschmaschine?")
    assert (run.code, run.out) == (1, "Ich lese nur Englisch. Bitte stellen Sie die Frage auf Englisch.\n")


def test_what_the_documents_are_about_is_how_each_begins(qa_here: RunQa, notes: Path) -> None:
    answer = qa_here("ask", "--json", "--corpus", notes, "What are these documents about?").json
    assert [part["citation"]["path"] for part in answer["parts"]] == ["pruning.md", "summer-party.md"]
    for part in answer["parts"]:
        assert (notes / part["citation"]["path"]).read_text().lstrip("# ").startswith(part["text"])
