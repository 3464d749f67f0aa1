"""The API of `qa serve` over real documents: what it gives, and that its description is true."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from qa.documents.lines import line_starts
from qa.web import schemas
from qa.web.documents import _characters, _lines
from tests.web.conftest import DOCUMENTS, RENT, VAULT, Home, made_home
from tests.web.serving import ServedQa


def events(response: httpx2.Response) -> list[tuple[str, dict[str, Any]]]:
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = [block.split("\n") for block in response.text.split("\n\n") if block and not block.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_an_answer_is_the_object_of_qa_ask_json(served: ServedQa, home: Home) -> None:
    answer = served.ask(RENT[0], collections=["notes"])
    done = home.qa("ask", "--json", "-c", "notes", RENT[0])
    expected = json.loads(done.stdout)
    for one in (answer, expected):
        del one["timings_ms"]
    assert answer.pop("notes") == []
    assert answer == expected
    assert (answer["answer"], answer["citation"]["path"]) == (RENT[1], "notes/flat.md")


def test_what_is_given_is_as_it_is_described(served: ServedQa) -> None:
    answer = served.ask(RENT[0])
    assert TypeAdapter(schemas.Answer).validate_python(answer)
    refusal = served.ask("Who won the regatta of 1987?", strict=True)
    assert not TypeAdapter(schemas.Answer).validate_python(refusal).answered
    talk = served.ask("Hello!")
    assert TypeAdapter(schemas.Answer).validate_python(talk).kind == "talk"
    found = served.post("/v1/search", {"query": "rent", "limit": 2}).json()
    assert len(TypeAdapter(schemas.SearchResult).validate_python(found).passages) == 2
    for path, model in {
        "/v1/status": schemas.Status,
        "/v1/collections": schemas.CollectionList,
        "/v1/documents": schemas.DocumentPage,
        "/v1/documents/notes/flat.md": schemas.DocumentText,
        "/v1/conversations": schemas.ConversationPage,
    }.items():
        assert TypeAdapter(model).validate_python(served.get(path).json())


def test_every_operation_is_described_and_every_description_is_true(served: ServedQa) -> None:
    described = served.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        for method in methods:
            response = httpx2.request(method, served.url + path.replace("{", "").replace("}", ""), timeout=60)
            assert response.status_code not in (404, 405) or response.json()["code"].endswith("-unknown"), (
                method,
                path,
            )
    text = json.dumps(described)
    references = set(
        TypeAdapter(list[str]).validate_python([part.split('"')[0] for part in text.split("#/components/schemas/")[1:]])
    )
    assert references <= set(described["components"]["schemas"])


@pytest.mark.parametrize("page", ["/", "/docs"])
def test_pages_fetch_nothing_from_elsewhere_and_run_nothing_inline(page: str, served: ServedQa) -> None:
    response = served.get(page)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "//" not in response.text.replace("http://127.0.0.1", "")
    assert "onclick" not in response.text
    assert "<script>" not in response.text


def test_stages_come_as_events_and_the_answer_last(served: ServedQa) -> None:
    question = "Who is the manager of the Alpha project?"
    plain = served.post("/v1/ask?stream=1", {"question": question})
    seen = events(plain)
    assert [values["stage"] for name, values in seen if name == "stage"] == ["wait", "retrieve", "read"]
    assert seen[-1][0] == "answer"
    assert seen[-1][1]["answer"] == "Ines Okafor"
    accepted = served.post("/v1/search", {"query": "rent"}, headers={"Accept": "text/event-stream"})
    assert events(accepted)[-1][0] == "passages"


def test_what_goes_wrong_after_the_first_event_is_an_event(served: ServedQa) -> None:
    body = {"question": RENT[0], "path": ["nothing-like-this/**"]}
    seen = events(served.post("/v1/ask?stream=1", body))
    assert (seen[-1][0], seen[-1][1]["code"], seen[-1][1]["status"]) == ("problem", "nothing-chosen", 422)
    assert served.post("/v1/ask", body).json()["code"] == "nothing-chosen"


def test_a_conversation_from_beginning_to_end(served: ServedQa) -> None:
    begun = served.post("/v1/conversations", {"collections": ["notes"]})
    assert begun.status_code == 201
    place = begun.headers["location"]
    assert served.post(f"{place}/turns", {"question": RENT[0]}).json()["answer"] == RENT[1]
    sure = served.post(f"{place}/turns", {"question": "Are you sure?"}).json()
    assert (sure["question"], sure["answer"]) == ("Are you sure?", RENT[1])
    follow_up = served.post(f"{place}/turns?stream=1", {"question": "Who is our landlord?"})
    assert events(follow_up)[-1][1]["answer"] == "Mr Petrov"
    told = served.post(f"{place}/turns", {"question": "And that?", "standalone": RENT[0]}).json()
    assert (told["question"], told["standalone_question"]) == ("And that?", RENT[0])
    read = served.get(place).json()
    assert [one["question"] for one in read["exchanges"]] == [
        RENT[0],
        "Are you sure?",
        "Who is our landlord?",
        "And that?",
    ]
    assert (read["title"], read["turns"], read["collections"]) == (RENT[0], 4, ["notes"])
    assert TypeAdapter(schemas.ConversationDetail).validate_python(read)
    listed = served.get("/v1/conversations").json()
    assert listed["conversations"][0]["id"] == read["id"]
    assert httpx2.delete(served.url + place).status_code == 204
    for gone in (
        served.get(place),
        httpx2.delete(served.url + place),
        served.post(f"{place}/turns", {"question": RENT[0]}),
    ):
        assert (gone.status_code, gone.json()["code"]) == (404, "conversation-unknown")


def test_conversations_outlive_the_server(home: Home) -> None:
    with home.serving() as first:
        place = first.post("/v1/conversations", {"collections": ["notes"]}).headers["location"]
        first.until_ready()
        first.post(f"{place}/turns", {"question": RENT[0]})
    with home.serving() as second:
        second.until_ready()
        assert second.post(f"{place}/turns", {"question": "Are you sure?"}).json()["answer"] == RENT[1]


def test_documents_are_listed_by_collection_and_pattern_a_page_at_a_time(served: ServedQa) -> None:
    def paths(query: str) -> list[str]:
        return [one["path"] for one in served.get(f"/v1/documents{query}").json()["documents"]]

    assert set(paths("")) == set(DOCUMENTS)
    assert paths("?collection=work") == ["work/alpha.md"]
    assert set(paths("?ext=md&collection=notes&collection=work")) == set(DOCUMENTS) - {"notes/long.txt"}
    assert paths(f"?path={quote('2024/**')}") == ["notes/2024/Grüße & <b>.md"]
    first = served.get("/v1/documents?limit=3").json()
    assert (first["total"], first["next_offset"]) == (4, 3)
    assert served.get("/v1/documents?limit=3&offset=3").json()["next_offset"] is None
    assert served.get("/v1/documents?colour=red").json()["code"] == "invalid"


def test_a_document_is_read_by_lines_and_by_characters(served: ServedQa) -> None:
    text = DOCUMENTS["notes/flat.md"]
    whole = served.get("/v1/documents/notes/flat.md").json()
    assert (whole["text"], whole["total_lines"], whole["next"]) == (text, 4, None)
    lines = served.get("/v1/documents/notes/flat.md?lines=3-4").json()
    assert (lines["first_line"], lines["last_line"], lines["text"]) == (3, 4, text[text.index("Our") :])
    start = text.index("900")
    characters = served.get(f"/v1/documents/notes/flat.md?characters={start}-{start + 3}").json()
    assert (characters["text"], characters["first_line"]) == ("900", 4)
    name = "notes/2024/Grüße & <b>.md"
    assert served.get(f"/v1/documents/{quote(name)}").json()["text"] == DOCUMENTS[name]
    for wrong in (
        "lines=0-1",
        "lines=5-3",
        "lines=99",
        "characters=9-3",
        "characters=999999-999999",
        "lines=1&characters=1-2",
        "lines=x",
    ):
        assert served.get(f"/v1/documents/notes/flat.md?{wrong}").status_code == 422, wrong


def test_a_long_document_is_read_to_its_end_by_what_each_page_names(served: ServedQa) -> None:
    address, read = "/v1/documents/notes/long.txt", ""
    while address:
        page = served.get(address).json()
        assert page["start"] == len(read)
        read += page["text"]
        address = page["next"]
    assert read == DOCUMENTS["notes/long.txt"]


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.sampled_from("ab\n\r é"), min_size=1, max_size=200).map(lambda text: text * 300), data=st.data())
def test_any_text_is_read_to_its_end(text: str, data: st.DataObject) -> None:
    total = len(line_starts(text)) - (text[-1] in "\r\n")
    first = data.draw(st.integers(1, max(1, total)))
    found = _lines(text, "notes/a", f"{first}-{10**9 - 1}")
    begin, read = found.start, found.text
    while found.next is not None:
        kind, _, value = found.next.partition("?")[2].partition("=")
        found = (_lines if kind == "lines" else _characters)(text, "notes/a", value)
        read += found.text
    assert read == text[begin:]


def test_the_status_says_how_far_a_first_index_is_and_when_it_is_there(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    (home.documents / "new").mkdir()
    (home.documents / "new" / "a.txt").write_text("The boat is called Albatros.")
    home.qa("collections", "add", "new", home.documents / "new")
    with home.serving("-c", "new") as served:
        states = []
        with httpx2.stream("GET", f"{served.url}/v1/status?stream=1", timeout=120) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    (collection,) = json.loads(line.removeprefix("data: "))["collections"]
                    states.append(collection["state"])
                    if collection["state"] == "ready":
                        break
        assert states[-1] == "ready"
        assert served.ask("What is the boat called?")["answer"] == "Albatros"


def test_a_question_before_the_first_index_is_there_is_told_to_come_again(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    (home.documents / "new").mkdir()
    for number in range(200):
        (home.documents / "new" / f"{number}.txt").write_text(f"Shelf {number} holds box {number * 3}. " * 40)
    home.qa("collections", "add", "new", home.documents / "new")
    with home.serving("-c", "new") as served:
        response = served.post("/v1/ask", {"question": "What does shelf 7 hold?"})
        assert (response.status_code, response.json()["code"]) == (503, "indexing")
        assert int(response.headers["retry-after"]) > 0
        served.until_ready()
        assert "box 21" in served.ask("What does shelf 7 hold?")["answer"]


def test_figures_have_routes_and_no_values_of_callers(served: ServedQa) -> None:
    served.ask(RENT[0])
    served.get("/v1/documents/notes/secret-name.md")
    served.get("/secret-name")
    text = served.get("/metrics").text
    assert 'qa_http_requests_total{method="POST",route="/v1/ask",status="200"}' in text
    assert 'route="/v1/documents/{path:path}"' in text
    assert "qa_answers_total" in text
    assert "process_resident_memory_bytes" in text
    assert "secret-name" not in text
    assert "rent" not in text


def test_a_change_of_the_documents_is_answered_from_when_it_is_indexed(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    with home.serving() as served:
        served.until_ready()
        assert served.ask(RENT[0])["answer"] == RENT[1]
        (home.documents / "notes" / "flat.md").write_text(
            "Our landlord is Mr Petrov.\nThe rent is 950 euros a month.\n"
        )
        assert home.qa("index", "-c", "notes").returncode == 0
        answer = served.ask(RENT[0])
        assert answer["answer"] == "950 euros a month"
        assert served.ask(VAULT[0])["answer"] == VAULT[1]


def test_questions_are_in_the_log_only_if_they_are_meant_to_be(home: Home) -> None:
    said = "Is the rent\n\x1b[31m high?"
    with home.serving() as served:
        served.until_ready()
        served.post("/v1/ask", {"question": said})
        served.until_said("127.0.0.1 - POST /v1/ask 200")
        assert "rent" not in served.said()
    with home.serving("--log-questions") as served:
        served.until_ready()
        served.post("/v1/ask", {"question": said})
        assert json.dumps(said) in served.said()
        assert "\x1b" not in served.said()


def test_it_is_ready_within_seconds_of_its_start(home: Home) -> None:
    began = time.monotonic()
    with home.serving() as served:
        assert served.get("/healthz").json() == {"status": "ok"}
        served.until_ready()
    assert time.monotonic() - began < 60
