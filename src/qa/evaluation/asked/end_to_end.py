"""A question set -> its outcomes: its documents are indexed, and every question is asked as `qa ask` asks it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import UsageError
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_sets import QuestionSet, QuestionSetProblem, SetQuestion, missing_answers
from qa.evaluation.ranks import rank_of_holding
from qa.evaluation.run_questions import ProgressCallback
from qa.evaluation.scores import exact, f1
from qa.evaluation.squad_rows import Gold, Row

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.base_assistant import Explanation
    from qa.index.writing.writer import Progress as Indexing
    from qa.index_place import IndexPlace
    from qa.pipeline.models import LoadedModels
    from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class AskedSet:
    """A set after asking. `held` counts the questions in its file that can be asked, `documents` those that are indexed.

    The outcomes' `kind` is the row's own (answerable, near-miss, ...), their `rank` that of the first passage with an answer.
    """

    name: str
    seen: bool
    held: int
    documents: int
    problems: tuple[QuestionSetProblem, ...]
    outcomes: tuple[Outcome, ...]


@contextmanager
def opened(
    questions: QuestionSet,
    settings: Settings,
    models: LoadedModels,
    index: IndexPlace | None = None,
    indexing: Indexing | None = None,
) -> Iterator[tuple[Assistant, tuple[QuestionSetProblem, ...]]]:
    """An Assistant over the documents of `questions`, and what of them is not indexed.

    The index lies at `index`, where it stays and is brought up to date, else in a temporary one.
    Raises as `qa.index.service.update_index` and `Assistant.open`.
    """
    from qa.assistant import Assistant
    from qa.index.service import update_index

    with ExitStack() as stack:
        if index is None:
            index = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qa-eval-")), "index")
        settings = replace(settings, corpus=questions.documents.resolve(), index=index)
        skipped = update_index(settings, progress=indexing).skipped
        assistant = stack.enter_context(Assistant.open(settings=settings, models=models))
        yield assistant, tuple(QuestionSetProblem(one.path, f"it is not indexed: {one.reason}") for one in skipped)


def ask_set(
    questions: QuestionSet,
    chosen: Sequence[SetQuestion],
    assistant: Assistant,
    *,
    seen: bool = False,
    skipped: Sequence[QuestionSetProblem] = (),
    progress: ProgressCallback | None = None,
) -> AskedSet:
    """Ask those of `questions` that are `chosen`. The documents are checked for the answers of all, chosen or not.

    `skipped` are problems that are known already. A question that cannot be asked is one more.
    """
    outcomes, refused = [], []
    for done, (one, asked) in enumerate(explained(chosen, assistant), 1):
        if isinstance(asked, QuestionSetProblem):
            refused.append(asked)
        else:
            outcomes.append(outcome_of(one, asked))
        if progress is not None:
            progress(done, len(chosen))
    there = (one for one in questions.questions if one.document is None or questions.is_there(one.document))
    missing = missing_answers(there, lambda path: _text_of(assistant, path))
    return AskedSet(
        name=questions.name,
        seen=seen,
        held=len(questions.questions),
        documents=len(assistant.documents()),
        problems=(*questions.problems, *skipped, *missing, *refused),
        outcomes=tuple(outcomes),
    )


def explained(
    chosen: Iterable[SetQuestion], assistant: Assistant
) -> Iterator[tuple[SetQuestion, Explanation | QuestionSetProblem]]:
    """Every question with what came of it.

    The first one is asked once more before, not counted: loading the models is no part of the time of an answer.
    """
    for number, one in enumerate(chosen):
        if number == 0:
            _explain(one, assistant)
        yield one, _explain(one, assistant)


def outcome_of(one: SetQuestion, asked: Explanation) -> Outcome:
    row = Row(one.id, one.question, tuple(Gold(answer) for answer in one.answers), None, one.document, one.id)
    passages = (hit.passage for hit in asked.findings.hits)
    outcome = Outcome.of(row, asked.answer, (), None)
    if outcome.in_parts and asked.findings.spans:
        best = asked.findings.spans[0].text
        outcome = replace(outcome, best=best, best_f1=f1(best, one.answers), best_exact=exact(best, one.answers))
    return replace(outcome, kind=one.kind, rank=rank_of_holding(passages, one.answers, one.document))


def _explain(one: SetQuestion, assistant: Assistant) -> Explanation | QuestionSetProblem:
    try:
        return assistant.explain(one.question)
    except UsageError as error:
        return QuestionSetProblem(one.id, f"it cannot be asked: {error.what}")


def _text_of(assistant: Assistant, path: str) -> str | None:
    try:
        return assistant.document_text(path)
    except KeyError:
        return None
