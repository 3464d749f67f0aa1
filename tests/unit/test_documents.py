from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa.documents import Document, load, sources
from qa.errors import CorpusMissing, DocumentUnreadable


def found(corpus: Path) -> tuple[dict[str, Document], dict[str, str]]:
    """Documents by path, and the reasons of what was skipped."""
    skipped: dict[str, str] = {}
    documents = {}
    for source in sources(corpus, skip=skipped.__setitem__):
        try:
            documents[source.path] = load(source)
        except DocumentUnreadable as error:
            skipped[error.path] = error.reason
    return documents, skipped


@pytest.mark.parametrize(
    "data", [b"plain\n", b"\xef\xbb\xbfwith a mark\r\nand CRLF\r\n", "e\u0301 😀 עברית".encode(), b"", b"\r\r\n"]
)
def test_text_is_the_file_as_decoded(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    documents, _ = found(tmp_path)
    assert documents["a.txt"].text == data.decode("utf-8")


def test_paths_are_relative_sorted_and_have_forward_slashes(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("z.txt", "b/c/x.md", "b/a.txt"):
        (tmp_path / name).write_text("text")
    documents, _ = found(tmp_path)
    assert list(documents) == ["z.txt", "b/a.txt", "b/c/x.md"]


def test_a_single_file_is_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "only.txt").write_text("text")
    (tmp_path / "other.txt").write_text("text")
    documents, _ = found(tmp_path / "only.txt")
    assert list(documents) == ["only.txt"]


def test_a_missing_corpus_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusMissing, match="nowhere"):
        found(tmp_path / "nowhere")


def test_what_cannot_be_read_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("text")
    (tmp_path / "binary.txt").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "program").write_bytes(b"\x7fELF\0\0")
    os.mkfifo(tmp_path / "pipe.txt")
    documents, skipped = found(tmp_path)
    assert list(documents) == ["good.txt"]
    assert skipped == {
        "binary.txt": "it is a binary file",
        "program": "it is a binary file",
        "pipe.txt": "not a regular file",
    }


def test_a_file_without_a_format_is_text_if_it_is_some(tmp_path: Path) -> None:
    for name in ("LICENSE", "main.c", "notes.log", "Makefile"):
        (tmp_path / name).write_text("text\n")
    documents, skipped = found(tmp_path)
    assert {path: document.text for path, document in documents.items()} == dict.fromkeys(documents, "text\n")
    assert sorted(documents) == ["LICENSE", "Makefile", "main.c", "notes.log"]
    assert skipped == {}


def test_links_do_not_lead_out_of_the_corpus_nor_round_in_it(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("text")
    (corpus / "inside.txt").symlink_to("a.txt")
    (corpus / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (corpus / "loop").symlink_to(corpus)
    (corpus / "self.txt").symlink_to("self.txt")
    documents, skipped = found(corpus)
    assert list(documents) == ["a.txt", "inside.txt"]
    assert set(skipped) == {"outside.txt", "self.txt", "loop"}
    assert list(found(corpus / "inside.txt")[0]) == ["inside.txt"]


def test_a_name_that_is_not_utf8_is_skipped_and_named(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("text")
    documents, skipped = found(tmp_path)
    assert documents == {}
    assert list(skipped.values()) == ["its name is not UTF-8"]


def test_markdown_headings_are_marked_where_their_line_starts(tmp_path: Path) -> None:
    text = "\ufeff---\ntitle: x\n---\r\n# Guide\r\n\r\nText.\r\n\r\n## *Install* it\n\n```\n# no heading\n```\nLast\n====\n"
    (tmp_path / "a.md").write_bytes(text.encode())
    documents, _ = found(tmp_path)
    marks = [(text[mark.start :][:9].split("\n")[0].strip(), mark.heading) for mark in documents["a.md"].marks]
    assert marks == [("# Guide", "Guide"), ("## *Insta", "Guide > Install it"), ("Last", "Last")]
