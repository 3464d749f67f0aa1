"""The state of an index in Milvus: which documents are there, and what is known of them as a whole.

Documents, and rows of the documents' collection, are numbered in the order in which they come. A state knows the next numbers
and which earlier ones are gone, so it tells what belongs to it by a comparison of numbers. What is gone is deleted when nobody
can be reading an earlier state any more.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from qa.documents import Choice
from qa.errors import IndexDamaged, IndexForeign, IndexOfOtherProgram, IndexOutdated, UsageError
from qa.index.milvus.engine import Engine, none_of
from qa.index.milvus.milvus_schema import SCHEMA, IndexBuild, RowKind, build_of, row, slices
from qa.index.records import Memory, Refused

_IN_PLACE = 0
"""The id of the row that names the generation in place."""
_MOST_SLICES = 1_000_000

When = dict[int, float]
"""What is gone, and since when (seconds since 1970)."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """`words` is how many the passages have together; `gone_builds` are builds that this one has replaced."""

    schema: int
    generation: int
    corpus: str
    splitter: str
    model_id: str
    fingerprint: str
    dimension: int
    documents: int
    passages: int
    words: int
    next_document: int
    next_passage: int
    next_row: int
    gone_documents: When = field(default_factory=dict)
    gone_rows: When = field(default_factory=dict)
    gone_builds: When = field(default_factory=dict)
    refused: dict[str, list[Any]] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    reading: int = 0

    @property
    def has_passages(self) -> str:
        """The expression that is true of the passages of this state."""
        return f"document < {self.next_document}" + none_of("document", self.gone_documents)

    @property
    def has_rows(self) -> str:
        """The expression that is true of the rows of this state in the documents' collection, but for texts of documents."""
        return f"id > 0 and id < {self.next_row}" + none_of("id", self.gone_rows)

    def holds(self, document: int) -> bool:
        return document < self.next_document and document not in self.gone_documents

    def memory(self) -> Memory:
        """Which files were refused, and which the user chose."""
        try:
            choice = Choice(tuple(self.include), tuple(self.exclude))
        except UsageError:
            choice = Choice()
        return Memory({path: Refused(*one) for path, one in self.refused.items()}, choice, self.reading)


def build_in_place(engine: Engine, name: str) -> IndexBuild | None:
    """None where there is no index. Raises IndexOfOtherProgram where the name is another program's."""
    target = engine.target_of(name)
    if target is None:
        return None
    build = build_of(name, target)
    if build is None or target != build.passages:
        raise IndexOfOtherProgram(engine.place)
    if not engine.has(build.documents):
        raise IndexDamaged(engine.place, f"there is no collection {build.documents}")
    return build


def generation_in_place(engine: Engine, build: IndexBuild) -> int:
    """Raises IndexDamaged where none was published."""
    found = engine.query(build.documents, f"id == {_IN_PLACE}", ["owner"])
    if not found:
        raise IndexDamaged(engine.place, "no state of it was published")
    return int(found[0]["owner"])


def load(engine: Engine, build: IndexBuild, generation: int) -> IndexState:
    """Raises IndexDamaged, IndexForeign, IndexOutdated."""
    place = engine.place
    found = engine.query(build.documents, f"kind == {RowKind.STATE:d} and owner == {generation}", ["part", "text"])
    text = "".join(one["text"] for one in sorted(found, key=lambda one: int(one["part"])))
    try:
        values = json.loads(text)
        schema = int(values["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(place, f"its state {generation} is not complete") from error
    if schema != SCHEMA:
        kind = IndexOutdated if schema < SCHEMA else IndexForeign
        raise kind(place, f"schema {schema}, this qa reads {SCHEMA}")
    return _state(engine, values)


def publish(engine: Engine, build: IndexBuild, state: IndexState) -> None:
    """Make `state` the one in place, in one step."""
    text = json.dumps(asdict(state), ensure_ascii=False)
    first = -state.generation * _MOST_SLICES
    rows = [row(first - part, RowKind.STATE, state.generation, part, one) for part, one in enumerate(slices(text))]
    engine.insert(build.documents, rows)
    engine.flush(build.documents)
    engine.put(build.documents, row(_IN_PLACE, RowKind.STATE_IN_PLACE, state.generation))


def _state(engine: Engine, values: dict[str, Any]) -> IndexState:
    known = {one.name for one in fields(IndexState)}
    try:
        made = {name: value for name, value in values.items() if name in known}
        for name in ("gone_documents", "gone_rows", "gone_builds"):
            made[name] = {int(number): float(when) for number, when in made[name].items()}
        made |= {name: tuple(made[name]) for name in ("include", "exclude")}
        return IndexState(**made)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IndexDamaged(engine.place, f"its state lacks {error}") from error
