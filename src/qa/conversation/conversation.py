"""A conversation about the documents: each question is understood with what was said before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from qa.answers import Answer, AnswerKind, Certainty, Citation, RetrievedPassage, Timings, path_in
from qa.conversation.acts import Act, Shown, act_of
from qa.conversation.capitals import with_capitals
from qa.conversation.history import MOST_TURNS
from qa.conversation.previous_turn import PreviousTurn
from qa.conversation.rewriting import STANDS_ALONE, Rewriter, Rewriting
from qa.conversation.turns import ConversationState, Turn
from qa.errors import NothingChosen
from qa.filters import Filter
from qa.pipeline.questions import MAX_QUESTION_CHARACTERS, checked_question

PRIOR_WEIGHT = 0.1
"""How much the likelihood that a rewriting is meant counts against the probability of its best answer. See
tests/dialogues/README.md for how it was chosen."""
_OTHER_DOCUMENT = 0.6
"""How much an answer from another document than the last one counts: of 109 follow-ups 101 are about the same one."""
_WITHIN = 3
"""So many of the likeliest rewritings are asked of the last document alone, where over all documents another one answers."""
_SHOWN_AT_ONCE = 3
_LEAST_SAID = 0.1
"""A candidate less probable than this is noise, and nobody refers to it."""


class ConversationAssistant(Protocol):
    """What of an Assistant is used here."""

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer: ...

    def talk(self, typed: str) -> Answer | None: ...

    def search(self, query: str, limit: int, *, only: Filter | None = None) -> tuple[RetrievedPassage, ...]: ...


class Conversation:
    """Turns over one Assistant; made by `Assistant.conversation`. Safe to use from several threads: asks take turns.

    >>> with Assistant.open() as assistant:
    ...     conversation = assistant.conversation()
    ...     conversation.ask("How many Russian military personnel are at the Kant airbase?").text
    ...     conversation.ask("Which planes do they fly there?").standalone_question
    """

    def __init__(
        self,
        assistant: ConversationAssistant,
        rewriter: Callable[[], Rewriter],
        state: ConversationState | None = None,
    ) -> None:
        """New, or going on from `state`. `rewriter` is called when the first follow-up is asked."""
        self._assistant = assistant
        self._rewriter = rewriter
        self._state = state or ConversationState()
        self._lock = threading.RLock()

    @property
    def state(self) -> ConversationState:
        """What the next question goes on from. Never waits for a question that is being asked."""
        return self._state

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Oldest first. Never waits for a question that is being asked."""
        return self._state.turns

    def ask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        only: Filter | None = None,
        min_confidence: float | None = None,
    ) -> Answer:
        """The answer to `question`, understood with the turns before; `Answer.standalone_question` says how.

        `standalone` is asked as it is, instead. A question about the last answer (see `about_last`) gives that answer once
        more and makes no turn, nor does what is no question at all. Raises as `Assistant.ask`, and ModelUnusable.
        """
        question = checked_question(question)
        with self._lock:
            if standalone is None and (shown := self.about_last(question)) is not None:
                return replace(shown.answer, question=question, passages=shown.passages)
            if standalone is None and self.turns and (talk := self._assistant.talk(question)) is not None:
                return talk
            if standalone is None:
                answer = self._understood(question, only, min_confidence)
            else:
                answer = self._assistant.ask(standalone, only=only, min_confidence=min_confidence)
                answer = replace(answer, question=question)
            if answer.kind is not AnswerKind.TALK:
                self._state = ConversationState((*self.turns, Turn.of(answer)), only)
            return answer

    def correct(self, standalone: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        """Ask the last question once more, understood as `standalone`; its turn is replaced. Raises as `ask`.

        In a conversation without turns it is a first question.
        """
        with self._lock:
            if not self.turns:
                return self.ask(standalone, standalone=standalone, only=only, min_confidence=min_confidence)
            before = self._state
            self._state = replace(before, turns=before.turns[:-1])
            try:
                last = before.turns[-1].question
                return self.ask(last, standalone=standalone, only=only, min_confidence=min_confidence)
            except BaseException:
                self._state = before
                raise

    def about_last(self, question: str) -> Shown | None:
        """What `question` gets if it is about the last answer ("Are you sure?"); None if it asks the documents.

        "Show me more" goes on where the last one ended.
        """
        with self._lock:
            act = act_of(question)
            if act is None or not self.turns:
                return None
            answer = self.turns[-1].answer
            return Shown(act, answer, self._more() if act is Act.MORE else answer.passages)

    def _more(self) -> tuple[RetrievedPassage, ...]:
        answer = self.turns[-1].answer
        first = (1 if answer.answered else _SHOWN_AT_ONCE) + self._state.more_shown
        passages = answer.passages
        if first + _SHOWN_AT_ONCE > len(passages):
            passages = self._assistant.search(answer.standalone_question, first + _SHOWN_AT_ONCE, only=self._state.only)
        self._state = replace(self._state, more_shown=self._state.more_shown + _SHOWN_AT_ONCE)
        return passages[first : first + _SHOWN_AT_ONCE]

    def _understood(self, question: str, only: Filter | None, min_confidence: float | None) -> Answer:
        """Of the candidates for what is meant, the one whose best answer is most probable, weighed by how likely it is meant.

        A question that may be meant as it was typed, and then gets a firm answer, is. What cannot win any more is not asked.
        """
        began = time.perf_counter()
        asked: dict[tuple[str, Filter | None], Answer] = {}

        def ask(text: str, chosen: Filter | None = only) -> Answer:
            if (text, chosen) not in asked:
                asked[text, chosen] = self._assistant.ask(text, only=chosen, min_confidence=min_confidence)
            return asked[text, chosen]

        candidates = self._candidates(question)
        alone = ask(question) if _may_stand_alone(question, candidates) else None
        if alone is not None and alone.certainty is Certainty.FIRM:
            best = alone
        else:
            last = self.turns[-1].answer.best if self.turns else None
            best = _likeliest(candidates, ask, last.citation if last is not None else None, only)
            if alone is not None and most_probable(best) < _LEAST_SAID:
                # Nothing that was said before helps to find anything: then it is a new topic, and nothing is put into it.
                best = alone
        total = (time.perf_counter() - began) * 1000
        return replace(best, question=question, timings=_sum(list(asked.values()), total))

    def _candidates(self, question: str) -> Sequence[Rewriting]:
        earlier = [
            PreviousTurn(_with_names(turn), _said(turn.answer), _next_best(turn.answer))
            for turn in self.turns[-MOST_TURNS:]
        ]
        if not earlier:
            return (Rewriting(question, 1.0),)
        return self._rewriter().candidates(question, earlier)


def _likeliest(
    candidates: Sequence[Rewriting],
    ask: Callable[[str, Filter | None], Answer],
    last: Citation | None,
    only: Filter | None,
) -> Answer:
    """The answer to the one that is meant; the question as typed, which can be asked, is always among them.

    Where another document answers than that of `last`, the last answer's place, that one alone is asked, too: most follow-ups
    are about the same document. What it refuses is told as all documents (those that `only` accepts) refuse it.
    """
    within_last = _within(last, only) if last is not None else None
    best, best_score = None, -1.0
    for place, candidate in enumerate(candidates):
        weight = candidate.prior**PRIOR_WEIGHT
        if weight <= best_score:
            break
        if len(candidate.text) > MAX_QUESTION_CHARACTERS:
            continue
        answer = ask(candidate.text, only)
        stays = last is None or (answer.best is not None and answer.best.citation.path == last.path)
        score = weight * most_probable(answer) * (1.0 if stays else _OTHER_DOCUMENT)
        if score > best_score:
            best, best_score = answer, score
        if stays or place >= _WITHIN:
            continue
        with suppress(NothingChosen):
            within = ask(candidate.text, within_last)
            if (score := weight * most_probable(within)) > best_score:
                best, best_score = (within if within.answered else answer), score
    assert best is not None
    return best


def _within(last: Citation, only: Filter | None) -> Filter:
    """The document of `last` alone, if `only` accepts it."""
    return replace(only or Filter(), documents=(path_in(last.collection, last.path),))


def _may_stand_alone(question: str, candidates: Sequence[Rewriting]) -> bool:
    return any(one.text == question and one.prior >= STANDS_ALONE for one in candidates)


def _with_names(turn: Turn) -> str:
    """What was asked; a name is told by its capital, which many do not type."""
    return with_capitals(turn.standalone_question, [passage.text for passage in turn.answer.passages])


def _said(answer: Answer) -> str:
    """The answer or, on a refusal, what was shown as the closest: a follow-up may be about it all the same. Of several pieces
    none is meant more than the others."""
    if answer.in_parts:
        return ""
    if answer.text is not None:
        return _in_one_line(answer.text)
    closest = next(iter(answer.alternatives), None)
    return _in_one_line(closest.text) if closest is not None and closest.confidence >= _LEAST_SAID else ""


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _next_best(answer: Answer) -> str:
    others = answer.alternatives if answer.answered else answer.alternatives[1:]
    return _in_one_line(others[0].text) if others and others[0].confidence >= _LEAST_SAID else ""


def most_probable(answer: Answer) -> float:
    """The probability of the best candidate, given or not."""
    return answer.best.confidence if answer.best is not None else 0.0


def _sum(asked: Sequence[Answer], total: float) -> Timings:
    return Timings(
        encode=sum(answer.timings.encode for answer in asked),
        retrieve=sum(answer.timings.retrieve for answer in asked),
        read=sum(answer.timings.read for answer in asked),
        rerank=sum(answer.timings.rerank for answer in asked),
        total=total,
    )
