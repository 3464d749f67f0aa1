from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ModelUnusable
from qa.pipeline.confidence import Calibration, Logistic
from qa.pipeline.ranking import Evidence
from qa.pipeline.reader import shipped_reader_folder

STRONG = Evidence(margin=12.0, lead=8.0, retrieval=0.9, cosine=0.8, agreement=2.0)
WEAK = Evidence(margin=-8.0, lead=-3.0, retrieval=0.3, cosine=0.2, agreement=0.0)


def test_the_logistic_by_hand() -> None:
    assert Logistic(0.0, {}).probability(STRONG) == 0.5
    assert Logistic(-1.0, {"margin": 0.25}).probability(STRONG) == pytest.approx(1 / (1 + 2.718281828**-2))
    assert Logistic(0.0, {"margin": 1e9}).probability(STRONG) <= 1.0


def test_the_shipped_calibration_knows_strong_from_weak() -> None:
    shipped = Calibration.load(shipped_reader_folder())
    assert 0 < shipped.threshold < 1
    assert shipped.right.probability(STRONG) > 0.8 > 0.1 > shipped.right.probability(WEAK)
    assert shipped.absent.probability(WEAK) > 0.5 > shipped.absent.probability(STRONG)


def test_a_calibration_survives_its_file(tmp_path: Path) -> None:
    written = Calibration(Logistic(1.5, {"margin": 2.0}), Logistic(-1.0, {"cosine": 0.5}), 0.4)
    written.save(tmp_path)
    assert Calibration.load(tmp_path) == written
    (tmp_path / "calibration.json").write_text("{}")
    with pytest.raises(ModelUnusable):
        Calibration.load(tmp_path)
