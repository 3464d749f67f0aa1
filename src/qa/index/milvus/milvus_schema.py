"""The collections of an index in Milvus, and their names."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from qa.text.stems import stems

if TYPE_CHECKING:
    from qa.index.milvus.engine import Engine
    from qa.inference.encoder import ModelCard
    from qa.vector_indexing import VectorIndexing

SCHEMA = 1
MOST_BYTES = 65_535
"""Of one text field, as UTF-8."""
SLICE = 16_000
"""Characters, which are at most four bytes each."""
DENSE = "dense"
"""The field of the vectors."""
DENSE_INDEX = "dense_idx"
"""Milvus Lite, asked to drop an index of any other name, drops all of the collection."""
MARK = -1
"""The id of the row that says for which model a build was begun."""
_KEY = 64
_LONGEST_WORD = 60
_NO_WORD = "qa0no0word"
"""Stands for a text without a word: what BM25 is made of must not be empty."""
K1, B = 1.2, 0.75


class RowKind(IntEnum):
    """What a row of the documents' collection is."""

    MARK = -1
    STATE_IN_PLACE = 0
    STATE = 1
    DOCUMENT = 2
    SLICE = 3
    VOCABULARY = 4


@dataclass(frozen=True, slots=True)
class IndexBuild:
    """The collections of one build, numbered from 1, of the index `name`."""

    name: str
    number: int

    @property
    def passages(self) -> str:
        return f"{self.name}_{self.number}_passages"

    @property
    def documents(self) -> str:
        return f"{self.name}_{self.number}_documents"


def build_of(name: str, collection: str) -> IndexBuild | None:
    """The build that `collection` belongs to, if it is one of the index `name`."""
    match = re.fullmatch(rf"{re.escape(name)}_([1-9]\d*)_(?:passages|documents)", collection)
    return IndexBuild(name, int(match[1])) if match else None


def create(engine: Engine, build: IndexBuild, card: ModelCard, indexing: VectorIndexing) -> None:
    """Make both collections. A row says for which model, so that vectors of a build that was never finished can be used."""
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    # pymilvus has no types of its own.
    client: Any = MilvusClient
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for number in ("document", "start", "end", "line"):
        schema.add_field(number, DataType.INT64)
    schema.add_field("page", DataType.INT64, nullable=True)
    schema.add_field("heading", DataType.VARCHAR, max_length=MOST_BYTES, nullable=True)
    schema.add_field("text", DataType.VARCHAR, max_length=MOST_BYTES)
    schema.add_field("before", DataType.VARCHAR, max_length=MOST_BYTES)
    schema.add_field("key", DataType.VARCHAR, max_length=_KEY)
    schema.add_field(
        "words",
        DataType.VARCHAR,
        max_length=MOST_BYTES,
        enable_analyzer=True,
        analyzer_params={"tokenizer": "standard"},
    )
    schema.add_field(DENSE, DataType.FLOAT_VECTOR, dim=card.dimension)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name="bm25", function_type=FunctionType.BM25, input_field_names=["words"], output_field_names=["sparse"]
        )
    )
    indexes = dense_indexes(indexing)
    indexes.add_index(
        field_name="sparse",
        index_type="SPARSE_INVERTED_INDEX",
        metric_type="BM25",
        params={"bm25_k1": K1, "bm25_b": B},
    )
    _add_scalar_indexes(engine, indexes, ("key", "document"))
    engine.create(build.passages, schema, indexes)
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for number in ("kind", "owner", "part", "size", "mtime_ns", "passages"):
        schema.add_field(number, DataType.INT64)
    schema.add_field("path_key", DataType.VARCHAR, max_length=_KEY)
    schema.add_field("sha256", DataType.VARCHAR, max_length=_KEY)
    schema.add_field("path", DataType.VARCHAR, max_length=MOST_BYTES)
    schema.add_field("text", DataType.VARCHAR, max_length=MOST_BYTES)
    # Milvus takes no collection without a vector.
    schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)
    indexes = client.prepare_index_params()
    indexes.add_index(field_name="nothing", index_type="FLAT", metric_type="IP")
    _add_scalar_indexes(engine, indexes, ("owner", "path_key"))
    engine.create(build.documents, schema, indexes)
    engine.insert(build.documents, [row(MARK, RowKind.MARK, 0, text=card.fingerprint)])


def dense_indexes(indexing: VectorIndexing) -> Any:
    """The index of the vectors, as pymilvus takes it. They are unit vectors: their inner product is their cosine."""
    from pymilvus import MilvusClient

    client: Any = MilvusClient
    indexes = client.prepare_index_params()
    indexes.add_index(
        field_name=DENSE,
        index_name=DENSE_INDEX,
        index_type=indexing.kind,
        metric_type="IP",
        # pymilvus takes one level off, and Milvus Lite knows no parameters but those that are under this name.
        params={"params": indexing.made_with},
    )
    return indexes


def _add_scalar_indexes(engine: Engine, indexes: Any, fields: tuple[str, ...]) -> None:
    """Of the fields that rows are looked up by. Milvus Lite would look at every row all the same."""
    for field in fields if engine.place.file is None else ():
        indexes.add_index(field_name=field, index_name=f"{field}_idx", index_type="INVERTED")


def row(number: int, kind: RowKind, owner: int, part: int = 0, text: str = "", **fields: Any) -> dict[str, Any]:
    """A row of the documents' collection. `owner` is the number of a document, or of a generation."""
    empty = {"size": 0, "mtime_ns": 0, "passages": 0, "path_key": "", "sha256": "", "path": ""}
    return {
        "id": number,
        "kind": int(kind),
        "owner": owner,
        "part": part,
        "text": text,
        "nothing": [0.0, 1.0],
        **empty,
        **fields,
    }


def slices(text: str) -> list[str]:
    """Parts that fit into a field; one at the least."""
    return [text[first : first + SLICE] for first in range(0, len(text), SLICE)] or [""]


def path_key(path: str) -> str:
    """What a path is looked up by: figures and letters a to f, whatever is in the path."""
    return hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def is_too_long(text: str | None) -> bool:
    """Whether a field of text cannot take it."""
    return text is not None and len(text.encode("utf-8")) > MOST_BYTES


def words_of(heading: str | None, text: str) -> list[str]:
    """The words of a passage, as they are searched."""
    return tokens([f"{heading or ''} {text}"])[0]


def tokens(texts: list[str]) -> list[list[str]]:
    """The stems of each text, in letters a to z and figures alone, so that every analyzer leaves them as they are."""
    return [[_token(stem) for stem in of_text] for of_text in stems(texts)]


def as_field(words: list[str]) -> str:
    return " ".join(words) or _NO_WORD


def from_field(field: str) -> list[str]:
    return [] if field == _NO_WORD else field.split(" ")


def _token(stem: str) -> str:
    if stem.isascii() and stem.isalnum() and len(stem) <= _LONGEST_WORD:
        return stem
    return "u" + hashlib.blake2b(stem.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
