"""Answers that a language model writes for agents, by the SDK's own client and a real model server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

pytest.importorskip("mcp", reason="the extra qa[mcp] is not installed")

from jsonschema import Draft202012Validator
from mcp.client import Client
from mcp_types import CallToolResult, ResourceLink

from qa import Settings
from qa.collections import Collection
from qa.hosting.document_service import DocumentService
from qa.mcp.server import server_of
from tests.generation.llm_server import MODEL, Gate, LlmServer, Reply, saying, serving
from tests.unit.models import index_folder
from tests.unit.test_mcp_server import connected, content, text

RENT = ("How much is the rent?", "900 euros a month")
LANDLORD = "Who is our landlord?"
GOOD = "The rent is 900 euros a month. [1]"
KEY = "sk-0123456789abcdef"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentService]:
    root = tmp_path_factory.mktemp("writing")
    notes = Collection("notes", root / "notes", index=root / "index")
    notes.folder.mkdir()
    (notes.folder / "flat.md").write_text("Our landlord is Mr Petrov.\nThe rent is 900 euros a month.")
    index_folder(notes.folder, root / "index")
    service = DocumentService(Settings(), [notes])
    yield service
    service.close()


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own: nothing in it yet."""
    for name in ("QA_LLM_URL", "QA_LLM_MODEL", "QA_LLM_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "qa" / "config.toml"
    file.parent.mkdir()
    return file


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    @contextmanager
    def named(reply: Reply) -> Iterator[LlmServer]:
        with serving(reply) as server:
            monkeypatch.setenv("QA_LLM_URL", server.url)
            yield server

    return named


async def asked(service: DocumentService, question: str = RENT[0], **more: Any) -> CallToolResult:
    async with connected(service) as client:
        return await client.call_tool("ask", {"question": question, "write": True, **more})


def note_of(result: CallToolResult) -> str:
    """The one line that says why nothing is written; the answer is in the documents' own words."""
    answer = content(result)
    assert (answer["kind"], answer["answer"]) == ("span", RENT[1])
    assert "extractive" not in answer
    (note,) = answer["writing"]["notes"]
    assert "\n" not in note
    assert note in text(result)
    return str(note)


async def test_a_written_answer_has_its_places_and_the_one_in_the_documents_words(
    service: DocumentService, model: Any
) -> None:
    with model(saying(f"{GOOD} They live in Paris. [1]")):
        async with connected(service) as client:
            result = await client.call_tool("ask", {"question": RENT[0], "write": True})
            (schema,) = [tool.output_schema for tool in (await client.list_tools()).tools if tool.name == "ask"]
    answer = content(result)
    assert schema is not None
    assert list(Draft202012Validator(schema).iter_errors(answer)) == []
    assert (answer["state"], answer["kind"]) == ("answered", "written")
    (part,) = answer["parts"]
    assert part["text"] == answer["answer"] == "The rent is 900 euros a month."
    assert [one["uri"] for one in part["citations"]] == ["qa://notes/flat.md#L2"]
    assert 0.5 <= part["support"] <= 1
    assert (answer["extractive"]["answer"], answer["extractive"]["parts"][0]["text"]) == (RENT[1], RENT[1])
    assert (answer["writing"]["model"], answer["writing"]["left_out"][0]["fault"]) == (MODEL, "name")
    assert [one.uri for one in result.content if isinstance(one, ResourceLink)] == ["qa://notes/flat.md#L2"]
    said = text(result)
    assert said.index("Written by a language model") < said.index("In the documents' own words:") < said.rindex(RENT[1])
    assert "1 sentence of the model was left out" in said
    assert "Paris" not in said


async def test_without_write_no_model_is_asked_and_nothing_is_added(service: DocumentService, model: Any) -> None:
    with model(saying(GOOD)) as server:
        for more in ({}, {"write": False}):
            async with connected(service) as client:
                answer = content(await client.call_tool("ask", {"question": RENT[0], **more}))
            assert {"writing", "extractive"}.isdisjoint(answer)
            assert {"citations", "support"}.isdisjoint(answer["parts"][0])
        assert (server.asked, server.keys) == ([], [])


async def test_refusals_talk_and_what_is_about_the_last_answer_are_not_put_to_the_model(
    service: DocumentService, model: Any
) -> None:
    with model(saying(GOOD)) as server:
        assert content(await asked(service, "Who painted the Mona Lisa?"))["state"] == "refused"
        assert content(await asked(service, "hello"))["state"] == "talk"
        assert content(await asked(service, conversation="a"))["kind"] == "written"
        sure = content(await asked(service, "Are you sure?", conversation="a"))
        assert (sure["kind"], sure["answer"]) == ("span", RENT[1])
        assert len(server.asked) == 1


async def test_where_no_model_may_be_asked_the_answer_says_so(
    service: DocumentService, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert note_of(await asked(service)).startswith("No language model server is named")
    monkeypatch.setenv("QA_LLM_URL", "nonsense")
    assert "QA_LLM_URL is no address" in note_of(await asked(service))
    url = "https://no-such-host.invalid/v1"
    monkeypatch.setenv("QA_LLM_URL", url)
    assert "confirmed = true" in note_of(await asked(service))
    configuration.write_text(f'[llm]\nurl = "{url}"\nconfirmed = true\n')
    assert "cannot be reached" in note_of(await asked(service))
    configuration.write_text('[llm]\nurl = "https://other.invalid/v1"\nconfirmed = true\n')
    assert "confirmed = true" in note_of(await asked(service))


@pytest.mark.parametrize("more", [{"confirmed": True}, {"url": "http://127.0.0.1:9/v1"}, {"key": "x"}])
async def test_a_client_can_neither_confirm_nor_choose(
    more: dict[str, Any], service: DocumentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_LLM_URL", "https://no-such-host.invalid/v1")
    result = await asked(service, **more)
    assert result.is_error or "confirmed = true" in note_of(result)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (lambda exchange: exchange.fail(401, f"Incorrect API key provided: {KEY}"), "does not accept the key"),
        (lambda exchange: exchange.fail(400, f"{'x' * 150} Bearer {KEY}"), "refused this (400)"),
        (saying(f"The key of the server is {KEY}. [1]"), "The only sentence of the model was left out"),
    ],
)
async def test_a_model_server_that_goes_wrong_costs_one_line(
    reply: Reply, said: str, service: DocumentService, configuration: Path
) -> None:
    with serving(reply) as server:
        configuration.write_text(f'[llm]\nurl = "{server.url}"\nkey = "{KEY}"\n')
        result = await asked(service)
        assert set(server.keys) == {f"Bearer {KEY}"}
    assert said in note_of(result)
    assert "sk-0" not in result.model_dump_json()


async def test_a_private_server_tells_nothing_of_the_model_s_address(
    service: DocumentService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("QA_LLM_URL", "http://127.0.0.1:9/v1")
    async with Client(server_of(service, private=True)) as client:
        note = note_of(await client.call_tool("ask", {"question": RENT[0], "write": True}))
    assert note == "The language model wrote nothing; the server's log says why."
    assert "http://127.0.0.1:9/v1 cannot be reached" in caplog.text


async def test_a_slow_model_holds_up_nobody_and_what_is_too_much_is_said(service: DocumentService, model: Any) -> None:
    gate = Gate(GOOD)
    written: list[CallToolResult] = []
    told: list[str | None] = []

    async def tell(done: float, total: float | None, message: str | None) -> None:
        told.append(message)

    async with connected(service) as client:

        async def write() -> None:
            asking = {"question": RENT[0], "write": True}
            written.append(await client.call_tool("ask", asking, progress_callback=tell))

        with model(gate):
            async with anyio.create_task_group() as group:
                for _ in range(4):
                    group.start_soon(write)
                for _ in range(4):
                    await anyio.to_thread.run_sync(gate.wait_until_asked)
                plain = content(await client.call_tool("ask", {"question": LANDLORD}))
                assert plain["answer"].endswith("Petrov")
                fifth = await client.call_tool("ask", {"question": RENT[0], "write": True})
                assert note_of(fifth) == "As many answers are being written as can be; ask again later."
                assert written == []
                gate.open()
    assert [content(one)["kind"] for one in written] == ["written"] * 4
    assert "The language model is writing." in told


async def test_a_call_that_is_cancelled_ends_the_writing(service: DocumentService, model: Any) -> None:
    gate = Gate(GOOD)
    with model(gate) as server:
        async with connected(service) as client, anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "ask", {"question": RENT[0], "write": True})
            await anyio.to_thread.run_sync(gate.wait_until_asked)
            group.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(server.closed_by_client.wait, 120)
    with model(saying(GOOD)):
        assert content(await asked(service))["kind"] == "written"
