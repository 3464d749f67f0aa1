"""The two themes of the chat. `TEXTUAL_THEME` and the command palette choose any other."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="qa-dark",
    dark=True,
    primary="#7fa7d9",
    secondary="#8b93a7",
    accent="#e3c07b",
    foreground="#d5d9e0",
    background="#14171c",
    surface="#1b1f26",
    panel="#232831",
    success="#86b87a",
    warning="#d9a45b",
    error="#e0777d",
    variables={"footer-background": "#14171c", "footer-item-background": "#14171c"},
)

LIGHT = Theme(
    name="qa-light",
    dark=False,
    primary="#2f62a3",
    secondary="#5d6675",
    accent="#8a5a00",
    foreground="#24282f",
    background="#fbfaf7",
    surface="#f2f0ea",
    panel="#e8e5dc",
    success="#35752f",
    warning="#9a6200",
    error="#b0323b",
    variables={"footer-background": "#fbfaf7", "footer-item-background": "#fbfaf7"},
)
