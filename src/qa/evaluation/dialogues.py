"""How follow-ups are answered: `python -m qa.evaluation.dialogues tests/dialogues/dialogues.jsonl`.

Each dialogue is held with a `Conversation`; each follow-up is also asked as the same question in full, by itself. The share of
follow-ups that are answered alike is what counts: the same span given, or both refused.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.evaluation.json_lines import read_json_lines
from qa.evaluation.outcome import RIGHT_FROM_F1
from qa.evaluation.scores import f1
from qa.pipeline.ranking import normalised

if TYPE_CHECKING:
    from qa.answers import Answer, Candidate
    from qa.conversation import Conversation

ARTICLE = "article"
"""What `over` says of a dialogue over the article that ships; else it names a folder beside the file."""


@dataclass(frozen=True, slots=True)
class DialogueTurn:
    """A turn as it should be understood. `act` names what a question about the last answer wants; then nothing else counts."""

    question: str
    full: str
    answers: tuple[str, ...]
    act: str | None


@dataclass(frozen=True, slots=True)
class Dialogue:
    id: str
    over: str
    half: str
    turns: tuple[DialogueTurn, ...]


@dataclass(frozen=True, slots=True)
class FollowUpOutcome:
    """How one follow-up went. `best_alike` compares the best candidates, given or not; `full_right` is of the full question."""

    dialogue: Dialogue
    asked: DialogueTurn
    understood: str
    said: str
    said_in_full: str
    alike: bool
    best_alike: bool
    right: bool
    full_right: bool
    milliseconds: float


def read_dialogues(file: Path, half: str | None = None) -> list[Dialogue]:
    """All dialogues of `file`, or those of one half ("tune", "kept"). See tests/dialogues/README.md for the format."""
    dialogues = [_dialogue(row) for row in read_json_lines(file)]
    return [dialogue for dialogue in dialogues if half in (None, dialogue.half)]


def hold(dialogue: Dialogue, conversation: Conversation, ask: Any) -> Iterator[FollowUpOutcome]:
    """The outcomes of the follow-ups; `ask` answers a question by itself, as `Assistant.ask` does."""
    for place, asked in enumerate(dialogue.turns):
        if asked.act is not None:
            shown = conversation.about_last(asked.question)
            alike = shown is not None and shown.act == asked.act
            yield FollowUpOutcome(dialogue, asked, str(shown and shown.act), "", "", alike, alike, alike, True, 0.0)
            continue
        answer = conversation.ask(asked.question)
        if place:
            yield _outcome(dialogue, asked, answer, ask(asked.full))


def alike(answer: Answer, other: Answer) -> bool:
    """Both refused, or both gave the same answer: the same words, or spans that overlap in one document."""
    if not (answer.answered and other.answered):
        return answer.answered == other.answered
    return _same(answer.best, other.best)


def report(outcomes: Sequence[FollowUpOutcome]) -> str:
    lines = [_line(name, group) for name, group in _groups(outcomes)]
    return "\n".join([f"{'':<14}{'turns':>6}{'alike':>8}{'best':>8}{'right':>8}{'full':>8}{'ms':>8}", *lines])


def _groups(outcomes: Sequence[FollowUpOutcome]) -> Iterator[tuple[str, list[FollowUpOutcome]]]:
    yield "all", list(outcomes)
    for half in dict.fromkeys(outcome.dialogue.half for outcome in outcomes):
        yield half, [outcome for outcome in outcomes if outcome.dialogue.half == half]
    yield "new topic", [outcome for outcome in outcomes if outcome.asked.question == outcome.asked.full]
    yield "follow-up", [outcome for outcome in outcomes if outcome.asked.question != outcome.asked.full]


def _line(name: str, group: Sequence[FollowUpOutcome]) -> str:
    if not group:
        return f"{name:<14}{0:>6}"
    shares = (
        sum(value) / len(group)
        for value in zip(*((one.alike, one.best_alike, one.right, one.full_right) for one in group), strict=True)
    )
    milliseconds = sorted(one.milliseconds for one in group)[len(group) // 2]
    return f"{name:<14}{len(group):>6}" + "".join(f"{100 * share:>7.1f}%" for share in shares) + f"{milliseconds:>8.0f}"


def _outcome(dialogue: Dialogue, asked: DialogueTurn, answer: Answer, full: Answer) -> FollowUpOutcome:
    return FollowUpOutcome(
        dialogue=dialogue,
        asked=asked,
        understood=answer.standalone_question,
        said=words_said(answer),
        said_in_full=words_said(full),
        alike=alike(answer, full),
        best_alike=_same(answer.best, full.best),
        right=_is_right(answer, asked),
        full_right=_is_right(full, asked),
        milliseconds=answer.timings.total,
    )


def _is_right(answer: Answer, asked: DialogueTurn) -> bool:
    return answer.best is not None and f1(answer.best.text, asked.answers) >= RIGHT_FROM_F1


def words_said(answer: Answer) -> str:
    """The answer in one line or, in square brackets, what came closest to one."""
    text = " ".join(answer.best.text.split()) if answer.best is not None else ""
    return text if answer.answered else f"[{text}]"


def _same(one: Candidate | None, other: Candidate | None) -> bool:
    if one is None or other is None:
        return one is other
    if normalised(one.text) == normalised(other.text):
        return True
    mine, theirs = one.citation, other.citation
    return mine.path == theirs.path and mine.start < theirs.end and theirs.start < mine.end


def _dialogue(row: dict[str, Any]) -> Dialogue:
    turns = tuple(
        DialogueTurn(
            turn["question"], turn.get("full", turn["question"]), tuple(turn.get("answers", ())), turn.get("act")
        )
        for turn in row["turns"]
    )
    return Dialogue(row["id"], row["over"], row["half"], turns)


def hold_all(dialogues: Iterable[Dialogue], folder: Path) -> Iterator[FollowUpOutcome]:
    """Hold every dialogue over the article that ships, or over the texts in the folder it names, in `folder`."""
    from qa.assistant import Assistant
    from qa.locations import shipped_corpus

    with ExitStack() as stack:
        assistants: dict[str, Assistant] = {}
        for dialogue in dialogues:
            if dialogue.over not in assistants:
                corpus = shipped_corpus() if dialogue.over == ARTICLE else folder / dialogue.over
                assistants[dialogue.over] = stack.enter_context(Assistant.open(corpus))
            assistant = assistants[dialogue.over]
            yield from hold(dialogue, assistant.conversation(), assistant.ask)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Hold dialogues, and compare follow-ups with the same questions in full."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--half", choices=("tune", "kept"), help="one half of the dialogues only")
    parser.add_argument("--show", action="store_true", help="print every follow-up that is not answered alike")
    arguments = parser.parse_args()
    outcomes = []
    for outcome in hold_all(read_dialogues(arguments.file, arguments.half), arguments.file.parent):
        outcomes.append(outcome)
        if arguments.show and not outcome.alike:
            print(f"{outcome.dialogue.id} {outcome.asked.question}\n    understood: {outcome.understood}")
            print(f"    in full:    {outcome.asked.full}\n    {outcome.said} instead of {outcome.said_in_full}")
    print(report(outcomes))


if __name__ == "__main__":
    main()
