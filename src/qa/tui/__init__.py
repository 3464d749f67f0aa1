"""The chat in the terminal: a Textual app over an `Assistant`, with no retrieval or reading logic of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa.tui.asking import AssistantLike

__all__ = ["run"]


def run(open_assistant: Callable[[], AssistantLike]) -> int:
    """Run the chat until the user leaves it; returns the exit code. `open_assistant` is called in the background."""
    # Textual is imported only when a chat is really opened: `qa --help` and `qa ask` never pay for it.
    from qa.tui.app import ChatApp

    app = ChatApp(open_assistant)
    app.run()
    app.desk.join(timeout=3.0)
    return app.return_code or 0
