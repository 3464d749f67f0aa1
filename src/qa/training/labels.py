"""What a larger reader makes of prepared rows, for a small one to learn from (Hinton, Vinyals and Dean 2015).

Of each row its start and end logits at "no answer" and at the tokens of the context: all that a span can be read from. Both
readers must cut a context into the same tokens, as those do whose vocabularies come from the uncased BERT.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from qa.errors import QaError
from qa.onnx import feed, inputs_of, open_session, open_tokenizer, runs_beside_each_other
from qa.training.batches import Example, encodings
from qa.training.rows import Row

_ROWS_A_PART = 1000
_NO_ANSWER = 0
_MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Label:
    """Logits of shape (1 + tokens of the context,), float32: first of no answer, then of the context's tokens."""

    starts: NDArray[np.float32]
    ends: NDArray[np.float32]


def write(rows: Sequence[Row], reader: Path, out: Path, threads: int = 0) -> None:
    """Label `rows` by the reader in the folder `reader`, into files of the folder `out`; those that are there are kept."""
    out.mkdir(parents=True, exist_ok=True)
    missing = [(path, part) for path, part in _parts(rows, out) if not path.exists()]
    path = reader / "model.int8.onnx"
    tokenizer = open_tokenizer(reader / "tokenizer.json")
    session = open_session(path, threads=1)
    names = inputs_of(session, path)

    def label(encoding: Any) -> Label:
        start, end = session.run(["start_logits", "end_logits"], feed(names, encoding))
        places = [_NO_ANSWER, *(place for place, text in enumerate(encoding.sequence_ids) if text == 1)]
        return Label(start[0][places], end[0][places])

    with runs_beside_each_other(threads, "qa-label") as pool:
        for target, part in missing:
            _write_part(target, list(pool.map(label, encodings(part, tokenizer))))


def read(folder: Path, rows: Sequence[Row]) -> list[Label]:
    """The labels of `rows`, which are those that were labelled or the first of them.

    Raises QaError if they were not labelled, or not all of them.
    """
    found: list[Label] = []
    for path, part in _parts(rows, folder):
        if not path.is_file():
            raise QaError(
                f"Rows {len(found):,} to {len(rows):,} are not labelled in {folder}.", "Run label to its end."
            )
        found += _read_part(path)[: len(part)]
    return found


def places_of(example: Example) -> list[int]:
    """The tokens of an example that a label speaks of: the first, then the context's, less the mark at its end."""
    return [_NO_ANSWER, *(place for place, kind in enumerate(example.type_ids) if kind == 1)][:-1]


def divergence(
    logits: torch.Tensor, examples: Sequence[Example], labels: Sequence[NDArray[np.float32]], temperature: float
) -> torch.Tensor:
    """Kullback-Leibler divergence of the labels from `logits` (rows x longest), the mean over the rows, times temperature².

    The square keeps its gradients as large as those of the answers' cross-entropy (Hinton et al. 2015, section 2).
    """
    wanted = torch.full(logits.shape, _MASKED, device=logits.device)
    for row, (example, label) in enumerate(zip(examples, labels, strict=True)):
        places = places_of(example)
        if len(places) != len(label):
            raise QaError(
                f"A label speaks of {len(label)} tokens of a row that has {len(places)}.",
                "Label the rows anew: these labels are of other rows, or of a reader that cuts words otherwise.",
            )
        wanted[row, places] = torch.from_numpy(label).to(logits.device)
    seen = wanted > _MASKED
    given = (logits.float().masked_fill(~seen, _MASKED) / temperature).log_softmax(-1)
    aim = (wanted / temperature).log_softmax(-1)
    return nn.functional.kl_div(given, aim, log_target=True, reduction="batchmean") * temperature**2


def _parts(rows: Sequence[Row], folder: Path) -> Iterator[tuple[Path, Sequence[Row]]]:
    """The rows in parts, each with its file, whose name tells what its first row shows: other rows have other files."""
    for first in range(0, len(rows), _ROWS_A_PART):
        shown = hashlib.sha256(f"{rows[first].question}\n{rows[first].context}".encode()).hexdigest()
        yield folder / f"{first:07}-{shown[:12]}.npz", rows[first : first + _ROWS_A_PART]


def _write_part(path: Path, labels: Sequence[Label]) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            tokens=np.array([len(label.starts) for label in labels], dtype=np.int32),
            starts=np.concatenate([label.starts for label in labels]).astype(np.float16),
            ends=np.concatenate([label.ends for label in labels]).astype(np.float16),
        )
    part.replace(path)


def _read_part(path: Path) -> list[Label]:
    with np.load(path) as file:
        edges = np.cumsum(file["tokens"])[:-1]
        starts, ends = (np.split(file[name].astype(np.float32), edges) for name in ("starts", "ends"))
    return [Label(start, end) for start, end in zip(starts, ends, strict=True)]
