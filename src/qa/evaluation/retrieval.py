"""How well passages are found: the tables in qa.pipeline.retriever and qa.text.passages come from here.

`python -m qa.evaluation.retrieval` compares dense, lexical and fused retrieval with every paragraph as a document (with
`--full-precision`, the paragraphs encoded by sentence-transformers);
`python -m qa.evaluation.retrieval --sizes` compares passage sizes with whole articles as documents.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.ranks import CUTOFFS
from qa.evaluation.scores import exact, f1
from qa.index.backend import SearchableIndex
from qa.index.backends import backend_of
from qa.index.writing.writer import IndexModel
from qa.inference.encoder import (
    Encoder,
    ModelCard,
    OnnxEncoder,
    SentenceTransformerEncoder,
    passage_tokenizer,
    shipped_encoder_folder,
)
from qa.pipeline.models import LoadedModels
from qa.pipeline.pipeline import Pipeline
from qa.pipeline.retriever import CANDIDATES, fuse
from qa.settings import Settings
from qa.text.passages import PASSAGE_TOKENS, Splitter

OPEN_HALF = Path("../shared/data/eval/squad2_open.jsonl.gz")

RowDict = dict[str, Any]
Scores = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Recall:
    """Share of questions whose right document is among the first k, for each of CUTOFFS; and the mean reciprocal rank."""

    at: tuple[float, ...]
    mrr: float

    @classmethod
    def of(cls, ranks: Sequence[int | None]) -> Recall:
        """`ranks` are places from 1, None where the right one was not found."""
        shares = tuple(sum(rank is not None and rank <= k for rank in ranks) / len(ranks) for k in CUTOFFS)
        return cls(shares, sum(1 / rank for rank in ranks if rank is not None) / len(ranks))

    def __str__(self) -> str:
        return "  ".join(f"{share:.3f}" for share in (*self.at, self.mrr))


FUSIONS: Mapping[str, Callable[[dict[int, float], dict[int, float]], Scores]] = {
    "dense alone": lambda cosines, words: cosines,
    "BM25 alone (FTS5)": lambda cosines, words: words,
    "reciprocal rank, k=60": lambda cosines, words: _reciprocal(cosines, words, 60),
    "reciprocal rank, k=10": lambda cosines, words: _reciprocal(cosines, words, 10),
    "z-scores, 0.5 dense": lambda cosines, words: _standardised(cosines, words, 0.5),
    "z-scores, 0.7 dense": lambda cosines, words: _standardised(cosines, words, 0.7),
    "share of best, 0.6 dense": fuse,
}


def compare_fusions(rows: Sequence[RowDict], of_passages: Encoder | None = None) -> dict[str, Recall]:
    """Every paragraph is a document; a question's right one is the paragraph it was asked about.

    Questions are encoded by the shipped export, and so are paragraphs unless there is another encoder `of_passages`.
    """
    paragraphs = list(dict.fromkeys(row["context"] for row in rows))
    rows = [row for row in rows if row["answers"]]
    names = {paragraph: f"{number:05}.txt" for number, paragraph in enumerate(paragraphs)}
    encoder = OnnxEncoder(shipped_encoder_folder())
    ranks: dict[str, list[int | None]] = {name: [] for name in FUSIONS}
    with indexed({name: text for text, name in names.items()}, of_passages or encoder, PASSAGE_TOKENS) as index:
        for row in rows:
            vector = encoder.encode([row["question"]])[0]
            with index.snapshot():
                cosines = dict(index.dense_search(vector, CANDIDATES))
                words = dict(index.bm25_search(row["question"], CANDIDATES))
                only_lexical = [passage for passage in words if passage not in cosines]
                cosines.update(zip(only_lexical, index.cosines(vector, only_lexical), strict=True))
                paths = {passage.id: passage.path for passage in index.passages(list(cosines))}
            for name, fusion in FUSIONS.items():
                ranks[name].append(_rank_of(names[row["context"]], fusion(cosines, words), paths))
    return {name: Recall.of(found) for name, found in ranks.items()}


@dataclass(frozen=True, slots=True)
class SizeScores:
    """`recall`: of a passage that holds a gold answer at its place. `exact` and `f1`: of the best span of the passages read."""

    passages: int
    recall: Recall
    exact: float
    f1: float


def compare_sizes(rows: Sequence[RowDict], sizes: Sequence[int]) -> dict[int, SizeScores]:
    """Articles are documents; answerable questions only."""
    articles, offsets = _articles(rows)
    rows = [row for row in rows if row["answers"]]
    models = LoadedModels(shipped_encoder_folder())
    pipeline = Pipeline(models, Settings().passages_read)
    scores = {}
    for size in sizes:
        with indexed(articles, models.encoder, size) as index:
            scores[size] = _scores_of_size(rows, offsets, index, pipeline)
    return scores


@contextmanager
def indexed(documents: Mapping[str, str], encoder: Encoder, size: int) -> Iterator[SearchableIndex]:
    """A real index of `documents` (texts by path), for as long as it is needed."""
    card = ModelCard.load(shipped_encoder_folder())
    model = IndexModel(card, Splitter(passage_tokenizer(), size), lambda: encoder)
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch, "corpus")
        corpus.mkdir()
        for path, text in documents.items():
            (corpus / path).write_bytes(text.encode("utf-8"))
        backend = backend_of(Path(scratch, "index"))
        backend.update(corpus, model)
        index = backend.open(card)
        yield index
        index.close()


def _scores_of_size(
    rows: Sequence[RowDict],
    offsets: Mapping[tuple[str, str], tuple[str, int]],
    index: SearchableIndex,
    pipeline: Pipeline,
) -> SizeScores:
    ranks: list[int | None] = []
    found = []
    for row in rows:
        path, offset = offsets[row["title"], row["context"]]
        golds = [(offset + gold["start"], offset + gold["start"] + len(gold["text"])) for gold in row["answers"]]
        findings = pipeline.ask(index, row["question"])
        holding = [
            hit.passage.path == path
            and any(hit.passage.start <= start and end <= hit.passage.end for start, end in golds)
            for hit in findings.hits
        ]
        ranks.append(holding.index(True) + 1 if any(holding) else None)
        best = findings.spans[0].text if findings.spans else ""
        texts = [gold["text"] for gold in row["answers"]]
        found.append((exact(best, texts), f1(best, texts)))
    return SizeScores(
        passages=index.passage_count(),
        recall=Recall.of(ranks),
        exact=sum(score for score, _ in found) / len(found),
        f1=sum(score for _, score in found) / len(found),
    )


def _articles(rows: Sequence[RowDict]) -> tuple[dict[str, str], dict[tuple[str, str], tuple[str, int]]]:
    """Texts by path, and where each (title, paragraph) starts."""
    paragraphs: dict[str, dict[str, None]] = {}
    for row in rows:
        paragraphs.setdefault(row["title"], {})[row["context"]] = None
    texts, offsets = {}, {}
    for number, (title, parts) in enumerate(paragraphs.items()):
        path, text = f"{number:03}.txt", ""
        for part in parts:
            offsets[title, part] = path, len(text)
            text += part + "\n\n"
        texts[path] = text
    return texts, offsets


def _rank_of(path: str, scores: Scores, paths: Mapping[int, str]) -> int | None:
    ranked = dict.fromkeys(paths[passage] for passage in sorted(scores, key=lambda passage: -scores[passage]))
    return list(ranked).index(path) + 1 if path in ranked else None


def _reciprocal(cosines: Scores, words: Scores, k: int) -> Scores:
    """Reciprocal rank fusion (Cormack et al. 2009)."""
    sums: dict[int, float] = {}
    for scores in (cosines, words):
        for place, passage in enumerate(sorted(scores, key=lambda passage: -scores[passage]), 1):
            sums[passage] = sums.get(passage, 0.0) + 1 / (k + place)
    return sums


def _standardised(cosines: Scores, words: Scores, dense: float) -> Scores:
    both = [list(cosines.values()), [words.get(passage, 0.0) for passage in cosines]]
    means = [sum(values) / len(values) for values in both]
    deviations = [
        (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5 or 1.0
        for values, mean in zip(both, means, strict=True)
    ]
    return {
        passage: sum(
            weight * (values[place] - mean) / deviation
            for weight, values, mean, deviation in zip((dense, 1 - dense), both, means, deviations, strict=True)
        )
        for place, passage in enumerate(cosines)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare ways of finding passages on a SQuAD style file.")
    parser.add_argument("--data", type=Path, default=OPEN_HALF)
    parser.add_argument("--sizes", action="store_true", help="compare passage sizes instead of fusions")
    parser.add_argument("--full-precision", action="store_true", help="encode the paragraphs in float32")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every Nth question only")
    arguments = parser.parse_args()
    rows = list(read_json_lines(arguments.data))
    if not arguments.sizes:
        print(f"{'':<26}{'r@1':>5}  {'r@3':>5}  {'r@5':>5}  {'r@10':>5}  {'MRR':>5}")
        of_passages = SentenceTransformerEncoder() if arguments.full_precision else None
        for name, recall in compare_fusions(rows[:: arguments.every], of_passages).items():
            print(f"{name:<26}{recall}")
        return
    print(
        f"{'tokens':<8}{'passages':>8}  {'r@1':>5}  {'r@3':>5}  {'r@5':>5}  {'r@10':>5}  {'MRR':>5}  {'EM':>5}  {'F1':>5}"
    )
    for size, scores in compare_sizes(rows[:: arguments.every], (48, 64, 96, 128, 160, 192, 224)).items():
        print(f"{size:<8}{scores.passages:>8}  {scores.recall}  {100 * scores.exact:5.1f}  {100 * scores.f1:5.1f}")


if __name__ == "__main__":
    main()
