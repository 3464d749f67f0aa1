from __future__ import annotations

from pathlib import Path

import pytest

from qa.evaluation.json_lines import read_json_lines
from qa.training.data.phrasing import Phrasing
from qa.training.data.prepare import prepare
from qa.training.data.recipe import Recipe, SourceShare
from qa.training.data.shield import Shield
from qa.training.data.training_rows import read_prepared

from .conftest import BUKHARA, KHIVA, SAMARKAND, row


@pytest.fixture
def shield() -> Shield:
    shield = Shield()
    shield.add(SAMARKAND, "When did Timur make Samarkand his capital?")
    return shield


@pytest.mark.parametrize(
    "context",
    [SAMARKAND, SAMARKAND.upper(), SAMARKAND.replace(" ", "  "), f"Cities\n{SAMARKAND}\n{KHIVA}", SAMARKAND[47:]],
)
def test_a_measured_context_is_found_in_any_form(shield: Shield, context: str) -> None:
    assert shield.covers_context(context)


def test_a_measured_question_is_found_over_any_context(shield: Shield) -> None:
    assert shield.covers(row(BUKHARA, "when did timur make the Samarkand his capital"))
    assert not shield.covers(row(BUKHARA, "How high is the Kalyan minaret?", "47 metres"))


def test_no_prepared_row_meets_an_evaluation_row(data: Path, tmp_path: Path) -> None:
    recipe = Recipe(
        shares=(SourceShare("squad20_train_500para", "squad20", 300, 300), SourceShare("clapnq_dev", "clapnq", 200, 0)),
        phrasing=Phrasing(reworded=0.0),
    )
    prepare(data, tmp_path / "rows.jsonl.gz", recipe)
    prepared = read_prepared(tmp_path / "rows.jsonl.gz")
    measured = [raw for path in (data / "eval").glob("*.gz") for raw in read_json_lines(path)]
    contexts = {" ".join(str(raw["context"]).lower().split()) for raw in measured}
    questions = {str(raw["question"]).lower() for raw in measured}
    assert len(prepared) > 500
    assert not [one for one in prepared if " ".join(one.context.lower().split()) in contexts]
    assert not [one for one in prepared if one.question.lower() in questions]
