"""How the questions of the chat are answered: from which documents, from which confidence on, and in whose words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.tui.language_model import put_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa.filters import Filter
    from qa.generation.llm_settings import LlmSettings
    from qa.tui.question_queue import Ask, ChatConversation
    from qa.tui.widgets.filter_bar import FilterBar


class AnswerOptions:
    """`only` is None for all documents, `min_confidence` for the default threshold, `server` for the documents' own words."""

    def __init__(self, filter_bar: FilterBar) -> None:
        self._filter_bar = filter_bar
        self.only: Filter | None = None
        self.min_confidence: float | None = None
        self.server: LlmSettings | None = None

    def filter(self, only: Filter | None) -> None:
        """Ask only the documents that `only` accepts, until it is changed; None for all."""
        self.only = only
        self._filter_bar.show(only)

    def ask(self, question: str, conversation: ChatConversation, writing: Callable[[Ask], object]) -> Ask:
        """An ask for the answer to `question` in `conversation`; `writing` is told when a language model begins to write."""
        ask = conversation.ask(question, self.only, self.min_confidence)
        return ask if self.server is None else put_to(self.server, ask, writing)
