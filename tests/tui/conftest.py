"""Each test has a chat of its own over an assistant in memory; `opener` decides what that one does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qa.conversation.storage.chats import Chats
from qa.tui.app import ChatApp
from tests.tui.chat_driver import Opener

OpenApp = Callable[..., ChatApp]


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the chats of this test are kept."""
    return tmp_path / "chats.sqlite"


@pytest.fixture
def open_app(opener: Opener, store: Path) -> OpenApp:
    """Makes a chat over the same documents and the same past chats, as a new process would."""
    return lambda **options: ChatApp(opener, lambda: Chats.open(store), **options)


@pytest.fixture
def app(open_app: OpenApp) -> ChatApp:
    return open_app()
