"""The larger reader: how its weights are put together, and that a small stand-in of it goes the whole way to labels."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra qa[train] is not installed")
pytest.importorskip("onnx", reason="the extra qa[train] is not installed")


from qa.errors import QaError  # noqa: E402
from qa.evaluation.saved import sha256  # noqa: E402
from qa.training.data.batches import examples  # noqa: E402
from qa.training.data.training_rows import TrainingRow, write_rows  # noqa: E402
from qa.training.reader import labels, teacher  # noqa: E402
from qa.training.reader.train import Schedule  # noqa: E402


def test_a_teacher_goes_from_its_weights_to_labels_of_the_same_tokens(
    published: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    write_rows(tmp_path / "rows.jsonl.gz", rows * 2)
    schedule = Schedule(tmp_path / "rows.jsonl.gz", tmp_path / "run", batch=4, dropout=0.0)
    weights = teacher.teach(schedule, published)
    labels.write(rows, teacher.labeller(weights, published), tmp_path / "labels")
    with labels.of_reader(teacher.export(weights, published, tmp_path / "reader")) as labeller:
        labels.write(rows, labeller, tmp_path / "exported")
    found, same = (labels.read(tmp_path / name, rows) for name in ("labels", "exported"))
    for one, label, exported in zip(examples(rows), found, same, strict=True):
        assert len(label.starts) == len(one.ids) - one.type_ids.index(1)
        assert label.starts == pytest.approx(exported.starts, abs=1e-2)


def test_a_teacher_reads_in_int8_as_in_full_precision(published: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl.gz", rows)
    weights = teacher.teach(Schedule(tmp_path / "rows.jsonl.gz", tmp_path / "run", batch=4, dropout=0.0), published)
    state = torch.load(weights, weights_only=True)
    # What is drawn at random is too small to show.
    for name in state:
        state[name] *= 20 if "attn." in name or "relative_attention" in name else 1
    torch.save(state, weights)
    folder = teacher.export_int8(weights, published, tmp_path / "int8", rows)
    assert sum(file.stat().st_size for file in folder.glob("*.onnx")) < 2_000_000
    labels.write(rows, teacher.labeller(weights, published), tmp_path / "labels")
    with labels.of_reader(folder) as labeller:
        labels.write(rows, labeller, tmp_path / "exported")
    full, made = (labels.read(tmp_path / name, rows) for name in ("labels", "exported"))
    for one, other in zip(full, made, strict=True):
        # Without the bias of attention it is 0.17 and more, with it 0.07 at most.
        assert np.abs(one.starts - other.starts).mean() < 0.12 * one.starts.std()


def test_a_second_run_goes_on_from_the_first(published: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl.gz", rows)
    first = teacher.teach(Schedule(tmp_path / "rows.jsonl.gz", tmp_path / "one", batch=4, rate=1e-2), published)
    still = Schedule(tmp_path / "rows.jsonl.gz", tmp_path / "two", first, batch=4, rate=0.0)
    second = teacher.teach(still, published)
    one, two = torch.load(first, weights_only=True), torch.load(second, weights_only=True)
    assert all(torch.equal(one[name], two[name]) for name in one)
    fresh = teacher.network(published, still.seed).state_dict()
    assert not torch.equal(one["qa_outputs.weight"], fresh["qa_outputs.weight"])


def test_the_weights_are_put_together_from_their_parts_once(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(published, tmp_path, monkeypatch)
    with pytest.raises(QaError, match="sha256"):
        teacher.unpacked(tmp_path / "strange")
    assert not (tmp_path / "strange" / "model.safetensors").exists()
    monkeypatch.setattr(teacher, "WEIGHTS_SHA256", sha256(published / "model.safetensors"))
    folder = teacher.unpacked(tmp_path / "known")
    assert (folder / "model.safetensors").read_bytes() == (published / "model.safetensors").read_bytes()
    monkeypatch.setattr(teacher, "_parts", lambda: pytest.fail("they were put together before"))
    assert teacher.unpacked(tmp_path / "known") == folder


def _publish(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for path in published.iterdir():
            archive.write(path, f"all-mpnet-base-v2/{path.name}")
    content = whole.read_bytes()
    middle = len(content) // 2

    def parts() -> Iterator[Path]:
        for name, half in (("one", content[:middle]), ("two", content[middle:])):
            (tmp_path / name).write_bytes(half)
            yield tmp_path / name

    monkeypatch.setattr(teacher, "_parts", parts)


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher, "PACKAGES", ("no-such-package-of-qa",))
    with pytest.raises(QaError, match="no-such-package-of-qa"):
        teacher.unpacked(tmp_path / "folder")


def test_half_of_its_layers_go_the_whole_way_too(published: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl.gz", rows)
    schedule = Schedule(tmp_path / "rows.jsonl.gz", tmp_path / "run", batch=4, dropout=0.0)
    weights = teacher.teach(schedule, published, layers=1)
    assert len(teacher.trained(weights, published).mpnet.encoder.layer) == 1
    assert teacher.trained(weights, published).config.num_hidden_layers == 1


def test_of_fewer_layers_the_last_stays(published: Path) -> None:
    whole, half = teacher.network(published, 0), teacher.network(published, 0, layers=1)
    last, kept = whole.mpnet.encoder.layer[-1], half.mpnet.encoder.layer[0]
    assert all(torch.equal(one, other) for one, other in zip(last.parameters(), kept.parameters(), strict=True))
