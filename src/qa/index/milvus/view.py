"""One state of an index in Milvus, and what is read of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.index.milvus import milvus_schema
from qa.index.milvus.engine import Engine, EngineRow, one_of
from qa.index.milvus.milvus_schema import IndexBuild, RowKind
from qa.index.milvus.state import IndexState, build_in_place, generation_in_place, load
from qa.index.records import Known

AT_A_TIME = 1_000
"""Rows that are read in one request."""
_DOCUMENT = ("id", "owner", "path", "size", "mtime_ns", "sha256", "passages", "text")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """`number` names a document whose content is the same; `row` the row that says this of it."""

    row: int
    number: int
    path: str
    known: Known
    passages: int
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """One state of one build, and what was read of it, which never changes."""

    engine: Engine
    build: IndexBuild
    state: IndexState

    @cached_property
    def documents(self) -> dict[str, StoredDocument]:
        """All, by path."""
        found = []
        for first in range(1, self.state.next_row, AT_A_TIME):
            window = (
                f"id >= {first} and id < {first + AT_A_TIME} and kind == {RowKind.DOCUMENT:d} and {self.state.has_rows}"
            )
            found += self.engine.query(self.build.documents, window, _DOCUMENT)
        documents = (_document(one) for one in found)
        return {one.path: one for one in sorted(documents, key=lambda one: one.path)}

    @cached_property
    def vocabulary(self) -> Counter[str]:
        """How many passages hold each word."""
        counted: Counter[str] = Counter()
        wanted = f"kind == {RowKind.VOCABULARY:d} and {self.state.has_rows}"
        for one in self.engine.query(self.build.documents, wanted, ["text"]):
            for word, count in json.loads(one["text"]).items():
                counted[word] += count
        return counted

    def paths_of(self, numbers: Sequence[int]) -> dict[int, StoredDocument]:
        """Of documents, by their numbers."""
        if "documents" in self.__dict__:
            wanted = set(numbers)
            return {one.number: one for one in self.documents.values() if one.number in wanted}
        found: dict[int, StoredDocument] = {}
        for some in parts(sorted(set(numbers)), AT_A_TIME):
            expression = f"kind == {RowKind.DOCUMENT:d} and {one_of('owner', some)} and {self.state.has_rows}"
            for one in map(_document, self.engine.query(self.build.documents, expression, _DOCUMENT)):
                found[one.number] = one
        return found

    def document_at(self, path: str) -> StoredDocument | None:
        expression = (
            f'kind == {RowKind.DOCUMENT:d} and path_key == "{milvus_schema.path_key(path)}" and {self.state.has_rows}'
        )
        found = map(_document, self.engine.query(self.build.documents, expression, _DOCUMENT))
        return next((one for one in found if one.path == path), None)

    def text_of(self, number: int) -> str:
        expression = f"kind == {RowKind.SLICE:d} and owner == {number}"
        found = self.engine.query(self.build.documents, expression, ["part", "text"])
        return "".join(one["text"] for one in sorted(found, key=lambda one: int(one["part"])))

    def passage_rows(self, ids: Sequence[int], fields: Sequence[str]) -> dict[int, EngineRow]:
        """Of the passages of this state, by id; `fields` name what is read of them."""
        found: dict[int, EngineRow] = {}
        for some in parts(ids, AT_A_TIME):
            for one in self.engine.query(self.build.passages, one_of("id", some), ("id", "document", *fields)):
                if self.state.holds(one["document"]):
                    found[one["id"]] = one
        return found

    def rows_of(self, number: int, fields: Sequence[str]) -> list[EngineRow]:
        """The passages of a document, in its order."""
        found = self.engine.query(self.build.passages, f"document == {number}", ("id", *fields))
        return sorted(found, key=lambda one: int(one["id"]))


def view_in_place(engine: Engine) -> View | None:
    """The state in place, whatever model it was made with; None where there is no index."""
    build = build_in_place(engine, engine.place.name)
    if build is None:
        return None
    return View(engine, build, load(engine, build, generation_in_place(engine, build)))


def _document(row: EngineRow) -> StoredDocument:
    known = Known(int(row["size"]), int(row["mtime_ns"]), row["sha256"])
    remarks = tuple(json.loads(row["text"] or "[]"))
    return StoredDocument(int(row["id"]), int(row["owner"]), row["path"], known, int(row["passages"]), remarks)


def parts(numbers: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    return (numbers[first : first + most] for first in range(0, len(numbers), most))
