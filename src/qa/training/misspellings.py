"""What typing errors cost, and what mending them wins (qa.pipeline.spelling): `python -m qa.training.misspellings --every 8`.

Questions of the open half are asked as a user would ask them, over its articles and with the threshold that ships: as they
are and with an error in a word, each with and without mending.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random

from qa.encoder import OnnxEncoder, shipped_encoder_folder
from qa.evaluation.retrieval import OPEN_HALF, indexed, read_rows
from qa.passages import PASSAGE_TOKENS
from qa.pipeline.confidence import Calibration
from qa.pipeline.reader import Reader, shipped_reader_folder
from qa.pipeline.spelling import corrected
from qa.training.calibrate import Asked, articles_of, ask
from qa.training.phrasing import misspelt

_SEED = 13


def compare(data: Path, every: int) -> None:
    """Prints a line for each of the four ways."""
    rows = read_rows(data)
    encoder, reader = OnnxEncoder(shipped_encoder_folder()), Reader(shipped_reader_folder())
    with indexed(articles_of(rows), encoder, PASSAGE_TOKENS) as index:

        def mended(question: str) -> str:
            return corrected(question, index, encoder.is_common)

        changed = sum(mended(row["question"]) != row["question"] for row in rows)
        print(f"{changed} of {len(rows)} questions are changed though they are as people wrote them")
        rng = Random(_SEED)
        typed = [row["question"] for row in rows[::every]]
        wrong = [misspelt(question, rng) for question in typed]
        ways: dict[str, list[str]] = {
            "as they are": typed,
            "as they are, mended": [mended(question) for question in typed],
            "misspelt": wrong,
            "misspelt, mended": [mended(question) for question in wrong],
        }
        for way, questions in ways.items():
            put = [{**row, "question": question} for row, question in zip(rows[::every], questions, strict=True)]
            print(f"{way:<22}{_scores([ask(row, index, encoder, reader) for row in put])}", flush=True)
        restored = sum(one == other for one, other in zip(typed, ways["misspelt, mended"], strict=True))
        print(f"{restored} of {len(typed)} misspelt questions are restored")


def _scores(asked: Sequence[Asked]) -> str:
    calibration = Calibration.load(shipped_reader_folder())
    given = [calibration.right.probability(row.evidence) >= calibration.threshold for row in asked]
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
