"""The documents as a server holds them: opened in the background, kept up to date, asked by several clients at a time.

Nothing of the protocol is in here. Everything heavy is imported by a thread, so that a server can greet its client at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.collections import Collection, FollowedFile
from qa.errors import CollectionsAway, CollectionUnknown, QaError
from qa.hosting.answer_cache import AnswerCache, Key
from qa.hosting.offer import CurrentOffer, Offer, States
from qa.hosting.open_assistants import OpenAssistants
from qa.hosting.talks import Talks
from qa.hosting.tickets import AskCancelled, Ticket, Tickets
from qa.hosting.upkeep import FirstIndexProgress, Upkeep
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.answers import Answer, RetrievedPassage
    from qa.assistant import Status
    from qa.conversation import ConversationState
    from qa.federated import FederatedAssistant
    from qa.filters import Filter
    from qa.pipeline.models import LoadedModels

_MOST_ASSISTANTS = 8
_MOST_CONVERSATIONS = 200
_MOST_ANSWERS = 512
"""Each some 20 KB."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CollectionDocument:
    """A document of a collection; its path begins with the collection's name."""

    collection: str
    path: str
    bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in a conversation. `is_turn`: whether later questions may be about it."""

    answer: Answer
    is_turn: bool


class DocumentService:
    """Safe to use from several threads, which ask at the same time with one set of models.

    Where it follows a file, what the file says is looked at whenever somebody wants to know what there is.
    """

    def __init__(
        self,
        settings: Settings,
        collections: Sequence[Collection],
        default: Sequence[Collection] | None = None,
        *,
        followed: FollowedFile | None = None,
    ) -> None:
        """`default` are the collections that are asked when none is named: all, unless they are given. `followed` says from
        then on which there are."""
        self._settings = settings
        self._offer = CurrentOffer(Offer.of(collections, default), settings, followed, self._change_to)
        self._starting = threading.Lock()
        self._started = False
        self._opened: Future[None] = Future()
        self._models: LoadedModels | None = None
        self._libraries = OpenAssistants(self._open_library, 1)
        self._assistants = OpenAssistants(self._open_assistant, _MOST_ASSISTANTS)
        self._answers = AnswerCache(_MOST_ANSWERS)
        self._tickets = Tickets()
        self._talks = Talks(_MOST_CONVERSATIONS, self._are_offered)
        self._overviews: tuple[tuple[str, ...], States, dict[str, Status]] | None = None
        self._last_stale: tuple[str, ...] = ()
        self._upkeep = Upkeep(tuple(collections), settings, self._stale)

    @property
    def offer(self) -> Offer:
        """What can be asked now."""
        self._offer.follow()
        return self._offer.now

    @property
    def collections(self) -> tuple[Collection, ...]:
        return self.offer.collections

    @property
    def default(self) -> tuple[str, ...]:
        """The names of those that are asked when none is named."""
        return self.offer.default

    def start(self) -> None:
        """Begin to load the models and to open, build and keep the indexes, in the background. May be called again."""
        with self._starting:
            if not self._started:
                self._started = True
                threading.Thread(target=self._open, name="qa-open", daemon=True).start()

    def close(self) -> None:
        """End the upkeep, and let go of the indexes once the asks in hand are done."""
        self._upkeep.end()
        self._assistants.close()
        self._libraries.close()

    def chosen(self, names: Sequence[str] | None) -> tuple[str, ...]:
        """The collections that are meant: the default ones when none is named. Raises CollectionUnknown."""
        return self.offer.chosen(names)

    def building(self, names: Sequence[str]) -> dict[str, FirstIndexProgress]:
        """How far the first index is, of those of the collections that have none yet."""
        # Its process may not have ended yet when the index is in place already.
        return {
            name: one
            for name, one in self._upkeep.building.items()
            if name in names and self._offer.states([name]) == (None,)
        }

    def ask(
        self,
        ticket: Ticket,
        question: str,
        names: tuple[str, ...],
        *,
        only: Filter | None = None,
        min_confidence: float | None = None,
    ) -> Answer:
        """The answer of these collections. Raises as FederatedAssistant.ask, and AskCancelled."""
        with self._turn(ticket, names) as assistant:
            key = self._key(question, names, only, min_confidence)
            known = self._answers.get(key)
            if known is not None:
                return known
            answer = assistant.ask(question, only=only, min_confidence=min_confidence)
            # Of which state it is, if there is another one now, is not known.
            if self._key(question, names, only, min_confidence) == key:
                self._answers.put(key, answer)
            return answer

    def remembered(
        self, question: str, names: tuple[str, ...], *, only: Filter | None = None, min_confidence: float | None = None
    ) -> Answer | None:
        """The answer, if it was given lately and these collections are as they were then: at once, without a model."""
        return self._answers.get(self._key(question, names, only, min_confidence))

    def converse(
        self,
        ticket: Ticket,
        conversation: str,
        question: str,
        names: tuple[str, ...],
        *,
        only: Filter | None = None,
        min_confidence: float | None = None,
    ) -> Said:
        """The answer in the conversation of that name, which is remembered here and nowhere else. Raises as `ask`."""
        with self._turn(ticket, names) as assistant:
            talk = self._talks.conversation(conversation, names, assistant)
            before = len(talk.turns)
            answer = talk.ask(question, only=only, min_confidence=min_confidence)
            return Said(answer, len(talk.turns) > before)

    def go_on(
        self,
        ticket: Ticket,
        before: ConversationState,
        question: str,
        names: tuple[str, ...],
        *,
        standalone: str | None = None,
        only: Filter | None = None,
        min_confidence: float | None = None,
    ) -> tuple[Said, ConversationState]:
        """The answer in a conversation that the caller keeps, and what the next one goes on from: nothing of it is remembered
        here. Raises as `ask`."""
        with self._turn(ticket, names) as assistant:
            talk = assistant.resumed(before)
            answer = talk.ask(question, standalone=standalone, only=only, min_confidence=min_confidence)
            return Said(answer, len(talk.turns) > len(before.turns)), talk.state

    @property
    def firm_confidence(self) -> float:
        """See `Assistant.firm_confidence`. Raises what came in the way of opening the documents."""
        with self._library() as library:
            return library.firm_confidence

    @property
    def is_open(self) -> bool:
        """Whether the models and the indexes that are there could be opened."""
        return self._opened.done() and self._opened.exception() is None

    def search(
        self, ticket: Ticket, query: str, names: tuple[str, ...], limit: int, *, only: Filter | None = None
    ) -> tuple[RetrievedPassage, ...]:
        """The nearest passages. Raises as FederatedAssistant.search, and AskCancelled."""
        with self._turn(ticket, names) as assistant:
            return assistant.search(query, limit, only=only)

    def cosine_similarity(self, text: str, others: Sequence[str]) -> list[float]:
        """See `Assistant.cosine_similarity`."""
        with self._library() as library:
            return library.cosine_similarity(text, others)

    def document_text(self, path: str) -> str:
        """The text of a document as it was indexed. Raises KeyError."""
        self._offer.follow()
        with self._library() as library:
            return library.document_text(path)

    def documents(self, names: tuple[str, ...], only: Filter | None = None) -> list[CollectionDocument]:
        """The documents of these collections that `only` accepts, by path; copies in another collection, too."""
        with self._library() as library:
            found = library.listing(only)
        return [
            CollectionDocument(name, f"{name}/{path}", *rest) for name in names for path, *rest in found.get(name, ())
        ]

    def statuses(self) -> dict[str, Status]:
        """Of the collections that can be asked now."""
        with self._library() as library:
            return library.statuses()

    def overviews(self) -> dict[str, Status]:
        """As `statuses`, without a look at the documents themselves; counted again when an index is another one."""
        self._offer.follow()
        with self._library() as library:
            names = tuple(one.name for one in library.collections)
            states = self._offer.states(names)
            known = self._overviews
            if known is None or known[:2] != (names, states) or set(known[2]) & set(library.left_out):
                known = self._overviews = (names, states, library.overviews())
            return known[2]

    def notes(self, names: Sequence[str]) -> list[str]:
        """Which of these collections do not take part now, and why; which are answered from their index alone; and what is
        wrong with the file that they stand in."""
        with self._library() as library:
            left_out, away = library.left_out, library.away
        building = self.building(names)
        left_out = {name: error for name, error in left_out.items() if name in names and name not in building}
        failed = {name: error for name, error in self._upkeep.failed.items() if name in left_out}
        problem = self._offer.problem
        return [
            *(f"{name} does not take part yet: {one}" for name, one in building.items()),
            *(f"{name} is left out. {failed.get(name, error)}" for name, error in left_out.items()),
            *(
                f"{one.name} is answered from its index alone: its folder is not there."
                for one in away
                if one.name in names
            ),
            *([f"{problem} What it said before holds."] if problem else []),
        ]

    def stale(self) -> tuple[str, ...]:
        """Paths that were not as they had been indexed, when the documents were last looked at."""
        return self._last_stale

    def left_out(self) -> Mapping[str, QaError]:
        """Collections that cannot be asked, and why."""
        with self._library() as library:
            return {**library.left_out, **self._upkeep.failed}

    def _open(self) -> None:
        try:
            from qa.index.service import encoder_folder
            from qa.pipeline.models import LoadedModels

            self._models = LoadedModels(
                encoder_folder(self._settings), threads=self._settings.threads, encoder_threads=1
            )
            with self._libraries.using(self._offer.now.names):
                pass
        except QaError as error:
            self._opened.set_exception(error)
        except Exception as error:
            _log.exception("The documents could not be opened.")
            self._opened.set_exception(QaError(f"The documents could not be opened ({type(error).__name__})."))
        else:
            self._opened.set_result(None)
            self._upkeep.run()

    def _wait_until_open(self) -> None:
        """Raises what came in the way."""
        self.start()
        self._opened.result()

    @contextmanager
    def _library(self) -> Iterator[FederatedAssistant]:
        """Over all collections. Raises what came in the way of opening the documents."""
        self._wait_until_open()
        with self._libraries.using(self._offer.now.names) as library:
            yield library

    @contextmanager
    def _turn(self, ticket: Ticket, names: tuple[str, ...]) -> Iterator[FederatedAssistant]:
        self._wait_until_open()
        if ticket.cancelled:
            raise AskCancelled
        names = self._offer.now.left_of(names)
        self._check_one_is_built(names)
        with self._assistants.using(names) as assistant, self._tickets.working_on(ticket):
            yield assistant

    def _check_one_is_built(self, names: tuple[str, ...]) -> None:
        """Raises what came in the way of building the indexes, when none of the collections has one."""
        unbuilt = {name: error for name, error in self._upkeep.unbuilt.items() if name in names}
        if len(unbuilt) == len(names):
            raise next(iter(unbuilt.values())) if len(names) == 1 else CollectionsAway(unbuilt)

    def _open_assistant(self, names: tuple[str, ...]) -> FederatedAssistant:
        chosen = self._offer.now.named(names)
        if gone := [name for name in names if name not in {one.name for one in chosen}]:
            raise CollectionUnknown(gone[0], ())
        return self._over(chosen)

    def _open_library(self, names: tuple[str, ...]) -> FederatedAssistant:
        return self._over(self._offer.now.named(names))

    def _over(self, collections: Sequence[Collection]) -> FederatedAssistant:
        from qa.federated import FederatedAssistant

        return FederatedAssistant.open_indexed(
            collections,
            settings=self._settings,
            watch=self._tickets.watch,
            models=self._models,
            backends=self._offer.backends,
        )

    def _are_offered(self, names: tuple[str, ...]) -> bool:
        return set(names) <= set(self._offer.now.names)

    def _change_to(self, later: Offer, gone: frozenset[str]) -> None:
        """What is gone, and what was said of it, is let go of once the asks in hand are done."""
        self._upkeep.take(later.collections)
        self._libraries.close()
        self._assistants.let_go(gone)
        self._talks.let_go(gone)
        if gone:
            self._answers = AnswerCache(_MOST_ANSWERS)
        self._last_stale = tuple(path for path in self._last_stale if path.partition("/")[0] not in gone)

    def _key(self, question: str, names: tuple[str, ...], only: Filter | None, min_confidence: float | None) -> Key:
        """What an answer depends on."""
        return (question, names, self._offer.states(names), only, min_confidence)

    def _stale(self) -> set[str]:
        """The collections that have changed since they were indexed."""
        with self._library() as library:
            self._last_stale = library.stale()
        return {path.partition("/")[0] for path in self._last_stale}
