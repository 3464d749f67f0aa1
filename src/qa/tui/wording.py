"""How sure an answer is, in words and as a bar: a calibrated probability, for those who do not know the term."""

from __future__ import annotations

from textual.content import Content

from qa.answers import percent

WIDTH = 10
_WORDS = ((0.9, "almost certain"), (0.75, "very likely"), (0.5, "likely"), (0.25, "doubtful"), (0.0, "very doubtful"))

MOST_OF_PERHAPS = 0.74
"""What is given with "Perhaps:" is called likely at most."""


def words(confidence: float) -> str:
    return next((word for least, word in _WORDS if confidence >= least), _WORDS[-1][1])


def bar(confidence: float, colour: str, most: float = 1.0) -> Content:
    """Bar, words and per cent on one line; the words claim no more than `most`."""
    # In this order, NaN becomes 0.
    sure = min(max(0.0, confidence), 1.0)
    full = round(sure * WIDTH)
    return Content.assemble(
        ("━" * full, colour),
        ("━" * (WIDTH - full), "$foreground 15%"),
        (f"  {words(min(sure, most))}", "$foreground"),
        (f"  {percent(sure)}", "$foreground-muted"),
    )
