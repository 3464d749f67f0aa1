"""Exact match and F1 of one answer, as the official SQuAD 2.0 script defines them (evaluate-v2.0.py, Rajpurkar et al. 2018)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qa.candidates import normalised


def exact(answer: str, golds: Sequence[str]) -> float:
    """1 if `answer` is one of `golds` in normal form, else 0; without golds, 1 for the empty answer."""
    return max((float(normalised(answer) == normalised(gold)) for gold in golds), default=float(not answer))


def f1(answer: str, golds: Sequence[str]) -> float:
    """Token F1 with the best of `golds`; without golds, 1 for the empty answer."""
    return max((_overlap(answer, gold) for gold in golds), default=float(not answer))


def _overlap(answer: str, gold: str) -> float:
    given, wanted = normalised(answer).split(), normalised(gold).split()
    if not given or not wanted:
        return float(given == wanted)
    common = sum((Counter(given) & Counter(wanted)).values())
    return 2 * common / (len(given) + len(wanted))
