"""The classifier of what a question wants: the graph that ships gives what was trained, over the words that were kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qa.pipeline.intents import Intent, IntentClassifier
from qa.training.intents import intents_graph
from qa.training.intents.train_intents import IntentExample, Network, kept_tokens, taught

QUESTIONS = ("how long is the lease", "tell me about the party", "hello there", "who are the members", "is it open")


def examples() -> list[IntentExample]:
    return [
        IntentExample(question, row) for question, row in zip(QUESTIONS, np.eye(5, dtype=np.float32), strict=True)
    ] * 16


def test_the_exported_graph_gives_the_probabilities_of_the_network(tmp_path: Path) -> None:
    network = Network(intents_graph.INTENTS.layers, kept_tokens([*QUESTIONS, *QUESTIONS]))
    taught(network, examples(), passes=1)
    intents_graph.write(network.parameters(), tmp_path / intents_graph.FILE_NAME)
    classifier = IntentClassifier(tmp_path)
    for question, wanted in zip(QUESTIONS, network.probabilities(QUESTIONS), strict=True):
        given = classifier.probabilities(question)
        assert np.allclose([given[intent] for intent in Intent], wanted, atol=0.1)


def test_words_that_hardly_anyone_uses_are_read_as_unknown() -> None:
    kept = kept_tokens(["how long is the lease", "how long is the party"])
    unknown = int(kept[np.flatnonzero(kept != np.arange(len(kept)))[0]])
    assert len(set(kept.tolist())) < 20
    assert (kept == unknown).sum() > 30_000
