from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.text.escaping import escape_control_characters, escape_line


def test_escape_sequences_become_visible() -> None:
    assert escape_control_characters("\x1b[31mred\x1b]8;;http://x\x07") == "␛[31mred␛]8;;http://x␇"
    assert escape_control_characters("a\x7fb\x9bc\u202ed\u2066e\ud800f") == "a␡b\ufffdc\ufffdd\ufffde\ufffdf"


def test_text_stays_as_it_is() -> None:
    assert escape_control_characters("Zürich\t😀\nעברית e\u0301\r\n") == "Zürich\t😀\nעברית e\u0301\n"


@given(st.text())
def test_nothing_inert_moves_a_cursor(text: str) -> None:
    shown = escape_control_characters(text)
    assert all(c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160) for c in shown)
    shown.encode("utf-8")


@given(st.text())
def test_a_line_is_one_line(text: str) -> None:
    assert len(escape_line(text).splitlines()) <= 1
