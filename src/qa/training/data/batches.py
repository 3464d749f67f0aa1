"""Prepared rows -> token tensors, in batches of rows of like length, in an order that a seed fixes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from qa.inference.encoder import passage_tokenizer
from qa.training.data.training_rows import TrainingRow

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_WINDOW = 384
"""Tokens of a question and its context, marks included."""
_SPECIAL = 3
_TOGETHER = 4096
_SHUFFLED_TOGETHER = 64
"""Batches whose rows are sorted by length together: padding stays small, and the order of the rows coarse as prepared."""


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of question and context; `start` and `end` are token places, both 0 where there is no answer."""

    ids: list[int]
    type_ids: list[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of int64: three of shape (rows, longest), two of shape (rows,)."""

    ids: torch.Tensor
    mask: torch.Tensor
    type_ids: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor


def examples(rows: Sequence[TrainingRow]) -> list[Example]:
    """One example a row; a row whose answer does not lie within the window or on token borders is left out."""
    return [one for _, one in placed_examples(rows, passage_tokenizer())]


def placed_examples(rows: Sequence[TrainingRow], tokenizer: Tokenizer) -> list[tuple[int, Example]]:
    """The same as any `tokenizer` cuts them, each with the place of its row."""
    made = []
    for place, encoding in enumerate(encodings(rows, tokenizer)):
        one = example(rows[place], encoding)
        if one is not None:
            made.append((place, one))
    return made


def encodings(rows: Sequence[TrainingRow], tokenizer: Tokenizer) -> Iterator[Any]:
    """The tokenizer's of (question, context), row by row; a context ends at the window.

    The window has _WINDOW tokens with the marks of a BERT, and more where a tokenizer puts more marks in: the same words
    are seen with any vocabulary that cuts them alike.
    """
    more_marks = tokenizer.num_special_tokens_to_add(True) - _SPECIAL
    tokenizer.enable_truncation(_WINDOW + more_marks, strategy="only_second")
    for first in range(0, len(rows), _TOGETHER):
        part = rows[first : first + _TOGETHER]
        yield from tokenizer.encode_batch([(row.question, row.context) for row in part])


def example(row: TrainingRow, encoding: Any) -> Example | None:
    """The row as tokens. `encoding` is the tokenizer's of (question, context)."""
    if not row.answerable:
        return Example(encoding.ids, encoding.type_ids, 0, 0)
    start = encoding.char_to_token(row.start, 1)
    end = encoding.char_to_token(row.end - 1, 1)
    if start is None or end is None:
        return None
    return Example(encoding.ids, encoding.type_ids, start, end)


def plan(made: Sequence[Example], size: int, seed: int) -> list[list[int]]:
    """Which examples make which batch. The same arguments give the same plan."""
    rng = random.Random(seed)
    batches: list[list[int]] = []
    for first in range(0, len(made), size * _SHUFFLED_TOGETHER):
        places = list(range(first, min(first + size * _SHUFFLED_TOGETHER, len(made))))
        places.sort(key=lambda place: (len(made[place].ids), place))
        part = [places[at : at + size] for at in range(0, len(places), size)]
        rng.shuffle(part)
        batches += part
    return batches


def collate(chosen: Sequence[Example]) -> Batch:
    """Puts examples into one batch, padded on the right with zeros."""
    shape = (len(chosen), max(len(one.ids) for one in chosen))
    ids, type_ids, mask = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for place, one in enumerate(chosen):
        length = len(one.ids)
        ids[place, :length] = one.ids
        type_ids[place, :length] = one.type_ids
        mask[place, :length] = 1
    starts = torch.tensor([one.start for one in chosen])
    ends = torch.tensor([one.end for one in chosen])
    return Batch(torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(type_ids), starts, ends)
