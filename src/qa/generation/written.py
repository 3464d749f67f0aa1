"""Has a language model write an answer, and keeps of it what the passages bear out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from qa.answers import Answer, AnswerKind, LeftOut, Part, Writing
from qa.generation.chat_completions import ChatCompletions, ContextTooSmall, WritingFailed
from qa.generation.claims import Claim, claims, does_not_know, goes_round, settled
from qa.generation.grounding import Prompt, prompt_of
from qa.generation.heard import Completion
from qa.generation.llm_settings import LlmSettings
from qa.generation.support import Cosine, Fault, SupportJudge, check
from qa.pipeline.multipart import citation_of
from qa.text.escaping import escape_line

MOST_SENTENCES = 8
_MOST_REPEATED = 2
_MOST_NAMED = 8
_MEANINGS = {
    Fault.MARKUP: "a link or markup",
    Fault.LANGUAGE: "another language than English",
    Fault.CITATION: "a passage that was not given",
    Fault.QUOTATION: "a quotation that the passages do not have",
    Fault.NUMBER: "a number that the passages do not have so",
    Fault.NAME: "a name that the passages do not have",
    Fault.NEGATION: "the opposite of what the passages say",
    Fault.ECHO: "only the question again",
    Fault.CONTENT: "more than the passages say",
}

Settle = Callable[[Part], None]
"""Given each sentence as soon as it is checked and stays."""


class Writer:
    """Writes answers with one model of one server. For one thread at a time."""

    def __init__(
        self,
        client: ChatCompletions,
        cosine: Cosine,
        *,
        judge: SupportJudge | None = None,
        told: Callable[[WritingFailed], str] = str,
    ) -> None:
        """`cosine` is `Assistant.cosine_similarity`; `judge` takes the place of `qa.generation.support.borne_out`. `told` gives
        the note that is made of what went wrong with the server."""
        self._client = client
        self._cosine = cosine
        self._judge = judge
        self._told = told
        self._model = client.settings.model

    def write(self, answer: Answer, settle: Settle = lambda part: None) -> Answer:
        """`answer` in the words of the model, with `answer` as its `extractive`; `answer` with a note where nothing stays.

        The model is not asked where there is no answer. What goes wrong with the server is a note. Raises WritingCancelled.
        """
        if not answer.answered or answer.kind is AnswerKind.TALK:
            return answer
        try:
            return self._written(answer, settle)
        except WritingFailed as error:
            return replace(answer, writing=Writing(self._model, notes=(self._told(error),)))

    def _written(self, answer: Answer, settle: Settle) -> Answer:
        settings = self._client.settings
        self._model = model = self._model or chosen_model(settings, self._client.models())
        prompt = prompt_of(answer, most=settings.passages, context=settings.context)
        wanted = len(prompt.sources) + prompt.left_out
        if not prompt.sources:
            return replace(answer, writing=Writing(model, notes=("The passages hold nothing that could be sent.",)))
        while True:
            draft = _Draft(answer, prompt, self._cosine, self._judge, settle)
            try:
                completion = self._client.write(prompt.messages, model, draft.hear)
            except ContextTooSmall:
                if len(prompt.sources) == 1:
                    raise
                prompt = prompt_of(answer, most=len(prompt.sources) // 2, context=settings.context)
                continue
            draft.take(settled(completion.text) if completion.cut else claims(completion.text))
            return _outcome(draft, completion, model, wanted)


def chosen_model(settings: LlmSettings, models: Sequence[str]) -> str:
    """The model that the settings name, else the only one of the server. Raises WritingFailed."""
    if settings.model:
        return settings.model
    if len(models) == 1:
        return models[0]
    named = ", ".join(escape_line(name)[:80] for name in models[:_MOST_NAMED])
    which = f" ({named}{', ...' if len(models) > _MOST_NAMED else ''})" if models else ""
    raise WritingFailed(
        f"The language model server has {len(models) or 'no'} models{which}.",
        "Name one with QA_LLM_MODEL or model = in [llm]." if models else "",
    )


@dataclass(slots=True)
class _Draft:
    """What was written so far: the sentences that stay, and those that do not."""

    answer: Answer
    prompt: Prompt
    cosine: Cosine
    judge: SupportJudge | None
    settle: Settle
    parts: list[Part] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    gave_up: bool = False

    def hear(self, text: str) -> bool:
        """Whether no more is wanted: the model gave up, repeats itself, or has said enough."""
        found = settled(text)
        self.take(found)
        repeated = max(Counter(claim.text for claim in found).values(), default=0)
        is_looping = repeated > _MOST_REPEATED or goes_round(text)
        return self.gave_up or is_looping or len(self.seen) >= MOST_SENTENCES

    def take(self, found: list[Claim]) -> None:
        for claim in found:
            if self.gave_up or len(self.seen) >= MOST_SENTENCES:
                return
            if claim.text in self.seen:
                continue
            if does_not_know(claim):
                # After a sentence that stays it is no more than a turn of phrase.
                self.gave_up = not self.seen
                continue
            self.seen.add(claim.text)
            self._check(claim)

    def _check(self, claim: Claim) -> None:
        result = check(claim, self.prompt.sources, self.answer.standalone_question, self.cosine, self.judge)
        if isinstance(result, Fault):
            self.left_out.append(LeftOut(claim.text, result.value))
            return
        citations = tuple(citation_of(one.source.passage, *one.place) for one in result.evidence)
        part = Part(claim.text, citations[0], citations, round(result.support, 3))
        self.parts.append(part)
        self.settle(part)


def _outcome(draft: _Draft, completion: Completion, model: str, wanted: int) -> Answer:
    writing = Writing(
        model,
        len(draft.prompt.sources),
        tuple(draft.left_out),
        tuple(_notes(draft, completion, wanted)),
        completion.first * 1000,
        completion.total * 1000,
    )
    if not draft.parts:
        return replace(draft.answer, writing=writing)
    return replace(
        draft.answer,
        kind=AnswerKind.WRITTEN,
        text=" ".join(part.text for part in draft.parts),
        parts=tuple(draft.parts),
        citation=draft.parts[0].citation,
        writing=writing,
        extractive=draft.answer,
    )


def _notes(draft: _Draft, completion: Completion, wanted: int) -> list[str]:
    notes: list[str] = []
    sent = len(draft.prompt.sources)
    if sent < wanted:
        notes.append(f"Only {sent} of {wanted} passages fit into what the model can read.")
    if draft.gave_up:
        notes.append("The model says that the passages do not answer this.")
    elif not draft.seen and not completion.cut:
        notes.append("The model wrote nothing.")
    if draft.left_out:
        notes.append(_left_out(draft.left_out, all_of_it=not draft.parts))
    if completion.cut and not draft.gave_up:
        notes.append("The model went on for too long or repeated itself, and was stopped.")
    return notes


def _left_out(left_out: list[LeftOut], *, all_of_it: bool) -> str:
    """How many sentences, and what the passages do not bear out in them."""
    count = len(left_out)
    faults = dict.fromkeys(Fault(one.fault) for one in left_out)
    what = "; ".join(_MEANINGS[fault] for fault in faults)
    if all_of_it:
        which = {1: "The only sentence", 2: "Both sentences"}.get(count, f"All {count} sentences")
    else:
        which = "1 sentence" if count == 1 else f"{count} sentences"
    return f"{which} of the model {'was' if count == 1 else 'were'} left out ({what})."
