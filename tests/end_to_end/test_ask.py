"""`qa ask` and `qa search`, as a user runs them, over the article that ships."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import SURE, RunQa

KANT = "How long is the Kant lease?"
ASKED, ANSWER = SURE
FIELDS = {
    "question",
    "standalone_question",
    "answered",
    "answer",
    "kind",
    "parts",
    "certainty",
    "confidence",
    "absent_probability",
    "reason",
    "searched",
    "said",
    "stale",
    "citation",
    "alternatives",
    "other_values",
    "rivals",
    "closest",
    "passages",
    "timings_ms",
}
CITATION = {"path", "start", "end", "line", "page", "heading", "sentence", "passage", "quote", "collection"}


def test_the_main_job(qa: RunQa) -> None:
    run = qa("ask", KANT)
    assert run.code == 0
    assert run.out.splitlines()[1].removeprefix("Perhaps: ") == "49 years"
    assert "agreed to let the Russians use the base for another 49 years." in " ".join(run.out.split())
    assert "russia-and-central-asia.txt:10" in run.out
    assert run.err == ""


def test_the_lease_of_another_place_is_refused(qa_here: RunQa) -> None:
    assert qa_here("ask", KANT.replace("Kant", "Osh")).code == 1


def test_a_question_needs_no_quotes(qa_here: RunQa) -> None:
    assert qa_here("ask", *ASKED.rstrip("?").split()).out.splitlines()[1] == qa_here("ask", ASKED).out.splitlines()[1]


def test_a_sentence_that_is_the_answer_is_said_once(qa_here: RunQa) -> None:
    run = qa_here("ask", "Did Putin announce plans to reinforce the base?", "--min-confidence", "0")
    assert " ".join(run.out.split()).count("announced plans to reinforce the base in 2006") == 1


def test_typing_errors_are_mended_and_it_is_said_so(qa_here: RunQa) -> None:
    typed = "How many Rusian military personnel are at the Kant airbsae?"
    run = qa_here("ask", typed)
    assert run.code == 0
    assert run.out.splitlines()[1:3] == [f"Understood as: {ASKED}", ANSWER]
    answer = qa_here("ask", "--json", typed).json
    assert (answer["question"], answer["standalone_question"]) == (typed, ASKED)


def test_json_is_the_contract_and_nothing_else(qa_here: RunQa, article: str) -> None:
    answer = qa_here("ask", "--json", ASKED).json
    assert set(answer) == FIELDS
    citation = answer["citation"]
    assert set(citation) == CITATION
    assert article[citation["start"] : citation["end"]] == citation["quote"]
    assert article.splitlines()[citation["line"] - 1].count(answer["answer"]) == 1
    assert citation["passage"] in article
    assert 0 <= answer["confidence"] <= 1
    assert set(answer["timings_ms"]) == {"encode", "retrieve", "rerank", "read", "total"}
    for passage in answer["passages"]:
        assert set(passage) == {"collection", "path", "start", "end", "line", "page", "heading", "score", "text"}
        assert article[passage["start"] : passage["end"]] == passage["text"]
    for alternative in answer["alternatives"]:
        place = alternative["citation"]
        assert article[place["start"] : place["end"]] == place["quote"]


def test_what_the_article_does_not_say_is_refused_with_the_nearest_passages(qa_here: RunQa) -> None:
    run = qa_here("ask", "What is the boiling point of mercury?")
    assert run.code == 1
    assert run.out.splitlines()[1].startswith("I found no answer to this")
    assert run.out.count("russia-and-central-asia.txt:") == 3
    answer = qa_here("ask", "--json", "What is the boiling point of mercury?")
    assert answer.code == 1
    assert (answer.json["answered"], answer.json["answer"], answer.json["citation"]) == (False, None, None)
    assert answer.json["confidence"] == answer.json["alternatives"][0]["confidence"] < 0.3
    assert answer.json["absent_probability"] > 0.5
    assert answer.json["reason"] == "not_found"


def test_min_confidence_moves_the_threshold(qa_here: RunQa) -> None:
    assert qa_here("ask", "--min-confidence", "1", ASKED).code == 1
    assert qa_here("ask", "--min-confidence", "0", "What is the boiling point of mercury?").code == 0
    assert qa_here("ask", ASKED, QA_MIN_CONFIDENCE="1").code == 1
    assert qa_here("ask", "--min-confidence", "2", KANT).code == 2


def test_a_question_from_standard_input(qa: RunQa) -> None:
    assert qa("ask", "--json", "-", stdin=KANT.encode() + b"\n").json["question"] == KANT


def test_a_file_of_questions(qa_here: RunQa, tmp_path: Path) -> None:
    rows = [KANT + " \u2028", "", json.dumps({"question": "Whom did Putin meet in Almaty?", "id": 7, "session": "s"})]
    (tmp_path / "questions.txt").write_text("\n".join(rows) + "\n")
    run = qa_here("ask", "--batch", "questions.txt", "--json")
    answers = [json.loads(line) for line in run.out.splitlines()]
    assert run.code == 0
    assert [answer["question"] for answer in answers] == [KANT, "Whom did Putin meet in Almaty?"]
    assert (answers[1]["id"], answers[1]["session"]) == (7, "s")
    assert "id" not in answers[0]


def test_search(qa_here: RunQa) -> None:
    run = qa_here("search", "-n", "2", "Kremlin")
    assert run.code == 0
    assert run.out.count("russia-and-central-asia.txt:") == 2
    found = qa_here("search", "--json", "gas", "imports").json
    assert found["query"] == "gas imports"
    nothing = qa_here("search", "qqqqzzz")
    assert (nothing.code, nothing.err) == (1, "qa: No passage is near to this: try other words.\n")
    assert "russia" not in nothing.out
    assert "Gazprom" in found["passages"][0]["text"]


def test_help_shows_an_example(qa_here: RunQa) -> None:
    for command in ([], ["ask"], ["chat"], ["index"], ["search"], ["status"]):
        run = qa_here(*command, "--help")
        assert run.code == 0
        assert "Example" in run.out


def test_the_chat_needs_a_terminal(qa: RunQa) -> None:
    run = qa()
    assert run.code == 2
    assert "terminal" in run.err
