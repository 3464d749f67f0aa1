"""Answers from your own documents, word for word, with the place they stand.

>>> from qa import Assistant
>>> with Assistant.open() as assistant:
...     assistant.ask("How many Russian military personnel are at the Kant airbase?").text
'400'

The public names are imported when they are first used, so that `import qa` costs nothing.
"""

from __future__ import annotations

# Not from typing: what is imported here comes before qa.__main__ can catch an interrupt.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from qa.answers import Answer, Candidate, Certainty, Citation, RetrievedPassage, Timings
    from qa.assistant import Assistant, Status
    from qa.async_assistant import AsyncAssistant, AsyncConversation
    from qa.collections import Collection, Collections
    from qa.conversation import Act, Conversation, Shown, Turn
    from qa.documents import Choice
    from qa.errors import QaError
    from qa.federated import FederatedAssistant
    from qa.filters import Filter
    from qa.settings import Settings

__all__ = [
    "Act",
    "Answer",
    "Assistant",
    "AsyncAssistant",
    "AsyncConversation",
    "Candidate",
    "Certainty",
    "Choice",
    "Citation",
    "Collection",
    "Collections",
    "Conversation",
    "FederatedAssistant",
    "Filter",
    "QaError",
    "RetrievedPassage",
    "Settings",
    "Shown",
    "Status",
    "Timings",
    "Turn",
]

_HOMES = {
    "Act": "qa.conversation",
    "Answer": "qa.answers",
    "Assistant": "qa.assistant",
    "AsyncAssistant": "qa.async_assistant",
    "AsyncConversation": "qa.async_assistant",
    "Candidate": "qa.answers",
    "Certainty": "qa.answers",
    "Choice": "qa.documents",
    "Citation": "qa.answers",
    "Collection": "qa.collections",
    "Collections": "qa.collections",
    "Conversation": "qa.conversation",
    "FederatedAssistant": "qa.federated",
    "Filter": "qa.filters",
    "QaError": "qa.errors",
    "RetrievedPassage": "qa.answers",
    "Settings": "qa.settings",
    "Shown": "qa.conversation",
    "Status": "qa.assistant",
    "Timings": "qa.answers",
    "Turn": "qa.conversation",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'qa' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
