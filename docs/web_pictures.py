"""Makes docs/web-wide.png and docs/web-narrow.png: the page of `qa serve`, taken in a real Chromium.

    python docs/web_pictures.py

Needs chromium, and the extras qa[dev].
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.web.chromium import Page, opened_page  # noqa: E402
from tests.web.conftest import Home  # noqa: E402
from tests.web.serving import ServedQa  # noqa: E402

DOCS = ROOT / "docs"
FOLDERS = ROOT / "tests" / "data" / "folders"
COLOURS = 256
EARLIER = (
    "When do the knitters meet?",
    "What's the dog on a hurdy-gurdy?",
    "What is the capital of Mongolia?",
    "How do I use the microfilm reader?",
)
CONVERSATION = ("Until when did people live out on the skerry?", "How tall is it?")
TENTATIVE = ("whats our spot at the dornwijk fair this time",)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch), FOLDERS)
        for name in ("harbour", "workshop"):
            home.qa("collections", "add", name, FOLDERS / name / "docs")
            home.qa("index", "-c", name)
        with home.serving() as served:
            served.until_ready()
            asyncio.run(_pictures(served))


async def _pictures(served: ServedQa) -> None:
    for question in EARLIER:
        _conversation(served, question)
    async with opened_page(1440, 900) as page:
        await page.prefer(color_scheme="light")
        await _open(page, served, _conversation(served, *CONVERSATION))
        await page.run("document.querySelector('.exchange').scrollIntoView()")
        await page.click(".exchange .place")
        await page.until("document.querySelector('mark.current')")
        await _save(page, DOCS / "web-wide.png")
    async with opened_page(360, 740) as page:
        await page.prefer(color_scheme="dark")
        await _open(page, served, _conversation(served, *TENTATIVE))
        await _save(page, DOCS / "web-narrow.png")


def _conversation(served: ServedQa, *questions: str) -> str:
    """The id of a new one with these `questions`."""
    identifier = str(served.post("/v1/conversations", {}).json()["id"])
    for question in questions:
        served.post(f"/v1/conversations/{identifier}/turns", {"question": question}).raise_for_status()
    return identifier


async def _open(page: Page, served: ServedQa, identifier: str) -> None:
    await page.open(f"{served.url}/#{identifier}")
    await page.until("document.querySelector('.answer') && document.querySelector('#past a')")


async def _save(page: Page, file: Path) -> None:
    await page.picture(file)
    with Image.open(file) as taken:
        taken.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            file, optimize=True
        )


if __name__ == "__main__":
    main()
