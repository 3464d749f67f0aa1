"""Makes the pictures of the README: the real chat over the article that ships, as SVG beside this file.

python docs/pictures.py
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from qa.conversation.storage.chats import Chats
from qa.settings import Settings
from qa.tui.app import ChatApp
from qa.tui.screens.chat_screen import ChatScreen
from qa.tui.widgets.stage import Stage
from qa.tui.widgets.turn_view import TurnView
from qa.workspace import Workspace

HERE = Path(__file__).parent
ROOT = HERE.parent
MANNED = "How many Russian military personnel are at the Kant airbase?"
CLOSED = "When was the Kant airbase closed?"
GAS = "When did Russia stop buying gas from Turkmenistan?"
PICTURES = {
    "answer": ((120, 34), "qa-dark", (MANNED,), ()),
    "wide": ((180, 46), "qa-light", (GAS, MANNED, CLOSED), ("f3",)),
    "small": ((80, 24), "qa-dark", (MANNED,), ("f2",)),
}


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "chats.sqlite"
        past = Chats.open(store)
        for title in ("Where did Putin go in February?", "Who pays for the roads?"):
            past.ask(past.begin(ROOT / "corpus", title), title)
        past.close()
        for name, (size, theme, questions, keys) in PICTURES.items():
            await picture(name, size, theme, questions, keys, store)


async def picture(
    name: str, size: tuple[int, int], theme: str, questions: tuple[str, ...], keys: tuple[str, ...], store: Path
) -> None:
    workspace = Workspace.of(Settings(corpus=ROOT / "corpus", index=ROOT / "index"))
    app = ChatApp(workspace, lambda: Chats.open(store))
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        screen = app.screen
        assert isinstance(screen, ChatScreen)
        # Whoever makes the pictures, where the checkout lies is of no interest.
        screen.widgets.title_bar.name_corpus("~/corpus")
        screen.widgets.question.cursor_blink = False
        for number, question in enumerate(questions, 1):
            screen.widgets.question.value = question
            await pilot.press("enter")
            await _answered(pilot, number)
        await pilot.press(*keys)
        await pilot.pause(0.5)
        (HERE / f"{name}.svg").write_text(app.export_screenshot(title="qa"), "utf-8")
    app.join(5)


async def _answered(pilot: Pilot[None], count: int) -> None:
    screen = pilot.app.screen
    while len(screen.query(TurnView)) < count or screen.query(Stage):
        await pilot.pause(0.05)


if __name__ == "__main__":
    asyncio.run(main())
