"""`intents`: what a question wants, learned in two steps.

A network (the default encoder's, all six layers trained, with five classes on the mean of its tokens) learns from questions
that were written for it (`intents.jsonl` beside this file) and from the lists and open questions of the sets that may be
trained on. It labels some 20,000 questions of all sources, and the linear model that ships (qa.pipeline.intents) learns its
probabilities (distillation, Hinton et al. 2015): so it knows more words than the written questions have.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from qa.encoder import OnnxEncoder, shipped_encoder_folder
from qa.evaluation.asked.protocol import MEASURED_ONLY
from qa.pipeline.intents import BUCKETS, FILE_NAME, Intent, features
from qa.training.start import encoder_folder

WRITTEN = Path(__file__).with_name("intents.jsonl")
_INTENTS = list(Intent)
_LONGEST = 64
_SPANS_OF_A_SET = 30
_UNLABELLED_OF_A_SET = 300
_LABELLED_TIMES = 3
"""How often a written question is shown to the linear model, beside one that was not."""
_NOT_SURELY_SPANS = (
    "how do", "how can", "how to", "why", "explain", "tell", "is ", "are ", "can ", "do ", "does ", "did ", "was ", "were ",
    "may ", "will ", "has ", "have ", "should ", "what are", "which are",
)  # fmt: skip
"""How questions begin that are labelled answerable in `asked` and may want more than a span."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and what it wants."""

    question: str
    intent: Intent


def labelled(data: Path, seed: int = 3) -> list[Labelled]:
    """What was written, twice, and what the sets in `data`/asked say of their questions."""
    written = [Labelled(row["question"], Intent(row["kind"])) for row in _rows(WRITTEN)]
    return [*written, *written, *_of_sets(data / "asked", Random(seed))]


def unlabelled(data: Path, seed: int = 3) -> list[str]:
    """Questions of all sources that may be trained on, each once."""
    random = Random(seed)
    found: dict[str, None] = {}
    for file in _sets(data / "asked", "questions.jsonl"):
        rows = [row["question"] for row in _rows(file)]
        found |= dict.fromkeys(random.sample(rows, min(len(rows), _UNLABELLED_OF_A_SET)))
    for file in sorted((data / "rewrite").glob("*_train.jsonl.gz")):
        for row in _rows(file):
            found |= dict.fromkeys((row["question"], row["rewrite"]))
    for file in _sets(data / "asked", "dialogues.jsonl"):
        for row in _rows(file):
            found |= dict.fromkeys(turn[name] for turn in row["turns"] for name in ("question", "full"))
    return list(found)


def make(data: Path, target: Path, say: Callable[[str], None], *, passes: int = 3, seed: int = 0) -> Path:
    """Train both, and write the linear model into the folder `target`."""
    rows = labelled(data)
    say(f"{len(rows)} labelled questions")
    teacher = taught(rows, passes, seed)
    written = {row.question: row.intent for row in rows}
    written |= dict(zip(_varied(rows, seed), (row.intent for row in rows), strict=True))
    questions = [*written, *(one for one in unlabelled(data) if one not in written)]
    say(f"{len(questions)} questions to learn from")
    vectors = OnnxEncoder(shipped_encoder_folder()).encode(questions)
    found = distilled(questions, vectors, _targets(teacher(questions), list(written.values())), len(written), seed)
    target.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target / FILE_NAME, allow_pickle=False, **found)
    return target / FILE_NAME


def taught(rows: Sequence[Labelled], passes: int = 3, seed: int = 0) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """A network that was trained on `rows`: questions to logits, shape (n, 5)."""
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(seed)
    random = Random(seed)
    tokenizer = AutoTokenizer.from_pretrained(encoder_folder())
    model = AutoModel.from_pretrained(encoder_folder())
    head = nn.Sequential(nn.Dropout(0.1), nn.Linear(model.config.hidden_size, len(_INTENTS)))

    def logits(questions: Sequence[str]) -> torch.Tensor:
        batch = tokenizer(list(questions), padding=True, truncation=True, max_length=_LONGEST, return_tensors="pt")
        mask = batch["attention_mask"][..., None]
        given: torch.Tensor = head((model(**batch).last_hidden_state * mask).sum(1) / mask.sum(1))
        return given

    groups = [{"params": model.parameters(), "lr": 5e-5}, {"params": head.parameters(), "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = passes * (len(rows) // 32)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 30) * (1 - step / steps))
    model.train()
    for _ in range(passes):
        order = random.sample(list(rows), len(rows))
        for first in range(0, len(order) - 31, 32):
            batch = order[first : first + 32]
            wanted = torch.tensor([_INTENTS.index(row.intent) for row in batch])
            loss = nn.functional.cross_entropy(
                logits([_as_typed(row.question, random) for row in batch]), wanted, label_smoothing=0.05
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()

    def labels(questions: Sequence[str]) -> NDArray[np.float32]:
        model.eval()
        head.eval()
        with torch.no_grad():
            parts = [logits(questions[first : first + 64]).numpy() for first in range(0, len(questions), 64)]
        return np.concatenate(parts)

    return labels


def distilled(
    questions: Sequence[str], vectors: NDArray[np.float32], targets: NDArray[np.float32], written: int, seed: int = 0
) -> dict[str, NDArray[Any]]:
    """The arrays of qa.pipeline.intents, fitted to `targets`, probabilities of shape (n, 5), of `questions` with their
    `vectors`, shape (n, d). The first `written` of them count more."""
    torch.manual_seed(seed)
    words = nn.EmbeddingBag(BUCKETS, len(_INTENTS), mode="sum")
    dense = nn.Linear(vectors.shape[1], len(_INTENTS))
    nn.init.zeros_(words.weight)
    found = [features(question) for question in questions]
    wanted = torch.from_numpy(targets)
    shown = [*range(written)] * _LABELLED_TIMES + [*range(written, len(found))]
    dense_in = torch.from_numpy(vectors)
    optimizer = torch.optim.AdamW(
        [{"params": words.parameters(), "lr": 0.02}, {"params": dense.parameters(), "lr": 0.01}], weight_decay=1e-4
    )
    passes, size = 12, 256
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, passes * (len(shown) // size))
    for _ in range(passes):
        order = [shown[one] for one in torch.randperm(len(shown)).tolist()]
        for first in range(0, len(order) - size + 1, size):
            batch = order[first : first + size]
            buckets = torch.from_numpy(np.concatenate([found[one][0] for one in batch]))
            weights = torch.from_numpy(np.concatenate([found[one][1] for one in batch]))
            offsets = torch.tensor(np.cumsum([0, *(len(found[one][0]) for one in batch[:-1])]))
            given = words(buckets, offsets, per_sample_weights=weights) + dense(dense_in[batch])
            loss = nn.functional.cross_entropy(given, wanted[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return {
        "words": words.weight.detach().numpy().astype(np.float16),
        "vector": dense.weight.detach().numpy().T.copy(),
        "bias": dense.bias.detach().numpy(),
    }


def _targets(logits: NDArray[np.float32], written: Sequence[Intent]) -> NDArray[np.float32]:
    """The network's probabilities; of the written questions, which are first, halfway to what was written."""
    targets: NDArray[np.float32] = torch.from_numpy(logits).softmax(1).numpy()
    hard = np.eye(len(_INTENTS), dtype=np.float32)[[_INTENTS.index(intent) for intent in written]]
    targets[: len(written)] = (targets[: len(written)] + hard) / 2
    return targets


def _of_sets(asked: Path, random: Random) -> Iterator[Labelled]:
    for file in _sets(asked, "questions.jsonl"):
        rows = [row["question"] for row in _rows(file) if row["kind"] == "answerable"]
        spans = [question for question in rows if not question.lower().startswith(_NOT_SURELY_SPANS)]
        yield from (Labelled(one, Intent.SPAN) for one in random.sample(spans, min(_SPANS_OF_A_SET, len(spans))))
    for name, intent in (("lists.jsonl", Intent.LIST), ("open.jsonl", Intent.EXTRACT)):
        for file in _sets(asked, name):
            yield from (Labelled(row["question"], intent) for row in _rows(file))


def _sets(asked: Path, name: str) -> list[Path]:
    return [file for file in sorted(asked.glob(f"*/{name}")) if file.parent.name not in MEASURED_ONLY]


def _varied(rows: Sequence[Labelled], seed: int) -> list[str]:
    random = Random(seed)
    return [_as_typed(row.question, random) for row in rows]


def _as_typed(question: str, random: Random) -> str:
    """Often in small letters, and at times without its mark."""
    chance = random.random()
    if chance < 0.25:
        question = question.lower()
    return question.rstrip("?.!") if chance < 0.12 else question


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
