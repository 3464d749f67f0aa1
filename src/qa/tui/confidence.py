"""How sure an answer is, in words and as a bar: a calibrated probability, for those who do not know the term."""

from __future__ import annotations

from textual.content import Content

from qa.answers import percent

WIDTH = 10
# From here on an answer is shown in the colour of success, below in that of a warning.
SURE = 0.75
_WORDS = ((0.9, "almost certain"), (SURE, "very likely"), (0.5, "likely"), (0.25, "doubtful"), (0.0, "very doubtful"))


def words(confidence: float) -> str:
    return next((word for least, word in _WORDS if confidence >= least), _WORDS[-1][1])


def bar(confidence: float, *, colour: str | None = None) -> Content:
    """Bar, words and per cent on one line. Without `colour` the bar is coloured by how sure the answer is."""
    # In this order, NaN becomes 0.
    sure = min(max(0.0, confidence), 1.0)
    full = round(sure * WIDTH)
    if colour is None:
        colour = "$success" if sure >= SURE else "$warning"
    return Content.assemble(
        ("━" * full, colour),
        ("━" * (WIDTH - full), "$foreground 15%"),
        (f"  {words(sure)}", "$foreground"),
        (f"  {percent(sure)}", "$foreground-muted"),
    )
