"""Reading files of questions, and the one line that each kind of malformed file gets."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.errors import UsageError
from qa.evaluation.question_errors import FileUnusable, RowMalformed
from qa.evaluation.squad_rows import Gold, read_rows

SQUAD_V2 = {
    "version": "v2.0",
    "data": [
        {
            "title": "Norway",
            "paragraphs": [
                {
                    "context": "Oslo is the capital.",
                    "qas": [
                        {
                            "id": "q1",
                            "question": "What is the capital?",
                            "answers": [{"text": "Oslo", "answer_start": 0}],
                        },
                        {
                            "id": "q2",
                            "question": "What is the king?",
                            "is_impossible": True,
                            "answers": [],
                            "plausible_answers": [{"text": "Oslo", "answer_start": 0}],
                        },
                    ],
                }
            ],
        }
    ],
}


def written(folder: Path, text: str | bytes, name: str = "rows.jsonl") -> Path:
    file = folder / name
    file.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return file


def line(**values: Any) -> str:
    return json.dumps({"question": "What is the capital?", "answers": [], **values})


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["dev.json", "dev"])
def test_squad_json(tmp_path: Path, name: str, indent: int | None, zipped: bool) -> None:
    data = json.dumps(SQUAD_V2, indent=indent).encode()
    rows = read_rows(written(tmp_path, gzip.compress(data) if zipped else data, name))
    assert [row.id for row in rows] == ["q1", "q2"]
    assert [row.golds for row in rows] == [(Gold("Oslo", 0),), ()]
    assert {row.context for row in rows} == {"Oslo is the capital."}


@pytest.mark.parametrize("zipped", [False, True])
def test_json_lines(tmp_path: Path, zipped: bool) -> None:
    text = "\ufeff" + "\r\n".join(
        [
            line(answers=["Oslo"]),
            "",
            line(id=7, context="x Oslo\u2028", answers=[{"text": "Oslo", "start": 2}, {"text": "Oslo", "start": 0}]),
            line(id="c", path="b/c.md", answers=[{"text": "Oslo", "start": 99}, {"text": "Bergen"}], extra=[1]),
        ]
    )
    rows = read_rows(written(tmp_path, gzip.compress(text.encode()) if zipped else text))
    assert [(row.id, row.context, row.path) for row in rows] == [
        ("line 1", None, None),
        ("7", "x Oslo\u2028", None),
        ("c", None, "b/c.md"),
    ]
    # A place at which the context says something else is dropped; without a context it cannot be checked.
    assert rows[1].golds == (Gold("Oslo", 2), Gold("Oslo", None))
    assert rows[2].golds == (Gold("Oslo", 99), Gold("Bergen", None))


def test_one_row_is_no_squad_json(tmp_path: Path) -> None:
    assert len(read_rows(written(tmp_path, line(data=[]), "one.json"))) == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "question is missing or no text"),
        (line(question=3), "question is missing or no text"),
        (line(question=" ?! "), "the question is empty"),
        (line(question="\ud800 what?"), "half a surrogate pair"),
        (line(answers=None), "answers is no list"),
        (line(answers="Oslo"), "answers is no list"),
        (line(answers=[3]), "an answer is neither text nor an object"),
        (line(answers=[{"start": 3}]), "text is missing or no text"),
        (line(answers=[{"text": "Oslo", "start": "3"}]), "start is no whole number"),
        (line(context=3), "context is missing or no text"),
        (line(context="  "), "the context is empty"),
        (line(context="a\0b"), "NUL"),
        (line(path=["a"]), "path is missing or no text"),
        (line(id="first"), 'the id "first" is that of line 1 too'),
    ],
)
def test_malformed_line(tmp_path: Path, bad: str, reason: str) -> None:
    file = written(tmp_path, f"{line(id='first')}\n\n{bad}\n")
    with pytest.raises(RowMalformed) as caught:
        read_rows(file)
    assert str(caught.value).startswith(f"{file}, line 3: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"data": 3}, "data"),
        ({"data": [3]}, "data[0]"),
        ({"data": [{}]}, "data[0].paragraphs"),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, "data[0].paragraphs[0]"),
        ({"data": [{"paragraphs": [{"context": "a", "qas": [{}]}]}]}, "data[0].paragraphs[0].qas[0]"),
    ],
)
def test_malformed_squad(tmp_path: Path, data: Any, place: str) -> None:
    file = written(tmp_path, json.dumps(data), "dev.json")
    with pytest.raises(RowMalformed) as caught:
        read_rows(file)
    assert str(caught.value).startswith(f"{file}, {place}: ")


def test_squad_json_cut_off_names_its_line(tmp_path: Path) -> None:
    text = json.dumps(SQUAD_V2, indent=2)
    with pytest.raises(RowMalformed, match=r"dev\.json, line \d\d: no JSON"):
        read_rows(written(tmp_path, text[:-40], "dev.json"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it holds no questions"),
        (b'{"data": []}', "it holds no questions"),
        (b"\xff\xfe", "it is not UTF-8 text (byte 0)"),
        (gzip.compress(b"{}", mtime=0)[:-9], "it is a damaged gzip file"),
        (b"\x1f\x8bnonsense", "it is a damaged gzip file"),
    ],
)
def test_unusable_file(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(FileUnusable) as caught:
        read_rows(written(tmp_path, data))
    assert reason in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="no such file"):
        read_rows(tmp_path / "none.jsonl")
    with pytest.raises(FileUnusable, match="is a directory"):
        read_rows(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: line(question=text, context=text).encode()))
def test_no_file_ends_in_a_traceback(tmp_path: Path, data: bytes) -> None:
    with suppress(UsageError):
        assert read_rows(written(tmp_path, data))
