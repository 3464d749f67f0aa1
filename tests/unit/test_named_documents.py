"""Which document a question names."""

from __future__ import annotations

import pytest

from qa.pipeline.named_documents import asks_for_all, named_document

PATHS = [
    "readings/akerlof_lemons.md",
    "club/agm_minutes_2024.md",
    "club/agm_minutes_2025.md",
    "companies/skerry-line-half-year.txt",
    "a/readme.md",
    "b/readme.md",
    "admin/exchange_ghent.md",
]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("summarise akerlof_lemons.md", "readings/akerlof_lemons.md"),
        ("What is AKERLOF_LEMONS.md about?", "readings/akerlof_lemons.md"),
        ("what does akerlof_lemons.md say about guarantees", "readings/akerlof_lemons.md"),
        ("Give me the gist of the AGM minutes 2025", "club/agm_minutes_2025.md"),
        ("the gist of the Skerry Line half-year report", "companies/skerry-line-half-year.txt"),
        ("summarise readme.md", None),
        ("who paid for the exchange", None),
        ("tell me about Ghent", None),
        ("", None),
    ],
)
def test_a_document_is_named_by_its_file_or_by_most_of_its_words(question: str, named: str | None) -> None:
    assert named_document(question, PATHS) == named


def test_no_documents_no_name() -> None:
    assert named_document("summarise a.md", []) is None


@pytest.mark.parametrize(
    "question", ["What are these documents about?", "what do the files cover", "summarise the documents"]
)
def test_a_question_about_all_documents(question: str) -> None:
    assert asks_for_all(question)


@pytest.mark.parametrize(
    "question", ["what is this about", "what do the documents say about dogs", "who filed the documents"]
)
def test_a_question_about_something_in_them_is_none_about_all(question: str) -> None:
    assert not asks_for_all(question)
