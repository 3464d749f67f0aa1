"""BM25 over the passages of several indexes, as if they lay in one.

Each index knows only its own words: what is rare in one collection may be common in another, and in a collection of three
passages nearly every word is common. So the scores that FTS5 gives are not comparable between indexes. Here the first passages
of each are scored anew, with how often a word stands in all of them together (what Elasticsearch calls
"dfs_query_then_fetch"). The formula is FTS5's (https://sqlite.org/fts5.html, "The bm25() function").
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

Term = tuple[str, ...]
"""A stem; or several that must follow one another."""

_K1 = 1.2
_B = 0.75
_LEAST_RARITY = 1e-6


def bm25(
    texts: Mapping[int, Sequence[str]], holding: Mapping[Term, int], passages: int, mean: float | None = None
) -> dict[int, float]:
    """The score of each text, higher is better, by its id.

    `texts` are the stems of each, `holding` says in how many of all `passages` a term of the query stands. `mean`: how many
    stems a passage has, by default of these texts.
    """
    if not texts:
        return {}
    mean = mean or fmean(len(stems) for stems in texts.values()) or 1.0
    rarity = {term: _rarity(count, passages) for term, count in holding.items()}
    return {number: _score(stems, rarity, mean) for number, stems in texts.items()}


def _rarity(count: int, passages: int) -> float:
    return max(_LEAST_RARITY, math.log((passages - count + 0.5) / (count + 0.5)) if passages > count else 0.0)


def _score(stems: Sequence[str], rarity: Mapping[Term, float], mean: float) -> float:
    norm = _K1 * (1 - _B + _B * len(stems) / mean)
    counts = ((_count(stems, term), weight) for term, weight in rarity.items())
    return sum(weight * times * (_K1 + 1) / (times + norm) for times, weight in counts if times)


def _count(stems: Sequence[str], term: Term) -> int:
    if len(term) == 1:
        return stems.count(term[0])
    return sum(tuple(stems[at : at + len(term)]) == term for at in range(len(stems) - len(term) + 1))
