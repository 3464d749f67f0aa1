"""The committed index is the one that the committed corpus and models give."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from qa.index.index_reader import IndexReader
from qa.index.passage_context import encoded_text
from qa.index.vectors.faiss_file import load
from qa.inference.encoder import SentenceTransformerEncoder
from tests.conftest import ARTICLE, ROOT, SHARED
from tests.unit.models import card, splitter
from tests.unit.test_passages import document


@pytest.fixture(scope="module")
def index() -> IndexReader:
    return IndexReader(ROOT / "index", card())


def test_the_article_is_the_one_that_was_given() -> None:
    given = SHARED / "article.txt"
    if not given.exists():
        pytest.skip("../shared/data is not here")
    assert ARTICLE.read_bytes() == given.read_bytes()


def test_documents_are_those_of_the_corpus(index: IndexReader) -> None:
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in ARTICLE.parent.iterdir()}
    assert {path: sha256 for path, _, _, sha256 in index.documents()} == files


def test_passages_are_those_that_the_splitter_makes(index: IndexReader, article: str) -> None:
    with index.snapshot():
        stored = index.passages(range(1, index.passage_count() + 1))
    made = splitter().split(document(article))
    assert [(p.start, p.end, p.line, p.text) for p in stored] == [(p.start, p.end, p.line, p.text) for p in made]
    assert index.manifest.splitter == splitter().version


def test_vectors_are_those_of_a_fresh_build(index: IndexReader) -> None:
    encoder = SentenceTransformerEncoder()
    assert index.manifest.fingerprint == encoder.card.fingerprint
    with index.snapshot():
        passages = index.passages(range(1, index.passage_count() + 1))
        fresh = encoder.encode([encoded_text(p.heading, p.text, p.before) for p in passages])
        cosines = [index.cosines(vector, [passage.id])[0] for passage, vector in zip(passages, fresh, strict=True)]
    assert np.array(cosines).min() > 0.999


def test_the_faiss_file_is_whole_and_the_only_one(index: IndexReader) -> None:
    file = ROOT / "index" / index.manifest.faiss_file
    assert load(file, index.manifest.faiss_sha256) is not None
    assert list((ROOT / "index").glob("*.faiss")) == [file]
    assert {path.name for path in (ROOT / "index").iterdir()} <= {"index.sqlite", Path(file).name, ".lock"}
