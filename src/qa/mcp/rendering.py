"""Results as text, for clients and models that do not read structured content. Control characters are shown as symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import BaseModel

from qa.answers import percent
from qa.mcp import results
from qa.text.escaping import escape_control_characters, escape_line

_MOST_LINKS = 8


def given(result: BaseModel) -> CallToolResult:
    """The result as text, as structured content, and with links to the places that it names."""
    content: list[ContentBlock] = [TextContent(type="text", text=rendered(result)), *_links(result)]
    return CallToolResult(content=content, structured_content=result.model_dump(mode="json"))


def _links(result: BaseModel) -> list[ResourceLink]:
    found: dict[str, ResourceLink] = {}
    match result:
        case results.AskResult():
            places: Sequence[results.Citation | results.Passage] = [
                *(place for part in result.parts for place in part.citations or [part.citation]),
                *(part.citation for part in (result.extractive.parts if result.extractive else ())),
                *result.passages,
            ]
        case results.SearchResult():
            places = result.passages
        case _:
            places = ()
    for one in places:
        found.setdefault(
            one.uri,
            ResourceLink(type="resource_link", uri=one.uri, name=f"{one.path}:{one.line}", mime_type="text/plain"),
        )
    return list(found.values())[:_MOST_LINKS]


def rendered(result: BaseModel) -> str:
    """A few lines that say what `result` says."""
    match result:
        case results.AskResult():
            lines = list(_asked(result))
        case results.SearchResult():
            lines = [*_passages(result.passages), *result.notes]
        case results.ReadResult():
            lines = list(_read(result))
        case results.DocumentList():
            lines = list(_listed(result))
        case results.StatusResult():
            lines = list(_status(result))
        case _:
            lines = [result.model_dump_json()]
    return escape_control_characters("\n".join(lines)) or "Nothing was found."


def _asked(result: results.AskResult) -> Iterator[str]:
    match result.state:
        case "talk" | "indexing":
            yield result.said
        case "refused":
            yield f"The documents do not seem to say ({percent(result.absent_probability or 0.0)} sure). The nearest passages:"
            yield from _passages(result.passages)
            for one in result.alternatives[:1]:
                yield f"Closest, {percent(one.confidence)} sure: {escape_line(one.answer)} ({one.citation.uri})"
        case _ if result.extractive is not None:
            yield from _written(result)
            yield "In the documents' own words:"
            yield from _answer(result.extractive)
        case _:
            yield from _answer(result)
    if result.writing is not None:
        yield from (escape_line(note) for note in result.writing.notes)
    yield from result.notes


def _written(result: results.AskResult) -> Iterator[str]:
    yield "Written by a language model, and checked against the documents:"
    for part in result.parts:
        yield f"- {escape_line(part.text)}"
        yield from (f"  {place.uri}{_page(place)}" for place in part.citations or [part.citation])


def _answer(result: results.AskResult | results.Extractive) -> Iterator[str]:
    perhaps = "Perhaps: " if result.certainty == "tentative" else ""
    yield f"{perhaps}{escape_line(result.answer or '')} ({percent(result.confidence)} sure)"
    for part in result.parts:
        place = part.citation
        yield f"- {escape_line(part.text)}" if len(result.parts) > 1 else f'"{escape_line(place.sentence)}"'
        yield f"  {place.uri}{_page(place)}"


def _passages(passages: list[results.Passage]) -> Iterator[str]:
    for one in passages:
        yield f"- {one.uri}{_page(one)} (score {one.score:.2f})"
        yield f"  {escape_line(one.text)}"


def _page(place: results.Citation | results.Passage) -> str:
    page = f", page {place.page}" if place.page is not None else ""
    return page + (f", {escape_line(place.heading)}" if place.heading else "")


def _read(result: results.ReadResult) -> Iterator[str]:
    yield f"{result.uri}, lines {result.first_line} to {result.last_line} of {result.total_lines}:"
    yield result.text
    if result.next_line is not None:
        yield f"(goes on at line {result.next_line})"


def _listed(result: results.DocumentList) -> Iterator[str]:
    yield f"{result.total} documents"
    yield from (one.path for one in result.documents)
    if result.next_offset is not None:
        yield f"(goes on at offset {result.next_offset})"
    yield from result.notes


def _status(result: results.StatusResult) -> Iterator[str]:
    for one in result.collections:
        asked = "" if one.default else ", asked when it is named"
        yield f"{one.name}: {one.state}, {one.documents} documents{asked}. {one.description}".rstrip()
        if one.state == "indexing":
            yield f"  {one.passages_done} of {one.passages_total} passages are indexed"
        if one.problem:
            yield f"  {one.problem}"
