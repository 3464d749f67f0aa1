from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa.conversation.trees import TreeTagger
from qa.training.tagger.fit_terms import fit, rarity_of, resolved, save, table, with_alone
from tests.unit.training.made import follows


def test_the_saved_trees_say_what_the_fitted_ones_say(tmp_path: Path) -> None:
    rows = follows()
    rarity = rarity_of(rows)
    data = table(rows, rarity)
    model = fit({"made": data})
    save(model, rarity, tmp_path)
    tagger = TreeTagger.load(tmp_path)
    assert tagger.trees.probabilities(data.features) == pytest.approx(
        model.predict_proba(data.features)[:, 1], abs=1e-5
    )
    assert tagger.rarity == rarity
    terms = tagger.terms(rows[0].history, rows[0].question)
    assert terms["person0"] > 0.9 > 0.1 > terms["born"]


def test_earlier_questions_are_put_in_as_people_rewrote_them() -> None:
    both = [follow for follow in resolved(follows()[:2]) if follow.question == "Where?"]
    assert [follow.pairs[-1][0] for follow in both] == ["When did she die?", "When did Person0 die?"]


def test_rows_made_to_stand_alone_have_no_terms() -> None:
    alone = [follow for follow in with_alone(follows()) if follow.source == "alone"]
    assert alone
    assert all(not follow.terms for follow in alone)
    assert any(follow.dialogue[1:] not in str(follow.pairs) for follow in alone)
    assert np.isfinite(table(alone, {}).features).all()
