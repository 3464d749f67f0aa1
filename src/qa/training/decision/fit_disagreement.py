"""Fits what says that two candidates are two values of one thing: `python -m qa.training.decision.fit_disagreement FOLDER`.

FOLDER holds `docs/` and `questions.jsonl`, whose rows are `{"question", "answer", "other": {"answer"} or null}`: the value that
holds, and one that another place gives (tests/data/folders/disagreeing; fitted on `tune`, figures on `test`).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from qa.assistant import Assistant
from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.outcome import RIGHT_FROM_F1
from qa.evaluation.scores import f1
from qa.pipeline.disagreement import LEAST, DisagreementFeatures, features
from qa.pipeline.ranking import RankedSpan
from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Pair:
    """The best candidate of question number `question` and another one; `disagrees`: they are its two values."""

    question: int
    features: DisagreementFeatures
    disagrees: bool


def pairs(folder: Path) -> list[Pair]:
    """The pairs of all questions of `folder`, asked over its documents."""
    with tempfile.TemporaryDirectory() as index:
        settings = Settings(corpus=folder / "docs", index=Path(index, "index"))
        with Assistant.open(settings=settings) as assistant:
            return [
                pair
                for number, row in enumerate(read_json_lines(folder / "questions.jsonl"))
                for pair in _pairs(assistant, number, row)
            ]


def fitted(found: Sequence[Pair]) -> tuple[list[float], float]:
    """The weights of the features, and the intercept."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    values = np.array([astuple(pair.features) for pair in found], dtype=np.float64)
    scale = values.std(axis=0) + 1e-9
    made = LogisticRegression(C=0.5, max_iter=1000).fit(values / scale, [pair.disagrees for pair in found])
    return [round(float(one), 2) for one in made.coef_[0] / scale], round(float(made.intercept_[0]), 2)


def report(found: Sequence[Pair], least: float = LEAST) -> dict[str, int]:
    """For how many questions the shipped weights show another value, for how many it is one, and for how many there is one."""
    best: dict[int, Pair] = {}
    for pair in found:
        other = best.get(pair.question)
        if pair.features.probability >= least and (
            other is None or pair.features.probability > other.features.probability
        ):
            best[pair.question] = pair
    return {
        "questions": len({pair.question for pair in found}),
        "shown": len(best),
        "right": sum(pair.disagrees for pair in best.values()),
        "possible": len({pair.question for pair in found if pair.disagrees}),
    }


def _pairs(assistant: Assistant, number: int, row: dict[str, Any]) -> Iterator[Pair]:
    spans = assistant.explain(row["question"]).findings.spans
    other = row["other"]["answer"] if row["other"] else None
    for place, found in features(spans, assistant.cosine_similarity).items():
        yield Pair(number, found, disagrees=other is not None and _are(spans[0], spans[place], row["answer"], other))


def _are(first: RankedSpan, second: RankedSpan, holds: str, other: str) -> bool:
    return any(_is(one, holds, other) and _is(two, other, holds) for one, two in ((first, second), (second, first)))


def _is(span: RankedSpan, value: str, rather_than: str) -> bool:
    score = f1(span.text, [value])
    return score >= RIGHT_FROM_F1 and score > f1(span.text, [rather_than])


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit and check what finds two values for one thing.")
    parser.add_argument("folder", type=Path)
    found = pairs(parser.parse_args().folder)
    weights, intercept = fitted(found)
    print(json.dumps({"weights": weights, "intercept": intercept, "shipped weights": report(found)}))


if __name__ == "__main__":
    main()
