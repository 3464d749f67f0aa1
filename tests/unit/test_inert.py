from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.inert import inert, inert_line


def test_escape_sequences_become_visible() -> None:
    assert inert("\x1b[31mred\x1b]8;;http://x\x07") == "␛[31mred␛]8;;http://x␇"
    assert inert("a\x7fb\x9bc\u202ed\u2066e\ud800f") == "a␡b\ufffdc\ufffdd\ufffde\ufffdf"


def test_text_stays_as_it_is() -> None:
    assert inert("Zürich\t😀\nעברית e\u0301\r\n") == "Zürich\t😀\nעברית e\u0301\n"


@given(st.text())
def test_nothing_inert_moves_a_cursor(text: str) -> None:
    shown = inert(text)
    assert all(c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160) for c in shown)
    shown.encode("utf-8")


@given(st.text())
def test_a_line_is_one_line(text: str) -> None:
    assert len(inert_line(text).splitlines()) <= 1
