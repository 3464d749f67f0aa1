"""Question + passages -> scored spans, and for each passage the score of "no answer here".

A BERT span reader (Devlin et al. 2019, section 4.3): a span scores the sum of its start and end logits, no answer the sum at
position 0. Passages are read one a run, in as many runs at a time as there are threads: under dynamic quantisation a batch
would let a passage's neighbours change its scores, and it would be padded; and two runs of one thread each are done in half
the time of one after the other with two threads (33 against 67 ms for eight passages), whose parts are too small to share out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.inference.onnx_sessions import (
    QuestionLimit,
    feed,
    inputs_of,
    open_session,
    open_tokenizer,
    runs_beside_each_other,
)
from qa.pipeline.inputs import PassageInput, Readable
from qa.pipeline.spans import Span, non_maximum_suppression, trim_span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_TOKENS = 384
STRIDE = 128
MAX_QUESTION_TOKENS = 96
MAX_SPAN_TOKENS = 48
NO_SPAN = -30.0
_BEST_EDGES = 20
_SPANS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage: its best spans, best first, and the score of no answer."""

    spans: tuple[Span, ...]
    no_answer_score: float

    @property
    def margin(self) -> float:
        """The best span's score over that of no answer; NO_SPAN where there is none."""
        return self.spans[0].score - self.no_answer_score if self.spans else NO_SPAN


class Reader:
    """The int8 ONNX reader in `folder` (`model.int8.onnx`, `tokenizer.json`). Safe to use from several threads."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """`threads`: so many passages are read at a time, 0 for one a core and never more.

        Raises ModelUnusable when the folder does not hold a reader.
        """
        self._shortened = QuestionLimit(folder / "tokenizer.json", MAX_QUESTION_TOKENS)
        self._tokenizer = open_tokenizer(folder / "tokenizer.json")
        # Now and never again: several threads ask.
        self._tokenizer.enable_truncation(MAX_TOKENS, stride=STRIDE, strategy="only_second")
        path = folder / "model.int8.onnx"
        self._session = open_session(path, threads=1)
        self._inputs = inputs_of(self._session, path)
        self._pool = runs_beside_each_other(threads, "qa-read")

    def read(self, question: str, passages: Sequence[Readable]) -> list[Reading]:
        """One Reading per passage, in order. A text longer than the window is read in overlapping windows, to its end."""
        question = self._shortened(question)
        # The longest first, so that no thread is left with a long one at the end.
        order = sorted(range(len(passages)), key=lambda place: -len(passages[place].text))
        found = self._pool.map(lambda place: self._windows(question, passages[place]), order)
        readings = {place: _reading(passages[place].text, windows) for place, windows in zip(order, found, strict=True)}
        return [readings[place] for place in range(len(passages))]

    def _windows(self, question: str, passage: Readable) -> list[_Window]:
        """Runs beside others: nearly all of it is outside Python's lock."""
        shown = PassageInput.of(passage)
        encoding = self._tokenizer.encode(question, shown.text)
        return [self._window(window, shown) for window in (encoding, *encoding.overflowing)]

    def _window(self, encoding: Any, shown: PassageInput) -> _Window:
        start, end = self._session.run(["start_logits", "end_logits"], feed(self._inputs, encoding))
        return _Window(encoding, shown, start[0], end[0])


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens of what was `shown`, and their logits, both of shape (length,)."""

    encoding: Any
    shown: PassageInput
    start_logits: NDArray[np.float32]
    end_logits: NDArray[np.float32]

    def reading(self, text: str) -> Reading:
        """Spans lie in `text`, never in what was shown before it nor at a name put in."""
        offset, named = self.shown.offset, self.shown.named
        places = [(start - offset, end - offset) for start, end in self.encoding.offsets]
        allowed = [
            sequence == 1 and start >= 0 and named.is_original(start)
            for sequence, (start, _) in zip(self.encoding.sequence_ids, places, strict=True)
        ]
        begins, ends = whole_words(self.encoding.word_ids)
        spans = (
            Span(
                *trim_span(text, named.original(places[begins[first]][0]), named.original(places[ends[last]][1])),
                score,
            )
            for first, last, score in best_spans(self.start_logits, self.end_logits, allowed)
        )
        return Reading(
            non_maximum_suppression((span for span in spans if span.start < span.end), _SPANS_KEPT),
            no_answer_score=float(self.start_logits[0] + self.end_logits[0]),
        )


def _reading(text: str, windows: Sequence[_Window]) -> Reading:
    readings = [window.reading(text) for window in windows]
    spans = sorted((span for reading in readings for span in reading.spans), key=lambda span: -span.score)
    return Reading(non_maximum_suppression(spans, _SPANS_KEPT), min(reading.no_answer_score for reading in readings))


def whole_words(words: Sequence[int | None]) -> tuple[list[int], list[int]]:
    """For each token the first and the last one of its word; `words` are the tokenizer's numbers of words, None of a mark.

    A word begins anew where its number changes: that of a question may come again in the passage.
    """
    begins, ends = list(range(len(words))), list(range(len(words)))
    for place in range(1, len(words)):
        if words[place] is not None and words[place] == words[place - 1]:
            begins[place] = begins[place - 1]
    for place in range(len(words) - 2, -1, -1):
        if begins[place + 1] != place + 1:
            ends[place] = ends[place + 1]
    return begins, ends


def best_spans(
    start_logits: NDArray[np.float32], end_logits: NDArray[np.float32], allowed: Sequence[bool] | NDArray[np.bool_]
) -> Iterator[tuple[int, int, float]]:
    """(First token, last token, score) of the pairs of the best edges, best first. All three arrays have shape (length,).

    Only tokens that are `allowed`, at most MAX_SPAN_TOKENS long, and none that shares a token with a better one.
    """
    import numpy as np

    tokens = np.flatnonzero(allowed)
    firsts = tokens[np.argsort(-start_logits[tokens], kind="stable")[:_BEST_EDGES], None]
    lasts = tokens[np.argsort(-end_logits[tokens], kind="stable")[:_BEST_EDGES]]
    possible = (lasts >= firsts) & (lasts < firsts + MAX_SPAN_TOKENS)
    scores = np.where(possible, start_logits[firsts] + end_logits[lasts], -np.inf)
    while scores.size:
        row, column = divmod(int(scores.argmax()), scores.shape[1])
        if not np.isfinite(scores[row, column]):
            return
        first, last = firsts[row, 0], lasts[column]
        yield int(first), int(last), float(scores[row, column])
        scores[(firsts <= last) & (lasts >= first)] = -np.inf


def shipped_reader_folder() -> Path:
    return Path(str(resources.files("qa"))) / "models" / "reader"
