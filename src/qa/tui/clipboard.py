"""Copying: by the terminal itself (OSC 52), which works over SSH too, and by the desktop's own clipboard as well.

Whether a terminal obeys OSC 52 cannot be known; a desktop's clipboard is reached by pyperclip where there is one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qa.text.escaping import escape_control_characters

if TYPE_CHECKING:
    from textual.app import App


def copy(app: App[None], text: str) -> None:
    """Copy `text`, inert: pasted into a shell, it must not act either."""
    text = escape_control_characters(text)
    app.copy_to_clipboard(text)
    # In a browser, and at the other end of SSH, this machine's clipboard is not the user's.
    if not app.is_web and not app.is_headless and "SSH_CONNECTION" not in os.environ:
        app.run_worker(lambda: _to_desktop(text), thread=True, exclusive=True, group="clipboard")


def _to_desktop(text: str) -> None:
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError):
        # No clipboard here: the terminal has been asked already.
        return
