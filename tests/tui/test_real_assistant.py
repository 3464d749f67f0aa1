"""The chat over the assistant and the article that ship: what the assistant says is what stands on the screen.

Whether it says the right thing is tested where it is decided; here both a given answer and a refusal will do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.conversation.storage.chats import Chats
from qa.index.sqlite.database import FILE_NAME
from qa.settings import Settings
from qa.tui.app import ChatApp
from qa.workspace import Workspace
from tests.conftest import SURE
from tests.tui.chat_driver import ask, seen, settled

ROOT = Path(__file__).parents[2]
QUESTIONS = ["How long is the Kant lease?", "Who manned the Kant airbase?", "Who is the mayor of Paris?"]


@pytest.mark.skipif(not (ROOT / "index" / FILE_NAME).exists(), reason="the index of the article is not built yet")
async def test_what_the_assistant_says_is_on_the_screen(store: Path) -> None:
    with Assistant.open(ROOT / "corpus", index=ROOT / "index") as assistant:
        conversation = assistant.conversation()
        expected = [conversation.ask(question) for question in QUESTIONS]

    workspace = Workspace.of(Settings(corpus=ROOT / "corpus", index=ROOT / "index"))
    app = ChatApp(workspace, lambda: Chats.open(store))
    async with app.run_test(size=(99, 110)) as pilot:
        for question in QUESTIONS:
            await ask(pilot, question)
        await settled(pilot)
        screen = seen(app)
    assert app.question_queue.join(5)
    for answer in expected:
        shown = screen.split(f"›  {answer.question}")[1].split("›")[0]
        shown = " ".join(shown.replace("▌", " ").split())
        if answer.citation:
            assert " ".join(answer.citation.sentence.split()) in shown
            assert f"{answer.citation.path}:{answer.citation.line}" in shown
        else:
            assert "I found no answer to this" in shown
            assert all(f"{passage.path}:{passage.line}" in shown for passage in answer.passages[:3])


@pytest.mark.skipif(not (ROOT / "index" / FILE_NAME).exists(), reason="the index of the article is not built yet")
async def test_a_follow_up_is_understood_with_what_was_asked_before(store: Path) -> None:
    app = ChatApp(Workspace.of(Settings(corpus=ROOT / "corpus", index=ROOT / "index")), lambda: Chats.open(store))
    async with app.run_test(size=(99, 110)) as pilot:
        for question in (SURE[0], "Which planes do they fly there?", "Are you sure?"):
            await ask(pilot, question)
            await settled(pilot)
        screen = seen(app)
    assert app.question_queue.join(5)
    first, follow_up, about_it = (part.split("›")[0] for part in screen.split("›  ")[1:4])
    assert "understood as" not in first
    assert "understood as" in follow_up
    assert "airbase" in follow_up or "Kant" in follow_up
    assert "understood as" not in about_it or "planes" in about_it
