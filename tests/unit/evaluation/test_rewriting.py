import gzip
import json
import sys
from pathlib import Path

import pytest

from qa.conversation.words import content_keys
from qa.evaluation.follows import Follow
from qa.evaluation.rewrites import Judge, best_words, first_thing, last_question, main, switch_topics
from qa.inference.encoder import OnnxEncoder, shipped_encoder_folder

WEIR = Follow(
    dialogue="one",
    source="cast2019",
    pairs=(("Where is the Anstey weir?", "on the Soar"),),
    topics=(),
    question="Who built it?",
    rewrite="Who built the Anstey weir?",
)
TEXTS = {
    "Weirs": ("The Anstey weir was built by Joan Harcourt in 1911.", "Who built the Anstey weir?", "Joan Harcourt"),
    "Beetles": (
        "The stag beetle lays its eggs in rotting oak.",
        "Where does the stag beetle lay its eggs?",
        "in rotting oak",
    ),
    "Kites": (
        "A barn-door kite needs a tail of nine metres.",
        "How long is the tail of a barn-door kite?",
        "nine metres",
    ),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        {"title": title, "context": context, "question": question, "answers": [answer]}
        for title, (context, question, answer) in TEXTS.items()
    ]
    rows.append({**rows[0], "question": "Who repaired the Anstey weir?", "answers": []})
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def test_only_answerable_questions_are_asked_after_another_topic(data: Path) -> None:
    found = switch_topics(data, 10)
    assert found.questions == len(TEXTS)
    assert found.alone == len(TEXTS)
    assert found.after == len(TEXTS), "a whole question is not drawn to what was asked before"
    assert found.rewritten == 0


def test_a_smaller_sample_asks_fewer(data: Path) -> None:
    assert switch_topics(data, 2).questions == 2


def test_the_command_says_the_shares(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rewriting", "--switch", "3", "--data", str(data)])
    main()
    assert capsys.readouterr().out == (
        "3 questions, the right paragraph first: 100.0% alone, 100.0% after another topic; 0 were rewritten\n"
    )


def test_a_rewrite_is_judged_by_the_words_that_a_person_added() -> None:
    judge = Judge([WEIR], OnnxEncoder(shipped_encoder_folder()))
    untouched, whole, much = (judge.score(way) for way in (_as_typed, best_words, last_question))
    assert (untouched.recall, untouched.closed) == (0.0, 0.0)
    assert (whole.precision, whole.recall, whole.f1) == (1.0, 1.0, 1.0)
    assert 0 < whole.closed <= 1
    assert much.recall == 1.0


def test_ways_add_only_what_was_said() -> None:
    assert last_question(WEIR) == "Who built it? (Where is the Anstey weir?)"
    assert first_thing(WEIR) == "Who built it? (Where is the Anstey weir?)"
    assert frozenset(content_keys(best_words(WEIR))) >= WEIR.terms
    alone = Follow("two", "cast2019", (), (), "Who built it?", "Who built the Anstey weir?")
    assert [way(alone) for way in (last_question, first_thing, best_words)] == ["Who built it?"] * 3


def _as_typed(follow: Follow) -> str:
    return follow.question
