"""What an ask gives back: an `Answer` with the place it stands, or a refusal with the nearest passages.

`Answer.as_dict()` is the JSON contract of `qa ask --json`: the same fields under the same names, except that the span's
text is `answer` in JSON and `Answer.text` in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from qa.restoring import restored


class Certainty(StrEnum):
    """How an answer is given: as what the documents say, or as what they may say."""

    FIRM = "firm"
    TENTATIVE = "tentative"


class AnswerKind(StrEnum):
    """What an answer is made of: one span, several items, several runs of sentences, sentences that a language model wrote
    (qa.generation); or nothing, for what was typed is no question about the documents."""

    SPAN = "span"
    LIST = "list"
    EXTRACT = "extract"
    TALK = "talk"
    WRITTEN = "written"


class RefusalReason(StrEnum):
    """Why no answer was given: "unsure" where there may well be one, else "filtered" where only a part of the documents was
    asked, else "not_found"."""

    NOT_FOUND = "not_found"
    UNSURE = "unsure"
    FILTERED = "filtered"


def percent(probability: float) -> str:
    """As it is shown everywhere. Never "100 %" or "0 %": nothing here is certain."""
    # In this order, NaN becomes 0.
    within = min(max(0.0, probability), 1.0)
    return f"{min(99, max(1, round(within * 100)))} %"


def path_in(collection: str | None, path: str) -> str:
    """The path of a document within its folder: without the name of the collection, where it belongs to one."""
    return path if collection is None else path.removeprefix(f"{collection}/")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a span stands. `start` and `end` are characters of the document: `document.text[start:end]` is the `quote`.

    The answer is the quote with every run of blanks and line ends as one space. Chats of earlier versions have no quote.
    Where collections are asked, `collection` is the one that the document belongs to, and its name begins the path.
    """

    path: str
    start: int
    end: int
    line: int
    page: int | None
    heading: str | None
    sentence: str
    passage: str
    quote: str = ""
    collection: str | None = None


EVEN_ODDS = 0.5
_MOST_CLOSEST = 3
"""Of refused questions that have an answer (`harbour`, `workshop`, `news`, `travel`) the first candidate is right for 32 %,
one of the first three for 62 %."""
_LEAST_CLOSEST = 0.02
_LEAST_NEAR = 0.005
"""What is below shares no more with the query than with any other."""
_MOST_RIVALS = 2
_RIVAL_SHARE = 0.3
"""Of tentative answers to such questions 59 % are right, and in 14 of 100 more the next candidate is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another answer that was found, less probable than the one given (or than the refusal)."""

    text: str
    confidence: float
    citation: Citation

    def as_dict(self) -> dict[str, Any]:
        return {"answer": self.text, "confidence": self.confidence, "citation": asdict(self.citation)}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an answer, and where it stands.

    A sentence that a language model wrote may rest on several places: `citations` are all of them, `citation` is the first, and
    `support`, 0 to 1, is how well they bear it out. Other pieces are the documents' own words, and have neither.
    """

    text: str
    citation: Citation
    citations: tuple[Citation, ...] = ()
    support: float | None = None

    def as_dict(self) -> dict[str, Any]:
        found = {"text": self.text, "citation": asdict(self.citation)}
        if self.support is None:
            return found
        return {**found, "citations": [asdict(one) for one in self.citations], "support": self.support}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sentence that a language model wrote and that is not part of the answer. `fault` is the reason in a word
    (qa.generation.support.Fault)."""

    text: str
    fault: str


@dataclass(frozen=True, slots=True)
class Writing:
    """How a language model was asked to write an answer: `passages` were sent to `model`.

    `notes` are for the reader, a sentence each: why nothing is written, or what is to be known of it. `first_ms` and `total_ms`
    are milliseconds from the asking to the first word and to the end.
    """

    model: str
    passages: int = 0
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    first_ms: float = 0.0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """A passage as it was ranked. `score`, 0 to 1, is what it was ranked by: higher is nearer."""

    path: str
    start: int
    end: int
    line: int
    score: float
    text: str
    page: int | None = None
    heading: str | None = None
    collection: str | None = None

    @property
    def is_near(self) -> bool:
        """Whether it is worth showing to one who searches: its score is not shown as 0.00."""
        return self.score >= _LEAST_NEAR

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of wall time. `total` also holds what is in none of the stages."""

    encode: float
    retrieve: float
    read: float
    total: float
    rerank: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The best span, a list or an extract, or a refusal (`answered` is False; `text`, `citation` and `certainty` are None).

    `parts` are the pieces in order, each with its own citation: one of a span, the items of a list, the runs of sentences of an
    extract; `text` joins them, and `citation` is that of the first.

    `certainty` says whether the answer is firm or tentative ("Perhaps: ..."). `confidence` is the calibrated probability that
    the answer is right or, on a refusal, that the best candidate is; 0 where there is none. `absent_probability` is the
    calibrated probability that the documents do not say; None where nothing was looked for, and in answered turns of earlier
    versions. `reason` says why there is no answer, and is None where there is one or nothing was looked for. `text` is in one
    line, whatever the document has. `searched` is the number of documents that a refusal is about; 0 where it was not counted.
    `said` is what the program says of its own to what is no question about the documents. `other_values` are those of the
    `alternatives` that another place probably gives for the same thing. `refused_below` is the least confidence that was
    asked for, where it refused what is answered by default.

    Where a language model was asked to write (qa.generation), `writing` tells how that went. What it wrote has the kind
    `written`, its sentences as `parts`, the extractive answer as `extractive`, and the confidence and certainty of that one.
    """

    question: str
    standalone_question: str
    answered: bool
    text: str | None
    confidence: float
    citation: Citation | None
    alternatives: tuple[Candidate, ...]
    passages: tuple[RetrievedPassage, ...]
    timings: Timings
    certainty: Certainty | None = None
    kind: AnswerKind = AnswerKind.SPAN
    parts: tuple[Part, ...] = ()
    searched: int = 0
    said: str = ""
    absent_probability: float | None = None
    reason: RefusalReason | None = None
    other_values: tuple[Candidate, ...] = ()
    writing: Writing | None = None
    extractive: Answer | None = None
    refused_below: float | None = None

    @property
    def in_parts(self) -> bool:
        """Whether it may have several pieces, each shown with a small number for its place."""
        return self.answered and self.kind in (AnswerKind.LIST, AnswerKind.EXTRACT, AnswerKind.WRITTEN)

    @property
    def best(self) -> Candidate | None:
        """What was given (of several pieces all, with the place of the first) or else what came closest to an answer."""
        if self.text is not None and self.citation is not None:
            return Candidate(self.text, self.confidence, self.citation)
        return next(iter(self.alternatives), None)

    @property
    def hedge(self) -> str:
        """What is said before the answer: nothing before a firm one."""
        return "Perhaps: " if self.certainty is Certainty.TENTATIVE else ""

    @property
    def refusal(self) -> str:
        """A refusal in one sentence, which claims no more than what was done."""
        if self.said:
            return self.said
        if self.refused_below is not None:
            return "I found no answer to this that is sure enough."
        if not self.searched:
            return "I found no answer to this."
        chosen = " that you chose" if self.reason is RefusalReason.FILTERED else ""
        if self.searched == 1:
            return f"I found no answer to this in the document{chosen}."
        return f"I found no answer to this in {'the ' if chosen else ''}{self.searched:,} documents{chosen}."

    @property
    def refusal_sure(self) -> str:
        """What belongs to it: why, or how sure it is that there is no answer; "" where nothing was looked for."""
        if self.kind is AnswerKind.TALK or self.absent_probability is None:
            return ""
        if self.refused_below is not None:
            return f"Answers that are less than {self.refused_below * 100:.0f} % sure are refused (--strict, --min-confidence)."
        if self.absent_probability < EVEN_ODDS:
            return "There may be one, but I am not sure enough of it."
        return f"{percent(self.absent_probability)} sure that there is none."

    @property
    def rivals(self) -> tuple[Candidate, ...]:
        """Beside a tentative answer: candidates that are not much less probable, shown with it, one of each other sentence."""
        if self.certainty is not Certainty.TENTATIVE or self.in_parts or self.citation is None:
            return ()
        shown = {self.citation.sentence, *(one.citation.sentence for one in self.other_values)}
        others = [one for one in self.alternatives if one.citation.sentence not in shown]
        return _one_of_each_sentence(others, _RIVAL_SHARE * self.confidence)[:_MOST_RIVALS]

    @property
    def closest(self) -> tuple[Candidate, ...]:
        """What came closest to an answer that is refused: the best candidates, one of each sentence."""
        if self.answered:
            return ()
        return _one_of_each_sentence(self.alternatives, _LEAST_CLOSEST)[:_MOST_CLOSEST]

    @property
    def nearest(self) -> tuple[RetrievedPassage, ...]:
        """Beside `closest`, the best passages that hold none of their sentences; _MOST_CLOSEST of both together."""
        sentences = [one.citation.sentence for one in self.closest]
        others = [one for one in self.passages if not any(sentence in one.text for sentence in sentences)]
        return tuple(others[: _MOST_CLOSEST - len(sentences)])

    def as_dict(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "answered": self.answered,
            "answer": self.text,
            "kind": self.kind,
            "parts": [part.as_dict() for part in self.parts],
            "certainty": self.certainty,
            "confidence": self.confidence,
            "absent_probability": self.absent_probability,
            "reason": self.reason,
            "searched": self.searched,
            "said": self.said,
            "citation": asdict(self.citation) if self.citation else None,
            "alternatives": [candidate.as_dict() for candidate in self.alternatives],
            "other_values": [candidate.as_dict() for candidate in self.other_values],
            "rivals": [candidate.as_dict() for candidate in self.rivals],
            "closest": [candidate.as_dict() for candidate in self.closest],
            "passages": [passage.as_dict() for passage in self.passages],
            "timings_ms": asdict(self.timings),
            **({} if self.writing is None else {"writing": asdict(self.writing)}),
            **({} if self.extractive is None else {"extractive": self.extractive.extract_as_dict()}),
        }

    def extract_as_dict(self) -> dict[str, Any]:
        """What it answers, without what it has in common with the answer that was written beside it."""
        whole = self.as_dict()
        return {name: whole[name] for name in ("answer", "kind", "parts", "certainty", "confidence", "citation")}

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> Self:
        """The answer that was kept as `dataclasses.asdict` gives it, by this version or another one.

        Fields that a later version added are passed over. Earlier ones knew no certainty, and gave firm answers alone,
        each of one span; their confidence of a refusal was the probability that there is no answer.
        Raises KeyError, TypeError, AttributeError or ValueError for what is no answer.
        """
        answered, citation = values["answered"], values["citation"]
        missing: dict[str, Any] = {}
        if "certainty" not in values and answered:
            missing["certainty"] = Certainty.FIRM
        if "parts" not in values and citation is not None:
            missing["parts"] = [{"text": values["text"], "citation": citation}]
        if "absent_probability" not in values and not answered:
            was_looked_for = values.get("kind") != AnswerKind.TALK or values.get("searched")
            missing["absent_probability"] = values["confidence"] if was_looked_for else None
            missing["confidence"] = values["alternatives"][0]["confidence"] if values["alternatives"] else 0.0
        return restored(cls, {**values, **missing})


def _one_of_each_sentence(candidates: Iterable[Candidate], least: float) -> tuple[Candidate, ...]:
    """The first of each whose confidence is at least `least`."""
    by_sentence: dict[str, Candidate] = {}
    for one in candidates:
        if one.confidence >= least:
            by_sentence.setdefault(one.citation.sentence, one)
    return tuple(by_sentence.values())
