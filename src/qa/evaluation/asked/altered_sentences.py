"""`python -m qa.evaluation.asked.altered_sentences SET...`: sentences as they stand, and altered, put to qa.generation.support.

    python -m qa.evaluation.asked.altered_sentences ../shared/data/asked/{news,travel}

A sentence of a document as it stands should stay; one with another number or name of the same passage in the place of its own,
one that is denied, and one that cites another passage of its document should be left out. No language model is asked.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.answers import RetrievedPassage
from qa.assistant import Assistant
from qa.evaluation.exit_codes import exit_code_of
from qa.generation.claims import Claim, claims
from qa.generation.grounding import Source
from qa.generation.support import Supported, check
from qa.settings import Settings
from qa.text.sentences import sentences

_DRAWN = 150
"""Sentences of a set."""
_LEAST_WORDS, _MOST_WORDS = 6, 40
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_VERB = re.compile(r"\b(is|are|was|were|has|have|can|will|must|may)\b(?! not)")


def altered(sentence: str, passage: str) -> Iterator[tuple[str, str]]:
    """Ways to make `sentence`, which stands in `passage`, untrue: what was done and what it says then."""
    for name, pattern in (("another number", _NUMBER), ("another name", _NAME)):
        own = pattern.search(sentence)
        others = sorted(set(pattern.findall(passage)) - set(pattern.findall(sentence)))
        if own and others:
            yield name, f"{sentence[: own.start()]}{others[0]}{sentence[own.end() :]}"
    if verb := _VERB.search(sentence):
        yield "denied", f"{sentence[: verb.end()]} not{sentence[verb.end() :]}"


def measure(folder: Path) -> dict[str, list[bool]]:
    """Whether altered sentences are kept, by how they were altered. Raises QaError."""
    found: dict[str, list[bool]] = defaultdict(list)
    with Assistant.open(settings=Settings()) as assistant:
        for sentence, here, elsewhere in _drawn(folder):
            cases = [
                ("as it stands", sentence, here),
                *((name, text, here) for name, text in altered(sentence, here.passage.text)),
            ]
            if elsewhere is not None:
                cases.append(("another passage", sentence, elsewhere))
            for name, text, source in cases:
                claim = _claim(text)
                if claim is not None:
                    result = check(claim, [source], "What is said of it?", assistant.cosine_similarity)
                    found[name].append(isinstance(result, Supported))
    return found


def _claim(text: str) -> Claim | None:
    made = claims(f"{text} [1]")
    return made[0] if len(made) == 1 else None


def _drawn(folder: Path) -> list[tuple[str, Source, Source | None]]:
    """Sentences, each with its passage and another one of its document."""
    rows: list[tuple[str, Source, Source | None]] = []
    for file in sorted(folder.glob("docs/**/*.md")) + sorted(folder.glob("docs/**/*.txt")):
        text = file.read_text(encoding="utf-8", errors="replace")
        paragraphs = [one for one in re.split(r"\n\s*\n", text) if len(one.split()) >= _LEAST_WORDS and "|" not in one]
        sources = [_source(file.name, paragraph) for paragraph in paragraphs]
        for place, paragraph in enumerate(paragraphs):
            other = sources[place - 1] if len(sources) > 1 else None
            for start, end in sentences(paragraph):
                sentence = " ".join(paragraph[start:end].split())
                if _LEAST_WORDS <= len(sentence.split()) <= _MOST_WORDS and sentence[-1] == ".":
                    rows.append((sentence, sources[place], other))
    random.Random(folder.name).shuffle(rows)  # noqa: S311 - the same sentences every time
    return rows[:_DRAWN]


def _source(name: str, text: str) -> Source:
    return Source(1, RetrievedPassage(name, 0, len(text), 1, 1.0, text))


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, as qa.evaluation.exit_codes has it."""
    parser = argparse.ArgumentParser(
        "python -m qa.evaluation.asked.altered_sentences", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    given = parser.parse_args(arguments)
    return exit_code_of(lambda: _print(given.sets))


def _print(folders: Sequence[Path]) -> None:
    for folder in folders:
        for name, stays in measure(folder).items():
            print(f"{folder.name:10} {name:16} {sum(stays):4} of {len(stays):4} stay  {sum(stays) / len(stays):6.1%}")


if __name__ == "__main__":
    sys.exit(main())
