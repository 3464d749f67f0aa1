"""The last, short stage: questions whose style says nothing about whether they can be answered.

In the main mix, typed queries without a question mark (Natural Questions) mostly have an answer, and the human-written
unanswerable ones all carry a mark, so that a mark alone lowered the score of an answer over no answer
(708 rows of the open half: by 0.5 logits on average where there is an answer, by 0.9 where there is none).
Here marks are given and taken at random, and real queries weigh more.
"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from qa.training.prepare import prepare
from qa.training.recipe import OWN_PASSAGE_ONLY, TYPED, WIKIPEDIA, Recipe, Share
from qa.training.rows import read_prepared, write_rows

STYLED = Recipe(
    shares=(
        Share("squad20_train_500para", "squad20", 4411, 0, 0.1, tuple(WIKIPEDIA.items())),
        Share("squad20_train_unansq_pairs_lower", "squad20_pairs", 2000, 0),
        Share("train_mix", "nq_qed_train", 5500, 0, 0.35, tuple(TYPED.items())),
        Share("tweetqa_train", "tweetqa", 1800, 0, 0.1, tuple(OWN_PASSAGE_ONLY.items())),
        Share("squad11_13_articles", "squad11_13", 1500, 0, 0.4, tuple(WIKIPEDIA.items())),
        Share("train_mix", "squadshifts_new_wiki", 1000, 0, 0.4, tuple(WIKIPEDIA.items())),
    ),
    seed=29,
)
_MARKED = {"nq_qed_train": 0.75}
_OTHERWISE_MARKED = 0.8


def prepare_styled(data: Path, out: Path) -> dict[str, int]:
    """As `prepare`, over STYLED, with question marks at random."""
    summary = prepare(data, out, STYLED)
    rng = random.Random(5)
    rows = []
    for row in read_prepared(out):
        bare = row.question.strip().rstrip(" ?")
        marked = rng.random() < _MARKED.get(row.source, _OTHERWISE_MARKED)
        rows.append(replace(row, question=f"{bare}?" if marked else bare))
    write_rows(out, rows)
    return summary
