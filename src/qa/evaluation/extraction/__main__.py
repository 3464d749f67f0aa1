"""`python -m qa.evaluation.extraction FOLDER...`: which words of documents the index lacks.

    python -m qa.evaluation.extraction ../shared/data/asked/handbook/docs --worst 10

HTML, EPUB, Word, PowerPoint and OpenDocument are read a second time from their XML, PDF by poppler (pdftotext).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from qa.evaluation.exit_codes import exit_code_of
from qa.evaluation.extraction.loss import FolderLoss, measure
from qa.text.escaping import escape_line

_LONGEST_LINE = 110


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, as qa.evaluation.exit_codes has it."""
    given = _parser().parse_args(arguments)

    def work() -> None:
        for folder in given.folders:
            _print(folder, measure(folder), given.worst, given.lines)

    return exit_code_of(work)


def _print(folder: Path, found: FolderLoss, worst: int, lines: int) -> None:
    print(
        f"{escape_line(str(folder))}: {len(found.pages)} files, lost {found.loss:.2%}, around the text {found.around:.2%}, "
        f"torn or run together {found.unknown:.2%}"
    )
    for page in sorted(found.pages, key=lambda page: page.lost, reverse=True)[:worst]:
        print(
            f"  {page.loss:7.2%}  {page.lost:6} of {page.visible:6} words, {page.unknown:5} torn  {escape_line(page.path)}"
        )
        for line in page.missing[:lines]:
            print(f"      {escape_line(line)[:_LONGEST_LINE]}")
    for path, reason in found.unread.items():
        print(f"  not read: {escape_line(path)}: {reason}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m qa.evaluation.extraction", description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--worst", type=int, default=5, metavar="N", help="pages to name, those with most lost words first"
    )
    parser.add_argument("--lines", type=int, default=0, metavar="N", help="lost lines to show of each of them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
