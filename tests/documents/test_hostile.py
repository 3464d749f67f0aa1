"""Files made to do harm: each is reported with its reason, or read, and the file beside it is read in any case."""

from __future__ import annotations

import io
import os
import tempfile
import threading
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from qa.documents.conversion import ConversionLimits
from qa.documents.reading import MOST_TEXT_BYTES
from tests.documents import hostile, made
from tests.documents.loading import heading_at, loaded

GOOD = "good.html"
WORD_TEXT = "word/document.xml"
CHAPTER = "OEBPS/text/c 0.xhtml"


def reason(folder: Path, name: str, data: bytes, limits: ConversionLimits | None = None) -> str:
    """Why the file `name` with `data` is passed over; a good file that needs the worker too is read after it."""
    (folder / name).write_bytes(data)
    (folder / f"z{GOOD}").write_bytes(made.html())
    documents, skipped = loaded(folder, limits=limits)
    assert made.BRIDGE in documents[f"z{GOOD}"].text
    assert list(skipped) == [name]
    return skipped[name]


@pytest.mark.parametrize(("name", "member"), [("a.docx", WORD_TEXT), ("a.epub", CHAPTER)])
def test_a_zip_bomb_that_says_its_size(tmp_path: Path, name: str, member: str) -> None:
    data = hostile.bomb(made.FORMATS[name](), member, 600)
    assert len(data) < 1_000_000
    assert "unpacks to more than 512 MB" in reason(tmp_path, name, data)


@pytest.mark.parametrize(("name", "member"), [("a.docx", WORD_TEXT), ("a.epub", CHAPTER)])
def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path, name: str, member: str) -> None:
    assert "damaged" in reason(tmp_path, name, hostile.lying_bomb(made.FORMATS[name](), member, 100))


def test_a_zip_bomb_of_overlapping_members(tmp_path: Path) -> None:
    data = hostile.overlapping_bomb(15_000)
    assert len(data) < 1_500_000
    assert "unpacks to more than 512 MB" in reason(tmp_path, "a.docx", data)


def test_a_bomb_below_the_limit_dies_of_its_memory(tmp_path: Path) -> None:
    head, tail = b"<html><body><p>" + b"<b>x</b>" * 100_000, b"</p></body></html>"
    data = hostile.bomb(made.epub(), CHAPTER, 100, head, tail)
    assert "memory" in reason(tmp_path, "a.epub", data, ConversionLimits(memory_bytes=500 << 20))


def test_a_gzip_bomb(tmp_path: Path) -> None:
    assert "unpacks to more than 32 MB" in reason(tmp_path, "a.txt.gz", made.gzipped(bytes(MOST_TEXT_BYTES + 1)))


def test_a_conversion_that_takes_too_long(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(made.html())
    _, skipped = loaded(tmp_path, limits=ConversionLimits(seconds=0.01))
    assert skipped == {"a.html": "its conversion took longer than 0.01 s"}


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(made.zipped({WORD_TEXT: hostile.xml_with_entities()}, made.word()))
    (tmp_path / "a.epub").write_bytes(hostile.chapter_with_entities())
    (tmp_path / "b.txt").write_text("text")
    documents, skipped = loaded(tmp_path, limits=ConversionLimits(seconds=20, memory_bytes=1 << 30))
    assert documents["b.txt"].text == "text"
    assert documents.keys() | skipped.keys() == {"a.docx", "a.epub", "b.txt"}
    assert all(document.text.count("laugh") < 100 for document in documents.values())


def test_entities_do_not_reach_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("opensesame")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.docx").write_bytes(made.zipped({WORD_TEXT: hostile.xml_with_a_file(str(secret))}, made.word()))
    documents, skipped = loaded(corpus)
    assert documents.keys() | skipped.keys() == {"a.docx"}
    assert all("opensesame" not in document.text for document in documents.values())


def test_an_encrypted_pdf(tmp_path: Path) -> None:
    assert "encrypted" in reason(tmp_path, "a.pdf", made.pdf_encrypted())


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_truncated_pdf_is_read_as_far_as_it_goes_or_refused(tmp_path: Path, share: float) -> None:
    data = made.pdf()
    (tmp_path / "a.pdf").write_bytes(data[: int(len(data) * share)])
    (tmp_path / "b.pdf").write_bytes(data)
    documents, skipped = loaded(tmp_path)
    assert "b.pdf" in documents
    assert "a.pdf" in documents or "damaged" in skipped["a.pdf"] or "no text" in skipped["a.pdf"]


def test_a_pdf_that_claims_a_million_pages(tmp_path: Path) -> None:
    data = made.pdf_claiming_a_million_pages()
    (tmp_path / "a.pdf").write_bytes(data)
    started = time.perf_counter()
    _, skipped = loaded(tmp_path)
    assert time.perf_counter() - started < 30
    assert skipped == {"a.pdf": "it claims to have 1,000,000 pages; at most 20,000 are read"}


def test_a_pdf_without_text(tmp_path: Path) -> None:
    assert reason(tmp_path, "a.pdf", made.pdf_without_text()) == "it holds no text"


@pytest.mark.parametrize("name", ["a.odt", "a.ods", "a.odp", "a.rtf"])
def test_damaged_opendocument_and_rich_text(tmp_path: Path, name: str) -> None:
    data = made.FORMATS[name]()
    for damaged in (
        b"",
        b"nothing of the kind",
        bytes(data[: len(data) // 2]),
        made.zipped({"content.xml": b"<a><b></a>"}),
    ):
        (tmp_path / "sound.txt").write_text("Sound.")
        (tmp_path / name).write_bytes(damaged)
        documents, skipped = loaded(tmp_path)
        assert "sound.txt" in documents
        if name not in documents:
            assert any(words in skipped[name] for words in ("damaged", "no text")), skipped


def test_an_encrypted_opendocument(tmp_path: Path) -> None:
    manifest = {"META-INF/manifest.xml": b"<manifest><encryption-data/></manifest>"}
    assert "needs a password" in reason(tmp_path, "a.odt", made.zipped(manifest, made.odt()))


def test_a_table_of_ten_thousand_columns(tmp_path: Path) -> None:
    wide = "".join(f"<td>c{number}" for number in range(10_000))
    (tmp_path / "a.html").write_text(f"<table><tr>{wide.replace('td', 'th')}<tr>{wide}</table><p>After it.")
    (tmp_path / "b.csv").write_text(",".join(f"c{number}" for number in range(10_000)) + "\n" + "1," * 9_999 + "1\n")
    documents, skipped = loaded(tmp_path)
    assert skipped == {}
    assert "After it." in documents["a.html"].text


def test_a_mail_with_a_bomb_attached(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Plans", "ada@example.org"
    message.set_content(made.BRIDGE)
    bomb = made.zipped({"content.xml": b"<a>" + b" " * (600 << 20) + b"</a>"})
    message.add_attachment(bomb, maintype="application", subtype="zip", filename="bomb.odt")
    message.add_attachment(made.pdf_encrypted(), maintype="application", subtype="pdf", filename="secret.pdf")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    documents, skipped = loaded(tmp_path)
    assert skipped == {}
    assert made.BRIDGE in documents["a.eml"].text
    assert "Attachments: bomb.odt, secret.pdf." in documents["a.eml"].text


def test_a_folder_in_which_every_file_fails(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.docx", "c.odt", "d.rtf", "e.epub", "f.xlsx"):
        (tmp_path / name).write_bytes(b"garbage")
    documents, skipped = loaded(tmp_path)
    assert documents == {}
    assert len(skipped) == 6


def test_an_encrypted_office_file_and_one_of_an_old_version(tmp_path: Path) -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)
    assert "encrypted, or of an old version" in reason(tmp_path, "a.docx", old)


def test_an_encrypted_zip(tmp_path: Path) -> None:
    data = bytearray(made.word())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        assert archive.namelist()
    start = data.index(b"PK\x01\x02")
    data[start + 8] |= 1
    assert "password" in reason(tmp_path, "a.docx", bytes(data))


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "blockquote"])
def test_a_hundred_thousand_nested_tags(tmp_path: Path, tag: str) -> None:
    assert "nested too deeply" in reason(tmp_path, "a.html", f"<{tag}>".encode() * 100_000 + b"text")


@pytest.mark.parametrize("name", ["a.json", "a.ipynb", "a.jsonl"])
def test_json_nested_a_hundred_thousand_times(tmp_path: Path, name: str) -> None:
    assert "nested too deeply" in reason(tmp_path, name, b"[" * 100_000 + b"]" * 100_000)


def test_mail_nested_a_thousand_times(tmp_path: Path) -> None:
    parts = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number) for number in range(1000)
    )
    (tmp_path / "a.eml").write_bytes(b"Subject: deep\n" + parts + b"\ntext")
    _, skipped = loaded(tmp_path)
    assert skipped == {"a.eml": "it is nested too deeply"}


def test_a_sheet_that_claims_all_cells_there_can_be(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(hostile.sheet_claiming_all_cells())
    documents, skipped = loaded(tmp_path, limits=ConversionLimits(seconds=30, memory_bytes=1 << 30))
    assert skipped == {}
    assert "Painted green in 1950.\nfar down.\n" in documents["a.xlsx"].text


def test_markdown_of_a_million_headings(tmp_path: Path) -> None:
    assert "too much memory" in reason(tmp_path, "a.md", b"# a\n" * 1_000_000, ConversionLimits(memory_bytes=300 << 20))


def test_long_markdown_is_read_as_short_one(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "\ufeff# Head\r\n\r\n" + "A line of text.\n" * 200_000 + "\n## [Last](x) `part`\n\nThe end.\n"
    )
    documents, _ = loaded(tmp_path)
    assert documents["a.md"].text == (tmp_path / "a.md").read_bytes().decode("utf-8")
    assert heading_at(documents["a.md"], "A line") == ("Head", None)
    assert heading_at(documents["a.md"], "The end") == ("Head > Last part", None)


def test_one_line_of_200_megabytes(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        for _ in range(200):
            file.write(b"word " * 200_000)
    (tmp_path / "b.txt").write_text("text")
    documents, skipped = loaded(tmp_path)
    assert list(documents) == ["b.txt"]
    assert skipped == {"a.txt": "it is larger than 32 MB"}


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("é line\n" * 100_000)
    leaving = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            # On a busy machine it would grow beyond what is read at all.
            while not leaving.is_set() and file.tell() < 3_000_000:
                file.write("é line\n".encode())
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        for _ in range(3):
            documents, skipped = loaded(tmp_path)
            # A state that the file was in at some moment, or none: never half a character or half of two states.
            assert documents or "being written" in skipped["a.txt"]
            assert all(set(document.text) <= set("é line\n") for document in documents.values())
    finally:
        leaving.set()
        writer.join()
    documents, _ = loaded(tmp_path)
    assert documents["a.txt"].text.endswith("é line\n")


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.txt",
        "\x1b[31mred.txt",
        "\x07\x7f.txt",
        "é" * 123 + ".txt",
        "x" * 246 + ".txt",
        " .txt",
        "-rf.txt",
        "\u202e.txt",
    ],
)
def test_names_that_a_file_system_allows(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("text")
    documents, skipped = loaded(tmp_path)
    assert skipped == {}
    assert documents[name].text == "text"


def test_pipes_sockets_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    import socket

    os.mkfifo(tmp_path / "pipe.pdf")
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s.txt"))
        (tmp_path / "zero.txt").symlink_to("/dev/zero")
        documents, skipped = loaded(tmp_path)
    assert documents == {}
    assert set(skipped) == {"pipe.pdf", "pipe.txt", "s.txt", "zero.txt"}


def test_a_loop_of_folders(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "b" / "c.txt").write_text("text")
    documents, skipped = loaded(tmp_path)
    assert list(documents) == ["a/b/c.txt"]
    assert skipped == {"a/b/up": "a link to a folder"}


def test_a_file_and_a_folder_without_permission(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "closed").mkdir(parents=True)
    (corpus / "closed" / "b.txt").write_text("text")
    (corpus / "a.txt").write_text("text")
    (corpus / "c.txt").write_text("text")
    (corpus / "a.txt").chmod(0)
    (corpus / "closed").chmod(0)
    base = Path(tempfile.gettempdir())
    for folder in (corpus, *(above for above in corpus.parents if above != base and above.is_relative_to(base))):
        folder.chmod(0o755)
    user = os.geteuid()
    try:
        # Root may read everything, so that it has to be somebody else for this.
        os.seteuid(65534 if user == 0 else user)
        documents, skipped = loaded(corpus)
    finally:
        os.seteuid(user)
        (corpus / "closed").chmod(0o755)
    assert list(documents) == ["c.txt"]
    assert skipped == {"a.txt": "permission denied", "closed": "permission denied"}


def test_lone_carriage_returns_end_lines(tmp_path: Path) -> None:
    from tests.unit.models import splitter

    (tmp_path / "a.txt").write_bytes(b"First line.\rSecond line.\r\rFourth line.\r\nFifth line.\nSixth line.")
    documents, _ = loaded(tmp_path)
    text = documents["a.txt"].text
    assert text.count("\r") == 4
    (passage,) = splitter().split(documents["a.txt"])
    assert passage.line == 1
    from qa.documents.lines import line_ends

    lines = {word: line_ends(text, 0, text.index(word)) + 1 for word in ("First", "Second", "Fourth", "Fifth", "Sixth")}
    assert lines == {"First": 1, "Second": 2, "Fourth": 4, "Fifth": 5, "Sixth": 6}
