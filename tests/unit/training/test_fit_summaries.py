"""The regression that tells questions for a whole document from others."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qa.pipeline.summary_requests import FILE_NAME, SummaryRequests
from qa.training.decision.fit_summaries import LabelledQuestion, fit, held_out, report, save


def _rows() -> list[LabelledQuestion]:
    """Of two sets; what asks for a summary points one way, all else the other, and one question of each set is odd."""
    rows = []
    for number in range(40):
        set_name, source = f"set {number % 2}", "summaries.jsonl" if number % 4 < 2 else "open.jsonl"
        direction = 1.0 if source == "summaries.jsonl" else -1.0
        odd = number in (0, 1)
        vector = np.array([-direction if odd else direction, number / 40, 0.1], np.float32)
        rows.append(LabelledQuestion(set_name, source, f"question {number}", vector))
    return rows


def test_each_set_is_judged_by_what_has_not_seen_it() -> None:
    rows = _rows()
    expected = [row.asks_for_summary for row in rows]
    expected[0] = expected[1] = False
    assert held_out(rows) == expected
    assert report(rows)["summaries.jsonl"] == {"questions": 20, "taken_for_requests": 18}
    assert report(rows)["open.jsonl"] == {"questions": 20, "taken_for_requests": 0}


def test_what_is_saved_is_what_is_asked(tmp_path: Path) -> None:
    rows = _rows()
    fitted = fit(rows)
    save(fitted, tmp_path / FILE_NAME)
    loaded = SummaryRequests.load(tmp_path)
    assert loaded == fitted
    assert loaded.probability(rows[4].vector) > 0.5 > loaded.probability(rows[2].vector)
