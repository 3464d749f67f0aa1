from __future__ import annotations

import pytest

from qa.index.index_reader import IndexReader
from qa.pipeline.retriever import fuse, retrieve
from tests.unit.models import card, encoder, index_folder

TEXTS = {
    "kant.txt": "The airbase near Kant is leased by Russia.",
    "cats.txt": "Cats sleep for most of the day.",
    "code.txt": "The error code is XK4711Q and nothing else.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    root = tmp_path_factory.mktemp("retriever")
    (root / "corpus").mkdir()
    for name, text in TEXTS.items():
        (root / "corpus" / name).write_text(text)
    index_folder(root / "corpus", root / "index")
    return IndexReader(root / "index", card())


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("Who rents the military airport?", "kant.txt"),
        ("How long do felines rest?", "cats.txt"),
        ("xk4711q", "code.txt"),
    ],
)
def test_finds_by_meaning_and_by_word(index: IndexReader, query: str, path: str) -> None:
    hits = retrieve(index, query, encoder().encode([query])[0], 3)
    assert hits[0].passage.path == path
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_fusion_by_hand() -> None:
    fused = fuse({1: 0.5, 2: 0.4, 3: 0.9}, {1: 4.0, 2: 8.0})
    assert fused == pytest.approx({1: 0.6 * 0.5 + 0.4 * 0.5, 2: 0.6 * 0.4 + 0.4, 3: 0.6 * 0.9})
    assert fuse({}, {}) == {}
    assert fuse({1: 0.5}, {}) == pytest.approx({1: 0.3})
