"""With --json an error is an object on stdout: its code, what happened and what to do. Batches from standard input."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

import qa.errors
from qa.collections import CollectionsFile
from qa.errors import QaError
from tests.conftest import QA, ROOT, SURE, RunQa

QUESTION, ANSWER = SURE
CODES = set(
    "assistant_closed bucket_missing chat_gone chats_damaged chats_foreign chats_removed chats_unwritable checksums_unavailable "
    "cluster_differs cluster_failed cluster_too_small cluster_unreachable collection_away collection_unknown "
    "collections_away collections_unusable corpus_emptied corpus_empty corpus_missing corpus_not_shared corpus_unwatchable "
    "document_unreachable document_unreadable engine_failed engine_file_busy engine_lacks_index engine_missing engine_refused "
    "engine_unreachable error file_foreign file_in_use file_not_removable index_beyond_repair index_busy index_damaged "
    "index_foreign index_missing index_not_writable index_of_other_corpus index_of_other_model index_of_other_program "
    "index_outdated indexing_ended model_unusable not_exported not_for_engines nothing_chosen question_empty "
    "question_too_long ray_missing sessions_unusable storage_client_missing storage_refused storage_unavailable "
    "storage_unreachable system_refused usage_error".split()
)
"""What programs may rely on: a code is added here, and never changed or removed."""


def test_codes_stay_as_they_are() -> None:
    classes = [one for one in vars(qa.errors).values() if isinstance(one, type) and issubclass(one, QaError)]
    codes = {one.code.fget(one.__new__(one)) for one in classes}  # type: ignore[attr-defined]
    assert codes == CODES, "a new code is added to CODES"


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (["ask", "--json"], 2, "usage_error"),
        (["ask", "--json", "?!"], 2, "question_empty"),
        (["ask", "--json", "why " * 1000], 2, "question_too_long"),
        (["ask", "--json", "--corpus", "nowhere", "Why?"], 3, "corpus_missing"),
        (["ask", "--json", "-c", "nowhere", "Why?"], 2, "collection_unknown"),
        (["ask", "--json", "--path", "*.zip", QUESTION], 2, "nothing_chosen"),
        (["ask", "--json", "--batch", "nowhere.txt"], 2, "usage_error"),
        (["search", "--json", "-n", "0", "why"], 2, "usage_error"),
        (["search", "--jsn", "why", "--json"], 2, "usage_error"),
        (["status", "--json", "--index", "nowhere"], 3, "index_missing"),
        (["eval", "--json", "nowhere.json"], 2, "file_unusable"),
        (["forget", "--json", "--yes"], 2, "usage_error"),
        (["aks", "--json", "why"], 2, "usage_error"),
        (["ask", "--json", "--corpus", "a" * 5000, "why"], 3, "system_refused"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else str(value),
)
def test_an_error_is_an_object_with_the_same_exit_code(
    qa_here: RunQa, arguments: list[str], code: int, name: str
) -> None:
    run = qa_here(*arguments)
    plain = qa_here(*(word for word in arguments if word != "--json")) if "--batch" not in arguments else run
    assert run.code == code == plain.code
    assert list(run.json) == ["error"]
    error = run.json["error"]
    assert list(error) == ["code", "message", "hint"]
    assert error["code"] == name
    assert error["message"]
    # For a person at a terminal, whose stdout goes to jq.
    assert plain.err
    assert run.err.splitlines()[-1] == plain.err.splitlines()[-1]
    assert "Traceback" not in run.err


def test_without_json_stdout_stays_empty(qa_here: RunQa) -> None:
    assert qa_here("ask", "--corpus", "nowhere", "Why?").out == ""
    assert qa_here("ask", "--corpus", "nowhere", "--", "What", "does", "--json", "mean?").out == ""


def test_an_error_that_is_read_by_nobody_is_no_traceback(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [QA, "ask", "--json", "?!"]
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, cwd=tmp_path, timeout=120)
    assert b"Traceback" not in done.stderr


def test_of_several_collections_each_error_is_a_line(qa_here: RunQa, tmp_path: Path) -> None:
    file = CollectionsFile(tmp_path / "home" / ".config" / "qa" / "collections.toml")
    for name in ("here", "gone"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("The key hangs behind the clock.")
        file.add(name, tmp_path / name)
    (tmp_path / "gone" / "a.txt").unlink()
    (tmp_path / "gone").rmdir()
    run = qa_here("index", "--json", "-c", "here", "-c", "gone")
    done, failed = map(json.loads, run.out.splitlines())
    assert (run.code, done["added"]) == (3, ["a.txt"])
    assert (failed["collection"], failed["error"]["code"]) == ("gone", "collection_away")
    run = qa_here("status", "--json", "-c", "here", "-c", "gone")
    done, failed = map(json.loads, run.out.splitlines())
    assert (run.code, done["documents"]) == (3, 1)
    assert (failed["collection"], failed["error"]["code"]) == ("gone", "index_missing")


def test_a_failing_row_of_a_batch_has_an_error_and_the_others_have_answers(qa_here: RunQa, tmp_path: Path) -> None:
    rows = [{"question": QUESTION}, {"id": 7, "question": "?"}, {"question": QUESTION}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = qa_here("ask", "--json", "--batch", "rows.jsonl")
    first, failed, last = map(json.loads, run.out.splitlines())
    assert (run.code, first["answer"], last["answer"]) == (2, ANSWER, ANSWER)
    assert (failed["id"], failed["question"], failed["line"]) == (7, "?", 2)
    assert failed["error"]["code"] == "question_empty"
    assert "line 2" in run.err


# From standard input


@contextmanager
def asking(folder: Path) -> Iterator[tuple[IO[bytes], IO[bytes], subprocess.Popen[bytes]]]:
    with subprocess.Popen(
        [QA, "ask", "--corpus", ROOT / "corpus", "--batch", "-", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdin, process.stdout, process
        finally:
            process.kill()


def test_each_line_is_answered_before_the_next_one_is_written(tmp_path: Path) -> None:
    def answered(line: bytes) -> Any:
        given.write(line)
        given.flush()
        return json.loads(told.readline())

    with asking(tmp_path) as (given, told, process):
        assert answered(b"\xef\xbb\xbf" + QUESTION.encode() + b"\n")["answer"] == ANSWER
        asked = json.dumps({"id": "a", "session": 1, "question": QUESTION}).encode()
        assert answered(b"\n" + asked + b"\r\n")["id"] == "a"
        follow = answered(b'{"session": 1, "question": "Which planes do they fly there?"}\n')
        assert "Kant" in follow["standalone_question"]
        broken = answered(b"{broken\n")
        assert (broken["question"], broken["line"], broken["error"]["code"]) == (None, 5, "usage_error")
        assert answered(b"\xff\n")["line"] == 6
        assert answered(b"why " * 1_000_000 + b"\n")["error"]["message"].startswith("The line has")
        assert answered(QUESTION.encode() + b"\n")["answer"] == ANSWER
        given.write(QUESTION.encode())
        given.close()
        assert json.loads(told.readline())["answer"] == ANSWER
        assert process.wait(60) == 2


def test_no_line_is_no_answer_and_no_error(qa: RunQa) -> None:
    run = qa("ask", "--corpus", ROOT / "corpus", "--batch", "-", "--json")
    assert (run.code, run.out, run.err) == (0, "", "")
