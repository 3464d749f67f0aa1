"""What the newest state of an index says, to compare two that were built in other ways."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import numpy as np

from qa.index.backend import IndexBackend
from tests.unit.models import card


def contents(backend: IndexBackend) -> dict[str, tuple[Any, ...]]:
    """All that it says of each document but for ids, its vectors last."""
    assert backend.verify().sound
    found = {}
    with closing(backend.open(card())) as index, index.snapshot():
        remarks = index.remarks()
        for path, *of_file in index.documents():
            passages = sorted(index.passages_in(path), key=lambda one: one.id)
            cut = [(one.start, one.end, one.line, one.page, one.heading, one.text, one.before) for one in passages]
            vectors = index.vectors_of([one.id for one in passages])
            said = [remark for named, remark in remarks if named == path]
            found[path] = (of_file, index.document_text(path), cut, said, vectors)
    return found


def assert_same(one: IndexBackend, other: IndexBackend) -> None:
    """Both say the same, the vectors up to rounding."""
    mine, theirs = contents(one), contents(other)
    assert mine.keys() == theirs.keys()
    for path, (*said, vectors) in mine.items():
        assert said == list(theirs[path][:-1]), path
        np.testing.assert_allclose(vectors.astype("float32"), theirs[path][-1].astype("float32"), atol=2e-3)
