"""The conversation: a column of turns that stays at the newest unless the user has scrolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from qa.tui.finding import Finder
from qa.tui.widgets.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget


class Welcome(Vertical):
    """What stands in the middle of an empty conversation."""

    def compose(self) -> ComposeResult:
        yield Static(Content("Ask your documents"), classes="welcome-title")
        yield Static(
            Content(
                "Answers are quoted word for word, with the place they stand.\n"
                "When the documents do not say, you are told so."
            ),
            classes="welcome-text",
        )
        yield Static(
            Content.assemble(
                ("/", "bold $primary"), " commands     ", ("^p", "bold $primary"), " all there is     ",
                ("F1", "bold $primary"), " keys",
            ),
            classes="welcome-keys",
        )  # fmt: skip


class Conversation(VerticalScroll, can_focus=False):
    # Not focusable: the keyboard stays with the question, whatever is clicked.

    def __init__(self) -> None:
        super().__init__()
        # A fact of its own: between a change of height and the scroll that answers it, the position cannot tell.
        self._following = True
        self._finder = Finder()

    def compose(self) -> ComposeResult:
        yield Welcome()

    @property
    def at_end(self) -> bool:
        return self.max_scroll_y - self.scroll_y < 1

    @property
    def turns(self) -> list[Turn]:
        return [child for child in self.children if isinstance(child, Turn)]

    def add(self, *entries: Widget) -> None:
        """Append turns or cards and go to the last."""
        self.query(Welcome).remove()
        self.mount(*entries)
        self.to_end()

    async def append(self, turns: Sequence[Turn]) -> None:
        """As `add`, and wait until they are there."""
        await self.query(Welcome).remove()
        await self.mount_all(turns)
        self.to_end()

    def to_end(self) -> None:
        self._following = True
        self.call_after_refresh(self.scroll_end, animate=False)

    def follow(self, entry: Widget) -> None:
        """Keep `entry`, which is about to change its height, in view.

        Nothing moves for a user who has scrolled back to read something else.
        """
        if self._following:
            self.call_after_refresh(self._show, entry)

    def go_to(self, entry: Widget) -> None:
        """Bring `entry` into view, wherever the user is."""
        self.scroll_to_widget(entry, animate=False)

    def find(self, words: str) -> tuple[int | None, int]:
        """Mark all places with `words`, in any case, and go to the last; its number and how many there are."""
        self._finder.search(words, self.query(Static))
        return self.find_step(0)

    def find_step(self, step: int) -> tuple[int | None, int]:
        """Go to the place `step` further, round at the ends; its number and how many there are."""
        place = self._finder.go(step)
        if place is not None:
            self.scroll_to_widget(place, animate=False)
        return self._finder.at, self._finder.count

    def on_resize(self) -> None:
        if self._following:
            self.to_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._following = self.at_end

    async def clear(self) -> None:
        await self.remove_children()
        await self.mount(Welcome())

    def _show(self, entry: Widget) -> None:
        # Of an entry higher than the view, the beginning is what one wants to read first.
        if self.children and entry is self.children[-1] and entry.outer_size.height > self.size.height:
            self.scroll_to_widget(entry, top=True, animate=False)
        else:
            self.scroll_end(animate=False)
