"""`train`: prepared rows -> a reader, with a checkpoint every few minutes and the loss in a file and a picture.

Cross-entropy of the start and of the end token, where "no answer" is position 0 (Devlin et al. 2019, section 4.3). AdamW,
linear warm-up and decay, bfloat16 where the processor has it, word embeddings frozen. What is kept is an exponential moving
average of the weights (Polyak and Juditsky 1992), which costs nothing and steadies the end of a short run.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from qa.inference.encoder import passage_tokenizer
from qa.training.data import superseded
from qa.training.data.batches import Batch, Example, collate, examples, placed_examples, plan
from qa.training.data.training_rows import read_prepared
from qa.training.networks import attention
from qa.training.networks.forward import device, has_bfloat16, outputs
from qa.training.reader import labels
from qa.training.reader.start import network, reader_weights

_LOGGED_EVERY = 25
_OF_ATTENTION = ("attention.self.dropout", "attention.attn.dropout")
"""What BERT and MPNet call the dropout of attention, which is left as the network has it."""


Loss = Callable[[Any, Sequence[int]], torch.Tensor]
"""Of a model, over the examples at some places."""


@dataclass(frozen=True, slots=True)
class Taught:
    """Learning from a larger reader's `labels` (a folder): by how large a `share`, the rows' own answers having the rest."""

    labels: Path
    share: float = 0.7
    temperature: float = 2.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a run goes. `start` is a reader (.pt, or .onnx to be dequantised); None begins with the encoder's weights."""

    rows: Path
    out: Path
    start: Path | None = None
    batch: int = 32
    passes: int = 1
    rate: float = 1e-4
    warm_up: float = 0.04
    dropout: float = 0.1
    decay: float = 0.01
    average: float = 0.999
    seed: int = 13
    taught: Taught | None = None
    limit: int | None = None
    """So many of the rows, from the first."""
    checkpoint_seconds: float = 240.0
    stop_after: int | None = None
    """Steps after which to stop as if interrupted, for tests."""


@dataclass(slots=True)
class _TrainingState:
    model: Any
    average: dict[str, torch.Tensor]
    optimizer: torch.optim.Optimizer
    step: int = 0


def train(schedule: Schedule) -> Path:
    """Train a reader to the end, from the last checkpoint if there is one; the file of the averaged weights."""
    if schedule.taught is not None:
        lessons = lessons_of(schedule, schedule.taught)
        batches = plans([lesson.example for lesson in lessons], schedule)
        loss = lessons_loss(lessons, schedule.taught.temperature)
        return run(schedule, started(schedule), batches, loss)
    made = examples(read_prepared(schedule.rows)[: schedule.limit])
    return run(schedule, started(schedule), plans(made, schedule), answers_loss(made))


def plans(made: Sequence[Example], schedule: Schedule) -> list[list[int]]:
    """The batches of all passes, the rows of each in another order."""
    return [batch for number in range(schedule.passes) for batch in plan(made, schedule.batch, schedule.seed + number)]


def answers_loss(made: Sequence[Example]) -> Loss:
    """Cross-entropy of the rows' own answers."""

    def loss(model: Any, places: Sequence[int]) -> torch.Tensor:
        batch = collate([made[place] for place in places])
        out = outputs(model, batch)
        return cross_entropy(out.start_logits, out.end_logits, batch).mean()

    return loss


@dataclass(frozen=True, slots=True)
class Lesson:
    """An example, what a larger reader makes of it, and how large a share of its loss that has.

    The share is 0 where a row was made to teach what the larger reader does not know either.
    """

    example: Example
    label: labels.Label
    share: float


def lessons_of(schedule: Schedule, taught: Taught) -> list[Lesson]:
    """The rows with their labels; raises QaError if they are not labelled."""
    rows = read_prepared(schedule.rows)[: schedule.limit]
    given = labels.read(taught.labels, rows)
    return [
        Lesson(one, given[place], 0.0 if rows[place].kind == superseded.KIND else taught.share)
        for place, one in placed_examples(rows, passage_tokenizer())
    ]


def lessons_loss(lessons: Sequence[Lesson], temperature: float) -> Loss:
    """The divergence from the label of each lesson, and the cross-entropy of its own answer."""

    def loss(model: Any, places: Sequence[int]) -> torch.Tensor:
        chosen = [lessons[place] for place in places]
        made = [one.example for one in chosen]
        batch = collate(made)
        out = outputs(model, batch)
        learned = labels.divergence(out.start_logits, made, [one.label.starts for one in chosen], temperature)
        learned = learned + labels.divergence(out.end_logits, made, [one.label.ends for one in chosen], temperature)
        share = torch.tensor([one.share for one in chosen], device=learned.device)
        answers = cross_entropy(out.start_logits, out.end_logits, batch)
        return (share * learned + (1 - share) * answers).mean()

    return loss


def run(schedule: Schedule, model: Any, batches: Sequence[Sequence[int]], loss_of: Loss) -> Path:
    """A step for each of the `batches` of places, from the last checkpoint if there is one; the averaged weights' file."""
    schedule.out.mkdir(parents=True, exist_ok=True)
    state = _begin(schedule, model)
    rate = torch.optim.lr_scheduler.LambdaLR(state.optimizer, lambda step: _share(step, len(batches), schedule.warm_up))
    _resume(state, rate, schedule)
    saved = time.monotonic()
    for places in batches[state.step :]:
        if schedule.stop_after is not None and state.step >= schedule.stop_after:
            return _checkpoint(state, rate, schedule)
        # Seeded by the step, so that a run that was interrupted drops out the same units as one that was not.
        torch.manual_seed(schedule.seed + state.step)
        loss = _step(state, places, loss_of, schedule)
        rate.step()
        state.step += 1
        if state.step % _LOGGED_EVERY == 0 or state.step == len(batches):
            # Asked for only here, since a GPU has to finish the step for it.
            _log(schedule.out, state.step, len(batches), float(loss), rate.get_last_lr()[0])
        if time.monotonic() - saved > schedule.checkpoint_seconds:
            _checkpoint(state, rate, schedule)
            saved = time.monotonic()
    _checkpoint(state, rate, schedule)
    weights = schedule.out / "weights.pt"
    torch.save({name: tensor.cpu() for name, tensor in state.average.items()}, weights)
    draw(schedule.out)
    return weights


def draw(out: Path) -> None:
    """Draws `loss.png` from `loss.csv`."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with (out / "loss.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.plot([int(row["step"]) for row in rows], [float(row["loss"]) for row in rows], linewidth=0.8)
    axes.set(xlabel="step", ylabel="loss", title="Training loss")
    figure.tight_layout()
    figure.savefig(out / "loss.png", dpi=120)
    plt.close(figure)


def started(schedule: Schedule) -> Any:
    """The network before its first step."""
    model: Any = network(0.0, schedule.seed)
    if schedule.start is not None:
        model.load_state_dict(reader_weights(schedule.start))
    return model


def parameter_groups(model: Any, schedule: Schedule) -> list[dict[str, Any]]:
    """For AdamW: all but the word embeddings, which stay as they are; only products' weights decay."""
    model.base_model.embeddings.word_embeddings.weight.requires_grad_(False)
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in learning if p.dim() > 1], "weight_decay": schedule.decay},
        {"params": [p for p in learning if p.dim() == 1], "weight_decay": 0.0},
    ]


def _begin(schedule: Schedule, model: Any) -> _TrainingState:
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout) and not name.endswith(_OF_ATTENTION):
            module.p = schedule.dropout
    if device() == "cpu" and has_bfloat16("cpu"):
        attention.use(model)
    model.to(device()).train()
    optimizer = torch.optim.AdamW(parameter_groups(model, schedule), lr=schedule.rate, fused=True)
    average = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    return _TrainingState(model, average, optimizer)


def _step(state: _TrainingState, places: Sequence[int], loss_of: Loss, schedule: Schedule) -> torch.Tensor:
    loss = loss_of(state.model, places)
    loss.backward()
    nn.utils.clip_grad_norm_([p for p in state.model.parameters() if p.requires_grad], 1.0)
    state.optimizer.step()
    state.optimizer.zero_grad(set_to_none=True)
    _move_average(state, min(schedule.average, (1 + state.step) / (10 + state.step)))
    return loss.detach()


def cross_entropy(starts: torch.Tensor, ends: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Of the start and of the end token, added; of logits of shape (rows, longest), of shape (rows,). Padding has no part."""
    padding = batch.mask.to(starts.device) == 0

    def of_one(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        said = logits.float().masked_fill(padding, -1e4)
        return nn.functional.cross_entropy(said, wanted.to(said.device), reduction="none")

    return of_one(starts, batch.starts) + of_one(ends, batch.ends)


def _move_average(state: _TrainingState, share: float) -> None:
    moving = [(state.average[name], one) for name, one in state.model.named_parameters() if one.requires_grad]
    get_ema_multi_avg_fn(share)([average for average, _ in moving], [one for _, one in moving], None)


def _share(step: int, steps: int, warm_up: float) -> float:
    """The share of the highest rate: rises linearly, then falls to zero."""
    first = max(1, round(warm_up * steps))
    return (step + 1) / first if step < first else max(0.0, (steps - step) / max(1, steps - first))


def _checkpoint(state: _TrainingState, rate: Any, schedule: Schedule) -> Path:
    path = schedule.out / "checkpoint.pt"
    part = path.with_suffix(".part")
    torch.save(
        {
            "step": state.step,
            "model": state.model.state_dict(),
            "average": state.average,
            "optimizer": state.optimizer.state_dict(),
            "rate": rate.state_dict(),
        },
        part,
    )
    part.replace(path)
    return path


def _resume(state: _TrainingState, rate: Any, schedule: Schedule) -> None:
    path = schedule.out / "checkpoint.pt"
    if not path.exists():
        return
    saved = torch.load(path, weights_only=True)
    state.model.load_state_dict(saved["model"])
    state.average = saved["average"]
    state.optimizer.load_state_dict(saved["optimizer"])
    rate.load_state_dict(saved["rate"])
    state.step = saved["step"]


def _log(out: Path, step: int, steps: int, loss: float, rate: float) -> None:
    path = out / "loss.csv"
    fresh = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["step", "steps", "loss", "rate", "time"])
        writer.writerow([step, steps, f"{loss:.4f}", f"{rate:.3e}", f"{time.time():.0f}"])
