"""`/write on`: what is asked in the chat is put to a language model server of the user's as well (qa.generation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.answers import Answer, AnswerKind
from qa.conversation.acts import act_of
from qa.errors import UsageError
from qa.tui.question_queue import Ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa.conversation.storage.outcomes import Found
    from qa.federated import AnyAssistant
    from qa.generation.llm_settings import LlmSettings

AGREED = "on yes"
"""What is typed to agree that passages leave this machine."""


def server_for_chat(typed: str) -> LlmSettings | None:
    """The server that `/write TYPED` turns on; None where it is turned off. Raises UsageError and LlmTableUnusable."""
    words = " ".join(typed.lower().split()) or "on"
    if words == "off":
        return None
    if words not in ("on", AGREED):
        raise UsageError(f"/write does not know {typed}.", "It is /write on or /write off")
    from qa.generation.chat_completions import import_httpx
    from qa.generation.llm_settings import LlmSettings

    server = LlmSettings.load()
    import_httpx()
    if not server.may_be_asked and words != AGREED:
        raise UsageError(
            f"Each question and up to {server.passages} passages of your documents would go to {server.url}, which is not"
            " this machine.",
            f"To agree: /write {AGREED}",
        )
    return server


def put_to(server: LlmSettings, ask: Ask, writing: Callable[[Ask], object]) -> Ask:
    """Do what `ask` does and have the model word the answer; `writing` is called when the model begins.

    What is asked about the last answer ("are you sure?") is not put to the model.
    """
    worded = Ask(ask.question, ask.reply)

    def reply(assistant: AnyAssistant) -> Answer | Found:
        outcome = ask.reply(assistant)
        is_new = isinstance(outcome, Answer) and outcome.answered and outcome.kind is not AnswerKind.TALK
        if not isinstance(outcome, Answer) or not is_new or act_of(ask.question):
            return outcome
        from qa.generation.chat_completions import ChatCompletions
        from qa.generation.written import Writer

        writing(worded)
        client = ChatCompletions(server, cancelled=lambda: worded.cancelled)
        return Writer(client, assistant.cosine_similarity).write(outcome)

    worded.reply = reply
    return worded
