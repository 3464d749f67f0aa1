from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from qa.documents.decoding import decode
from qa.documents.model import Unreadable
from tests.documents.loading import loaded
from tests.documents.made import gzipped

GERMAN = (
    "Die Brücke über den Fluß wurde 1932 eröffnet. Sie heißt Löwenbrücke und führt nach Süden, über die Höhe.\n" * 3
)
FRENCH = "Le château a été bâti en 1420 par l'évêque. C’est très élevé, dit-on, et la fenêtre reste fermée l'été.\n" * 3
RUSSIAN = "Мост был открыт в тысяча девятьсот тридцать втором году. Он очень длинный.\n" * 3
JAPANESE = "橋は1932年に開通しました。とても長い橋です。その塔は高いです。\n" * 3
CHINESE = "这座桥于1932年开通。它是一座很长的桥。\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "latin-1"),
        (GERMAN, "cp1252"),
        (GERMAN, "cp850"),
        (FRENCH, "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (CHINESE, "gb18030"),
        ("Zürich", "latin-1"),
        ("café", "cp1252"),
        ("A “quoted” word – no more.", "cp1252"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-32"),
    ],
)
def test_encodings_are_told(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["", "plain", "e\u0301 😀", "\ufeffmarked", "x" * 9000 + "\0"])
def test_utf8_is_taken_to_the_letter(text: str) -> None:
    assert decode(text.encode("utf-8")) == text


@pytest.mark.parametrize("data", [b"\x7fELF\0", b"\0", b"text\0text", codecs.BOM_UTF16_LE + b"a\0b"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


def test_a_gzip_is_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzipped(b"one\n") + gzipped(b"two\n") + b"\0" * 20)
    (tmp_path / "b.md.gz").write_bytes(gzipped(b"# Head\n\ntext\n"))
    (tmp_path / "cut.txt.gz").write_bytes(gzipped(b"one two three four\n")[:-12])
    (tmp_path / "none.txt.gz").write_bytes(b"no gzip")
    documents, skipped = loaded(tmp_path)
    assert documents["a.txt.gz"].text == "one\ntwo\n"
    assert documents["b.md.gz"].marks[0].heading == "Head"
    assert skipped == {"cut.txt.gz": "it is cut off", "none.txt.gz": "it is damaged, or no gzip file"}
