"""Answers, candidates and passages as `qa ask` prints them for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.answers import AnswerKind, percent
from qa.cli import console
from qa.text.escaping import escape_line
from qa.text.quotation import MOST_ITEMS_SHOWN, first_of_each, lines_of, numbered_places

if TYPE_CHECKING:
    from qa.answers import Answer, Candidate, Citation, Part, RetrievedPassage

_NEAREST = 3
_MOST_SHOWN = 280


def show(answer: Answer) -> None:
    """The answer with its sentence and place, or the refusal with what came closest and the nearest passages.

    Before it how the question was understood, where that is not how it was typed.
    """
    if answer.standalone_question != answer.question:
        console.data(console.dim(f"Understood as: {escape_line(answer.standalone_question)}"))
    if answer.text is None or answer.citation is None:
        _show_refusal(answer)
        return
    if answer.in_parts:
        _show_parts(answer)
        return
    console.data(headline(answer))
    console.data()
    _show_sentence(answer.text, answer.citation)
    sure = f"{percent(answer.confidence)} sure"
    console.data(f"  {console.dim(f'{place_of(answer.citation)} · {sure}')}")
    for other in answer.other_values:
        console.data()
        show_candidate(other, "Elsewhere: ")
    for rival in answer.rivals:
        console.data()
        show_candidate(rival, "Or: ")


def _show_parts(answer: Answer) -> None:
    """Each item, or each run of sentences, with a number, and after them where each stands."""
    if answer.hedge:
        console.data(answer.hedge.strip())
    numbers = numbered_places(answer)
    for number, part in list(zip(numbers, answer.parts, strict=True))[:MOST_ITEMS_SHOWN]:
        if answer.kind is AnswerKind.LIST:
            console.data(f"- {console.bold(escape_line(part.text))} {console.dim(f'[{number}]')}")
        else:
            _show_run(part, number)
    if (more := len(answer.parts) - MOST_ITEMS_SHOWN) > 0:
        console.data(console.dim(f"and {more:,} more; --json has all of them"))
    if answer.kind is AnswerKind.LIST:
        console.data()
    for place in first_of_each(numbers):
        console.data(f"  {console.dim(f'[{numbers[place]}] {place_of(answer.parts[place].citation)}')}")
    of_what = "most of this was asked for" if answer.kind is AnswerKind.LIST else "the documents speak of this"
    console.data(f"  {console.dim(f'{percent(answer.confidence)} sure that {of_what}')}")


def _show_run(part: Part, number: int) -> None:
    lines = [escape_line(line) for line in lines_of(part)]
    for line in lines[:-1]:
        console.data(console.paragraph(line, indent=0))
    console.data(f"{console.paragraph(lines[-1], indent=0)} {console.dim(f'[{number}]')}")
    console.data()


def headline(answer: Answer) -> str:
    """The answer, with "Perhaps: " before a tentative one, or the refusal."""
    return f"{answer.hedge}{console.bold(escape_line(answer.text or answer.refusal))}"


def show_candidate(candidate: Candidate, label: str) -> None:
    """A candidate, with `label` before it, its sentence and its place."""
    console.data(f"{label}{console.bold(escape_line(candidate.text))}")
    _show_sentence(candidate.text, candidate.citation)
    sure = f"{percent(candidate.confidence)} sure"
    console.data(f"  {console.dim(f'{place_of(candidate.citation)} · {sure}')}")


def _show_sentence(text: str, citation: Citation) -> None:
    """The sentence that `text` stands in, unless it is all of it."""
    sentence = escape_line(citation.sentence)
    if sentence != escape_line(text):
        console.data(console.paragraph(sentence))


def show_passages(passages: Sequence[RetrievedPassage]) -> None:
    for passage in passages[:_NEAREST]:
        console.data()
        console.data(f"  {console.dim(place_of(passage))}")
        console.data(console.paragraph(shortened(passage.text)))


def place_of(passage: Citation | RetrievedPassage) -> str:
    """`path:line`, with the page and the heading where there are any; of a converted document, whose lines nobody sees,
    these alone."""
    from qa.documents.formats import has_lines

    line = f":{passage.line}" if has_lines(passage.path) else ""
    page = f" · page {passage.page}" if passage.page is not None else ""
    heading = f" · {passage.heading}" if passage.heading else ""
    return escape_line(f"{passage.path}{line}{page}{heading}")


def shortened(text: str) -> str:
    """One line of at most a few hundred characters."""
    line = escape_line(text)
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1].rstrip() + "…"


def _show_refusal(answer: Answer) -> None:
    console.data(headline(answer))
    if answer.kind is AnswerKind.TALK:
        return
    console.data(console.dim(answer.refusal_sure))
    # A person may see an answer in them where the model did not.
    if answer.closest:
        console.data()
        console.data(console.dim("What comes closest:"))
    for candidate in answer.closest:
        console.data()
        show_candidate(candidate, "- ")
    if answer.nearest:
        console.data()
        console.data(console.dim("The nearest passages:"))
        show_passages(answer.nearest)
