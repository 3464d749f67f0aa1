"""What the tools give back, as models that their output schemas are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

from qa.answers import Answer, Candidate, RetrievedPassage
from qa.answers import Citation as AnswerCitation
from qa.documents.lines import line_ends
from qa.errors import QaError
from qa.mcp.addresses import address_of
from qa.mcp.introduction import VERSION

if TYPE_CHECKING:
    from qa.collections import Collection
    from qa.hosting.document_service import DocumentService

_MOST_PASSAGES = 3
_MOST_ALTERNATIVES = 3
_LEAST_PROBABLE = 0.03
"""Of an alternative: what is less probable is noise, which a model reads all the same."""

State = Literal["answered", "refused", "talk", "indexing"]
CollectionState = Literal["ready", "indexing", "unavailable"]


def _is_none(value: object) -> bool:
    return value is None


class Citation(BaseModel):
    """Where it stands, word for word."""

    uri: str = Field(description="Address of these lines; give it to `read` or read it as a resource.")
    collection: str
    path: str = Field(description="Path of the document; it begins with the collection's name.")
    line: int = Field(description="Counted from 1.")
    page: int | None = None
    heading: str | None = None
    quote: str = Field(description="The very words of the document.")
    sentence: str = Field(description="The sentence that they stand in.")


class Part(BaseModel):
    """A piece of an answer: an item of a list, or a run of sentences."""

    text: str
    citation: Citation
    citations: list[Citation] | None = Field(
        default=None,
        exclude_if=_is_none,
        description="Only of a sentence that a language model wrote: all places that bear it out.",
    )
    support: float | None = Field(
        default=None, exclude_if=_is_none, description="Only beside these: how well they bear it out, 0 to 1."
    )


class LeftOut(BaseModel):
    """A sentence that a language model wrote, and that the documents do not bear out."""

    text: str
    fault: str = Field(description="Why it is left out, in a word.")


class Writing(BaseModel):
    """How a language model was asked to write the answer."""

    model: str = Field(description="Its name; empty where none could be asked.")
    passages: int = Field(description="How many were sent to it.")
    left_out: list[LeftOut]
    notes: list[str] = Field(description="Why nothing is written, or what is to be known of it.")
    first_ms: float = Field(description="Milliseconds from the asking to its first word,")
    total_ms: float = Field(description="and to its end.")


class Extractive(BaseModel):
    """The answer in the documents' own words."""

    answer: str | None
    kind: str
    parts: list[Part]
    certainty: Literal["firm", "tentative"] | None
    confidence: float
    citation: Citation | None


class Alternative(BaseModel):
    """Another candidate, which is less probable."""

    answer: str
    confidence: float
    citation: Citation


class Passage(BaseModel):
    """A passage of a document."""

    uri: str
    collection: str
    path: str
    line: int
    page: int | None = None
    heading: str | None = None
    score: float = Field(description="0 to 1, higher is nearer; not a probability.")
    text: str


class AskResult(BaseModel):
    """An answer that the documents give, or that they give none."""

    state: State = Field(
        description="answered; refused: the documents do not seem to say; talk: no question about the documents; "
        "indexing: ask again in a moment"
    )
    answer: str | None = None
    certainty: Literal["firm", "tentative"] | None = Field(default=None, description="How an answer is to be taken.")
    confidence: float = Field(
        description="The probability that the answer is right; refused: that the best candidate is."
    )
    absent_probability: float | None = Field(default=None, description="The probability that the documents do not say.")
    kind: str = Field(
        default="span", description="span, list, extract (sentences about a topic) or written (with `write`)"
    )
    parts: list[Part] = Field(default_factory=list, description="The pieces of the answer, each with its place.")
    alternatives: list[Alternative] = Field(default_factory=list)
    passages: list[Passage] = Field(default_factory=list, description="On a refusal, the nearest passages.")
    understood_as: str = Field(description="The question as it was understood.")
    said: str = Field(default="", description="What qa itself has to say.")
    writing: Writing | None = Field(
        default=None,
        exclude_if=_is_none,
        description="With `write`: how it went; its notes say why nothing is written.",
    )
    extractive: Extractive | None = Field(
        default=None, exclude_if=_is_none, description="Of a written answer: the one in the documents' own words."
    )
    notes: list[str] = Field(default_factory=list, description="Collections that did not take part, and why.")


class SearchResult(BaseModel):
    """Passages, best first."""

    passages: list[Passage]
    notes: list[str] = Field(default_factory=list, description="Collections that did not take part, and why.")


class ReadResult(BaseModel):
    """Lines of a document as it was indexed."""

    uri: str = Field(description="Address of the document.")
    text: str
    first_line: int
    last_line: int
    total_lines: int
    next_line: int | None = Field(default=None, description="Where the next page begins; null at the end.")
    next_character: int = Field(default=0, description="Where in that line, if it is a very long one.")


class Document(BaseModel):
    """A document that is indexed."""

    uri: str
    collection: str
    path: str
    bytes: int
    modified: str = Field(description="Time of its last change, ISO 8601.")


class DocumentList(BaseModel):
    """Documents by path."""

    documents: list[Document]
    total: int = Field(description="How many there are in all.")
    next_offset: int | None = Field(default=None, description="Give it as `offset` for the next ones; null at the end.")
    notes: list[str] = Field(default_factory=list, description="Collections that did not take part, and why.")


class CollectionStatus(BaseModel):
    """A collection and its index."""

    name: str
    description: str
    folder: str
    default: bool = Field(description="Whether it is asked when no collection is named.")
    state: CollectionState
    documents: int = 0
    passages: int = 0
    passages_done: int = Field(default=0, description="While it is being indexed: how many passages are done,")
    passages_total: int = Field(default=0, description="and of how many, as far as is known.")
    problem: str = Field(default="", description="Why it cannot be asked, or what is not as it should be.")


class StatusResult(BaseModel):
    """What can be asked now."""

    version: str
    collections: list[CollectionStatus]


def ask_result(answer: Answer, notes: Sequence[str]) -> AskResult:
    """An answer for a client."""
    state: State = "talk" if answer.said else "answered" if answer.answered else "refused"
    return AskResult(
        state=state,
        answer=answer.text,
        certainty=None if answer.certainty is None else answer.certainty.value,
        confidence=round(answer.confidence, 4),
        absent_probability=None if answer.absent_probability is None else round(answer.absent_probability, 4),
        kind=answer.kind.value,
        parts=_parts(answer),
        alternatives=[
            _alternative(one) for one in answer.alternatives[:_MOST_ALTERNATIVES] if one.confidence >= _LEAST_PROBABLE
        ],
        passages=[] if answer.answered else [passage(one) for one in answer.passages[:_MOST_PASSAGES]],
        understood_as=answer.standalone_question,
        said=answer.said,
        writing=None if answer.writing is None else Writing.model_validate(asdict(answer.writing)),
        extractive=None if answer.extractive is None else _extractive(answer.extractive),
        notes=list(notes),
    )


def _extractive(answer: Answer) -> Extractive:
    return Extractive(
        answer=answer.text,
        kind=answer.kind.value,
        parts=_parts(answer),
        certainty=None if answer.certainty is None else answer.certainty.value,
        confidence=round(answer.confidence, 4),
        citation=None if answer.citation is None else citation(answer.citation),
    )


def _parts(answer: Answer) -> list[Part]:
    return [
        Part(
            text=part.text,
            citation=citation(part.citation),
            citations=None if part.support is None else [citation(one) for one in part.citations],
            support=part.support,
        )
        for part in answer.parts
    ]


def citation(of: AnswerCitation) -> Citation:
    """The place of a span."""
    return Citation(
        uri=_address(of, of.quote),
        collection=of.collection or "",
        path=of.path,
        line=of.line,
        page=of.page,
        heading=of.heading,
        quote=of.quote,
        sentence=of.sentence,
    )


def passage(of: RetrievedPassage) -> Passage:
    """A passage that was found."""
    return Passage(
        uri=_address(of, of.text.rstrip()),
        collection=of.collection or "",
        path=of.path,
        line=of.line,
        page=of.page,
        heading=of.heading,
        score=round(of.score, 4),
        text=of.text,
    )


def _address(of: AnswerCitation | RetrievedPassage, text: str) -> str:
    """With the lines that `text`, which begins there, goes over."""
    return address_of(of.path, (of.line, of.line + line_ends(text, 0, len(text))))


def _alternative(one: Candidate) -> Alternative:
    return Alternative(answer=one.text, confidence=round(one.confidence, 4), citation=citation(one.citation))


def status_result(service: DocumentService) -> StatusResult:
    """Of every collection, for a client; looks at the documents of those that can be asked."""
    building = service.building([one.name for one in service.collections])
    try:
        statuses = service.statuses()
    except QaError:
        # None can be asked now: below it says why.
        statuses = {}
    left_out = service.left_out()
    found = []
    for one in service.collections:
        about = CollectionStatus(
            name=one.name,
            description=one.description,
            folder=str(one.folder),
            default=one.name in service.default,
            state="unavailable",
        )
        if (progress := building.get(one.name)) is not None:
            about.state = "indexing"
            about.passages_done, about.passages_total = progress.done, progress.total
        elif (status := statuses.get(one.name)) is not None:
            about.state = "ready"
            about.documents, about.passages = status.documents, status.passages
            about.problem = _problem(one, len(status.stale))
        else:
            about.problem = str(left_out.get(one.name, ""))
        found.append(about)
    return StatusResult(version=VERSION, collections=found)


def _problem(collection: Collection, changed: int) -> str:
    """What is not as it should be with a collection that can be asked."""
    if not collection.folder.exists():
        return f"There is no folder at {collection.folder}: answers are from the index alone."
    if not changed:
        return ""
    return f"{'1 file has' if changed == 1 else f'{changed:,} files have'} changed, and will be taken in soon."
