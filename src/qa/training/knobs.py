"""`knobs`: what each way of training is worth that the literature offers, by short runs that differ in nothing else.

Every run goes on from the same weights over the same rows, and is scored alike on the open half with the gold passage given:
the best span and its lead over no answer, in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from qa.encoder import passage_tokenizer
from qa.evaluation.scores import exact, f1
from qa.pipeline.reader import MAX_SPAN_TOKENS
from qa.training.batches import Batch, Example, collate, encodings, examples
from qa.training.forward import device
from qa.training.measures import Measures, Read, measure
from qa.training.rows import Row, read_prepared, read_rows, spread
from qa.training.train import Groups, Loss, Schedule, answers_loss, cross_entropy, parameter_groups, plans, run, started

_STARTS_TRIED = 10
_LAYER_DECAY = 0.85
_SMOOTHING = 0.1


@dataclass(frozen=True, slots=True)
class Knob:
    """A way of training. `head` adds to the network what it needs more; the others are as `run` takes them."""

    loss: Callable[[Sequence[Example], Schedule], Loss] = answers_loss
    groups: Groups = parameter_groups
    head: Callable[[Any], None] = lambda _: None
    smoothing: float = 0.0


@dataclass(frozen=True, slots=True)
class Turned:
    """A knob's scores; `auc`: how well the lead over no answer parts answerable rows from the others."""

    name: str
    measures: Measures
    auc: float


def turn(data: Path, rows: Path, start: Path, out: Path, take: int, limit: int | None) -> Iterator[Turned]:
    """One run over the first `take` of `rows` after the other, each in a folder of `out`; a finished one is not run again.

    `limit` rows of the open half are scored, spread evenly.
    """
    made = examples(read_prepared(rows)[:take])
    scored = spread(list(read_rows(data / "eval" / "squad2_open.jsonl.gz")), limit)
    yield scores("before", begun(Schedule(rows, out, start), KNOBS["as it is"]), scored)
    for number, (name, knob) in enumerate(KNOBS.items()):
        schedule = Schedule(rows, out / str(number), start, rate=5e-5, average=0.98, smoothing=knob.smoothing)
        model = begun(schedule, knob)
        weights = schedule.out / "weights.pt"
        if not weights.exists():
            run(schedule, model, plans(made, schedule), knob.loss(made, schedule), knob.groups)
        model.load_state_dict(torch.load(weights, weights_only=True))
        yield scores(name, model, scored)


def scores(name: str, model: Any, rows: Sequence[Row]) -> Turned:
    """Of a network with any of the heads below."""
    from sklearn.metrics import roc_auc_score

    model.to(device()).eval()
    found = list(encodings(rows, passage_tokenizer()))
    spans = [_best(model, encoding) for encoding in found]
    leads = _leads(np.array([span.evidence for span in spans]), np.array([row.answerable for row in rows]))
    read = []
    for row, encoding, span, lead in zip(rows, found, spans, leads, strict=True):
        text = row.context[encoding.offsets[span.first][0] : encoding.offsets[span.last][1]]
        read.append(Read(row.answerable, exact(text, row.golds), f1(text, row.golds), float(lead)))
    return Turned(name, measure(read), float(roc_auc_score([row.answerable for row in rows], leads)))


@dataclass(frozen=True, slots=True)
class _Best:
    """First and last token of the best span, and what speaks for an answer."""

    first: int
    last: int
    evidence: tuple[float, ...]


def _best(model: Any, encoding: Any) -> _Best:
    with torch.inference_mode():
        hidden = _hidden(model, collate([Example(encoding.ids, encoding.type_ids, 0, 0)]))
        starts = model.qa_outputs(hidden)[0, :, 0]
        context = starts.new_tensor(
            [place for place, text in enumerate(encoding.sequence_ids) if text == 1], dtype=torch.long
        )
        firsts = context[starts[context].argsort(descending=True)[:_STARTS_TRIED]]
        tried = torch.cat([firsts.new_zeros(1), firsts])
        ends = _ends(model, hidden[0].expand(len(tried), -1, -1), tried)
        more = (float(model.answerable(hidden[0, 0])),) if hasattr(model, "answerable") else ()
    spans = starts[firsts, None] + ends[1:, context]
    spans[(context < firsts[:, None]) | (context >= firsts[:, None] + MAX_SPAN_TOKENS)] = -torch.inf
    place = int(spans.argmax())
    first, last = firsts[place // len(context)], context[place % len(context)]
    return _Best(int(first), int(last), (float(spans.max() - starts[0] - ends[0, 0]), *more))


def _leads(evidence: NDArray[np.float64], answerable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The margin; with more evidence (rows x kinds) a logistic regression over all, each half of the rows by the other's."""
    from sklearn.linear_model import LogisticRegression

    if evidence.shape[1] == 1:
        return evidence[:, 0]
    half, leads = np.arange(len(evidence)) % 2, np.zeros(len(evidence))
    for one in (0, 1):
        fitted = LogisticRegression().fit(evidence[half != one], answerable[half != one])
        leads[half == one] = fitted.decision_function(evidence[half == one])
    return leads


def begun(schedule: Schedule, knob: Knob) -> Any:
    """The network before its first step, with what `knob` adds to it."""
    model = started(schedule)
    torch.manual_seed(schedule.seed)
    knob.head(model)
    return model


def _hidden(model: Any, batch: Batch) -> torch.Tensor:
    where = model.device
    found: torch.Tensor = model.bert(
        input_ids=batch.ids.to(where), attention_mask=batch.mask.to(where), token_type_ids=batch.type_ids.to(where)
    ).last_hidden_state
    return found


def _ends(model: Any, hidden: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
    """End logits, of shape (rows, length), of hidden states (rows, length, width) where spans start at `starts` (rows,)."""
    plain: torch.Tensor = model.qa_outputs(hidden)[..., 1]
    if not hasattr(model, "conditioned"):
        return plain
    at = hidden[torch.arange(len(starts), device=starts.device), starts][:, None].expand_as(hidden)
    more: torch.Tensor = model.conditioned(torch.cat([hidden, at], -1))[..., 0]
    return plain + more


def _silent(width: int, *layers: nn.Module) -> nn.Sequential:
    """Layers and a last one of one output that says 0 at first, so that the network begins as it was."""
    last = nn.Linear(width, 1)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)


def _with_conditioned_end(model: Any) -> None:
    width = model.config.hidden_size
    model.conditioned = _silent(width, nn.Linear(2 * width, width), nn.Tanh(), nn.LayerNorm(width))


def _with_answerability(model: Any) -> None:
    width = model.config.hidden_size
    model.answerable = _silent(width, nn.Linear(width, width), nn.Tanh())


def _conditioned_loss(made: Sequence[Example], schedule: Schedule) -> Loss:
    """The end given the true start (XLNet, Yang et al. 2019; ELECTRA, Clark et al. 2020)."""

    def loss(model: Any, places: Sequence[int]) -> torch.Tensor:
        batch = collate([made[place] for place in places])
        hidden = _hidden(model, batch)
        ends = _ends(model, hidden, batch.starts.to(hidden.device))
        return cross_entropy(model.qa_outputs(hidden)[..., 0], ends, batch, schedule.smoothing).mean()

    return loss


def _answerability_loss(made: Sequence[Example], schedule: Schedule) -> Loss:
    """A head at the first token that says whether there is an answer (Retro-Reader, Zhang et al. 2021)."""

    def loss(model: Any, places: Sequence[int]) -> torch.Tensor:
        batch = collate([made[place] for place in places])
        hidden = _hidden(model, batch)
        starts, ends = model.qa_outputs(hidden).unbind(-1)
        said = model.answerable(hidden[:, 0])[:, 0]
        told = nn.functional.binary_cross_entropy_with_logits(said, (batch.starts > 0).to(said))
        return cross_entropy(starts, ends, batch, schedule.smoothing).mean() + told

    return loss


def _twice_loss(made: Sequence[Example], schedule: Schedule) -> Loss:
    """R-Drop (Liang et al. 2021): two passes with other units dropped are to say the same; alpha 1."""

    def loss(model: Any, places: Sequence[int]) -> torch.Tensor:
        batch = collate([made[place] for place in places])
        padding = batch.mask.to(model.device) == 0
        total, said = torch.zeros((), device=model.device), []
        for _ in range(2):
            starts, ends = model.qa_outputs(_hidden(model, batch)).unbind(-1)
            total = total + cross_entropy(starts, ends, batch, schedule.smoothing).mean() / 2
            said.append([logits.masked_fill(padding, -1e4).log_softmax(-1) for logits in (starts, ends)])
        for one, other in zip(*said, strict=True):
            for given, aim in ((one, other), (other, one)):
                total = total + nn.functional.kl_div(given, aim, log_target=True, reduction="batchmean") / 4
        return total

    return loss


def _all_learn(model: Any, schedule: Schedule) -> list[dict[str, Any]]:
    """The word embeddings as well."""
    groups = parameter_groups(model, schedule)
    words = model.base_model.embeddings.word_embeddings.weight.requires_grad_(True)
    return [*groups, {"params": [words], "weight_decay": 0.0}]


def _slower_below(model: Any, schedule: Schedule) -> list[dict[str, Any]]:
    """Each layer at `_LAYER_DECAY` times the rate of the one above (Howard and Ruder 2018; Clark et al. 2020)."""
    parameter_groups(model, schedule)
    layers = model.config.num_hidden_layers
    groups: dict[tuple[int, bool], list[Any]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            at = int(name.split(".")[3]) + 1 if ".layer." in name else 0 if "embeddings" in name else layers + 1
            groups.setdefault((at, parameter.dim() > 1), []).append(parameter)
    return [
        {
            "params": found,
            "lr": schedule.rate * _LAYER_DECAY ** (layers + 1 - at),
            "weight_decay": schedule.decay if decays else 0.0,
        }
        for (at, decays), found in groups.items()
    ]


KNOBS: dict[str, Knob] = {
    "as it is": Knob(),
    "slower lower layers": Knob(groups=_slower_below),
    "word embeddings learn": Knob(groups=_all_learn),
    "smoothed labels": Knob(smoothing=_SMOOTHING),
    "end given the start": Knob(loss=_conditioned_loss, head=_with_conditioned_end),
    "answerability head": Knob(loss=_answerability_loss, head=_with_answerability),
    "R-Drop": Knob(loss=_twice_loss),
}
