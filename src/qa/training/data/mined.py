"""Questions with the passages that the retriever found for them, marked by whether they hold the answer: JSON Lines.

What the reranker and the reader are trained on beside given paragraphs: the wrong passages are those that they will meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from qa.errors import QaError
from qa.evaluation.json_lines import read_json_lines
from qa.restoring import restored


@dataclass(frozen=True, slots=True)
class MinedPassage:
    """A passage as the index gives it. `gold`: it holds the answer in the right document; `holds`: its words, anywhere.

    `answer` is the place of the answer in `text`, where it is known.
    """

    path: str
    heading: str | None
    text: str
    before: str
    score: float
    cosine: float
    holds: bool
    gold: bool
    answer: tuple[int, int] | None = None

    @property
    def own_path(self) -> str:
        """As qa.pipeline.inputs.Readable has it: what is mined is of one folder."""
        return self.path


@dataclass(frozen=True, slots=True)
class MinedQuestion:
    """A question of the set `source`, its typing errors mended, with its passages, best first."""

    source: str
    id: str
    question: str
    answers: tuple[str, ...]
    kind: str
    passages: tuple[MinedPassage, ...]

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


def write_mined(path: Path, questions: Iterable[MinedQuestion]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        for one in questions:
            out.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    part.replace(path)


def read_mined(path: Path) -> Iterator[MinedQuestion]:
    """What `write_mined` wrote. Raises QaError when there is no such file."""
    if not path.is_file():
        raise QaError(f"There are no mined questions at {path}.", "python -m qa.training mine makes them.")
    for row in read_json_lines(path):
        yield restored(MinedQuestion, row)
