"""Fits what says that two candidates are two values of one thing: `python -m qa.training.decision.fit_disagreement FOLDER`.

FOLDER holds `docs/` and `questions.jsonl`, whose rows are `{"question", "answer", "other": {"answer"} or null}`: the value that
holds, and one that another place gives (tests/data/folders/disagreeing; fitted on `tune`, figures on `test`).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
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


@dataclass(frozen=True, slots=True)
class DisagreementOutcome:
    """What became of a question: the pairs of its candidates, and which of its values was given ("holds", "other", "neither").

    `disagreed`: two places give two values for it.
    """

    pairs: tuple[Pair, ...]
    given: str
    disagreed: bool


def asked(folder: Path) -> list[DisagreementOutcome]:
    """All questions of `folder`, asked over its documents."""
    with tempfile.TemporaryDirectory() as index:
        settings = Settings(corpus=folder / "docs", index=Path(index, "index"))
        with Assistant.open(settings=settings) as assistant:
            rows = enumerate(read_json_lines(folder / "questions.jsonl"))
            return [_asked(assistant, number, row) for number, row in rows]


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


def answers(found: Sequence[DisagreementOutcome]) -> dict[str, dict[str, int]]:
    """How often each value is given by default, for the questions with two values and for the others."""
    both = {"two values": True, "one value": False}
    return {name: Counter(one.given for one in found if one.disagreed is wanted) for name, wanted in both.items()}


def _asked(assistant: Assistant, number: int, row: dict[str, Any]) -> DisagreementOutcome:
    explained = assistant.explain(row["question"])
    other = row["other"]["answer"] if row["other"] else None
    pairs = tuple(_pairs(assistant, number, explained.findings.spans, row["answer"], other))
    return DisagreementOutcome(pairs, _given(explained.answer.text or "", row["answer"], other), other is not None)


def _given(text: str, holds: str, other: str | None) -> str:
    if _is_value(text, holds, other or ""):
        return "holds"
    return "other" if other is not None and _is_value(text, other, holds) else "neither"


def _pairs(
    assistant: Assistant, number: int, spans: Sequence[RankedSpan], holds: str, other: str | None
) -> Iterator[Pair]:
    for place, found in features(spans, assistant.cosine_similarity).items():
        yield Pair(number, found, disagrees=other is not None and _are(spans[0], spans[place], holds, other))


def _are(first: RankedSpan, second: RankedSpan, holds: str, other: str) -> bool:
    either = ((first.text, second.text), (second.text, first.text))
    return any(_is_value(one, holds, other) and _is_value(two, other, holds) for one, two in either)


def _is_value(text: str, value: str, rather_than: str) -> bool:
    score = f1(text, [value])
    return score >= RIGHT_FROM_F1 and score > f1(text, [rather_than])


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit and check what finds two values for one thing.")
    parser.add_argument("folder", type=Path)
    found = asked(parser.parse_args().folder)
    pairs = [pair for one in found for pair in one.pairs]
    weights, intercept = fitted(pairs)
    shipped = {"shipped weights": report(pairs), "answers": answers(found)}
    print(json.dumps({"weights": weights, "intercept": intercept, **shipped}))


if __name__ == "__main__":
    main()
