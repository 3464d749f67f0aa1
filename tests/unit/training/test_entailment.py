"""From claims written over documents to an entailment model that can be opened; its int8 file says what the network says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("onnx", reason="the extra qa[train] is not installed")

import torch

from qa.errors import QaError
from qa.index.records import StoredPassage
from qa.training.data.batches import collate
from qa.training.entailment import train_entailment as training
from qa.training.entailment.claim_rows import FILE_NAME, ClaimRow, Form, claim_rows
from qa.training.entailment.entailment_model import EntailmentModel, Relation
from qa.training.networks.forward import outputs
from qa.training.reader.start import network
from qa.training.reader.train import Schedule

NOTES = """# Pool

The pool opens at 7 on weekdays. A ticket costs 4 euros.
Children under 6 swim free. Dogs may not come in.

Lockers take a coin of 1 euro. Towels can be hired for 2 euros.
"""


def row(number: int, relation: Relation) -> ClaimRow:
    verb = {"entailment": "has", "contradiction": "does not have", "neutral": "had last year"}[relation]
    passage = StoredPassage(number, "a.txt", 0, 9, 1, None, None, "A room.")
    text = f"Room {number} has {number + 3} chairs and {number + 9} lamps."
    return ClaimRow(
        "made", "a.txt", f"Room {number} {verb} {number + 3} chairs.", Form.CLAIM, relation, (text,), text, passage
    )


ROWS = [row(number, relation) for number in range(4) for relation in Relation]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set" / "docs").mkdir(parents=True)
    (tmp_path / "set" / "docs" / "pool.md").write_text(NOTES, encoding="utf-8")
    return tmp_path / "set"


def claims(folder: Path, *evidence: str) -> None:
    hypotheses = [
        {"text": "Entry is 4 euros.", "form": "claim", "relation": "entailment"},
        {"text": "can i bring my dog", "form": "question", "relation": "contradiction"},
    ]
    line = {"doc": "pool.md", "evidence": list(evidence), "hypotheses": hypotheses}
    (folder / FILE_NAME).write_text(json.dumps(line) + "\n", encoding="utf-8")


def test_a_claim_comes_with_the_passage_and_with_the_sentences_of_its_evidence(folder: Path, tmp_path: Path) -> None:
    claims(folder, "A ticket costs 4 euros.", "Dogs may not come in.")
    claim, question = claim_rows(folder, tmp_path / "indexes")
    assert (claim.form, claim.relation) == (Form.CLAIM, Relation.ENTAILMENT)
    assert (question.form, question.relation) == (Form.QUESTION, Relation.CONTRADICTION)
    whole, evidence, *_ = claim.premises
    assert "The pool opens at 7" in whole
    assert "A ticket costs 4 euros." in evidence
    assert "Dogs may not come in." in evidence
    assert "Lockers" not in evidence
    assert claim.sentence == "A ticket costs 4 euros."


@pytest.mark.parametrize("line", ["no JSON", None])
def test_what_cannot_be_used_is_named(folder: Path, tmp_path: Path, line: str | None) -> None:
    claims(folder, "A ticket costs 5 euros.")
    if line is not None:
        (folder / FILE_NAME).write_text(line, encoding="utf-8")
    with pytest.raises(QaError, match=FILE_NAME):
        claim_rows(folder, tmp_path / "indexes")


def test_what_is_made_says_what_it_is_said_to_say() -> None:
    others = [replace(one, premises=("The hall is closed.",)) for one in ROWS[:2]]
    made = training.augmented([*ROWS, *others], training.Augmentation(1.0, 1.0, 1.0), Random(1))
    stated = [one for one in made if one.hypothesis == one.sentence]
    assert {one.relation for one in stated} == {Relation.ENTAILMENT}
    changed = [one for one in made if one.relation is Relation.CONTRADICTION and one.hypothesis != one.sentence]
    assert all(one.hypothesis not in one.premises[0] for one in changed)
    elsewhere = [one for one in made if one.relation is Relation.NEUTRAL]
    assert all(one.hypothesis.split()[1] not in one.premises[0].split()[:2] for one in elsewhere)
    assert len(elsewhere) == len(ROWS) + len(others)


def test_a_few_steps_lower_the_loss_and_the_file_says_what_the_network_says(tmp_path: Path) -> None:
    start = tmp_path / "reader.pt"
    torch.save(network().state_dict(), start)
    schedule = Schedule(tmp_path, tmp_path / "run", batch=6, passes=8, rate=3e-4, dropout=0.0, average=0.5)
    pairs = training.drawn(ROWS, training.Augmentation(0, 0, 0), seed=1)
    loss = training.pairs_loss(pairs)
    places = list(range(len(pairs)))
    before = training.ENTAILMENT.started(start).eval()
    weights = training.train(schedule, ROWS, training.ENTAILMENT.started(start))
    after = training.ENTAILMENT.untrained().eval()
    after.load_state_dict(torch.load(weights, weights_only=True))
    with torch.inference_mode():
        assert float(loss(after, places)) < float(loss(before, places))
        logits = outputs(after, collate([one.example for one in pairs])).logits.float()
    training.ENTAILMENT.export(weights, tmp_path / "model", [one.example for one in pairs])
    model = EntailmentModel(tmp_path / "model")
    for one in ROWS[:6]:
        example = training.drawn([one], training.Augmentation(0, 0, 0), seed=1)[0].example
        place = next(number for number, pair in enumerate(pairs) if pair.example.ids == example.ids)
        found = model.probabilities(one.hypothesis, one.premises[0])
        assert list(found.values()) == pytest.approx(logits[place].softmax(0).tolist(), abs=0.1)
