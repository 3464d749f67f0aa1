"""The one object that ties everything together: the command line, the chat and library users hold nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from qa.answers import Answer, Candidate, Citation, RetrievedPassage, Timings
from qa.candidates import RankedSpan, rank
from qa.confidence import Calibration
from qa.documents import Choice
from qa.documents.lines import line_ends
from qa.encoder import ModelCard, OnnxEncoder
from qa.errors import AssistantClosed, DocumentUnreadable, UsageError
from qa.filters import Filter
from qa.index.changes import Known, stale
from qa.index.database import FILE_NAME
from qa.index.reader import IndexReader, StoredPassage
from qa.index.writer import Progress, UpdateReport, Waiting
from qa.indexer import encoder_folder, naming_places, update_index
from qa.locations import corpus_of, index_of
from qa.questions import checked_question
from qa.reader import Reader, shipped_reader_folder
from qa.retriever import Hit, only_passage_score, retrieve
from qa.sentences import sentence_around
from qa.settings import Settings
from qa.shaping import shaped
from qa.spelling import corrected

if TYPE_CHECKING:
    from qa.conversation import Conversation, Turn
    from qa.conversation.rewriting import Rewriter

_CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds and how it was made. `stale` are the paths that are not as they were when indexed."""

    corpus: Path
    index: Path
    documents: int
    passages: int
    model: str
    splitter: str
    generation: int
    bytes: int
    stale: tuple[str, ...]


class Watch(Protocol):
    """Told what an ask does next: "retrieve", then "read" with the number of passages. What it raises ends the ask."""

    def __call__(self, stage: str, passages: int) -> None: ...


class Assistant:
    """Answers questions about one corpus. Safe to use from several threads: asks take turns.

    >>> with Assistant.open() as assistant:
    ...     assistant.ask("How many Russian military personnel are at the Kant airbase?").text
    '400'
    """

    def __init__(self, settings: Settings, corpus: Path, folder: Path, watch: Watch | None = None) -> None:
        """Use `Assistant.open`; `settings` are as they were given. Raises as IndexReader does, and IndexOfOtherCorpus."""
        self._watch = watch or _unwatched
        self._given = settings
        # Fixed now, so that a later update means the same folders wherever the process has gone by then.
        self._settings = replace(settings, corpus=corpus, index=folder)
        self._corpus = corpus
        self._folder = folder
        self._lock = threading.Lock()
        self._closed = False
        model_folder = encoder_folder(settings)
        # numpy cannot be imported by two threads at once; everything that is loaded from here on needs it.
        import_module("numpy")
        loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qa-load")
        self._encoder: Future[OnnxEncoder] = loader.submit(OnnxEncoder, model_folder, threads=settings.threads)
        self._reader: Future[Reader] = loader.submit(Reader, shipped_reader_folder(), threads=settings.threads)
        loader.shutdown(wait=False)
        self._calibration = Calibration.load(shipped_reader_folder())
        self._index = IndexReader(folder, ModelCard.load(model_folder))
        try:
            self._index.check_belongs_to(corpus)
        except BaseException:
            self._index.close()
            raise
        self._rewriter: Rewriter | None = None

    @classmethod
    def open(
        cls,
        corpus: Path | str | None = None,
        *,
        index: Path | str | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
        watch: Watch | None = None,
    ) -> Self:
        """The assistant for `corpus` (a folder or a file); an index that is not there yet is built first.

        What is not given is taken from `settings`, else from the environment (qa.settings). When another process is
        building that index, this one waits for it, and `waiting` is told so. `watch` is told of the stages of every ask, in
        the thread that asks.
        Raises CorpusMissing, CorpusEmpty, IndexDamaged, IndexForeign, IndexOfOtherCorpus, IndexOfOtherModel, ModelUnusable.
        """
        settings = Settings.from_environment() if settings is None else settings
        settings = replace(
            settings,
            corpus=Path(corpus) if corpus is not None else settings.corpus,
            index=Path(index) if index is not None else settings.index,
        )
        with naming_places(settings):
            place = corpus_of(settings)
            folder = index_of(settings, place)
            if not (folder / FILE_NAME).exists():
                update_index(settings, progress=progress, waiting=waiting)
            return cls(settings, place, folder, watch)

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        """The answer that the documents give (`only` those that a filter accepts), or a refusal.

        Typing errors are mended (qa.spelling); `Answer.standalone_question` is what was asked for. An answer less probable than
        `min_confidence` (else the setting, else the measured threshold) is not given.
        Raises QuestionEmpty, QuestionTooLong, NothingChosen, UsageError.
        """
        question = checked_question(question)
        with self._turn():
            clock = _Clock()
            self._watch("retrieve", self._settings.passages_read)
            encoder = self._encoder.result()
            with self._index.snapshot():
                spelt = corrected(question, self._index, encoder.is_common)
            vector = encoder.encode([spelt])[0]
            clock.lap()
            hits = retrieve(self._index, spelt, vector, self._settings.passages_read, only)
            clock.lap()
            return replace(self._read(spelt, hits, min_confidence, clock), question=question)

    def read(
        self, question: str, text: str, *, heading: str | None = None, min_confidence: float | None = None
    ) -> Answer:
        """As `ask`, from `text` alone: nothing is retrieved. The citation's path is empty."""
        question = checked_question(question)
        with self._turn():
            clock = _Clock()
            query, passage = self._encoder.result().encode([question, text])
            clock.lap()
            given = StoredPassage(0, "", 0, len(text), 1, None, heading, text)
            cosine = float(query @ passage)
            clock.lap()
            return self._read(question, [Hit(given, only_passage_score(cosine), cosine)], min_confidence, clock)

    def search(self, query: str, limit: int = 5, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]:
        """The `limit` best passages for `query`, best first, of `only` the documents that a filter accepts.

        Raises QuestionEmpty, QuestionTooLong, NothingChosen, UsageError.
        """
        query = checked_question(query)
        if limit < 1:
            raise UsageError(f"{limit} passages cannot be searched.", "Ask for one at least.")
        with self._turn():
            hits = retrieve(self._index, query, self._encoder.result().encode([query])[0], limit, only)
        return tuple(_retrieved(hit) for hit in hits)

    def conversation(self, turns: Iterable[Turn] = ()) -> Conversation:
        """A conversation about the documents, new or going on after `turns`. Several may use one assistant."""
        from qa.conversation import Conversation

        return Conversation(self, self._shared_rewriter, turns)

    def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of `text` with each of `others`, by the encoder: how alike in meaning they are, -1 to 1."""
        with self._turn():
            vectors = self._encoder.result().encode([text, *others])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

    def update(
        self,
        *,
        rebuild: bool = False,
        choice: Choice | None = None,
        progress: Progress | None = None,
        waiting: Waiting | None = None,
    ) -> UpdateReport:
        """Bring the index up to date with the corpus; asks go on over the old one meanwhile. Raises as `update_index`."""
        return update_index(self._settings, rebuild=rebuild, choice=choice, progress=progress, waiting=waiting)

    def stale(self) -> tuple[str, ...]:
        """Paths that were added, changed or removed since they were indexed. Raises CorpusMissing."""
        with self._turn(), self._index.snapshot():
            documents, memory = self._index.documents(), self._index.memory()
        known = {path: Known(size, mtime_ns, sha256) for path, size, mtime_ns, sha256 in documents}
        return stale(self._corpus, known, memory)

    def status(self) -> Status:
        """What the index holds. Raises CorpusMissing."""
        stale_paths = self.stale()
        with self._turn(), self._index.snapshot():
            manifest = self._index.manifest
            files = (self._folder / FILE_NAME, self._folder / manifest.faiss_file)
            return Status(
                corpus=self._corpus,
                index=self._folder,
                documents=len(self._index.documents()),
                passages=self._index.passage_count(),
                model=manifest.model_id,
                splitter=manifest.splitter,
                generation=manifest.generation,
                bytes=sum(file.stat().st_size for file in files if file.exists()),
                stale=stale_paths,
            )

    def document_text(self, path: str) -> str:
        """The whole text of a document as it was indexed, for showing what stands around a citation. Raises KeyError."""
        with self._turn(), self._index.snapshot():
            return self._index.document_text(path)

    def documents(self) -> tuple[str, ...]:
        """The paths of all documents that are indexed, sorted."""
        with self._turn(), self._index.snapshot():
            return tuple(path for path, *_ in self._index.documents())

    def file_of(self, path: str) -> Path:
        """The file of a document as the user has it, for opening it. Raises DocumentUnreadable when it is not there."""
        file = self._corpus / path if self._corpus.is_dir() else self._corpus
        known = path in self.documents()
        if not known or not file.is_file():
            raise DocumentUnreadable(path, "it is no longer there" if known else "it is not among the documents")
        return file

    def close(self) -> None:
        """Let go of the index. What is asked afterwards raises AssistantClosed."""
        with self._lock:
            self._closed = True
            self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One thread at a time, on an Assistant that is open."""
        with self._lock, naming_places(self._given):
            if self._closed:
                raise AssistantClosed
            yield

    def _shared_rewriter(self) -> Rewriter:
        """Raises ModelUnusable. Two threads may both load it; either is as good."""
        from qa.conversation.rewriting import Rewriter
        from qa.conversation.tagger import Tagger, shipped_tagger_folder

        if self._rewriter is None:
            self._rewriter = Rewriter(Tagger.load(shipped_tagger_folder()), self.likeness)
        return self._rewriter

    def _read(self, question: str, hits: Sequence[Hit], min_confidence: float | None, clock: _Clock) -> Answer:
        self._watch("read", len(hits))
        read = self._reader.result().read(question, [hit.passage for hit in hits])
        readings = [shaped(question, hit.passage.text, one) for hit, one in zip(hits, read, strict=True)]
        ranked = rank(hits, readings, _CANDIDATES)
        candidates = [self._candidate(span) for span in ranked]
        threshold = self._threshold(min_confidence)
        answered = bool(candidates) and candidates[0].confidence >= threshold
        absent = self._calibration.absent.probability(ranked[0].evidence) if ranked else 1.0
        clock.lap()
        return Answer(
            question=question,
            standalone_question=question,
            answered=answered,
            text=candidates[0].text if answered else None,
            confidence=candidates[0].confidence if answered else absent,
            citation=candidates[0].citation if answered else None,
            alternatives=tuple(candidates[1:] if answered else candidates),
            passages=tuple(_retrieved(hit) for hit in hits),
            timings=clock.timings(),
        )

    def _threshold(self, min_confidence: float | None) -> float:
        given = (min_confidence, self._settings.min_confidence, self._calibration.threshold)
        threshold = next(value for value in given if value is not None)
        if not 0.0 <= threshold <= 1.0:
            raise UsageError(f"A confidence of {threshold} cannot be.", "Give one from 0 to 1.")
        return threshold

    def _candidate(self, ranked: RankedSpan) -> Candidate:
        return Candidate(ranked.text, self._calibration.right.probability(ranked.evidence), _citation(ranked))


def _unwatched(stage: str, passages: int) -> None:
    """For asks that nobody watches."""


class _Clock:
    """Milliseconds of the stages of one ask: encode, retrieve, read."""

    def __init__(self) -> None:
        self._laps = [time.perf_counter()]

    def lap(self) -> None:
        self._laps.append(time.perf_counter())

    def timings(self) -> Timings:
        now = time.perf_counter()
        encode, retrieve, read = (
            (after - before) * 1000 for before, after in zip(self._laps, self._laps[1:], strict=False)
        )
        return Timings(encode, retrieve, read, (now - self._laps[0]) * 1000)


def _citation(ranked: RankedSpan) -> Citation:
    passage, span = ranked.hit.passage, ranked.span
    return Citation(
        path=passage.path,
        start=passage.start + span.start,
        end=passage.start + span.end,
        line=passage.line + line_ends(passage.text, 0, span.start),
        page=passage.page,
        heading=passage.heading,
        sentence=sentence_around(passage.text, span.start, span.end),
        passage=passage.text,
    )


def _retrieved(hit: Hit) -> RetrievedPassage:
    passage = hit.passage
    return RetrievedPassage(
        passage.path,
        passage.start,
        passage.end,
        passage.line,
        hit.score,
        passage.text,
        page=passage.page,
        heading=passage.heading,
    )
