"""`prepare`: the data files -> one file of training rows, in the order in which they are trained on."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.training.data.negatives import MAKERS, Passages, is_really_changed
from qa.training.data.phrasing import rephrased
from qa.training.data.recipe import Recipe, SourceShare
from qa.training.data.retrieved import as_retrieved
from qa.training.data.shield import Shield
from qa.training.data.superseded import superseded
from qa.training.data.training_rows import TrainingRow, read_rows, write_rows
from qa.training.data.wordnet import WordNet


def prepare(data: Path, out: Path, recipe: Recipe) -> dict[str, int]:
    """Writes `out` (.jsonl.gz) and, beside it, what it holds (.json); returns that: "source, kind" -> rows."""
    rng = random.Random(recipe.seed)
    wordnet = WordNet.read() if recipe.phrasing.reworded else WordNet({}, {})
    shield = Shield.over(data / "eval", data / "article.txt")
    pools = {share: _pool(data, share, shield, recipe.longest_answer) for share in recipe.shares}
    passages = {share: Passages.of(rows) for share, rows in pools.items()}
    neighbours = {share: _neighbours(pools[share]) for share in recipe.shares}
    rows: list[TrainingRow] = []
    for part in ("broad", "close"):
        drawn: list[TrainingRow] = []
        for share, pool in pools.items():
            for row in _draw(pool, share.broad if part == "broad" else share.close, rng):
                chosen = [row]
                if row.answerable and rng.random() < share.negatives:
                    made = negative(row, share.kinds, passages[share], rng)
                    chosen += [made] if made is not None else []
                if recipe.superseded and rng.random() < recipe.superseded:
                    changed = superseded(row, passages[share], rng)
                    chosen += [changed] if changed is not None else []
                chosen = [as_retrieved(one, neighbours[share].get(one.title, []), recipe.cut, rng) for one in chosen]
                drawn += [rephrased(one, recipe.phrasing, wordnet, rng) for one in chosen]
        rng.shuffle(drawn)
        # Once more, since a made row may ask or show what no given row did.
        clear = list(shield.clear(drawn))
        rows += clear[: recipe.broad_rows if part == "broad" else recipe.close_rows]
    write_rows(out, rows)
    counts = Counter(f"{row.source}, {row.kind}, {'answerable' if row.answerable else 'unanswerable'}" for row in rows)
    summary = dict(sorted(counts.items())) | {
        "rows": len(rows),
        "unanswerable": sum(not row.answerable for row in rows),
    }
    out.with_suffix("").with_suffix(".json").write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    return summary


def negative(
    row: TrainingRow, kinds: Sequence[tuple[str, float]], passages: Passages, rng: random.Random
) -> TrainingRow | None:
    """One made row, of a kind drawn by weight; a kind that cannot be had gives way to the next one drawn."""
    left = dict(kinds)
    while left:
        kind = rng.choices(list(left), list(left.values()))[0]
        made = MAKERS[kind](row, passages, rng)
        if made is not None and is_really_changed(made, row):
            return made
        del left[kind]
    return None


def _pool(data: Path, share: SourceShare, shield: Shield, longest_answer: int) -> list[TrainingRow]:
    """One source's rows, none that is measured on, no question asked twice of one context."""
    rows: dict[tuple[str, str], TrainingRow] = {}
    for row in read_rows(
        data / "train" / f"{share.file}.jsonl.gz", None if share.file == "train_mix" else share.source
    ):
        if row.source != share.source or (share.unanswerable_only and row.answerable):
            continue
        if row.end - row.start <= longest_answer and len(row.question) > 5:
            rows.setdefault((row.question.lower(), row.context), row)
    return list(shield.clear(rows.values()))


def _draw(pool: list[TrainingRow], count: int, rng: random.Random) -> Iterator[TrainingRow]:
    """`count` rows, going round the pool in a new order each time, so that none comes twice before all came once."""
    while count > 0 and pool:
        yield from rng.sample(pool, min(count, len(pool)))
        count -= len(pool)


def _neighbours(pool: list[TrainingRow]) -> dict[str, list[str]]:
    titled: dict[str, dict[str, None]] = defaultdict(dict)
    for row in pool:
        if row.title:
            titled[row.title][row.context] = None
    return {title: list(contexts) for title, contexts in titled.items()}
