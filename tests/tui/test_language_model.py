"""`/write on` in the chat, with a real server on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.answers import Answer, AnswerKind
from qa.conversation.storage.chats import ChatTurn
from qa.conversation.storage.export import as_markdown
from qa.errors import UsageError
from qa.tui.evidence_items import evidence_items
from qa.tui.language_model import server_for_chat
from tests.generation.conftest import LEASE, answered
from tests.generation.llm_server import Exchange, saying, serving
from tests.tui.chat_driver import Opener, ask, said, seen, settled, turns, until

if TYPE_CHECKING:
    from pathlib import Path

    from qa.tui.app import ChatApp

QUESTION = "When does the lease of the mill end?"
GOOD = "The lease of the mill ends on 31 March 2027. [1]"


@pytest.fixture(autouse=True)
def no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    for name in ("QA_LLM_URL", "QA_LLM_MODEL", "QA_LLM_KEY"):
        monkeypatch.delenv(name, raising=False)


async def test_answers_are_written_until_it_is_turned_off(
    app: ChatApp, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener.assistant.replies[QUESTION] = answered(LEASE)
    with serving(saying(f"{GOOD} Rome fell. [1]")) as server:
        monkeypatch.setenv("QA_LLM_URL", server.url)
        async with app.run_test(size=(120, 40)) as pilot:
            await ask(pilot, "/write on")
            await ask(pilot, QUESTION)
            await until(pilot, lambda: "Written by a language model" in seen(app))
            assert "The lease of the mill ends on 31 March 2027. [1]" in seen(app)
            assert "Word for word: 31 March 2027" in seen(app)
            assert "1 sentence of the model was left out" in seen(app)
            assert "Rome" not in seen(app)
            asked = len(server.asked)
            await ask(pilot, "/write off")
            await ask(pilot, QUESTION)
            await until(pilot, lambda: len(turns(app)) == 2)
            await settled(pilot)
            assert len(server.asked) == asked == 1


async def test_without_a_server_it_is_said_what_to_do(app: ChatApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ask(pilot, "/write on")
        await until(pilot, lambda: said(app, "QA_LLM_URL"))


async def test_cancelling_ends_the_writing(app: ChatApp, opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(exchange: Exchange) -> None:
        exchange.begin()
        while not exchange.gone.wait(0.02):
            exchange.send(b": still reading\n\n")

    opener.assistant.replies[QUESTION] = answered(LEASE)
    with serving(reply) as server:
        monkeypatch.setenv("QA_LLM_URL", server.url)
        async with app.run_test(size=(120, 40)) as pilot:
            await ask(pilot, "/write on")
            await ask(pilot, QUESTION)
            await until(pilot, lambda: bool(server.asked))
            await pilot.press("escape")
            await until(pilot, server.closed_by_client.is_set)


def test_another_machine_must_be_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LLM_URL", "https://llm.example/v1")
    with pytest.raises(UsageError, match="is not this machine. To agree: /write on yes"):
        server_for_chat("on")
    agreed = server_for_chat("on  YES")
    assert agreed is not None
    assert server_for_chat("off") is None
    with pytest.raises(UsageError, match="does not know maybe"):
        server_for_chat("maybe")


def written() -> Answer:
    from dataclasses import replace

    from qa.answers import Part, Writing

    plain = answered(LEASE)
    assert plain.citation is not None
    quote = "The lease of the mill ends on 31 March 2027."
    cited = replace(plain.citation, start=0, end=len(quote), quote=quote)
    part = Part("The lease *ends* on 31 March 2027.", cited, (cited,), 0.9)
    return replace(
        plain, kind=AnswerKind.WRITTEN, text=part.text, parts=(part,), extractive=plain, writing=Writing("m")
    )


def test_the_evidence_of_a_sentence_is_what_it_rests_on_and_the_words_of_the_documents_follow() -> None:
    first, second, *_ = evidence_items(written())
    assert (first.label, first.text) == ("Sentence 1 of 1", "The lease of the mill ends on 31 March 2027.")
    assert second.text == "31 March 2027"


def test_an_export_has_both_with_their_places() -> None:
    from datetime import UTC, datetime
    from pathlib import Path

    text = as_markdown("Mill", Path("docs"), [ChatTurn(1, QUESTION, datetime.now(UTC), written())])
    assert "The lease \\*ends\\* on 31 March 2027. — " in text
    assert text.index("Written by a language model") < text.index("Word for word:") < text.index("**31 March 2027**")
