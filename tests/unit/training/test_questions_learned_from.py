"""data/questions: what the models learned from can be asked, and shares nothing with what they are measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.evaluation.asked.protocol import WRITTEN, seen_among
from qa.evaluation.question_sets import QuestionSet
from tests.conftest import ROOT

SETS = sorted(folder for folder in (ROOT / "data" / "questions").iterdir() if folder.is_dir())
MEASURED = sorted(folder for folder in (ROOT / "tests" / "data" / "folders").iterdir() if (folder / "docs").is_dir())


@pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)
def test_every_row_of_a_set_can_be_asked(folder: Path) -> None:
    read = QuestionSet.load(folder)
    assert len(read.questions) > 500
    assert read.problems == ()


def test_a_report_says_of_every_set_that_it_was_seen() -> None:
    assert {folder.name for folder in SETS} == set(WRITTEN)
    assert seen_among([QuestionSet.load(folder) for folder in SETS], None) == set(WRITTEN)


def test_nothing_that_is_measured_was_learned() -> None:
    learned = {
        " ".join(one.question.casefold().split()) for folder in SETS for one in QuestionSet.load(folder).questions
    }
    documents = {file.read_bytes() for folder in SETS for file in (folder / "docs").rglob("*") if file.is_file()}
    for folder in MEASURED:
        asked = {" ".join(one.question.casefold().split()) for one in QuestionSet.load(folder).questions}
        assert not {question for question in asked & learned if len(question.split()) > 5}
        assert not documents & {file.read_bytes() for file in (folder / "docs").rglob("*") if file.is_file()}
    assert MEASURED
