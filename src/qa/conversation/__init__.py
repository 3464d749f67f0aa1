"""Talking about the documents: follow-ups become questions that stand alone, without a language model.

`Assistant.conversation()` gives a `Conversation`. It turns a follow-up into a few candidates (qa.conversation.rewriting), and
what retrieval and the reader make of each decides which one was meant.
"""

from qa.conversation.acts import Act, Shown
from qa.conversation.conversation import Conversation
from qa.conversation.turns import ConversationState, Turn

__all__ = ["Act", "Conversation", "ConversationState", "Shown", "Turn"]
