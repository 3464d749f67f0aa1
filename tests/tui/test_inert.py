"""Text from documents, questions and file names is shown as it is: it styles, links and controls nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.answers import Candidate, Citation, RetrievedPassage
from qa.errors import CorpusMissing
from qa.index.writing.changes import Skipped
from qa.tui.formatting import flow, place, sentence_with_span, shorten
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import ChatList
from tests.tui.chat_driver import PATH, Opener, Report, answer_of, ask, refusal_of, seen, settled, turns, until

if TYPE_CHECKING:
    from qa.tui.app import ChatApp

HOSTILE = [
    "[red]x[/red]",
    "[bold]x",
    "[/]",
    "[@click=app.quit]x[/]",
    "[link=https://evil.example]x[/link]",
    "$primary [$error]x",
    "\x1b[31mx\x1b[0m",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "\x9b2Jx",
    "a\rb",
    "\x00\x07\x08x",
    "\u202egnp.x",
    "\ud800x",
    "\\[red]x",
]
OF_EACH_KIND = [
    "[@click=app.quit]x[/]",
    "$primary [$error]x",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "\x00\x07\x08x",
    "\ud800x",
]
"""Markup, styles, links, control characters, and what no encoding has: all of HOSTILE are shown in turns."""
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")


def visible(text: str) -> str:
    """What of `text` must be readable on the screen: all but its control characters."""
    return max(CONTROL.split(text), key=len).strip()


@pytest.mark.parametrize("text", HOSTILE)
async def test_everywhere_on_the_screen(app: ChatApp, opener: Opener, text: str) -> None:
    passage = RetrievedPassage(text, 0, len(text), 1, 1.0, f"passage {text}", 3, f"heading {text}")
    answer = answer_of(text, text, f"before {text} after", path=f"path {text}", heading=f"heading {text}")
    opener.assistant.replies.update(
        {
            text.strip(): answer,
            "refuse": refusal_of("refuse", (passage,)),
            "fail": CorpusMissing(Path(f"corpus {text}")),
        }
    )
    async with app.run_test(size=(99, 60)) as pilot:
        for question in (text.strip(), "refuse", "fail"):
            app.screen.post_message(QuestionInput.Asked(question))
        await until(pilot, lambda: len(turns(app)) == 3, "three questions")
        await settled(pilot)
        screen = seen(app)
        linked = [
            segment
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style and (segment.style.link or "@click" in (segment.style.meta or {}))
        ]
    assert not CONTROL.search(screen)
    assert screen.count(visible(text)) >= 7
    for where in ("before", "path", "passage", "heading", "corpus"):
        assert where in screen
    # The footer's keys are the only things to click on; they are widgets, not links in text.
    assert not linked


@pytest.mark.parametrize("text", OF_EACH_KIND)
async def test_in_the_evidence_the_sidebar_and_what_is_said(app: ChatApp, opener: Opener, text: str) -> None:
    path = f"path {text}"
    opener.assistant.texts = {path: f"line {text}\nbefore {text} after"}
    opener.assistant.changed = (path,)
    opener.report = Report(skipped=(Skipped(path, f"reason {text}"),))
    answer = answer_of(text, text, f"before {text} after", path=path, heading=f"heading {text}")
    closest = Candidate(text, 0.1, answer.citation)  # type: ignore[arg-type]
    passage = RetrievedPassage(path, 0, len(text), 1, 1.0, f"passage {text}")
    opener.assistant.replies.update(
        {text.strip(): answer, "no": replace(refusal_of("no", (passage,)), alternatives=(closest,))}
    )
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        await until(pilot, lambda: "1 document has changed" in seen(app), "the documents are listed")
        for number, question in enumerate((text.strip(), "no"), 1):
            app.screen.post_message(QuestionInput.Asked(question))
            await until(pilot, lambda number=number: len(turns(app)) == number, "asked")
            await settled(pilot)
        await until(pilot, lambda: "Closest candidate" in seen(app) and "line " in seen(app), "the evidence")
        await until(pilot, lambda: app.screen.query_one(ChatList).option_count == 1, "the chat is listed")
        screens = [seen(app)]
        for words in (f"/find {visible(text)}", f"/rename title {text}", f"/add {text}", f"/serch {text}"):
            app.screen.post_message(QuestionInput.Commanded(words))
            await pilot.pause(0.1)
            screens.append(seen(app))
            await pilot.press("escape")
            await pilot.pause()
        await pilot.press("ctrl+y", "ctrl+g", "f5")
        await until(pilot, lambda: "reason" in seen(app), "what was skipped")
        screens.append(seen(app))
        linked = [
            segment
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style and (segment.style.link or "@click" in (segment.style.meta or {}))
        ]
    for screen in screens:
        assert not CONTROL.search(screen)
    assert screens[0].count(visible(text)) >= 10
    assert not linked
    assert not CONTROL.search(app.clipboard.replace("\n", ""))


async def test_a_click_on_an_action_in_a_document_does_not_run_it(app: ChatApp, opener: Opener) -> None:
    sentence = "[@click=app.quit]click here[/] to win"
    opener.assistant.replies["q"] = answer_of("q", "click here", sentence)
    async with app.run_test() as pilot:
        await ask(pilot, "q")
        await settled(pilot)
        assert sentence in seen(app)
        await pilot.click(".card-text", offset=(20, 0))
        await pilot.pause()
        assert app.is_running
        assert app.return_code is None


def test_place_has_line_page_and_heading() -> None:
    assert place("a/b.txt", 12, 3, "Kant").plain == "a/b.txt:12  ·  page 3  ·  Kant"
    assert place("a\nb.txt", 1, None, None).plain == "a b.txt:1"


def test_flow_keeps_a_space_at_either_end() -> None:
    assert flow("\n a \r\n  b ") == " a b "


@pytest.mark.parametrize("length", [10, 125, 126, 127, 1000, 200_000])
@pytest.mark.parametrize("unit", ["word ", "x", "日本"])
def test_shorten_keeps_within_the_limit(length: int, unit: str) -> None:
    text = (unit * length)[:length]
    short = shorten(text, 125)
    assert len(short) <= 125
    assert short.endswith("…") == (len(text.strip()) > 125)


def citation(sentence: str, start: int, end: int) -> Citation:
    return Citation(PATH, start, end, 1, None, None, sentence, sentence)


def test_of_two_equal_texts_in_a_sentence_the_cited_one_is_bold() -> None:
    document = "Intro. From 49 to 49 years."
    sentence = "From 49 to 49 years."
    passage = RetrievedPassage(PATH, 0, len(document), 1, 1.0, document)
    second = document.rindex("49")
    content = sentence_with_span("49", citation(sentence, second, second + 2), (passage,))
    assert content.plain == sentence
    assert [(span.start, span.end) for span in content.spans] == [(sentence.rindex("49"), sentence.rindex("49") + 2)]


def test_a_sentence_as_long_as_a_book_is_clipped_around_the_span() -> None:
    sentence = "a " * 50_000 + "NEEDLE" + " b" * 50_000
    start = sentence.index("NEEDLE")
    content = sentence_with_span("NEEDLE", citation(sentence, start, start + 6), ())
    assert len(content.plain) < 700
    assert content.plain.startswith("…")
    assert content.plain.endswith("…")
    assert "a NEEDLE b" in content.plain


def test_a_span_that_runs_over_its_sentence_is_shown_alone() -> None:
    content = sentence_with_span("one. Two", citation("It is one.", 6, 14), ())
    assert content.plain == "one. Two"
