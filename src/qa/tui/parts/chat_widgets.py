"""The widgets of the chat's screen, and how they lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Footer

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
    from textual.app import ComposeResult


class ChatWidgets:
    """Made before the screen, so that the parts have them from the start."""

    def __init__(self, corpus: Path) -> None:
        self.conversation = ConversationView()
        self.pane = EvidencePane()
        self.find_bar = FindBar()
        self.index_bar = IndexBar()
        self.hints = SlashHints()
        self.filter_bar = FilterBar()
        self.question = QuestionInput()
        self.sidebar = Sidebar(self.question.take)
        self.title_bar = TitleBar(home_short(str(corpus), str(Path.home())))

    def compose(self) -> ComposeResult:
        """To be called where the screen is composed."""
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
