"""The commands over a bucket, and what they say when it cannot be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run, RunQa
from tests.storage.conftest import Storage

NOTES = {
    "2024/may.txt": b"The summer party is on 12 July 2024. It takes place at the boathouse.",
    "2024/deep/cellar.txt": b"The key of the cellar hangs behind the clock.",
}
UNREACHABLE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}


def test_asking_needs_no_network_once_there_is_an_index_and_status_looks_at_the_bucket(
    storage: Storage, qa: RunQa
) -> None:
    storage.put_all(NOTES)
    done = qa("index", "s3://notes/2024/", **storage.environment)
    assert (done.code, done.out.partition(" added")[0]) == (0, "2"), done.err
    away = storage.environment | UNREACHABLE
    answer = qa("ask", "--json", "--corpus", "s3://notes/2024", "Where does the summer party take place?", **away)
    assert answer.code == 0, answer.err
    assert (answer.json["citation"]["path"], answer.json["stale"]) == ("may.txt", None)
    found = qa("search", "--json", "the key of the cellar", **away, QA_CORPUS="s3://notes/2024")
    assert found.json["passages"][0]["path"] == "deep/cellar.txt"
    storage.put_all({"2024/new.txt": b"The cart is red."})
    status = qa("status", "--json", **storage.environment, QA_CORPUS="s3://notes/2024")
    assert (status.json["corpus"], status.json["stale"]) == ("s3://notes/2024", ["new.txt"])
    assert "s3://notes/2024 · documents: 2" in qa("status", "--all", **away).out


@pytest.mark.parametrize(
    ("address", "environment", "said"),
    [
        ("s3://no-such-bucket/x", {}, "There is no bucket no-such-bucket"),
        ("s3://notes/x", {}, "it holds no files"),
        ("s3://notes/x", UNREACHABLE, "s3://notes/x cannot be reached (no connection)"),
        ("s3://notes/x", {"AWS_PROFILE": "nobody"}, "Access to s3://notes/x is refused (ProfileNotFound)"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(
    storage: Storage, qa: RunQa, address: str, environment: dict[str, str], said: str
) -> None:
    assert_one_line(qa("index", address, **storage.environment | environment), 3, said)


def test_a_stranger_is_refused(storage: Storage, qa: RunQa) -> None:
    storage.put_all(NOTES)
    storage.let_in(nobody=True)
    try:
        done = qa("index", "s3://notes/2024", **storage.environment)
    finally:
        storage.let_in(nobody=False)
    assert_one_line(done, 3, "Access to s3://notes/2024 is refused (InvalidAccessKeyId)")


@pytest.mark.parametrize("command", [("serve",), ("mcp",), ("index", "--watch")])
def test_what_takes_folders_only_says_so(qa: RunQa, command: tuple[str, ...]) -> None:
    done = qa(*command, "--corpus", "s3://notes/2024")
    assert (done.code != 0, done.err.count("\n")) == (True, 1), done.err
    assert "folders only" in done.err or "cannot be watched" in done.err


def test_hostile_names_are_skipped_and_named(storage: Storage, qa: RunQa, tmp_path: Path) -> None:
    hostile = ["2024//etc/passwd.txt", "2024/\x1b[31mred.txt", "2024/a?versionId=b.txt", "2024/bell\x07.txt"]
    storage.put_all(NOTES | dict.fromkeys(hostile, b"The key hangs in hell."))
    done = qa("index", "s3://notes/2024", **storage.environment)
    assert (done.code, done.out.partition(" added")[0]) == (0, "2"), done.err
    assert "\x1b" not in done.err
    assert done.err.count("its name") >= 3
    assert [line for line in done.err.splitlines() if not line.startswith("qa: ")] == []


def test_a_client_that_is_not_installed_is_named(tmp_path: Path) -> None:
    without = "import sys; sys.modules['s3fs'] = None; from qa.cli.main import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", without, "index", "--index", tmp_path / "index", "s3://notes/2024"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert_one_line(Run(done.returncode, done.stdout, done.stderr), 3, "pip install 'qa[s3]'")


def assert_one_line(done: Run, code: int, said: str) -> None:
    assert said in done.err
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done.err
    assert "not-to-be-shown" not in done.err
