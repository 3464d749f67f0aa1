"""Questions that ask for one document as a whole, and for nothing in it: "key points of minutes-june.md", "what came out of the
June minutes, in short".

The document's name is taken out of the question, and a logistic regression on the encoder's vector of what is left says how
probably it asks for a summary. `python -m qa.training summaries SET...` fits it and prints how often it is right.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import ModelUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE_NAME = "summaries.json"
STAND_IN = "document"
"""What stands in a question where the document's name stood."""
_WORD = re.compile(r"[^\W_]+")
_INSIDE_NAMES = frozenset("a an and at by for from in of on s the to with".split())
"""Belong to a name only if they stand between words of it."""


@dataclass(frozen=True, slots=True)
class SummaryRequests:
    """`weights`: one for each dimension of the encoder's vectors."""

    intercept: float
    weights: Sequence[float]

    def probability(self, vector: NDArray[np.float32]) -> float:
        """That a question asks for a document as a whole; `vector`, shape (d,), is that of the question `without_name`."""
        logit = self.intercept + sum(weight * float(value) for weight, value in zip(self.weights, vector, strict=True))
        return 1 / (1 + math.exp(-logit))

    @classmethod
    def load(cls, folder: Path) -> SummaryRequests:
        """Read `summaries.json`. Raises ModelUnusable."""
        path = folder / FILE_NAME
        try:
            values = json.loads(path.read_text("utf-8"))
            return cls(float(values["intercept"]), tuple(map(float, values["weights"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(path, str(error)) from error


def without_name(question: str, path: str, title: str) -> str:
    """`question` with STAND_IN for every run of words that are in the `path` or the `title` of a document."""
    names = {word.casefold() for word in _WORD.findall(f"{path} {title}")} - _INSIDE_NAMES
    words = list(_WORD.finditer(question))
    named = [number for number, word in enumerate(words) if word[0].casefold() in names]
    pieces, end = [], 0
    for first, last in _runs(named, [word[0].casefold() in _INSIDE_NAMES for word in words]):
        pieces += [question[end : words[first].start()], STAND_IN]
        end = words[last].end()
    return " ".join("".join([*pieces, question[end:]]).split())


def _runs(named: Sequence[int], may_stand_between: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last of the words that are `named`, with nothing between but what may stand there."""
    runs: list[tuple[int, int]] = []
    for number in named:
        if runs and all(may_stand_between[runs[-1][1] + 1 : number]):
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
