"""What the training tests share. They skip where the extra `qa[train]` or the data beside the repository is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.training.data.training_rows import TrainingRow

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
MODELS = DATA.parent / "models"


@pytest.fixture
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"the training data is not at {DATA}")
    return DATA


@pytest.fixture
def starting_weights() -> Path:
    path = MODELS / "reader-start.int8.onnx"
    if not path.is_file():
        pytest.skip(f"the starting weights are not at {path}")
    return path


def row(context: str, question: str, answer: str = "", *, title: str = "", name: str = "1") -> TrainingRow:
    start = context.index(answer) if answer else -1
    end = start + len(answer) if answer else -1
    return TrainingRow(name, "test", title, context, question, start, end, (answer,) if answer else ())


SAMARKAND = (
    "Samarkand lies in the valley of the Zarafshan. Timur made it his capital in 1370. "
    "Ulugh Beg built an observatory there in 1429, with a sextant of 40 metres."
)
BUKHARA = "Bukhara was the seat of the Samanids. Its Kalyan minaret of 1127 is 47 metres high. Abu Ali ibn Sina was born nearby."
KHIVA = "Khiva stands at the edge of the Kyzylkum. The Itchan Kala is walled. In 1873 a Russian army took the city, which Timur had taken before."


@pytest.fixture
def rows() -> list[TrainingRow]:
    return [
        row(SAMARKAND, "When did Timur make Samarkand his capital?", "1370", title="Uzbekistan", name="a"),
        row(SAMARKAND, "What did Ulugh Beg build in 1429?", "an observatory", title="Uzbekistan", name="b"),
        row(
            BUKHARA, "What is the height of the largest minaret, the Kalyan?", "47 metres", title="Uzbekistan", name="c"
        ),
        row(KHIVA, "Who took the city of Khiva in 1873?", "a Russian army", title="Uzbekistan", name="d"),
    ]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A model of the teacher's architecture and vocabulary, two layers of 24."""
    pytest.importorskip("torch", reason="the extra qa[train] is not installed")
    from tokenizers import Tokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import MPNetConfig, MPNetModel

    from qa.inference.encoder import passage_tokenizer

    folder = tmp_path / "published"
    config = MPNetConfig(
        vocab_size=30527, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48
    )
    MPNetModel(config).save_pretrained(folder)
    made = json.loads(passage_tokenizer().to_str())
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    words = {word: number + len(marks) for word, number in made["model"]["vocab"].items()}
    made["model"]["vocab"] = {**{mark: number for number, mark in enumerate(marks)}, **words}
    made["added_tokens"] = []
    made["post_processor"] = None
    tokenizer = Tokenizer.from_str(json.dumps(made))
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B:0 </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
