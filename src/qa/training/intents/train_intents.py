"""`intents`: what a question wants, learned in two steps.

A network (the default encoder's, all six layers trained, with five classes on the mean of its tokens) learns from questions
that were written for it (`intents.jsonl` beside this file) and from the lists and open questions of the sets that may be
trained on. It labels some 20,000 questions of all sources, and a network of the first three layers, which ships, learns its
probabilities beside what was written (distillation, Hinton et al. 2015). That one knows only tokens which these questions have:
names say nothing about what is wanted, and are most of a vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from qa.evaluation.asked.protocol import DECISION_FITTED_ON, MEASURED_ONLY
from qa.evaluation.json_lines import read_json_lines
from qa.pipeline.intents import LONGEST, Intent
from qa.training.entailment.claim_rows import FILE_NAME as CLAIMS
from qa.training.entailment.claim_rows import Form
from qa.training.intents import intents_graph as graph
from qa.training.networks.forward import has_bfloat16
from qa.training.reader.start import encoder_folder

WRITTEN = Path(__file__).with_name("intents.jsonl")
_INTENTS = list(Intent)
_TEACHER_LAYERS = 6
_BATCH = 32
_LEAST_SEEN = 2
_SPANS_OF_A_SET = 140
_YES_NO_OF_A_SET = 60
_UNLABELLED_OF_A_SET = 300
_LEFT_OUT = (*MEASURED_ONLY, *DECISION_FITTED_ON)
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


def labelled(data: Path, questions: Path, seed: int = 3) -> list[Labelled]:
    """What was written, twice, and what the sets in `data`/asked and in the folder `questions` say of theirs."""
    written = [Labelled(row["question"], Intent(row["kind"])) for row in read_json_lines(WRITTEN)]
    random = Random(seed)
    return [*written, *written, *_of_sets(data / "asked", random), *_of_sets(questions, random)]


def unlabelled(data: Path, seed: int = 3) -> list[str]:
    """Questions of all sources that may be trained on, each once."""
    random = Random(seed)
    found: dict[str, None] = {}
    for file in _sets(data / "asked", "questions.jsonl"):
        rows = [row["question"] for row in read_json_lines(file)]
        found |= dict.fromkeys(random.sample(rows, min(len(rows), _UNLABELLED_OF_A_SET)))
    for file in sorted((data / "rewrite").glob("*_train.jsonl.gz")):
        for row in read_json_lines(file):
            found |= dict.fromkeys((row["question"], row["rewrite"]))
    for file in _sets(data / "asked", "dialogues.jsonl"):
        for row in read_json_lines(file):
            found |= dict.fromkeys(turn[name] for turn in row["turns"] for name in ("question", "full"))
    return list(found)


def make(
    data: Path, questions: Path, target: Path, say: Callable[[str], None], *, passes: int = 3, seed: int = 0
) -> Path:
    """Train both, and write the small one into the folder `target`."""
    rows = labelled(data, questions)
    say(f"{len(rows)} labelled questions")
    others = unlabelled(data)
    teacher = taught(Network(_TEACHER_LAYERS), _examples(rows), passes, seed)
    say(f"{len(others)} more are labelled by the larger network")
    targets = teacher.probabilities(others)
    kept = kept_tokens([*(row.question for row in rows), *others])
    student = Network(graph.INTENTS.layers, kept)
    taught(student, [*_examples(rows), *_balanced(others, targets, seed)], passes + 1, seed)
    target.mkdir(parents=True, exist_ok=True)
    graph.write(student.parameters(), target / graph.FILE_NAME)
    return target / graph.FILE_NAME


@dataclass(frozen=True, slots=True)
class IntentExample:
    """A question, and what it wants with probabilities, shape (5,)."""

    question: str
    wanted: NDArray[np.float32]


class Network:
    """The first `layers` of the encoder, with five classes on the mean of its tokens. `kept`: for each token of the vocabulary
    the one that is read in its place; all as they are where it is left out."""

    def __init__(self, layers: int, kept: NDArray[np.int64] | None = None) -> None:
        from transformers import AutoModel, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(encoder_folder())
        self.trunk = AutoModel.from_pretrained(encoder_folder())
        self.trunk.encoder.layer = self.trunk.encoder.layer[:layers]
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(self.trunk.config.hidden_size, len(_INTENTS)))
        self._kept = None if kept is None else torch.from_numpy(kept)

    def logits(self, questions: Sequence[str]) -> torch.Tensor:
        batch = self._tokenizer(list(questions), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        ids = batch["input_ids"] if self._kept is None else self._kept[batch["input_ids"]]
        mask = batch["attention_mask"][..., None]
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16("cpu")):
            hidden = self.trunk(input_ids=ids, attention_mask=batch["attention_mask"]).last_hidden_state.float()
        given: torch.Tensor = self.head((hidden * mask).sum(1) / mask.sum(1))
        return given

    def probabilities(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n, 5)."""
        self.trunk.eval()
        self.head.eval()
        with torch.no_grad():
            parts = [self.logits(questions[at : at + 64]).softmax(1).numpy() for at in range(0, len(questions), 64)]
        return np.concatenate(parts)

    def parameters(self) -> dict[str, NDArray[np.float32]]:
        """By the names of qa.training.intents.intents_graph; the embeddings of the tokens that are kept alone."""
        found = {name: tensor.detach().numpy() for name, tensor in self.trunk.state_dict().items()}
        found |= {
            "classifier.weight": self.head[1].weight.detach().numpy(),
            "classifier.bias": self.head[1].bias.detach().numpy(),
        }
        words = f"{graph.INTENTS.embeddings}.word_embeddings.weight"
        kept = np.arange(len(found[words])) if self._kept is None else self._kept.numpy()
        rows, places = np.unique(kept, return_inverse=True)
        return {**found, words: found[words][rows], graph.KEPT: places.astype(np.int64)}


def kept_tokens(questions: Sequence[str]) -> NDArray[np.int64]:
    """For each token of the vocabulary itself, or the unknown one where hardly any of the `questions` has it."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(encoder_folder())
    counts = np.zeros(len(tokenizer), np.int64)
    for ids in tokenizer(list(questions))["input_ids"]:
        np.add.at(counts, ids, 1)
    ids = np.arange(len(counts))
    marks = np.isin(ids, tokenizer.all_special_ids)
    return np.where((counts >= _LEAST_SEEN) | marks, ids, tokenizer.unk_token_id)


def taught(network: Network, examples: Sequence[IntentExample], passes: int = 3, seed: int = 0) -> Network:
    """Trains `network` and returns it."""
    torch.manual_seed(seed)
    random = Random(seed)
    groups = [{"params": network.trunk.parameters(), "lr": 5e-5}, {"params": network.head.parameters(), "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    steps = passes * (len(examples) // _BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 30) * (1 - step / steps))
    network.trunk.train()
    network.head.train()
    for _ in range(passes):
        order = random.sample(list(examples), len(examples))
        for first in range(0, len(order) - _BATCH + 1, _BATCH):
            batch = order[first : first + _BATCH]
            given = network.logits([_as_typed(one.question, random) for one in batch])
            wanted = torch.from_numpy(np.stack([one.wanted for one in batch]))
            loss = nn.functional.cross_entropy(given, wanted, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network


def _examples(rows: Sequence[Labelled]) -> list[IntentExample]:
    return [
        IntentExample(row.question, np.eye(len(_INTENTS), dtype=np.float32)[_INTENTS.index(row.intent)]) for row in rows
    ]


def _balanced(questions: Sequence[str], targets: NDArray[np.float32], seed: int) -> list[IntentExample]:
    """Those that want anything but a span, and half as many again that want one: else nearly all would."""
    made = [IntentExample(question, wanted) for question, wanted in zip(questions, targets, strict=True)]
    spans = [one for one in made if one.wanted.argmax() == _INTENTS.index(Intent.SPAN)]
    others = [one for one in made if one.wanted.argmax() != _INTENTS.index(Intent.SPAN)]
    return [*others, *Random(seed).sample(spans, min(len(spans), len(others) * 3 // 2))]


def _of_sets(asked: Path, random: Random) -> Iterator[Labelled]:
    for file in _sets(asked, "questions.jsonl"):
        rows = [row["question"] for row in read_json_lines(file) if row["kind"] == "answerable"]
        spans = [question for question in rows if not question.lower().startswith(_NOT_SURELY_SPANS)]
        yield from (Labelled(one, Intent.SPAN) for one in random.sample(spans, min(_SPANS_OF_A_SET, len(spans))))
    for name, intent in (("lists.jsonl", Intent.LIST), ("open.jsonl", Intent.EXTRACT)):
        for file in _sets(asked, name):
            yield from (Labelled(row["question"], intent) for row in read_json_lines(file))
    for file in _sets(asked, CLAIMS):
        asked_of = [
            one["text"]
            for row in read_json_lines(file)
            for one in row["hypotheses"]
            if one["form"] == Form.QUESTION.value
        ]
        yield from (
            Labelled(one, Intent.YES_NO) for one in random.sample(asked_of, min(_YES_NO_OF_A_SET, len(asked_of)))
        )


def _sets(asked: Path, name: str) -> list[Path]:
    return [file for file in sorted(asked.glob(f"*/{name}")) if file.parent.name not in _LEFT_OUT]


def _as_typed(question: str, random: Random) -> str:
    """Often in small letters, and at times without its mark."""
    chance = random.random()
    if chance < 0.25:
        question = question.lower()
    return question.rstrip("?.!") if chance < 0.12 else question
