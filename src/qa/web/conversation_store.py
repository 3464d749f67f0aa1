"""The conversations of callers: they outlive the server, and whichever server has their database may go on with them.

Each belongs to an owner, and every statement names it: nobody sees or changes another one's, and an id that is guessed is none.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from qa.answers import Answer
from qa.conversation import ConversationState, Turn
from qa.conversation.history import MOST_TURNS
from qa.conversation.storage.chats import title_of
from qa.errors import QaError, UsageError
from qa.filters import Filter
from qa.hosting.document_service import Said
from qa.web.conversation_database import ConversationDatabase, ConversationsUnusable, Transaction

_MOST_EXCHANGES = 200
"""Of a conversation; the oldest go."""
_SUMMARY = (
    "SELECT id, title, collections, created, changed,"
    " (SELECT count(*) FROM exchanges WHERE conversation = conversations.id) FROM conversations"
)
_FROM_ITS = "FROM exchanges WHERE conversation = (SELECT id FROM conversations WHERE owner = ? AND id = ?)"
"""The exchanges of an owner's conversation."""


class ConversationUnknown(QaError):
    def __init__(self) -> None:
        super().__init__("There is no such conversation.", "POST /v1/conversations begins one.")


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation; `exchanges` is how many it has."""

    id: str
    title: str
    collections: tuple[str, ...]
    created: datetime
    changed: datetime
    exchanges: int


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """A question and its answer. `is_turn`: whether later questions may be about it (not: "thank you")."""

    asked: datetime
    question: str
    answer: Answer
    is_turn: bool


@dataclass(frozen=True, slots=True)
class SoFar:
    """A conversation as a question finds it. `said` is how many exchanges it has had: another number, another state."""

    state: ConversationState
    said: int


class ConversationStore:
    """Safe to use from several threads and, over one database, from several processes."""

    def __init__(
        self, database: ConversationDatabase, *, most: int = 1_000, clock: Callable[[], float] = time.time
    ) -> None:
        """An owner has `most` conversations at most: to make room, the one that was changed longest ago goes.

        All methods raise what `ConversationDatabase.transaction` does, and ConversationsUnusable for what nobody can read.
        """
        self._database = database
        self._most = most
        self._clock = clock

    @property
    def place(self) -> str:
        """Where they are kept, for people."""
        return self._database.place

    def check(self) -> None:
        """Only whether they can be had."""
        with self._database.transaction() as transaction:
            transaction.execute("SELECT 1")

    def begin(self, owner: str, collections: Sequence[str], title: str = "") -> Summary:
        """A new one, without a question yet."""
        identifier, now = secrets.token_urlsafe(18), self._clock()
        title = _storable(title_of(title)) if title.strip() else ""
        with self._database.transaction() as transaction:
            transaction.execute(
                "DELETE FROM conversations WHERE owner = ? AND id NOT IN"
                " (SELECT id FROM conversations WHERE owner = ? ORDER BY changed DESC, id LIMIT ?)",
                (owner, owner, self._most - 1),
            )
            transaction.execute(
                "INSERT INTO conversations(id, owner, title, collections, created, changed) VALUES (?, ?, ?, ?, ?, ?)",
                (identifier, owner, title, json.dumps(list(collections)), now, now),
            )
        return Summary(identifier, title, tuple(collections), _moment(now), _moment(now), 0)

    def all(self, owner: str, offset: int, limit: int) -> tuple[list[Summary], int]:
        """Those of `owner`, the one that was changed last first; and how many there are in all."""
        with self._database.transaction() as transaction, self._reading():
            rows = transaction.execute(
                f"{_SUMMARY} WHERE owner = ? ORDER BY changed DESC, id LIMIT ? OFFSET ?", (owner, limit, offset)
            ).fetchall()
            (total,) = transaction.execute("SELECT count(*) FROM conversations WHERE owner = ?", (owner,)).fetchone()
            return [_summary(row) for row in rows], int(total)

    def get(self, owner: str, identifier: str) -> Summary:
        """Raises ConversationUnknown."""
        with self._database.transaction() as transaction, self._reading():
            return _found(transaction, owner, identifier)

    def exchanges(self, owner: str, identifier: str) -> list[StoredExchange]:
        """All of a conversation, oldest first. Raises ConversationUnknown."""
        with self._database.transaction() as transaction, self._reading():
            _found(transaction, owner, identifier)
            rows = transaction.execute(
                f"SELECT asked, question, answer, is_turn {_FROM_ITS} ORDER BY id",
                (owner, _storable(identifier)),
            ).fetchall()
            return [_exchange(row) for row in rows]

    def so_far(self, owner: str, identifier: str) -> SoFar:
        """What the next question goes on from, with the last turns alone. Raises ConversationUnknown."""
        with self._database.transaction() as transaction, self._reading():
            # Before the turns are read: one that comes in between is then noticed by `add`.
            row = transaction.execute(
                "SELECT said, going_on FROM conversations WHERE owner = ? AND id = ?", (owner, _storable(identifier))
            ).fetchone()
            if row is None:
                raise ConversationUnknown
            answers = transaction.execute(
                f"SELECT answer {_FROM_ITS} AND is_turn <> 0 ORDER BY id DESC LIMIT ?",
                (owner, _storable(identifier), MOST_TURNS),
            ).fetchall()
            said, going_on = row
            return SoFar(_state(going_on, [one for (one,) in reversed(answers)]), int(said))

    def add(self, owner: str, identifier: str, said: Said, state: ConversationState, *, after: SoFar) -> int | None:
        """Append an exchange that went on from `after` and left `state`, and give its number; the first one names the
        conversation.

        None, and nothing is kept, where another exchange came in between: it would not have gone on from that one. Raises
        ConversationUnknown where the conversation was deleted.
        """
        now, question = self._clock(), _storable(said.answer.question)
        with self._database.transaction() as transaction:
            taken = transaction.execute(
                "UPDATE conversations SET said = said + 1, changed = ?, going_on = ?,"
                " title = CASE title WHEN '' THEN ? ELSE title END WHERE owner = ? AND id = ? AND said = ?",
                (now, _going_on(state), title_of(question), owner, _storable(identifier), after.said),
            )
            if not taken.rowcount:
                _found(transaction, owner, identifier)
                return None
            transaction.execute(
                "INSERT INTO exchanges(conversation, asked, question, answer, is_turn) VALUES (?, ?, ?, ?, ?)",
                (identifier, now, question, json.dumps(asdict(said.answer)), int(said.is_turn)),
            )
            transaction.execute(
                f"DELETE {_FROM_ITS} AND id <= (SELECT id {_FROM_ITS} ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (owner, identifier, owner, identifier, _MOST_EXCHANGES),
            )
            (number,) = transaction.execute(f"SELECT max(id) {_FROM_ITS}", (owner, identifier)).fetchone()
            return int(number)

    def change(self, owner: str, identifier: str, exchange: int, answer: Answer) -> None:
        """Put `answer` in the place of that of the exchange of this number. Raises ConversationUnknown."""
        with self._database.transaction() as transaction:
            _found(transaction, owner, identifier)
            transaction.execute(
                "UPDATE exchanges SET answer = ? WHERE id = ?"
                " AND conversation = (SELECT id FROM conversations WHERE owner = ? AND id = ?)",
                (json.dumps(asdict(answer)), exchange, owner, _storable(identifier)),
            )

    def delete(self, owner: str, identifier: str) -> None:
        """For good. Raises ConversationUnknown."""
        with self._database.transaction() as transaction:
            deleted = transaction.execute(
                "DELETE FROM conversations WHERE owner = ? AND id = ?", (owner, _storable(identifier))
            )
            if not deleted.rowcount:
                raise ConversationUnknown

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What is in the database may have been written by anybody."""
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
            raise ConversationsUnusable(
                self.place, f"one of them is not as qa writes it: {error!r}", "Delete it: DELETE /v1/conversations/{id}"
            ) from error


def _found(transaction: Transaction, owner: str, identifier: str) -> Summary:
    """Raises ConversationUnknown."""
    row = transaction.execute(f"{_SUMMARY} WHERE owner = ? AND id = ?", (owner, _storable(identifier))).fetchone()
    if row is None:
        raise ConversationUnknown
    return _summary(row)


def _summary(row: tuple[str, str, str, float, float, int]) -> Summary:
    identifier, title, collections, created, changed, exchanges = row
    return Summary(
        identifier, title, tuple(json.loads(collections)), _moment(created), _moment(changed), int(exchanges)
    )


def _exchange(row: tuple[float, str, str, int]) -> StoredExchange:
    asked, question, answer, is_turn = row
    return StoredExchange(_moment(asked), question, Answer.restored(json.loads(answer)), bool(is_turn))


def _going_on(state: ConversationState) -> str:
    """`state` without its turns, which are exchanges."""
    only = None if state.only is None else state.only.as_dict()
    return json.dumps({"only": only, "more_shown": state.more_shown})


def _state(going_on: str, answers: Sequence[str]) -> ConversationState:
    values = json.loads(going_on)
    only = values.get("only")
    restored = [Answer.restored(json.loads(answer)) for answer in answers]
    return ConversationState(
        # What a language model made of an answer is not what the next question is about.
        tuple(Turn.of(replace(answer.extractive or answer, writing=None)) for answer in restored),
        None if only is None else Filter.from_dict(only),
        int(values.get("more_shown", 0)),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _storable(text: str) -> str:
    """PostgreSQL has no character zero in a text."""
    return text.replace("\0", "\ufffd")
