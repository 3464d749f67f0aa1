"""What the commands do that are typed with a slash: the same as the keys, and as those of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.errors import QaError, UsageError
from qa.tui import filtering, question_queue, slash
from qa.tui.filtering import described
from qa.tui.language_model import server_for_chat
from qa.tui.widgets.note_card import NoteCard

if TYPE_CHECKING:
    from qa.tui.screens.chat_screen import ChatScreen


# Those that do what a key does.
ACTIONS = {
    "chats": "chats",
    "new": "new_chat",
    "undo": "undo",
    "evidence": "evidence",
    "copy": "copy('text')",
    "cite": "copy('place')",
    "edit": "edit",
    "theme": "app.toggle_theme",
    "help": "help",
    "quit": "app.quit",
}


FILTERS = ("path", "ext", "after", "before")
"""Those that choose among the documents."""


class Commands:
    """A method for each of the others, named as the command is with `do_` before it."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen

    async def run(self, line: str) -> None:
        """Do what `line` says; what is wrong with it is shown."""
        try:
            name, rest = slash.parse(line)
            if name in ACTIONS:
                await self._screen.run_action(ACTIONS[name])
            elif name in FILTERS:
                self._screen.questions.filter(filtering.changed(self._screen.questions.only, name, rest))
            else:
                await getattr(self, f"do_{name.replace('-', '_')}")(rest)
        except QaError as error:
            self._screen.say(str(error), severity="warning")

    async def do_search(self, words: str) -> None:
        self._screen.questions.submit(question_queue.search(f"/search {words}", words, self._screen.questions.only))

    async def do_index(self, options: str) -> None:
        if options not in ("", "--rebuild"):
            raise UsageError(f"/index does not know {options}.", "It is /index or /index --rebuild")
        self._screen.documents.index(rebuild=bool(options))

    async def do_add(self, path: str) -> None:
        self._screen.add_documents(path)

    async def do_open(self, path: str) -> None:
        self._screen.open_documents(path)

    async def do_status(self, _: str) -> None:
        found = await self._screen.question_queue.fetch(lambda assistant: assistant.status())
        rows = {
            "corpus": str(found.corpus),
            "index": str(found.index),
            "documents": f"{found.documents:,}",
            "passages": f"{found.passages:,}",
            "model": found.model,
            "size": f"{found.bytes / 1e6:.1f} MB",
            "changed since": ", ".join(found.stale) or "nothing",
            "asked": described(self._screen.questions.only) if self._screen.questions.only else "all of them",
            "refuses below": _threshold(self._screen.questions.min_confidence),
        }
        self._screen.conversation.add(NoteCard("Status", rows))

    async def do_nofilter(self, _: str) -> None:
        self._screen.questions.filter(None)

    async def do_min_confidence(self, value: str) -> None:
        if value and value != "default":
            self._screen.questions.min_confidence = _probability(value)
        elif value:
            self._screen.questions.min_confidence = None
        self._screen.say(f"Answers are refused below {_threshold(self._screen.questions.min_confidence)}.")

    async def do_write(self, typed: str) -> None:
        self._screen.questions.server = server = server_for_chat(typed)
        if server is None:
            self._screen.say("Answers are the words of the documents alone.")
        else:
            self._screen.say(f"Answers are also written by {server.model or 'the model'} at {server.url}.")

    async def do_export(self, file: str) -> None:
        self._screen.chat.export(file or None)

    async def do_resume(self, title: str) -> None:
        self._screen.past_chats.resume_matching(title)

    async def do_rename(self, title: str) -> None:
        self._screen.chat.rename(title)

    async def do_delete(self, _: str) -> None:
        await self._screen.past_chats.delete_current()

    async def do_find(self, words: str) -> None:
        self._screen.action_find(words)


def _probability(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise UsageError(f"{value} is no probability.", "Give a number from 0 to 1, or: /min-confidence default")
    return number


def _threshold(min_confidence: float | None) -> str:
    return "the default threshold" if min_confidence is None else f"{min_confidence:.0%}".replace("%", " %")
