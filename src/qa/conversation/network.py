"""The other half of the term tagger: a network of the encoder's size that reads the follow-up and the history.

It gives each token of the history the log-odds of belonging into the question (QuReTeC, Voskarides et al. 2020).
`python -m qa.training.tagger.train_tagger` makes its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.conversation.history import Utterance
from qa.conversation.window import Window, window
from qa.conversation.words import content_keys, words
from qa.inference.encoder import passage_tokenizer
from qa.inference.onnx_sessions import feed, inputs_of, open_session

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MAX_TOKENS = 256
OUTPUT = "term_logits"


class NetworkTagger:
    """The int8 ONNX tagger in `folder` (`model.int8.onnx`)."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Raises ModelUnusable when the folder does not hold one."""
        path = folder / "model.int8.onnx"
        self._session = open_session(path, threads=threads)
        self._inputs = inputs_of(self._session, path)
        self._tokenizer = tagger_tokenizer()

    def terms(self, history: Sequence[Utterance], question: str) -> dict[str, float]:
        """The probability of each content word of `history` (by its key) that is not in `question`; of a word that stands in
        several places the highest. What lies beyond the window is hardly ever meant, and has 0."""
        import numpy as np

        asked = {word.key for word in words(question)}
        found = {key: 0.0 for said in history for key in content_keys(said.text) if key not in asked}
        if not found:
            return {}
        seen = window(history)
        encoding = self._tokenizer.encode(question, seen.text)
        logits = self._session.run([OUTPUT], feed(self._inputs, encoding))[0][0]
        probabilities = 1.0 / (1.0 + np.exp(-logits))
        for token, key in tokens_of(seen, encoding):
            if key in found:
                found[key] = max(found[key], float(probabilities[token]))
        return found


def tokens_of(seen: Window, encoding: Encoding) -> list[tuple[int, str]]:
    """(First token, key) of the window's content words that `encoding`, of a question and the window's text, holds."""
    tokens = [(encoding.char_to_token(place.start, 1), place.key) for place in seen.places]
    return [(token, key) for token, key in tokens if token is not None]


def tagger_tokenizer() -> Tokenizer:
    """The encoder's, for a question and a window's text; of too long ones the ends are cut off."""
    tokenizer = passage_tokenizer()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer
