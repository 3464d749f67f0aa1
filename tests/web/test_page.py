"""The page of `qa serve` in a real browser: asking, places, hostile texts, keys, narrow screens, tokens."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytest.importorskip("aiohttp", reason="the extra qa[web] is not installed")

import qa.web
from qa.answers import Citation, Part, percent
from qa.text.escaping import escape_control_characters
from qa.text.quotation import lines_of
from tests.web.chromium import CHROMIUM, Page, opened_page
from tests.web.conftest import RENT, Home, made_home
from tests.web.serving import ServedQa

STATIC = Path(qa.web.__file__).with_name("static")
in_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

HOSTILE_NAME = 'boat <img src=x onerror="window.hacked=1"> \u202etxt.md'
HOSTILE = (
    "# The <b>boat</b> house\n\n"
    'The boat <script>window.hacked=1</script> is <img src=x onerror="window.hacked=1">painted \u202egreen\u202c and \x1b[31mgold\x07.\n\n'
    "The winch 🚤🚤 of the boat house was built by <i onmouseover=window.hacked=1>Garrick Yard</i> in 1911.\n"
)
PAINT = "What does the boat house text say the boat is painted?"
YARD = "Who built the winch of the boat house?"
COMMITTEE = (
    "# The committee\n\nThe committee of the rowing club has four members:\n\n- Ann Archer\n- Bilal Brook\n- Cora Cole\n- Dan Dale\n\n"
    "It meets on the first Monday of every month in the boat house. The minutes are sent to all members within a week. "
    "Ann Archer has led it since 2021.\n"
)
TABLE = (
    "| Boat          | Length     | Paint                                                                                     |\n"
    "|---------------|------------|-------------------------------------------------------------------------------------------|\n"
    "| Constance     | 34 ft 2 in | dark blue with a red wale, and white inside as far as the thwarts that were renewed in 1998 |\n"
)
BOATS = f"# Our boats\n\nThe boats are painted in May.\n\n{TABLE}\nThe Constance is kept in the shed.\n"
LINES = 3_000
LONG = "Which herring is in the barrel of line 1500?"


@pytest.fixture(scope="module")
def page_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = made_home(tmp_path_factory.mktemp("page"))
    notes = home.documents / "notes"
    (notes / HOSTILE_NAME).write_text(HOSTILE, "utf-8")
    (notes / "committee.md").write_text(COMMITTEE, "utf-8")
    (notes / "boats.md").write_text(BOATS, "utf-8")
    rows = (f"Line {number} is about the barrel of herring number {number * 3}.\n" for number in range(1, LINES + 1))
    (notes / "herrings.txt").write_text("".join(rows), "utf-8")
    assert home.qa("index", "-c", "notes").returncode == 0
    return home


@pytest.fixture(scope="module")
def served(page_home: Home) -> Iterator[ServedQa]:
    with page_home.serving() as served:
        served.until_ready()
        yield served


@asynccontextmanager
async def opened(served: ServedQa, width: int = 1440, height: int = 900) -> AsyncIterator[Page]:
    """The page, once it knows what can be asked. Whatever is done with it, it asks no other origin, and breaks no policy."""
    async with opened_page(width, height) as page:
        await page.open(served.url)
        await page.until("document.getElementById('about').textContent")
        yield page
        elsewhere = [url for url in page.requests if not url.startswith((served.url + "/", "data:"))]
        assert not elsewhere
        assert not [
            said for said in page.said if "Content Security Policy" in said or "Trusted" in said or "Error" in said
        ]
        assert await page.run(
            "window.hacked === undefined && !document.querySelector('main img, main script, aside img')"
        )


async def ask(page: Page, question: str) -> None:
    """Type it and wait for its answer."""
    before = await page.run("document.querySelectorAll('.exchange').length")
    await page.run("document.getElementById('question').focus()")
    await page.type(question)
    await page.press("Enter")
    await page.until(f"document.querySelectorAll('.exchange').length === {before + 1}")
    await page.until("document.querySelector('.exchange:last-child .answer, .exchange:last-child .problem')")


async def last(page: Page) -> str:
    """What the last exchange shows."""
    return str(await page.run("document.querySelector('.exchange:last-child').innerText"))


IN_VIEW = """(() => {
  const mark = document.querySelector("mark.current")?.getBoundingClientRect();
  const box = document.getElementById("document-text").getBoundingClientRect();
  return mark && mark.top >= box.top && mark.bottom <= box.bottom && mark.width > 0;
})()"""
MARKED = "document.querySelector('mark.current').textContent"


def test_nothing_of_a_text_can_become_markup() -> None:
    scripts = [*STATIC.rglob("*.js")]
    assert len(scripts) > 5
    for file in scripts:
        text = file.read_text("utf-8")
        found = re.findall(
            r"(?:inner|outer)HTML|insertAdjacent|document\.write|\beval\b|new Function|DOMParser|srcdoc", text
        )
        assert not found, file
    for file in STATIC.rglob("*.html"):
        text = file.read_text("utf-8")
        assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", text), file
    for file in STATIC.rglob("*.css"):
        assert not re.findall(r"https?:|@import|url\(", file.read_text("utf-8")), file


def test_the_page_and_its_parts_are_served(served: ServedQa) -> None:
    page = served.get("/")
    assert page.status_code == 200
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert served.get(address).status_code == 200, address


@in_chromium
async def test_a_question_a_follow_up_and_a_place_in_its_document(served: ServedQa) -> None:
    async with opened(served) as page:
        await ask(page, RENT[0])
        assert RENT[1] in await page.run("document.querySelector('.exchange strong').textContent")
        assert "flat.md" in await last(page)
        assert await page.run("location.hash.length") > 10
        await ask(page, "And who is the landlord?")
        assert "Petrov" in await last(page)
        assert await page.run("document.querySelectorAll('#past a').length") == 1
        await page.click(".exchange:last-child .place")
        await page.until(IN_VIEW)
        assert "Petrov" in await page.run(MARKED)
        assert await page.run("document.getElementById('document-name').textContent") == "flat.md"
        await page.press("Escape")
        await page.until("document.getElementById('document').hidden")
        assert await page.run("document.activeElement.matches('.exchange:last-child .place')")


@in_chromium
async def test_more_of_a_long_document_comes_by_scrolling_and_what_is_read_stays_where_it_is(served: ServedQa) -> None:
    text = "document.getElementById('document-text')"
    begins = f"Number({text}.firstElementChild.dataset.start)"
    async with opened(served) as page:
        await ask(page, LONG)
        await page.click(".exchange:last-child .place")
        await page.until(IN_VIEW)
        start = await page.run(begins)
        assert start > 0
        top = f"{text}.querySelector('mark.current').getBoundingClientRect().top"
        before = await page.run(f"({text}.scrollTop = 400, {top})")
        await page.until(f"{begins} < {start}")
        assert abs(await page.run(top) - before) < 2
        await page.until(f"({text}.scrollTop = {text}.scrollHeight, {text}.textContent.includes('Line {LINES} is'))")
        assert await page.run(f"{text}.childElementCount") <= 8
        assert "Line 1 is" not in await page.run(f"{text}.textContent")
        await page.until(f"({text}.scrollTop = 0, {text}.textContent.includes('Line 1 is'))")
        shown = await page.run(f"{text}.textContent")
        numbers = [int(found) for found in re.findall(r"^Line (\d+) is", shown, re.MULTILINE)]
        assert len(numbers) > 1_000
        assert numbers == list(range(1, numbers[-1] + 1))


@in_chromium
async def test_rows_of_a_table_stay_below_each_other(served: ServedQa) -> None:
    async with opened(served, 360, 740) as page:
        await ask(page, "When are the boats painted?")
        await page.click(".exchange:last-child .place")
        await page.until(IN_VIEW)
        assert await page.run("document.getElementById('document-text').textContent") == BOATS
        assert await page.run("document.querySelector('.rows').textContent") == TABLE
        row = "document.querySelector('.rows')"
        lines = await page.run(f"{row}.clientHeight / parseFloat(getComputedStyle({row}).lineHeight)")
        assert 2.9 < lines < 4.5
        assert await page.run(
            f"{row}.scrollWidth > {row}.clientWidth && document.documentElement.scrollWidth <= innerWidth"
        )


@in_chromium
async def test_hostile_texts_names_and_questions_stay_text(served: ServedQa) -> None:
    question = f"{PAINT} <img src=x onerror=window.hacked=1>"
    async with opened(served) as page:
        await ask(page, question)
        assert "<img src=x onerror=window.hacked=1>" in await last(page)
        await ask(page, YARD)
        await page.click(".exchange:last-child .place")
        await page.until(IN_VIEW)
        name = await page.run("document.getElementById('document-name').textContent")
        assert '<img src=x onerror="window.hacked=1">' in name
        assert "\u202e" not in name
        shown = await page.run("document.getElementById('document-text').textContent")
        assert "<script>window.hacked=1</script>" in shown
        assert "\u241b[31mgold\u2407" in shown
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", await page.run("document.body.textContent"))


@in_chromium
async def test_offsets_are_characters_also_after_those_of_two_units(served: ServedQa) -> None:
    answer = served.ask(YARD)
    place = answer["citation"] or answer["alternatives"][0]["citation"]
    assert HOSTILE[place["start"] : place["end"]] == place["quote"]
    async with opened(served) as page:
        await ask(page, YARD)
        await page.click(".exchange:last-child .place")
        await page.until(IN_VIEW)
        assert await page.run(MARKED) == place["quote"]
        assert await page.run("document.getElementById('document-note').hidden")


@in_chromium
async def test_everything_is_done_by_keys(served: ServedQa) -> None:
    async with opened(served) as page:
        await page.run("document.activeElement.blur()")
        await page.press("/")
        assert await page.run("document.activeElement.id") == "question"
        await page.type(RENT[0])
        await page.press("Enter")
        await page.until("document.querySelector('.answer')")
        assert await page.run("document.getElementById('question').value") == ""
        for _ in range(60):
            if await page.run("document.activeElement.matches('.answer .place')"):
                break
            await page.press("Tab", shift=True)
            assert await page.run("document.activeElement.matches(':focus-visible')")
        await page.press("Enter")
        await page.until(IN_VIEW)
        assert await page.run("document.activeElement.id") == "document-text"
        await page.press("Escape")
        await page.until(
            "document.getElementById('document').hidden && document.activeElement.matches('.answer .place')"
        )


@in_chromium
async def test_a_refusal_names_what_comes_closest_and_passages(served: ServedQa) -> None:
    question = "When does the spring fair in Dornwijk begin?"
    answer = served.ask(question)
    assert not answer["answered"]
    async with opened(served) as page:
        await ask(page, question)
        shown = await last(page)
        assert "I found no answer to this" in shown
        assert ("What comes closest" in shown) == bool(answer["closest"])
        assert "The nearest passages" in shown
        sentences = await page.run("[...document.querySelectorAll('.candidates')][0].children.length")
        assert sentences == (len(answer["closest"]) or len(answer["passages"][:3]))


@in_chromium
async def test_the_items_of_a_list_have_small_numbers_and_are_marked_in_the_document(served: ServedQa) -> None:
    async with opened(served) as page:
        await ask(page, "Who is on the committee?")
        items = await page.run("[...document.querySelectorAll('.items strong')].map((one) => one.textContent)")
        assert items == ["Ann Archer", "Bilal Brook", "Cora Cole", "Dan Dale"]
        assert (
            await page.run("[...document.querySelectorAll('.items .number')].map((one) => one.textContent)")
            == ["[1]"] * 4
        )
        await page.click(".items li:nth-child(3) .number")
        await page.until(IN_VIEW)
        assert await page.run(MARKED) == "Cora Cole"
        assert await page.run("document.querySelectorAll('mark').length") == 4


@in_chromium
async def test_the_runs_of_an_extract_have_places_of_their_own(served: ServedQa) -> None:
    async with opened(served) as page:
        await ask(page, "Tell me about the committee of the rowing club")
        numbers = await page.run("[...document.querySelectorAll('.quoted .number')].map((one) => one.textContent)")
        assert numbers == [f"[{number}]" for number in range(1, len(numbers) + 1)]
        assert len(numbers) >= 2
        await page.click(".quoted:nth-of-type(2) .number")
        await page.until(IN_VIEW)
        assert await page.run(MARKED) in COMMITTEE


RENDERED = """(async (answer) => {
  const { answerElement } = await import("/page/answers.js");
  const made = answerElement(answer, { open() {}, announce() {} });
  return [...made.querySelectorAll(".hedge, .quoted strong")].map((one) => one.textContent);
})"""


@in_chromium
async def test_the_candidates_beside_an_answer_are_those_that_the_server_names(served: ServedQa) -> None:
    answer = served.ask(RENT[0])
    place = answer["citation"]

    def candidate(text: str, confidence: float, sentence: str) -> dict[str, Any]:
        return {"answer": text, "confidence": confidence, "citation": {**place, "sentence": sentence, "quote": text}}

    others = [candidate("800 euros", 0.2, "It was 800 euros."), candidate("7", 0.01, "Or 7.")]
    found = {**answer, "alternatives": [*others, candidate("900", 0.3, "900 it is.")]}
    tentative = {**found, "certainty": "tentative", "rivals": others, "closest": []}
    refused = {**found, "answered": False, "answer": None, "certainty": None, "citation": None, "parts": []}
    refused |= {"rivals": [], "closest": others, "passages": []}
    async with opened(served) as page:
        assert await page.run(f"{RENDERED}({json.dumps(tentative)})") == ["Perhaps:", RENT[1], "Or:", "800 euros", "7"]
        assert await page.run(f"{RENDERED}({json.dumps(refused)})") == ["800 euros", "7"]
        firm = {**found, "rivals": [], "closest": []}
        assert await page.run(f"{RENDERED}({json.dumps(firm)})") == [RENT[1]]


@in_chromium
async def test_text_is_made_harmless_and_quoted_as_the_terminal_does(served: ServedQa) -> None:
    characters = [chr(code) for code in [*range(0x250), *range(0x600, 0x620), *range(0x2000, 0x2070), 0xFEFF, 0x1F6A4]]
    answer = served.ask("Tell me about the committee of the rowing club")
    quotes = ["a\nb", "- a\n  more\n- b\n\n", "1. a\n2. b\nrest", "\n", "a\r\n* b"]
    part = answer["parts"][0]
    parts = [{**part, "citation": {**part["citation"], "quote": quote}} for quote in quotes]
    async with opened(served) as page:
        modules = "Promise.all([import('/page/text.js'), import('/page/quotation.js')])"
        seen = await page.run(f"{modules}.then(([text]) => {json.dumps(characters)}.map(text.visible))")
        assert seen == [escape_control_characters(one) for one in characters]
        lines = await page.run(f"{modules}.then(([, quotation]) => {json.dumps(parts)}.map(quotation.linesOf))")
        wanted = [lines_of(Part(part["text"], Citation(**{**part["citation"], "quote": quote}))) for quote in quotes]
        assert lines == wanted
        percents = [0, 0.004, 0.006, 0.126, 0.5, 0.994, 0.995, 1]
        assert await page.run(f"{modules}.then(([text]) => {percents}.map(text.percent))") == [
            percent(one) for one in percents
        ]


@in_chromium
async def test_an_answer_is_copied_with_its_place(served: ServedQa) -> None:
    async with opened(served) as page:
        await page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        await ask(page, RENT[0])
        await page.click(".answer .foot button")
        await page.until("document.getElementById('status').textContent === 'Copied.'")
        copied = await page.run("navigator.clipboard.readText()")
        assert copied.splitlines() == [RENT[1], "“The rent is 900 euros a month.”", "(notes/flat.md, The flat)"]


@in_chromium
async def test_talk_is_a_line_of_its_own(served: ServedQa) -> None:
    async with opened(served) as page:
        await ask(page, "hello")
        assert "Hello" in await last(page)
        assert not await page.run("document.querySelector('.exchange details, .exchange .place')")


@in_chromium
async def test_how_sure_it_is_stands_there_in_words_and_in_numbers(served: ServedQa) -> None:
    sure = round(served.ask(RENT[0])["confidence"] * 100)
    async with opened(served) as page:
        await ask(page, RENT[0])
        assert await page.run("document.querySelector('.sure').title") == f"{sure} % sure"
        assert "%" not in await page.run("document.querySelector('.sure').textContent")
        await page.click("summary")
        await page.until(f"document.querySelector('details').innerText.includes('{sure} %')")


@in_chromium
@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1440])
async def test_no_width_scrolls_sideways(width: int, served: ServedQa) -> None:
    fits = "document.documentElement.scrollWidth <= innerWidth && document.querySelector('#scroller').scrollWidth <= document.querySelector('#scroller').clientWidth"
    async with opened(served, width, 740) as page:
        assert await page.run(fits)
        await ask(page, "a" * 400)
        await ask(page, RENT[0])
        assert await page.run(fits)
        await page.click("#show-options")
        assert await page.run(fits)
        await page.press("Escape")
        await page.click(".exchange:last-child .place")
        await page.until(IN_VIEW)
        assert await page.run(fits)
        assert await page.run("document.getElementById('main').inert") == (width < 960)
        await page.press("Escape")
        assert not await page.run("document.getElementById('main').inert")
        await page.until("document.getElementById('document').hidden")


@in_chromium
async def test_past_conversations_are_opened_and_deleted(page_home: Home) -> None:
    with page_home.serving() as served:
        served.until_ready()
        for one in served.get("/v1/conversations").json()["conversations"]:
            httpx2.delete(f"{served.url}/v1/conversations/{one['id']}")
        async with opened(served) as page:
            await ask(page, RENT[0])
            await page.click("#new-conversation")
            await ask(page, "hello")
            await page.until("document.querySelectorAll('#past a').length === 2")
            await page.click("#past li:last-child a")
            await page.until(f"document.querySelector('.exchange h2')?.textContent === {json.dumps(RENT[0])}")
            await page.call("Page.reload")
            await page.until(f"document.querySelector('.exchange h2')?.textContent === {json.dumps(RENT[0])}")
            assert RENT[1] in await last(page)
            await page.until("document.querySelector('#past a[aria-current]')")
            await page.run("document.querySelector('#past li:last-child .delete').focus()")
            await page.press("Enter")
            await page.until("document.getElementById('delete-dialog').open")
            await page.press("Escape")
            await page.until("!document.getElementById('delete-dialog').open")
            await page.press("Enter")
            await page.until("document.getElementById('delete-dialog').open")
            await page.click("#delete-dialog button[value=delete]")
            await page.until(
                "document.querySelectorAll('#past a').length === 1 && !document.querySelector('.exchange')"
            )
            assert len(served.get("/v1/conversations").json()["conversations"]) == 1


@in_chromium
async def test_only_what_is_chosen_is_asked(served: ServedQa) -> None:
    async with opened(served) as page:
        await page.click("#show-options")
        await page.until("document.activeElement.matches('#options input')")
        await page.run("document.getElementById('path').focus()")
        await page.type("long.txt")
        await page.press("Escape")
        await page.until("document.getElementById('chosen').innerText.includes('long.txt')")
        await ask(page, RENT[0])
        assert "that you chose" in await last(page)
        await page.click("#chosen button")
        await ask(page, RENT[0])
        assert RENT[1] in await last(page)
        await page.click("#show-options")
        await page.run("document.getElementById('ext').focus()")
        await page.type("docx")
        await page.press("Escape")
        await ask(page, RENT[0])
        assert "No document matches what you chose" in await last(page)


@in_chromium
async def test_other_collections_begin_another_conversation(served: ServedQa) -> None:
    async with opened(served) as page:
        await ask(page, RENT[0])
        await page.click("#show-options")
        await page.click("#collections label:first-child input")
        await page.until("!document.querySelector('.exchange')")
        await ask(page, "Who manages the Alpha project?")
        assert "Okafor" in await last(page)
        named = served.get("/v1/conversations").json()["conversations"][0]["collections"]
        assert named == ["work"]


@in_chromium
async def test_colours_follow_the_system_until_they_are_switched_and_are_remembered(served: ServedQa) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    async with opened(served) as page:
        await page.prefer(color_scheme="light")
        light = await page.run(ground)
        await page.prefer(color_scheme="dark")
        dark = await page.until(f"{ground} !== {json.dumps(light)} && {ground}")
        await page.click("#theme")
        await page.until(f"{ground} === {json.dumps(light)}")
        await page.call("Page.reload")
        await page.until(
            f"document.readyState === 'complete' && document.getElementById('theme').title && {ground} === {json.dumps(light)}"
        )
        await page.click("#theme")
        await page.until(f"{ground} === {json.dumps(dark)}")


CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const ground = (node) => { for (; node; node = node.parentElement) { const found = rgb(getComputedStyle(node).backgroundColor); if (found[3] === 255) return found; } return [255, 255, 255, 255]; };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility({opacityProperty: true}) || node.closest("noscript, option")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push([walker.currentNode.data.slice(0, 40), ratio]);
  }
  return found;
})()"""


@in_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_from_its_ground(scheme: str, served: ServedQa) -> None:
    async with opened(served) as page:
        await page.prefer(color_scheme=scheme)
        assert await page.run(CONTRAST) == []
        await ask(page, "What is the capital of Mongolia?")
        await ask(page, RENT[0])
        await page.run("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        await page.click("#show-options")
        await page.click(".exchange:last-child .place")
        await page.until(IN_VIEW)
        assert await page.run(CONTRAST) == []


@in_chromium
async def test_it_can_be_read_aloud(served: ServedQa) -> None:
    """Every control has a name, and what happens is said."""
    async with opened(served) as page:
        await ask(page, RENT[0])
        await page.until(f"document.getElementById('status').textContent.includes({json.dumps(RENT[1])})")
        tree = await page.call("Accessibility.getFullAXTree")
        controls: dict[str, list[Any]] = {}
        for node in tree["nodes"]:
            role = node.get("role", {}).get("value")
            if role in ("button", "textbox", "link", "checkbox", "navigation", "main") and not node.get("ignored"):
                controls.setdefault(role, []).append(node.get("name", {}).get("value", ""))
        assert len(controls["button"]) >= 5
        assert all(name for role in ("button", "textbox", "link", "navigation") for name in controls[role])
        assert "Your question" in controls["textbox"]
        assert await page.run("document.getElementById('status').getAttribute('aria-live')") == "polite"


@in_chromium
async def test_motion_is_left_out_where_it_is_not_wanted(served: ServedQa) -> None:
    async with opened(served, 360, 740) as page:
        await page.prefer(reduced_motion="reduce")
        await ask(page, RENT[0])
        await page.click(".exchange .place")
        await page.until(IN_VIEW)
        assert await page.run("document.getAnimations().length") == 0


@in_chromium
async def test_a_server_that_is_gone_is_said_in_plain_words_and_asked_again(page_home: Home) -> None:
    async with opened_page() as page:
        with page_home.serving() as served:
            served.until_ready()
            await page.open(served.url)
            await page.until("document.getElementById('about').textContent")
            await ask(page, "hello")
        await ask(page, RENT[0])
        assert "The server does not answer." in await last(page)
        with page_home.serving("--port", str(served.port)) as again:
            again.port = served.port
            again.until_ready()
            await page.click(".exchange:last-child .problem button")
            await page.until("document.querySelector('.exchange:last-child .answer')")
            assert RENT[1] in await last(page)
            assert await page.run("document.querySelectorAll('.exchange').length") == 2


@in_chromium
async def test_a_question_that_comes_before_the_first_index_is_asked_when_it_is_there(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "documents")
    home.documents.mkdir()
    for number in range(40):
        (home.documents / f"{number}.md").write_text(COMMITTEE.replace("2021", str(1900 + number)) * 8, "utf-8")
    (home.documents / "flat.md").write_text("# The flat\n\nThe rent is 900 euros a month.\n", "utf-8")
    assert home.qa("collections", "add", "papers", home.documents).returncode == 0
    async with opened_page(360, 740) as page:
        with home.serving() as served:
            await page.open(served.url)
            await page.type(RENT[0])
            await page.press("Enter")
            await page.until("document.querySelector('.exchange .answer')")
            assert RENT[1] in await last(page)
            await page.until("document.getElementById('about').textContent === '41 documents in papers.'")


@in_chromium
async def test_a_question_that_is_stopped_stands_in_the_line_again(served: ServedQa) -> None:
    hold = "const fetched = window.fetch; window.fetch = (path, options) => /turns$/.test(path) ? new Promise((_, fail) => options.signal.addEventListener('abort', () => fail(options.signal.reason))) : fetched(path, options)"
    async with opened(served) as page:
        await page.run(f"(() => {{ {hold} }})()")
        await page.type(RENT[0])
        await page.press("Enter")
        await page.until("document.querySelector('.stage') && document.getElementById('send').textContent === 'Stop'")
        await page.press("Escape")
        await page.until(
            f"!document.querySelector('.exchange') && document.getElementById('question').value === {json.dumps(RENT[0])}"
        )
        assert await page.run("document.getElementById('send').textContent") == "Ask"


@in_chromium
async def test_a_token_is_asked_for_where_one_is_needed(page_home: Home) -> None:
    secret = page_home.token("reader", "notes")
    with page_home.serving("--tokens") as served:
        async with opened_page() as page:
            await page.open(served.url)
            await page.until("document.getElementById('token-dialog').open && document.activeElement.id === 'token'")
            await page.type("qa_wrong")
            await page.press("Enter")
            await page.until(
                "document.getElementById('token-dialog').open && document.getElementById('token-problem').textContent.includes('not known')"
            )
            await page.type(secret)
            await page.press("Enter")
            await page.until(
                "document.getElementById('about').textContent.includes('notes') && !document.getElementById('token-dialog').open"
            )
            assert "work" not in await page.run("document.getElementById('about').textContent")
            await ask(page, RENT[0])
            assert RENT[1] in await last(page)
            kept = await page.run("[sessionStorage.length, localStorage.length, document.cookie]")
            assert kept == [1, 0, ""]
            assert secret not in await page.run("location.href + document.body.innerHTML")
            await page.click("#forget-token")
            await page.until("document.getElementById('token-dialog').open && sessionStorage.length === 0")
            assert not await page.run("document.querySelector('.exchange')")
