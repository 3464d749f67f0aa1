"""What the commands do that are typed with a slash: the same as the keys, and as those of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.errors import QaError, UsageError
from qa.tui import filtering, question_queue, slash
from qa.tui.filtering import described
from qa.tui.language_model import server_for_chat
from qa.tui.parts.notices import say
from qa.tui.widgets.note_card import NoteCard

if TYPE_CHECKING:
    from qa.tui.screens.chat_screen import ChatScreen


class Commands:
    """A method for each command, named as it is with `do_` before it."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen

    async def run(self, line: str) -> None:
        """Do what `line` says; what is wrong with it is shown."""
        try:
            name, rest = slash.parse(line)
            await getattr(self, f"do_{name.replace('-', '_')}")(rest)
        except QaError as error:
            say(self._screen, str(error), severity="warning")

    async def do_search(self, words: str) -> None:
        self._screen.questions.submit(question_queue.search(f"/search {words}", words, self._screen.options.only))

    async def do_index(self, options: str) -> None:
        if options not in ("", "--rebuild"):
            raise UsageError(f"/index does not know {options}.", "It is /index or /index --rebuild")
        self._screen.documents.index(rebuild=bool(options))

    async def do_add(self, path: str) -> None:
        self._screen.documents.add(path)

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
            "asked": described(self._screen.options.only) if self._screen.options.only else "all of them",
            "refuses below": _threshold(self._screen.options.min_confidence),
        }
        self._screen.widgets.conversation.add(NoteCard("Status", rows))

    async def do_path(self, patterns: str) -> None:
        self._screen.options.filter(filtering.changed(self._screen.options.only, "path", patterns))

    async def do_ext(self, endings: str) -> None:
        self._screen.options.filter(filtering.changed(self._screen.options.only, "ext", endings))

    async def do_after(self, moment: str) -> None:
        self._screen.options.filter(filtering.changed(self._screen.options.only, "after", moment))

    async def do_before(self, moment: str) -> None:
        self._screen.options.filter(filtering.changed(self._screen.options.only, "before", moment))

    async def do_nofilter(self, _: str) -> None:
        self._screen.options.filter(None)

    async def do_min_confidence(self, value: str) -> None:
        if value and value != "default":
            self._screen.options.min_confidence = _probability(value)
        elif value:
            self._screen.options.min_confidence = None
        say(self._screen, f"Answers are refused below {_threshold(self._screen.options.min_confidence)}.")

    async def do_write(self, typed: str) -> None:
        self._screen.options.server = server = server_for_chat(typed)
        if server is None:
            say(self._screen, "Answers are the words of the documents alone.")
        else:
            say(self._screen, f"Answers are also written by {server.model or 'the model'} at {server.url}.")

    async def do_export(self, file: str) -> None:
        self._screen.exporter.export(file or None)

    async def do_chats(self, _: str) -> None:
        self._screen.action_chats()

    async def do_resume(self, title: str) -> None:
        self._screen.switcher.resume_matching(title)

    async def do_new(self, _: str) -> None:
        await self._screen.switcher.begin_new()

    async def do_rename(self, title: str) -> None:
        self._screen.chat.rename(title)

    async def do_delete(self, _: str) -> None:
        await self._screen.past_chats.delete_current()

    async def do_undo(self, _: str) -> None:
        self._screen.past_chats.undo()

    async def do_find(self, words: str) -> None:
        self._screen.action_find(words)

    async def do_evidence(self, _: str) -> None:
        self._screen.action_evidence()

    async def do_copy(self, _: str) -> None:
        self._screen.evidence.copy("text")

    async def do_cite(self, _: str) -> None:
        self._screen.evidence.copy("place")

    async def do_edit(self, _: str) -> None:
        self._screen.action_edit()

    async def do_theme(self, _: str) -> None:
        await self._screen.run_action("app.toggle_theme")

    async def do_help(self, _: str) -> None:
        self._screen.action_help()

    async def do_quit(self, _: str) -> None:
        await self._screen.app.action_quit()


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
