"""`python -m qa.evaluation.asked SET...`: how good the answers are over whole folders of documents, as people ask about them.

    python -m qa.evaluation.asked ../shared/data/asked/{news,travel} --indexes /tmp/indexes --json run.json
    python -m qa.evaluation.asked ../shared/data/asked/* --every 5 --reader FOLDER --json other.json
    qa eval --compare run.json other.json

A set is a folder with docs/ and questions.jsonl (qa.evaluation.question_sets). Every question goes through `Assistant.explain`,
which is what `qa ask` answers with. Which sets may be quoted: qa.evaluation.asked.protocol.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import UsageError
from qa.evaluation.asked.saved_runs import Run, ready, save
from qa.evaluation.asked.set_running import Benchmark
from qa.evaluation.asked.set_table import table_of
from qa.evaluation.exit_codes import exit_code_of
from qa.settings import Settings
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from qa.index.writing.writer import Progress

_TOLD_EVERY = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, as qa.evaluation.exit_codes has it."""
    given = _parser().parse_args(arguments)
    return exit_code_of(lambda: _measure(given))


def _measure(given: argparse.Namespace) -> None:
    if given.every < 1:
        raise UsageError("--every takes a number from 1 on.")
    print(table_of(_asked(given).report()))


def _asked(given: argparse.Namespace) -> Run:
    """What is asked of the sets; saved after each, so that what takes an hour is not lost in its last minute."""
    benchmark = Benchmark.of(
        given.sets,
        Settings.from_environment(),
        seen=given.seen,
        every=given.every,
        index_of=lambda name: given.indexes / name if given.indexes else None,
        reader=given.reader,
        reranker=given.reranker,
    )
    if given.json:
        ready(given.json, benchmark.sets)
    run = Run(benchmark.header(), ())
    for one in benchmark.run(_told):
        run = Run(run.header, (*run.sets, one))
        if given.json:
            save(run, given.json)
    return run


@contextmanager
def _told(title: str, things: str) -> Iterator[Progress]:
    """Lines on stderr: a run of an hour is looked at in a file as often as on a screen."""

    def tell(done: int, total: int) -> None:
        if things == "questions" and (done % _TOLD_EVERY == 0 or done == total):
            _say(f"{title}: {done:,} of {total:,} {things}")

    _say(title)
    yield tell


def _say(text: str) -> None:
    print(escape_line(text), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qa.evaluation.asked", description="Ask the questions of question sets, and score the answers."
    )
    add = parser.add_argument
    add("sets", nargs="+", type=Path, metavar="SET", help="a folder with docs/ and questions.jsonl")
    add("--every", type=int, default=1, metavar="N", help="ask every Nth question of each set only")
    add("--indexes", type=Path, metavar="FOLDER", help="keep the sets' indexes there, and use them again")
    add("--reader", type=Path, metavar="FOLDER", help="another reader, with its calibration.json")
    add("--reranker", type=Path, metavar="FOLDER", help="another reranker")
    add(
        "--seen",
        type=lambda text: [name for name in text.split(",") if name],
        metavar="SET,SET",
        help='names of the sets that the models have seen, "" for none [all but news, travel]',
    )
    add("--json", type=Path, metavar="FILE", help="save the run there: report and all outcomes, for qa eval --compare")
    return parser


if __name__ == "__main__":
    sys.exit(main())
