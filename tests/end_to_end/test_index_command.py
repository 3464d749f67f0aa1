"""`qa index` and `qa status --verify`: keeping up, waiting for each other, mending, and being interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from qa.index.writing.lock import locked
from tests.conftest import ROOT, SURE, RunQa
from tests.unit.models import index_folder

QUESTION, ANSWER = SURE
_INTERRUPTED = 130


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Two files and the index of them in `index`, beside."""
    (tmp_path / "notes").mkdir()
    for name in ("party", "cellar"):
        (tmp_path / "notes" / f"{name}.txt").write_text(f"The key of the {name} hangs behind the clock.")
    index_folder(tmp_path / "notes", tmp_path / "index")
    return tmp_path / "notes"


@contextmanager
def running(*arguments: str | Path, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "qa", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def sqlite3_of_another_program(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.commit()
    data = (folder / "other.db").read_bytes()
    (folder / "other.db").unlink()
    return data


def flip(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)


def test_a_sound_index_verifies(qa_here: RunQa, article_copy: Path) -> None:
    run = qa_here("status", "--verify")
    assert run.code == 0
    assert all(line.endswith(" sound") for line in run.out.splitlines()[1:])
    assert run.err == ""
    found = qa_here("status", "--verify", "--json").json
    assert found["sound"]
    assert {check["name"] for check in found["checks"]} >= {"pages", "documents", "passages", "vectors", "words"}


def test_a_flipped_bit_is_named_and_mended(qa_here: RunQa, article_copy: Path) -> None:
    flip(next((article_copy / "index").glob("*.faiss")), 5000)
    run = qa_here("status", "--verify", "--index", "index")
    assert run.code == 3
    assert "not as it was written" in run.out
    assert "qa index --repair --index index" in run.err
    assert not qa_here("status", "--verify", "--json").json["sound"]
    shutil.rmtree(article_copy / "corpus")
    mended = qa_here("index", "--repair", "--json", "--corpus", "corpus")
    assert (mended.code, mended.json["mended"], mended.json["encoded"], mended.json["lost"]) == (0, True, 0, [])
    assert qa_here("status", "--verify", "--corpus", "corpus").code == 0
    assert "Nothing to mend" in qa_here("index", "--repair", "--corpus", "corpus").out
    assert ANSWER in qa_here("ask", "--corpus", "corpus", QUESTION).out


def test_what_to_do_about_a_damaged_index_names_the_places_that_were_given(qa_here: RunQa, article_copy: Path) -> None:
    flip(article_copy / "index" / "index.sqlite", 60)
    (article_copy / "corpus").rename(article_copy / "my notes")
    for arguments in (("ask", QUESTION), ("search", "lease"), ("status",)):
        run = qa_here(*arguments, "--corpus", "my notes", "--index", "index")
        assert (run.code, run.out, run.err.count("\n")) == (3, "", 1)
        assert "qa index --repair --corpus 'my notes' --index index" in run.err


def test_indexes_are_listed_and_removed_and_nothing_of_the_text_is_left(qa_here: RunQa, tmp_path: Path) -> None:
    assert "no index" in qa_here("status", "--all").err
    for name in ("notes", "letters"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"The key of the {name} hangs behind the clock.")
        assert qa_here("index", name).code == 0
    found = qa_here("status", "--all", "--json").json["indexes"]
    assert [(Path(one["corpus"]).name, one["there"], one["documents"]) for one in found] == [
        ("letters", True, 1),
        ("notes", True, 1),
    ]
    shutil.rmtree(tmp_path / "letters")
    run = qa_here("status", "--all")
    assert run.out.splitlines()[0].endswith(" · the documents are gone or not mounted")
    assert "qa index --remove" in run.err
    assert "is gone" in qa_here("index", "--remove", "letters").out
    assert [Path(one["corpus"]).name for one in qa_here("status", "--all", "--json").json["indexes"]] == ["notes"]
    kept = b"".join(file.read_bytes() for file in (tmp_path / "home").rglob("*") if file.is_file())
    assert b"letters" not in kept
    assert not Path(found[0]["index"]).exists()
    assert (tmp_path / "notes" / "a.txt").exists()
    again = qa_here("index", "--remove", "letters")
    assert (again.code, again.out) == (3, "")


def test_removing_takes_only_what_qa_wrote(qa_here: RunQa, notes: Path) -> None:
    index = notes.parent / "index"
    (index / "mine.txt").write_text("not qa's")
    flip(index / "index.sqlite", 60)
    assert qa_here("index", "--remove", "--index", index, notes, "--json").json["bytes"] > 0
    assert [file.name for file in index.iterdir()] == ["mine.txt"]
    (index / "index.sqlite").write_bytes(sqlite3_of_another_program(index))
    run = qa_here("index", "--remove", "--index", index, notes)
    assert (run.code, (index / "index.sqlite").exists()) == (3, True)
    assert "another program" in run.err


def test_the_index_that_ships_is_not_removed(qa_here: RunQa) -> None:
    run = qa_here("index", "--remove")
    assert run.code == 2
    assert "ships" in run.err
    assert qa_here("ask", QUESTION).code == 0


def test_ways_of_indexing_that_exclude_each_other(qa_here: RunQa) -> None:
    assert qa_here("index", "--remove", "--rebuild").code == 2
    assert qa_here("status", "--all", "--verify").code == 2
    assert qa_here("index", "--rebuild", "--repair").code == 2
    assert qa_here("index", "--watch", "--rebuild").code == 2


def test_a_copy_of_an_index_is_made_elsewhere_and_nothing_is_encoded_again(
    qa_here: RunQa, notes: Path, tmp_path: Path
) -> None:
    own, copy = ("--index", str(tmp_path / "index")), ("--index", str(tmp_path / "copy"))
    (notes / "new.txt").write_text("The key of the attic lies under the mat.")
    made = qa_here("index", *own, "--copy-to", str(tmp_path / "copy"), str(notes), "--json").json
    assert (made["added"], made["encoded"]) == (["cellar.txt", "new.txt", "party.txt"], 1)
    assert qa_here("ask", *copy, "--corpus", str(notes), "Where does the key of the cellar hang?").code == 0
    assert qa_here("status", *own, "--corpus", str(notes), "--json").json["documents"] == 2
    assert qa_here("index", *own, "--copy-to", str(tmp_path / "index"), str(notes)).code == 2
    assert qa_here("index", *own, "--copy-to", str(tmp_path / "copy"), "--rebuild", str(notes)).code == 2
    missing = qa_here("index", "--index", str(tmp_path / "none"), "--copy-to", str(tmp_path / "copy"), str(notes))
    assert "There is no index" in missing.err


def test_watching_keeps_up_until_it_is_interrupted(notes: Path) -> None:
    with running("index", "--watch", notes, "--index", notes.parent / "index", cwd=notes.parent) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "2 unchanged" in process.stdout.readline()
        assert "watching" in process.stderr.readline()
        (notes / "party.txt").rename(notes / "feast.txt")
        assert "1 renamed" in process.stdout.readline()
        (notes / "cellar.txt").unlink()
        assert "1 removed" in process.stdout.readline()
        (notes / "feast.txt").unlink()
        assert "--allow-empty" in process.stderr.readline()
        (notes / "party.txt").write_text("The key of the party hangs behind the clock.")
        assert "1 renamed" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == _INTERRUPTED
        # Click ends the line of the terminal's "^C".
        assert (process.stdout.read() + process.stderr.read()).strip() == ""


def test_the_second_of_two_first_questions_waits_for_the_index(notes: Path, tmp_path: Path) -> None:
    ready, folder = tmp_path / "index", tmp_path / "other"
    with running("search", "--corpus", notes, "--index", folder, "key of the cellar", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        with locked(folder):
            assert f"process {os.getpid()} on" in process.stderr.readline()
            for file in (next(ready.glob("*.faiss")), ready / "index.sqlite"):
                shutil.copy(file, folder)
        assert "cellar.txt:1" in process.stdout.read()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize("part", range(4))
def test_an_interrupt_at_any_moment_is_no_traceback(part: int, article_copy: Path) -> None:
    with running("ask", QUESTION, cwd=article_copy) as process:
        time.sleep(part * 0.15)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    # At the very start Python itself is not up yet and speaks for itself, at the end the answer may be out.
    assert process.returncode in (_INTERRUPTED, -signal.SIGINT, 0) or "Traceback" in err
    assert str(ROOT / "src") not in err
    assert out == "" or ANSWER in out
