"""What requests hold and what responses give, as models: requests are checked by them, and OpenAPI is made of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.filters import Filter

LONGEST_NAME = 64
_MOST_PATTERNS = 100

_Pattern = Annotated[str, Field(min_length=1, max_length=1_000)]
_Patterns = Annotated[list[_Pattern], Field(max_length=_MOST_PATTERNS)]
_Moment = datetime | date
CollectionState = Literal["ready", "indexing", "unavailable"]


class _Body(BaseModel):
    """Unknown members are an error: a misspelt filter must not be passed over."""

    model_config = ConfigDict(extra="forbid")


class Chosen(_Body):
    """Which documents are asked."""

    path: _Patterns = Field(
        default_factory=list,
        description="Only documents that match, as in .gitignore: 'reports/**', '*.md', '!drafts/'.",
    )
    ext: _Patterns = Field(default_factory=list, description="Only documents with one of these endings: pdf, md.")
    after: _Moment | None = Field(default=None, description="Only documents changed then or later (ISO 8601).")
    before: _Moment | None = Field(default=None, description="Only documents changed earlier (ISO 8601).")

    def filter(self) -> Filter | None:
        """None where nothing is left out. Raises UsageError."""
        if not (self.path or self.ext or self.after or self.before):
            return None
        return Filter(tuple(self.path), tuple(self.ext), self.after, self.before)


_Collections = Annotated[list[Annotated[str, Field(max_length=LONGEST_NAME)]], Field(max_length=1_000)]


class Question(Chosen):
    """A question, and how it is to be answered."""

    question: str = Field(description="At most 2,000 characters.")
    min_confidence: float | None = Field(
        default=None, ge=0, le=1, description="Refuse answers less probable than this."
    )
    strict: bool = Field(default=False, description='Refuse tentative answers ("Perhaps: ...").')
    write: bool = Field(
        default=False,
        description="Have the answer worded by the language model that the server's settings name, each sentence checked"
        " against the documents; where there is none, `writing` says so.",
    )


class AskRequest(Question):
    """`POST /v1/ask`."""

    collections: _Collections | None = Field(default=None, description="Names; the default ones if left out.")


class TurnRequest(Question):
    """`POST /v1/conversations/{id}/turns`."""

    standalone: str | None = Field(
        default=None, description="Ask this as it is, in place of what `question` is understood as."
    )


class SearchRequest(Chosen):
    """`POST /v1/search`."""

    query: str = Field(description="A few words or a question, at most 2,000 characters.")
    limit: int = Field(default=5, ge=1, le=100)
    collections: _Collections | None = Field(default=None, description="Names; the default ones if left out.")


class ConversationRequest(_Body):
    """`POST /v1/conversations`."""

    collections: _Collections | None = Field(default=None, description="Names; the default ones if left out.")
    title: str = Field(default="", max_length=200, description="Else the first question.")


class DocumentsQuery(Chosen):
    """`GET /v1/documents`."""

    collection: _Collections = Field(default_factory=list, description="May be given several times; all if left out.")
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=1_000)


class PageQuery(_Body):
    """Which ones of a list."""

    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=1_000)


class DocumentQuery(_Body):
    """`GET /v1/documents/{path}`: one of the two ranges, or neither."""

    lines: str | None = Field(
        default=None, pattern=r"^\d{1,9}(-\d{1,9})?$", description="10-20, counted from 1, both within."
    )
    characters: str | None = Field(
        default=None, pattern=r"^\d{1,9}-\d{1,9}$", description="100-200, counted from 0, the last one not within."
    )


class Citation(BaseModel):
    """Where a piece of an answer stands."""

    model_config = ConfigDict(extra="forbid")

    path: str
    start: int = Field(description="Character of the document, counted from 0.")
    end: int
    line: int = Field(description="Counted from 1.")
    page: int | None
    heading: str | None
    sentence: str
    passage: str
    quote: str = Field(description="The document's own characters from `start` to `end`.")
    collection: str | None


class Candidate(BaseModel):
    """Another answer, which is less probable."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    confidence: float
    citation: Citation


class Part(BaseModel):
    """A piece of an answer."""

    model_config = ConfigDict(extra="forbid")

    text: str
    citation: Citation
    citations: list[Citation] | None = Field(
        default=None, description="Only of a sentence that a language model wrote: all places that bear it out."
    )
    support: float | None = Field(default=None, ge=0, le=1, description="Only beside these: how well they bear it out.")


class LeftOut(BaseModel):
    """A sentence that a language model wrote, and that the documents do not bear out."""

    model_config = ConfigDict(extra="forbid")

    text: str
    fault: str = Field(description="Why it is left out, in a word.")


class Writing(BaseModel):
    """How a language model was asked to write the answer."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(description="Its name; empty where none could be asked.")
    passages: int = Field(description="How many were sent to it.")
    left_out: list[LeftOut]
    notes: list[str] = Field(description="For the reader: why nothing is written, or what is to be known of it.")
    first_ms: float = Field(description="Milliseconds from the asking to its first word,")
    total_ms: float = Field(description="and to its end.")


class Extractive(BaseModel):
    """An answer in the documents' own words."""

    model_config = ConfigDict(extra="forbid")

    answer: str | None
    kind: Literal["span", "list", "extract"]
    parts: list[Part]
    certainty: Literal["firm", "tentative"] | None
    confidence: float
    citation: Citation | None


class RankedPassage(BaseModel):
    """A passage as it was ranked."""

    model_config = ConfigDict(extra="forbid")

    collection: str | None
    path: str
    start: int
    end: int
    line: int
    score: float = Field(description="0 to 1, higher is nearer; not a probability.")
    text: str
    page: int | None
    heading: str | None


class Timings(BaseModel):
    """Milliseconds."""

    model_config = ConfigDict(extra="forbid")

    encode: float
    retrieve: float
    rerank: float
    read: float
    total: float


class Answer(BaseModel):
    """As `qa ask --json` gives it, and `notes`."""

    model_config = ConfigDict(extra="forbid")

    question: str
    standalone_question: str
    answered: bool
    answer: str | None
    kind: Literal["span", "list", "extract", "written", "talk"]
    parts: list[Part]
    certainty: Literal["firm", "tentative"] | None
    confidence: float
    absent_probability: float | None
    reason: Literal["not_found", "unsure", "filtered"] | None
    searched: int
    said: str
    citation: Citation | None
    alternatives: list[Candidate]
    other_values: list[Candidate] = Field(
        description="Those of them that another document probably gives for the same thing."
    )
    rivals: list[Candidate] = Field(description='Those of them to show beside a tentative answer ("Or: ...").')
    closest: list[Candidate] = Field(description='Those of them to show with a refusal ("What comes closest").')
    passages: list[RankedPassage]
    timings_ms: Timings
    writing: Writing | None = Field(default=None, description="Only where the answer was to be written.")
    extractive: Extractive | None = Field(
        default=None, description="Only of a written answer: the one in the documents' own words."
    )
    stale: list[str] = Field(description="Paths that have changed since they were indexed.")
    notes: list[str] = Field(description="Collections that did not take part, and why.")


class SearchResult(BaseModel):
    """Passages, best first."""

    query: str
    passages: list[RankedPassage]
    notes: list[str]


class ConversationSummary(BaseModel):
    """A conversation, without its turns."""

    id: str
    title: str
    collections: list[str]
    created: datetime
    changed: datetime
    turns: int = Field(description="How many it has.")


class Exchange(BaseModel):
    """A question of a conversation and its answer."""

    asked: datetime
    question: str
    answer: Answer


class ConversationPage(BaseModel):
    """Conversations, the one that was changed last first."""

    conversations: list[ConversationSummary]
    total: int
    next_offset: int | None


class ConversationDetail(ConversationSummary):
    """A conversation with all that was said."""

    exchanges: list[Exchange]


class CollectionStatus(BaseModel):
    """A collection and its index."""

    name: str
    description: str
    default: bool = Field(description="Whether it is asked when no collection is named.")
    state: CollectionState
    documents: int = 0
    passages: int = 0
    generation: int = Field(default=0, description="Grows with every change of the index.")
    stale: int = Field(default=0, description="Files that have changed since they were indexed.")
    passages_done: int = Field(default=0, description="While it is being indexed for the first time,")
    passages_total: int = Field(default=0, description="and of how many, as far as is known.")
    problem: str = Field(default="", description="Why it cannot be asked, or what is not as it should be.")


class CollectionList(BaseModel):
    """The collections that the caller may ask."""

    collections: list[CollectionStatus]


class Status(CollectionList):
    """What can be asked now."""

    version: str
    ready: bool = Field(description="Whether the models are loaded and a collection can be asked.")
    running: int = Field(description="Asks and searches that are being worked on.")
    waiting: int = Field(description="Those that wait for their turn.")
    writing: int = Field(description="Asks whose answer a language model is to write.")


class ListedDocument(BaseModel):
    """A document that is indexed."""

    collection: str
    path: str = Field(description="Begins with the collection's name.")
    bytes: int
    modified: datetime


class DocumentPage(BaseModel):
    """Documents by path."""

    documents: list[ListedDocument]
    total: int
    next_offset: int | None = Field(description="Give it as `offset` for the next ones; null at the end.")
    notes: list[str]


class DocumentText(BaseModel):
    """Text of a document as it was indexed: at most 20,000 characters at a time when lines are asked for."""

    collection: str
    path: str
    text: str
    start: int = Field(description="Character of the document that `text` begins at, counted from 0.")
    end: int
    first_line: int
    last_line: int
    total_lines: int
    total_characters: int
    next: str | None = Field(description="The address of what follows; null at the end.")


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str = ""
    errors: list[dict[str, Any]] = Field(default_factory=list, description="Which parts of a request are wrong.")


class Health(BaseModel):
    """That the server is alive, or ready; `conversations` is "away" where their database does not answer."""

    status: str
    conversations: Literal["ready", "away"] | None = None
