"""Rows -> Outcomes, one by one, by asking an Assistant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import UsageError
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import RowMalformed
from qa.evaluation.ranks import CUTOFFS
from qa.evaluation.squad_rows import Row

if TYPE_CHECKING:
    from qa.answers import Answer, RetrievedPassage
    from qa.assistant import Assistant

ProgressCallback = Callable[[int, int], None]
"""Told how many questions of how many are asked."""


class Way(StrEnum):
    """How the rows are asked."""

    CONTEXTS = "end to end over the contexts"
    GIVEN = "passage given"
    CORPUS = "over the corpus"


def ask_all(
    file: Path,
    rows: Sequence[Row],
    assistant: Assistant,
    way: Way,
    *,
    right_path: Callable[[Row], str | None],
    progress: ProgressCallback | None = None,
) -> Iterator[Outcome]:
    """One Outcome a row, in order. `right_path` names the document that has the answer, if it is known.

    The first question is asked once more before, not counted: loading the models is no part of the time of an answer.
    Raises RowMalformed for a question that cannot be asked.
    """
    if rows:
        _ask(file, rows[0], assistant, way)
    for done, row in enumerate(rows, 1):
        answer, passages = _ask(file, row, assistant, way)
        yield Outcome.of(row, answer, passages, right_path(row))
        if progress is not None:
            progress(done, len(rows))


def _ask(file: Path, row: Row, assistant: Assistant, way: Way) -> tuple[Answer, Sequence[RetrievedPassage]]:
    """The answer, and the passages as ranked: as many as recall is measured over, if there are."""
    try:
        if way is Way.GIVEN and row.context is not None:
            return assistant.read(row.question, row.context), ()
        answer = assistant.ask(row.question)
        if len(answer.passages) >= max(CUTOFFS) or not row.golds:
            return answer, answer.passages
        return answer, assistant.search(row.question, max(CUTOFFS))
    except UsageError as error:
        raise RowMalformed(file, row.place, error.what.rstrip(".")) from error
