"""How asking fares over very many passages. Needs a large index of real documents, so it is no test of the suite.

python -m tests.benchmarks.scale plant CORPUS             puts the paragraphs of SQuAD's open half into CORPUS, a file each
qa index CORPUS --index INDEX
python -m tests.benchmarks.scale measure CORPUS INDEX     recall, time and memory, beside the article's index

QA_ENCODER names the encoder that INDEX was made with, where it is not the one that ships (tests.benchmarks.static_encoder).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.retrieval import OPEN_HALF
from qa.index.index_reader import IndexReader
from qa.index.service import encoder_folder
from qa.index.sqlite.stored_vectors import stored_blocks
from qa.index.vectors import quantized
from qa.index.vectors.quantized import QuantizedVectors
from qa.inference.encoder import ModelCard, OnnxEncoder
from qa.pipeline.retriever import retrieve
from qa.settings import Settings
from tests.benchmarks.processes import side_by_side
from tests.conftest import QA

PLANTED = "squad"
NEAREST = 10
CUTOFFS = (1, 5, 10)


@click.group()
def cli() -> None:
    """Measures over very many passages."""


@cli.command()
@click.argument("corpus", type=click.Path(path_type=Path))
def plant(corpus: Path) -> None:
    (corpus / PLANTED).mkdir(parents=True, exist_ok=True)
    for path, paragraph in _planted(list(read_json_lines(OPEN_HALF))).items():
        (corpus / path).write_bytes(paragraph.encode("utf-8"))


@cli.command()
@click.argument("corpus", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", metavar="INDEX", type=click.Path(path_type=Path, exists=True))
@click.option("--every", default=10, show_default=True, help="Ask every Nth answerable question.")
def measure(corpus: Path, folder: Path, every: int) -> None:
    # First, since what this process holds in memory counts as theirs (getrusage, at exec).
    _processes(corpus, folder)
    rows = [row for row in read_json_lines(OPEN_HALF) if row["answers"]][::every]
    models = encoder_folder(Settings.from_environment())
    encoder = OnnxEncoder(models)
    vectors = encoder.encode([row["question"] for row in rows])
    index = IndexReader(folder, ModelCard.load(models))
    click.echo(f"{index.passage_count():,} passages, {len(rows)} questions")
    _files(folder)
    held = index._state.vectors
    if isinstance(held, QuantizedVectors):
        _candidates(index, held, vectors)
    _recall(index, rows, vectors)
    index.close()


def _files(folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        click.echo(f"  {file.name:<24}{file.stat().st_size / 1e6:>10,.1f} MB")


def _candidates(index: IndexReader, held: QuantizedVectors, vectors: np.ndarray) -> None:
    """Share of the exact nearest ones that are found, by how many are compared."""
    exact = _exact(index, vectors)
    shipped = quantized.CANDIDATES
    for compared in (NEAREST, 100, 200, 500, 1000, 2000):
        quantized.CANDIDATES = compared
        begun = time.perf_counter()
        near = [held.search(vector, NEAREST) for vector in vectors]
        took = (time.perf_counter() - begun) / len(vectors)
        found = sum(len({passage for passage, _ in each} & right) for each, right in zip(near, exact, strict=True))
        click.echo(
            f"  {compared:>4} candidates: recall@{NEAREST} of the exact nearest {found / NEAREST / len(vectors):.4f},"
            f" {1000 * took:.1f} ms"
        )
    quantized.CANDIDATES = shipped


def _exact(index: IndexReader, vectors: np.ndarray) -> list[set[int]]:
    ids = np.empty((len(vectors), 0), dtype=np.int64)
    scores = np.empty((len(vectors), 0), dtype=np.float32)
    for block, stored in stored_blocks(index._state.connection, vectors.shape[1], index.folder):
        scores = np.concatenate([scores, vectors @ stored.T], axis=1)
        ids = np.concatenate([ids, np.broadcast_to(block, (len(vectors), len(block)))], axis=1)
        best = np.argpartition(-scores, min(NEAREST, scores.shape[1]) - 1, axis=1)[:, :NEAREST]
        scores, ids = np.take_along_axis(scores, best, 1), np.take_along_axis(ids, best, 1)
    return [set(each.tolist()) for each in ids]


def _recall(index: IndexReader, rows: Sequence[dict[str, Any]], vectors: np.ndarray) -> None:
    """Of the planted paragraph that a question was asked about, among all that is there; and how long retrieving takes."""
    paths = {paragraph: path for path, paragraph in _planted(list(read_json_lines(OPEN_HALF))).items()}
    found = dict.fromkeys(CUTOFFS, 0)
    took = []
    for row, vector in zip(rows, vectors, strict=True):
        begun = time.perf_counter()
        hits = retrieve(index, row["question"], vector, 40)
        took.append(1000 * (time.perf_counter() - begun))
        ranked = list(dict.fromkeys(hit.passage.path for hit in hits))
        for cutoff in CUTOFFS:
            found[cutoff] += paths[row["context"]] in ranked[:cutoff]
    shares = ", ".join(f"@{cutoff} {found[cutoff] / len(rows):.3f}" for cutoff in CUTOFFS)
    took.sort()
    p95 = took[int(0.95 * len(took))]
    click.echo(f"  retrieval: planted paragraph {shares}; p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms")


def _processes(corpus: Path, folder: Path) -> None:
    question = "How many Russian military personnel are at the Kant airbase?"
    large, small = side_by_side(
        [QA, "ask", "--corpus", str(corpus), "--index", str(folder), question],
        ["env", "-u", "QA_ENCODER", QA, "ask", question],
        runs=5,
    )
    click.echo(
        f"  qa ask: {large.seconds:.2f} s, {large.megabytes:.0f} MB; over the article {small.seconds:.2f} s,"
        f" {small.megabytes:.0f} MB; ratio {large.seconds / small.seconds:.2f}"
    )


def _planted(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Paragraphs by the path of their file."""
    paragraphs = dict.fromkeys(row["context"] for row in rows)
    return {f"{PLANTED}/{number:04}.txt": paragraph for number, paragraph in enumerate(paragraphs)}


if __name__ == "__main__":
    cli()
