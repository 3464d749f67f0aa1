"""From mined questions to a reranker that can be opened; its int8 file scores as the network that was trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("onnx", reason="the extra qa[train] is not installed")

import torch

from qa.pipeline.inputs import PassageInput
from qa.pipeline.reranker import Reranker
from qa.training.data.batches import collate
from qa.training.data.mined import MinedPassage, MinedQuestion
from qa.training.networks.forward import outputs
from qa.training.reader.start import network
from qa.training.reader.train import Schedule
from qa.training.reranker import train_reranker as training


def question(number: int, *, answerable: bool = True) -> MinedQuestion:
    passages = [
        MinedPassage("a.txt", None, f"Room {n} is let to society {n}.", "", 0.5, 0.5, n == number, n == number)
        for n in range(8)
    ]
    answers = (f"society {number}",) if answerable else ()
    kind = "answerable" if answerable else "near-miss"
    return MinedQuestion("made", str(number), f"Who has room {number}?", answers, kind, tuple(passages))


QUESTIONS = [question(number) for number in range(8)]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "reader.pt"
    torch.save(network().state_dict(), path)
    return path


def test_the_right_passage_is_first_of_its_list_and_no_wrong_one_holds_the_answer() -> None:
    for one in training.draw(QUESTIONS, training.ListSampling(), seed=1):
        assert one.answered
        assert len(one.examples) == 6
        assert len({tuple(example.ids) for example in one.examples}) == 6


def test_a_question_without_an_answer_has_wrong_passages_only() -> None:
    asked = replace(question(3, answerable=False), passages=question(9).passages)
    lists = training.draw([asked], training.ListSampling(unanswerable=1.0), seed=1)
    assert [one.answered for one in lists] == [False]
    assert training.draw([asked], training.ListSampling(unanswerable=0.0), seed=1) == []


def test_a_question_whose_answer_was_not_found_is_left_out() -> None:
    assert training.draw([replace(QUESTIONS[0], passages=question(9).passages)], training.ListSampling(), seed=1) == []


def test_a_few_steps_lower_the_loss(start: Path, tmp_path: Path) -> None:
    schedule = Schedule(tmp_path, tmp_path / "run", batch=4, passes=3, rate=3e-4, dropout=0.0, average=0.5)
    drawn = training.draw(QUESTIONS, training.ListSampling(), seed=1)
    loss = training.lists_loss(drawn)
    before = training.RERANKER.started(start).eval()
    weights = training.train(schedule, QUESTIONS, training.ListSampling(), training.RERANKER.started(start))
    after = training.RERANKER.untrained()
    after.load_state_dict(torch.load(weights, weights_only=True))
    with torch.inference_mode():
        places = list(range(len(drawn)))
        assert float(loss(after.eval(), places)) < float(loss(before, places))


def test_the_file_scores_as_the_network(start: Path, tmp_path: Path) -> None:
    model = training.RERANKER.started(start).eval()
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    drawn = training.draw(QUESTIONS, training.ListSampling(), seed=1)
    training.RERANKER.export(tmp_path / "weights.pt", tmp_path / "model", training.of_first(drawn))
    passages = QUESTIONS[0].passages
    texts = [PassageInput.of(passage).text for passage in passages]
    found = Reranker(tmp_path / "model").scores(QUESTIONS[0].question, texts)
    tokenizer = training.passage_tokenizer()
    encodings = tokenizer.encode_batch([(QUESTIONS[0].question, text) for text in texts])
    batch = collate([training.Example(each.ids, each.type_ids, 0, 0) for each in encodings])
    with torch.inference_mode():
        wanted = outputs(model, batch).logits[:, 0].float().tolist()
    assert found == pytest.approx(wanted, abs=0.1)
