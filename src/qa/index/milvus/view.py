"""One state of an index in Milvus, and what is read of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.index.milvus import dense_index, milvus_schema
from qa.index.milvus.engine import Engine, EngineRow, one_of
from qa.index.milvus.milvus_schema import IndexBuild, RowKind
from qa.index.milvus.state import IndexState, build_in_place, generation_in_place, load
from qa.index.records import Known
from qa.vector_indexing import VectorIndexing

AT_A_TIME = 1_000
"""Rows that are read in one request."""
_SMALL_AT_A_TIME = 10_000
"""Rows without a text or a vector: Milvus Lite looks at all rows for each request."""
_WEIGHT_AT_A_TIME = 4_000
_BYTES_OF_ONE = 2_000
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
        for first in range(1, self.state.next_row, _SMALL_AT_A_TIME):
            window = f"id >= {first} and id < {first + _SMALL_AT_A_TIME}"
            expression = f"{window} and kind == {RowKind.DOCUMENT:d} and {self.state.has_rows}"
            found += self.engine.query(self.build.documents, expression, _DOCUMENT)
        documents = (_document(one) for one in found)
        return {one.path: one for one in sorted(documents, key=lambda one: one.path)}

    @cached_property
    def vectors_indexed(self) -> VectorIndexing:
        """How, as the engine says."""
        return dense_index.in_place(self.engine, self.build)

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
        return self.texts_of([number]).get(number, "")

    def texts_of(self, numbers: Sequence[int]) -> dict[int, str]:
        """Of documents, by their numbers, which are no more than `together` gives."""
        expression = f"kind == {RowKind.SLICE:d} and {one_of('owner', numbers)}"
        found = self.engine.query(self.build.documents, expression, ["owner", "part", "text"])
        texts: dict[int, list[str]] = {}
        for one in sorted(found, key=lambda one: int(one["part"])):
            texts.setdefault(int(one["owner"]), []).append(one["text"])
        return {number: "".join(slices) for number, slices in texts.items()}

    def passage_rows(self, ids: Sequence[int], fields: Sequence[str]) -> dict[int, EngineRow]:
        """Of the passages of this state, by id; `fields` name what is read of them."""
        found: dict[int, EngineRow] = {}
        for some in parts(ids, AT_A_TIME):
            for one in self.engine.query(self.build.passages, one_of("id", some), ("id", "document", *fields)):
                if self.state.holds(one["document"]):
                    found[one["id"]] = one
        return found

    def rows_of(self, numbers: Sequence[int], fields: Sequence[str]) -> dict[int, list[EngineRow]]:
        """The passages of documents, by their numbers, which are no more than `together` gives; of each in its order."""
        found = self.engine.query(self.build.passages, one_of("document", numbers), ("id", "document", *fields))
        rows: dict[int, list[EngineRow]] = {number: [] for number in numbers}
        for one in sorted(found, key=lambda one: int(one["id"])):
            rows[int(one["document"])].append(one)
        return rows


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


def together(documents: Iterable[StoredDocument]) -> Iterator[list[StoredDocument]]:
    """Groups of documents whose texts and passages are read in one request: some megabytes, or one document that has more."""
    group: list[StoredDocument] = []
    weight = 0
    for one in documents:
        group.append(one)
        weight += 1 + one.passages + one.known.size // _BYTES_OF_ONE
        if weight >= _WEIGHT_AT_A_TIME:
            yield group
            group, weight = [], 0
    if group:
        yield group
