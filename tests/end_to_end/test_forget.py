"""`qa forget` on real files: what is listed, what goes, and above all what stays."""

from __future__ import annotations

import os
import pty
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qa.collections import CollectionsFile
from qa.conversation.storage.chats import Chats
from qa.conversation.storage.sessions import Session
from qa.conversation.turns import Turn
from qa.index.writing.lock import locked
from qa.web.conversation_store import ConversationStore
from qa.web.sqlite_conversations import SqliteConversations
from tests.conftest import QA, RunQa
from tests.unit.models import index_folder
from tests.unit.test_chats import ANSWER

SECRET = "Why does the heron sleep?"


class Home:
    """The home folder that the `qa` fixture gives to the command, filled by the program's own parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / ".local" / "share" / "qa"
        self.configuration = folder / ".config" / "qa"
        self.chats = self.data / "chats.sqlite"
        self.sessions = self.data / "sessions.sqlite"
        self.collections = self.configuration / "collections.toml"

    def fill(self, documents: Path, beside: Path) -> None:
        """One of each: a chat, a session, an index in the data directory, one beside a folder named corpus, a collection."""
        for folder in (documents, beside):
            folder.mkdir(parents=True)
            (folder / "a.txt").write_text("The key of the cellar hangs behind the clock.")
        chats = Chats.open(self.chats)
        chats.end(chats.ask(chats.begin(beside, SECRET), SECRET), ANSWER)
        chats.close()
        Session("birds", documents, self.sessions).add(Turn.of(ANSWER))
        self.index = self.data / "indexes" / "notes-0123456789ab"
        index_folder(documents, self.index)
        index_folder(beside, beside.parent / "index")
        CollectionsFile(self.collections).add("notes", documents)

    def files(self) -> set[Path]:
        return {file for file in self.folder.rglob("*") if not file.is_dir() or file.is_symlink()}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.fill(tmp_path / "notes", tmp_path / "work" / "corpus")
    return made


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [one["kind"] for one in found]


def test_it_lists_what_is_kept_with_places_and_sizes_and_removes_nothing(
    qa_here: RunQa, home: Home, tmp_path: Path
) -> None:
    before = home.files()
    run = qa_here("forget")
    assert (run.code, home.files()) == (0, before)
    for place in (home.chats, home.sessions, home.index, tmp_path / "work" / "index", home.collections):
        assert str(place) in run.out
    for option in ("--chats", "--sessions", "--indexes", "--collections", "--all"):
        assert f"qa forget {option}" in run.out
    found = qa_here("forget", "--json").json
    assert kinds(found["kept"]) == ["chats", "sessions", "indexes", "indexes", "collections"]
    assert found["bytes"] == sum(one["bytes"] for one in found["kept"])
    assert found["kept"][0]["bytes"] == home.chats.stat().st_size


@pytest.mark.parametrize("option", ["chats", "sessions", "indexes", "collections"])
def test_an_option_removes_its_own_kind_alone(qa_here: RunQa, home: Home, option: str) -> None:
    run = qa_here("forget", f"--{option}", "--yes")
    assert (run.code, run.err) == (0, "")
    left = kinds(qa_here("forget", "--json").json["kept"])
    # The index beside `corpus` is known by the chat that is about it.
    expected = {
        "chats": ["sessions", "indexes", "collections"],
        "sessions": ["chats", "indexes", "indexes", "collections"],
        "indexes": ["chats", "sessions", "collections"],
        "collections": ["chats", "sessions", "indexes", "indexes"],
    }
    assert left == expected[option]


def test_all_leaves_nothing_but_the_documents(qa_here: RunQa, home: Home, tmp_path: Path) -> None:
    run = qa_here("forget", "--all", "--yes", "--json")
    assert (run.code, run.err, run.json["left"]) == (0, "", [])
    assert kinds(run.json["removed"]) == ["chats", "sessions", "indexes", "indexes", "collections"]
    assert home.files() == set()
    assert not home.data.exists()
    assert not home.configuration.exists()
    assert not (tmp_path / "work" / "index").exists()
    assert (tmp_path / "notes" / "a.txt").exists()
    assert (tmp_path / "work" / "corpus" / "a.txt").exists()
    again = qa_here("forget", "--all", "--yes")
    assert (again.code, again.out) == (0, "")
    assert qa_here("forget", "--json").json == {"kept": [], "bytes": 0}


def test_what_the_server_keeps_goes_with_web(qa_here: RunQa, home: Home) -> None:
    assert qa_here("token", "create", "ann").code == 0
    store = ConversationStore(SqliteConversations.open(home.data / "web-conversations.sqlite"))
    store.begin("ann", ["notes"], SECRET)
    store.close()
    assert kinds(qa_here("forget", "--json").json["kept"])[-2:] == ["web", "web"]
    run = qa_here("forget", "--web", "--yes", "--json")
    assert [Path(one["path"]).name for one in run.json["removed"]] == ["web-conversations.sqlite", "tokens.json"]
    assert [file for file in home.files() if "web" in file.name or "tokens" in file.name] == []


def test_the_text_of_a_chat_is_gone_for_who_has_the_file_open_too(qa: RunQa, home: Home) -> None:
    with closing(sqlite3.connect(home.chats)) as connection, home.chats.open("rb") as opened:
        assert connection.execute("SELECT count(*) FROM turns").fetchone() == (1,)
        assert qa("forget", "--chats", "--yes").code == 0
        assert SECRET.encode() not in opened.read()
        assert connection.execute("SELECT count(*) FROM turns").fetchone() == (0,)


def test_without_a_terminal_it_wants_yes(qa_here: RunQa, home: Home) -> None:
    before = home.files()
    run = qa_here("forget", "--all", stdin=b"y\n")
    assert (run.code, run.out, home.files()) == (2, "", before)
    assert "--yes" in run.err
    assert qa_here("forget", "--yes").code == 2


@pytest.mark.parametrize(("typed", "code"), [(b"n\n", 1), (b"\n", 1), (b"y\n", 0)])
def test_on_a_terminal_it_asks(home: Home, tmp_path: Path, typed: bytes, code: int) -> None:
    main, side = pty.openpty()
    environment = {**os.environ, "HOME": str(home.folder), "HF_HUB_OFFLINE": "1"}
    environment = {name: value for name, value in environment.items() if not name.startswith(("XDG_", "QA_"))}
    command = [QA, "forget", "--sessions"]
    os.write(main, typed)
    done = subprocess.run(command, stdin=side, capture_output=True, cwd=tmp_path, env=environment, timeout=120)
    os.close(main)
    os.close(side)
    assert b"Remove this for good (" in done.stderr
    assert str(home.sessions) in done.stdout.decode()
    assert (done.returncode, home.sessions.exists()) == (code, code == 1)


# In use


@pytest.fixture
def busy_index(home: Home) -> Iterator[Path]:
    with locked(home.index):
        yield home.index


def test_an_index_that_is_being_written_stays_and_is_named(qa: RunQa, home: Home, busy_index: Path) -> None:
    run = qa("forget", "--all", "--yes", "--json")
    assert run.code == 3
    assert [(one["kind"], one["error"]["code"]) for one in run.json["left"]] == [("indexes", "index_busy")]
    assert str(busy_index) in run.err
    assert (busy_index / "index.sqlite").exists()
    assert not home.chats.exists()


def test_chats_that_are_being_written_stay_and_are_named(qa: RunQa, home: Home) -> None:
    with closing(sqlite3.connect(home.chats, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        run = qa("forget", "--chats", "--sessions", "--yes")
        connection.execute("ROLLBACK")
        assert connection.execute("SELECT count(*) FROM turns").fetchone() == (1,)
    assert run.code == 3
    assert str(home.chats) in run.err
    assert home.chats.exists()
    assert not home.sessions.exists()


# What qa did not write


def test_foreign_files_in_the_folder_of_an_index_stay(qa_here: RunQa, home: Home, tmp_path: Path) -> None:
    beside = tmp_path / "work" / "index"
    for folder in (home.index, beside):
        (folder / "mine.txt").write_text("mine")
        (folder / "index.sqlite.bak").write_text("mine")
        (folder / "sub").mkdir()
        (folder / "sub" / "vectors-000001.faiss").write_text("mine")
    run = qa_here("forget", "--indexes", "--yes")
    assert run.code == 0
    assert "mine.txt" in run.err
    for folder in (home.index, beside):
        assert sorted(file.name for file in folder.iterdir()) == ["index.sqlite.bak", "mine.txt", "sub"]
        assert (folder / "sub" / "vectors-000001.faiss").read_text() == "mine"


def test_links_are_not_followed(qa_here: RunQa, home: Home, tmp_path: Path) -> None:
    away = tmp_path / "away"
    shutil.copytree(home.index, away / "index")
    for file in (home.chats, home.sessions, home.collections):
        shutil.move(file, away / file.name)
        file.symlink_to(away / file.name)
    (home.data / "indexes" / "linked-0123456789ab").symlink_to(away / "index")
    inside = next(home.index.glob("*.faiss"))
    shutil.move(inside, away / inside.name)
    inside.symlink_to(away / inside.name)
    shutil.rmtree(tmp_path / "work" / "index")
    (tmp_path / "work" / "index").symlink_to(away / "index")
    before = {file: file.read_bytes() for file in away.rglob("*") if file.is_file()}
    run = qa_here("forget", "--all", "--yes", "--json")
    assert run.code == 3
    assert {one["error"]["code"] for one in run.json["left"]} == {"file_foreign"}
    assert {file: file.read_bytes() for file in away.rglob("*") if file.is_file()} == before
    assert home.chats.is_symlink()
    assert not home.index.exists()


@pytest.mark.parametrize("lock_target", ["there.txt", "not-there.txt"])
def test_a_lock_that_is_a_link_is_not_written_through(
    qa_here: RunQa, home: Home, tmp_path: Path, lock_target: str
) -> None:
    (tmp_path / "there.txt").write_text("mine")
    (home.index / ".lock").unlink(missing_ok=True)
    (home.index / ".lock").symlink_to(tmp_path / lock_target)
    assert qa_here("forget", "--indexes", "--yes").code == 3
    assert (tmp_path / "there.txt").read_text() == "mine"
    assert not (tmp_path / "not-there.txt").exists()


def test_files_of_others_under_the_names_of_qas_stay(qa_here: RunQa, home: Home, tmp_path: Path) -> None:
    for file in (home.chats, home.index / "index.sqlite", tmp_path / "work" / "index" / "index.sqlite"):
        file.unlink()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE mine (x)")
    home.sessions.write_text("a diary, and no database")
    home.collections.write_text("not = toml = at all")
    kept = (home.chats, home.sessions, home.collections, home.index / "index.sqlite", tmp_path / "work" / "index")
    run = qa_here("forget", "--all", "--yes", "--json")
    assert run.code == 3
    assert run.json["removed"] == []
    assert all(place.exists() for place in kept)
    assert len(list((tmp_path / "work" / "index").iterdir())) > 1


def test_a_damaged_index_in_the_data_directory_and_what_a_killed_indexing_left_go(qa_here: RunQa, home: Home) -> None:
    (home.index / "index.sqlite").write_bytes(b"garbage" * 1000)
    killed, failed = home.data / "indexes" / "killed-000000000000", home.data / "indexes" / "failed-000000000000"
    killed.mkdir()
    (killed / "index.sqlite.00ff.new").write_text("half")
    failed.mkdir()
    (failed / ".lock").touch()
    run = qa_here("forget", "--indexes", "--yes")
    assert (run.code, run.err) == (0, "")
    assert not (home.data / "indexes").exists()


def test_the_index_that_ships_is_not_among_them(qa_here: RunQa) -> None:
    assert qa_here("forget", "--json").json["kept"] == []


def test_a_hostile_name_is_shown_inert(qa_here: RunQa, home: Home) -> None:
    folder = home.data / "indexes" / "a\x1b[31m\nb"
    shutil.move(home.index, folder)
    run = qa_here("forget")
    assert "\x1b" not in run.out
    assert "␛[31m" in run.out
    assert qa_here("forget", "--indexes", "--yes").code == 0
    assert not folder.exists()
