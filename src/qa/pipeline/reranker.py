"""Question + passages -> passages in a better order, before any is read.

A cross-encoder (Nogueira and Cho 2019), small enough for the first passages of the fusion: it sees question and passage
together, which neither the encoder nor BM25 does. It was trained on people's questions and the retriever's own wrong passages
(`qa.training.reranker.train_reranker`); its model card says what it is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from qa.inference.onnx_sessions import (
    QuestionLimit,
    feed,
    inputs_of,
    open_session,
    open_tokenizer,
    runs_beside_each_other,
)
from qa.pipeline.inputs import PassageInput
from qa.pipeline.retriever import Hit

if TYPE_CHECKING:
    from tokenizers import Encoding

MAX_TOKENS = 192
"""Of question and passage together; a passage is 96 tokens, its heading and its document's name some more."""
MAX_QUESTION_TOKENS = 96
"""As the reader sees of it."""
CANDIDATES = 32
"""At most so many passages of the fusion are reranked: a passage takes 2.5 to 5 ms on two cores, and the right one is among the
first 32 for 95 of 100 questions of people's own."""
FEWEST = 16
WITHIN = 0.3
"""Beyond the first FEWEST only passages are reranked whose fused score is so near to the best one's: 20 of 32 on the average.
The right passage is among the first eight, of 3,457 questions of thirteen sets, for 91.8 % with all 32, for 91.4 % so; of 340
questions of four folders that nothing was trained on for 94.4 % either way."""
_SHARE = 7
"""Passages that a thread takes at a time."""


def promising(hits: Sequence[Hit], least: int = FEWEST) -> int:
    """How many of `hits`, the best of the fusion first, are worth reranking: CANDIDATES at most, and `least` if there are."""
    near = sum(hit.score >= hits[0].score - WITHIN for hit in hits) if hits else 0
    return min(max(near, least), CANDIDATES, len(hits))


class Reranker:
    """The int8 ONNX cross-encoder in `folder` (`model.int8.onnx`, `tokenizer.json`). Safe to use from several threads."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """`threads`: so many passages are scored at a time, 0 for one a core and never more.

        Raises ModelUnusable when the folder does not hold a reranker.
        """
        self._shortened = QuestionLimit(folder / "tokenizer.json", MAX_QUESTION_TOKENS)
        self._tokenizer = open_tokenizer(folder / "tokenizer.json")
        # Now and never again: several threads ask.
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
        path = folder / "model.int8.onnx"
        self._session = open_session(path, threads=1)
        self._inputs = inputs_of(self._session, path)
        self._pool = runs_beside_each_other(threads, "qa-rerank")

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """`hits` with their `relevance`, the most relevant first."""
        texts = [PassageInput.of(hit.passage).text for hit in hits]
        scored = [replace(hit, relevance=score) for hit, score in zip(hits, self.scores(question, texts), strict=True)]
        return sorted(scored, key=lambda hit: -hit.logit)

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """A logit for each of `texts`: how well it answers `question`. Of a long text the beginning is seen."""
        question = self._shortened(question)
        encodings = self._tokenizer.encode_batch([(question, text) for text in texts])
        # The longest first, so that no thread is left with a long one at the end.
        order = sorted(range(len(texts)), key=lambda place: -len(encodings[place].ids))
        shares = [order[first : first + _SHARE] for first in range(0, len(order), _SHARE)]
        scores = [0.0] * len(texts)
        for places, found in zip(
            shares, self._pool.map(lambda places: self._run(encodings, places), shares), strict=True
        ):
            for place, score in zip(places, found, strict=True):
                scores[place] = score
        return scores

    def _run(self, encodings: Sequence[Encoding], places: Sequence[int]) -> list[float]:
        """One text a run: in a batch, dynamic quantisation would let a text's neighbours change its score."""
        runs = (self._session.run(["score"], feed(self._inputs, encodings[place])) for place in places)
        return [float(run[0][0]) for run in runs]


def shipped_reranker_folder() -> Path:
    """Where the reranker lies in the package; its tokenizer is the reader's."""
    return Path(str(resources.files("qa"))) / "models" / "reranker"
