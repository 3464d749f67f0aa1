"""What a reader makes of rows, for another to learn from: these need torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("onnx", reason="the extra qa[train] is not installed")

from qa.errors import QaError  # noqa: E402
from qa.inference.encoder import passage_tokenizer  # noqa: E402
from qa.pipeline.reader import shipped_reader_folder  # noqa: E402
from qa.training.data import superseded  # noqa: E402
from qa.training.data.batches import collate, encodings, examples, placed_examples  # noqa: E402
from qa.training.data.training_rows import TrainingRow, write_rows  # noqa: E402
from qa.training.networks.forward import outputs  # noqa: E402
from qa.training.reader import labels  # noqa: E402
from qa.training.reader.start import load_onnx_weights, network  # noqa: E402
from qa.training.reader.train import Lesson, Schedule, Taught, answers_loss, lessons_loss, lessons_of, train  # noqa: E402

READER = shipped_reader_folder()


def _label(rows: list[TrainingRow], out: Path) -> None:
    with labels.of_reader(READER) as labeller:
        labels.write(rows, labeller, out)


def test_a_label_points_where_the_reader_does(rows: list[TrainingRow], tmp_path: Path) -> None:
    _label(rows, tmp_path / "labels")
    for one, label in zip(examples(rows), labels.read(tmp_path / "labels", rows), strict=True):
        places = [0, *range(one.type_ids.index(1), len(one.ids) - 1)]
        assert len(label.starts) == len(label.ends) == len(places)
        # The shipped reader answers these four questions, give or take an article.
        assert one.start <= places[int(label.starts.argmax())] <= places[int(label.ends.argmax())] <= one.end


def test_a_reader_does_not_diverge_from_its_own_labels(rows: list[TrainingRow], tmp_path: Path) -> None:
    _label(rows, tmp_path / "labels")
    read = labels.read(tmp_path / "labels", rows)
    made = examples(rows)
    model = network().eval()
    load_onnx_weights(model, READER / "model.int8.onnx")
    other = network(seed=3).eval()
    with torch.no_grad():
        own = outputs(model, collate(made)).start_logits
        strange = outputs(other, collate(made)).start_logits
    starts = [label.starts for label in read]
    # Bytes and floats differ a little; an untrained head differs much.
    assert 0 <= float(labels.divergence(own, made, starts, 2.0).mean()) < 0.1
    assert float(labels.divergence(strange, made, starts, 2.0).mean()) > 1.0


def test_a_network_in_batches_labels_as_a_reader_does_row_by_row(rows: list[TrainingRow], tmp_path: Path) -> None:
    model = network()
    load_onnx_weights(model, READER / "model.int8.onnx")
    labels.write(rows, labels.of_network(model, passage_tokenizer()), tmp_path / "network")
    _label(rows, tmp_path / "reader")
    pairs = zip(labels.read(tmp_path / "network", rows), labels.read(tmp_path / "reader", rows), strict=True)
    for one, other in pairs:
        assert one.starts.argmax() == other.starts.argmax()
        assert np.corrcoef(one.ends, other.ends)[0, 1] > 0.99


def test_labels_of_other_rows_are_refused(rows: list[TrainingRow], tmp_path: Path) -> None:
    _label(rows, tmp_path / "labels")
    read = labels.read(tmp_path / "labels", rows)
    made = examples(rows[:1])
    with pytest.raises(QaError, match="not labelled"):
        labels.read(tmp_path / "labels", rows[1:])
    with pytest.raises(QaError, match="other rows"):
        labels.divergence(torch.zeros((1, len(made[0].ids))), made, [read[3].starts[:-2]], 2.0)


def test_labelling_goes_on_where_it_was_left(
    rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "_ROWS_A_PART", 3)
    _label(rows[:3], tmp_path)
    first = next(tmp_path.iterdir())
    written = first.stat().st_mtime_ns
    with pytest.raises(QaError, match="Rows 3 to 4 are not labelled"):
        labels.read(tmp_path, rows)
    _label(rows, tmp_path)
    assert first.stat().st_mtime_ns == written
    assert len(labels.read(tmp_path, rows)) == 4


def test_a_row_whose_answer_is_past_the_window_has_a_label_but_is_not_learned_from(
    rows: list[TrainingRow], tmp_path: Path
) -> None:
    context = "Osh is old. " * 300 + "Sulayman built it."
    start = context.index("Sulayman")
    mixed = [TrainingRow("0", "test", "", context, "Who built Osh?", start, start + 8), *rows]
    _label(mixed, tmp_path)
    placed = placed_examples(mixed, passage_tokenizer())
    assert [place for place, _ in placed] == [1, 2, 3, 4]
    read = labels.read(tmp_path, mixed)
    assert all(len(one.ids) - one.type_ids.index(1) == len(read[place].starts) for place, one in placed)


def test_a_taught_reader_comes_nearer_to_its_teacher(rows: list[TrainingRow], tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl.gz", rows * 12)
    _label(rows * 12, tmp_path / "labels")
    taught = Taught(tmp_path / "labels", share=1.0)
    schedule = Schedule(
        tmp_path / "rows.jsonl.gz", tmp_path / "run", batch=8, rate=5e-4, dropout=0.0, average=0.0, taught=taught
    )
    weights = torch.load(train(schedule), weights_only=True)
    made, read = examples(rows), labels.read(tmp_path / "labels", rows)

    def distance(state: dict[str, torch.Tensor] | None) -> float:
        model = network(0.0, schedule.seed).eval()
        if state is not None:
            model.load_state_dict(state)
        with torch.no_grad():
            logits = outputs(model, collate(made)).start_logits
        return float(labels.divergence(logits, made, [label.starts for label in read], 2.0).mean())

    assert distance(weights) < 0.8 * distance(None)


def test_a_share_of_nothing_leaves_a_row_its_own_answer(rows: list[TrainingRow], tmp_path: Path) -> None:
    _label(rows, tmp_path)
    made, schedule = examples(rows), Schedule(tmp_path / "rows.jsonl.gz", tmp_path / "run")
    model, places = network(0.0, schedule.seed).eval(), range(len(made))
    given = labels.read(tmp_path, rows)

    def loss(*shares: float) -> float:
        lessons = [Lesson(one, label, share) for one, label, share in zip(made, given, shares, strict=True)]
        return float(lessons_loss(lessons, 2.0)(model, places))

    with torch.no_grad():
        own = float(answers_loss(made)(model, places))
        none, some = loss(0, 0, 0, 0), loss(1, 0, 0, 0)
    assert none == pytest.approx(own)
    assert some != pytest.approx(own)


def test_rows_made_to_teach_more_are_not_learned_from_labels(rows: list[TrainingRow], tmp_path: Path) -> None:
    both = [rows[0], replace(rows[0], kind=superseded.KIND)]
    _label(both, tmp_path / "labels")
    write_rows(tmp_path / "rows.jsonl.gz", both)
    taught = Taught(tmp_path / "labels", share=0.7)
    lessons = lessons_of(Schedule(tmp_path / "rows.jsonl.gz", tmp_path / "run"), taught)
    assert [lesson.share for lesson in lessons] == [0.7, 0.0]


def test_a_tokenizer_with_more_marks_shows_no_fewer_words_of_a_long_context() -> None:
    from tokenizers.processors import TemplateProcessing

    row = TrainingRow("0", "test", "", "Osh is old. " * 300, "Who built Osh?", -1, -1)
    marks = [(mark, passage_tokenizer().token_to_id(mark)) for mark in ("[CLS]", "[SEP]")]
    other = passage_tokenizer()
    other.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] [SEP] $B:1 [SEP]:1", special_tokens=marks
    )
    (one,), (two,) = (list(encodings([row], tokenizer)) for tokenizer in (passage_tokenizer(), other))
    words = [[token for token, text in zip(it.tokens, it.sequence_ids, strict=True) if text == 1] for it in (one, two)]
    assert len(one.ids) == 384
    assert words[0] == words[1]
