"""`AsyncAssistant`: the methods of `Assistant`, at the same time, and given up when nobody waits."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qa import Assistant, AsyncAssistant, AsyncConversation, Collection, Conversation, QaError
from qa.errors import AssistantClosed, QuestionEmpty
from tests.conftest import SURE


@pytest.fixture
async def assistant() -> AsyncIterator[AsyncAssistant]:
    async with await AsyncAssistant.open() as assistant:
        yield assistant


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_it_has_every_method_that_assistants_have() -> None:
    assert public(Assistant) <= public(AsyncAssistant)
    assert public(Conversation) <= public(AsyncConversation)


@pytest.mark.parametrize(("kind", "model"), [(AsyncAssistant, Assistant), (AsyncConversation, Conversation)])
def test_methods_take_the_same_arguments(kind: type, model: type) -> None:
    for name in public(model) - {"open"}:
        there, here = getattr(model, name), getattr(kind, name)
        if callable(there):
            assert list(inspect.signature(there).parameters) == list(inspect.signature(here).parameters), name


async def test_answers_are_those_of_the_assistant(assistant: AsyncAssistant) -> None:
    with Assistant.open() as plain:
        expected = plain.ask(SURE[0])
    answers = await asyncio.gather(*(assistant.ask(SURE[0]) for _ in range(6)))
    assert {(answer.text, answer.citation) for answer in answers} == {(expected.text, expected.citation)}
    conversation = assistant.conversation()
    await conversation.ask(SURE[0])
    await conversation.ask("Which planes do they fly there?")
    assert len(conversation.turns) == 2


async def test_asks_go_on_at_the_same_time() -> None:
    """Each waits in its first stage for the other one to come there as well."""
    together = threading.Barrier(2, timeout=60)
    first = threading.local()

    def watch(stage: str, passages: int) -> None:
        if stage == "retrieve" and not hasattr(first, "seen"):
            first.seen = True
            together.wait()

    async with await AsyncAssistant.open(watch=watch) as assistant:
        await asyncio.gather(assistant.ask(SURE[0]), assistant.ask("How long may Russia use the base?"))


async def test_a_cancelled_ask_ends_at_its_next_stage() -> None:
    stages: list[str] = []
    reached, on = threading.Event(), threading.Event()

    def watch(stage: str, passages: int) -> None:
        stages.append(stage)
        reached.set()
        assert on.wait(60)

    async with await AsyncAssistant.open(watch=watch) as assistant:
        task = asyncio.create_task(assistant.ask(SURE[0]))
        assert await asyncio.to_thread(reached.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        on.set()
        assert (await assistant.ask(SURE[0])).text == SURE[1]
    assert stages == ["retrieve", "retrieve", "read"]


async def test_errors_are_those_of_the_assistant(tmp_path: Path) -> None:
    with pytest.raises(QaError):
        await AsyncAssistant.open(tmp_path / "nothing", index=tmp_path / "index")
    assistant = await AsyncAssistant.open()
    with pytest.raises(QuestionEmpty):
        await assistant.ask("?")
    with pytest.raises(KeyError):
        await assistant.document_text("nothing.txt")
    await assistant.close()
    with pytest.raises((AssistantClosed, RuntimeError)):
        await assistant.ask(SURE[0])


async def test_collections_are_asked_as_well(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("The rent is 900 euros a month.")
    collection = Collection("notes", tmp_path / "notes", index=tmp_path / "index")
    async with await AsyncAssistant.open_collections([collection]) as assistant:
        answer = await assistant.ask("How much is the rent?")
        assert answer.citation is not None
        assert (answer.citation.collection, await assistant.documents()) == ("notes", ("notes/a.txt",))
