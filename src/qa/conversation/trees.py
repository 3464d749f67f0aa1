"""One half of the term tagger: boosted decision trees over the features of qa.conversation.terms, in plain numpy.

`terms.npz` holds the trees as arrays (no pickle); `python -m qa.training.tagger.fit_terms` makes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.conversation.history import Utterance
from qa.conversation.terms import FEATURES, term_rows
from qa.errors import ModelUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE_NAME = "terms.npz"


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees' nodes in a row; `roots` says where each tree starts. A leaf points to itself and `value` is its share of
    the log-odds; other nodes send rows with `row[feature] <= threshold` to `left`, the others to `right`."""

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    intercept: float
    depth: int

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """For each of the rows, shape (n, features); the result has shape (n,)."""
        import numpy as np

        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        number = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            below = rows[number, self.feature[at]] <= self.threshold[at]
            at = np.where(below, self.left[at], self.right[at])
        odds = self.value[at].sum(axis=1, dtype=np.float64) + self.intercept
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


@dataclass(frozen=True, slots=True)
class TreeTagger:
    """Which words of a history belong into a question."""

    trees: Trees
    rarity: Mapping[str, float]

    @classmethod
    def load(cls, folder: Path) -> TreeTagger:
        """Raises ModelUnusable."""
        import numpy as np

        path = folder / FILE_NAME
        try:
            with np.load(path, allow_pickle=False) as arrays:
                if json.loads(str(arrays["features"])) != list(FEATURES):
                    raise ModelUnusable(path, "it was trained on other features")
                rarity = json.loads(str(arrays["rarity"]))
                nodes = {name: arrays[name] for name in ("roots", "feature", "threshold", "left", "right", "value")}
                trees = Trees(**nodes, intercept=float(arrays["intercept"]), depth=int(arrays["depth"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(path, str(error)) from error
        return cls(trees, rarity)

    def terms(self, history: Sequence[Utterance], question: str) -> dict[str, float]:
        """The probability of each content word of `history` (by its key) that is not in `question`."""
        import numpy as np

        rows = term_rows(history, question, self.rarity)
        if not rows:
            return {}
        probabilities = self.trees.probabilities(np.array(list(rows.values()), np.float32))
        return dict(zip(rows, probabilities.tolist(), strict=True))
