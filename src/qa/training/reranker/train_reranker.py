"""Trains the reranker: `python -m qa.training rerank`.

A cross-encoder (Nogueira and Cho 2019) of the reader's lower layers: question and passage in, one score out. Of each question
one passage with the answer stands among wrong ones as the retriever gives them, and the loss is the cross-entropy of the right
one among them (the listwise softmax of Cao et al. 2007), with a share of the binary cross-entropy of each passage alone, by
which a score means the same for every question; questions that no passage answers have only that.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from qa.inference.encoder import passage_tokenizer
from qa.pipeline.inputs import PassageInput
from qa.pipeline.reranker import MAX_TOKENS
from qa.training.data.batches import Example, collate
from qa.training.data.mined import MinedQuestion
from qa.training.networks.forward import outputs
from qa.training.networks.pair_classifier import PairClassifier
from qa.training.reader.export_reader import CALIBRATED_ON
from qa.training.reader.train import Loss, Schedule, run

RERANKER = PairClassifier("reranker", layers=3, classes=1, output="score")
_NEAR = 12
"""The first so many passages give most of the wrong ones."""


@dataclass(frozen=True, slots=True)
class QuestionExamples:
    """A question's examples, the right one first unless there is none."""

    examples: tuple[Example, ...]
    answered: bool


@dataclass(frozen=True, slots=True)
class ListSampling:
    """How lists are drawn: `wrong` passages a question, `near` of them from the first of the ranking."""

    wrong: int = 5
    near: int = 3
    unanswerable: float = 0.6
    """So many of the questions without an answer are taken."""


def draw(questions: Sequence[MinedQuestion], lists: ListSampling, seed: int) -> list[QuestionExamples]:
    """A list of each question that has a right passage, and of some of the others. The same arguments give the same lists."""
    tokenizer = passage_tokenizer()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    rng = random.Random(seed)
    drawn = []
    for one in questions:
        right = [passage for passage in one.passages if passage.gold]
        wrong = [passage for passage in one.passages if not passage.holds]
        if one.answerable and not (right and wrong):
            continue
        if not one.answerable and (not wrong or rng.random() >= lists.unanswerable):
            continue
        near = rng.sample(wrong[:_NEAR], min(lists.near, len(wrong[:_NEAR])))
        far = [passage for passage in wrong if passage not in near]
        chosen = near + rng.sample(far, min(lists.wrong - len(near), len(far)))
        if one.answerable:
            chosen = [right[0] if rng.random() < 0.7 else rng.choice(right), *chosen]
        encodings = tokenizer.encode_batch([(one.question, PassageInput.of(passage).text) for passage in chosen])
        drawn.append(QuestionExamples(tuple(Example(e.ids, e.type_ids, 0, 0) for e in encodings), one.answerable))
    rng.shuffle(drawn)
    return drawn


def lists_loss(drawn: Sequence[QuestionExamples], pointwise: float = 0.3) -> Loss:
    """Over the lists at some places: listwise, and `pointwise` times the mean over passages alone."""

    def loss(model: Any, places: Sequence[int]) -> torch.Tensor:
        chosen = [drawn[place] for place in places]
        batch = collate([example for one in chosen for example in one.examples])
        scores = outputs(model, batch).logits.float()[:, 0]
        parts = scores.split([len(one.examples) for one in chosen])
        first = torch.zeros(1, dtype=torch.int64, device=scores.device)
        listwise = [
            nn.functional.cross_entropy(part[None], first)
            for part, one in zip(parts, chosen, strict=True)
            if one.answered
        ]
        wanted = torch.zeros_like(scores)
        wanted[[place for place, answered in _firsts(chosen) if answered]] = 1.0
        alone = nn.functional.binary_cross_entropy_with_logits(scores, wanted)
        return torch.stack(listwise).mean() + pointwise * alone if listwise else pointwise * alone

    return loss


def train(schedule: Schedule, questions: Sequence[MinedQuestion], lists: ListSampling, model: Any) -> Path:
    """Train to the end, from the last checkpoint if there is one; the file of the averaged weights."""
    drawn = [one for number in range(schedule.passes) for one in draw(questions, lists, schedule.seed + number)]
    batches = [list(range(at, min(at + schedule.batch, len(drawn)))) for at in range(0, len(drawn), schedule.batch)]
    return run(schedule, model, batches, lists_loss(drawn))


def _firsts(chosen: Sequence[QuestionExamples]) -> list[tuple[int, bool]]:
    """The place of each list's first example among all of them, and whether it is a right one."""
    places, at = [], 0
    for one in chosen:
        places.append((at, one.answered))
        at += len(one.examples)
    return places


def of_first(drawn: Sequence[QuestionExamples]) -> list[Example]:
    """One example of each of the first lists, right and wrong ones in turn: by these the export sees how activations vary."""
    return [one.examples[place % len(one.examples)] for place, one in enumerate(drawn[:CALIBRATED_ON])]
