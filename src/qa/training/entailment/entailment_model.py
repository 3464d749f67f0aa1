"""Whether a text bears out a sentence, denies it, or leaves it open; and whether it answers a question with yes or with no.

A cross-encoder as the reader is, with three classes (natural language inference, Bowman et al. 2015, doi:10.18653/v1/D15-1075);
a question that wants yes or no stands in the place of the sentence. No such model ships yet: see qa.training.entailment.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from qa.inference.encoder import passage_tokenizer, shipped_encoder_folder
from qa.inference.onnx_sessions import QuestionLimit, feed, inputs_of, open_session, softmax

MAX_TOKENS = 256
"""Of sentence and text together; of a longer text the beginning is seen."""
MAX_HYPOTHESIS_TOKENS = 96


class Relation(StrEnum):
    """What a text says of a sentence. Of a question that wants yes or no: yes, no, neither."""

    ENTAILMENT = "entailment"
    CONTRADICTION = "contradiction"
    NEUTRAL = "neutral"


class EntailmentModel:
    """The int8 ONNX cross-encoder in `folder` (`model.int8.onnx`), which has the encoder's vocabulary. Safe to use from several
    threads."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Raises ModelUnusable when the folder does not hold a model."""
        self._shortened = QuestionLimit(shipped_encoder_folder() / "tokenizer.json", MAX_HYPOTHESIS_TOKENS)
        self._tokenizer = passage_tokenizer()
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
        path = folder / "model.int8.onnx"
        self._session = open_session(path, threads=threads)
        self._inputs = inputs_of(self._session, path)

    def probabilities(self, hypothesis: str, premise: str) -> dict[Relation, float]:
        """The probability of each relation of the text `premise` to the sentence or question `hypothesis`; they sum to 1."""
        encoding = self._tokenizer.encode(self._shortened(hypothesis), premise)
        logits = self._session.run(["logits"], feed(self._inputs, encoding))[0][0].tolist()
        return dict(zip(Relation, softmax(logits), strict=True))
