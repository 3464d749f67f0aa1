"""`ablate`: what each kind of made negative is worth, by short runs that differ in nothing else.

Every run begins with the same weights and has the same number of rows; where a kind is left out, the other kinds and more
given rows take its place. Scored on the open half with the gold passage given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from qa.training.evaluate import opened, read_file
from qa.training.measures import Measures, measure
from qa.training.prepare import prepare
from qa.training.recipe import WIKIPEDIA, Recipe, Share
from qa.training.train import Schedule, train

ROWS = 8_000
KINDS = tuple(WIKIPEDIA.items())
BASE = Recipe(
    shares=(
        Share("squad20_train_500para", "squad20", 2000, 0, 0.6, KINDS),
        Share("squad20_train_unansq_pairs_lower", "squad20_pairs", 1000, 0),
        Share("squad11_13_articles", "squad11_13", 2200, 0, 0.8, KINDS),
        Share("train_mix", "squad11_train_subset", 2200, 0, 0.8, KINDS),
        Share("train_mix", "squadshifts_new_wiki", 2200, 0, 0.8, KINDS),
    ),
    broad_rows=ROWS,
    close_rows=0,
)
WITHOUT: dict[str, frozenset[str]] = {
    "all kinds": frozenset(),
    "no other passages (same document, retrieved)": frozenset({"same document", "retrieved"}),
    "no passage less its answer": frozenset({"answer cut out"}),
    "no swapped names and numbers": frozenset({"name swapped", "number swapped"}),
    "no opposites and denials": frozenset({"opposite", "negated"}),
    "none made, only people's": frozenset(WIKIPEDIA),
}


@dataclass(frozen=True, slots=True)
class Ablation:
    """A run, the share of its rows that have no answer, and its scores on the open half."""

    name: str
    unanswerable: float
    measures: Measures


def ablate(data: Path, start: Path, out: Path, limit: int) -> Iterator[Ablation]:
    """One run after the other, each in a folder of `out`; a finished one is not trained again. `limit` rows are scored."""
    for number, (name, kinds) in enumerate(WITHOUT.items()):
        folder = out / str(number)
        rows = folder / "rows.jsonl.gz"
        summary = prepare(data, rows, without(kinds))
        weights = folder / "weights.pt"
        if not weights.exists():
            weights = train(Schedule(rows, folder, start, average=0.99))
        with opened(weights) as reader:
            measures = measure(read_file(reader, data / "eval" / "squad2_open.jsonl.gz", limit))
        yield Ablation(name, summary["unanswerable"] / summary["rows"], measures)


def without(kinds: frozenset[str]) -> Recipe:
    """BASE, less these kinds of negatives."""
    kept = tuple((kind, weight) for kind, weight in KINDS if kind not in kinds)
    shares = (
        replace(share, kinds=kept, negatives=share.negatives if kept else 0.0) if share.kinds else share
        for share in BASE.shares
    )
    return replace(BASE, shares=tuple(shares))
