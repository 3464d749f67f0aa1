"""`python -m qa.evaluation.asked.facts SET...`: how much of what open questions ask for is quoted, and how often items are.

    python -m qa.evaluation.asked.facts ../shared/data/asked/{code,study,money,travel} --indexes /tmp/indexes

`open.jsonl` of a set has questions with the facts that an answer of 120 words should quote, or none that the documents have
("absent"); `summaries.jsonl` has such that ask for a document as a whole; `lists.jsonl` has questions with items, of which
item F1 is given too. Every question goes through `Assistant.ask`.
With `--rows FOLDER` they are read from SET-open.jsonl and SET-lists.jsonl there: tests/data/asked has more of both.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from qa.answers import Answer, AnswerKind
from qa.assistant import Assistant
from qa.evaluation.asked.items import item_f1
from qa.evaluation.exit_codes import exit_code_of
from qa.evaluation.json_lines import read_json_lines
from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Quoted:
    """Of a question: its style ("list" of one for items), the share of what it asks for that was quoted, None where the
    documents have nothing, how it was answered (None: refused), and of items the F1."""

    style: str
    share: float | None
    kind: AnswerKind | None
    item_f1: float | None = None


def quoted(text: str, wanted: Sequence[Sequence[str]]) -> float:
    """The share of `wanted`, each given by its forms, of which a form stands in `text`, blanks and case aside."""
    said = _plain(text)
    return fmean(any(_plain(form) in said for form in forms) for forms in wanted)


def measure(folder: Path, indexes: Path, rows: Path | None = None) -> list[Quoted]:
    """All open and list questions of the set in `folder`, or those for it in `rows`; its index lies below `indexes`. Raises
    QaError."""
    settings = Settings(corpus=folder / "docs", index=indexes / folder.name)
    with Assistant.open(settings=settings) as assistant:
        return [_measured(row, assistant.ask(row["question"])) for row in _rows(folder, rows)]


def _measured(row: dict[str, Any], answer: Answer) -> Quoted:
    wanted = row.get("must", row.get("items"))
    share = quoted(answer.text or "", wanted) if wanted else None
    given = [part.text for part in answer.parts]
    f1 = item_f1(given, row["items"]) if "items" in row else None
    return Quoted(row.get("style", "list"), share, answer.kind if answer.answered else None, f1)


def _rows(folder: Path, rows: Path | None) -> Iterator[dict[str, Any]]:
    for name in ("open.jsonl", "summaries.jsonl", "lists.jsonl"):
        file = rows / f"{folder.name}-{name}" if rows else folder / name
        if file.exists():
            yield from read_json_lines(file)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _print(name: str, found: Sequence[Quoted]) -> None:
    styles: dict[str, list[Quoted]] = defaultdict(list)
    for one in found:
        styles[one.style].append(one)
    opened = [one.share for one in found if one.share is not None and one.style != "list"]
    print(f"{name}: facts quoted {fmean(opened) if opened else 0:.1%} of {len(opened)} open questions")
    for style, rows in sorted(styles.items()):
        shares = [one.share for one in rows if one.share is not None]
        refused = sum(one.kind is None for one in rows) / len(rows)
        in_parts = sum(one.kind in (AnswerKind.EXTRACT, AnswerKind.LIST) for one in rows) / len(rows)
        scores = [one.item_f1 for one in rows if one.item_f1 is not None]
        items = f"  item F1 {fmean(scores):6.1%}" if scores else ""
        quoted_share = f"{fmean(shares):6.1%}" if shares else "     –"
        print(
            f"  {style:8} {len(rows):4}  quoted {quoted_share}  in parts {in_parts:6.1%}  refused {refused:6.1%}{items}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, as qa.evaluation.exit_codes has it."""
    parser = argparse.ArgumentParser("python -m qa.evaluation.asked.facts", description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument(
        "--indexes", type=Path, required=True, metavar="FOLDER", help="where the indexes of the sets lie"
    )
    parser.add_argument("--rows", type=Path, metavar="FOLDER", help="where the questions lie, as SET-open.jsonl")
    given = parser.parse_args(arguments)

    def work() -> None:
        for folder in given.sets:
            _print(folder.name, measure(folder, given.indexes, given.rows))

    return exit_code_of(work)


if __name__ == "__main__":
    sys.exit(main())
