"""Words that stand in so many passages that scoring them all takes longer than it helps.

BM25 looks at every passage that holds any word of the query: with a million passages, "how" and "the" alone take a second, and
say next to nothing of which passage is meant. So the writer of a large index notes how many passages hold each frequent word,
and a query takes its words from the rarest on, until they stand in MOST_SCORED passages together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import apsw

from qa.text.stems import stems

MOST_SCORED = 150_000
_SMALL = 100_000
"""Passages up to which every word is looked up."""
_FREQUENT = 2_000
"""Passages that a word stands in; how often rarer ones do is not noted."""
_HOLDING = "SELECT count(*) FROM words WHERE words MATCH ?"


def note_frequent_words(connection: apsw.Connection) -> None:
    """Write down how many passages hold each frequent word, where there are many passages."""
    connection.execute("DROP TABLE IF EXISTS frequent")
    if connection.execute("SELECT count(*) FROM passages").get <= _SMALL:
        return
    connection.execute("CREATE TABLE frequent (word TEXT PRIMARY KEY, passages INTEGER NOT NULL) STRICT, WITHOUT ROWID")
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'words', 'row')")
    connection.execute(
        "INSERT INTO frequent(word, passages) SELECT term, doc FROM temp.vocabulary WHERE doc >= ?", (_FREQUENT,)
    )
    connection.execute("DROP TABLE temp.vocabulary")


def queries(connection: apsw.Connection, words: Sequence[str]) -> Iterator[list[str]]:
    """What to look up of `words`: the rarest, and the next rare ones as long as that stays quick.

    Then, for when nothing was found, one word more each time.
    """
    if not _are_noted(connection):
        yield list(words)
        return
    counts = _counts(connection, words)
    ranked = sorted(words, key=counts.__getitem__)
    quick = sum(total <= MOST_SCORED for total in accumulate(counts[word] for word in ranked))
    for most in range(max(1, quick), len(ranked) + 1):
        yield ranked[:most]


def frequencies(connection: apsw.Connection, words: Sequence[str]) -> dict[str, int]:
    """How many passages hold each of `words`; the very frequent ones of a large index as its writer noted it."""
    noted = _counts(connection, words) if _are_noted(connection) else {}
    return {word: noted.get(word) or int(connection.execute(_HOLDING, (f'"{word}"',)).get) for word in words}


def _are_noted(connection: apsw.Connection) -> bool:
    """Whether the index is large, so that its writer noted the frequent words."""
    return bool(connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'frequent'").get)


def _counts(connection: apsw.Connection, words: Sequence[str]) -> dict[str, int]:
    # Of several, all must be there.
    return {
        word: min((_passages(connection, stem) for stem in of_word), default=0)
        for word, of_word in zip(words, stems(words), strict=True)
    }


def _passages(connection: apsw.Connection, stem: str) -> int:
    """How many passages hold it; 0 stands for few."""
    count = connection.execute("SELECT passages FROM frequent WHERE word = ?", (stem,)).get
    return count if isinstance(count, int) else 0
