"""What is too much is turned away, with the time to come again, and what was taken on is finished."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from qa.web.limits import Limits, RateLimit, Workers
from qa.web.problems import Problem
from tests.web.conftest import RENT, Home, made_home


def test_a_caller_who_asks_too_often_waits_and_others_do_not() -> None:
    now = 0.0
    rates = RateLimit(6, clock=lambda: now)
    for _ in range(6):
        rates.take("alice")
    with pytest.raises(Problem) as refused:
        rates.take("alice")
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "10")
    rates.take("bob")
    now = 10.0
    rates.take("alice")
    with pytest.raises(Problem):
        rates.take("alice")


def test_the_buckets_of_very_many_callers_are_forgotten() -> None:
    rates = RateLimit(6, clock=lambda: 0.0)
    for number in range(20_000):
        rates.take(str(number))
    assert len(rates._buckets) <= 10_000


async def test_more_than_can_wait_is_turned_away() -> None:
    workers = Workers.for_asks(1, Limits(waiting=2, share=10, wait_seconds=1e9))
    go_on = threading.Event()

    async def work() -> None:
        with workers.place("alice"):
            await workers.run(go_on.wait)

    tasks = [asyncio.create_task(work()) for _ in range(3)]
    await asyncio.sleep(0)
    assert (workers.running, workers.waiting) == (1, 2)
    with pytest.raises(Problem) as refused, workers.place("bob"):
        pass
    assert (refused.value.status, refused.value.code) == (503, "overloaded")
    assert int(refused.value.headers["Retry-After"]) >= 1
    go_on.set()
    await asyncio.gather(*tasks)
    assert (workers.running, workers.waiting) == (0, 0)
    with workers.place("bob"):
        pass
    workers.close()


async def test_what_does_not_come_to_its_turn_in_time_is_turned_away_and_never_begins() -> None:
    workers = Workers.for_asks(1, Limits(wait_seconds=0.05))
    go_on, began = threading.Event(), threading.Event()
    first = asyncio.create_task(workers.run(go_on.wait))
    await asyncio.sleep(0)
    try:
        with pytest.raises(Problem) as refused:
            await workers.run(began.set)
    finally:
        go_on.set()
    assert refused.value.status == 503
    # What has begun is finished, however long it takes.
    assert await first
    assert await workers.run(lambda: 3) == 3
    assert not began.is_set()
    workers.close()


async def test_without_a_row_as_many_are_taken_on_as_are_worked_on() -> None:
    workers = Workers.for_asks(2, Limits(waiting=0, share=0))
    with workers.place("alice"), workers.place("alice"):
        assert (workers.running, workers.waiting) == (2, 0)
        with pytest.raises(Problem) as refused, workers.place("bob"):
            pass
    assert refused.value.status == 503
    with workers.place("bob"):
        pass
    workers.close()


def test_of_what_is_written_one_caller_has_a_share() -> None:
    writers = Workers.for_writing(Limits(writers=3, writers_of_caller=2))
    with writers.place("alice"), writers.place("alice"):
        with pytest.raises(Problem) as too_many, writers.place("alice"):
            pass
        with writers.place("bob"), pytest.raises(Problem) as full, writers.place("carol"):
            pass
    assert (too_many.value.status, full.value.status) == (429, 503)
    # A language model takes its time: who comes again at once comes for nothing.
    assert int(full.value.headers["Retry-After"]) > 1
    writers.close()


async def test_one_caller_cannot_take_all_places() -> None:
    workers = Workers.for_asks(1, Limits(waiting=10, share=2, wait_seconds=1e9))
    places = [workers.place("alice") for _ in range(4)]
    for place in places[:3]:
        place.__enter__()
    with pytest.raises(Problem) as refused:
        places[3].__enter__()
    assert refused.value.status == 429
    with workers.place("bob"):
        pass
    workers.close()


def test_the_server_says_when_to_come_again(home: Home) -> None:
    with home.serving("--rate", "2") as served:
        served.until_ready()
        responses = [served.post("/v1/ask", {"question": RENT[0]}) for _ in range(4)]
        assert [one.status_code for one in responses[:2]] == [200, 200]
        assert responses[-1].status_code == 429
        assert responses[-1].json()["code"] == "too-many-requests"
        assert int(responses[-1].headers["retry-after"]) > 0
        assert served.get("/v1/status").status_code == 200


def test_asks_that_find_no_place_are_told_so_and_the_others_are_answered(home: Home) -> None:
    with home.serving("--workers", "1", "--queue", "2") as served:
        served.until_ready()
        with ThreadPoolExecutor(16) as threads:
            responses = list(
                threads.map(
                    lambda number: served.post("/v1/ask", {"question": f"Which item does line {number} name?"}),
                    range(16),
                )
            )
    statuses = [one.status_code for one in responses]
    assert set(statuses) == {200, 503}
    assert all(one.headers["retry-after"] for one in responses if one.status_code == 503)


def test_what_was_taken_on_is_finished_when_the_server_ends(home: Home) -> None:
    with home.serving("--workers", "1") as served:
        served.until_ready()
        with (
            ThreadPoolExecutor(4) as threads,
            httpx2.stream("GET", f"{served.url}/v1/status?stream=1", timeout=60) as told,
        ):
            lines = told.iter_lines()
            assert next(lines) == "event: status"
            asked = [
                threads.submit(served.post, "/v1/ask", {"question": f"Which item does line {number} name?"})
                for number in range(4)
            ]
            deadline = time.monotonic() + 60
            while served.get("/v1/status").json()["waiting"] < 3 and not all(one.done() for one in asked):
                assert time.monotonic() < deadline
            served.process.send_signal(signal.SIGTERM)
            assert [one.result().status_code for one in asked] == [200] * 4
            # What would go on for ever ends as well.
            for _ in lines:
                pass
        # It was told to end, and says so: uvicorn passes the signal on when it has shut down.
        assert served.process.wait(60) in (0, -signal.SIGTERM)
        assert "Traceback" not in served.said()


def test_a_port_that_is_taken_is_an_error_for_people(home: Home) -> None:
    with home.serving() as served:
        done = home.qa("serve", "--port", str(served.port))
    assert done.returncode == 3
    assert "Choose another with --port." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("stream", [False, True])
def test_an_ask_whose_client_is_gone_is_not_worked_on(stream: bool, tmp_path: Path) -> None:
    """With one worker: what waits behind it is given up before it begins."""
    home = made_home(tmp_path)
    with home.serving("--workers", "1", "--max-wait", "1000") as served:
        served.until_ready()

        async def asked_and_gone() -> None:
            async with httpx2.AsyncClient(base_url=served.url, timeout=120) as client:
                path = "/v1/ask?stream=1" if stream else "/v1/ask"
                tasks = [
                    asyncio.create_task(client.post(path, json={"question": f"Which item does line {number} name?"}))
                    for number in range(40)
                ]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(asked_and_gone())
        assert served.ask(RENT[0])["answer"] == RENT[1]
        answers = [line for line in served.get("/metrics").text.splitlines() if line.startswith("qa_answers_total")]
        assert sum(float(line.rpartition(" ")[2]) for line in answers) < 20, json.dumps(answers)
