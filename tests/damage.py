"""One random bit flipped, one file truncated or deleted, and what every ask says afterwards.

The suite does a few (tests/unit/test_damage.py). All of it, with a table of what came of each kind:

    python -m tests.damage --times 300 --seed 0
    python -m tests.damage --times 300 --seed 0 --most-flat 0
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from qa.errors import QaError
from qa.index.index_reader import IndexReader
from qa.index.records import StoredPassage
from qa.index.vectors import vector_file as vectors
from qa.pipeline.retriever import retrieve
from tests.unit.models import card, encoder, index_folder

KINDS = ("flip", "cut", "delete")
QUESTIONS = (
    "How many Russian military personnel are at the Kant airbase?",
    "How long is the Kant lease?",
    "When did Putin visit Kazakhstan?",
    "What does Turkmenistan export?",
)

Utterance = list[tuple[StoredPassage, float]]


@dataclass(frozen=True, slots=True)
class Damage:
    """What was done to which file, in words."""

    kind: str
    file: str
    place: str


def damage(folder: Path, kind: str, chance: random.Random, file: Path | None = None) -> Damage:
    """Damage one file of the index at `folder`, a random one unless it is given; every byte of it is as likely."""
    file = file or chance.choice(sorted(path for path in folder.iterdir() if path.stat().st_size))
    data = bytearray(file.read_bytes())
    place = chance.randrange(len(data) * 8)
    if kind == "flip":
        data[place // 8] ^= 1 << place % 8
        file.write_bytes(data)
        return Damage(kind, file.name, f"bit {place % 8} of byte {place // 8}")
    if kind == "cut":
        file.write_bytes(data[: place // 8])
        return Damage(kind, file.name, f"to {place // 8} of {len(data)} bytes")
    file.unlink()
    return Damage(kind, file.name, "")


def asked(reader: IndexReader, vectors: Sequence[np.ndarray]) -> list[Utterance]:
    """The passages, in their order and with their scores, that each question is answered from."""
    return [
        [(hit.passage, round(hit.score, 5)) for hit in retrieve(reader, question, vector, 8)]
        for question, vector in zip(QUESTIONS, vectors, strict=True)
    ]


def what_came_of(folder: Path, vectors: Sequence[np.ndarray], right: list[Utterance]) -> str:
    """ "right", "rebuilt", or the name of the error. Anything else fails."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    named = ""
    try:
        reader = IndexReader(folder, card())
        said = asked(reader, vectors)
        with reader.snapshot():
            texts = [reader.document_text(path) for path, *_ in reader.documents()]
    except QaError as error:
        named = type(error).__name__ if "qa index" in error.hint else repr(error)
    if named:
        return named
    reader.close()
    assert said == right, "an answer from a wrong passage"
    assert all(passage.text == texts[0][passage.start : passage.end] for passages in said for passage, _ in passages)
    return "right" if files == {path.name: path.read_bytes() for path in folder.iterdir()} else "rebuilt"


def outcomes(index: Path, kind: str, times: int, seed: int) -> Iterator[tuple[Damage, str]]:
    """Damage a copy of `index` (one document) `times` times, each time a new copy, and ask it."""
    vectors = list(encoder().encode(QUESTIONS))
    right = asked(IndexReader(index, card()), vectors)
    chance = random.Random(f"{kind} {seed}")
    for _ in range(times):
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(shutil.copytree(index, Path(scratch, "index")))
            done = damage(copy, kind, chance)
            try:
                yield done, what_came_of(copy, vectors, right)
            except Exception as error:
                raise AssertionError(f"{done}: {error!r}") from error


@click.command()
@click.option("--times", default=300, show_default=True, help="How often for each kind of damage.")
@click.option("--seed", default=0, show_default=True)
@click.option("--most-flat", type=int, help="Make an index first, with codes if it has more passages than this.")
def main(times: int, seed: int, most_flat: int | None) -> None:
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as scratch:
        index = root / "index"
        if most_flat is not None:
            index = Path(scratch)
            vectors.MOST_FLAT = most_flat
            index_folder(root / "corpus", index)
        for kind in KINDS:
            table = Counter((done.file, outcome) for done, outcome in outcomes(index, kind, times, seed))
            for (file, outcome), count in sorted(table.items()):
                click.echo(f"{kind:<8}{file:<24}{outcome:<20}{count:>5}")


if __name__ == "__main__":
    main()
