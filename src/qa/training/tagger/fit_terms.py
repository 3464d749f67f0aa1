"""Fits the trees of the term tagger: `python -m qa.training.tagger.fit_terms`, a few minutes on one core.

Rows of `../shared/data/rewrite/` that are for training: a history, a follow-up, and what a person made of it. A word of the
history is a term if the person's question holds it and the follow-up does not. For every few rows two are added that have no
terms: the person's question after its own history, and after the history of another dialogue, so that a question that stands
alone, and a new topic, are left as they are.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.conversation.tagger import shipped_tagger_folder
from qa.conversation.terms import FEATURES, term_rows
from qa.conversation.trees import FILE_NAME
from qa.conversation.words import content_keys
from qa.evaluation.follows import Follow, follows_of_set, read_follows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DATA = Path("../shared/data/rewrite")
TRAINING_FILES = (
    "canard_dev_train",
    "cast_ikat_train",
    "qrecc_sample2k_train",
    "coqar_train50_train",
    "mtrag_train",
)
_COMMON_WORDS = 1500
_ALONE_EVERY = 3
"""Rows that need nothing of their history are made of every third row, in each of the two ways."""
WEIGHTS = {"cast_ikat_train": 3.0}
"""CAsT and iKAT are few and unlike the rest. On held-out dialogues of the training files, share of the gap closed on CANARD
and on CAsT: 52.2 and 43.8 with weight 1, 52.9 and 47.3 with weight 3."""
OF_SETS = "sets"
"""The name of the rows that come from the dialogues of question sets, which are what people ask of their own documents."""
_SETS_WEIGHT = 3.0
_SEED = 13


def training_follows(data: Path, sets: Sequence[Path]) -> dict[str, list[Follow]]:
    """All rows by the name of their file; those of the question sets in the folders `sets` by OF_SETS. Raises QaError."""
    files = {name: read_follows(data / f"{name}.jsonl.gz") for name in TRAINING_FILES}
    asked = [follow for folder in sets for follow in follows_of_set(folder)]
    return {**files, OF_SETS: asked} if asked else files


def weight_of(name: str) -> float:
    """How much a row of that name counts."""
    return _SETS_WEIGHT if name == OF_SETS else WEIGHTS.get(name, 1.0)


def with_alone(follows: Sequence[Follow], every: int = _ALONE_EVERY) -> Iterator[Follow]:
    """The rows that have a history, and rows made of them that need nothing of theirs."""
    rng = random.Random(_SEED)
    for place, follow in enumerate(follows):
        if follow.pairs:
            yield follow
        if place % every:
            continue
        other = rng.choice(follows)
        for one in (follow, other):
            if one.pairs and (one is follow or one.dialogue != follow.dialogue):
                yield Follow(follow.dialogue, "alone", one.pairs, one.topics, follow.rewrite, follow.rewrite)


def resolved(follows: Sequence[Follow]) -> Iterator[Follow]:
    """As they are and, where earlier questions of the dialogue were rewritten too, once more with those in the history."""
    for follow, rewritten in zip(follows, as_rewritten(follows), strict=True):
        yield follow
        if rewritten.pairs != follow.pairs:
            yield rewritten


def as_rewritten(follows: Sequence[Follow]) -> Iterator[Follow]:
    """With earlier questions of the dialogue as people rewrote them: in the product, what was said before has been made to
    stand alone."""
    rewrites = {(follow.dialogue, follow.question): follow.rewrite for follow in follows}
    for follow in follows:
        pairs = tuple(
            (rewrites.get((follow.dialogue, question), question), answer) for question, answer in follow.pairs
        )
        yield replace(follow, pairs=pairs)


def rarity_of(follows: Sequence[Follow]) -> dict[str, float]:
    """The logarithm of how rare each of the commonest words is, over the last things said."""
    counts: Counter[str] = Counter()
    for follow in follows:
        counts.update({key for said in follow.history[-3:] for key in content_keys(said.text)})
    return {key: round(-math.log(count / len(follows)), 2) for key, count in counts.most_common(_COMMON_WORDS)}


@dataclass(frozen=True, slots=True)
class Table:
    """Features (n, features), and whether each row is a term (n,)."""

    features: NDArray[np.float32]
    is_term: NDArray[np.bool_]


def table(follows: Sequence[Follow], rarity: dict[str, float]) -> Table:
    import numpy as np

    features, is_term = [], []
    for follow in follows:
        terms = follow.terms
        for key, row in term_rows(follow.history, follow.question, rarity).items():
            features.append(row)
            is_term.append(key in terms)
    return Table(np.array(features, np.float32), np.array(is_term))


def fit(tables: Mapping[str, Table]) -> Any:
    """scikit-learn's histogram gradient boosting (as LightGBM, Ke et al. 2017) over the tables of all files, by name."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=220,
        learning_rate=0.08,
        max_leaf_nodes=31,
        min_samples_leaf=40,
        l2_regularization=1.0,
        random_state=_SEED,
    )
    weights = [np.full(len(rows.is_term), weight_of(name)) for name, rows in tables.items()]
    features = np.concatenate([rows.features for rows in tables.values()])
    is_term = np.concatenate([rows.is_term for rows in tables.values()])
    return model.fit(features, is_term, sample_weight=np.concatenate(weights))


def save(model: Any, rarity: dict[str, float], folder: Path) -> Path:
    """The trees as arrays, without pickle."""
    import numpy as np

    # scikit-learn has no public way to its trees; the node table has been the same since version 0.24.
    trees = [grown[0].nodes for grown in model._predictors]
    sizes = [len(nodes) for nodes in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    nodes = np.concatenate(trees)
    offset = np.repeat(roots, sizes)
    own = np.arange(len(nodes))
    leaf = nodes["is_leaf"].astype(bool)
    path = folder / FILE_NAME
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        roots=roots.astype(np.int32),
        feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16),
        threshold=np.where(leaf, 0, nodes["num_threshold"]).astype(np.float32),
        left=np.where(leaf, own, nodes["left"] + offset).astype(np.int32),
        right=np.where(leaf, own, nodes["right"] + offset).astype(np.int32),
        value=np.where(leaf, nodes["value"], 0).astype(np.float32),
        intercept=np.float64(np.ravel(model._baseline_prediction)[0]),
        depth=np.int32(max(nodes["depth"].max(), 1)),
        features=json.dumps(list(FEATURES)),
        rarity=json.dumps(rarity),
    )
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the trees of the term tagger.")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--sets", type=Path, nargs="*", default=[], help="question sets whose dialogues are learned from"
    )
    parser.add_argument("--output", type=Path, default=shipped_tagger_folder())
    arguments = parser.parse_args()
    files = training_follows(arguments.data, arguments.sets)
    rarity = rarity_of([follow for follows in files.values() for follow in follows if follow.pairs])
    tables = {}
    for name, follows in files.items():
        rows = list(with_alone(list(resolved(follows))))
        print(
            f"{name}: {len(rows)} rows, {sum(follow.source == 'alone' for follow in rows)} of them made to stand alone"
        )
        tables[name] = table(rows, rarity)
    print(save(fit(tables), rarity, arguments.output))


if __name__ == "__main__":
    main()
