"""`python -m qa.evaluation.asked.facts SET...`: how much of what open questions ask for is quoted, and how often items are.

    python -m qa.evaluation.asked.facts ../shared/data/asked/{code,study,money,travel} --indexes /tmp/indexes

`open.jsonl` of a set has questions with the facts that an answer of 120 words should quote, or none that the documents have
("absent"); `lists.jsonl` has questions with items. Every question goes through `Assistant.ask`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from qa.answers import Answer, AnswerKind
from qa.assistant import Assistant
from qa.errors import QaError
from qa.settings import Settings

_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Quoted:
    """Of a question: its style ("list" of one for items), the share of what it asks for that was quoted, None where the
    documents have nothing, and how it was answered (None: refused)."""

    style: str
    share: float | None
    kind: AnswerKind | None


def quoted(text: str, wanted: Sequence[Sequence[str]]) -> float:
    """The share of `wanted`, each given by its forms, of which a form stands in `text`, blanks and case aside."""
    said = _plain(text)
    return fmean(any(_plain(form) in said for form in forms) for forms in wanted)


def measure(folder: Path, indexes: Path) -> list[Quoted]:
    """All open and list questions of the set in `folder`; its index lies below `indexes`. Raises QaError."""
    settings = Settings(corpus=folder / "docs", index=indexes / folder.name)
    with Assistant.open(settings=settings) as assistant:
        return [_measured(row, assistant.ask(row["question"])) for row in _rows(folder)]


def _measured(row: dict[str, Any], answer: Answer) -> Quoted:
    wanted = row.get("must", row.get("items"))
    share = quoted(answer.text or "", wanted) if wanted else None
    return Quoted(row.get("style", "list"), share, answer.kind if answer.answered else None)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for name in ("open.jsonl", "lists.jsonl"):
        if (folder / name).exists():
            with (folder / name).open(encoding="utf-8") as file:
                yield from map(json.loads, file)


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
        extracts = sum(one.kind is AnswerKind.EXTRACT for one in rows) / len(rows)
        quoted_share = f"{fmean(shares):6.1%}" if shares else "     –"
        print(f"  {style:8} {len(rows):4}  quoted {quoted_share}  extracts {extracts:6.1%}  refused {refused:6.1%}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: that of the QaError which ended it, else 0."""
    parser = argparse.ArgumentParser("python -m qa.evaluation.asked.facts", description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument(
        "--indexes", type=Path, required=True, metavar="FOLDER", help="where the indexes of the sets lie"
    )
    given = parser.parse_args(arguments)
    try:
        for folder in given.sets:
            _print(folder.name, measure(folder, given.indexes))
    except QaError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
