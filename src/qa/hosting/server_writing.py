"""Has an answer of a server written by the language model that the server's own settings name.

Whoever asks says that it is wanted, and nothing more: the address, the key, and that passages may leave this machine stand in
the settings alone. Nothing of qa.generation is imported before an answer is to be written.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from qa.answers import Answer, AnswerKind, LeftOut, Writing
from qa.errors import QaError
from qa.hosting.document_service import DocumentService
from qa.hosting.tickets import AskCancelled, Ticket

if TYPE_CHECKING:
    from qa.generation.llm_settings import LlmSettings

MOST_WRITERS = 4
"""Answers that are written at a time, unless it is said otherwise."""
STAGE = "write"
"""What a ticket's watch is told when the model is asked."""

_SEE_LOG = "The language model wrote nothing; the server's log says why."
_NOT_HERE = "This server has no answers written by a language model."
_TOO_MANY = "As many answers are being written as can be; ask again later."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerWriting:
    """The language model that may be asked, or else why none may be, in one line."""

    server: LlmSettings | None
    why_not: str = ""
    private: bool = False

    @classmethod
    def of_settings(cls, *, private: bool) -> Self:
        """What the environment and the user's configuration say now. With `private`, nothing of addresses and files is told to
        those who ask: the log has that."""
        from qa.generation.chat_completions import import_httpx
        from qa.generation.llm_settings import LlmSettings, NoServerNamed

        try:
            server = LlmSettings.load()
            import_httpx()
            _check_agreed(server)
        except NoServerNamed as missing:
            # This is usual, and nothing for the log.
            return cls(None, missing.what if private else _one_line(missing))
        except QaError as error:
            return cls(None, _told(error, private=private))
        return cls(server, private=private)

    @classmethod
    def turned_off(cls) -> Self:
        """Where no answer is to be written, whatever the settings say."""
        return cls(None, _NOT_HERE)

    def with_no_place(self) -> Self:
        """Where as many answers are being written as may be."""
        return replace(self, server=None, why_not=_TOO_MANY)

    def written(self, answer: Answer, service: DocumentService, ticket: Ticket) -> Answer:
        """`answer` in the words of the model, with what was left out and why; as it is where there is none to write of.

        May take as long as the settings give the model. Raises AskCancelled, soon after the ticket is cancelled.
        """
        if not answer.answered or answer.kind is AnswerKind.TALK:
            return answer
        if self.server is None:
            return replace(answer, writing=Writing("", notes=(self.why_not,)))
        return self._asked(self.server, answer, service, ticket)

    def _asked(self, server: LlmSettings, answer: Answer, service: DocumentService, ticket: Ticket) -> Answer:
        from qa.generation.chat_completions import ChatCompletions, WritingCancelled
        from qa.generation.written import Writer

        if ticket.cancelled:
            raise AskCancelled
        if ticket.watch is not None:
            ticket.watch(STAGE, min(server.passages, len(answer.passages)))
        client = ChatCompletions(server, cancelled=lambda: ticket.cancelled)
        writer = Writer(client, service.cosine_similarity, told=lambda error: _told(error, private=self.private))
        try:
            return _without_key(writer.write(answer), server)
        except WritingCancelled as error:
            raise AskCancelled from error


def _check_agreed(server: LlmSettings) -> None:
    """Raises QaError where passages would leave this machine and the configuration does not say that they may."""
    if server.may_be_asked:
        return
    from qa.generation.llm_settings import configuration_file

    raise QaError(
        f"The language model server at {server.url} is not this machine, and nothing is sent to it yet.",
        f"To agree, put confirmed = true below its url in {configuration_file()}.",
    )


def _told(error: QaError, *, private: bool) -> str:
    """What is told of `error` to those who ask. What a server says may be of a question, and is not for the log."""
    if not private:
        return _one_line(error)
    _log.warning("Nothing was written. %s", " ".join(getattr(error, "without_words", error.what).split()))
    return _SEE_LOG


def _one_line(error: QaError) -> str:
    return " ".join(str(error).split())


def _without_key(answer: Answer, server: LlmSettings) -> Answer:
    """A model that says the key again says it to nobody else."""
    writing = answer.writing
    if writing is None:
        return answer
    shown = replace(
        writing,
        model=server.without_key(writing.model),
        left_out=tuple(LeftOut(server.without_key(one.text), one.fault) for one in writing.left_out),
        notes=tuple(server.without_key(note) for note in writing.notes),
    )
    return replace(answer, writing=shown)
