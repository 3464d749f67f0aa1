"""The chat's screen as it is seen: its widgets, how they lie, and notices. What is done there is in `qa.tui.parts`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer

from qa.text.escaping import escape_line
from qa.tui.formatting import home_short
from qa.tui.widgets.conversation_view import ConversationView
from qa.tui.widgets.evidence import EvidencePane
from qa.tui.widgets.filter_bar import FilterBar
from qa.tui.widgets.find_bar import FindBar
from qa.tui.widgets.index_bar import IndexBar
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import Sidebar
from qa.tui.widgets.slash_hints import SlashHints
from qa.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import ComposeResult
    from textual.worker import Worker

    from qa.tui.question_queue import QuestionQueue


class ChatLayout(Screen[None]):
    AUTO_FOCUS = "QuestionInput"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-roomy")]  # noqa: RUF012 - Textual declares no ClassVar
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as above

    def __init__(self, corpus: Path, question_queue: QuestionQueue) -> None:
        super().__init__()
        self.conversation = ConversationView()
        self.pane = EvidencePane(question_queue)
        self.find_bar = FindBar()
        self.index_bar = IndexBar()
        self.hints = SlashHints()
        self.filter_bar = FilterBar()
        self.question = QuestionInput()
        self.sidebar = Sidebar(self.question.take)
        self.title_bar = TitleBar(home_short(str(corpus), str(Path.home())))

    def compose(self) -> ComposeResult:
        yield self.title_bar
        with Horizontal(id="body"):
            yield self.sidebar
            with Vertical(id="middle"):
                with Container(id="panes"):
                    yield self.conversation
                    yield self.pane
                yield self.find_bar
                yield self.index_bar
                yield self.filter_bar
                yield self.hints
                yield self.question
        yield Footer(show_command_palette=True)

    def begin(self, group: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Do `work` beside all else, in the place of what was begun in the same `group`."""
        _: Worker[object] = self.run_worker(work, group=group, exclusive=True)

    def say(self, words: str, *, severity: Literal["information", "warning", "error"] = "information") -> None:
        """A notice that goes by itself; nothing in it is markup."""
        self.notify(escape_line(words), severity=severity, markup=False)
