"""Checks an index in Milvus whole: the state, every document, every passage against its document, every vector, every word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from qa.errors import IndexDamaged, IndexMissing
from qa.index.maintenance.verify import Check, Verification
from qa.index.milvus import milvus_schema
from qa.index.milvus.engine import Engine, EngineRow
from qa.index.milvus.view import StoredDocument, View, together, view_in_place
from qa.index.passage_context import encoded_text
from qa.index.sqlite.checksums import text_key

_MOST_NAMED = 100
_LOOKED_AT = ("start", "end", "text", "heading", "before", "key", "words", "dense")
_UNIT = 1e-2
"""How far the length of a vector may be from 1."""


def verify(engine: Engine) -> Verification:
    """Check the index. Raises IndexMissing, IndexForeign, IndexOfOtherProgram; what else is wrong is in what is returned."""
    try:
        view = view_in_place(engine)
    except IndexDamaged as error:
        return Verification(engine.place, (Check("state", 1, 1, (error.detail,)),))
    if view is None:
        raise IndexMissing(engine.place)
    return Verification(engine.place, tuple(_Checking(view).checks()))


class _Checking:
    def __init__(self, view: View) -> None:
        self._view = view
        self._problems: dict[str, list[str]] = {
            name: [] for name in ("state", "documents", "passages", "vectors", "words")
        }
        self._checked: Counter[str] = Counter()

    def checks(self) -> list[Check]:
        """What was found, by kind."""
        self._look()
        return [
            Check(name, self._checked[name], len(found), tuple(found[:_MOST_NAMED]))
            for name, found in self._problems.items()
        ]

    def _look(self) -> None:
        view, state = self._view, self._view.state
        counted: Counter[str] = Counter()
        words = passages = 0
        for document, text, rows in self._read():
            path = document.path
            self._check("documents", len(rows) == document.passages, f"passages of {path} are missing")
            for row in rows:
                name = f"passage {row['id']} of {path}"
                own = milvus_schema.words_of(row["heading"], row["text"])
                self._check("passages", text[row["start"] : row["end"]] == row["text"], f"{name} is another text")
                self._check("vectors", self._is_sound(row), f"{name} has another vector")
                self._check("words", milvus_schema.from_field(row["words"]) == own, f"{name} has other words")
                counted.update(set(own))
                words += len(own)
            passages += len(rows)
        self._check("state", len(view.documents) == state.documents, "it counts other documents")
        self._check("state", passages == state.passages, "it counts other passages")
        self._check("words", words == state.words, "the state counts other words")
        self._check("words", +view.vocabulary == counted, "the vocabulary counts other words")

    def _read(self) -> Iterator[tuple[StoredDocument, str, list[EngineRow]]]:
        """Every document with its text and its passages."""
        for some in together(self._view.documents.values()):
            numbers = [one.number for one in some]
            texts, rows = self._view.texts_of(numbers), self._view.rows_of(numbers, _LOOKED_AT)
            yield from ((one, texts.get(one.number, ""), rows[one.number]) for one in some)

    def _check(self, kind: str, sound: bool, problem: str) -> None:
        self._checked[kind] += 1
        if not sound:
            self._problems[kind].append(problem)

    def _is_sound(self, row: EngineRow) -> bool:
        import numpy as np

        vector = np.array(row["dense"], dtype=np.float32)
        whole = len(vector) == self._view.state.dimension and abs(float(np.linalg.norm(vector)) - 1) < _UNIT
        return whole and row["key"] == text_key(encoded_text(row["heading"], row["text"], row["before"])).hex()
