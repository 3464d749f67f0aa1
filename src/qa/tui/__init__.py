"""The chat in the terminal: a Textual app over an `Assistant`, with no retrieval or reading logic of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.workspace import AnyWorkspace

__all__ = ["run"]


def run(workspace: AnyWorkspace, *, resume: str | None = None) -> int:
    """Run the chat over `workspace` until the user leaves it; returns the exit code.

    With `resume`, the newest past chat that has that in its title is gone on with.
    """
    # Textual is imported only when a chat is really opened: `qa --help` and `qa ask` never pay for it.
    from qa.conversation.storage.chats import Chats
    from qa.tui.app import ChatApp
    from qa.tui.pauses import spare_the_collector

    app = ChatApp(workspace, Chats.open, resume=resume, opened=spare_the_collector)
    app.run()
    app.join(timeout=3.0)
    return app.return_code or 0
