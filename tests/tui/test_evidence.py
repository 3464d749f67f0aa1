"""The evidence pane: the document around each exhibit, highlighted in its place and scrolled to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.answers import Answer, Candidate, Citation, Timings
from qa.conversation.storage.outcomes import Found
from qa.tui.evidence_items import EvidenceItem, evidence_items, whole_document
from qa.tui.excerpt import REACH, Excerpt
from qa.tui.widgets.evidence import EvidencePane, EvidenceText
from qa.tui.widgets.place_link import PlaceLink
from tests.tui.chat_driver import ARTICLE, PATH, Opener, ask, passage_of, refusal_of, seen, settled, turns, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from qa.tui.app import ChatApp

QUESTION = "How long is the Kant lease?"


def cited(text: str, near: str) -> Citation:
    """`text` where it stands after `near` in the article."""
    start = ARTICLE.index(text, ARTICLE.index(near))
    sentence = ARTICLE[ARTICLE.rindex(".", 0, start) + 2 : ARTICLE.index(".", start) + 1]
    return Citation(PATH, start, start + len(text), ARTICLE.count("\n", 0, start) + 1, None, None, sentence, sentence)


def with_candidates(question: str = QUESTION) -> Answer:
    others = (("15 years", 0.21, "agreed in 2003"), ("2006", 0.08, "reinforce the base in"))
    return Answer(
        question, question, True, "49 years", 0.94, cited("49 years", "Three years later"),
        tuple(Candidate(text, chance, cited(text, near)) for text, chance, near in others),
        (passage_of(ARTICLE[ARTICLE.index("Russia flies") : ARTICLE.index("Putin told a joint")].rstrip()),),
        Timings(1, 1, 1, 3),
    )  # fmt: skip


async def answered(pilot: Pilot[None], opener: Opener, answer: Answer) -> None:
    opener.assistant.replies[answer.question] = answer
    await until(pilot, lambda: "ready" in seen(pilot.app), "ready")
    await ask(pilot, answer.question)
    await settled(pilot)


def highlighted(app: ChatApp) -> str:
    """What stands in the evidence on the accent's colour."""
    accent = app.theme_variables["accent"].lower()
    lines = app.screen.query_one("#evidence-lines")
    return "".join(
        segment.text
        for strip in lines.render_lines(lines.size.region)
        for segment in strip
        if segment.style and segment.style.bgcolor and segment.style.bgcolor.get_truecolor().hex == accent
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_answer_is_highlighted_and_in_view(app: ChatApp, opener: Opener, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await answered(pilot, opener, with_candidates())
        if size[0] < 100:
            assert not app.screen.query_one(EvidencePane).display
            await pilot.press("f2")
        await until(pilot, lambda: highlighted(app) == "49 years", "highlighted")
        text = app.screen.query_one(EvidenceText)
        await until(pilot, lambda: text.scroll_y > 0 or size[1] == 60, "scrolled")
        visible = [line.text for line in app.screen._compositor.render_strips()]
        shown = [line for line in visible if "another 49 years" in line or line.strip(" │").startswith("49 years")]
        assert shown
        assert "1 of 3" in seen(app)
        assert "Answer  94 %" in seen(app)


async def test_candidates_are_stepped_through_and_the_text_is_fetched_once(app: ChatApp, opener: Opener) -> None:
    fetched: list[str] = []
    whole = opener.assistant.document_text
    opener.assistant.document_text = lambda path: fetched.append(path) or whole(path)  # type: ignore[method-assign,func-returns-value]
    async with app.run_test(size=(120, 40)) as pilot:
        await answered(pilot, opener, with_candidates())
        seen_spans = []
        for key in ("f3", "f3", "f3", "shift+f3", "alt+left", "alt+right"):
            await pilot.press(key)
            await pilot.pause(0.05)
            seen_spans.append(highlighted(app))
        assert seen_spans == ["15 years", "2006", "49 years", "2006", "15 years", "2006"]
        assert "Other candidate  8 %" in seen(app)
    assert fetched == [PATH]


async def test_keys_of_the_pane_and_the_way_back(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await answered(pilot, opener, with_candidates())
        await pilot.press("tab")
        assert isinstance(app.focused, EvidenceText)
        for key, span in (("right", "15 years"), ("n", "2006"), ("left", "15 years"), ("p", "49 years")):
            await pilot.press(key)
            await until(pilot, lambda span=span: highlighted(app) == span, span)
        await pilot.press("c")
        assert app.clipboard == "49 years"
        await pilot.press("y")
        assert app.clipboard == f"{PATH}:10"
        before = app.focused.scroll_y
        await pilot.press("down", "down")
        assert app.focused.scroll_y == before + 2
        await pilot.press("escape")
        await until(pilot, lambda: app.focused is app.screen.query_one("QuestionInput"), "back at the question")


async def test_arrows_are_clicked(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await answered(pilot, opener, with_candidates())
        await pilot.click("#evidence-next")
        await until(pilot, lambda: highlighted(app) == "15 years", "the next")
        await pilot.click("#evidence-previous")
        await until(pilot, lambda: highlighted(app) == "49 years", "the one before")


async def test_a_refusal_has_its_closest_candidate_and_its_passages(app: ChatApp, opener: Opener) -> None:
    starts = ("In late February", "Putin also visited", "Before going", "Russia flies")
    refusal = replace(
        refusal_of("Who?", tuple(passage_of(start) for start in starts)),
        alternatives=(Candidate("15 years", 0.06, cited("15 years", "agreed in 2003")),),
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await answered(pilot, opener, refusal)
        screen = seen(app)
        assert "I found no answer to this" in screen
        assert "What comes closest" in screen
        assert "Closest candidate  6 %" in screen
        assert highlighted(app) == "15 years"
        labels = []
        for _ in range(3):
            await pilot.press("f3")
            await pilot.pause()
            labels.append(app.screen.query_one(EvidencePane).exhibit.label)  # type: ignore[union-attr]
        assert labels == ["Nearest passage 1", "Nearest passage 2", "Closest candidate"]


async def test_a_refusal_that_is_not_sure_is_said_whole_on_a_narrow_terminal(app: ChatApp, opener: Opener) -> None:
    refusal = replace(refusal_of("Who?", (passage_of("Russia flies"),)), absent_probability=0.2)
    async with app.run_test(size=(80, 40)) as pilot:
        await answered(pilot, opener, refusal)
        words = " ".join(seen(app).replace("▌", " ").replace("▎", " ").replace("▐", " ").split())
        assert refusal.refusal_sure in words


async def test_a_click_on_a_citation_shows_that_place(app: ChatApp, opener: Opener) -> None:
    passages = tuple(passage_of(start) for start in ("In late February", "Putin also visited", "Before going"))
    async with app.run_test(size=(80, 40)) as pilot:
        await answered(pilot, opener, refusal_of("Who?", passages))
        assert not app.screen.query_one(EvidencePane).display
        await pilot.click(list(app.screen.query(PlaceLink))[1])
        await pilot.pause()
        pane = app.screen.query_one(EvidencePane)
        assert pane.display
        assert pane.exhibit is not None
        assert pane.exhibit.line == passages[1].line
        assert "2 of 3" in seen(app)
        await pilot.press("escape")
        await until(pilot, lambda: not pane.display, "closed")


async def test_evidence_of_an_earlier_answer(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(size=(120, 60)) as pilot:
        await answered(pilot, opener, with_candidates())
        opener.assistant.replies["When?"] = replace(
            with_candidates("When?"), text="2006", citation=cited("2006", "reinforce")
        )
        await ask(pilot, "When?")
        await settled(pilot)
        await until(pilot, lambda: highlighted(app) == "2006", "the newest")
        await pilot.press("ctrl+up")
        await until(pilot, lambda: highlighted(app) == "49 years", "the one before")
        assert [turn.has_class("-current") for turn in turns(app)] == [True, False]
        await pilot.press("alt+down")
        await until(pilot, lambda: highlighted(app) == "2006", "the newest again")
        await pilot.click(turns(app)[0])
        await until(pilot, lambda: highlighted(app) == "49 years", "the one that was clicked")


async def test_a_document_that_is_gone_is_said(app: ChatApp, opener: Opener) -> None:
    opener.assistant.texts = {}
    async with app.run_test(size=(120, 40)) as pilot:
        await answered(pilot, opener, with_candidates())
        await until(pilot, lambda: "is no longer among" in seen(app), "the reason")


async def test_f2_hides_and_shows(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        pane = app.screen.query_one(EvidencePane)
        assert not pane.display
        await answered(pilot, opener, with_candidates())
        assert pane.display
        await pilot.press("f2")
        await until(pilot, lambda: not pane.display, "hidden")
        await pilot.press("f2")
        await until(pilot, lambda: pane.display, "shown")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert pane.display
        assert pane.region.y > app.screen.query_one("ConversationView").region.y


# The excerpt


def exhibit(start: int, end: int, passage: tuple[int, int] | None = None) -> EvidenceItem:
    return EvidenceItem("Answer", PATH, 1, None, None, start, end, *(passage or (start, end)), "x", 0.5)


@given(
    st.text(st.sampled_from("ab \n\r\t\x1b日")),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 40),
)
@example("aaaaaaaaaaaaaaaaaaa \n日", 0, 0, 20, 0)
@settings(max_examples=200, deadline=None)
def test_whatever_the_offsets_the_document_is_shown(text: str, a: int, b: int, c: int, d: int) -> None:
    excerpt = Excerpt.of(exhibit(a, b, (c, d)), text)
    for width in (1, 7, 80):
        rows = excerpt.numbers(width).plain.split("\n")
        assert len(rows) == max(1, excerpt.content.get_height({}, width))
        assert 0 <= excerpt.line_of_span(width) < len(rows)


def test_numbers_are_those_of_the_document_and_the_span_is_where_it_is_said() -> None:
    at = ARTICLE.index("49 years", ARTICLE.index("Three years later"))
    excerpt = Excerpt.of(exhibit(at, at + 8), ARTICLE)
    for width in (20, 40, 80):
        rows = [line.plain for line in excerpt.content.wrap(width)]
        assert "49" in rows[excerpt.line_of_span(width)]
        numbers = excerpt.numbers(width).plain.split("\n")
        assert len(numbers) == len(rows)
        first = next(number for number, row in zip(numbers, rows, strict=True) if row.startswith("Russia flies"))
        assert int(first) == ARTICLE.count("\n", 0, ARTICLE.index("Russia flies")) + 1


def test_of_a_long_document_the_part_around_is_shown() -> None:
    lines = [f"line {number}" for number in range(1, 20_001)]
    document = "\n".join(lines)
    at = document.index("line 10000\n")
    excerpt = Excerpt.of(exhibit(at, at + 10), document)
    assert len(excerpt.content.plain) < 2 * REACH + 100
    assert excerpt.content.plain.startswith("⋯\nline ")
    assert excerpt.content.plain.endswith("\n⋯")
    assert str(excerpt.first_line) == excerpt.content.plain.split("\n")[1].split()[1]
    one_line = "x" * 1_000_000
    assert len(Excerpt.of(exhibit(500_000, 500_008), one_line).content.plain) < 2 * REACH + 100


def test_exhibits_of_what_has_no_evidence() -> None:
    assert evidence_items(None) == ()
    assert evidence_items(Found(())) == ()
    assert whole_document("a.txt").start == whole_document("a.txt").passage_end == 0
