"""What a passage costs, for docs/sizing.md: bytes, memory, and time of a processor.

python -m tests.benchmarks.sizing corpus FOLDER --megabytes 4      paragraphs of ../shared/data, 3,450 passages a MB
python -m tests.benchmarks.static_encoder FOLDER ENCODER           an encoder that costs next to nothing
QA_ENCODER=ENCODER python -m tests.benchmarks.sizing index FOLDER INDEX   builds INDEX, asks it, changes it; INDEX may be Milvus
QA_ENCODER=ENCODER python -m tests.benchmarks.sizing graph INDEX   the vectors of INDEX, in a folder, all compared and in a graph
python -m tests.benchmarks.sizing scan 1000000                     the codes of so many random vectors
python -m tests.benchmarks.sizing writing FOLDER                   documents written into Milvus Lite, few and many, and all changed
python -m tests.benchmarks.sizing encode                           passages a second on one core, by the encoder that ships
python -m tests.benchmarks.sizing ask                              the stages of a question to the article

Times are of the processor, of all threads of a process together, unless it says otherwise: other work on the same machine changes
them less than it changes what a clock shows.
"""

from __future__ import annotations

import gzip
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import click
import numpy as np

from qa import Assistant
from qa.index.backend import CorpusIndex
from qa.index.backends import backend_of
from qa.index.index_reader import IndexReader
from qa.index.milvus.searching import MilvusIndex
from qa.index.service import Indexer, encoder_folder
from qa.index.sqlite.database import open_existing
from qa.index.sqlite.stored_vectors import evenly_spread
from qa.index_place import index_place
from qa.inference.encoder import OnnxEncoder, shipped_encoder_folder
from qa.pipeline import pipeline
from qa.pipeline.retriever import CANDIDATES, retrieve
from qa.settings import Settings
from tests.benchmarks.processes import Cost, cost
from tests.conftest import QA
from tests.index_conformance.same_answers import OF_ARTICLE
from tests.load.questions import distinct
from tests.unit.models import card, index_model, splitter
from tests.unit.test_passages import document

SHARED = Path("../shared/data")
_PARAGRAPHS = 20
"""In one document."""
_ASKED = 40
_NOT_COUNTED = 3
"""Questions at the beginning, while files are read for the first time."""
_LINKS = 16
_BREADTH = 200
"""Of a graph (HNSW): M and efConstruction."""
_BLOCK = 8_192
_DIMENSION = 384
_SEED = 13
_QUESTION = "How many Russian military personnel are at the Kant airbase?"


@click.group()
def cli() -> None:
    """Measures what a passage costs."""


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--megabytes", default=4, show_default=True, help="How much text, at the most.")
def corpus(folder: Path, megabytes: int) -> None:
    folder.mkdir(parents=True)
    left, paragraphs = megabytes * 1_000_000, _paragraphs()
    for number in range(1_000_000):
        text = "\n\n".join(islice(paragraphs, _PARAGRAPHS)).encode("utf-8")
        left -= len(text)
        if not text or left < 0:
            return
        (folder / f"{number:06}.txt").write_bytes(text)


@cli.command()
@click.argument("corpus", type=click.Path(path_type=Path, exists=True))
@click.argument("place", metavar="INDEX")
def index(corpus: Path, place: str) -> None:
    # First, since what this process holds in memory counts as theirs (getrusage, at exec).
    where = ["--corpus", str(corpus), "--index", place]
    _told("qa index", cost([QA, "index", *where]))
    cost([QA, "ask", *where, _QUESTION])
    _told("qa ask", cost([QA, "ask", *where, _QUESTION]))
    added = corpus / "added.txt"
    added.write_text(f"At {time.time()} one document more was put here.", "utf-8")
    _told("qa index, one document more", cost([QA, "index", *where]))
    settings = replace(Settings.from_environment(), corpus=corpus, index=index_place(place))
    with closing(Indexer(settings).open()) as opened:
        passages = opened.passage_count()
        click.echo(f"{passages:,} passages of {opened.document_count():,} documents")
        if isinstance(opened, IndexReader):
            _files(opened.folder, passages)
            _tables(opened, passages)
        if isinstance(opened, MilvusIndex):
            _kept_by_milvus(opened, passages)
        _retrieval(opened, OnnxEncoder(encoder_folder(settings), threads=1))
    added.unlink()


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--most", default=1_600, show_default=True, help="Documents, at the most.")
def writing(folder: Path, most: int) -> None:
    model = replace(index_model(), open_encoder=_AtRandom)
    # What is loaded at the first time is no matter of how many.
    for many in (10, *(most >> halved for halved in (3, 2, 1, 0))):
        corpus, backend = folder / f"{many}", backend_of(index_place(f"milvus+file:{folder / str(many)}.db"))
        corpus.mkdir(parents=True)
        for said in ("new", "changed"):
            dice = np.random.default_rng(_SEED)
            for number in range(many):
                words = " ".join(f"word{one}" for one in dice.zipf(1.3, 40) % 20_000)
                (corpus / f"{number}.txt").write_text(f"Document {number} is {said}: {words}.", "utf-8")
            begun = time.process_time()
            report = backend.update(corpus, model)
            took = 1000 * (time.process_time() - begun) / many
            click.echo(f"{many:>7,} documents, {report.passages:,} passages, {said}: {took:.1f} ms a document")


class _AtRandom:
    """Vectors that cost next to nothing."""

    card = card()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.concatenate([_random(np.random.default_rng(list(text.encode())), 1) for text in texts])


@cli.command()
@click.argument("passages", type=int)
def scan(passages: int) -> None:
    import faiss

    from qa.index.vectors.quantized import _BITS_OF_QUESTION

    dice = np.random.default_rng(_SEED)
    rotation = faiss.RandomRotationMatrix(_DIMENSION, _DIMENSION)
    rotation.init(_SEED)
    codes: Any = faiss.IndexRaBitQ(_DIMENSION, faiss.METRIC_INNER_PRODUCT)
    codes.qb = _BITS_OF_QUESTION
    made: Any = faiss.IndexIDMap(faiss.IndexPreTransform(rotation, codes))
    made.train(_random(dice, _BLOCK))
    took = 0.0
    for first in range(0, passages, _BLOCK):
        ids = np.arange(first, min(first + _BLOCK, passages))
        vectors = _random(dice, len(ids))
        took += _milliseconds(lambda: made.add_with_ids(vectors, ids))  # noqa: B023
    faiss.omp_set_num_threads(1)
    searched = [_milliseconds(lambda: made.search(_random(dice, 1), 1_000)) for _ in range(9)]
    click.echo(
        f"{passages:,} codes of {codes.code_size} bytes and ids of 8: made in {1000 * took / passages:.0f} µs each,"
        f" looked at in {statistics.median(searched):.1f} ms"
    )


@cli.command()
@click.argument("folder", metavar="INDEX", type=click.Path(path_type=Path, exists=True))
@click.option("--passages", default=30_000, show_default=True, help="How many of the index, at the most.")
def graph(folder: Path, passages: int) -> None:
    import faiss

    faiss.omp_set_num_threads(1)
    with closing(open_existing(folder)) as connection:
        vectors = evenly_spread(connection, passages, _DIMENSION, folder)[1]
    questions = OnnxEncoder(encoder_folder(Settings.from_environment()), threads=1).encode(list(_asked()))
    exact: Any = faiss.IndexFlatIP(_DIMENSION)
    exact.add(vectors)
    took = statistics.median([_milliseconds(lambda: exact.search(one[None], 100)) for one in questions])  # noqa: B023
    nearest = exact.search(questions, 10)[1]
    click.echo(f"{len(vectors):,} vectors; all compared: {took:.2f} ms")
    made: Any = faiss.IndexHNSWFlat(_DIMENSION, _LINKS, faiss.METRIC_INNER_PRODUCT)
    made.hnsw.efConstruction = _BREADTH
    took = _milliseconds(lambda: made.add(vectors)) / len(vectors)
    size = len(faiss.serialize_index(made)) / len(vectors)
    click.echo(f"  a graph: {took:.2f} ms and {size:,.0f} bytes a vector")
    for breadth in (100, 200, 400):
        made.hnsw.efSearch = breadth
        took = statistics.median([_milliseconds(lambda: made.search(one[None], 100)) for one in questions])  # noqa: B023
        found = made.search(questions, 10)[1]
        share = np.mean([len({*one} & {*other}) / 10 for one, other in zip(found, nearest, strict=True)])
        click.echo(f"    {breadth} looked at: {took:.2f} ms, recall@10 {share:.3f}")


@cli.command()
@click.option("--passages", default=300, show_default=True)
def encode(passages: int) -> None:
    cut = splitter()
    texts = list(islice((one.text for text in _paragraphs() for one in cut.split(document(text))), passages))
    encoder = OnnxEncoder(shipped_encoder_folder(), threads=1)
    encoder.encode(texts[:16])
    clock, processor = time.perf_counter(), time.process_time()
    encoder.encode(texts)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    click.echo(
        f"{passages} passages of {statistics.mean(map(len, texts)):.0f} characters:"
        f" {passages / processor:.0f} in a second of a core ({passages / clock:.0f} by the clock)"
    )


@cli.command()
@click.option("--questions", default=15, show_default=True)
def ask(questions: int) -> None:
    one_thread = replace(Settings.from_environment(), threads=1)
    with (
        patch.object(pipeline, "time", SimpleNamespace(perf_counter=time.process_time)),
        patch.object(pipeline, "_Clock", partial(_processor_clock, pipeline._Clock)),
        Assistant.open(settings=one_thread) as assistant,
    ):
        for question in OF_ARTICLE[:_NOT_COUNTED]:
            assistant.ask(question)
        stages: dict[str, list[float]] = defaultdict(list)
        for question in islice(distinct(_SEED), questions):
            timings = assistant.ask(question).timings
            for stage in ("encode", "retrieve", "rerank", "read", "total"):
                stages[stage].append(getattr(timings, stage))
    for stage, took in stages.items():
        click.echo(f"  {stage:<10}{statistics.median(took):>8.1f} ms")


def _paragraphs() -> Iterator[str]:
    """Of the questions in ../shared/data, each once."""
    seen = set()
    for file in sorted([*(SHARED / "eval").glob("*.gz"), *(SHARED / "train").glob("*.gz")]):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line)["context"]
                if text not in seen:
                    seen.add(text)
                    yield text


def _processor_clock(kind: Callable[..., Any]) -> Any:
    """For the stages of an ask: while a thread waits for a core that others use, it stands still."""
    now = time.process_time()
    return kind(began=now, last=now)


def _told(what: str, took: Cost) -> None:
    click.echo(f"  {what}: {took.processor:.1f} s of the processor, {took.seconds:.1f} s, {took.megabytes:.0f} MB")


def _files(folder: Path, passages: int) -> None:
    """Those that take a byte of each passage at the least."""
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.stat().st_size >= passages):
        size = file.stat().st_size
        click.echo(f"  {file.name:<32}{size / 1e6:>10,.1f} MB{size / passages:>8,.0f} bytes a passage")


def _tables(opened: IndexReader, passages: int) -> None:
    connection = opened._state.connection
    for name, size in connection.execute("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE ORDER BY pgsize DESC"):
        if size > passages:
            click.echo(f"    {name:<30}{size / 1e6:>10,.1f} MB{size / passages:>8,.0f} bytes a passage")
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'words', 'row')")
    click.echo(f"  {connection.execute('SELECT count(*) FROM temp.vocabulary').get:,} different words")


def _kept_by_milvus(opened: MilvusIndex, passages: int) -> None:
    place = opened._engine.place.file
    if place is not None:
        _files(place, passages)
    fields = ("text", "heading", "before", "words", "key")
    rows = opened._view.passage_rows(range(1, passages, -(-passages // 1_000)), fields)
    for field in fields:
        size = statistics.mean(len((row[field] or "").encode("utf-8")) for row in rows.values())
        click.echo(f"    {field:<10}{size:>8.0f} bytes a passage, as it is given to Milvus")
    different = statistics.mean(len(set(row["words"].split())) for row in rows.values())
    click.echo(f"    {different:.0f} different words in a passage")
    click.echo(f"  {len(opened._view.vocabulary):,} different words")


def _retrieval(opened: CorpusIndex, encoder: OnnxEncoder) -> None:
    asked = list(_asked())
    vectors = encoder.encode(asked)
    took: dict[str, list[float]] = defaultdict(list)
    for question, vector in zip(asked, vectors, strict=True):
        with opened.snapshot():
            took["dense"].append(_milliseconds(lambda: opened.dense_search(vector, CANDIDATES)))  # noqa: B023
            took["words"].append(_milliseconds(lambda: opened.bm25_search(question, CANDIDATES)))  # noqa: B023
        begun = time.perf_counter()
        took["all of it"].append(_milliseconds(lambda: retrieve(opened, question, vector, 40)))  # noqa: B023
        took["by the clock"].append(1000 * (time.perf_counter() - begun))
    for stage, each in took.items():
        each = sorted(each[_NOT_COUNTED:])
        click.echo(f"  {stage:<14} p50 {statistics.median(each):.1f} ms, p95 {each[int(0.95 * len(each))]:.1f} ms")


def _asked() -> Iterator[str]:
    with gzip.open(SHARED / "eval" / "squad2_open.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from (json.loads(line)["question"] for line in islice(lines, 0, 100 * (_ASKED + _NOT_COUNTED), 100))


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun)


def _random(dice: np.random.Generator, many: int) -> np.ndarray:
    vectors: np.ndarray = dice.standard_normal((many, _DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


if __name__ == "__main__":
    cli()
