from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.conversation.history import exchanges
from qa.conversation.network import MAX_TOKENS, tagger_tokenizer, tokens_of
from qa.conversation.tagger import Tagger, shipped_tagger_folder
from qa.conversation.terms import FEATURES, term_rows
from qa.conversation.window import window
from qa.conversation.words import key_of
from qa.errors import ModelUnusable


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load(shipped_tagger_folder())


def test_the_person_asked_about_is_a_term_and_a_verb_is_none(tagger: Tagger) -> None:
    terms = tagger.terms(exchanges([("Where was Marie Curie born?", "Warsaw")]), "When did she die?")
    assert min(terms["marie"], terms["curie"]) > 0.5
    assert terms["born"] < 0.25


def test_a_question_that_stands_alone_needs_nothing(tagger: Tagger) -> None:
    history = exchanges([("Where was Marie Curie born?", "Warsaw")])
    terms = tagger.terms(history, "How long is the coast of Norway?")
    assert max(terms.values()) < 0.25


def test_words_of_the_question_are_no_terms(tagger: Tagger) -> None:
    assert "rome" not in tagger.terms(exchanges([("Who founded Rome?", "Romulus")]), "How old is Rome?")


def test_nothing_said_gives_no_terms(tagger: Tagger) -> None:
    assert tagger.terms([], "Who?") == {}


def test_every_word_said_has_a_probability_though_it_lies_beyond_the_window(tagger: Tagger) -> None:
    pairs = [(f"What is number{turn}?", f"word{turn} " * 80) for turn in range(8)]
    terms = tagger.terms(exchanges(pairs), "Why?")
    assert set(terms) == {f"{kind}{turn}" for turn in range(8) for kind in ("number", "word")}
    assert all(0 <= probability <= 1 for probability in terms.values())


def test_the_last_turn_comes_first_and_topics_before_it() -> None:
    seen = window(exchanges([("Who founded Rome?", "Romulus"), ("When?", "in 753")], ["Rome", "Origins"]))
    assert [place.key for place in seen.places] == ["rome", "origin", "753", "founded", "rome", "romulus"]


_TEXTS = st.text(max_size=200)


@given(question=_TEXTS, pairs=st.lists(st.tuples(_TEXTS, _TEXTS), max_size=10), topics=st.lists(_TEXTS, max_size=2))
@settings(deadline=None)
def test_places_are_those_of_the_words(question: str, pairs: list[tuple[str, str]], topics: list[str]) -> None:
    seen = window(exchanges(pairs, topics))
    for place in seen.places:
        beginning = key_of(seen.text[place.start : place.start + len(place.key)])
        assert beginning[:1] == place.key[:1]
    encoding = tagger_tokenizer().encode(question, seen.text)
    assert len(encoding.ids) <= MAX_TOKENS
    assert all(token < len(encoding.ids) for token, _ in tokens_of(seen, encoding))


@given(question=_TEXTS, pairs=st.lists(st.tuples(_TEXTS, _TEXTS), max_size=3))
@settings(deadline=None, max_examples=30)
def test_any_text_may_be_said(tagger: Tagger, question: str, pairs: list[tuple[str, str]]) -> None:
    assert all(0 <= probability <= 1 for probability in tagger.terms(exchanges(pairs), question).values())


def test_every_row_has_every_feature() -> None:
    history = exchanges([("Who founded Rome?", "Romulus"), ("When?", "in 753")], ["Rome", "Origins"])
    rows = term_rows(history, "Did he have a brother?", {"who": 1.0})
    assert set(rows) == {"founded", "rome", "romulus", "753", "origin"}
    assert {len(row) for row in rows.values()} == {len(FEATURES)}
    assert all(np.isfinite(row).all() for row in rows.values())


@pytest.mark.parametrize("name", ["terms.npz", "model.int8.onnx"])
def test_a_damaged_model_is_named(tmp_path: Path, name: str) -> None:
    for file in shipped_tagger_folder().glob("*.[no]*"):
        shutil.copyfile(file, tmp_path / file.name)
    Tagger.load(tmp_path)
    (tmp_path / name).write_bytes(b"PK no archive and no model")
    with pytest.raises(ModelUnusable, match=name):
        Tagger.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ModelUnusable, match=name):
        Tagger.load(tmp_path)


def test_trees_of_other_features_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "terms.npz", features="[]")
    with pytest.raises(ModelUnusable, match="other features"):
        Tagger.load(tmp_path)
