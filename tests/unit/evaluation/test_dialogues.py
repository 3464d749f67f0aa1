from __future__ import annotations

from collections import Counter

import pytest

from qa.conversation.acts import act_of
from qa.evaluation.dialogues import ARTICLE as OVER_THE_ARTICLE
from qa.evaluation.dialogues import Dialogue, alike, read_dialogues
from tests.conftest import ARTICLE, ROOT
from tests.unit.conversation.made import answer

FOLDER = ROOT / "tests" / "dialogues"


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    return read_dialogues(FOLDER / "dialogues.jsonl")


def test_the_dialogues_are_as_their_readme_says(dialogues: list[Dialogue]) -> None:
    assert len(dialogues) >= 40
    assert len({dialogue.id for dialogue in dialogues}) == len(dialogues)
    assert all(3 <= len(dialogue.turns) <= 6 for dialogue in dialogues)
    halves = Counter(dialogue.half for dialogue in dialogues)
    assert set(halves) == {"tune", "kept"}
    assert halves["kept"] >= halves["tune"]


def test_the_answers_stand_in_the_texts(dialogues: list[Dialogue]) -> None:
    texts = {
        over: "\n".join(path.read_text("utf-8") for path in files)
        for over, files in {
            OVER_THE_ARTICLE: [ARTICLE],
            **{over: sorted((FOLDER / over).iterdir()) for over in ("texts", "more")},
        }.items()
    }
    for dialogue in dialogues:
        text = texts[dialogue.over].replace("\n", " ").lower()
        for turn in dialogue.turns:
            assert turn.act or turn.answers
            assert any(gold.lower() in text for gold in turn.answers) or turn.act, (dialogue.id, turn.answers)


def test_acts_are_told_from_questions(dialogues: list[Dialogue]) -> None:
    for dialogue in dialogues:
        for turn in dialogue.turns:
            assert act_of(turn.question) == turn.act


def test_a_half_can_be_read_alone(dialogues: list[Dialogue]) -> None:
    tune = read_dialogues(FOLDER / "dialogues.jsonl", "tune")
    assert tune == [dialogue for dialogue in dialogues if dialogue.half == "tune"]


def test_answers_are_alike_in_words_or_place_or_when_both_are_refused() -> None:
    assert alike(answer("q", "the Kant base", 0.9), answer("p", "Kant base", 0.5))
    assert alike(answer("q", None, 0.9), answer("p", None, 0.5))
    assert alike(answer("q", "some 400 people", 0.9), answer("p", "400", 0.5))
    assert not alike(answer("q", None, 0.9), answer("p", "Kant base", 0.5))
