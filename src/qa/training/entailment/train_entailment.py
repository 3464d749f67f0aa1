"""Trains the entailment model: `python -m qa.training entailment`.

All six layers of the reader, with three classes. Beside what was written (qa.training.entailment.claim_rows) it learns from
sentences as they stand (borne out), from these with a number changed for another of the passage (denied), and from
hypotheses over another passage of their document (neither), so that neither shared words nor the look of a sentence decides.
Its logits are divided by a temperature that makes its probabilities right on sets it has not seen (Guo et al. 2017).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import nn

from qa.inference.encoder import passage_tokenizer
from qa.training.data.batches import Example, collate
from qa.training.entailment.claim_rows import ClaimRow, Form
from qa.training.entailment.entailment_model import MAX_TOKENS, EntailmentModel, Relation
from qa.training.networks.forward import outputs
from qa.training.networks.pair_classifier import PairClassifier
from qa.training.reader.export_reader import CALIBRATED_ON
from qa.training.reader.train import Loss, Schedule, run

ENTAILMENT = PairClassifier("entailment", layers=6, classes=len(Relation), output="logits")
_RELATIONS = list(Relation)
_PASSAGE_SHARE = 0.5
"""Of the premises: the whole passage; the others are sentences of it."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SENTENCE_WORDS = range(5, 41)
_TEMPERATURES = [value / 20 for value in range(10, 61)]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How many rows are made for each that was written: sentences as they stand, sentences with a number changed, hypotheses
    over another passage."""

    verbatim: float = 0.08
    changed_number: float = 0.08
    elsewhere: float = 0.12


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A hypothesis and a premise as tokens, and the place of their relation in Relation."""

    example: Example
    label: int


def drawn(rows: Sequence[ClaimRow], augmentation: Augmentation, seed: int) -> list[LabelledPair]:
    """Every row once, with one of its premises, and what is made from them. The same arguments give the same."""
    rng = Random(seed)
    chosen = [*rows, *augmented(rows, augmentation, rng)]
    tokenizer = passage_tokenizer()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    encodings = tokenizer.encode_batch([(row.hypothesis, _premise(row, rng)) for row in chosen])
    labels = [_RELATIONS.index(row.relation) for row in chosen]
    made = [
        LabelledPair(Example(one.ids, one.type_ids, 0, 0), label) for one, label in zip(encodings, labels, strict=True)
    ]
    rng.shuffle(made)
    return made


def augmented(rows: Sequence[ClaimRow], augmentation: Augmentation, rng: Random) -> list[ClaimRow]:
    """What is made from `rows`."""
    found: list[ClaimRow] = []
    by_document: dict[tuple[str, str], list[ClaimRow]] = defaultdict(list)
    for row in rows:
        by_document[row.set_name, row.document].append(row)
    for row in rows:
        if rng.random() < augmentation.verbatim and len(row.sentence.split()) in _SENTENCE_WORDS:
            found.append(_stated(row, row.sentence, Relation.ENTAILMENT))
        if rng.random() < augmentation.changed_number and (changed := _with_other_number(row, rng)):
            found.append(_stated(row, changed, Relation.CONTRADICTION))
        if rng.random() < augmentation.elsewhere:
            others = [one for one in by_document[row.set_name, row.document] if one.premises[0] != row.premises[0]]
            if others:
                found.append(replace(row, premises=rng.choice(others).premises, relation=Relation.NEUTRAL))
    return found


def shown(rows: Sequence[ClaimRow]) -> list[Example]:
    """Some of them as tokens: by these the export sees how activations vary."""
    return [one.example for one in drawn(Random(5).sample(rows, min(len(rows), CALIBRATED_ON)), Augmentation(), seed=1)]


def pairs_loss(pairs: Sequence[LabelledPair], smoothing: float = 0.05) -> Loss:
    """Cross-entropy of the pairs at some places."""

    def loss(model: Any, places: Sequence[int]) -> torch.Tensor:
        chosen = [pairs[place] for place in places]
        logits = outputs(model, collate([one.example for one in chosen])).logits.float()
        wanted = torch.tensor([one.label for one in chosen], device=logits.device)
        return nn.functional.cross_entropy(logits, wanted, label_smoothing=smoothing)

    return loss


def train(schedule: Schedule, rows: Sequence[ClaimRow], model: Any) -> Path:
    """Train to the end, from the last checkpoint if there is one; the file of the averaged weights."""
    pairs = [one for number in range(schedule.passes) for one in drawn(rows, Augmentation(), schedule.seed + number)]
    batches = [list(range(at, min(at + schedule.batch, len(pairs)))) for at in range(0, len(pairs), schedule.batch)]
    return run(schedule, model, batches, pairs_loss(pairs))


def tempered(weights: Path, rows: Sequence[ClaimRow], target: Path) -> float:
    """Writes `weights` with the head divided by the temperature that fits `rows` best; that temperature."""
    model = ENTAILMENT.untrained()
    state = torch.load(weights, weights_only=True, map_location="cpu")
    model.load_state_dict(state)
    pairs = drawn(rows, Augmentation(0, 0, 0), seed=1)
    model.eval()
    with torch.inference_mode():
        logits = torch.cat(
            [
                outputs(model, collate([one.example for one in pairs[at : at + 32]])).logits.float()
                for at in range(0, len(pairs), 32)
            ]
        )
    wanted = torch.tensor([one.label for one in pairs])
    best = min(_TEMPERATURES, key=lambda value: float(nn.functional.cross_entropy(logits / value, wanted)))
    torch.save(
        {name: tensor / best if name.startswith("classifier.") else tensor for name, tensor in state.items()}, target
    )
    return best


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says of a row."""

    row: ClaimRow
    probabilities: dict[Relation, float]

    @property
    def likeliest(self) -> Relation:
        return max(self.probabilities, key=self.probabilities.__getitem__)


def judgements(model: EntailmentModel, rows: Sequence[ClaimRow]) -> list[Judgement]:
    """What the model says of every row with its whole passage as the premise."""
    return [Judgement(row, model.probabilities(row.hypothesis, row.premises[0])) for row in rows]


def report(found: Sequence[Judgement]) -> dict[str, Any]:
    """Of each form: how many, how often the likeliest relation is right, and, from some probabilities on, the share of
    hypotheses said to be borne out (of questions: answered with yes or no) and how often that is right."""
    return {
        form.value: _measured([one for one in found if one.row.form is form], form)
        for form in Form
        if any(one.row.form is form for one in found)
    }


def _measured(found: Sequence[Judgement], form: Form) -> dict[str, Any]:
    said = (Relation.ENTAILMENT,) if form is Form.CLAIM else (Relation.ENTAILMENT, Relation.CONTRADICTION)
    curve = {}
    for least in (0.5, 0.6, 0.7, 0.8, 0.9):
        sure = [one for one in found if one.likeliest in said and one.probabilities[one.likeliest] >= least]
        right = sum(one.likeliest is one.row.relation for one in sure)
        curve[f"{least}"] = {"said": round(len(sure) / len(found), 3), "right": round(right / max(1, len(sure)), 3)}
    right = sum(one.likeliest is one.row.relation for one in found)
    return {"rows": len(found), "right": round(right / len(found), 3), "from": curve}


def _premise(row: ClaimRow, rng: Random) -> str:
    return row.premises[0] if rng.random() < _PASSAGE_SHARE else rng.choice(row.premises)


def _stated(row: ClaimRow, sentence: str, relation: Relation) -> ClaimRow:
    return replace(row, hypothesis=sentence, form=Form.CLAIM, relation=relation)


def _with_other_number(row: ClaimRow, rng: Random) -> str | None:
    """The sentence with one of its numbers changed for one that stands elsewhere in the passage; None where there is none."""
    places = [match.span() for match in _NUMBER.finditer(row.sentence)]
    own = set(_NUMBER.findall(row.sentence))
    others = sorted(set(_NUMBER.findall(row.premises[0])) - own)
    if not places or not others:
        return None
    start, end = rng.choice(places)
    return f"{row.sentence[:start]}{rng.choice(others)}{row.sentence[end:]}"
