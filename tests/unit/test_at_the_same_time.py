"""What lets several ask at the same time: readers in a pool, states that stay, assistants that stay open, remembered answers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from qa.answers import Answer, Timings
from qa.errors import AssistantClosed
from qa.federated import FederatedAssistant
from qa.hosting.answer_cache import AnswerCache
from qa.hosting.open_assistants import OpenAssistants
from qa.index.index_reader import IndexReader
from qa.index.pool import ReaderPool
from qa.index.vectors.vector_file import LoadedVectors
from tests.unit.models import card, index_folder


@dataclass
class Closable:
    closed: int = 0

    def close(self) -> None:
        self.closed += 1


def test_a_reader_is_used_by_one_thread_at_a_time_and_by_the_next_afterwards() -> None:
    made: list[Closable] = [Closable()]
    together = threading.Barrier(3, timeout=60)

    def another() -> Closable:
        made.append(Closable())
        return made[-1]

    pool = ReaderPool(made[0], another, most=3)

    def used(wait: bool) -> Closable:
        with pool.borrowed() as reader:
            if wait:
                together.wait()
            return reader

    with ThreadPoolExecutor(3) as threads:
        assert len({id(reader) for reader in threads.map(used, [True] * 3)}) == 3
        for _ in range(20):
            used(wait=False)
    assert len(made) == 3
    pool.close()
    assert [reader.closed for reader in made] == [1, 1, 1]
    with pytest.raises(AssistantClosed), pool.borrowed():
        pass


def test_who_finds_all_in_use_waits() -> None:
    pool = ReaderPool(Closable(), Closable, most=1)
    entered, leave, second = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with pool.borrowed():
            entered.set()
            assert leave.wait(60)

    def next_one() -> None:
        with pool.borrowed():
            second.set()

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(first)
        assert entered.wait(60)
        two = threads.submit(next_one)
        assert not second.wait(0.1)
        leave.set()
        one.result()
        two.result()
    assert second.is_set()


def test_what_is_in_use_is_closed_when_it_is_given_back() -> None:
    reader = Closable()
    pool = ReaderPool(reader, Closable)
    with pool.borrowed():
        pool.close()
        assert not reader.closed
    assert reader.closed == 1


def test_readers_of_one_folder_share_the_vectors_in_memory(tmp_path: Path) -> None:
    corpus, folder = tmp_path / "notes", tmp_path / "index"
    corpus.mkdir()
    (corpus / "a.txt").write_text("The rent is 900 euros.")
    index_folder(corpus, folder)
    loaded = LoadedVectors()
    with closing(IndexReader(folder, card(), loaded)) as one, closing(IndexReader(folder, card(), loaded)) as other:
        file, sha256 = folder / one.manifest.faiss_file, one.manifest.faiss_sha256
        assert loaded.load(file, sha256) is loaded.load(file, sha256)
        (corpus / "a.txt").write_text("The rent is 950 euros.")
        index_folder(corpus, folder)
        with one.snapshot(), other.snapshot():
            assert one.manifest.faiss_file != file.name
            assert one.document_text("a.txt") == other.document_text("a.txt") == "The rent is 950 euros."


def test_an_assistant_that_is_in_use_stays_open_however_many_come_after_it() -> None:
    made: list[Closable] = []

    def opened(names: tuple[str, ...]) -> FederatedAssistant:
        made.append(Closable())
        return cast(FederatedAssistant, made[-1])

    assistants = OpenAssistants(opened, most=2)
    with assistants.using(("a",)):
        for name in "bcd":
            with assistants.using((name,)):
                pass
        assert not made[0].closed
    assert [one.closed for one in made] == [1, 1, 0, 0]
    with assistants.using(("d",)):
        assert len(made) == 4
        assistants.close()
        assert [one.closed for one in made] == [1, 1, 1, 0]
    assert [one.closed for one in made] == [1, 1, 1, 1]


def test_of_the_answers_those_that_were_used_last_are_remembered() -> None:
    cache = AnswerCache(2)

    def put(question: str) -> None:
        cache.put((question,), Answer(question, question, False, None, 0.0, None, (), (), Timings(5, 5, 5, 20)))

    put("a")
    put("b")
    found = cache.get(("a",))
    assert found is not None
    assert (found.question, found.timings.read) == ("a", 0.0)
    put("c")
    assert cache.get(("b",)) is None
    assert cache.get(("a",)) is not None
