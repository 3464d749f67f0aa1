"""Tokens, training and export: these need torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("onnx", reason="the extra qa[train] is not installed")

from qa.inference.encoder import passage_tokenizer  # noqa: E402
from qa.pipeline.reader import shipped_reader_folder  # noqa: E402
from qa.training.data.batches import Batch, collate, example, examples, plan  # noqa: E402
from qa.training.data.training_rows import TrainingRow, write_rows  # noqa: E402
from qa.training.networks.smoothquant import divisors, largest, of_examples  # noqa: E402
from qa.training.networks.trunk import weight_of  # noqa: E402
from qa.training.reader import reader_graph as graph  # noqa: E402
from qa.training.reader.evaluate_reader import ReaderInput, opened  # noqa: E402
from qa.training.reader.export_reader import INPUTS, export, export_full  # noqa: E402
from qa.training.reader.start import load_onnx_weights, network  # noqa: E402
from qa.training.reader.train import Schedule, cross_entropy, train  # noqa: E402


def test_spans_map_to_tokens_and_back_exactly(rows: list[TrainingRow]) -> None:
    tokenizer = passage_tokenizer()
    for row in rows:
        encoding = tokenizer.encode(row.question, row.context)
        one = example(row, encoding)
        assert one is not None
        assert row.context[encoding.offsets[one.start][0] : encoding.offsets[one.end][1]] == row.answer
        assert encoding.sequence_ids[one.start] == encoding.sequence_ids[one.end] == 1


def test_a_row_without_an_answer_points_to_the_first_token() -> None:
    (one,) = examples([TrainingRow("1", "test", "", "Osh is old.", "Who built Osh?", -1, -1)])
    assert (one.start, one.end) == (0, 0)


def test_a_row_whose_answer_is_past_the_window_is_left_out() -> None:
    context = "Osh is old. " * 300 + "Sulayman built it."
    start = context.index("Sulayman")
    assert examples([TrainingRow("1", "test", "", context, "Who built Osh?", start, start + 8)]) == []


def test_every_example_is_in_exactly_one_batch_and_padding_is_masked(rows: list[TrainingRow]) -> None:
    made = examples(rows * 50)
    batches = plan(made, size=8, seed=1)
    assert sorted(place for batch in batches for place in batch) == list(range(len(made)))
    assert batches == plan(made, size=8, seed=1)
    batch = collate(made[:3])
    assert batch.mask.sum(dim=1).tolist() == [len(one.ids) for one in made[:3]]
    assert not batch.ids[batch.mask == 0].any()


@pytest.fixture
def prepared(tmp_path: Path, rows: list[TrainingRow]) -> Path:
    path = tmp_path / "rows.jsonl.gz"
    write_rows(path, rows * 6)
    return path


def test_an_interrupted_run_ends_as_an_uninterrupted_one(prepared: Path, tmp_path: Path) -> None:
    whole = train(Schedule(rows=prepared, out=tmp_path / "whole", batch=4))
    train(Schedule(rows=prepared, out=tmp_path / "parts", batch=4, stop_after=3))
    parts = train(Schedule(rows=prepared, out=tmp_path / "parts", batch=4))
    one, other = torch.load(whole, weights_only=True), torch.load(parts, weights_only=True)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_starting_weights_read_as_their_file_does(starting_weights: Path) -> None:
    _reads_as_its_file_does(starting_weights)


def test_training_can_go_on_from_the_file_that_ships() -> None:
    _reads_as_its_file_does(shipped_reader_folder() / "model.int8.onnx")


def _reads_as_its_file_does(weights: Path) -> None:
    import onnxruntime

    model = network().eval()
    load_onnx_weights(model, weights)
    encoding = passage_tokenizer().encode("When was Osh founded?", "Osh was founded, they say, in 1000 BC.")
    columns = (encoding.ids, encoding.attention_mask, encoding.type_ids)
    feed = {name: np.array([column]) for name, column in zip(INPUTS, columns, strict=True)}
    session = onnxruntime.InferenceSession(str(weights))
    taken = {one.name: feed[one.name] for one in session.get_inputs()}
    start, end = session.run(["start_logits", "end_logits"], taken)
    with torch.no_grad():
        out = model(**{name: torch.from_numpy(array) for name, array in feed.items()})
    assert int(out.start_logits.argmax()) == int(start.argmax())
    assert int(out.end_logits.argmax()) == int(end.argmax())
    assert np.abs(out.start_logits.numpy() - start).max() < 1.0


def test_a_readers_folder_and_its_file_are_evaluated_alike() -> None:
    folder = shipped_reader_folder()
    passage = ReaderInput("Osh was founded, they say, in 1000 BC.")
    with opened(folder) as one, opened(folder / "model.int8.onnx") as two:
        assert one.read("When was Osh founded?", [passage]) == two.read("When was Osh founded?", [passage])


def test_the_exported_graph_reads_other_lengths_and_padding_as_the_network_does(tmp_path: Path) -> None:
    import onnxruntime

    model = network().eval()
    torch.save(model.state_dict(), tmp_path / "reader.pt")
    export_full(tmp_path / "reader.pt", tmp_path / "full.onnx")
    rng = np.random.default_rng(5)
    feed = {
        "input_ids": rng.integers(1000, 20_000, (3, 41)),
        "attention_mask": (np.arange(41) < np.array([[41], [30], [7]])).astype(np.int64),
        "token_type_ids": np.repeat((np.arange(41) > 5).astype(np.int64)[None], 3, axis=0),
    }
    start, _ = onnxruntime.InferenceSession(str(tmp_path / "full.onnx")).run(["start_logits", "end_logits"], feed)
    with torch.no_grad():
        expected = model(**{name: torch.from_numpy(array) for name, array in feed.items()}).start_logits.numpy()
    seen = feed["attention_mask"] == 1
    np.testing.assert_allclose(start[seen], expected[seen], atol=1e-3)


def test_an_exported_reader_is_small_and_gives_the_contract(tmp_path: Path, rows: list[TrainingRow]) -> None:
    import onnxruntime

    weights = tmp_path / "reader.pt"
    torch.save(network().state_dict(), weights)
    path = export(weights, tmp_path / "reader", rows)
    assert path.stat().st_size <= 30_000_000
    assert (tmp_path / "reader" / "tokenizer.json").is_file()
    session = onnxruntime.InferenceSession(str(path))
    assert {one.name for one in session.get_inputs()} == {"input_ids", "token_type_ids"}
    feed = {one.name: np.ones((2, 9), np.int64) for one in session.get_inputs()}
    start, end = session.run(["start_logits", "end_logits"], feed)
    assert start.shape == end.shape == (2, 9)


def test_the_graph_in_full_precision_is_the_network(tmp_path: Path) -> None:
    import onnxruntime

    model = network().eval()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    graph.write(weights, {}, tmp_path / "full.onnx", graph.READER.products())
    rng = np.random.default_rng(5)
    feed = {"input_ids": rng.integers(1000, 20_000, (2, 33)), "token_type_ids": np.tile(np.arange(33) > 5, (2, 1)) * 1}
    start, end = onnxruntime.InferenceSession(str(tmp_path / "full.onnx")).run(["start_logits", "end_logits"], feed)
    with torch.no_grad():
        out = model(**{name: torch.from_numpy(array) for name, array in feed.items()})
    # The word embeddings are bytes in every graph, and the activation is an approximation.
    np.testing.assert_allclose(start, out.start_logits.numpy(), atol=0.02)
    np.testing.assert_allclose(end, out.end_logits.numpy(), atol=0.02)


def test_the_weights_come_back_out_of_a_graph(tmp_path: Path) -> None:
    model, other = network().eval(), network(seed=1)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    rng = np.random.default_rng(5)
    smoothing = {
        name: rng.uniform(0.5, 2.0, len(weight_of(weights, name))).astype(np.float32)
        for name in graph.READER.products()[1::2]
    }
    graph.write(weights, smoothing, tmp_path / "reader.onnx", graph.READER.products()[:1])
    load_onnx_weights(other, tmp_path / "reader.onnx")
    for (name, one), two in zip(model.named_parameters(), other.parameters(), strict=True):
        # Half a step of a column that is at most twice as wide, divided by at least 0.5.
        assert (one - two).abs().max() <= 2 * one.abs().max() / 127, name


def test_smoothing_evens_out_what_is_multiplied(rows: list[TrainingRow]) -> None:
    model = network().eval()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    name = "bert.encoder.layer.0.intermediate.dense"
    peaks = largest(model, of_examples(examples(rows)), [name])
    made = divisors(weights, peaks, {name: 0.5})
    before, after = peaks[name], peaks[name] / made[name]
    assert after.max() / np.median(after) < before.max() / np.median(before)


def test_padding_has_no_part_in_the_loss() -> None:
    starts, ends = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(1))
    firsts, lasts = torch.tensor([0, 2, 1]), torch.tensor([0, 2, 2])

    def loss(length: int, real: int) -> torch.Tensor:
        mask = (torch.arange(length) < real).long().expand(3, length)
        return cross_entropy(starts[:, :length], ends[:, :length], Batch(mask, mask, mask, firsts, lasts))

    assert torch.allclose(loss(5, real=3), loss(3, real=3))
    plain = torch.nn.functional.cross_entropy(starts, firsts, reduction="none")
    plain = plain + torch.nn.functional.cross_entropy(ends, lasts, reduction="none")
    assert torch.allclose(loss(5, real=5), plain)
