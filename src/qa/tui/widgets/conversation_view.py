"""The conversation: a column of turns that stays at the newest unless the user has scrolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.scrollbar import ScrollBar
from textual.widgets import Static

from qa.tui.finding import Finder
from qa.tui.widgets.turn_view import TurnView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.geometry import Size
    from textual.layout import DockArrangeResult
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


class Earlier(Static):
    """The line above the first turn, where not all of the chat is on the screen."""

    def __init__(self, count: int) -> None:
        words = "1 earlier question" if count == 1 else f"{count:,} earlier questions"
        super().__init__(Content.assemble(("↑ ", "bold $primary"), words), classes="earlier")

    def on_click(self) -> None:
        self.post_message(ConversationView.EarlierWanted())


class ConversationView(VerticalScroll, can_focus=False):
    # Not focusable: the keyboard stays with the question, whatever is clicked.

    class EarlierWanted(Message):
        """The user has come to the first turn that is on the screen, and there are others before it."""

    def __init__(self) -> None:
        super().__init__()
        self.earlier = 0
        self._held: tuple[TurnView, int] | None = None
        # A fact of its own: between a change of height and the scroll that answers it, the position cannot tell.
        self._following = True
        self._finder = Finder()
        self._words = ""

    def compose(self) -> ComposeResult:
        yield Welcome()

    @property
    def at_end(self) -> bool:
        return self.max_scroll_y - self.scroll_y < 1

    @property
    def turns(self) -> list[TurnView]:
        return [child for child in self.children if isinstance(child, TurnView)]

    def add(self, *entries: Widget) -> None:
        """Append turns or cards and go to the last."""
        self.query(Welcome).remove()
        self.mount(*entries)
        self.to_end()

    async def precede(self, turns: Sequence[TurnView], earlier: int) -> None:
        """Put `turns` before the first one; what is on the screen stays where it is. `earlier` others come before them."""
        await self.query(Welcome).remove()
        before = self.turns[:1]
        self._hold()
        async with self.batch():
            await self.query(Earlier).remove()
            await self.mount_all(turns, before=before[0] if before else 0)
            await self._tell_earlier(earlier)
        if not before:
            self.to_end()

    async def trim(self, most: int) -> None:
        """Take the first turns off the screen, if there are more than `most`, all are kept and the user is at the end."""
        gone = self.turns[:-most]
        if not gone or not self._following or any(turn.kept.id is None for turn in gone):
            return
        self._hold()
        async with self.batch():
            await self.query(Earlier).remove()
            await self.remove_children(gone)
            await self._tell_earlier(self.earlier + len(gone))

    def to_end(self) -> None:
        self._following, self._held = True, None
        self.call_after_refresh(self._go_to_end)

    def _go_to_end(self) -> None:
        # Unless the user has scrolled back meanwhile.
        if self._following:
            self.scroll_end(animate=False)

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
        self._words = words
        self._finder.search(words, self.query(Static))
        return self.find_step(0)

    def find_step(self, step: int) -> tuple[int | None, int]:
        """Go to the place `step` further, round at the ends; its number and how many there are."""
        place = self._finder.go(step)
        if place is not None:
            self.scroll_to_widget(place, animate=False)
        return self._finder.at, self._finder.count

    @property
    def found_before(self) -> bool:
        """Whether a place was found before the one that is shown."""
        return bool(self._finder.at)

    def find_before(self) -> tuple[int | None, int] | None:
        """After turns were put before the others: as `find_step`, to the last place in those. None if there is none."""
        known = self._finder.count
        self._finder.search(self._words, self.query(Static))
        added = self._finder.count - known
        return self.find_step(added - self._finder.count) if added else None

    def on_resize(self) -> None:
        if self.children:
            self.follow(self.children[-1])

    @on(TurnView.Resized)
    def turn_resized(self, message: TurnView.Resized) -> None:
        """What a turn holds may come after the turn, and make it higher than the view."""
        message.stop()
        if self.children and message.turn is self.children[-1]:
            self.follow(message.turn)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._following, self._held = self.at_end, None
        if self.earlier and new_value < 1 <= old_value:
            self.post_message(self.EarlierWanted())

    async def clear(self) -> None:
        self.earlier, self._held = 0, None
        await self.remove_children()
        await self.mount(Welcome())

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        """Scroll with a turn that is held, in the same frame in which it is moved."""
        arranged = super().arrange(size, optimal)
        if self._held is not None and not optimal:
            turn, height = self._held
            at = next((each.region.y for each in arranged.placements if each.widget is turn), None)
            if at is not None:
                # Without the watchers: they would lay out once more, and let go.
                self.set_reactive(ConversationView.scroll_y, float(max(0, at - height)))
                self.set_reactive(ConversationView.scroll_target_y, float(max(0, at - height)))
                self.vertical_scrollbar.set_reactive(ScrollBar.position, max(0, at - height))
        return arranged

    def _hold(self) -> None:
        """Keep the first turn in view where it is until one scrolls, whatever comes or goes before it."""
        top = self.scroll_offset.y
        turn = next((turn for turn in self.turns if turn.virtual_region.bottom > top), None)
        self._held = None if turn is None else (turn, turn.virtual_region.y - top)

    async def _tell_earlier(self, earlier: int) -> None:
        self.earlier = earlier
        if earlier:
            await self.mount(Earlier(earlier), before=0)

    def _show(self, entry: Widget) -> None:
        # Unless the user has scrolled back meanwhile.
        if not self._following:
            return
        # Of an entry higher than the view, the beginning is what one wants to read first; but a past chat opens at its end.
        is_past = isinstance(entry, TurnView) and entry.is_past
        is_last = bool(self.children) and entry is self.children[-1]
        if is_last and not is_past and entry.outer_size.height > self.size.height:
            self.scroll_to_widget(entry, top=True, animate=False)
        else:
            self.scroll_end(animate=False)
