"""A question set: a folder with `docs/` and `questions.jsonl`, the documents and what people ask of them.

A row: `{"id", "question", "answers": [every form that is right, the shortest first], "doc": a path below docs/, "kind"}`. Rows
without answers are those that the documents do not answer; their kind says why (near-miss, elsewhere, off-topic, ...).
What is wrong with a set is a QuestionSetProblem, named and counted: a broken row cannot be asked, all others are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from qa.evaluation.question_errors import FileUnusable

DOCUMENTS = "docs"
QUESTIONS = "questions.jsonl"
DIALOGUES = "dialogues.jsonl"
ANSWERABLE = "answerable"
UNANSWERABLE = "unanswerable"
"""The kinds of rows that name none."""
_SPACES = re.compile(r"\s+")
_OF_TURN = frozenset({"question", "full", "answers"})


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question of a set; without `answers` its documents do not say. `document` is the path below docs/, if it is known."""

    id: str
    question: str
    answers: tuple[str, ...]
    document: str | None
    kind: str

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class QuestionSetProblem:
    """Something wrong with a set: `place` is the row's id, or its line where it has none."""

    place: str
    what: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of `folder` that can be asked, and what is wrong with the others."""

    folder: Path
    questions: tuple[SetQuestion, ...]
    problems: tuple[QuestionSetProblem, ...]

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def documents(self) -> Path:
        return self.folder / DOCUMENTS

    @classmethod
    def load(cls, folder: Path) -> QuestionSet:
        """Raises FileUnusable when the folder is no question set, or none of its rows can be asked."""
        if not (folder / DOCUMENTS).is_dir():
            raise FileUnusable(folder, f"it has no folder {DOCUMENTS}", "A question set has docs/ and questions.jsonl.")
        questions: dict[str, SetQuestion] = {}
        problems = []
        for number, line in _lines(folder / QUESTIONS):
            made = _question(number, line)
            if isinstance(made, SetQuestion) and made.id in questions:
                made = QuestionSetProblem(f"line {number}", f"its id {made.id!r} is that of an earlier row")
            if isinstance(made, QuestionSetProblem):
                problems.append(made)
            else:
                questions[made.id] = made
        if not questions:
            raise FileUnusable(folder / QUESTIONS, "none of its rows can be asked", "A row has question and answers.")
        missing = _missing_documents(folder / DOCUMENTS, questions.values())
        return cls(folder, tuple(questions.values()), (*problems, *missing))

    def is_there(self, document: str) -> bool:
        """Whether the path `document` leads to a file below docs/."""
        return _is_there(self.documents.resolve(), document)


def missing_answers(
    questions: Iterable[SetQuestion], text_of: Callable[[str], str | None]
) -> Iterator[QuestionSetProblem]:
    """Answers of which no form stands in their document as it was indexed, white space and case aside.

    `text_of` gives a document's text by its path, None where it is not in the index.
    """
    texts: dict[str, str | None] = {}
    for one in questions:
        if one.document is None or not one.answerable:
            continue
        if one.document not in texts:
            text = text_of(one.document)
            texts[one.document] = None if text is None else collapsed(text)
        indexed = texts[one.document]
        if indexed is None:
            yield QuestionSetProblem(one.id, f"its document {one.document} is not in the index")
        elif not any(collapsed(answer) in indexed for answer in one.answers):
            yield QuestionSetProblem(one.id, f"none of its answers stands in {one.document} as it was indexed")


def collapsed(text: str) -> str:
    """Lower case, runs of white space as one blank."""
    return _SPACES.sub(" ", text).strip().casefold()


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnusable(file, f"it is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise FileUnusable(file, (error.strerror or str(error)).lower()) from error
    # Not splitlines(): a JSON string may hold U+2028 and others that it would split at.
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _question(number: int, line: str) -> SetQuestion | QuestionSetProblem:
    place = f"line {number}"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return QuestionSetProblem(place, "it is not valid JSON")
    if not isinstance(row, dict):
        return QuestionSetProblem(place, "it is not a JSON object")
    place = str(row.get("id", place))
    question, answers, document = row.get("question"), row.get("answers"), row.get("doc")
    if not _is_text(question) or not any(character.isalnum() for character in question):
        return QuestionSetProblem(place, "it has no question")
    if not isinstance(answers, list) or not all(_is_text(answer) and answer.strip() for answer in answers):
        return QuestionSetProblem(place, "its answers are no list of texts")
    if document is not None and not _is_text(document):
        return QuestionSetProblem(place, "its doc is no path")
    kind = row.get("kind", ANSWERABLE if answers else UNANSWERABLE)
    path = str(PurePosixPath(document)) if document else None
    return SetQuestion(place, question, tuple(answers), path, str(kind))


def _is_text(value: Any) -> TypeGuard[str]:
    """A string without half surrogates, which no file name or screen can take."""
    return isinstance(value, str) and value == value.encode("utf-8", "replace").decode("utf-8")


def _missing_documents(documents: Path, questions: Iterable[SetQuestion]) -> Iterator[QuestionSetProblem]:
    root = documents.resolve()
    for one in questions:
        if one.document is not None and not _is_there(root, one.document):
            yield QuestionSetProblem(one.id, f"its document {one.document} is not there")


def _is_there(root: Path, document: str) -> bool:
    try:
        path = (root / document).resolve()
        return path.is_relative_to(root) and path.is_file()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL
        return False


def folder_of_set(name: str, data: Path) -> Path:
    """The folder that `name` is the path of or, where there is none, that of the set of that name in `data`/asked."""
    return Path(name) if Path(name).is_dir() else data / "asked" / name


def dialogues_of_set(folder: Path) -> list[dict[str, Any]]:
    """The rows of the set's dialogues.jsonl: `{"id", "turns": [{"question" as typed, "full" the same in full, "answers"}]}`.

    Raises FileUnusable.
    """
    file = folder / DIALOGUES
    try:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        if not all(set(turn) >= _OF_TURN for row in rows for turn in row["turns"]):
            raise KeyError(*sorted(_OF_TURN))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileUnusable(file, f"it cannot be read as dialogues ({error!r})") from error
    return rows
