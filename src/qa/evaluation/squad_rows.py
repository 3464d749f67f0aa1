"""Files of questions with gold answers -> Rows: SQuAD v1.1 and v2.0 JSON, or JSON Lines, either of them gzipped or not.

A row of JSON Lines: `question`, `answers` (a list of texts, or of objects with `text` and, if known, `start` or SQuAD's
`answer_start`; an empty list means that there is no answer), and optionally `id`, `context`, `path`. Other fields are
passed over.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.evaluation.question_errors import FileUnusable, RowMalformed

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer. `start` is a character of the row's context (of the document, in a row without one), if known."""

    text: str
    start: int | None = None

    @property
    def end(self) -> int | None:
        return None if self.start is None else self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Row:
    """A question; no golds when it has no answer. `place` says where in the file it stands, for messages."""

    id: str
    question: str
    golds: tuple[Gold, ...]
    context: str | None
    path: str | None
    place: str

    @property
    def gold_texts(self) -> list[str]:
        return [gold.text for gold in self.golds]


def read_rows(file: Path) -> list[Row]:
    """All rows of `file`, in order. Raises FileUnusable and RowMalformed."""
    text = _text_of(file)
    nested = _squad_json(file, text)
    rows = list(_rows_of_squad(file, nested) if nested is not None else _rows_of_lines(file, text))
    if not rows:
        raise FileUnusable(file, "it holds no questions", "Give SQuAD JSON, or JSON Lines with question and answers.")
    seen: dict[str, str] = {}
    for row in rows:
        if row.id in seen:
            raise RowMalformed(file, row.place, f'the id "{row.id}" is that of {seen[row.id]} too')
        seen[row.id] = row.place
    return rows


def _text_of(file: Path) -> str:
    try:
        data = file.read_bytes()
        if data.startswith(_GZIP_MAGIC):
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnusable(file, f"it is not UTF-8 text (byte {error.start})") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileUnusable(file, "it is a damaged gzip file") from error
    except OSError as error:
        raise FileUnusable(file, (error.strerror or str(error)).lower()) from error


def _squad_json(file: Path, text: str) -> list[Any] | None:
    """SQuAD's `data`, or None when the file is something else: then it is read as JSON Lines."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        if (
            file.name.removesuffix(".gz").endswith(".json")
            and isinstance(error, json.JSONDecodeError)
            and '"data"' in text
        ):
            raise RowMalformed(file, f"line {error.lineno}", f"no JSON ({error.msg})") from error
        return None
    if not isinstance(values, dict) or "data" not in values or "question" in values:
        return None
    if not isinstance(values["data"], list):
        raise RowMalformed(file, "data", "no list of articles")
    return values["data"]


def _rows_of_squad(file: Path, articles: list[Any]) -> Iterator[Row]:
    for article_place, article in _numbered(file, "data", articles):
        for place, paragraph in _numbered(file, f"{article_place}.paragraphs", article.get("paragraphs")):
            context = _string(file, place, paragraph, "context")
            for row_place, values in _numbered(file, f"{place}.qas", paragraph.get("qas")):
                yield _row(file, row_place, {**values, "context": context})


def _numbered(file: Path, place: str, values: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(values, list):
        raise RowMalformed(file, place, "no list")
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            raise RowMalformed(file, f"{place}[{number}]", "no JSON object")
        yield f"{place}[{number}]", value


def _rows_of_lines(file: Path, text: str) -> Iterator[Row]:
    # Not splitlines(): a JSON string may hold U+2028 and others that it would split at.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            raise RowMalformed(file, place, f"no JSON ({reason})") from error
        if not isinstance(values, dict):
            raise RowMalformed(file, place, "no JSON object")
        yield _row(file, place, values)


def _row(file: Path, place: str, values: dict[str, Any]) -> Row:
    question = _string(file, place, values, "question")
    if not any(character.isalnum() for character in question):
        raise RowMalformed(file, place, "the question is empty")
    context = _string(file, place, values, "context") if values.get("context") is not None else None
    if context is not None and not context.strip():
        raise RowMalformed(file, place, "the context is empty")
    if context is not None and "\0" in context:
        raise RowMalformed(file, place, "the context holds a NUL character")
    answers = values.get("answers")
    if not isinstance(answers, list):
        raise RowMalformed(file, place, "answers is no list (an empty one says that there is no answer)")
    return Row(
        id=str(values["id"]) if values.get("id") is not None else place,
        question=question,
        golds=tuple(_gold(file, place, answer, context) for answer in answers),
        context=context,
        path=_string(file, place, values, "path") if values.get("path") is not None else None,
        place=place,
    )


def _gold(file: Path, place: str, answer: Any, context: str | None) -> Gold:
    if isinstance(answer, str):
        answer = {"text": answer}
    if not isinstance(answer, dict):
        raise RowMalformed(file, place, "an answer is neither text nor an object with text")
    text = _string(file, place, answer, "text")
    start = answer.get("start", answer.get("answer_start"))
    if start is not None and (isinstance(start, bool) or not isinstance(start, int)):
        raise RowMalformed(file, place, "an answer's start is no whole number")
    # SQuAD 1.1 has a few answers beside their place; such a place is no place.
    if start is not None and (start < 0 or (context is not None and not context.startswith(text, start))):
        start = None
    return Gold(text, start)


def _string(file: Path, place: str, values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise RowMalformed(file, place, f"{name} is missing or no text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RowMalformed(file, place, f"{name} holds half a surrogate pair") from error
    return value
