"""Asks indexes that are open, whatever they are of: what was found becomes an answer or a refusal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self

from qa.answers import EVEN_ODDS, Answer, AnswerKind, Candidate, Citation, Part, RefusalReason, RetrievedPassage
from qa.errors import QaError, UsageError
from qa.filters import Filter
from qa.index.backend import SearchableIndex
from qa.index.pool import ReaderPool
from qa.pipeline.disagreement import other_value
from qa.pipeline.extracts import covered
from qa.pipeline.models import LoadedModels
from qa.pipeline.multipart import citation_of, extract_answer, list_answer, overview_answer, wants_extract, wants_list
from qa.pipeline.named_documents import asks_for_all
from qa.pipeline.pipeline import Findings, Pipeline, Watch
from qa.pipeline.questions import checked_question
from qa.pipeline.ranking import RankedSpan
from qa.pipeline.retriever import Hit
from qa.settings import Settings
from qa.talk import reply
from qa.text.languages import only_english

if TYPE_CHECKING:
    from qa.collections import Collection
    from qa.conversation import Conversation, ConversationState, Turn
    from qa.conversation.rewriting import Rewriter


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer and what it was made of."""

    answer: Answer
    findings: Findings


class BaseAssistant:
    """Asks indexes that are open: what `Assistant` and `qa.federated.FederatedAssistant` have in common.

    Safe to use from several threads, which ask at the same time.
    """

    def __init__(
        self,
        readers: ReaderPool[Any],
        models: LoadedModels,
        settings: Settings,
        watch: Watch | None,
        given: Settings,
    ) -> None:
        """`readers` are what `_turn` has the index from. `given` are the places that the hints of errors repeat."""
        self._readers = readers
        self._models = models
        self._settings = settings
        self._watch = watch
        self._given = given
        self._calibration = models.calibration
        self._pipeline = Pipeline(models, settings.passages_read)
        self._rewriter: Rewriter | None = None

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        """The answer that the documents give (`only` those that a filter accepts), or a refusal.

        Typing errors are mended (qa.pipeline.spelling); `Answer.standalone_question` is what was asked for. An answer less
        probable than `min_confidence` (else the setting, else the measured threshold) is not given.
        Raises QuestionEmpty, QuestionTooLong, NothingChosen, UsageError.
        """
        return self.explain(question, only=only, min_confidence=min_confidence).answer

    def explain(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Explanation:
        """As `ask`, with all that the answer was made of: every passage that was ranked, and each candidate's evidence."""
        question = checked_question(question)
        threshold = self._checked_confidence(min_confidence)
        with self._turn() as index, index.pinned():
            findings = self._pipeline.ask(index, question, only=only, watch=self._watch)
            if findings.is_talk:
                said = reply(findings.question, _paths(index), self._models.encoder.encode)
                talk = self._answer(question, findings, threshold)
                return Explanation(replace(talk, kind=AnswerKind.TALK, said=said, absent_probability=None), findings)
            answered = self._answering(index, question, findings, only)
            answer = answered(threshold)
            if not answer.answered:
                by_default = answer if threshold is None else answered(None)
                answer = replace(_refused(answer, by_default, only, threshold), searched=_searched(index, only))
                if said := only_english(question):
                    answer = replace(answer, kind=AnswerKind.TALK, said=said)
        return Explanation(answer, findings)

    def talk(self, typed: str) -> Answer | None:
        """What is said to `typed`, amid a conversation, if it is no question about documents; None where it is one. Raises as
        `ask`."""
        self._readers.check_open()
        is_talk = self._pipeline.is_talk_amid_chat(checked_question(typed))
        return self.ask(typed) if is_talk else None

    def read(
        self, question: str, text: str, *, heading: str | None = None, min_confidence: float | None = None
    ) -> Answer:
        """As `ask`, from `text` alone: nothing is retrieved. The citation's path is empty."""
        question = checked_question(question)
        threshold = self._checked_confidence(min_confidence)
        self._readers.check_open()
        findings = self._pipeline.read(question, text, heading)
        answer = self._answer(question, findings, threshold)
        if answer.answered:
            return answer
        return _refused(answer, self._answer(question, findings, None), None, threshold)

    def search(self, query: str, limit: int = 5, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]:
        """The `limit` best passages for `query`, best first, of `only` the documents that a filter accepts.

        Raises QuestionEmpty, QuestionTooLong, NothingChosen, UsageError.
        """
        query = checked_question(query)
        if limit < 1:
            raise UsageError(f"{limit} passages cannot be searched.", "Ask for one at least.")
        with self._turn() as index, index.pinned():
            hits = self._pipeline.find(index, query, limit, only)
        passages = [_retrieved(hit) for hit in hits]
        # What was read is scored by more than what was not, and stands before it: none is nearer than one above it.
        scores = accumulate((passage.score for passage in passages), min)
        return tuple(replace(passage, score=score) for passage, score in zip(passages, scores, strict=True))

    @property
    def firm_confidence(self) -> float:
        """From this probability on an answer is firm; as `min_confidence` it refuses tentative ones."""
        return self._calibration.firm

    @property
    def left_out(self) -> Mapping[str, QaError]:
        """Collections that cannot be asked now, by name, and why; of one corpus there are none."""
        return {}

    @property
    def away(self) -> tuple[Collection, ...]:
        """Collections whose folder is not there: they are answered from the index alone; of one corpus there are none."""
        return ()

    def conversation(self, turns: Iterable[Turn] = ()) -> Conversation:
        """A conversation about the documents, new or going on after `turns`. Several may use one assistant."""
        from qa.conversation import ConversationState

        return self.resumed(ConversationState(tuple(turns)))

    def resumed(self, state: ConversationState) -> Conversation:
        """A conversation that goes on where another one, which may be another process's, was (`Conversation.state`)."""
        from qa.conversation import Conversation

        return Conversation(self, self._shared_rewriter, state)

    def cosine_similarity(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of `text` with each of `others`, by the encoder: how alike in meaning they are, -1 to 1."""
        self._readers.check_open()
        return self._cosines(text, others)

    def document_text(self, path: str) -> str:
        """The whole text of a document as it was indexed, for showing what stands around a citation. Raises KeyError."""
        with self._turn() as index, index.snapshot():
            return index.document_text(path)

    def documents(self) -> tuple[str, ...]:
        """The paths of all documents that are indexed, sorted."""
        with self._turn() as index:
            return _paths(index)

    def close(self) -> None:
        """Let go of the index, once what is being asked is done. What is asked afterwards raises AssistantClosed."""
        self._readers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _turn(self) -> AbstractContextManager[SearchableIndex]:
        """The index, for this thread alone. Raises AssistantClosed."""
        raise NotImplementedError

    def _shared_rewriter(self) -> Rewriter:
        """Raises ModelUnusable. Two threads may both load it; either is as good."""
        from qa.conversation.rewriting import Rewriter
        from qa.conversation.tagger import Tagger, shipped_tagger_folder

        if self._rewriter is None:
            self._rewriter = Rewriter(Tagger.load(shipped_tagger_folder()), self.cosine_similarity)
        return self._rewriter

    def _answer(self, question: str, findings: Findings, min_confidence: float | None) -> Answer:
        """What is made of `findings`: the best candidate if it is probable enough, else a refusal."""
        share = self._settings.unanswerable
        evidence = [span.evidence for span in findings.spans]
        candidates = [
            Candidate(" ".join(span.text.split()), right, _citation(span))
            for span, right in zip(findings.spans, self._calibration.chances(evidence, share), strict=True)
        ]
        certainty = self._calibration.certainty(candidates[0].confidence, min_confidence) if candidates else None
        answered = certainty is not None
        return Answer(
            question=question,
            standalone_question=findings.question,
            answered=answered,
            text=candidates[0].text if answered else None,
            confidence=candidates[0].confidence if candidates else 0.0,
            citation=candidates[0].citation if answered else None,
            alternatives=tuple(candidates[1:] if answered else candidates),
            passages=tuple(_retrieved(hit) for hit in findings.hits[: findings.read]),
            timings=findings.timings,
            certainty=certainty,
            parts=(Part(candidates[0].text, candidates[0].citation),) if answered else (),
            absent_probability=self._calibration.probabilities(evidence[0], share).absent if evidence else 1.0,
        )

    def _with_other_value(self, index: SearchableIndex, answer: Answer, findings: Findings) -> Answer:
        """A span that is given, with what another document gives for the same thing; the one that clearly holds is given."""
        if not answer.answered:
            return answer
        holds = partial(self._pipeline.holds, index, findings.question)
        other = other_value(findings.spans, self._cosines, holds)
        if other is None:
            return answer
        # The first of the spans is the answer itself.
        place = other.place - 1
        return _exchanged(answer, place) if other.holds else replace(answer, other_values=(answer.alternatives[place],))

    def _cosines(self, text: str, others: Sequence[str]) -> list[float]:
        vectors = self._models.encoder.encode([text, *others])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

    def _answering(
        self, index: SearchableIndex, question: str, findings: Findings, only: Filter | None
    ) -> Callable[[float | None], Answer]:
        """What is answered, by the least confidence: a span, or the list or the extract that the question wants in its place.
        These are made once, however many thresholds are tried."""
        listing = cache(lambda: self._pipeline.listing(index, findings))
        extract = cache(lambda chances: self._pipeline.extract(index, findings, chances, only))
        document = self._pipeline.summarised(index, findings, only)
        summary = cache(lambda path: self._pipeline.summary(index, findings, path))

        def answered(min_confidence: float | None) -> Answer:
            answer = self._answer(question, findings, min_confidence)
            if asks_for_all(findings.question) and (beginnings := self._pipeline.overview(index, only)):
                return overview_answer(answer, beginnings)
            if document and (summarised := extract_answer(answer, summary(document), min_confidence)):
                return summarised
            if wants_list(findings) and (found := listing()):
                listed = list_answer(answer, found, covered(findings.hits), min_confidence)
                if listed:
                    return listed
            if wants_extract(findings, answer):
                extracted = extract_answer(answer, extract(_chances(answer)), min_confidence)
                if extracted:
                    return extracted
            return self._with_other_value(index, answer, findings)

        return answered

    def _checked_confidence(self, min_confidence: float | None) -> float | None:
        """The least confidence that is asked for: by the caller, or by the settings."""
        given = self._settings.min_confidence if min_confidence is None else min_confidence
        if given is not None and not 0.0 <= given <= 1.0:
            raise UsageError(f"A confidence of {given} cannot be.", "Give one from 0 to 1.")
        return given


def _paths(index: SearchableIndex) -> tuple[str, ...]:
    with index.snapshot():
        return tuple(path for path, *_ in index.documents())


def _searched(index: SearchableIndex, only: Filter | None) -> int:
    with index.snapshot():
        return index.document_count(only)


def _chances(answer: Answer) -> tuple[float, ...]:
    """The probabilities of all candidates, best first, that one given or not."""
    others = tuple(candidate.confidence for candidate in answer.alternatives)
    return (answer.confidence, *others) if answer.answered else others


def _exchanged(answer: Answer, place: int) -> Answer:
    """With the one of its alternatives in its place that holds now. Both are values of what is asked for, so that each has the
    confidence of its rank."""
    newer = answer.alternatives[place]
    assert answer.text is not None
    assert answer.citation is not None
    older = Candidate(answer.text, newer.confidence, answer.citation)
    return replace(
        answer,
        text=newer.text,
        citation=newer.citation,
        parts=(Part(newer.text, newer.citation),),
        alternatives=(*answer.alternatives[:place], older, *answer.alternatives[place + 1 :]),
        other_values=(older,),
    )


def _refused(refusal: Answer, by_default: Answer, only: Filter | None, threshold: float | None) -> Answer:
    """`refusal` with why it is none of the answers; `by_default` is what the measured threshold gives in its place."""
    absent = refusal.absent_probability
    if by_default.answered:
        return replace(refusal, reason=RefusalReason.UNSURE, refused_below=threshold)
    if absent is not None and absent < EVEN_ODDS:
        return replace(refusal, reason=RefusalReason.UNSURE)
    return replace(refusal, reason=RefusalReason.FILTERED if only else RefusalReason.NOT_FOUND)


def _citation(ranked: RankedSpan) -> Citation:
    return citation_of(ranked.hit.passage, ranked.span.start, ranked.span.end)


def _retrieved(hit: Hit) -> RetrievedPassage:
    passage = hit.passage
    return RetrievedPassage(
        passage.path,
        passage.start,
        passage.end,
        passage.line,
        1 / (1 + math.exp(-hit.logit)),
        passage.text,
        page=passage.page,
        heading=passage.heading,
        collection=passage.collection,
    )
