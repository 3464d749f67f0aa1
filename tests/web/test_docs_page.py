"""The description of the API in a real browser: it is made under the strict policy, and nothing is refused or fetched elsewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.web.chromium import CHROMIUM
from tests.web.serving import ServedQa


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_the_description_is_readable_without_any_other_server(served: ServedQa, tmp_path: Path) -> None:
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--enable-logging=stderr",
               "--virtual-time-budget=20000", "--dump-dom", f"{served.url}/docs"]  # fmt: skip
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=180)
    for shown in (
        "/v1/conversations/{id}/turns",
        "AskRequest",
        "min_confidence",
        "Find the passages nearest to a query.",
    ):
        assert shown in done.stdout
    assert not re.search(r"Content.Security.Policy|Refused to|Uncaught", done.stderr), done.stderr
