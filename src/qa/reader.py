"""Question + passages -> scored spans, and for each passage the score of "no answer here".

A BERT span reader (Devlin et al. 2019, section 4.3): a span scores the sum of its start and end logits, no answer the sum at
position 0. Passages are read one a run: under dynamic quantisation a batch would let a passage's neighbours change its
scores, and a run without padding is no slower on CPUs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from qa.onnx import open_session, open_tokenizer
from qa.passages import with_heading
from qa.spans import Span, apart, tidy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_TOKENS = 384
STRIDE = 128
MAX_QUESTION_TOKENS = 96
MAX_SPAN_TOKENS = 48
_BEST_EDGES = 20
_SPANS_KEPT = 5


class Readable(Protocol):
    """What is read: the text that spans point into, and the heading that the reader is shown before it."""

    @property
    def text(self) -> str: ...

    @property
    def heading(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage: its best spans, best first, and the score of no answer."""

    spans: tuple[Span, ...]
    no_answer_score: float


class Reader:
    """The int8 ONNX reader in `folder` (`model.int8.onnx`, `tokenizer.json`)."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Raises ModelUnusable when the folder does not hold a reader."""
        self._tokenizer = open_tokenizer(folder / "tokenizer.json")
        self._session = open_session(folder / "model.int8.onnx", threads=threads)

    def read(self, question: str, passages: Sequence[Readable]) -> list[Reading]:
        """One Reading per passage, in order. A text longer than the window is read in overlapping windows, to its end."""
        question = self._shortened(question)
        self._tokenizer.enable_truncation(MAX_TOKENS, stride=STRIDE, strategy="only_second")
        return [self._read_one(question, passage) for passage in passages]

    def _shortened(self, question: str) -> str:
        self._tokenizer.no_truncation()
        encoding = self._tokenizer.encode(question, add_special_tokens=False)
        if len(encoding.ids) <= MAX_QUESTION_TOKENS:
            return question
        return question[: encoding.offsets[MAX_QUESTION_TOKENS - 1][1]]

    def _read_one(self, question: str, passage: Readable) -> Reading:
        shown = with_heading(passage.heading, passage.text)
        encoding = self._tokenizer.encode(question, shown)
        windows = [
            self._read_window(window, passage.text, offset=len(shown) - len(passage.text))
            for window in (encoding, *encoding.overflowing)
        ]
        spans = sorted((span for window in windows for span in window.spans), key=lambda span: -span.score)
        return Reading(apart(spans, _SPANS_KEPT), min(window.no_answer_score for window in windows))

    def _read_window(self, encoding: Any, text: str, offset: int) -> Reading:
        """`offset` is where `text` starts in what was shown: spans lie behind it, never in the heading."""
        import numpy as np

        feed = {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
        }
        start_logits, end_logits = (logits[0] for logits in self._session.run(["start_logits", "end_logits"], feed))
        places = [(start - offset, end - offset) for start, end in encoding.offsets]
        of_text = np.array(
            [sequence == 1 and start >= 0 for sequence, (start, _) in zip(encoding.sequence_ids, places, strict=True)]
        )
        spans = (
            Span(*tidy(text, places[first][0], places[last][1]), score)
            for first, last, score in best_spans(start_logits, end_logits, of_text)
        )
        return Reading(
            apart((span for span in spans if span.start < span.end), _SPANS_KEPT),
            no_answer_score=float(start_logits[0] + end_logits[0]),
        )


def best_spans(
    start_logits: NDArray[np.float32], end_logits: NDArray[np.float32], allowed: NDArray[np.bool_]
) -> Iterator[tuple[int, int, float]]:
    """(First token, last token, score) of the pairs of the best edges, best first. All three arrays have shape (length,).

    Only tokens that are `allowed`, at most MAX_SPAN_TOKENS long.
    """
    import numpy as np

    tokens = np.flatnonzero(allowed)
    firsts = tokens[np.argsort(-start_logits[tokens], kind="stable")[:_BEST_EDGES]]
    lasts = tokens[np.argsort(-end_logits[tokens], kind="stable")[:_BEST_EDGES]]
    scores = start_logits[firsts][:, None] + end_logits[lasts][None, :]
    lengths = lasts[None, :] - firsts[:, None] + 1
    scores = np.where((lengths >= 1) & (lengths <= MAX_SPAN_TOKENS), scores, -np.inf)
    order = np.argsort(-scores, axis=None, kind="stable")
    for row, column in zip(*np.unravel_index(order, scores.shape), strict=True):
        if not np.isfinite(scores[row, column]):
            return
        yield int(firsts[row]), int(lasts[column]), float(scores[row, column])


def shipped_reader_folder() -> Path:
    return Path(str(resources.files("qa"))) / "models" / "reader"
