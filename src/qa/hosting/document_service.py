"""The documents as a server holds them: opened in the background, kept up to date, asked by several clients at a time.

Nothing of the protocol is in here. Everything heavy is imported by a thread, so that a server can greet its client at once.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.collections import Collection, FollowedFile
from qa.errors import CollectionsAway, CollectionUnknown, QaError
from qa.hosting.answer_cache import AnswerCache, Key
from qa.hosting.offer import Offer
from qa.hosting.open_assistants import OpenAssistants
from qa.hosting.upkeep import FirstIndexProgress, Upkeep
from qa.index.backends import Backends
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.answers import Answer, RetrievedPassage
    from qa.assistant import Status
    from qa.conversation import Conversation, ConversationState
    from qa.federated import FederatedAssistant
    from qa.filters import Filter
    from qa.index.backend import IndexBackend
    from qa.pipeline.models import LoadedModels
    from qa.pipeline.pipeline import Watch

_MOST_ASSISTANTS = 8
_MOST_CONVERSATIONS = 200
_MOST_ANSWERS = 512
"""Each some 20 KB."""

States = tuple[Hashable | None, ...]

_log = logging.getLogger(__name__)


class AskCancelled(Exception):
    """Ends an ask that nobody waits for any more, between two of its stages."""


@dataclass(eq=False, slots=True)
class Ticket:
    """One ask on its way. `watch` is told of its stages, in the thread that asks; see qa.pipeline.pipeline.Watch."""

    cancelled: bool = False
    watch: Watch | None = None


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


@dataclass(frozen=True, slots=True)
class _Talk:
    """A conversation, and the assistant that it goes through."""

    assistant: FederatedAssistant
    conversation: Conversation


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
        self._offer = Offer.of(collections, default)
        self._followed = followed
        self._following = threading.Lock()
        self._backends = Backends()
        self._indexes = self._indexes_of(self._offer)
        self._starting = threading.Lock()
        self._started = False
        self._opened = threading.Event()
        self._failure: QaError | None = None
        self._models: LoadedModels | None = None
        self._libraries = OpenAssistants(self._open_library, 1)
        self._assistants = OpenAssistants(self._open_assistant, _MOST_ASSISTANTS)
        self._answers = AnswerCache(_MOST_ANSWERS)
        self._asking = threading.local()
        self._talking = threading.Lock()
        self._conversations: OrderedDict[tuple[str, tuple[str, ...]], _Talk] = OrderedDict()
        self._overviews: tuple[tuple[str, ...], States, dict[str, Status]] | None = None
        self._last_stale: tuple[str, ...] = ()
        self._upkeep = Upkeep(tuple(collections), settings, self._stale)

    @property
    def offer(self) -> Offer:
        """What can be asked now."""
        self._follow()
        return self._offer

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
        offer = self.offer
        wanted = tuple(dict.fromkeys(names)) if names else offer.default
        for name in wanted:
            if name not in offer.names:
                raise CollectionUnknown(name, offer.names)
        return wanted

    def building(self, names: Sequence[str]) -> dict[str, FirstIndexProgress]:
        """How far the first index is, of those of the collections that have none yet."""
        # Its process may not have ended yet when the index is in place already.
        return {name: one for name, one in self._upkeep.building.items() if name in names and self._state(name) is None}

    def ask(
        self,
        ticket: Ticket,
        question: str,
        names: tuple[str, ...],
        *,
        only: Filter | None = None,
        min_confidence: float | None = None,
        conversation: str | None = None,
    ) -> Answer:
        """The answer of these collections. With the name of a `conversation` the question may be a follow-up in it.

        Raises as FederatedAssistant.ask, and AskCancelled.
        """
        if conversation is not None:
            return self.converse(ticket, conversation, question, names, only=only, min_confidence=min_confidence).answer

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
            talk = self._conversation(conversation, names, assistant)
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
        return self._opened.is_set() and self._failure is None

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
        self._follow()
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
        self._follow()
        with self._library() as library:
            names = tuple(one.name for one in library.collections)
            states = self._states(names)
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
        problem = self._followed and self._followed.problem
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
            with self._libraries.using(self._offer.names):
                pass
        except QaError as error:
            self._failure = error
        except Exception as error:
            _log.exception("The documents could not be opened.")
            self._failure = QaError(f"The documents could not be opened ({type(error).__name__}).")
        finally:
            self._opened.set()
        if self._failure is None:
            self._upkeep.run()

    def _wait_until_open(self) -> None:
        """Raises what came in the way."""
        self.start()
        self._opened.wait()
        if self._failure is not None:
            raise self._failure

    @contextmanager
    def _library(self) -> Iterator[FederatedAssistant]:
        """Over all collections. Raises what came in the way of opening the documents."""
        self._wait_until_open()
        with self._libraries.using(self._offer.names) as library:
            yield library

    @contextmanager
    def _turn(self, ticket: Ticket, names: tuple[str, ...]) -> Iterator[FederatedAssistant]:
        self._wait_until_open()
        if ticket.cancelled:
            raise AskCancelled
        names = self._left_of(names)
        self._check_one_is_built(names)
        with self._assistants.using(names) as assistant:
            self._asking.ticket = ticket
            try:
                yield assistant
            finally:
                self._asking.ticket = None

    def _left_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are still there, of what was chosen a moment ago. Raises CollectionUnknown."""
        left = tuple(name for name in names if name in self._offer.names)
        if names and not left:
            raise CollectionUnknown(names[0], ())
        return left

    def _check_one_is_built(self, names: tuple[str, ...]) -> None:
        """Raises what came in the way of building the indexes, when none of the collections has one."""
        unbuilt = {name: error for name, error in self._upkeep.unbuilt.items() if name in names}
        if len(unbuilt) == len(names):
            raise next(iter(unbuilt.values())) if len(names) == 1 else CollectionsAway(unbuilt)

    def _watch(self, stage: str, passages: int) -> None:
        ticket: Ticket | None = getattr(self._asking, "ticket", None)
        if ticket is None:
            return
        if ticket.cancelled:
            raise AskCancelled
        if ticket.watch is not None:
            ticket.watch(stage, passages)

    def _open_assistant(self, names: tuple[str, ...]) -> FederatedAssistant:
        from qa.federated import FederatedAssistant

        chosen = self._there(names)
        if gone := [name for name in names if name not in {one.name for one in chosen}]:
            raise CollectionUnknown(gone[0], ())
        return FederatedAssistant.open_indexed(
            chosen, settings=self._settings, watch=self._watch, models=self._models, backends=self._backends
        )

    def _open_library(self, names: tuple[str, ...]) -> FederatedAssistant:
        from qa.federated import FederatedAssistant

        return FederatedAssistant.open_indexed(
            self._there(names), settings=self._settings, models=self._models, backends=self._backends
        )

    def _there(self, names: tuple[str, ...]) -> list[Collection]:
        """Those of these collections that are offered now."""
        by_name = {one.name: one for one in self._offer.collections}
        return [by_name[name] for name in names if name in by_name]

    def _indexes_of(self, offer: Offer) -> dict[str, IndexBackend]:
        return {one.name: self._backends.of_collection(one, self._settings) for one in offer.collections}

    def _follow(self) -> None:
        """Offer what the file says now."""
        # Who comes while it is read goes on with what there is.
        if self._followed is None or not self._following.acquire(blocking=False):
            return
        try:
            found = self._followed.news()
            if found is not None:
                self._change_to(Offer.of_user(found, self._settings))
        finally:
            self._following.release()

    def _change_to(self, later: Offer) -> None:
        """What is gone is let go of once the asks in hand are done."""
        before, indexes = self._offer, self._indexes
        if later == before:
            return
        # Whatever is opened from now on is opened by it, and what was opened before is let go of below.
        self._offer, self._indexes = later, self._indexes_of(later)
        self._upkeep.take(later.collections)
        self._let_go(before.gone_in(later), indexes)

    def _let_go(self, gone: frozenset[str], indexes: Mapping[str, IndexBackend]) -> None:
        """Of these collections, and of what was said of them."""
        self._libraries.close()
        self._assistants.let_go(gone)
        with self._talking:
            for key in [key for key in self._conversations if not gone.isdisjoint(key[1])]:
                del self._conversations[key]
        if gone:
            self._answers = AnswerCache(_MOST_ANSWERS)
        self._last_stale = tuple(path for path in self._last_stale if path.partition("/")[0] not in gone)
        for name in gone:
            self._backends.forget(indexes[name].place)

    def _key(self, question: str, names: tuple[str, ...], only: Filter | None, min_confidence: float | None) -> Key:
        """What an answer depends on."""
        return (question, names, self._states(names), only, min_confidence)

    def _states(self, names: tuple[str, ...]) -> States:
        """Of the indexes of these collections: another one once anything in them is."""
        return tuple(self._state(name) for name in names)

    def _state(self, name: str) -> Hashable | None:
        """None where there is no index, or no such collection any more."""
        index = self._indexes.get(name)
        state = None if index is None else index.state()
        return None if index is None or state is None else (index.place, state)

    def _conversation(self, name: str, names: tuple[str, ...], assistant: FederatedAssistant) -> Conversation:
        """The one of that name over these collections; new where there is none, or where it was long ago."""
        key = (name, names)
        with self._talking:
            known = self._conversations.get(key)
            if known is not None and known.assistant is assistant:
                self._conversations.move_to_end(key)
                return known.conversation
            conversation = assistant.conversation() if known is None else assistant.resumed(known.conversation.state)
            if not set(names) <= set(self._offer.names):
                # One of them was taken away a moment ago: there will be no next question.
                return conversation
            self._conversations[key] = _Talk(assistant, conversation)
            self._conversations.move_to_end(key)
            if len(self._conversations) > _MOST_CONVERSATIONS:
                self._conversations.popitem(last=False)
            return conversation

    def _stale(self) -> set[str]:
        """The collections that have changed since they were indexed."""
        with self._library() as library:
            self._last_stale = library.stale()
        return {path.partition("/")[0] for path in self._last_stale}
