"""`evaluate`: a reader over question-and-passage rows, read by the very Reader that ships.

A network in PyTorch is exported to fp32 ONNX first, so that every figure comes from one way of reading.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from qa.errors import QaError
from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.scores import exact, f1
from qa.pipeline.reader import Reader
from qa.text.question_kinds import kind_of
from qa.training.data.negatives import Passages
from qa.training.data.superseded import superseded
from qa.training.data.training_rows import TrainingRow, read_rows, spread
from qa.training.reader.error_analysis import place_of
from qa.training.reader.export_reader import export_full
from qa.training.reader.squad_measures import Read
from qa.training.reader.start import encoder_folder


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """A context as the Reader wants it."""

    text: str
    heading: str | None = None
    before: str = ""
    own_path: str = ""


def read_file(reader: Reader, data: Path, limit: int | None = None, put: Callable[[str], str] = str) -> list[Read]:
    """Every row of a data file (or `limit` of them, spread evenly), its own context given; questions as `put` puts them."""
    read = []
    for row in spread(list(read_json_lines(data)), limit):
        answers, question, context = row["answers"], str(row["question"]), str(row["context"])
        assert isinstance(answers, list)
        golds = [answer["text"] for answer in answers]
        reading = reader.read(put(question), [ReaderInput(context)])[0]
        best = reading.spans[0] if reading.spans else None
        text = context[best.start : best.end] if best else ""
        margin = best.score - reading.no_answer_score if best else float("-inf")
        places = [(answer["start"], answer["start"] + len(answer["text"])) for answer in answers]
        place = place_of(context, (best.start, best.end) if best else (0, 0), places) if golds else ""
        read.append(Read(bool(golds), exact(text, golds), f1(text, golds), margin, kind_of(question), place))
    return read


def told_as_changes(data: Path) -> list[TrainingRow]:
    """The rows of a data file that can be told as a change, told so (qa.training.data.superseded); the same in every call."""
    rows, rng = list(read_rows(data)), Random(5)
    passages = Passages.of(rows)
    return [made for row in rows if (made := superseded(row, passages, rng)) is not None]


def answered_by_the_answer(reader: Reader, rows: Sequence[TrainingRow]) -> int:
    """Of how many rows the best span shares characters with the answer."""
    found = 0
    for row in rows:
        spans = reader.read(row.question, [ReaderInput(row.context)])[0].spans
        found += bool(spans) and spans[0].start < row.end and spans[0].end > row.start
    return found


@contextmanager
def opened(path: Path, threads: int = 0) -> Iterator[Reader]:
    """The Reader in a folder, of an .onnx file, or of a .pt file of weights."""
    if path.is_dir():
        yield Reader(path, threads=threads)
        return
    if not path.is_file():
        raise QaError(f"There is no reader at {path}.", "Name an .onnx file, or the .pt file that train wrote.")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if path.suffix == ".pt":
            export_full(path, folder / "model.int8.onnx")
        else:
            (folder / "model.int8.onnx").symlink_to(path.resolve())
        shutil.copyfile(encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
        yield Reader(folder, threads=threads)
