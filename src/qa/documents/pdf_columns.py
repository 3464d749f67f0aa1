"""Pages in columns that a program wrote line by line over all of them: each column is read by itself.

Most programs write a column to its end before the next, and PDFium keeps their order. Where the order of the file goes back
and forth over a gutter instead, what stands left of it is put before what stands right of it, as far down as no line crosses
it. So does XY-cut (Nagy & Seth 1984), but here only where the file itself gives no order, and the columns are of sentences: the
rows of a table belong together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from qa.documents.pdf_words import HYPHEN, Box, PlacedWord, runs_of

_LEAST_GAP = 5.0
"""Points between two columns."""
_WIDEST_GAP = 100.0
_BIN = 2.0
"""Points: how exactly a gutter is looked for."""
_LEAST_ROWS = 5
_LEAST_WORDS = 3
"""Of a line in a column of sentences, each of three letters or more: fewer are cells."""
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_SMALL_SHARE = 0.25
"""Of the lines of a column of sentences so many begin with a small letter, at the least."""
_MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class LinePiece:
    """Words that stand beside each other."""

    words: tuple[PlacedWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def may_be_interleaved(text_page: Any) -> bool:
    """Whether much of a page was written beside what comes before it in the file."""
    return _gutter(_gaps(runs_of(text_page))) is not None


def lines_by_column(lines: Iterable[Sequence[PlacedWord]]) -> list[str] | None:
    """The lines of a page, each column's by themselves; None where they are that already."""
    pieces = [piece for words in lines for piece in _pieces(words)]
    ordered = in_columns(pieces)
    return None if ordered == pieces else _written(ordered)


def in_columns(pieces: Sequence[LinePiece], columns: int = _MOST_COLUMNS) -> list[LinePiece]:
    """The pieces of lines in the order of their columns, of which there are at most so many."""
    gutter = _gutter(_gaps(map(_box, (word for piece in pieces for word in piece.words)))) if columns > 1 else None
    if gutter is None:
        return list(pieces)
    parted = [part for piece in pieces for part in _parted(piece, gutter)]
    ordered: list[LinePiece] = []
    band: list[LinePiece] = []
    for piece in parted:
        if _crosses(piece, gutter):
            ordered += _band(band, gutter, columns)
            ordered.append(piece)
            band = []
        else:
            band.append(piece)
    ordered += _band(band, gutter, columns)
    return list(pieces) if ordered == parted else ordered


def _band(pieces: list[LinePiece], gutter: float, columns: int) -> list[LinePiece]:
    """The same pieces, none of which crosses the gutter."""
    left = [piece for piece in pieces if piece.words[0].left < gutter]
    right = [piece for piece in pieces if piece.words[0].left >= gutter]
    sides = [piece.words[0].left < gutter for piece in pieces]
    rows = sum(a and not b for a, b in pairwise(sides))
    if rows < _LEAST_ROWS or not (_are_sentences(left) and _are_sentences(right)):
        return pieces
    return [*in_columns(left, columns - 1), *in_columns(right, columns - 1)]


def _are_sentences(pieces: Sequence[LinePiece]) -> bool:
    small = sum(piece.words[0].text[0].islower() for piece in pieces)
    words = [sum(_LETTERS.search(word.text) is not None for word in piece.words) for piece in pieces]
    return median(words) >= _LEAST_WORDS and small >= _SMALL_SHARE * len(pieces)


def _pieces(words: Sequence[PlacedWord]) -> list[LinePiece]:
    """A line of PDFium, parted where it goes back to the left: there another line begins."""
    pieces: list[list[PlacedWord]] = []
    for word in words:
        if pieces and word.left >= pieces[-1][-1].left:
            pieces[-1].append(word)
        else:
            pieces.append([word])
    return [LinePiece(tuple(piece)) for piece in pieces]


def _parted(piece: LinePiece, gutter: float) -> list[LinePiece]:
    for place, (before, after) in enumerate(pairwise(piece.words), 1):
        if before.right <= gutter <= after.left and after.left - before.right >= _LEAST_GAP:
            return [LinePiece(piece.words[:place]), LinePiece(piece.words[place:])]
    return [piece]


def _crosses(piece: LinePiece, gutter: float) -> bool:
    return piece.words[0].left < gutter < piece.words[-1].right


def _box(word: PlacedWord) -> Box:
    return word.left, word.bottom, word.right, word.top


def _gaps(boxes: Iterable[Box]) -> list[tuple[float, float]]:
    """What is blank between each two that follow each other in the same line."""
    return [
        (before[2], after[0])
        for before, after in pairwise(boxes)
        if _LEAST_GAP <= after[0] - before[2] <= _WIDEST_GAP and before[1] < after[3] and after[1] < before[3]
    ]


def _gutter(gaps: Iterable[tuple[float, float]]) -> float | None:
    """The place that most of the gaps have in common; None where it is too few of them."""
    votes = Counter(place for start, end in gaps for place in range(int(start / _BIN) + 1, int(end / _BIN) + 1))
    if not votes:
        return None
    most = max(votes.values())
    if most < _LEAST_ROWS:
        return None
    best = sorted(place for place, count in votes.items() if count == most)
    return best[len(best) // 2] * _BIN


def _written(pieces: Sequence[LinePiece]) -> list[str]:
    """A line for each; a hyphen at its end is PDFium's where the next goes on with a small letter."""
    texts = [piece.text for piece in pieces]
    for place, (line, below) in enumerate(pairwise(texts)):
        if line[-1] == "-" and line[-2:-1].isalpha() and below[0].islower():
            texts[place] = line[:-1] + HYPHEN
    return texts
