"""`qa eval`: how good the answers are on a file of questions with gold answers, or on a question set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.cli import console
from qa.cli.options import json_option, min_confidence_option, places, settings_of
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.corpus_place import CorpusPlace
    from qa.evaluation.outcome import Outcome
    from qa.evaluation.plan import Plan
    from qa.index_place import IndexPlace

_path = click.Path(path_type=Path)


@click.command("eval")
@click.argument("file", type=_path, required=False)
@click.option("--given-passage", is_flag=True, help="Read each row's own context instead of searching all of them.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Ask N questions only, drawn with a fixed seed.")
@min_confidence_option
@click.option("--save", type=_path, metavar="SAVED", help="Write the result of every row there, as JSON Lines.")
@click.option(
    "--compare", type=_path, nargs=2, metavar="A B", help="Compare two files that --save wrote; asks nothing."
)
@click.option("--plot", type=_path, metavar="FOLDER", help="Draw reliability, risk and latency there (needs qa[eval]).")
@json_option
@places
def evaluate(
    file: Path | None,
    given_passage: bool,
    limit: int | None,
    min_confidence: float | None,
    save: Path | None,
    compare: tuple[Path, Path] | None,
    plot: Path | None,
    as_json: bool,
    corpus: CorpusPlace | None,
    index: IndexPlace | None,
) -> int:
    """Ask every question of FILE, or of the question set in the folder FILE, and score the answers.

    \b
    Examples:
      qa eval dev-v2.0.json                        search all its paragraphs, then read
      qa eval --given-passage dev-v2.0.json        read the right paragraph (SQuAD's own setting)
      qa eval --corpus ~/notes questions.jsonl     ask about your documents
      qa eval --limit 300 --save a.jsonl dev.json  a sample, kept to compare
      qa eval --compare a.jsonl b.jsonl
      qa eval my-set                               a folder of documents with its questions

    FILE is SQuAD 1.1 or 2.0 JSON, or JSON Lines with "question", "answers" (texts, or objects with "text" and "start"; []
    when there is no answer) and, if you like, "id", "context" or "path"; either may be gzipped. Rows without a context
    are asked over the corpus, and so are all when --corpus or --index is given. The scores are those of the official SQuAD
    2.0 script and more.

    A question set is a folder with docs/ and questions.jsonl: JSON Lines with "question", "answers" (every form that is right;
    [] when the documents do not say) and, if you like, "id", "doc" (a path below docs/) and "kind". --index keeps its index.
    """
    if compare:
        if any((file, given_passage, limit, save, plot, corpus, index)) or min_confidence is not None:
            raise UsageError("--compare takes two saved files and asks nothing.", "Leave out all else but --json.")
        return _compare(*compare, as_json=as_json)
    if file is None:
        raise UsageError("Give a FILE of questions, or --compare A B.", "For example: qa eval dev-v2.0.json")
    if save is not None and save.resolve() == file.resolve():
        raise UsageError("--save would overwrite the questions.", "Name another file.")
    from qa.evaluation.plan import Plan

    settings = settings_of(corpus, index)
    if min_confidence is not None:
        settings = replace(settings, min_confidence=min_confidence)
    over_corpus = corpus is not None or index is not None
    if file.is_dir():
        if given_passage or corpus:
            raise UsageError("A question set has its own documents.", "Leave out --given-passage and --corpus.")
        from qa.cli.evaluate_set import evaluate_set

        return evaluate_set(file, settings, index=index, limit=limit, save=save, plot=plot, as_json=as_json)
    plan = Plan.of(file, settings, given_passage=given_passage, over_corpus=over_corpus, limit=limit)
    return _evaluate(plan, save, plot, as_json=as_json)


def _evaluate(plan: Plan, save: Path | None, plot: Path | None, *, as_json: bool) -> int:
    from qa.evaluation import plots
    from qa.evaluation.report import report
    from qa.evaluation.saved import saving
    from qa.evaluation.table import table_of

    if plot is not None:
        plots.ready(plot)
    header = plan.header()
    with saving(save, header) if save is not None else nullcontext(_nowhere) as write:
        outcomes = []
        for outcome in _asked(plan):
            write(outcome)
            outcomes.append(outcome)
    found = report(outcomes, retrieved=plan.retrieves)
    if as_json:
        console.data_json({"run": header, **found})
    else:
        console.data(table_of(header, found))
    for picture in plots.plot(outcomes, plot) if plot is not None else ():
        console.message(f"drawn: {picture}")
    return 0


def _asked(plan: Plan) -> Iterator[Outcome]:
    with ExitStack() as stack:
        with console.progress_bar("Indexing") as indexing:
            assistant = stack.enter_context(plan.assistant(indexing))
        progress = stack.enter_context(console.progress_bar("Asking", "questions"))
        yield from plan.outcomes(assistant, progress)


def _compare(first: Path, second: Path, *, as_json: bool) -> int:
    from qa.cli.evaluate_set import compare_runs
    from qa.evaluation.asked.saved_runs import is_run
    from qa.evaluation.compare import differences, paired
    from qa.evaluation.run_questions import Way
    from qa.evaluation.saved import load
    from qa.evaluation.table import table_of_differences

    if is_run(first) and is_run(second):
        return compare_runs(first, second, as_json=as_json)
    (first_run, one), (second_run, other) = load(first), load(second)
    pairs = paired(first, one, second, other)
    found = differences(pairs, retrieved=all(run.get("way") != Way.GIVEN for run in (first_run, second_run)))
    alone = len(one) - len(pairs), len(other) - len(pairs)
    if as_json:
        runs = {"a": first_run, "b": second_run}
        only = {"only_in_a": alone[0], "only_in_b": alone[1]}
        console.data_json({**runs, "rows": len(pairs), **only, "differences": [asdict(each) for each in found]})
    else:
        console.data(table_of_differences(str(first), str(second), found, alone))
    return 0


def _nowhere(outcome: Outcome) -> None:
    """Takes outcomes that are not to be saved."""
