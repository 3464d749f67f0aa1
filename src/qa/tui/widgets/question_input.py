"""The line in which a question is typed, with the questions asked before on the up key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from qa.text.escaping import escape_line
from qa.tui import slash
from qa.tui.input_history import History

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

    @dataclass(eq=False)
    class Asked(Message):
        question: str

    @dataclass(eq=False)
    class Commanded(Message):
        """A line that begins with a slash, such as "/status"."""

        line: str

    def __init__(self) -> None:
        super().__init__(
            placeholder="Ask a question, or / for commands", max_length=self.LONGEST, select_on_focus=False
        )
        self._history = History()
        self._had: events.Key | None = None

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

    def precede_history(self, questions: Iterable[str]) -> None:
        """Questions that were asked before all that are known, oldest first."""
        self._history.precede(questions)

    async def take(self, event: events.Key) -> bool:
        """Handle a key as if it had been pressed here; False if it means nothing here."""
        if await self._obey(event.key):
            return True
        if not event.character or not self.check_consume_key(event.key, event.character):
            return False
        self.insert_text_at_cursor(event.character)
        return True

    def take_paste(self, event: events.Paste) -> None:
        """Handle a paste as if it had been made here."""
        self._on_paste(event)

    def begin(self, text: str) -> None:
        """Put `text` in the line, to be gone on with; what was there is a step back."""
        if self.value.strip():
            self._history.add(self.value)
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

    def had(self, event: events.Key) -> bool:
        """Whether the key came here first."""
        return event is self._had

    async def _on_key(self, event: events.Key) -> None:
        self._had = event
        if event.key == "tab" and (found := slash.matching(self.value)):
            self._recall(f"/{found[0].name} ")
        elif not await self._obey(event.key):
            if not self.check_consume_key(event.key, event.character):
                event.prevent_default()
            return
        event.stop()
        event.prevent_default()

    async def _obey(self, key: str) -> bool:
        """Do at once what `key` is bound to here. As a binding it would be looked up at the end of all queues, after the
        letters typed behind it, which are taken here: "one", Enter, "two" typed fast would become "onetwo"."""
        action = _ACTIONS.get(key)
        return action is not None and await self.app.run_action(action, self)

    def _on_paste(self, event: events.Paste) -> None:
        """Paste all lines as one, and inert: an input writes control sequences in its value to the terminal."""
        event.stop()
        event.prevent_default()
        if len(self.value) + len(event.text) > self.LONGEST:
            self.notify(
                f"That text has {len(event.text):,} characters; with it the question would have more than {self.LONGEST:,}.",
                severity="warning",
                markup=False,
            )
            return
        pasted = escape_line(event.text)
        if self.selection.is_empty:
            self.insert_text_at_cursor(pasted)
        else:
            self.replace(pasted, *self.selection)


_ACTIONS = {
    binding.key: binding.action for binding in Binding.make_bindings((*Input.BINDINGS, *QuestionInput.BINDINGS))
}
# A line feed is what Enter was before the chat had the terminal.
_ACTIONS["ctrl+j"] = "submit"
