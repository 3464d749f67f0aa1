"""What always holds of passages: offsets are true, nothing is lost, nothing is longer than the models read."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.documents import Document, Mark, SourceFile, load
from qa.index.passage_context import encoded_text
from qa.inference.encoder import passage_tokenizer
from qa.text.passages import PASSAGE_TOKENS, Passage, Splitter
from qa.text.sentences import sentences
from tests.unit.models import card, splitter

HOSTILE = {
    "no newline": "word " * 5000,
    "CRLF": "One sentence.\r\nAnother one.\r\n\r\n" * 500,
    "lone CR": "One sentence.\rAnother one.\r\r" * 500,
    "byte order mark": "\ufeffFirst. " * 300,
    "emoji": "👩‍👩‍👧‍👦 family. 😀😀😀 " * 800,
    "combining marks": "e\u0301a\u0308\u0323o\u0302. " * 1500,
    "only combining marks": "\u0301" * 20_000,
    "right to left": "\u202eשלום עולם. مرحبا بالعالم. " * 600,
    "NUL": "a\0b. \0\0 c. " * 800,
    "no space": "x" * 100_000,
    "no space, many words to the tokenizer": "x." * 50_000,
    "Chinese": "中文句子没有空格。" * 3000,
    "lines of one letter": "a\n" * 5000,
    "only line feeds": "\n" * 100_000,
    "wide space": "a" + " " * 100_000 + "b",
    "separators": "a\u2028b\u2029c\x85d\x0be\x0cf " * 2000,
}
SMALL = Splitter(passage_tokenizer(), 12)


def check(text: str, passages: list[Passage], cut: Splitter, most: int) -> None:
    covered = bytearray(len(text))
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.text.strip("\ufeff \t\r\n")
        assert passage.line == len(re.findall(r"\r\n|\r|\n", text[: passage.start])) + 1
        assert cut.count(passage.text) <= most
        assert len(passage.text) <= 8 * most
        covered[passage.start : passage.end] = b"\1" * (passage.end - passage.start)
    assert [passage.start for passage in passages] == sorted({passage.start for passage in passages})
    assert all(there or c.isspace() or c == "\ufeff" for there, c in zip(covered, text, strict=True))


def document(text: str, *marks: Mark) -> Document:
    return Document("a.txt", text, "", 0, 0, marks)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts(name: str) -> None:
    text = HOSTILE[name]
    check(text, splitter().split(document(text)), splitter(), PASSAGE_TOKENS)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=600))
def test_any_text(text: str) -> None:
    check(text, SMALL.split(document(text)), SMALL, 12)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["A cat. ", "Dr. No", "\n", "\r\n", "\n\n", "- x", "日本。", "é", "\0", "\ufeff", "x" * 60, " "]
        )
    )
)
def test_any_arrangement_of_what_texts_are_made_of(parts: list[str]) -> None:
    text = "".join(parts)
    check(text, SMALL.split(document(text)), SMALL, 12)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab. \n", max_size=300), st.lists(st.integers(0, 300), max_size=5, unique=True))
def test_no_passage_crosses_a_heading_or_the_end_of_a_page(text: str, starts: list[int]) -> None:
    marks = [Mark(start, f"h{start // 7}", start // 3) for start in sorted(starts) if start < len(text)]
    for passage in SMALL.split(document(text, *marks)):
        held = {(mark.heading, mark.page) for mark in marks if passage.start < mark.start < passage.end}
        before = [mark for mark in marks if mark.start <= passage.start]
        assert held <= {(passage.heading, passage.page)}
        assert passage.heading == (before[-1].heading if before else None)
        assert passage.page == (before[-1].page if before else None)


@given(st.text(max_size=500))
def test_sentences_are_in_order_apart_and_hold_all(text: str) -> None:
    places = sentences(text)
    assert all(start < end for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    covered = {place for start, end in places for place in range(start, end)}
    assert all(place in covered or c.isspace() or c == "\ufeff" for place, c in enumerate(text))


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=300), mark=st.booleans())
def test_offsets_hold_on_the_bytes_of_the_file(tmp_path_factory: pytest.TempPathFactory, text: str, mark: bool) -> None:
    data = (b"\xef\xbb\xbf" if mark else b"") + text.replace("\0", "").encode("utf-8")
    file = tmp_path_factory.getbasetemp() / "property.txt"
    file.write_bytes(data)
    for passage in splitter().split(load(SourceFile("property.txt", file, len(data), 0))):
        assert file.read_bytes().decode("utf-8")[passage.start : passage.end] == passage.text


def test_real_articles_fit_the_encoder_with_their_heading(squad: list[dict[str, Any]]) -> None:
    texts: dict[str, dict[str, None]] = {}
    for row in squad:
        texts.setdefault(row["title"], {})[row["context"]] = None
    assert len(texts) == 17
    for title, paragraphs in texts.items():
        text = "\n\n".join(paragraphs)
        passages = splitter().split(document(text, Mark(0, title * 20)))
        check(text, passages, splitter(), PASSAGE_TOKENS)
        assert len(passages) > 10
        told = [text[max(0, passage.start - 500) : passage.start] for passage in passages]
        shown = [
            encoded_text(passage.heading, passage.text, before) for passage, before in zip(passages, told, strict=True)
        ]
        assert max(splitter().count(text) for text in shown) + 2 <= card().max_tokens


def test_real_books_hold_too(squad: list[dict[str, Any]]) -> None:
    import gzip
    import json

    from tests.conftest import SHARED

    path = Path(SHARED / "eval" / "fairytale_open.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        tales = list(dict.fromkeys(json.loads(line)["context"] for line in file))
    book = "\r\n\r\n".join(tales)
    passages = splitter().split(document(book))
    check(book, passages, splitter(), PASSAGE_TOKENS)
    assert len(passages) > 500
