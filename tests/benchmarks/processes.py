"""Whole processes side by side: time and peak memory of each, run in turn so that a drifting machine hits both."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

PLAIN = [sys.executable, str(Path(__file__).with_name("plain_script.py"))]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall time, MB of peak memory and seconds of processor time."""

    seconds: float
    megabytes: float
    processor: float


def cost(command: Sequence[str]) -> Cost:
    """Of one run of `command`, by the operating system's own account of it."""
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    assert process.returncode in (0, 1), command
    return Cost(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def side_by_side(one: Sequence[str], other: Sequence[str], runs: int) -> tuple[Cost, Cost]:
    """Medians of both over `runs` pairs, after one run of each that is not counted."""
    cost(one)
    cost(other)
    pairs = [(cost(one), cost(other)) for _ in range(runs)]
    return _median([pair[0] for pair in pairs]), _median([pair[1] for pair in pairs])


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.megabytes for cost in costs),
        statistics.median(cost.processor for cost in costs),
    )
