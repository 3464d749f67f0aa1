"""What a question wants: a span, a list, an extract, yes or no, or no search at all.

A linear model over the question's vector, which is there anyway, and over hashes of its words and word pairs (Weinberger et al.
2009, doi:10.1145/1553374.1553516). It has learned from a larger network's probabilities (qa.training.intents), costs a tenth of
a millisecond, and weighs 300 kB. On 460 questions that others wrote (tests/data/intents.jsonl): see tests/unit/test_intents.py.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUCKETS = 1 << 15
FILE_NAME = "intents.npz"
_MOST_WORDS = 40
_SHORT = 4
_WORD = re.compile(r"[\w']+|\?")
_DIGITS = re.compile(r"\d+")


class Intent(StrEnum):
    """What kind of answer is wanted."""

    SPAN = "span"
    LIST = "list"
    EXTRACT = "extract"
    YES_NO = "yes_no"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class IntentClassifier:
    """`vector` has shape (d, 5), `words` (BUCKETS, 5), `bias` (5,): logits of the intents in the order of `Intent`."""

    vector: NDArray[np.float32]
    words: NDArray[np.float16]
    bias: NDArray[np.float32]

    @classmethod
    def load(cls, file: Path) -> IntentClassifier:
        """Raises OSError, ValueError or KeyError where there is no such model."""
        import numpy as np

        with np.load(file, allow_pickle=False) as arrays:
            return cls(arrays["vector"], arrays["words"], arrays["bias"])

    def probabilities(self, question: str, vector: NDArray[np.float32]) -> dict[Intent, float]:
        """Of each intent; `vector` is the question's, shape (d,)."""
        import numpy as np

        buckets, weights = features(question)
        logits = vector @ self.vector + weights @ self.words[buckets].astype(np.float32) + self.bias
        chances = np.exp(logits - logits.max())
        return dict(zip(Intent, (chances / chances.sum()).tolist(), strict=True))


@cache
def shipped_intents() -> IntentClassifier:
    """The one that ships."""
    return IntentClassifier.load(Path(__file__).parents[1] / "models" / "intents" / FILE_NAME)


def features(question: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Buckets, each once, and their weights, a vector of length 1."""
    import numpy as np

    buckets = sorted({zlib.crc32(one.encode()) % BUCKETS for one in _named(question)})
    return np.array(buckets, np.int64), np.full(len(buckets), len(buckets) ** -0.5, np.float32)


def _named(question: str) -> Iterator[str]:
    words = [_DIGITS.sub("0", word) for word in _WORD.findall(question.casefold().replace("summariz", "summaris"))][
        :_MOST_WORDS
    ]
    yield f"length {min(len(words), _SHORT * 3) // _SHORT}"
    padded = ["<", *words, ">"]
    yield from padded
    for number, pair in enumerate(pairwise(padded)):
        yield " ".join(pair)
        if number < 2:
            yield f"{number} {' '.join(pair)}"
    if len(padded) > 3:
        yield " ".join(padded[:4])
