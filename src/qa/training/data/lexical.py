"""BM25 over the training contexts, to find the wrong passages that look most right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa.training.data.surface import content_words

K1 = 0.9
B = 0.4
COMMONEST = 0.1


class Lexical:
    """An inverted index in memory; `best` gives positions into the list of texts it was made of."""

    def __init__(self, texts: Sequence[str]) -> None:
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = np.ones(len(texts), np.float32)
        for position, text in enumerate(texts):
            counts = Counter(content_words(text))
            lengths[position] = max(1, sum(counts.values()))
            for word, count in counts.items():
                postings[word].append((position, count))
        norm = K1 * (1 - B + B * lengths / lengths.mean())
        self._size = len(texts)
        self._weights: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        for word, found in postings.items():
            if len(found) > max(50, COMMONEST * len(texts)):
                continue
            where = np.array([position for position, _ in found])
            often = np.array([count for _, count in found], np.float32)
            rarity = np.log(1 + (len(texts) - len(found) + 0.5) / (len(found) + 0.5))
            self._weights[word] = where, (rarity * often * (K1 + 1) / (often + norm[where])).astype(np.float32)

    def best(self, question: str, k: int) -> list[int]:
        scores = np.zeros(self._size, np.float32)
        for word in dict.fromkeys(content_words(question)):
            if word in self._weights:
                where, weight = self._weights[word]
                scores[where] += weight
        k = min(k, self._size)
        top = np.argpartition(-scores, k - 1)[:k] if k else np.array([], np.int64)
        ranked = top[np.lexsort((top, -scores[top]))]
        return [int(position) for position in ranked if scores[position] > 0]
