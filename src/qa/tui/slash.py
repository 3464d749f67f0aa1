"""The commands that are typed as a question that begins with a slash; they mirror those of the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from qa.errors import UsageError

# "/etc/passwd says what?" is a question: a command is a word of letters alone.
_COMMAND = re.compile(r"/([a-z-]*)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slash:
    """`usage` is how it is typed, `says` what it does. `needs` names what must come after it."""

    usage: str
    says: str
    needs: str = ""

    @property
    def name(self) -> str:
        return self.usage[1:].split()[0]


SLASHES = (
    Slash("/search WORDS", "The nearest passages, no answer", "what to search for"),
    Slash("/index [--rebuild]", "Bring the index up to date, or make it anew"),
    Slash("/add PATH", "Copy a file or folder among the documents and index it", "a file or a folder"),
    Slash("/open PATH", "Ask another folder or file", "a folder or a file"),
    Slash("/status", "What the index holds, and what has changed since"),
    Slash("/path [PATTERN …]", "Ask only documents that match, as in .gitignore: 'reports/**'"),
    Slash("/ext [ENDING …]", "Ask only documents with these endings: pdf docx"),
    Slash("/after [DATE]", "Ask only documents changed then or later: 2024-01-31"),
    Slash("/before [DATE]", "Ask only documents changed earlier"),
    Slash("/nofilter", "Ask all documents again"),
    Slash("/min-confidence [P]", "Refuse answers less probable than P, 0 to 1"),
    Slash("/write on|off", "Let your own language model word the answers too, checked against the documents"),
    Slash("/export [FILE]", "Write this chat as Markdown, with its citations"),
    Slash("/chats", "The past chats"),
    Slash("/resume [TITLE]", "Go on with a past chat, the newest that has TITLE in its title"),
    Slash("/new", "Begin a new chat"),
    Slash("/rename TITLE", "Give this chat another name", "the new name"),
    Slash("/delete", "Delete this chat"),
    Slash("/undo", "Bring back the chat that was deleted last"),
    Slash("/find [WORDS]", "Find words in this chat"),
    Slash("/evidence", "Show or hide the evidence"),
    Slash("/copy", "Copy the answer"),
    Slash("/cite", "Copy where it stands"),
    Slash("/edit", "Open the document in your editor, at the answer's line"),
    Slash("/theme", "Light or dark"),
    Slash("/help", "All keys and commands"),
    Slash("/quit", "Leave the chat"),
)
_BY_NAME = {slash.name: slash for slash in SLASHES}
_WITHOUT_SLASH = {"help": "/help", "quit": "/quit", "exit": "/quit", "/exit": "/quit"}
"""What people type out of habit; nobody asks documents so."""


def is_command(typed: str) -> bool:
    return _COMMAND.fullmatch(_with_slash(typed)) is not None


def _with_slash(typed: str) -> str:
    return _WITHOUT_SLASH.get(typed.strip().rstrip("?!.").lower(), typed)


def parse(typed: str) -> tuple[str, str]:
    """The name of the command and what comes after it. Raises UsageError."""
    match = _COMMAND.fullmatch(_with_slash(typed))
    name, rest = (match[1].lower(), (match[2] or "").strip()) if match else ("", "")
    slash = _BY_NAME.get(name)
    if slash is None:
        near = get_close_matches(name, _BY_NAME, 1)
        hint = f"Did you mean /{near[0]}? " if near else ""
        raise UsageError(f"There is no command /{name}.", f"{hint}/help lists them all.")
    if slash.needs and not rest:
        raise UsageError(f"/{name} needs {slash.needs}.", f"For example: {slash.usage}")
    return name, rest


def matching(typed: str) -> list[Slash]:
    """The commands that `typed` may become; none where it is no command or has come to what follows one."""
    if not typed.startswith("/") or any(character.isspace() for character in typed):
        return []
    return [slash for slash in SLASHES if slash.name.startswith(typed[1:].lower())]
