"""Servers and models that go wrong, over real sockets: the extractive answer is given, with one line that says why."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from qa.answers import Answer, AnswerKind
from qa.generation.chat_completions import ChatCompletions, WritingCancelled
from qa.generation.llm_settings import LlmSettings
from qa.generation.support import Cosine
from qa.generation.written import Writer
from tests.generation.conftest import answered
from tests.generation.llm_server import MODEL, Exchange, LlmServer, Reply, event, saying, serving

GOOD = "The lease of the mill ends on 31 March 2027. [1]"


def written(server: LlmServer, cosine: Cosine, seconds: int = 60, model: str = MODEL) -> Answer:
    return Writer(ChatCompletions(LlmSettings(server.url, model=model, seconds=seconds)), cosine).write(answered())


def note_of(answer: Answer) -> str:
    """The one line that says why; the answer is the extractive one."""
    assert (answer.kind, answer.text, answer.extractive) == (AnswerKind.SPAN, "31 March 2027", None)
    assert answer.writing is not None
    assert len(answer.writing.notes) == 1
    assert "\n" not in answer.writing.notes[0]
    return answer.writing.notes[0]


def failing(status: int, message: str, **headers: str) -> Reply:
    return lambda exchange: exchange.fail(status, message, **headers)


def with_body(data: bytes, kind: str = "text/event-stream") -> Reply:
    def reply(exchange: Exchange) -> None:
        exchange.begin(kind=kind)
        exchange.send(data)

    return reply


def test_no_server(cosine: Cosine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = LlmServer(f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        assert "cannot be reached. Is it running?" in note_of(written(nobody, cosine))


def test_a_server_that_never_answers(cosine: Cosine) -> None:
    def silent(exchange: Exchange) -> None:
        exchange.gone.wait(120)

    with serving(silent) as server:
        assert "was not done after 1 second." in note_of(written(server, cosine, seconds=1))


def test_a_server_that_drips_is_not_waited_for_forever(cosine: Cosine) -> None:
    def drip(exchange: Exchange) -> None:
        exchange.begin()
        number = 0
        while not exchange.gone.wait(0.05):
            number += 1
            exchange.say(f"{number} ")

    with serving(drip) as server:
        assert "was not done after 2 seconds" in note_of(written(server, cosine, seconds=2))
        assert server.closed_by_client.wait(60)


def closing_after(text: str) -> Reply:
    def reply(exchange: Exchange) -> None:
        exchange.begin()
        exchange.say(text)

    return reply


def test_a_server_that_closes_amid_the_answer_is_asked_once_more(cosine: Cosine) -> None:
    with serving(closing_after("The lease of the")) as server:
        assert "closed the connection before it was done" in note_of(written(server, cosine))
        assert len(server.asked) == 2


def test_what_goes_well_the_second_time_is_given(cosine: Cosine) -> None:
    def reply(exchange: Exchange) -> None:
        (closing_after("The lease of the") if exchange.attempt == 1 else saying(GOOD))(exchange)

    with serving(reply) as server:
        found = written(server, cosine)
    assert [part.text for part in found.parts] == ["The lease of the mill ends on 31 March 2027."]


def test_a_chunk_that_is_announced_and_never_comes(cosine: Cosine) -> None:
    def reply(exchange: Exchange) -> None:
        exchange.begin(Content_Length="4000")
        exchange.say("The lease")

    with serving(reply) as server:
        assert "closed the connection before it was done" in note_of(written(server, cosine))


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_wrong_and_is_not_repeated(cosine: Cosine, status: int) -> None:
    with serving(failing(status, "Incorrect API key provided: sk-secret")) as server:
        settings = LlmSettings(server.url, model=MODEL, key="sk-secret")
        note = note_of(Writer(ChatCompletions(settings), cosine).write(answered()))
        assert "does not accept the key. Set QA_LLM_KEY" in note
        assert "sk-secret" not in note
        assert "sk-secret" not in repr(settings)
        assert server.keys == ["Bearer sk-secret"]


@pytest.mark.parametrize("before", ["", "x" * 150])
def test_a_server_that_says_the_key_again_is_not_repeated(cosine: Cosine, before: str) -> None:
    key = "sk-0123456789abcdef"
    with serving(failing(400, f"{before} Bearer {key}")) as server:
        note = note_of(Writer(ChatCompletions(LlmSettings(server.url, model=MODEL, key=key)), cosine).write(answered()))
    assert "refused this (400)" in note
    assert "sk-0" not in note


def test_a_key_that_is_a_common_word_is_left_in_words() -> None:
    assert LlmSettings("http://127.0.0.1/v1", key="none").without_key("none of them") == "none of them"


def test_halves_of_a_character_are_put_together_and_one_alone_is_none(cosine: Cosine) -> None:
    def reply(exchange: Exchange) -> None:
        exchange.begin()
        for piece in ("The club has two boats. [2] It is ", "\ud83d", "\ude00", " and ", "\ud83d", "fast. [2]"):
            exchange.say(piece)
        exchange.end()

    with serving(reply) as server:
        found = written(server, cosine)
    assert found.writing is not None
    assert [one.text for one in found.writing.left_out] == ["It is \U0001f600 and \ufffdfast."]


def test_a_model_that_is_not_there(cosine: Cosine) -> None:
    with serving(failing(404, 'model "big" not found')) as server:
        assert 'has no model big. It says: "model "big" not found" See: qa llm check' in note_of(
            written(server, cosine, model="big")
        )


@pytest.mark.parametrize(
    ("status", "says"), [(429, "has too much to do"), (500, "failed (500)"), (503, "failed (503)")]
)
def test_what_may_pass_is_tried_once_more(cosine: Cosine, status: int, says: str) -> None:
    with serving(failing(status, "slow down", Retry_After="0")) as server:
        assert says in note_of(written(server, cosine))
        assert len(server.asked) == 2


def test_a_web_page(cosine: Cosine) -> None:
    with serving(with_body(b"<!doctype html><p>Welcome", "text/html; charset=utf-8")) as server:
        assert "answers with a web page" in note_of(written(server, cosine))


def test_a_redirection_is_not_followed(cosine: Cosine) -> None:
    def reply(exchange: Exchange) -> None:
        exchange.begin(302, Location="http://elsewhere.example/")

    with serving(reply) as server:
        assert "points to another address" in note_of(written(server, cosine))


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
def test_bytes_that_are_not_utf_8(cosine: Cosine, kind: str) -> None:
    with serving(with_body(b'data: {"choices": "\xff\xfe"}\n\n', kind)) as server:
        assert "sent what is not UTF-8" in note_of(written(server, cosine))


@pytest.mark.parametrize("data", [b"data: {half\n\n", b"data: " + b"[" * 100_000 + b"\n\n"])
def test_what_is_not_json(cosine: Cosine, data: bytes) -> None:
    with serving(with_body(data)) as server:
        assert "sent what is not JSON" in note_of(written(server, cosine))


@pytest.mark.parametrize(
    "choices",
    ["null", "[]", "[null]", '[{"delta": null}]', '[{"delta": {"content": 7}}]', '[{"delta": []}]', '"x"', "{}"],
)
def test_json_of_another_form_says_nothing(cosine: Cosine, choices: str) -> None:
    with serving(with_body(f'data: {{"choices": {choices}}}\n\ndata: [DONE]\n\n'.encode())) as server:
        assert note_of(written(server, cosine)) == "The model wrote nothing."


def test_json_of_another_interface(cosine: Cosine) -> None:
    with serving(with_body(b"data: [1, 2]\n\n")) as server:
        assert "sent JSON of another interface" in note_of(written(server, cosine))


def test_an_error_amid_the_stream(cosine: Cosine) -> None:
    with serving(with_body(b'data: {"error": {"message": "out of memory\\u001b[31m"}}\n\n')) as server:
        note = note_of(written(server, cosine))
        assert "out of memory" in note
        assert "\x1b" not in note


def test_an_answer_without_an_end(cosine: Cosine) -> None:
    def endless(exchange: Exchange) -> None:
        exchange.begin()
        number = 0
        while not exchange.gone.is_set():
            number += 1
            exchange.say(f"and so it went on to {number} ")

    with serving(endless) as server:
        assert "went on for too long" in note_of(written(server, cosine))
        assert server.closed_by_client.wait(60)


def test_a_line_without_an_end(cosine: Cosine) -> None:
    def endless(exchange: Exchange) -> None:
        exchange.begin()
        while not exchange.gone.is_set():
            exchange.send(b"x" * 100_000)

    with serving(endless) as server:
        assert "sends lines without an end" in note_of(written(server, cosine))
        assert server.closed_by_client.wait(60)


@pytest.mark.parametrize("said", ["", " \n ", "...", "[1]", "<think>Hm.</think>", "<think>Hm, what is it"])
def test_an_empty_answer(cosine: Cosine, said: str) -> None:
    with serving(saying(said)) as server:
        assert note_of(written(server, cosine)) == "The model wrote nothing."


def test_a_model_that_repeats_one_word_is_stopped(cosine: Cosine) -> None:
    def reply(exchange: Exchange) -> None:
        exchange.begin()
        while not exchange.gone.is_set():
            exchange.say("lease ")

    with serving(reply) as server:
        assert "repeated itself, and was stopped" in note_of(written(server, cosine))
        assert server.closed_by_client.wait(60)


def test_a_model_that_repeats_one_sentence_is_stopped_and_the_sentence_is_given_once(cosine: Cosine) -> None:
    def reply(exchange: Exchange) -> None:
        exchange.begin()
        while not exchange.gone.is_set():
            exchange.say(f"{GOOD} ")

    with serving(reply) as server:
        found = written(server, cosine)
    assert [part.text for part in found.parts] == ["The lease of the mill ends on 31 March 2027."]
    assert found.writing is not None
    assert "repeated itself" in found.writing.notes[-1]


@pytest.mark.parametrize(
    "said",
    [
        "Der Pachtvertrag der Mühle läuft am einunddreißigsten März aus. [1]",
        "Le bail du moulin prend fin le 31 mars 2027. [1]",
        "水车租约于2027年3月31日到期。[1]",
        "Договор аренды мельницы истекает весной. [1]",
    ],
)
def test_a_model_that_answers_in_another_language(cosine: Cosine, said: str) -> None:
    with serving(saying(said)) as server:
        assert "The only sentence of the model was left out" in note_of(written(server, cosine))


def test_a_context_that_is_too_small_gets_fewer_passages(cosine: Cosine) -> None:
    def reply(exchange: Exchange) -> None:
        if "passage 2" in exchange.prompt:
            exchange.fail(400, "the request exceeds the available context size, try increasing it")
        else:
            saying(GOOD)(exchange)

    with serving(reply) as server:
        found = written(server, cosine)
    assert found.kind is AnswerKind.WRITTEN
    assert found.writing is not None
    assert found.writing.notes == ("Only 1 of 2 passages fit into what the model can read.",)


def test_a_context_that_has_no_room_for_one_passage(cosine: Cosine) -> None:
    with serving(failing(400, "This model's maximum context length is 16 tokens")) as server:
        assert "this is more than the model can read" in note_of(written(server, cosine))


def test_a_server_that_does_not_stream(cosine: Cosine) -> None:
    body = b'{"choices": [{"message": {"content": "The club has two boats. [2]"}, "finish_reason": "stop"}]}'
    with serving(with_body(body, "application/json")) as server:
        assert [part.text for part in written(server, cosine).parts] == ["The club has two boats."]


def test_comments_blank_lines_and_other_events_are_passed_over(cosine: Cosine) -> None:
    said = event({"delta": {"content": "The club has two boats. [2]"}})
    data = b": ping\r\n\r\nevent: x\nid: 3\n\n" + said.replace(b"\n", b"\r\n") + b"data: [DONE]\r\n\r\n"
    with serving(with_body(data)) as server:
        assert [part.text for part in written(server, cosine).parts] == ["The club has two boats."]


@pytest.mark.parametrize(("models", "says"), [((), "has no models"), (("one", "two"), "has 2 models (one, two)")])
def test_a_model_that_is_not_named_must_be_the_only_one(cosine: Cosine, models: tuple[str, ...], says: str) -> None:
    with serving(saying(GOOD), models) as server:
        assert says in note_of(written(server, cosine, model=""))
        assert server.asked == []


def test_the_only_model_of_a_server_is_asked(cosine: Cosine) -> None:
    with serving(saying(GOOD), ("alone",)) as server:
        found = written(server, cosine, model="")
        assert server.asked[0].body["model"] == "alone"
    assert found.writing is not None
    assert found.writing.model == "alone"


def test_cancelling_closes_the_connection_at_once(cosine: Cosine) -> None:
    waiting = threading.Event()

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        waiting.set()
        while not exchange.gone.wait(0.02):
            exchange.send(b": still reading\n\n")

    with serving(reply) as server:
        client = ChatCompletions(LlmSettings(server.url, model=MODEL, seconds=600), cancelled=waiting.is_set)
        began = time.monotonic()
        with pytest.raises(WritingCancelled):
            Writer(client, cosine).write(answered())
        assert time.monotonic() - began < 60
        assert server.closed_by_client.wait(60)
