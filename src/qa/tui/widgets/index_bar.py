"""One line above the question: how far indexing is, or that documents have changed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from qa.text.escaping import escape_line
from qa.tui.formatting import duration
from qa.tui.indexing import Pace

# So that all of it fits 80 columns.
_WIDTH = 16


class IndexBar(Static):
    """Hidden while there is nothing to say. A click on the offer takes it."""

    def __init__(self) -> None:
        super().__init__(id="index-bar")
        self._pace = Pace()
        self._offers = False

    def begin(self, what: str = "Indexing") -> None:
        """Indexing has begun: the documents are being read, nothing can be counted yet."""
        self._pace = Pace()
        self._show(Content.assemble((f"{what}  ", "bold"), ("reading the documents", "$foreground-muted")))

    def tell(self, done: int, total: int) -> None:
        """Show that `done` of `total` passages are encoded."""
        self._pace.tell(done)
        self._show(progress(done, total, self._pace.rate, self._pace.left(total)))

    def wait(self, holder: str) -> None:
        """Say that another process writes the index, which is waited for."""
        self._pace = Pace()
        waits = f"Another qa ({escape_line(holder)}) is writing this index; waiting for it"
        self._show(Content.styled(waits, "$warning"))

    def offer(self, stale: int) -> None:
        """Say that `stale` documents have changed; with 0, hide."""
        if stale == 0:
            self.hide()
            return
        changed = "1 document has changed" if stale == 1 else f"{stale:,} documents have changed"
        self._show(
            Content.assemble((changed, "$warning"), "  ", ("F5", "bold $primary"), " brings the index up to date")
        )
        self._offers = True
        self.add_class("-offer")

    def say(self, words: str) -> None:
        """Show a warning that stays."""
        self._show(Content.styled(escape_line(words), "$warning"))

    def hide(self) -> None:
        self._offers = False
        self.remove_class("-open")

    async def on_click(self) -> None:
        if self._offers:
            await self.run_action("screen.index")

    def _show(self, content: Content) -> None:
        self._offers = False
        self.remove_class("-offer")
        self.add_class("-open")
        self.update(content)


def progress(done: int, total: int, rate: float | None, left: float | None) -> Content:
    """A bar with the passages done, the rate in passages a second and the seconds left, as far as they are known."""
    full = int(_WIDTH * done / total) if total else _WIDTH
    figures = [f"{done:,} of {total:,} passages"]
    if rate:
        figures.append(f"{rate:,.0f}/s")
    if left is not None:
        figures.append(f"{duration(left)} left")
    return Content.assemble(
        ("Indexing  ", "bold"),
        ("━" * full, "$primary"),
        ("━" * (_WIDTH - full), "$foreground 15%"),
        ("  " + " · ".join(figures), "$foreground-muted"),
    )
