"""WordNet's synonyms, read from Debian's package wordnet-base, with their counts in the tagged texts.

The files' formats: wndb(5WN) and cntlist(5WN). WordNet 3.0, Princeton University (Fellbaum 1998); its licence allows this use.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from qa.errors import QaError

FOLDER = Path("/usr/share/wordnet")
_POS = {"noun": "NOUN", "verb": "VERB", "adj": "ADJ"}
_SENSES = 1
"""Only a word's commonest sense: a synonym of a rarer one is mostly another thing."""


@dataclass(frozen=True, slots=True)
class WordNet:
    """`synonyms[part of speech, lemma]`: lemmas of the same synset. `counts`: how often a lemma was tagged so."""

    synonyms: dict[tuple[str, str], tuple[str, ...]]
    counts: dict[tuple[str, str], int]

    @classmethod
    def read(cls, folder: Path = FOLDER) -> WordNet:
        """Reads the files of WordNet. Raises QaError where they are missing."""
        if not (folder / "data.noun").is_file():
            raise QaError(f"There is no WordNet in {folder}.", "apt-get install wordnet-base")
        counts: dict[tuple[str, str], int] = defaultdict(int)
        numbers = {"1": "NOUN", "2": "VERB", "3": "ADJ", "5": "ADJ"}
        for line in _lines(folder / "cntlist.rev"):
            key, _, count = line.split()
            lemma, _, rest = key.partition("%")
            if rest[0] in numbers:
                counts[numbers[rest[0]], lemma] += int(count)
        synonyms: dict[tuple[str, str], tuple[str, ...]] = {}
        for file, pos in _POS.items():
            synsets = {line[:8]: _words(line) for line in _lines(folder / f"data.{file}")}
            for line in _lines(folder / f"index.{file}"):
                fields = line.split()
                pointers, lemma = int(fields[3]), fields[0]
                tagged, offsets = int(fields[5 + pointers]), fields[6 + pointers :]
                found = [word for offset in offsets[: min(tagged, _SENSES)] for word in synsets[offset]]
                kept = [w for w in dict.fromkeys(found) if w != lemma and w.isalpha() and counts[pos, w] > 1]
                if kept and lemma.isalpha():
                    synonyms[pos, lemma] = tuple(kept)
        return cls(synonyms, dict(counts))


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith(" ")]


def _words(line: str) -> list[str]:
    """The lemmas of a data line; a capital marks a name, which stands for nothing but itself, and is left out."""
    fields = line.split()
    found = [field.partition("(")[0] for field in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]
    return [word for word in found if word.islower()]
