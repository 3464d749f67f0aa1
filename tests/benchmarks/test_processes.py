"""Budgets of the asking side as ratios (DESIGN, issue 3): pytest -m benchmark tests/benchmarks/test_processes.py -s"""

from __future__ import annotations

import sys

import pytest

from tests.benchmarks.processes import PLAIN, side_by_side
from tests.conftest import QA

pytestmark = pytest.mark.benchmark


def test_an_ask_takes_an_eighth_of_the_time_and_half_of_the_memory_of_the_plain_script() -> None:
    ask, plain = side_by_side([QA, "ask", "How long is the Kant lease?"], PLAIN, runs=5)
    print(
        f"\nqa ask {ask.seconds:.2f} s, {ask.megabytes:.0f} MB; plain script {plain.seconds:.2f} s, {plain.megabytes:.0f} MB;"
        f" ratios {ask.seconds / plain.seconds:.3f}, {ask.megabytes / plain.megabytes:.2f}"
    )
    assert ask.seconds <= plain.seconds / 8
    assert ask.megabytes <= plain.megabytes / 2


def test_a_tab_costs_little_more_than_an_empty_python() -> None:
    words = ["env", "_QA_COMPLETE=bash_complete", "COMP_WORDS=qa ask --session ", "COMP_CWORD=3", QA]
    tab, empty = side_by_side(words, [sys.executable, "-c", "pass"], runs=11)
    print(f"\na TAB {tab.seconds:.3f} s; python -c pass {empty.seconds:.3f} s")
    assert tab.seconds - empty.seconds <= 0.15


def test_help_costs_little_more_than_an_empty_python() -> None:
    qa_help, empty = side_by_side([QA, "--help"], [sys.executable, "-c", "pass"], runs=11)
    print(f"\nqa --help {qa_help.seconds:.3f} s; python -c pass {empty.seconds:.3f} s")
    assert qa_help.seconds - empty.seconds <= 0.15
