"""Each test has a chat of its own over an assistant in memory; `opener` decides what that one does."""

from __future__ import annotations

import pytest

from qa.tui.app import ChatApp
from tests.tui.chat_driver import Opener


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
def app(opener: Opener) -> ChatApp:
    return ChatApp(opener)
