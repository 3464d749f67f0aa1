"""`qa ask --write` and `qa llm check` against a real server on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from qa.schemas import schema
from tests.conftest import QA, SURE, RunQa
from tests.generation.llm_server import MODEL, Exchange, saying, serving

ASKED, ANSWER = SURE
GOOD = "There are 400 Russian military personnel at the Kant airbase. [1]"


def test_both_answers_are_shown(qa_here: RunQa) -> None:
    with serving(saying(f"{GOOD} They live in Paris. [1]")) as server:
        run = qa_here("ask", "--write", ASKED, QA_LLM_URL=server.url)
    assert (run.code, run.err) == (0, "")
    assert run.out.index(ANSWER) < run.out.index("Written by a language model")
    assert "There are 400 Russian military personnel at the Kant airbase. [1]" in run.out
    assert "1 sentence of the model was left out (a name that the passages do not have)." in " ".join(run.out.split())
    assert "Paris" not in run.out


def test_json_has_both(qa_here: RunQa) -> None:
    with serving(saying(GOOD)) as server:
        found = qa_here("ask", "--write", "--json", ASKED, QA_LLM_URL=server.url).json
    assert found["kind"] == "written"
    assert ANSWER in found["extractive"]["answer"]
    assert found["writing"]["model"] == MODEL
    assert list(Draft202012Validator(schema("ask")).iter_errors(found)) == []


def test_without_write_no_server_is_asked(qa_here: RunQa) -> None:
    with serving(saying(GOOD)) as server:
        plain = qa_here("ask", "--json", ASKED)
        named = qa_here("ask", "--json", ASKED, QA_LLM_URL=server.url)
        assert (server.asked, server.keys) == ([], [])
    for run in (plain, named):
        assert {"writing", "extractive"}.isdisjoint(run.json)


def test_a_server_that_is_down_costs_one_line(qa_here: RunQa) -> None:
    run = qa_here("ask", "--write", ASKED, QA_LLM_URL="http://127.0.0.1:9/v1")
    assert run.code == 0
    assert ANSWER in run.out
    assert run.err.count("\n") == 1
    assert "cannot be reached" in run.err


def test_without_a_server_it_is_wrong_use(qa_here: RunQa) -> None:
    run = qa_here("ask", "--write", ASKED)
    assert (run.code, run.out) == (2, "")
    assert "QA_LLM_URL" in run.err
    assert "config.toml" in run.err


def test_another_machine_must_be_agreed_to(qa_here: RunQa) -> None:
    run = qa_here("ask", "--write", ASKED, QA_LLM_URL="http://192.0.2.1/v1")
    assert (run.code, run.out) == (2, "")
    assert (
        "the question and up to 5 passages of your documents would go to http://192.0.2.1/v1, without encryption"
        in run.err
    )
    assert "--yes" in run.err


def test_what_is_agreed_to_is_said_once(qa_here: RunQa, tmp_path: Path) -> None:
    """The address is no loopback address; nothing answers there."""
    folder = tmp_path / "home" / ".config" / "qa"
    folder.mkdir(parents=True)
    url = "https://no-such-host.invalid/v1"
    run = qa_here("ask", "--write", "--yes", ASKED, QA_LLM_URL=url)
    assert run.code == 0
    assert run.err.count(f"passages of your documents go to {url}") == 1
    (folder / "config.toml").write_text(f'[llm]\nurl = "{url}"\nconfirmed = true\n')
    run = qa_here("ask", "--write", ASKED)
    assert run.code == 0
    assert "go to" not in run.err
    assert "cannot be reached" in run.err


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(qa_here: RunQa) -> None:
    with serving(saying(GOOD)) as server:
        proxy = "http://127.0.0.1:9"
        found = qa_here(
            "ask",
            "--write",
            "--json",
            ASKED,
            QA_LLM_URL=server.url,
            HTTP_PROXY=proxy,
            http_proxy=proxy,
            ALL_PROXY=proxy,
        )
    assert found.json["kind"] == "written"


def test_a_session_keeps_the_extractive_answer(qa_here: RunQa) -> None:
    with serving(saying(GOOD)) as server:
        first = qa_here("ask", "--session", "s", "--write", "--json", ASKED, QA_LLM_URL=server.url).json
    assert first["kind"] == "written"
    again = qa_here("ask", "--session", "s", "--json", "Where does it say that?").json
    assert (again["kind"], again["answer"]) == ("span", first["extractive"]["answer"])


def test_a_batch_is_not_written(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text(ASKED)
    assert qa_here("ask", "--batch", "questions.txt", "--json", "--write").code == 2


def test_hostile_words_do_not_reach_the_terminal(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The key of the mill \x1b[31mhangs\x1b[0m behind the green clock.")
    with serving(saying("The key of the mill \x1b[31mhangs\x1b[0m behind the green \u202eclock. [1]")) as server:
        run = qa_here(
            "ask", "--corpus", "docs", "--write", "Where does the key of the mill hang?", QA_LLM_URL=server.url
        )
    assert "Written by" in run.out
    assert not {"\x1b", "\u202e"} & set(run.out + run.err)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on POSIX")
def test_ctrl_c_ends_the_writing_at_once(tmp_path: Path) -> None:
    begun = threading.Event()

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        begun.set()
        while not exchange.gone.wait(0.02):
            exchange.send(b": still reading\n\n")

    with serving(reply) as server:
        command = [QA, "ask", "--write", ASKED]
        environment = {**os.environ, "HOME": str(tmp_path), "QA_LLM_URL": server.url}
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            assert begun.wait(120)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
        assert server.closed_by_client.wait(60)
    assert running.returncode == 130
    assert ANSWER.encode() in out
    assert b"Traceback" not in err


def test_check_lists_the_models_and_writes_a_sentence(qa_here: RunQa) -> None:
    with serving(saying("The sky is blue."), ("one", "two")) as server:
        run = qa_here("llm", "check", QA_LLM_URL=server.url, QA_LLM_MODEL="two")
        assert "passages" not in json.dumps(server.asked[0].body)
        found = qa_here("llm", "check", "--json", QA_LLM_URL=server.url, QA_LLM_MODEL="two").json
    assert run.code == 0
    assert "- one" in run.out
    assert "* two" in run.out
    assert "The sky is blue." in run.out
    assert (found["models"], found["model"], found["test"]["text"]) == (["one", "two"], "two", "The sky is blue.")
    assert found["test"]["words_per_second"] > 0


def test_check_says_what_is_wrong(qa_here: RunQa) -> None:
    assert qa_here("llm", "check").code == 2
    down = qa_here("llm", "check", QA_LLM_URL="http://127.0.0.1:9/v1")
    assert (down.code, down.err.count("\n")) == (3, 1)
    with serving(saying("x"), ("one", "two")) as server:
        unnamed = qa_here("llm", "check", QA_LLM_URL=server.url)
    assert unnamed.code == 3
    assert "has 2 models (one, two)" in unnamed.err
