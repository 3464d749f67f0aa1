"""Exact match and F1 of one answer, as the official SQuAD 2.0 script defines them (evaluate-v2.0.py, Rajpurkar et al. 2018)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qa.pipeline.ranking import normalised

_NO_ANSWER = ("",)


def exact(answer: str, golds: Sequence[str]) -> float:
    """1 if `answer` is one of `golds` in normal form, else 0; without golds, 1 for an answer without words."""
    return max(float(normalised(answer) == normalised(gold)) for gold in _with_words(golds))


def f1(answer: str, golds: Sequence[str]) -> float:
    """Token F1 with the best of `golds`; without golds, 1 for an answer without words."""
    return max(_overlap(answer, gold) for gold in _with_words(golds))


def _with_words(golds: Sequence[str]) -> Sequence[str]:
    """Golds of which nothing is left in normal form are no golds to the official script, unless all are like that."""
    return [gold for gold in golds if normalised(gold)] or _NO_ANSWER


def _overlap(answer: str, gold: str) -> float:
    given, wanted = normalised(answer).split(), normalised(gold).split()
    if not given or not wanted:
        return float(given == wanted)
    common = sum((Counter(given) & Counter(wanted)).values())
    return 2 * common / (len(given) + len(wanted))
