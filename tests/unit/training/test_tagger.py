from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from qa.conversation.network import OUTPUT, NetworkTagger, tagger_tokenizer
from qa.pipeline.reader import shipped_reader_folder
from qa.training.reader.start import load_onnx_weights, network
from qa.training.tagger.train_tagger import export, of_reader, of_tagger, tagged, train
from tests.unit.training.made import follows


def test_terms_are_those_of_the_persons_question() -> None:
    row = next(tagged(follows(6)))
    tokenizer = tagger_tokenizer()
    words = {
        tokenizer.id_to_token(row.example.ids[place]): term for place, term in zip(row.places, row.is_term, strict=True)
    }
    assert words == {"person": True, "born": False, "town": False, "0": False}


def test_the_exported_tagger_says_what_the_network_says(tmp_path: Path) -> None:
    model = network(0.0, 1)
    load_onnx_weights(model, shipped_reader_folder() / "model.int8.onnx")
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    rows = list(tagged(follows(6)))
    path = export(tmp_path / "weights.pt", tmp_path, rows[:8])
    assert path.stat().st_size < 30_000_000
    example = rows[-1].example
    with torch.inference_mode():
        out = model.eval()(input_ids=torch.tensor([example.ids]), token_type_ids=torch.tensor([example.type_ids]))
    wanted = (out.start_logits - out.end_logits)[0].numpy()
    session = NetworkTagger(tmp_path)._session
    feeds = {"input_ids": np.array([example.ids]), "token_type_ids": np.array([example.type_ids])}
    found = session.run([OUTPUT], feeds)[0][0]
    assert np.corrcoef(found, wanted)[0, 1] > 0.99


def test_a_tagger_goes_on_from_its_own_file(tmp_path: Path) -> None:
    begun = of_reader(shipped_reader_folder() / "model.int8.onnx")
    torch.save(begun.state_dict(), tmp_path / "weights.pt")
    rows = list(tagged(follows(6)))
    again = of_tagger(export(tmp_path / "weights.pt", tmp_path, rows[:8]))
    example = rows[-1].example
    logits = []
    for model in (begun, again):
        with torch.inference_mode():
            out = model.eval()(input_ids=torch.tensor([example.ids]), token_type_ids=torch.tensor([example.type_ids]))
        logits.append((out.start_logits - out.end_logits)[0].numpy())
    assert np.corrcoef(*logits)[0, 1] > 0.99


def test_a_run_moves_the_network_towards_the_terms(tmp_path: Path) -> None:
    rows = list(tagged(follows(4)))
    weights = train(rows, tmp_path, of_reader(shipped_reader_folder() / "model.int8.onnx"))
    trained, begun = torch.load(weights, weights_only=True), network(0.0, 13).state_dict()
    assert (trained["bert.embeddings.word_embeddings.weight"] == begun["bert.embeddings.word_embeddings.weight"]).all()
    logged = (tmp_path / "loss.csv").read_text().splitlines()
    assert logged[-1].startswith("2,2,")
    assert train(rows, tmp_path, of_reader(shipped_reader_folder() / "model.int8.onnx")) == weights
