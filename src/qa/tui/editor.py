"""What a document is opened with: the user's editor, at a line, or the program meant for its kind."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from qa.documents.formats import has_lines, is_text
from qa.errors import QaError

if TYPE_CHECKING:
    from textual.app import App

# How each is told the line: most terminal editors take "+12 file".
_AFTER_FILE = {
    "code",
    "code-insiders",
    "codium",
    "cursor",
    "windsurf",
    "hx",
    "helix",
    "subl",
    "zed",
    "zeditor",
    "micro",
}
_GOTO = {"code", "code-insiders", "codium", "cursor", "windsurf"}
_WITHOUT_LINE = {"notepad", "notepad.exe", "open", "xdg-open"}
_IN_WINDOWS = _GOTO | _WITHOUT_LINE | {"subl", "zed", "zeditor", "gvim", "gedit", "kate", "mate", "idea", "pycharm"}
_USUAL = ("nano", "vim", "vi", "notepad")


class NoEditor(QaError):
    def __init__(self) -> None:
        super().__init__("There is no editor to open the file with.", "Set EDITOR, for example: export EDITOR=nano")


class NoViewer(QaError):
    def __init__(self, file: Path) -> None:
        super().__init__(f"{file.name} is no text, and there is no program here to open it with.", f"It lies at {file}")


def opening(file: Path, line: int) -> list[str]:
    """The command that shows `file`: in an editor, at `line` where its lines are the document's; else in its own program.

    Raises NoEditor, NoViewer.
    """
    if not is_text(file.name):
        return viewer_for(file)
    return command_for(file, line if has_lines(file.name) else None)


def viewer_for(file: Path) -> list[str]:
    """The command that opens a file that is no text with the program meant for it. Raises NoViewer."""
    opener = next((name for name in ("xdg-open", "open") if shutil.which(name)), None)
    if opener is None:
        raise NoViewer(file)
    return [opener, str(file)]


def command_for(file: Path, line: int | None, environment: Mapping[str, str] | None = None) -> list[str]:
    """The command of $VISUAL, else $EDITOR, else of a usual editor, at `line` where there is one. Raises NoEditor."""
    environment = os.environ if environment is None else environment
    given = environment.get("VISUAL") or environment.get("EDITOR")
    words = shlex.split(given) if given else [next((name for name in _USUAL if shutil.which(name)), "")]
    if not words or not words[0] or shutil.which(words[0]) is None:
        raise NoEditor
    name = Path(words[0]).name
    if line is None or name in _WITHOUT_LINE:
        return [*words, str(file)]
    if name in _AFTER_FILE:
        return [*words, *(["--goto"] if name in _GOTO else []), f"{file}:{line}"]
    return [*words, f"+{line}", str(file)]


def run(app: App[None], command: list[str]) -> None:
    """Run the editor: beside the chat where it has a window of its own, else in the chat's place until it ends.

    Raises QaError when it cannot be run.
    """
    try:
        if Path(command[0]).name in _IN_WINDOWS:
            quiet = subprocess.DEVNULL
            subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
            return
        with app.suspend():
            # The user's own command, and no shell.
            subprocess.run(command, check=False)  # noqa: S603
    except OSError as error:
        raise QaError(
            f"{command[0]} cannot be run ({(error.strerror or str(error)).lower()}).", "Set EDITOR."
        ) from error
    except SuspendNotSupported as error:
        raise QaError("Here no editor can be opened.", "Copy the place and open it yourself.") from error
