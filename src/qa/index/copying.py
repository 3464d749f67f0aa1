"""What an index in one place gives to one in another, so that nothing is encoded twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.index.passage_context import encoded_text
from qa.index.sqlite.checksums import text_key

if TYPE_CHECKING:
    from qa.index.backend import CorpusIndex


def encoded_in(index: CorpusIndex) -> dict[bytes, bytes]:
    """The vectors of all passages, as the bytes of float16, by the keys of the texts that were encoded; in memory some 800
    bytes for a passage. Raises IndexDamaged."""
    found: dict[bytes, bytes] = {}
    with index.snapshot():
        for path, *_ in index.documents():
            passages = sorted(index.passages_in(path), key=lambda one: one.id)
            vectors = index.vectors_of([one.id for one in passages]).astype("float16")
            for passage, vector in zip(passages, vectors, strict=True):
                found[text_key(encoded_text(passage.heading, passage.text, passage.before))] = vector.tobytes()
    return found
