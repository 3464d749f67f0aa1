"""The line in which a question is typed, with the questions asked before on the up key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from qa.inert import inert_line
from qa.tui import slash
from qa.tui.history import History

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events


class QuestionInput(Input):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Ask", tooltip="Ask the question."),
        Binding("up", "older", "The question before", show=False),
        Binding("down", "newer", "The question after", show=False),
        # An input scrolls itself with these keys, to no effect in a single line: they scroll the conversation instead.
        Binding("pageup", "screen.scroll('page_up')", "Scroll back", show=False),
        Binding("pagedown", "screen.scroll('page_down')", "Scroll on", show=False),
        Binding("ctrl+home", "screen.scroll('home')", "To the first question", show=False),
        Binding("ctrl+end", "screen.scroll('end')", "To the newest question", show=False),
    ]

    # Beyond any question that makes sense, well below what would make a line of input slow.
    LONGEST: ClassVar[int] = 4000

    class Asked(Message):
        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    class Commanded(Message):
        """A line that begins with a slash, such as "/status"."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    def __init__(self) -> None:
        super().__init__(
            placeholder="Ask a question, or / for commands", max_length=self.LONGEST, select_on_focus=False
        )
        self._history = History()

    async def action_submit(self) -> None:
        question = self.value.strip()
        if question:
            self._history.add(question)
            self.value = ""
            self.post_message(self.Commanded(question) if slash.is_command(question) else self.Asked(question))

    def action_older(self) -> None:
        self._recall(self._history.older(self.value))

    def action_newer(self) -> None:
        self._recall(self._history.newer())

    def load_history(self, questions: Iterable[str]) -> None:
        """Begin anew with the questions of another chat, oldest first."""
        self._history = History()
        for question in questions:
            self._history.add(question)

    async def take(self, event: events.Key) -> None:
        """As if the key had been pressed here."""
        if event.key == "enter":
            await self.action_submit()
        elif event.character:
            self.insert_text_at_cursor(event.character)

    def begin(self, text: str) -> None:
        """Put `text` in the line, to be gone on with."""
        self._recall(text)
        self.focus()

    def offer(self, question: str) -> None:
        """Put `question` back to be changed, unless something else is being typed."""
        if not self.value:
            self._recall(question)

    def _recall(self, question: str | None) -> None:
        if question is not None:
            self.value = question
            self.cursor_position = len(question)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """A question never begins with "?": there it is left to the screen, where it opens the help."""
        return super().check_consume_key(key, character) and not (character == "?" and not self.value)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "tab" and (found := slash.matching(self.value)):
            event.stop()
            event.prevent_default()
            self._recall(f"/{found[0].name} ")
        elif not self.check_consume_key(event.key, event.character):
            event.prevent_default()

    def _on_paste(self, event: events.Paste) -> None:
        """Paste all lines as one, and inert: an input writes control sequences in its value to the terminal."""
        event.stop()
        event.prevent_default()
        if len(event.text) > self.LONGEST:
            self.notify(
                f"That text has {len(event.text):,} characters; a question can have at most {self.LONGEST:,}.",
                severity="warning",
                markup=False,
            )
            return
        pasted = inert_line(event.text)
        if self.selection.is_empty:
            self.insert_text_at_cursor(pasted)
        else:
            self.replace(pasted, *self.selection)
