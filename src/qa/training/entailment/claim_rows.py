"""`claims.jsonl` of a question set: sentences and yes/no questions over places of its documents, each with its relation.

A line is `{"doc": path, "evidence": [lines of the document], "hypotheses": [{"text", "form", "relation"}]}`; `form` is "claim"
or "question". What a model is shown is a passage of the index that holds the evidence, or the sentences of it around the
evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from qa.errors import QaError
from qa.evaluation.json_lines import read_json_lines
from qa.index.backend import SearchableIndex
from qa.index.records import StoredPassage
from qa.pipeline.inputs import PassageInput
from qa.text.sentences import Place, sentences
from qa.training.data.indexed import indexed
from qa.training.entailment.entailment_model import Relation

FILE_NAME = "claims.jsonl"


class Form(StrEnum):
    """What a hypothesis is: a sentence, or a question that wants yes or no."""

    CLAIM = "claim"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A hypothesis with its relation to what stands at a place of a document.

    `passage` holds the evidence. `premises` are the texts that a model may be shown: the passage first, then the evidence by
    itself and with its neighbours. `sentence` is the first sentence of the evidence.
    """

    set_name: str
    document: str
    hypothesis: str
    form: Form
    relation: Relation
    premises: tuple[str, ...]
    sentence: str
    passage: StoredPassage


def claim_rows(folder: Path, indexes: Path) -> list[ClaimRow]:
    """All hypotheses of the set in `folder`; its index lies below `indexes`. Raises QaError where a line cannot be read or
    its evidence does not stand in the document."""
    with indexed(folder / "docs", indexes / folder.name) as index, index.snapshot():
        return [row for line in read_json_lines(folder / FILE_NAME) for row in _rows(folder, index, line)]


def _rows(folder: Path, index: SearchableIndex, line: dict[str, Any]) -> Iterator[ClaimRow]:
    text = index.document_text(line["doc"])
    start, end = _place_of(line["evidence"], text, folder / FILE_NAME)
    passage = max(index.passages_in(line["doc"]), key=lambda one: min(end, one.end) - max(start, one.start))
    premises = tuple(dict.fromkeys(_premises(passage, start, end)))
    sentence = text[start:end].splitlines()[0]
    for one in line["hypotheses"]:
        yield ClaimRow(
            folder.name,
            line["doc"],
            one["text"],
            Form(one["form"]),
            Relation(one["relation"]),
            premises,
            sentence,
            passage,
        )


def _place_of(evidence: Sequence[str], text: str, file: Path) -> Place:
    places = []
    for one in evidence:
        found = re.search(r"\s+".join(map(re.escape, one.split())), text)
        if found is None:
            raise QaError(f"{file}: {one!r} does not stand in its document.", "Quote the document word for word.")
        places.append(found.span())
    return min(places)[0], max(end for _, end in places)


def _premises(passage: StoredPassage, start: int, end: int) -> Iterator[str]:
    """The passage, its sentences from `start` to `end` (characters of the document), and these with one more on each side."""
    yield PassageInput.of(passage).text
    places = list(sentences(passage.text))
    touched = [
        number
        for number, (first, last) in enumerate(places)
        if first + passage.start < end and last + passage.start > start
    ]
    if not touched:
        return
    for more in (0, 1):
        first, last = max(touched[0] - more, 0), min(touched[-1] + more, len(places) - 1)
        body = passage.text[places[first][0] : places[last][1]]
        yield PassageInput.of(replace(passage, text=body, before=passage.text[: places[first][0]])).text
