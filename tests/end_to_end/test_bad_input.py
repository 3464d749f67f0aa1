"""What goes wrong at a user's: one clear line on stderr, the right exit code, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, SURE, Run, RunQa

QUESTION, ANSWER = SURE


def one_line(run: Run, code: int, *words: str) -> None:
    assert run.code == code
    assert run.out == ""
    assert run.err.startswith("qa: ")
    assert run.err.count("\n") == 1
    assert "Traceback" not in run.err
    for word in words:
        assert word in run.err


@pytest.mark.parametrize("question", ["", "   ", "\t", "?!", "\x1b"])
def test_an_empty_question(qa_here: RunQa, question: str) -> None:
    one_line(qa_here("ask", question), 2, "empty")


def test_no_question_and_two_ways_of_asking(qa_here: RunQa) -> None:
    one_line(qa_here("ask"), 2, "one question")
    one_line(qa_here("ask", QUESTION, "--batch", "x"), 2, "one question")
    one_line(qa_here("ask", "--batch", "x"), 2, "--json")


def test_a_question_of_a_megabyte(qa_here: RunQa) -> None:
    one_line(qa_here("ask", "-", stdin=b"why " * 262_144), 2, "1,048,576", "2,000")


def test_syntax_in_a_question_is_text(qa_here: RunQa) -> None:
    asked = ('"NEAR(a*', "lease OR", "text: (NOT", "'; DROP TABLE passages; --", "\\x", "%s {0}")
    lines = "".join(json.dumps({"question": question}) + "\n" for question in asked)
    run = qa_here("ask", "--corpus", ROOT / "corpus", "--json", "--batch", "-", stdin=lines.encode())
    assert (run.code, run.err) == (0, "")
    assert [json.loads(line)["question"] for line in run.out.splitlines()] == list(asked)


def test_a_question_that_is_no_utf8(qa: RunQa) -> None:
    run = qa("ask", "--json", b"How long is the \xff\xfe Kant lease?")
    assert run.code in (0, 1)
    assert run.json["question"] == "How long is the ?? Kant lease?"


def test_control_characters_and_markup_are_shown_inert(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    hostile = (
        "The \x1b[31mpassword\x1b[0m of [bold red]Zorro[/] is \x1b]8;;http://evil\x07opensesame\x1b]8;;\x07\u202e."
    )
    (tmp_path / "corpus" / "a.txt").write_bytes(hostile.encode())
    question = "What is the \x1b[2J password of [red]Zorro[/red]?"
    for run in (
        qa_here("ask", "--min-confidence", "0", question),
        qa_here("ask", "--min-confidence", "1", question),
        qa_here("search", question),
    ):
        assert "\x1b" not in run.out + run.err
        assert "\x07" not in run.out
        assert "\u202e" not in run.out
        assert "[bold red]Zorro[/]" in run.out
    answer = qa_here("ask", "--json", "--min-confidence", "0", question).json
    place = answer["citation"]
    assert hostile[place["start"] : place["end"]] == place["quote"]


def test_a_hostile_file_name_is_shown_inert(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a\x1b[31m\nb.txt").write_text("The sky is blue over Rome.")
    (tmp_path / "corpus" / "bad\x1b[31m.txt").write_bytes(b"\0")
    run = qa_here("search", "sky over Rome")
    assert run.code == 0
    assert "\x1b" not in run.out + run.err
    assert "␛[31m" in run.out
    assert "␛[31m" in qa_here("index", "--rebuild").err


def test_a_missing_corpus(qa_here: RunQa) -> None:
    one_line(qa_here("ask", "--corpus", "nowhere", QUESTION), 3, "nowhere", "--corpus")
    one_line(qa_here("index", "nowhere"), 3, "nowhere")


def test_an_empty_corpus(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    one_line(qa_here("ask", "--corpus", "empty", QUESTION), 3, "no files")


def test_files_that_cannot_be_read_are_skipped_and_named(qa_here: RunQa, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "good.txt").write_text("The bridge was opened in 1932.")
    (corpus / "binary.txt").write_bytes(b"\0\1\2")
    (corpus / "page.pdf").write_bytes(b"%PDF-1.7 and no more")
    (corpus / "data.bin").write_bytes(b"\0")
    (corpus / "gone.txt").symlink_to("nothing.txt")
    (corpus / "loop").symlink_to(corpus)
    (corpus / "round.txt").symlink_to("round.txt")
    run = qa_here("index")
    assert run.code == 0
    for name in ("binary.txt", "page.pdf", "data.bin", "gone.txt", "round.txt"):
        assert run.err.count(name) == 1
    asked = qa_here("ask", "When was the bridge opened?")
    assert asked.out.startswith("1932")
    assert asked.err == ""


def test_a_corpus_without_a_readable_file(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "page.pdf").write_bytes(b"caf\xe9")
    one_line(qa_here("ask", QUESTION), 3, "none of its 1 files")


def test_a_damaged_database(qa_here: RunQa, article_copy: Path) -> None:
    (article_copy / "index" / "index.sqlite").write_bytes(b"garbage" * 1000)
    one_line(qa_here("ask", QUESTION), 3, "damaged", "--rebuild")
    one_line(qa_here("index"), 3, "damaged", "--rebuild")
    assert qa_here("index", "--rebuild").code == 0
    assert qa_here("ask", QUESTION).code == 0


def test_a_missing_index_is_said_by_status(qa_here: RunQa, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    one_line(qa_here("status"), 3, "no index", "qa index")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a folder read-only")
def test_a_read_only_index_can_be_asked_but_not_written(qa_here: RunQa, article_copy: Path) -> None:
    next((article_copy / "index").glob("*.faiss")).unlink()
    mounted = subprocess.run(
        ["mount", "--bind", "-o", "ro", article_copy / "index", article_copy / "index"], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("cannot mount here")
    try:
        assert ANSWER in qa_here("ask", QUESTION).out
        (article_copy / "corpus" / "new.txt").write_text("Something new.")
        one_line(qa_here("index"), 3, "cannot be written", "--index")
        assert qa_here("ask", QUESTION).code == 0
    finally:
        subprocess.run(["umount", article_copy / "index"], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(qa_here: RunQa, article_copy: Path) -> None:
    (article_copy / "index").chmod(0o500)
    (article_copy / "corpus" / "new.txt").write_text("Something new.")
    try:
        one_line(qa_here("index"), 3, "cannot be written")
        assert qa_here("ask", QUESTION).code == 0
    finally:
        (article_copy / "index").chmod(0o700)


def test_unknown_options_and_commands(qa_here: RunQa) -> None:
    for arguments in (["aks", "x"], ["ask", "--jsn", "x"], ["search"], ["search", "-n", "0", "x"]):
        run = qa_here(*arguments)
        assert run.code == 2
        assert run.out == ""


@pytest.mark.parametrize(
    ("ending", "code", "words"),
    [
        ("| head -c 1", 0, ""),
        ("| true", 0, ""),
        (">&-", 0, ""),
        ("> /dev/full", 3, "no space left"),
        ("2>&-", 0, ""),
    ],
)
def test_streams_that_take_nothing(article_copy: Path, ending: str, code: int, words: str) -> None:
    command = f"set -o pipefail; {Path(sys.executable).with_name('qa')} search -n 100 Putin {ending}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=article_copy, text=True)
    assert done.returncode == code
    assert words in done.stderr
    assert done.stderr.count("\n") == bool(words)


def test_standard_input_that_is_closed(article_copy: Path) -> None:
    command = f"{Path(sys.executable).with_name('qa')} ask - <&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=article_copy, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", ["~nosuchuser/x", "x" * 300, "loop"])
def test_paths_that_cannot_be(qa_here: RunQa, tmp_path: Path, path: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    run = qa_here("ask", "--corpus", path, QUESTION)
    assert run.code in (2, 3)
    assert "Traceback" not in run.err
    assert run.err.count("\n") == 1


def test_what_is_wrong_with_a_call_is_shown_inert(qa_here: RunQa) -> None:
    run = qa_here("status", "x\x1b[31m\x07")
    assert run.code == 2
    assert "\x1b" not in run.err


def test_json_is_safe_in_every_encoding(qa: RunQa, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("The emoji \U0001f600 of \u009b31m Zürich \u202e is here.")
    run = qa("search", "--json", "emoji of Zürich", PYTHONIOENCODING="latin-1")
    assert run.out.isascii()
    assert "\U0001f600" in run.json["passages"][0]["text"]


@pytest.mark.parametrize(("typed", "hint"), [("aks", "qa ask?"), ("How long is it?", "qa ask 'How long is it?'")])
def test_a_command_that_there_is_not_gets_a_hint(qa_here: RunQa, typed: str, hint: str) -> None:
    run = qa_here(typed)
    assert run.code == 2
    assert hint in run.err
    assert run.err.count("\n") == 1
