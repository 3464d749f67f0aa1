"""How near an exported encoder is to full precision: `python -m qa.training.encoder.agreement`.

The cosine of each text's two vectors, over questions and paragraphs of the open half of SQuAD 2.0.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.retrieval import OPEN_HALF
from qa.inference.encoder import Encoder, OnnxEncoder, SentenceTransformerEncoder, shipped_encoder_folder
from qa.training.data.training_rows import spread

QUESTIONS, PARAGRAPHS = 200, 100


def agreement(one: Encoder, other: Encoder, texts: Sequence[str]) -> tuple[float, float]:
    """The least and the mean cosine of the two encoders' vectors of one text."""
    cosines = (one.encode(texts) * other.encode(texts)).sum(axis=1)
    return float(cosines.min()), float(cosines.mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--encoder", type=Path, default=shipped_encoder_folder(), help="what the export wrote")
    parser.add_argument("--data", type=Path, default=OPEN_HALF)
    arguments = parser.parse_args()
    rows = list(read_json_lines(arguments.data))
    exported = OnnxEncoder(arguments.encoder)
    full = SentenceTransformerEncoder(exported.card.model_id)
    paragraphs = spread(list(dict.fromkeys(row["context"] for row in rows)), PARAGRAPHS)
    for name, texts in (("questions", [row["question"] for row in rows[::25]][:QUESTIONS]), ("paragraphs", paragraphs)):
        least, mean = agreement(full, exported, texts)
        print(f"{len(texts)} {name}: least {least:.4f}, mean {mean:.4f}")


if __name__ == "__main__":
    main()
