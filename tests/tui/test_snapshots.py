"""How the chat looks. After a change that is meant: `pytest tests/tui --snapshot-update`, then look at the pictures."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, OptionList, Static

from qa.answers import Answer, AnswerKind, Candidate, Certainty, Citation, Part, Timings
from qa.errors import IndexDamaged
from qa.tui.indexing import Pace
from qa.tui.screens.chat_screen import ChatScreen
from qa.tui.widgets import index_bar
from tests.tui.chat_driver import ARTICLE, PATH, Opener, ask, passage_of, refusal_of, seen, settled, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

    from qa.tui.app import ChatApp

SIZES = SMALL, USUAL, LARGE = (80, 24), (120, 40), (200, 60)
THEMES = ("qa-dark", "qa-light")
KANT = "How long is the Kant lease?"
ABOUT = "Tell me about the base"
WHICH = "Which countries are named?"
LEASE = "For how long may Moscow stay?"
SENTENCE = "Three years later, Kyrgyzstan agreed to let the Russians use the base for another 49 years."
MAYOR = "Who is the mayor of Bishkek?"
DAMAGED = IndexDamaged(Path("/home/ann/notes/index"), "database disk image is malformed")


def paragraph(part: str) -> str:
    at = ARTICLE.index(part)
    return ARTICLE[ARTICLE.rfind("\n", 0, at) + 1 : ARTICLE.index("\n", at)]


def cited(text: str, near: str) -> Citation:
    """`text` where it stands after `near`, as all of its sentence."""
    at = ARTICLE.index(text, ARTICLE.index(near))
    begin = ARTICLE.rindex(". ", 0, at) + 2
    sentence = ARTICLE[begin : ARTICLE.index(".", at) + 1]
    passage = passage_of(paragraph(SENTENCE))
    return Citation(PATH, at, at + len(text), passage.line, None, None, sentence, passage.text)


def kant() -> Answer:
    others = (Candidate("15 years", 0.21, cited("15 years", "agreed in 2003")),)
    passages = (passage_of(paragraph(SENTENCE)),)
    citation = cited("49 years", "Three years later")
    timings = Timings(1, 1, 1, 3)
    return Answer(KANT, KANT, True, "49 years", 0.94, citation, others, passages, timings, Certainty.FIRM)


def perhaps() -> Answer:
    return replace(kant(), question=LEASE, standalone_question=LEASE, confidence=0.41, certainty=Certainty.TENTATIVE)


def extract() -> Answer:
    sentences = (
        SENTENCE,
        ARTICLE[ARTICLE.index("Russia flies") : ARTICLE.index(".", ARTICLE.index("Russia flies")) + 1],
    )
    parts = tuple(
        Part(text, replace(cited(text[:12], text[:12]), end=ARTICLE.index(text) + len(text), quote=text))
        for text in sentences
    )
    return replace(
        kant(), question=ABOUT, standalone_question=ABOUT, text=" ".join(sentences), confidence=0.9,
        citation=parts[0].citation, alternatives=(), kind=AnswerKind.EXTRACT, parts=parts,
    )  # fmt: skip


def listed() -> Answer:
    """Three countries, each where the article names it."""
    names = ("Kyrgyzstan", "Tajikistan", "Kazakhstan")
    parts = tuple(
        Part(name, replace(cited(name, name), end=ARTICLE.index(name) + len(name), quote=name)) for name in names
    )
    return replace(
        kant(), question=WHICH, standalone_question=WHICH, text=", ".join(names), confidence=0.88,
        citation=parts[0].citation, alternatives=(), kind=AnswerKind.LIST, parts=parts,
    )  # fmt: skip


def mayor() -> Answer:
    parts = ("Putin told a joint press", "Before going to Kyrgyzstan", SENTENCE)
    refusal = refusal_of(MAYOR, tuple(passage_of(paragraph(part)) for part in parts))
    return replace(refusal, alternatives=(Candidate("Atambayev", 0.06, cited("Atambayev", "Last year")),))


def complete(app: App[None]) -> bool:
    """Whether the documents, the chats and the evidence are all on the screen that belong there."""
    screen = app.screen
    assert isinstance(screen, ChatScreen)
    if not screen.query_one("#documents-title", Static).content.plain.endswith("1"):  # type: ignore[union-attr]
        return False
    if not screen.query_one("#chats", OptionList).option_count:
        return False
    shown = any(turn.exhibits for turn in screen.conversation.turns)
    kept = bool(screen.past_chats.listed) and screen.past_chats.listed[0].turns == len(screen.conversation.turns)
    return (not shown or not screen.pane.has_class("-nothing")) and (not screen.conversation.turns or kept)


@pytest.fixture(autouse=True)
def no_blinking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cursor stays: `cursor_blink = False` comes too late for a blink that is on its way already."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)


@pytest.fixture
def drive(opener: Opener) -> Callable[..., Callable[[Pilot[None]], object]]:
    """Makes a function that asks questions, one after the other, and waits for what becomes of them."""
    opener.assistant.replies.update(
        {KANT: kant(), LEASE: perhaps(), ABOUT: extract(), WHICH: listed(), MAYOR: mayor(), "Who is Kant?": DAMAGED}
    )

    def driver(
        *questions: str, keys: tuple[str, ...] = (), theme: str = "qa-dark", until_seen: str = "qa"
    ) -> Callable[[Pilot[None]], object]:
        async def run(pilot: Pilot[None]) -> None:
            await pilot.pause()
            pilot.app.theme = theme
            await until(pilot, lambda: "ready" in seen(pilot.app), "the assistant is open")
            for question in questions:
                await ask(pilot, question)
                await settled(pilot)
            await until(pilot, lambda: complete(pilot.app), "what comes from other threads is there")
            await pilot.press(*keys)
            await until(pilot, lambda: until_seen in seen(pilot.app), until_seen)
            await pilot.pause(0.2)

        return run

    return driver


CASES = {"empty": (), "answered": (KANT,), "tentative": (LEASE,), "refused": (MAYOR,), "error": ("Who is Kant?",)}


def named(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


@pytest.mark.parametrize("size", SIZES, ids=named)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("case", CASES)
def test_screen(
    case: str, theme: str, size: tuple[int, int], app: ChatApp, drive: Callable[..., object], snap_compare: object
) -> None:
    run = drive(*CASES[case], theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=run)  # type: ignore[operator]


@pytest.mark.parametrize("size", SIZES, ids=named)
def test_extract(size: tuple[int, int], app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=size, run_before=drive(ABOUT))  # type: ignore[operator]


@pytest.mark.parametrize("size", SIZES, ids=named)
def test_list(size: tuple[int, int], app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=size, run_before=drive(WHICH))  # type: ignore[operator]


@pytest.mark.parametrize("size", SIZES, ids=named)
def test_light_with_everything(
    size: tuple[int, int], app: ChatApp, drive: Callable[..., object], snap_compare: object
) -> None:
    run = drive("Who is Kant?", MAYOR, KANT, theme="qa-light")
    assert snap_compare(app, terminal_size=size, run_before=run)  # type: ignore[operator]


def test_large(app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=LARGE, run_before=drive(MAYOR, KANT, keys=("f3",)))  # type: ignore[operator]


def test_evidence_on_a_small_screen(app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=SMALL, run_before=drive(KANT, keys=("f2",)))  # type: ignore[operator]


def test_sidebar_over_a_usual_screen(app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=USUAL, run_before=drive(KANT, keys=("ctrl+b",)))  # type: ignore[operator]


def test_commands_while_typing(app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=SMALL, run_before=drive(KANT, keys=("slash",)))  # type: ignore[operator]


@pytest.mark.parametrize("size", SIZES, ids=named)
@pytest.mark.parametrize("theme", THEMES)
def test_indexing(
    theme: str,
    size: tuple[int, int],
    app: ChatApp,
    opener: Opener,
    drive: Callable[..., object],
    snap_compare: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = itertools.count(step=4.0)
    monkeypatch.setattr(index_bar, "Pace", lambda: Pace(lambda: next(seconds)))
    opener.reports = [(128, 5120), (1280, 5120)]
    opener.indexing.clear()
    run = drive(KANT, keys=("f5",), theme=theme, until_seen="1,280 of 5,120")
    assert snap_compare(app, terminal_size=size, run_before=run)  # type: ignore[operator]
    opener.indexing.set()


def test_filtered_on_a_small_screen(app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    run = drive("/path 'reports/**' '*.md'", "/after 2024-01-31", KANT)
    assert snap_compare(app, terminal_size=SMALL, run_before=run)  # type: ignore[operator]


def test_help(app: ChatApp, drive: Callable[..., object], snap_compare: object) -> None:
    assert snap_compare(app, terminal_size=USUAL, run_before=drive(keys=("f1",)))  # type: ignore[operator]
