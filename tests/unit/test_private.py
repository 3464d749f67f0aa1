"""What was read and asked is for its owner alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.conversation.storage.chats import Chats
from qa.conversation.storage.sessions import Session
from qa.index.service import update_index
from qa.locations import index_of, indexes
from qa.private import make_private_file, make_private_folder, tighten
from qa.settings import Settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# Key\n\nThe key is under the blue pot.\n")
    return Settings(corpus=tmp_path / "notes")


@pytest.mark.usefixtures("open_umask")
def test_an_index_is_for_its_owner_alone_whatever_the_umask(settings: Settings) -> None:
    update_index(settings)
    (Path(str(settings.corpus)) / "b.md").write_text("The lamp is by the door.\n")
    update_index(settings)
    assert settings.corpus is not None
    folder = index_of(settings, settings.corpus)
    assert {mode(place) for place in (folder, indexes(), indexes().parent)} == {0o700}
    assert len(list(folder.iterdir())) >= 2
    assert {file.name: mode(file) for file in folder.iterdir() if mode(file) != 0o600} == {}


def test_an_index_of_an_earlier_version_is_tightened_when_it_is_opened(settings: Settings) -> None:
    update_index(settings)
    assert settings.corpus is not None
    folder = index_of(settings, settings.corpus)
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    with Assistant.open(settings=settings) as assistant:
        assert assistant.documents() == ("a.md",)
    assert mode(folder) == 0o700
    assert {mode(file) for file in folder.iterdir() if file.suffix in (".sqlite", ".faiss")} == {0o600}


@pytest.mark.usefixtures("open_umask")
def test_chats_and_sessions_are_for_their_owner_alone(tmp_path: Path) -> None:
    chats, sessions = tmp_path / "new" / "chats.sqlite", tmp_path / "new" / "sessions.sqlite"
    for file in (chats, sessions):
        make_private_folder(file.parent)
        file.touch()
        file.chmod(0o644)
    Chats.open(chats).close()
    Session("s", tmp_path, sessions).turns()
    assert mode(chats) == mode(sessions) == 0o600


def test_a_folder_that_was_there_and_links_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(mode=0o755)
    (tmp_path / "there").chmod(0o755)
    make_private_folder(tmp_path / "there" / "a" / "b")
    assert [mode(tmp_path / "there" / name) for name in (".", "a", "a/b")] == [0o755, 0o700, 0o700]
    (tmp_path / "file").write_text("mine")
    (tmp_path / "file").chmod(0o644)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    tighten([tmp_path / "link", tmp_path / "gone"])
    assert mode(tmp_path / "file") == 0o644
    make_private_file(tmp_path / "file")
    assert (mode(tmp_path / "file"), (tmp_path / "file").read_text()) == (0o600, "mine")
