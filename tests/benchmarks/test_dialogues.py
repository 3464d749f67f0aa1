"""Follow-ups against the same questions in full: pytest -m benchmark tests/benchmarks/test_dialogues.py -s"""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.evaluation.dialogues import hold_all, read_dialogues, report
from tests.conftest import ROOT

pytestmark = pytest.mark.benchmark

FILE = ROOT / "tests" / "dialogues" / "dialogues.jsonl"


def test_four_of_five_follow_ups_are_answered_as_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    outcomes = list(hold_all(read_dialogues(FILE), FILE.parent))
    print(f"\n{report(outcomes)}")
    asked = [outcome for outcome in outcomes if outcome.asked.act is None]
    assert sum(outcome.alike for outcome in asked) >= 0.8 * len(asked)
    assert sorted(outcome.milliseconds for outcome in asked)[int(0.95 * len(asked))] < 1000
    assert all(outcome.alike for outcome in outcomes if outcome.asked.act is not None)
