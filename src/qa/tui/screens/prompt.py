"""A line to type in, over the chat: for a new name, a path, or a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from textual.app import ComposeResult


class InputDialog(ModalScreen[str | None]):
    """Gives back what was typed; None when the user thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = escape_line(value)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_subtitle = "Enter accepts, Esc cancels"
            yield Static(Content(escape_line(self._title)), classes="dialog-title")
            yield Input(self._value, select_on_focus=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_cancel(self) -> None:
        self.dismiss(None)


class Confirm(ModalScreen[bool]):
    """A question that is answered with Enter (or y) and Esc (or n)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", "Yes"),
        Binding("escape,n", "answer(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_subtitle = "Enter yes, Esc no"
            yield Static(Content(escape_line(self._question)), classes="dialog-title")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
