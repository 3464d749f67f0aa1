"""The steps of one question: mend typing errors, retrieve, rerank, read, shape the spans, rank passages and spans.

The same for `qa ask`, the chat, the benchmarks, the calibration and the mining of training rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Protocol

from qa.answers import Timings
from qa.filters import Filter
from qa.index.backend import SearchableIndex
from qa.index.records import StoredPassage
from qa.pipeline import reranker
from qa.pipeline.extracts import (
    ITEMS_CHOSEN,
    STEPS_CHOSEN,
    Extract,
    about,
    beginning,
    centrality,
    covered,
    summary,
    with_whole_steps,
)
from qa.pipeline.intents import Intent
from qa.pipeline.lists import Listing, listing
from qa.pipeline.named_documents import named_document
from qa.pipeline.postprocessing import postprocess
from qa.pipeline.ranking import RankedSpan, rank
from qa.pipeline.retriever import Hit, only_passage_score, retrieve
from qa.pipeline.sentence_relevance import Extracted
from qa.pipeline.spelling import corrected
from qa.pipeline.summary_requests import without_name
from qa.pipeline.validity import Masthead, asks_for_what_holds, superseded, takes_the_place, tells_of_change
from qa.text.question_kinds import kind_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.inference.encoder import OnnxEncoder
    from qa.pipeline.intents import IntentClassifier
    from qa.pipeline.reader import Reader, Reading
    from qa.pipeline.reranker import Reranker
    from qa.pipeline.summary_requests import SummaryRequests

RETRIEVED = 50
"""How many passages of the fusion are kept, of which the first are reranked."""
CANDIDATES = 4
"""How many answers that say different things are kept."""

_SURELY_TALK = 0.8
"""Of 2,500 questions about documents none reaches it."""
_SURELY_TALK_AMID_CHAT = 0.92
"""Of 1,923 follow-ups ("and now?") nine reach it, and seven of ten things that are talk."""
_SUMMARISED_PASSAGES = 24
"""Of a document that is summarised: their sentences are encoded in a tenth of a second."""
_MOST_COMPARED = 2_000
_DOCUMENTS_OF_OVERVIEW = 20
_SURELY_COVERED = 0.95
"""That what is asked for is there, when it is a document."""
_SURELY_SPAN = 0.9
"""Of 192 questions that ask for a summary the classifier of intents is nowhere so sure of a span."""
SUMMARY = 0.5
_LONGEST_TITLE = 120

Watch = Callable[[str, int], None]
"""Told what an ask does next: "retrieve", then "read" with the number of passages. What it raises ends the ask."""


class Models(Protocol):
    """What a question is answered with."""

    @property
    def encoder(self) -> OnnxEncoder: ...

    @property
    def intents(self) -> IntentClassifier: ...

    @property
    def summary_requests(self) -> SummaryRequests: ...

    @property
    def reranker(self) -> Reranker: ...

    @property
    def reader(self) -> Reader: ...


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for `question`, its typing errors mended: passages and spans, both best first.

    `hits` are all that were retrieved, the reranked ones first; the first `read` of them were read. `vector` is the
    question's, shape (d,), and `intents` what it wants, with probabilities; both are left out for a text that is given.
    `readings` are those of the hits that were read.
    """

    question: str
    hits: Sequence[Hit]
    read: int
    spans: Sequence[RankedSpan]
    timings: Timings
    vector: NDArray[np.float32] | None = None
    intents: Mapping[Intent, float] = field(default_factory=dict)
    readings: Sequence[Reading] = ()

    @property
    def is_talk(self) -> bool:
        """Whether what was typed is no question about documents, so that nothing was retrieved."""
        return self.intents.get(Intent.TALK, 0.0) >= _SURELY_TALK


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Answers questions with `models`, reading `passages_read` passages for each. Safe to use from several threads, each
    with an index of its own."""

    models: Models
    passages_read: int

    def is_talk_amid_chat(self, typed: str) -> bool:
        """Whether it is surely no question about documents, not even one that needs those before it."""
        return self.models.intents.probabilities(typed)[Intent.TALK] >= _SURELY_TALK_AMID_CHAT

    def ask(
        self, index: SearchableIndex, question: str, *, only: Filter | None = None, watch: Watch | None = None
    ) -> Findings:
        """The findings in the documents of `index` (those that `only` accepts). Raises NothingChosen."""
        watch = watch or _unwatched
        clock = _Clock()
        watch("retrieve", self.passages_read)
        question = self.mended(index, question)
        clock.lap("encode")
        vector = self._encoded(question, clock)
        intents = self.models.intents.probabilities(question)
        talk = Findings(question, (), 0, (), clock.timings(), vector, intents)
        if talk.is_talk:
            return talk
        hits = self._retrieved(index, question, vector, max(RETRIEVED, self.passages_read), only, clock)
        count = reranker.promising(hits, max(reranker.FEWEST, self.passages_read))
        hits = [*self.models.reranker.rerank(question, hits[:count]), *hits[count:]]
        clock.lap("rerank")
        watch("read", min(len(hits), self.passages_read))
        found = replace(self._read(question, hits, clock), vector=vector, intents=intents)
        return _with_superseded_last(index, found)

    def holds(self, index: SearchableIndex, question: str, one: RankedSpan, other: RankedSpan) -> bool:
        """Whether `one` clearly holds where the two give different values, and `question` asks for what holds."""
        with index.snapshot():
            new, old = _masthead(index, one), _masthead(index, other)
        if takes_the_place(old, new) or not asks_for_what_holds(question, old, new):
            return False
        return takes_the_place(new, old) or (tells_of_change(one.sentence) and not tells_of_change(other.sentence))

    def summarised(self, index: SearchableIndex, findings: Findings, only: Filter | None = None) -> str | None:
        """The path of the document that the question of `findings` asks for as a whole; None where it asks for other things."""
        if not findings.hits or findings.intents.get(Intent.SPAN, 1.0) >= _SURELY_SPAN:
            return None
        with index.snapshot():
            path = _named(index, findings, only) or findings.hits[0].passage.path
            title = title_of(index, path)
        (vector,) = self.models.encoder.encode([without_name(findings.question, _own_path(findings, path), title)])
        return path if self.models.summary_requests.probability(vector) >= SUMMARY else None

    def summary(self, index: SearchableIndex, findings: Findings, path: str) -> Extract:
        """What the document at `path` says."""
        assert findings.vector is not None
        with index.snapshot():
            passages = _most_central(index, index.passages_in(path))
        return Extract(summary(findings.vector, passages, self.models.encoder.encode), _SURELY_COVERED)

    def extract(
        self, index: SearchableIndex, findings: Findings, chances: Sequence[float] = (), only: Filter | None = None
    ) -> Extract:
        """What the documents say of the topic of `findings`. `chances` are the probabilities that its spans are right."""
        assert findings.vector is not None
        with index.snapshot():
            named = _named(index, findings, only)
        read = list(zip_longest(findings.hits, findings.readings))
        wanted = [pair for pair in read if named is None or pair[0].passage.path == named] or read
        hits = [hit for hit, _ in wanted]
        readings = [reading for _, reading in wanted if reading is not None]
        answers = placed_answers(findings.spans, chances)
        runs = about(findings.vector, hits, readings, answers, self.models.encoder.encode)
        with index.snapshot():
            least = STEPS_CHOSEN if kind_of(findings.question) == "how" else ITEMS_CHOSEN
            return Extract(with_whole_steps(runs, index.document_text, least), covered(findings.hits))

    def overview(self, index: SearchableIndex, only: Filter | None = None) -> Sequence[Extracted]:
        """How each of the documents begins, of the first ones: a title, mostly."""
        with index.snapshot():
            paths = sorted(path for path, *_ in index.documents(only))
            firsts = [index.passages_in(path)[:1] for path in paths[:_DOCUMENTS_OF_OVERVIEW]]
        return [beginning(passage) for first in firsts for passage in first]

    def listing(self, index: SearchableIndex, findings: Findings) -> Listing | None:
        """The items that the question of `findings` asks for, None where they are not several."""
        assert findings.vector is not None
        with index.snapshot():
            return listing(
                findings.question, findings.vector, findings.hits, findings.readings, self.models, index.document_text
            )

    def read(self, question: str, text: str, heading: str | None = None) -> Findings:
        """The findings in `text` alone: nothing is retrieved."""
        clock = _Clock()
        query, passage = self.models.encoder.encode([question, text])
        cosine = float(query @ passage)
        clock.lap("encode")
        given = StoredPassage(0, "", 0, len(text), 1, None, heading, text)
        hits = self.models.reranker.rerank(question, [Hit(given, only_passage_score(cosine), cosine)])
        clock.lap("rerank")
        return self._read(question, hits, clock)

    def find(self, index: SearchableIndex, query: str, limit: int, only: Filter | None = None) -> list[Hit]:
        """The `limit` best passages for `query`, best first. Raises NothingChosen."""
        clock = _Clock()
        vector = self._encoded(query, clock)
        hits = self._retrieved(index, query, vector, max(limit, reranker.CANDIDATES), only, clock)
        return list(self._read(query, self.models.reranker.rerank(query, hits), _Clock()).hits[:limit])

    def mended(self, index: SearchableIndex, question: str) -> str:
        """`question` without its typing errors, as far as the documents show them."""
        with index.snapshot():
            return corrected(question, index, self.models.encoder.is_common)

    def _encoded(self, question: str, clock: _Clock) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.models.encoder.encode([question])[0]
        clock.lap("encode")
        return vector

    def _retrieved(
        self,
        index: SearchableIndex,
        question: str,
        vector: NDArray[np.float32],
        limit: int,
        only: Filter | None,
        clock: _Clock,
    ) -> list[Hit]:
        hits = retrieve(index, question, vector, limit, only)
        clock.lap("retrieve")
        return hits

    def _read(self, question: str, hits: Sequence[Hit], clock: _Clock) -> Findings:
        """`hits` are reranked; the first are read, and put into the order that reading gives them."""
        chosen = hits[: self.passages_read]
        read = self.models.reader.read(question, [hit.passage for hit in chosen])
        readings = [postprocess(question, hit.passage.text, one) for hit, one in zip(chosen, read, strict=True)]
        pairs = [(replace(hit, margin=one.margin), one) for hit, one in zip(chosen, readings, strict=True)]
        pairs.sort(key=lambda pair: -pair[0].logit)
        ranked = [hit for hit, _ in pairs]
        spans = rank(ranked, [one for _, one in pairs], CANDIDATES)
        clock.lap("read")
        found = Findings(question, [*ranked, *hits[len(chosen) :]], len(chosen), spans, clock.timings())
        return replace(found, readings=[one for _, one in pairs])


def title_of(index: SearchableIndex, path: str) -> str:
    """The first line of the document at `path`, or the beginning of a long one; the index is read in a snapshot."""
    return index.document_text(path).lstrip().partition("\n")[0][:_LONGEST_TITLE]


def placed_answers(spans: Sequence[RankedSpan], chances: Sequence[float]) -> list[tuple[Extracted, float]]:
    """Where the `spans` stand, each with the probability that it is right; those without one are left out."""
    places = (Extracted(one.hit.passage, one.span.start, one.span.end) for one in spans)
    return list(zip(places, chances, strict=False))


def _named(index: SearchableIndex, findings: Findings, only: Filter | None) -> str | None:
    """The document that the question names; the index is read in a snapshot."""
    return named_document(findings.question, [path for path, *_ in index.documents(only)])


def _with_superseded_last(index: SearchableIndex, findings: Findings) -> Findings:
    """Its spans in the order that they have if those of documents that others have replaced count for less.

    The best of these stays among them: it is what was, and is shown beside what is.
    """
    spans = {one.hit.passage.path: one for one in findings.spans}
    if len(spans) < 2:
        return findings
    with index.snapshot():
        documents = {path: _masthead(index, one) for path, one in spans.items()}
    gone = [path for path in superseded(documents) if asks_for_what_holds(findings.question, documents[path])]
    if not gone:
        return findings
    hits = findings.hits[: findings.read]
    ranked = rank(hits, findings.readings, CANDIDATES * len(hits), gone)
    old = next((place for place, one in enumerate(ranked) if one.hit.passage.path in gone), 0)
    kept = ranked[:CANDIDATES] if old < CANDIDATES else [*ranked[: CANDIDATES - 1], ranked[old]]
    return replace(findings, spans=kept)


def _masthead(index: SearchableIndex, span: RankedSpan) -> Masthead:
    """The one that the span is of; the index is read in a snapshot."""
    passage = span.hit.passage
    return Masthead.of(passage.own_path, index.document_text(passage.path))


def _own_path(findings: Findings, path: str) -> str:
    """`path` without the name of the collection, with which every path begins where collections were asked."""
    return path if findings.hits[0].passage.collection is None else path.partition("/")[2]


def _most_central(index: SearchableIndex, passages: Sequence[StoredPassage]) -> Sequence[StoredPassage]:
    """Of a long document, the passages that are most like the others, in its order."""
    if len(passages) <= _SUMMARISED_PASSAGES:
        return passages
    # Of a book every so many are looked at: centrality takes time that grows with the square.
    step = -(-len(passages) // _MOST_COMPARED)
    some = passages[::step]
    rank = centrality(index.vectors_of([passage.id for passage in some]))
    best = sorted(range(len(some)), key=lambda place: -float(rank[place]))[:_SUMMARISED_PASSAGES]
    return [some[place] for place in sorted(best)]


def _unwatched(stage: str, passages: int) -> None:
    """For asks that nobody watches."""


@dataclass(slots=True)
class _Clock:
    """Milliseconds of the stages of one ask."""

    began: float = field(default_factory=time.perf_counter)
    last: float = field(default_factory=time.perf_counter)
    stages: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("encode", "retrieve", "rerank", "read"), 0.0)
    )

    def lap(self, stage: str) -> None:
        """What went by since the last lap was spent on `stage`."""
        now = time.perf_counter()
        self.stages[stage] += (now - self.last) * 1000
        self.last = now

    def timings(self) -> Timings:
        return Timings(**self.stages, total=(time.perf_counter() - self.began) * 1000)
