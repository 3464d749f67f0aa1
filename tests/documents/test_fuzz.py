"""Every format over bytes that it did not expect: a document that can be stored, or a reason; nothing else is raised.

A longer run: QA_FUZZ_EXAMPLES=100000 pytest tests/documents/test_fuzz.py -k pdf
"""

from __future__ import annotations

import io
import os
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qa.documents.decoding import decode
from qa.documents.formats import CONVERTED, Format
from qa.documents.lines import line_ends, line_starts
from qa.documents.markdown import marks
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.reading import gunzip
from qa.documents.worker import convert
from tests.documents import made

EXAMPLES = int(os.environ.get("QA_FUZZ_EXAMPLES", "15"))
quick = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
SAMPLES = {
    form.name: [make() for name, make in made.FORMATS.items() if name.endswith(form.endings)] for form in CONVERTED
}
ZIPPED = ("Word", "PowerPoint", "Excel", "EPUB")
edits = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 40),
        st.binary(max_size=12) | st.sampled_from([b"\0", b"\xff\xfe", b"<", b"\r", b'"', b"\n\n"]),
    ),
    min_size=1,
    max_size=8,
)


def edited(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """`data` with runs replaced: where (a share of its length), how many bytes, by what."""
    changed = bytearray(data)
    for share, length, content in changes:
        place = int(share * len(changed))
        changed[place : place + length] = content
    return bytes(changed)


def check(form: Format, data: bytes) -> None:
    try:
        extract = convert(form, data)
    except Unreadable as error:
        check_reason(error.reason)
    else:
        check_extract(extract)


def check_reason(reason: str) -> None:
    """One line that can be shown after a path."""
    assert reason
    assert reason.isprintable()
    assert len(reason) < 200


def check_extract(extract: ConvertedText) -> None:
    assert extract.text.strip()
    assert "\0" not in extract.text
    extract.text.encode("utf-8")
    starts = [mark.start for mark in extract.marks]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(extract.text) for start in starts)
    for mark in extract.marks:
        (mark.heading or "").encode("utf-8")
        assert mark.page is None or mark.page >= 1


@pytest.mark.parametrize("form", CONVERTED, ids=lambda form: form.name)
@quick
@given(data=st.binary(max_size=400) | st.text(max_size=300).map(str.encode))
def test_any_bytes(form: Format, data: bytes) -> None:
    check(form, data)


@pytest.mark.parametrize("form", CONVERTED, ids=lambda form: form.name)
@quick
@given(changes=edits)
def test_a_real_file_with_changes(form: Format, changes: list[tuple[float, int, bytes]]) -> None:
    for sample in SAMPLES[form.name]:
        check(form, edited(sample, changes))


@pytest.mark.parametrize("name", ZIPPED)
@quick
@given(which=st.floats(0, 0.999), changes=edits)
def test_a_zip_with_changes_in_one_of_its_members(
    name: str, which: float, changes: list[tuple[float, int, bytes]]
) -> None:
    (form,) = (form for form in CONVERTED if form.name == name)
    (sample,) = SAMPLES[name]
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        names = [member for member in archive.namelist() if archive.getinfo(member).file_size]
        member = names[int(which * len(names))]
        changed = edited(archive.read(member), changes)
    check(form, made.zipped({member: changed}, sample))


@quick
@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00\xd8")
@example(b"\x1b$B\x00" * 20)
@example(b"+AAAA-\xff")
def test_any_bytes_as_text(data: bytes) -> None:
    try:
        text = decode(data)
    except Unreadable:
        return
    text.encode("utf-8")
    with suppress(UnicodeDecodeError):
        assert text == data.decode("utf-8")


@quick
@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(["# ", "a", "\n", "\r", "\r\n", "> ", "- ", "==\n", "```", "---\n", "\ufeff", "\0", "\x0c"])
    ).map("".join)
)
def test_any_text_as_markdown(text: str) -> None:
    starts = [mark.start for mark in marks(text)]
    assert starts == sorted(starts)
    assert set(starts) <= set(line_starts(text))


@quick
@given(st.binary(max_size=200), edits)
def test_any_bytes_as_gzip(data: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    assert gunzip(made.gzipped(data), 1000) == data
    with suppress(Unreadable):
        gunzip(edited(made.gzipped(data), changes), 1000)


@quick
@given(st.text(alphabet="a\r\n", max_size=30), st.data())
def test_lines_are_counted_the_same_whole_and_in_parts(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    assert line_ends(text, 0, cut) + line_ends(text, cut, len(text)) == line_ends(text, 0, len(text))
    assert line_ends(text, 0, len(text)) == len(line_starts(text)) - 1
