"""`python -m qa.evaluation.asked.follow_ups SET...`: how often a follow-up finds what the same question in full finds.

    python -m qa.evaluation.asked.follow_ups ../shared/data/asked/{news,travel} --indexes /tmp/indexes

`dialogues.jsonl` of a set has dialogues, each turn as it was typed and in full. Each is held with a `Conversation`; each turn
after the first is also asked in full, by itself. Two figures count: of the turns that are right when asked in full, how many
are right as typed; and of the turns that were typed in full, how many are asked as they were typed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.answers import Answer
from qa.assistant import Assistant
from qa.evaluation.dialogues import words_said
from qa.evaluation.exit_codes import exit_code_of
from qa.evaluation.outcome import RIGHT_FROM_F1
from qa.evaluation.question_sets import dialogues_of_set
from qa.evaluation.ranks import holds_words
from qa.evaluation.scores import f1
from qa.pipeline.ranking import normalised
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.conversation import Conversation


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A turn: as typed, in full, as it was understood, and whether the answers to both are right, given or not.

    A list or an extract is right if it holds an answer word for word, a span by its token F1. `answerable` is False where the
    documents do not say: then `right` and `right_in_full` say that no answer was given.
    """

    typed: str
    full: str
    understood: str
    said: str
    said_in_full: str
    answerable: bool
    right: bool
    right_in_full: bool
    milliseconds: float

    @property
    def is_complete(self) -> bool:
        """Whether the turn was typed in full, so that nothing may be put into it."""
        return normalised(self.typed) == normalised(self.full)

    @property
    def is_asked_as_typed(self) -> bool:
        return normalised(self.understood) == normalised(self.typed)


def measure(folder: Path, indexes: Path, every: int = 1) -> Iterator[FollowUp]:
    """The turns after the first of every `every`th dialogue of the set in `folder`; its index lies below `indexes`. Raises
    QaError."""
    dialogues = dialogues_of_set(folder)[::every]
    settings = Settings(corpus=folder / "docs", index=indexes / folder.name)
    with Assistant.open(settings=settings) as assistant:
        for dialogue in dialogues:
            yield from _held(dialogue["turns"], assistant.conversation(), assistant)


def _held(turns: Sequence[dict[str, Any]], conversation: Conversation, assistant: Assistant) -> Iterator[FollowUp]:
    for number, turn in enumerate(turns):
        answer = conversation.ask(turn["question"])
        if number:
            yield _judged(turn, answer, assistant.ask(turn["full"]))


def _judged(turn: dict[str, Any], answer: Answer, in_full: Answer) -> FollowUp:
    golds = tuple(turn["answers"])
    return FollowUp(
        typed=turn["question"],
        full=turn["full"],
        understood=answer.standalone_question,
        said=words_said(answer),
        said_in_full=words_said(in_full),
        answerable=bool(golds),
        right=_is_right(answer, golds),
        right_in_full=_is_right(in_full, golds),
        milliseconds=answer.timings.total,
    )


def _is_right(answer: Answer, golds: Sequence[str]) -> bool:
    if not golds:
        return not answer.answered
    if answer.in_parts:
        return any(holds_words(answer.text or "", gold) for gold in golds)
    return answer.best is not None and f1(answer.best.text, golds) >= RIGHT_FROM_F1


def line(name: str, turns: Sequence[FollowUp]) -> str:
    """A row of the table."""
    asked = [turn for turn in turns if turn.answerable and not turn.is_complete]
    in_full = sum(turn.right_in_full for turn in asked)
    right = sum(turn.right for turn in asked)
    kept = sum(turn.right and turn.right_in_full for turn in asked)
    absent = [turn for turn in turns if not turn.answerable]
    complete = [turn for turn in turns if turn.is_complete]
    as_typed = sum(turn.is_asked_as_typed for turn in complete)
    median = sorted(turn.milliseconds for turn in turns)[len(turns) // 2] if turns else 0.0
    return (
        f"{name:<12}{len(asked):>6}{_share(in_full, len(asked)):>9}{_share(right, len(asked)):>9}"
        f"{_share(right, in_full):>9}{_share(kept, in_full):>9}"
        f"{_share(sum(turn.right for turn in absent), len(absent)):>9}{len(complete):>9}{_share(as_typed, len(complete)):>9}"
        f"{median:>7.0f}"
    )


_COLUMNS = ("in full", "typed", "ratio", "kept", "refused", "complete", "as typed")
HEADER = f"{'':<12}{'turns':>6}" + "".join(f"{name:>9}" for name in _COLUMNS) + f"{'ms':>7}"


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f}%" if of else "–"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, as qa.evaluation.exit_codes has it."""
    parser = argparse.ArgumentParser(
        "python -m qa.evaluation.asked.follow_ups", description=__doc__.partition("\n")[0].partition(": ")[2]
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument(
        "--indexes", type=Path, required=True, metavar="FOLDER", help="where the indexes of the sets lie"
    )
    parser.add_argument("--every", type=int, default=1, help="only every so manieth dialogue")
    parser.add_argument("--show", action="store_true", help="print every turn that is right in full and not as typed")
    given = parser.parse_args(arguments)

    def work() -> None:
        everything: list[FollowUp] = []
        print(HEADER)
        for folder in given.sets:
            turns = list(measure(folder, given.indexes, given.every))
            everything += turns
            print(line(folder.name, turns), flush=True)
            if given.show:
                _show(turns)
        print(line("all", everything))

    return exit_code_of(work)


def _show(turns: Sequence[FollowUp]) -> None:
    for turn in turns:
        if turn.right < turn.right_in_full or (turn.is_complete and not turn.is_asked_as_typed):
            print(f"  {turn.typed}\n    in full:    {turn.full}\n    understood: {turn.understood}")
            print(f"    {turn.said} instead of {turn.said_in_full}")


if __name__ == "__main__":
    sys.exit(main())
