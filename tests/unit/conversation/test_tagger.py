from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa.conversation.history import exchanges
from qa.conversation.tagger import Tagger, shipped_tagger_folder
from qa.conversation.terms import FEATURES, term_rows
from qa.errors import ModelUnusable


def test_every_row_has_every_feature() -> None:
    history = exchanges([("Who founded Rome?", "Romulus"), ("When?", "in 753")], ["Rome", "Origins"])
    rows = term_rows(history, "Did he have a brother?", {"who": 1.0})
    assert set(rows) == {"founded", "rome", "romulus", "753", "origin"}
    assert {len(row) for row in rows.values()} == {len(FEATURES)}
    assert all(np.isfinite(row).all() for row in rows.values())


def test_words_of_the_question_are_no_terms() -> None:
    history = exchanges([("Who founded Rome?", "Romulus")])
    assert "rome" not in term_rows(history, "How old is Rome?", {})


def test_the_person_asked_about_is_a_term_and_a_verb_is_none() -> None:
    tagger = Tagger.load(shipped_tagger_folder())
    terms = tagger.terms(exchanges([("Where was Marie Curie born?", "Warsaw")]), "When did she die?")
    assert min(terms["marie"], terms["curie"]) > 0.5
    assert terms["born"] < 0.25


def test_nothing_said_gives_no_terms() -> None:
    assert Tagger.load(shipped_tagger_folder()).terms([], "Who?") == {}


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable):
        Tagger.load(tmp_path)
    (tmp_path / "terms.npz").write_bytes(b"PK no archive")
    with pytest.raises(ModelUnusable):
        Tagger.load(tmp_path)
    np.savez(tmp_path / "terms.npz", features="[]")
    with pytest.raises(ModelUnusable):
        Tagger.load(tmp_path)
