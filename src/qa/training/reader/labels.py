"""What a larger reader makes of prepared rows, for a small one to learn from (Hinton, Vinyals and Dean 2015).

Of each row its start and end logits at "no answer" and at the tokens of the context: all that a span can be read from. Both
readers must cut a context into the same tokens, as those do whose vocabularies come from the uncased BERT.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from qa.errors import QaError
from qa.inference.onnx_sessions import feed, inputs_of, open_session, open_tokenizer, runs_beside_each_other
from qa.training.data.batches import Example, collate, encodings
from qa.training.data.training_rows import TrainingRow
from qa.training.networks.forward import device, outputs

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_ROWS_A_PART = 1000
_ROWS_A_BATCH = 125
_NO_ANSWER = 0
_MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Label:
    """Logits of shape (1 + tokens of the context,), float32: first of no answer, then of the context's tokens."""

    starts: NDArray[np.float32]
    ends: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Labeller:
    """A reader that labels what its `tokenizer` cut: `label` takes encodings of (question, context)."""

    tokenizer: Tokenizer
    label: Callable[[Sequence[Any]], list[Label]]


@contextmanager
def of_reader(folder: Path, threads: int = 0) -> Iterator[Labeller]:
    """The reader in `folder`, run by ONNX Runtime one row at a time on each of `threads` (0: one for each core)."""
    path = folder / "model.int8.onnx"
    session = open_session(path, threads=1)
    names = inputs_of(session, path)

    def label(encoding: Any) -> Label:
        start, end = session.run(["start_logits", "end_logits"], feed(names, encoding))
        return _at_context(encoding, start[0], end[0])

    with runs_beside_each_other(threads, "qa-label") as pool:
        yield Labeller(open_tokenizer(folder / "tokenizer.json"), lambda found: list(pool.map(label, found)))


def of_network(model: Any, tokenizer: Tokenizer) -> Labeller:
    """A network with a span head, run by PyTorch in batches of rows of like length, on the GPU where there is one."""
    model.to(device()).eval()

    def label(encodings: Sequence[Any]) -> list[Label]:
        order = sorted(range(len(encodings)), key=lambda place: len(encodings[place].ids))
        found: dict[int, Label] = {}
        for first in range(0, len(order), _ROWS_A_BATCH):
            places = order[first : first + _ROWS_A_BATCH]
            batch = collate([Example(encodings[place].ids, encodings[place].type_ids, 0, 0) for place in places])
            with torch.inference_mode():
                out = outputs(model, batch)
            starts, ends = (logits.float().cpu().numpy() for logits in (out.start_logits, out.end_logits))
            for row, place in enumerate(places):
                found[place] = _at_context(encodings[place], starts[row], ends[row])
        return [found[place] for place in range(len(encodings))]

    return Labeller(tokenizer, label)


def write(rows: Sequence[TrainingRow], labeller: Labeller, out: Path) -> None:
    """Label `rows` into files of the folder `out`; those that are there are kept."""
    out.mkdir(parents=True, exist_ok=True)
    for target, part in _parts(rows, out):
        if not target.exists():
            _write_part(target, labeller.label(list(encodings(part, labeller.tokenizer))))


def read(folder: Path, rows: Sequence[TrainingRow]) -> list[Label]:
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


def divergence(
    logits: torch.Tensor, examples: Sequence[Example], labels: Sequence[NDArray[np.float32]], temperature: float
) -> torch.Tensor:
    """Kullback-Leibler divergence of the labels from `logits` (rows x longest), of shape (rows,), times temperature².

    The square keeps its gradients as large as those of the answers' cross-entropy (Hinton et al. 2015, section 2).
    """
    filled = np.full(logits.shape, _MASKED, dtype=np.float32)
    for row, (example, label) in enumerate(zip(examples, labels, strict=True)):
        first, last = _context_of(example)
        if last - first + 1 != len(label):
            raise QaError(
                f"A label speaks of {len(label)} tokens of a row that has {last - first + 1}.",
                "Label the rows anew: these labels are of other rows, or of a reader that cuts words otherwise.",
            )
        filled[row, _NO_ANSWER] = label[0]
        filled[row, first:last] = label[1:]
    wanted = torch.from_numpy(filled).to(logits.device)
    seen = wanted > _MASKED
    given = (logits.float().masked_fill(~seen, _MASKED) / temperature).log_softmax(-1)
    aim = (wanted / temperature).log_softmax(-1)
    return nn.functional.kl_div(given, aim, log_target=True, reduction="none").sum(-1) * temperature**2


def _context_of(example: Example) -> tuple[int, int]:
    """Where its tokens begin and end, the mark behind them left out."""
    return example.type_ids.index(1), len(example.ids) - 1


def _at_context(encoding: Any, starts: NDArray[np.float32], ends: NDArray[np.float32]) -> Label:
    """The logits that a label has: for "no answer", and at the tokens of the context."""
    places = [_NO_ANSWER, *(place for place, text in enumerate(encoding.sequence_ids) if text == 1)]
    return Label(starts[places], ends[places])


def _parts(rows: Sequence[TrainingRow], folder: Path) -> Iterator[tuple[Path, Sequence[TrainingRow]]]:
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
