"""How the chat looks. After a change that is meant: `pytest tests/tui --snapshot-update`, then look at the pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.answers import Answer, Citation, Timings
from qa.errors import IndexDamaged
from qa.tui.widgets.question_input import QuestionInput
from tests.tui.chat_driver import ARTICLE, PATH, Opener, ask, passage_of, refusal_of, seen, settled, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from qa.tui.app import ChatApp

SIZES = [(80, 24), (120, 40)]
KANT = "How long is the Kant lease?"
SENTENCE = "Three years later, Kyrgyzstan agreed to let the Russians use the base for another 49 years."
MAYOR = "Who is the mayor of Bishkek?"
DAMAGED = IndexDamaged(Path("/home/ann/notes/index"), "database disk image is malformed")


def paragraph(part: str) -> str:
    at = ARTICLE.index(part)
    return ARTICLE[ARTICLE.rfind("\n", 0, at) + 1 : ARTICLE.index("\n", at)]


def kant() -> Answer:
    passage = passage_of(paragraph(SENTENCE))
    start = ARTICLE.index(SENTENCE) + SENTENCE.index("49 years")
    citation = Citation(PATH, start, start + 8, passage.line, None, None, SENTENCE, passage.text)
    return Answer(KANT, KANT, True, "49 years", 0.94, citation, (), (passage,), Timings(1, 1, 1, 3))


def mayor() -> Answer:
    parts = ("Putin told a joint press", "Before going to Kyrgyzstan", SENTENCE)
    return refusal_of(MAYOR, tuple(passage_of(paragraph(part)) for part in parts))


@pytest.fixture
def drive(opener: Opener) -> Callable[..., Callable[[Pilot[None]], object]]:
    """Makes a function that asks questions, one after the other, and waits for what becomes of them."""
    opener.assistant.replies.update({KANT: kant(), MAYOR: mayor(), "Who is Kant?": DAMAGED})

    def driver(*questions: str, keys: tuple[str, ...] = (), theme: str = "qa-dark") -> Callable[[Pilot[None]], object]:
        async def run(pilot: Pilot[None]) -> None:
            await pilot.pause()
            pilot.app.theme = theme
            pilot.app.query_one(QuestionInput).cursor_blink = False
            await until(pilot, lambda: "ready" in seen(pilot.app), "the assistant is open")
            for question in questions:
                await ask(pilot, question)
                await settled(pilot)
            await pilot.press(*keys)
            await pilot.pause(0.05)

        return run

    return driver


CASES = {
    "empty": (),
    "answered": (KANT,),
    "refused": (MAYOR,),
    "error": ("Who is Kant?",),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("case", CASES)
def test_dark(
    case: str, size: tuple[int, int], app: ChatApp, drive: Callable[..., object], snap_compare: object
) -> None:
    assert snap_compare(app, terminal_size=size, run_before=drive(*CASES[case]))  # type: ignore[operator]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_light_with_everything(
    size: tuple[int, int], app: ChatApp, drive: Callable[..., object], snap_compare: object
) -> None:
    run = drive(KANT, MAYOR, "Who is Kant?", theme="qa-light")
    assert snap_compare(app, terminal_size=size, run_before=run)  # type: ignore[operator]


def test_help(app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=(120, 40), run_before=drive(keys=("f1",)))  # type: ignore[operator]
