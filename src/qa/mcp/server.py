"""The tools and resources of the server: what a client calls, told in few words to the model that chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import anyio
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from qa.answers import Answer
from qa.errors import DocumentUnreadable, QaError, UsageError
from qa.filters import Filter
from qa.hosting.document_service import DocumentService, Said
from qa.hosting.pages import page
from qa.hosting.server_writing import MOST_WRITERS, ServerWriting
from qa.hosting.tickets import Ticket
from qa.mcp import results
from qa.mcp.addresses import DocumentAddress, address_of, lines_in, place_at
from qa.mcp.introduction import INSTRUCTIONS, NAME, TITLE, VERSION
from qa.mcp.rendering import given

Result = TypeVar("Result")

PATIENCE = 15.0
"""Seconds that an ask waits for a first index before it says how far that is."""
_LOOK = 0.2
"""Seconds between two looks at how far it is."""
_MOST_AT_ONCE = 64
"""Calls that may wait for their turn in a thread."""
_SIGN_OF_LIFE = 5.0
"""Seconds between two reports that the language model is writing: some clients give up when they hear nothing."""
_MOST_DOCUMENTS = 200
_AROUND = 20
"""Lines before and after the place that is read around."""
_RESOURCE_LINES = 100_000

_READS_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

CollectionNames = Annotated[
    list[str] | None, Field(description="Names of collections (see `status`); the default ones if left out.")
]
Paths = Annotated[
    list[str] | None,
    Field(description="Only documents that match, as in .gitignore: 'reports/**', '*.md', '!drafts/'."),
]
Writes = Annotated[
    bool,
    Field(
        description="Have the user's own language model word the answer, each sentence checked against the documents. Slow."
    ),
]
Endings = Annotated[list[str] | None, Field(description="Only documents with one of these endings: pdf, md.")]


def server_of(service: DocumentService, *, patience: float = PATIENCE, private: bool = False) -> MCPServer[Any]:
    """The server over `service`; an ask waits `patience` seconds for a first index before it says how far that is.

    With `private`, those who ask are told nothing of the language model's address.
    """
    server: MCPServer[Any] = MCPServer(
        NAME,
        title=TITLE,
        instructions=INSTRUCTIONS,
        version=VERSION,
        log_level="WARNING",
        subscriptions=False,
    )
    tools = _Tools(service, patience, private=private)
    for name, title, tool in (
        ("ask", "Ask the documents", tools.ask),
        ("search", "Find passages", tools.search),
        ("read", "Read a document", tools.read),
        ("list_documents", "List documents", tools.list_documents),
        ("status", "Collections and indexing", tools.status),
    ):
        server.add_tool(tool, name=name, title=title, annotations=_READS_ONLY)
    for template, name, title, resource in (
        ("qa://{collection}/{+path}", "document", "The text of a document", tools.document),
        ("qa://{collection}/{+path}#{lines}", "lines", "Lines of a document: #L10-L12", tools.lines),
    ):
        server.resource(template, name=name, title=title, mime_type="text/plain")(resource)
    return server


class _Tools:
    """Docstrings and the descriptions of parameters are what the model reads."""

    def __init__(self, service: DocumentService, patience: float, *, private: bool) -> None:
        self._service = service
        self._patience = patience
        self._private = private
        self._threads = anyio.CapacityLimiter(_MOST_AT_ONCE)
        # Of their own: who waits for a language model takes no place from those who do not.
        self._writers = anyio.CapacityLimiter(MOST_WRITERS)

    async def ask(
        self,
        context: Context[Any, Any],
        question: Annotated[str, Field(description="One question in English, in full words.")],
        collections: CollectionNames = None,
        path: Paths = None,
        ext: Endings = None,
        min_confidence: Annotated[
            float | None,
            Field(ge=0, le=1, description="Refuse answers less probable than this."),
        ] = None,
        conversation: Annotated[
            str | None,
            Field(
                max_length=200, description="Any name; the questions of one name are a conversation, with follow-ups."
            ),
        ] = None,
        write: Writes = False,
    ) -> Annotated[CallToolResult, results.AskResult]:
        """Answer a question from the user's documents: the exact words, where they stand, and how probably they are right.

        For facts, lists ("who is on the committee?"), topics ("tell me about ...") and whole files ("summarise minutes.md").
        Refuses when the documents do not seem to say; then try other words, or `search`.
        """
        names = await self._there(context, collections)
        if isinstance(names, results.AskResult):
            names.understood_as = question
            return given(names)
        ticket = Ticket()
        only = _filter(path, ext)

        def find() -> Said:
            if conversation is None:
                answer = self._service.ask(ticket, question, names, only=only, min_confidence=min_confidence)
                return Said(answer, is_turn=True)
            return self._service.converse(
                ticket, conversation, question, names, only=only, min_confidence=min_confidence
            )

        said = await self._in_thread(ticket, find)
        # What is asked about the last answer ("are you sure?") is not put to the model.
        answer = await self._written(context, said.answer) if write and said.is_turn else said.answer
        notes = await self._in_thread(Ticket(), lambda: self._service.notes(names))
        return given(results.ask_result(answer, notes))

    async def search(
        self,
        context: Context[Any, Any],
        query: Annotated[str, Field(description="A few words or a question.")],
        collections: CollectionNames = None,
        path: Paths = None,
        ext: Endings = None,
        limit: Annotated[int, Field(ge=1, le=50)] = 5,
    ) -> Annotated[CallToolResult, results.SearchResult]:
        """Find the passages nearest to a query, best first, with scores. For topics, and when `ask` refuses."""
        names = await self._there(context, collections)
        if isinstance(names, results.AskResult):
            return given(results.SearchResult(passages=[], notes=[names.said]))
        ticket = Ticket()
        only = _filter(path, ext)
        found = await self._in_thread(ticket, lambda: self._service.search(ticket, query, names, limit, only=only))
        notes = await self._in_thread(ticket, lambda: self._service.notes(names))
        return given(results.SearchResult(passages=[results.passage(one) for one in found], notes=notes))

    async def read(
        self,
        document: Annotated[
            str, Field(description="A citation's `uri` (what is around it is read, too) or `path`: notes/may.md.")
        ],
        first_line: Annotated[int | None, Field(ge=1, description="Where to begin.")] = None,
        line_count: Annotated[int, Field(ge=1, le=1000)] = 100,
        first_character: Annotated[int, Field(ge=0, description="`next_character` of the page before.")] = 0,
    ) -> Annotated[CallToolResult, results.ReadResult]:
        """Read a document's text by lines, a page at a time: what stands around a citation, or all of it."""
        place = _place_at(document)
        text = await self._text(place.path)
        if first_line is None and place.lines is not None:
            first_line = max(1, place.lines[0] - _AROUND)
            line_count = min(line_count, place.lines[1] + _AROUND - first_line + 1)
        try:
            found = page(text, first_line or 1, line_count, first_character)
        except UsageError as error:
            raise ToolError(str(error)) from error
        following = found.next or (None, 0)
        return given(
            results.ReadResult(
                uri=address_of(place.path),
                text=found.text,
                first_line=found.first,
                last_line=found.last,
                total_lines=found.total,
                next_line=following[0],
                next_character=following[1],
            )
        )

    async def list_documents(
        self,
        collections: Annotated[list[str] | None, Field(description="Names of collections; all if left out.")] = None,
        path: Paths = None,
        ext: Endings = None,
        offset: Annotated[int, Field(ge=0)] = 0,
        limit: Annotated[int, Field(ge=1, le=_MOST_DOCUMENTS)] = 100,
    ) -> Annotated[CallToolResult, results.DocumentList]:
        """List the documents that are indexed, by collection and pattern, a page at a time."""
        every = [one.name for one in self._service.collections]
        names = self._chosen(collections or every)
        only = _filter(path, ext)
        found = await self._in_thread(Ticket(), lambda: self._service.documents(names, only))
        notes = await self._in_thread(Ticket(), lambda: self._service.notes(names))
        documents = [
            results.Document(
                uri=address_of(one.path),
                collection=one.collection,
                path=one.path,
                bytes=one.bytes,
                modified=datetime.fromtimestamp(one.mtime_ns / 1e9, UTC).isoformat(timespec="seconds"),
            )
            for one in found[offset : offset + limit]
        ]
        following = offset + limit if offset + limit < len(found) else None
        return given(results.DocumentList(documents=documents, total=len(found), next_offset=following, notes=notes))

    async def status(self) -> Annotated[CallToolResult, results.StatusResult]:
        """Which collections there are, what they hold, how far indexing is, and what is wrong with any."""
        return given(await self._in_thread(Ticket(), lambda: results.status_result(self._service)))

    async def document(self, collection: str, path: str) -> str:
        """The text of a document as it was indexed."""
        text = await self._resource_text(f"{collection}/{path}")
        found = page(text, 1, _RESOURCE_LINES)
        if found.next is None:
            return found.text
        return f"{found.text}\n… (cut; the rest by the tool `read`, from line {found.next[0]})"

    async def lines(self, collection: str, path: str, lines: str) -> str:
        """Lines of a document as it was indexed."""
        try:
            first, last = lines_in(lines)
            return page(await self._resource_text(f"{collection}/{path}"), first, last - first + 1).text
        except QaError as error:
            raise ResourceError(str(error)) from error

    async def _resource_text(self, path: str) -> str:
        try:
            return await self._text(path)
        except ToolError as error:
            raise ResourceNotFoundError(str(error)) from error

    async def _there(
        self, context: Context[Any, Any], collections: Sequence[str] | None
    ) -> tuple[str, ...] | results.AskResult:
        """The collections that are meant, once one of them has an index; how far they are, where that takes long."""
        names = self._chosen(collections)
        self._service.start()
        with anyio.move_on_after(self._patience):
            while len(building := self._service.building(names)) == len(names):
                done, total = sum(one.done for one in building.values()), sum(one.total for one in building.values())
                said = "; ".join(f"{name}: {one}" for name, one in building.items())
                await context.report_progress(done, total or None, said)
                await anyio.sleep(_LOOK)
        building = self._service.building(names)
        if len(building) < len(names) or not names:
            return names
        said = " ".join(f"{name}: {one}" for name, one in building.items())
        return results.AskResult(
            state="indexing", confidence=0.0, understood_as="", said=f"{said} Ask again in a moment."
        )

    def _chosen(self, collections: Sequence[str] | None) -> tuple[str, ...]:
        try:
            return self._service.chosen(collections)
        except QaError as error:
            raise ToolError(str(error)) from error

    async def _text(self, path: str) -> str:
        try:
            return await self._in_thread(Ticket(), lambda: self._service.document_text(path))
        except KeyError as error:
            missing = DocumentUnreadable(path, "it is not among the documents")
            raise ToolError(f"{missing} `list_documents` names them.") from error

    async def _written(self, context: Context[Any, Any], answer: Answer) -> Answer:
        """`answer` as the language model of the settings writes it; that it does is reported meanwhile."""
        writing = await self._in_thread(Ticket(), lambda: ServerWriting.of_settings(private=self._private))
        if writing.server is not None and self._writers.available_tokens < 1:
            writing = writing.with_no_place()
        ticket = Ticket()
        if writing.server is None:
            return writing.written(answer, self._service, ticket)
        outcome: Answer | ToolError
        async with anyio.create_task_group() as meanwhile:
            meanwhile.start_soon(_report_writing, context)
            try:
                outcome = await self._in_thread(
                    ticket, lambda: writing.written(answer, self._service, ticket), self._writers
                )
            except ToolError as error:
                outcome = error
            meanwhile.cancel_scope.cancel()
        if isinstance(outcome, ToolError):
            raise outcome
        return outcome

    async def _in_thread(
        self, ticket: Ticket, work: Callable[[], Result], limiter: anyio.CapacityLimiter | None = None
    ) -> Result:
        """What `work` gives. When nobody waits for it any more, it ends at its next stage."""
        try:
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=limiter or self._threads)
        except QaError as error:
            raise ToolError(str(error)) from error
        finally:
            ticket.cancelled = True


async def _report_writing(context: Context[Any, Any]) -> None:
    began = anyio.current_time()
    while True:
        await context.report_progress(anyio.current_time() - began, None, "The language model is writing.")
        await anyio.sleep(_SIGN_OF_LIFE)


def _place_at(text: str) -> DocumentAddress:
    try:
        return place_at(text)
    except UsageError as error:
        raise ToolError(str(error)) from error


def _filter(paths: Sequence[str] | None, endings: Sequence[str] | None) -> Filter | None:
    if not paths and not endings:
        return None
    try:
        return Filter(tuple(paths or ()), tuple(endings or ()))
    except UsageError as error:
        raise ToolError(str(error)) from error
