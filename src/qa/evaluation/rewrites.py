"""How well follow-ups are rewritten: `python -m qa.evaluation.rewrites`.

Two things are measured. On rewrite sets (CANARD, CAsT and iKAT; the files for measuring, never those for training), without
any documents: the F1 of the content words that were added, against those that a person added; and how much of the way from
the typed question to the person's is gone, in the mean cosine to the person's question (0 % as typed, 100 % the person's). As
in the product, earlier questions of a dialogue stand in the history as they were rewritten themselves.

With `--switch`, on SQuAD: how often the right paragraph is first when a question is asked by itself, and when it is asked
after a turn about another article.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from qa.conversation.previous_turn import PreviousTurn
from qa.conversation.rewriting import Rewriter
from qa.conversation.tagger import Tagger, shipped_tagger_folder
from qa.conversation.words import content_keys, words
from qa.evaluation.follows import Follow, read_follows
from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.retrieval import OPEN_HALF
from qa.inference.encoder import OnnxEncoder, shipped_encoder_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.assistant import Assistant

FOLDER = Path("../shared/data/rewrite")
OPEN_SETS = ("canard_dev_open", "cast_ikat_open")
_SEED = 0

Rewrite = Callable[[Follow], str]


@dataclass(frozen=True, slots=True)
class Score:
    """Micro-averaged over the rows: precision, recall and F1 of added words; `closed` is the share of the gap in cosine."""

    precision: float
    recall: float
    f1: float
    closed: float

    def __str__(self) -> str:
        return f"{100 * self.precision:6.1f}{100 * self.recall:8.1f}{100 * self.f1:8.1f}{100 * self.closed:10.1f}"


class Judge:
    """Scores rewritings of one set; the encoder's vectors are made once a text."""

    def __init__(self, follows: Sequence[Follow], encoder: OnnxEncoder) -> None:
        self._follows = follows
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def score(self, rewrite: Rewrite) -> Score:
        hits = given = wanted = 0
        near = typed = 0.0
        for follow in self._follows:
            text = rewrite(follow)
            added = frozenset(content_keys(text)) - frozenset(content_keys(follow.question))
            hits += len(added & follow.terms)
            given += len(added)
            wanted += len(follow.terms)
            near += self._cosine(text, follow.rewrite)
            typed += self._cosine(follow.question, follow.rewrite)
        precision, recall = hits / max(1, given), hits / max(1, wanted)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return Score(precision, recall, f1, (near - typed) / (len(self._follows) - typed))

    def _cosine(self, one: str, other: str) -> float:
        return float(self._vector(one) @ self._vector(other))

    def _vector(self, text: str) -> NDArray[np.float32]:
        if text not in self._vectors:
            self._vectors[text] = self._encoder.encode([text])[0]
        return self._vectors[text]


def last_question(follow: Follow) -> str:
    """Everything that the last question says is added."""
    return f"{follow.question} ({follow.pairs[-1][0]})" if follow.pairs else follow.question


def first_thing(follow: Follow) -> str:
    """What the conversation began with is added: the topic where there is one, else the first question."""
    first = next(iter(follow.topics), None) or (follow.pairs[0][0] if follow.pairs else "")
    return f"{follow.question} ({first})" if first else follow.question


def best_words(follow: Follow) -> str:
    """The ceiling of choosing words: those of the person's question that were said before are added, in its order."""
    said = frozenset(key for one in follow.history for key in content_keys(one.text))
    added = [word.text for word in words(follow.rewrite) if word.key in said and word.key in follow.terms]
    return f"{follow.question} ({' '.join(added)})" if added else follow.question


def shipped(encoder: OnnxEncoder) -> Rewrite:
    """The likeliest candidate, as no documents are here to test it against."""
    rewriter = Rewriter(Tagger.load(shipped_tagger_folder()), _likeness(encoder))

    made: dict[tuple[str, str], str] = {}

    def rewrite(follow: Follow) -> str:
        before = [
            PreviousTurn(made.get((follow.dialogue, question), question), answer) for question, answer in follow.pairs
        ]
        text = rewriter.rewrite(follow.question, before, follow.topics)
        made[follow.dialogue, follow.question] = text
        return text

    return rewrite


def compare(folder: Path, every: int) -> Iterator[tuple[str, str, int, Score]]:
    """(Set, way, rows, score) for each set and each way of rewriting."""
    encoder = OnnxEncoder(shipped_encoder_folder())
    ways: dict[str, Rewrite] = {
        "as typed": lambda follow: follow.question,
        "with the last question": last_question,
        "with what was first": first_thing,
        "shipped": shipped(encoder),
        "best words said": best_words,
    }
    for name in OPEN_SETS:
        follows = read_follows(folder / f"{name}.jsonl.gz")[::every]
        judge = Judge(follows, encoder)
        for way, rewrite in ways.items():
            yield name, way, len(follows), judge.score(rewrite)


@dataclass(frozen=True, slots=True)
class Switch:
    """Of `questions`: how many have the right paragraph first alone, and after a turn about another article; and how many
    were rewritten there."""

    questions: int
    alone: int
    after: int
    rewritten: int


def switch_topics(data: Path, sample: int) -> Switch:
    """Answerable questions, drawn with a fixed seed, over all paragraphs of the file as documents."""
    rows = list(read_json_lines(data))
    names = {text: f"{number:05}.txt" for number, text in enumerate(dict.fromkeys(row["context"] for row in rows))}
    rng = Random(_SEED)  # noqa: S311 - no secret
    answerable = [row for row in rows if row["answers"]]
    asked = rng.sample(answerable, min(sample, len(answerable)))
    alone = after = rewritten = 0
    with _assistant_over(names) as assistant:
        for row in asked:
            other = rng.choice([one for one in answerable if one["title"] != row["title"]])
            conversation = assistant.conversation()
            conversation.ask(other["question"])
            answer = conversation.ask(row["question"])
            by_itself = assistant.search(row["question"], 1)
            alone += by_itself[0].path == names[row["context"]]
            after += answer.passages[0].path == names[row["context"]]
            rewritten += answer.standalone_question != answer.question
    return Switch(len(asked), alone, after, rewritten)


@contextmanager
def _assistant_over(names: Mapping[str, str]) -> Iterator[Assistant]:
    """Over texts, each a document of the given name."""
    from qa.assistant import Assistant

    with tempfile.TemporaryDirectory(prefix="qa-eval-") as scratch:
        corpus = Path(scratch, "corpus")
        corpus.mkdir()
        for text, name in names.items():
            (corpus / name).write_bytes(text.encode("utf-8"))
        with Assistant.open(corpus) as assistant:
            yield assistant


def _likeness(encoder: OnnxEncoder) -> Callable[[str, Sequence[str]], list[float]]:
    def like(text: str, others: Sequence[str]) -> list[float]:
        vectors = encoder.encode([text, *others])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

    return like


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how follow-ups are rewritten.")
    parser.add_argument("--rewrites", type=Path, default=FOLDER, help="the folder of the rewrite sets")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth row only")
    parser.add_argument(
        "--switch", type=int, metavar="N", help="ask N questions of --data after a turn on another article"
    )
    parser.add_argument("--data", type=Path, default=OPEN_HALF, help="SQuAD 2.0 style JSON Lines, gzip")
    arguments = parser.parse_args()
    if arguments.switch:
        found = switch_topics(arguments.data, arguments.switch)
        print(
            f"{found.questions} questions, the right paragraph first: {found.alone / found.questions:.1%} alone, ",
            end="",
        )
        print(f"{found.after / found.questions:.1%} after another topic; {found.rewritten} were rewritten")
        return
    print(f"{'':<42}{'rows':>6}{'P':>7}{'R':>8}{'F1':>8}{'closed':>10}")
    for name, way, rows, score in compare(arguments.rewrites, arguments.every):
        print(f"{name:<18}{way:<24}{rows:>6}{score}")


if __name__ == "__main__":
    main()
