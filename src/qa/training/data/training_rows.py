"""Question-and-passage rows: as the data files hold them, and as training reads them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from qa.evaluation.json_lines import read_json_lines

EDGES_TO_STRIP = " \t\r\n,;:"


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One question over one context. `context[start:end]` is the answer; `start == end == -1` where there is none."""

    id: str
    source: str
    title: str
    context: str
    question: str
    start: int
    end: int
    golds: tuple[str, ...] = ()
    kind: str = "as given"

    @property
    def answer(self) -> str:
        return self.context[self.start : self.end] if self.answerable else ""

    @property
    def answerable(self) -> bool:
        return self.start >= 0


def read_rows(path: Path, source: str | None = None) -> Iterator[TrainingRow]:
    """A data file as rows; `source` names them unless each names its own (train_mix does)."""
    for raw in read_json_lines(path):
        answers = raw["answers"]
        assert isinstance(answers, list)
        context = plain_quotes(str(raw["context"]))
        golds = [trimmed(context, int(a["start"]), int(a["start"]) + len(a["text"])) for a in answers]
        start, end = preferred([gold for gold in golds if gold[0] < gold[1]], context)
        yield TrainingRow(
            id=str(raw["id"]),
            source=source or str(raw.get("source", path.name.split(".")[0])),
            title=str(raw["title"] or ""),
            context=context,
            question=plain_quotes(str(raw["question"])).strip(),
            start=start,
            end=end,
            golds=tuple(dict.fromkeys(str(a["text"]) for a in answers)),
        )


def plain_quotes(text: str) -> str:
    """Treebank quotes as people type them, at the same length so that offsets stay.

    Other marks of tokenised text ("sub - fields", "14. 8 percent") need no repair: the BERT tokenizer splits at
    punctuation and drops spaces, so they give the same tokens as the original.
    """
    return text.replace("``", ' "').replace("''", '" ')


def trimmed(context: str, start: int, end: int) -> tuple[int, int]:
    """The span without blanks, commas or a lone quote or bracket at its edges."""
    while start < end and context[start] in EDGES_TO_STRIP:
        start += 1
    while end > start and context[end - 1] in EDGES_TO_STRIP:
        end -= 1
    inside = context[start:end]
    for opening, closing in ('""', "()", "[]", "“”"):
        if inside.startswith(opening) and closing not in inside[1:]:
            return trimmed(context, start + 1, end)
        if inside.endswith(closing) and opening not in inside[:-1]:
            return trimmed(context, start, end - 1)
    if end - start > 3 and context[end - 1] == "." and inside.count(".") == 1:
        end -= 1
    return start, end


def preferred(golds: list[tuple[int, int]], context: str) -> tuple[int, int]:
    """Of several people's answers the most frequent, of equally frequent ones the longest; (-1, -1) for none.

    The longer one carries the unit or the whole name ("49 years", not "49").
    """
    if not golds:
        return -1, -1
    votes = Counter(context[start:end].lower() for start, end in golds)
    return max(golds, key=lambda gold: (votes[context[gold[0] : gold[1]].lower()], gold[1] - gold[0], -gold[0]))


def write_rows(path: Path, rows: Iterable[TrainingRow]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=4) as out:
        for row in rows:
            out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def read_prepared(path: Path) -> list[TrainingRow]:
    """What `write_rows` wrote."""
    rows = []
    for raw in read_json_lines(path):
        golds = raw.pop("golds")
        assert isinstance(golds, list)
        rows.append(TrainingRow(golds=tuple(golds), **raw))
    return rows


_Any = TypeVar("_Any")


def spread(rows: Sequence[_Any], count: int | None) -> list[_Any]:
    """`count` of the rows, evenly over all of them; all where None."""
    if count is None or count >= len(rows):
        return list(rows)
    return [rows[place * len(rows) // count] for place in range(count)]
