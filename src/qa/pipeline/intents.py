"""What a question wants: a span, a list, an extract, yes or no, or no search at all.

A network of three layers that begins as the encoder's first ones, with the words that questions are made of; 1 ms a question
(qa.training.intents.train_intents). How often it is right: src/qa/models/intents/MODEL_CARD.md.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import resources
from pathlib import Path

from qa.inference.encoder import passage_tokenizer
from qa.inference.onnx_sessions import feed, open_session, softmax

LONGEST = 64
"""Tokens that are read: what comes later says what is asked about, not what is wanted."""
FILE_NAME = "model.int8.onnx"
INPUT = "input_ids"
OUTPUT = "logits"


class Intent(StrEnum):
    """What kind of answer is wanted."""

    SPAN = "span"
    LIST = "list"
    EXTRACT = "extract"
    YES_NO = "yes_no"
    TALK = "talk"


class IntentClassifier:
    """The network in `folder`. Safe to use from several threads."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Raises ModelUnusable when the folder does not hold one."""
        self._session = open_session(folder / FILE_NAME, threads=threads)
        self._tokenizer = passage_tokenizer()
        self._tokenizer.enable_truncation(LONGEST)

    def probabilities(self, question: str) -> dict[Intent, float]:
        """Of each intent; they add up to 1."""
        encoding = self._tokenizer.encode(question)
        logits = self._session.run([OUTPUT], feed((INPUT,), encoding))[0][0].tolist()
        return dict(zip(Intent, softmax(logits), strict=True))


def shipped_intents_folder() -> Path:
    return Path(str(resources.files("qa"))) / "models" / "intents"
