"""The cited sentence around its span, for all who show the one inside the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.answers import Answer, AnswerKind, Citation, Part, RetrievedPassage

MOST_ITEMS_SHOWN = 30
"""Of a list; a longer one is counted, and JSON has all of it."""
_ENTRY = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s")


def lines_of(part: Part) -> list[str]:
    """A piece of an extract as it is shown: in one line, but each entry of a list on its own. Of what was written, its text."""
    if part.support is not None:
        return [part.text]
    lines: list[str] = []
    for line in part.citation.quote.splitlines():
        if not lines or _ENTRY.match(line):
            lines.append(line.strip())
        elif line.strip():
            lines[-1] = f"{lines[-1]} {line.strip()}".strip()
    return [line for line in lines if line] or [part.text]


def around(text: str, citation: Citation, passages: Sequence[RetrievedPassage]) -> tuple[str, str]:
    """The sentence before and after the span `text`; two empty strings if the span is not within one sentence.

    The span's text may stand in its sentence twice ("49" in "from 49 to 49 years"): the offsets say which is meant.
    """
    sentence, quote = citation.sentence, citation.quote or text
    found = [match.start() for match in re.finditer(re.escape(quote), sentence)] if quote else []
    if not found:
        return "", ""
    at = next(
        (each for each in found if _stands_at(sentence, citation.start - each, citation.path, passages)), found[0]
    )
    return sentence[:at], sentence[at + len(quote) :]


def _stands_at(sentence: str, start: int, path: str, passages: Sequence[RetrievedPassage]) -> bool:
    return any(
        passage.path == path and passage.start <= start and passage.text.startswith(sentence, start - passage.start)
        for passage in passages
    )


def numbered_places(answer: Answer) -> list[int]:
    """For each part of `answer` the number, from 1, that stands behind it: of a run of sentences its own, of an item of a list
    that of its document."""
    if answer.kind is not AnswerKind.LIST:
        return list(range(1, len(answer.parts) + 1))
    numbers: dict[str, int] = {}
    return [numbers.setdefault(part.citation.path, len(numbers) + 1) for part in answer.parts]


def first_of_each(numbers: Sequence[int]) -> list[int]:
    """Where each of the `numbers` stands for the first time."""
    return [place for place, number in enumerate(numbers) if number not in numbers[:place]]
