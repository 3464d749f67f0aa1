"""The load script in small, and load while the documents change: no answer is wrong and nothing fails."""

from __future__ import annotations

import asyncio
import itertools
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from qa import Assistant
from qa.index.writing.pending import pending_files
from tests.conftest import QA
from tests.load.load import DELIBERATE, put_load, resident_bytes
from tests.load.questions import distinct, repeated
from tests.web.conftest import RENT, VAULT, Home, made_home
from tests.web.serving import serving

pytestmark = pytest.mark.slow

_SOON = 20
"""Questions after an update, one of which is answered from it."""
_MOST_GROWN = 80_000_000
"""Bytes, after a first load, under which the models are read and each worker makes buffers of its own."""


def test_clients_at_the_same_time_get_answers_or_are_told_to_come_again() -> None:
    with serving() as served:
        served.until_ready()
        _put_load_without_errors(served.url, 1)
        # What the first asks load is there to stay; the next ones add nothing to speak of.
        before = resident_bytes(served.process.pid)
        _put_load_without_errors(served.url, 2)
        assert resident_bytes(served.process.pid) - before < _MOST_GROWN
        assert "Traceback" not in served.said()


def _put_load_without_errors(url: str, seed: int) -> None:
    for questions in (distinct(seed), repeated(seed, 10)):
        seen = asyncio.run(put_load(url, questions, clients=16, seconds=2))
        assert seen.errors == 0, str(seen)
        assert seen.seconds


def test_answers_at_the_same_time_are_those_one_after_the_other() -> None:
    questions = list(itertools.islice(distinct(7), 6))
    with Assistant.open() as assistant:
        alone = [assistant.ask(question) for question in questions]
        with ThreadPoolExecutor(4) as threads:
            together = list(threads.map(assistant.ask, [*questions, *questions]))
    found = [(answer.text, answer.confidence, answer.citation) for answer in together]
    assert found == [(answer.text, answer.confidence, answer.citation) for answer in [*alone, *alone]]


def _killed_in_the_middle(home: Home) -> None:
    """An indexing that gets as far as to write, and no further."""
    indexing = subprocess.Popen(
        [QA, "index", "-c", "notes", "--rebuild"], env=home.environment, cwd=home.folder, stderr=subprocess.DEVNULL
    )
    (index,) = home.folder.rglob("indexes/notes-*")
    while indexing.poll() is None and not pending_files(index):
        pass
    indexing.kill()
    indexing.wait()


@pytest.mark.parametrize("how", ["updated", "rebuilt", "killed"])
def test_no_answer_is_wrong_while_the_index_is_replaced(how: str, tmp_path: Path) -> None:
    home = made_home(tmp_path)
    file = home.documents / "notes" / "flat.md"
    rents = [900, 910]
    done = threading.Event()

    def change() -> None:
        try:
            for rent in rents[1:]:
                file.write_text(f"# The flat\n\nOur landlord is Mr Petrov.\nThe rent is {rent} euros a month.\n")
                if how == "killed":
                    _killed_in_the_middle(home)
                index = home.qa("index", "-c", "notes", *(["--rebuild"] if how == "rebuilt" else []))
                assert index.returncode == 0, index.stderr
        finally:
            done.set()

    seen: list[int] = []

    async def ask_on(client: httpx2.AsyncClient) -> None:
        last = asked_since = 0
        while last != rents[-1] and asked_since < _SOON:
            asked_since += done.is_set()
            response = await client.post("/v1/ask", json={"question": RENT[0]})
            if response.status_code in DELIBERATE:
                continue
            assert response.status_code == 200, response.text
            answer = response.json()
            rent = int(re.findall(r"\d+", answer["answer"])[0])
            assert answer["citation"]["quote"] == answer["answer"]
            assert answer["citation"]["sentence"].endswith(f"The rent is {rent} euros a month.")
            # What was replaced does not come back.
            assert rent >= last
            last = rent
            seen.append(rent)
            other = await client.post(
                "/v1/ask", json={"question": VAULT[0], "min_confidence": 0.01 + len(seen) % 50 / 1e4}
            )
            assert other.status_code in DELIBERATE or other.json()["answer"] == VAULT[1], other.text

    async def ask_all(url: str) -> None:
        async with httpx2.AsyncClient(base_url=url, timeout=120) as client:
            await asyncio.gather(*(ask_on(client) for _ in range(2)))

    with home.serving() as served:
        served.until_ready()
        changing = threading.Thread(target=change)
        changing.start()
        asyncio.run(ask_all(served.url))
        changing.join()
        assert set(seen) <= set(rents)
        assert rents[-1] in seen
        assert served.ask(RENT[0])["answer"] == f"{rents[-1]} euros a month"
        assert "Traceback" not in served.said()


def test_documents_that_go_away_under_an_extract_do_no_harm(tmp_path: Path) -> None:
    """An extract reads whole documents after it was retrieved: both are of one state of the index."""
    home = made_home(tmp_path)
    done = threading.Event()

    def change() -> None:
        try:
            file = home.documents / "notes" / "long.txt"
            text = file.read_text()
            file.unlink()
            home.qa("index", "-c", "notes")
            file.write_text(text + "A line was added.\n")
            home.qa("index", "-c", "notes")
        finally:
            done.set()

    with home.serving() as served:
        served.until_ready()
        changing = threading.Thread(target=change)
        changing.start()
        asked = 0
        while not done.is_set():
            asked += 1
            response = served.post("/v1/ask", {"question": f"Tell me about the long list and item {asked}"})
            assert response.status_code == 200, response.text
        changing.join()
        assert asked > 1
        assert "Traceback" not in served.said()
