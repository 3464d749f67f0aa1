"""What is being done about a question, with a sign of life."""

from __future__ import annotations

from time import monotonic

from textual.content import Content
from textual.widgets import Static

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PERIOD = 0.1
# Seconds after which the time taken so far is shown: most answers are there before anybody would count.
_PATIENCE = 2.0


class Stage(Static):
    def __init__(self, stage: str, *, moving: bool) -> None:
        super().__init__(classes="stage")
        self._stage = stage
        self._since = monotonic()
        self._moving = moving

    def on_mount(self) -> None:
        self.set_interval(_PERIOD, self._show)
        self._show()

    def tell(self, stage: str, *, moving: bool) -> None:
        """Show `stage`; `moving` when it is being worked on, not waiting."""
        if moving and not self._moving:
            self._since = monotonic()
        self._stage, self._moving = stage, moving
        self._show()

    def _show(self) -> None:
        taken = monotonic() - self._since
        frame = _FRAMES[int(taken / _PERIOD) % len(_FRAMES)] if self._moving else "·"
        seconds = f"  {taken:.0f} s" if self._moving and taken >= _PATIENCE else ""
        self.update(Content.assemble((frame, "$primary"), f"  {self._stage}", (seconds, "$foreground 40%")))
