"""What typing errors cost, and what mending them wins (qa.pipeline.spelling): `python -m qa.training.decision.misspellings
--every 8`.

Questions of the open half are asked as a user would ask them, over its articles and with the thresholds that ship (a tentative
answer counts as one): as they are and with an error in a word, each with and without mending.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.retrieval import OPEN_HALF, indexed
from qa.index.backend import SearchableIndex
from qa.inference.encoder import shipped_encoder_folder
from qa.pipeline.confidence import Calibration
from qa.pipeline.models import LoadedModels
from qa.pipeline.pipeline import Findings, Pipeline
from qa.settings import Settings
from qa.text.passages import PASSAGE_TOKENS
from qa.training.data.phrasing import misspelt
from qa.training.decision.judged import SQUAD, Judged, articles_of, judge

_SEED = 13


def compare(data: Path, every: int) -> None:
    """Prints a line for each of the four ways."""
    rows = list(read_json_lines(data))
    models = LoadedModels(shipped_encoder_folder())
    mending, as_typed = (kind(models, Settings().passages_read) for kind in (Pipeline, _AsTyped))
    with indexed(articles_of(rows), models.encoder, PASSAGE_TOKENS) as index:
        changed = sum(mending.mended(index, row["question"]) != row["question"] for row in rows)
        print(f"{changed} of {len(rows)} questions are changed though they are as people wrote them")
        rng = Random(_SEED)
        asked = rows[::every]
        wrong = [{**row, "question": misspelt(row["question"], rng)} for row in asked]
        for way, pipeline, put in (
            ("as they are", as_typed, asked),
            ("as they are, mended", mending, asked),
            ("misspelt", as_typed, wrong),
            ("misspelt, mended", mending, wrong),
        ):
            judged = [_judged(pipeline.ask(index, row["question"]), row) for row in put]
            print(f"{way:<22}{_scores([one for one in judged if one is not None], models.calibration)}", flush=True)
        restored = sum(
            row["question"] == mending.mended(index, bad["question"]) for row, bad in zip(asked, wrong, strict=True)
        )
        print(f"{restored} of {len(asked)} misspelt questions are restored")


class _AsTyped(Pipeline):
    """Asks without mending anything."""

    def mended(self, index: SearchableIndex, question: str) -> str:
        return question


def _judged(findings: Findings, row: dict[str, Any]) -> Judged | None:
    return judge(findings, [answer["text"] for answer in row["answers"]], (SQUAD, row["title"], ""))


def _scores(asked: Sequence[Judged], calibration: Calibration) -> str:
    given = [calibration.certainty(calibration.probabilities(row.evidence).right) is not None for row in asked]
    f1 = [
        (row.f1 if answered else 0.0) if row.answerable else float(not answered)
        for row, answered in zip(asked, given, strict=True)
    ]
    answerable = [score for row, score in zip(asked, f1, strict=True) if row.answerable]
    refused = [score for row, score in zip(asked, f1, strict=True) if not row.answerable]
    forced = [row.f1 for row in asked if row.answerable]
    return (
        f"F1 {100 * sum(f1) / len(f1):.1f}, answerable {100 * sum(answerable) / len(answerable):.1f},"
        f" refused {100 * sum(refused) / len(refused):.1f}, forced {100 * sum(forced) / len(forced):.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what typing errors cost, and what mending them wins.")
    parser.add_argument("--data", type=Path, default=OPEN_HALF, help="SQuAD 2.0 style JSON Lines, gzip")
    parser.add_argument("--every", type=int, default=8, metavar="N", help="ask every Nth question only")
    arguments = parser.parse_args()
    compare(arguments.data, arguments.every)


if __name__ == "__main__":
    main()
