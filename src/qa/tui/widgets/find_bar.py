"""The line in which one types what to find in the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FindInput(Input):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "screen.find_step(1)", "Next", tooltip="Go to the next place that was found."),
        Binding("up,shift+enter", "screen.find_step(-1)", "Previous", tooltip="Go to the place before."),
    ]


class FindBar(Horizontal):
    @dataclass(eq=False)
    class FindRequested(Message):
        """`words` are to be found; with "", nothing is marked any more."""

        words: str

    def __init__(self) -> None:
        super().__init__(id="find")
        self._input = FindInput(placeholder="Find in this chat", compact=True)
        self._count = Static(id="find-count")

    def compose(self) -> ComposeResult:
        yield Static(Content("Find"), id="find-label")
        yield self._input
        yield self._count

    def begin(self, words: str = "") -> None:
        """Open the line with `words` in it."""
        self.add_class("-open")
        if words:
            self._input.value = words
        self._input.focus()
        self.post_message(self.FindRequested(self._input.value))

    def close(self) -> None:
        self.remove_class("-open")
        self.post_message(self.FindRequested(""))

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def tell(self, at: int | None, count: int, *, earlier: bool = False) -> None:
        """Say that number `at` (from 0) of `count` places is shown; `earlier` when there may be others, further up."""
        if at is None:
            nothing = "nothing here, ↑ looks further up" if earlier else "nothing"
            self._count.update(Content(nothing if self._input.value else ""))
        else:
            self._count.update(Content(f"{at + 1} of {count}{'+' if earlier else ''}"))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.FindRequested(event.value))
