"""What an update does, what it costs, and what readers and other writers see of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.documents import SourceFile
from qa.errors import (
    CorpusEmptied,
    CorpusEmpty,
    CorpusMissing,
    DocumentUnreadable,
    IndexMissing,
    IndexOfOtherCorpus,
    IndexOfOtherModel,
)
from qa.index.backend import CorpusIndex, IndexBackend
from qa.index.copying import encoded_in
from qa.index.passage_context import encoded_text
from qa.index.sqlite.checksums import text_key
from qa.index.writing.execution import CutDocument, InThisProcess
from qa.index.writing.writer import UpdateReport
from qa.inference.encoder import Encoder
from qa.text.passages import Splitter
from qa.text.stems import stems
from tests.index_conformance.backends import MakeBackend, all_ids, all_passages, embedded, held, let_go, updated, write
from tests.index_conformance.same_state import assert_same
from tests.unit.models import CountingEncoder, RememberingEncoder, card, encoder, index_model

GATES = {
    path: "\n\n".join(f"Gate {row} in {path} is {colour} and leads to house {row * 7}." for row in range(6))
    for path, colour in (("a.txt", "red"), ("b.md", "blue"), ("sub/c.txt", "green"))
}
PASSAGES = 4
PATIENCE = 60
"""Seconds that a test waits for another thread before it fails."""


@pytest.fixture
def index(backend: IndexBackend, corpus: Path) -> IndexBackend:
    """Of GATES."""
    updated(backend, corpus, GATES)
    return backend


def counted(backend: IndexBackend, corpus: Path, **options: Any) -> tuple[UpdateReport, list[str]]:
    """The report of an update, and the texts that the encoder was asked for; the index is sound afterwards."""
    counting = CountingEncoder()
    report = backend.update(corpus, replace(index_model(), open_encoder=lambda: counting), **options)
    assert report.encoded == len(counting.encoded)
    assert backend.verify().sound
    return report, counting.encoded


def ids(backend: IndexBackend) -> dict[str, list[int]]:
    """The ids of the passages of each document."""
    with closing(backend.open(card())) as opened, opened.snapshot():
        return {path: [one.id for one in opened.passages_in(path)] for path, *_ in opened.documents()}


def same_as_anew(make: MakeBackend, backend: IndexBackend, corpus: Path) -> bool:
    anew = make(corpus.parent / "anew")
    anew.update(corpus, index_model())
    return held(anew) == held(backend)


def test_a_new_index_holds_the_documents_and_says_how_it_was_made(backend: IndexBackend, corpus: Path) -> None:
    assert not backend.exists()
    assert backend.state() is None
    report = updated(backend, corpus, GATES)
    assert (report.added, report.changed, report.removed, report.renamed) == (tuple(sorted(GATES)), (), (), ())
    assert (report.unchanged, report.passages, report.encoded) == (0, PASSAGES, PASSAGES)
    assert backend.exists()
    assert backend.state() is not None
    assert held(backend).keys() == GATES.keys()
    with closing(backend.open(card())) as opened:
        made = opened.made()
        opened.check_belongs_to(corpus)
    assert (made.model, made.splitter) == (card().model_id, index_model().splitter.version)
    assert backend.verify().sound


def test_an_unchanged_file_is_not_encoded_again(index: IndexBackend, corpus: Path) -> None:
    (corpus / "d.txt").write_text("A fourth gate.")
    os.utime(corpus / "a.txt", (1, 1))
    report, encoded = counted(index, corpus)
    assert (report.added, report.changed, report.removed) == (("d.txt",), (), ())
    assert (encoded, report.unchanged, report.passages) == (["A fourth gate."], 3, PASSAGES + 1)


def test_nothing_to_do_opens_no_encoder_and_publishes_nothing(index: IndexBackend, corpus: Path) -> None:
    def never() -> RememberingEncoder:
        raise AssertionError("the encoder was opened")

    before = index.state()
    report = index.update(corpus, replace(index_model(), open_encoder=never))
    assert (report.encoded, report.unchanged, report.changed_something) == (0, 3, False)
    assert index.state() == before


def test_each_state_is_told_from_the_one_before_and_has_a_higher_number(index: IndexBackend, corpus: Path) -> None:
    states, generations = [index.state()], [generation(index)]
    for number in range(3):
        (corpus / "new.txt").write_text(f"Gate {number} is new.")
        index.update(corpus, index_model(), rebuild=number == 1)
        states.append(index.state())
        generations.append(generation(index))
    assert len(set(states)) == 4
    assert generations == sorted(set(generations))


def generation(backend: IndexBackend) -> int:
    with closing(backend.open(card())) as opened:
        return opened.made().generation


def test_a_changed_or_deleted_file_leaves_no_ghost(index: IndexBackend, corpus: Path) -> None:
    report = updated(index, corpus, {"a.txt": "The gate was torn down in Bergen."})
    assert (report.changed, report.removed) == (("a.txt",), ("b.md", "sub/c.txt"))
    assert held(index) == {"a.txt": ["The gate was torn down in Bergen."]}
    with closing(index.open(card())) as opened, opened.snapshot():
        assert opened.bm25_search("red blue green", 10) == []
        assert opened.document_frequency("house") == 0
    assert index.verify().sound


def test_a_change_of_content_is_seen_at_the_same_size(index: IndexBackend, corpus: Path) -> None:
    (corpus / "a.txt").write_text(GATES["a.txt"].replace("red", "tan"))
    assert counted(index, corpus)[0].changed == ("a.txt",)
    assert "tan" in held(index)["a.txt"][0]


def test_a_renamed_file_keeps_its_passages_and_vectors(make: MakeBackend, index: IndexBackend, corpus: Path) -> None:
    before = ids(index)
    (corpus / "sub" / "c.txt").rename(corpus / "moved.txt")
    report, encoded = counted(index, corpus)
    assert (report.renamed, report.added, report.removed) == ((("sub/c.txt", "moved.txt"),), (), ())
    assert encoded == []
    assert ids(index) == {"moved.txt": before["sub/c.txt"], "a.txt": before["a.txt"], "b.md": before["b.md"]}
    assert same_as_anew(make, index, corpus)


def test_a_whole_folder_may_move(index: IndexBackend, corpus: Path) -> None:
    (corpus / "sub").rename(corpus / "other")
    report, encoded = counted(index, corpus)
    assert (report.renamed, encoded) == ((("sub/c.txt", "other/c.txt"),), [])


def test_two_files_that_change_names_are_not_encoded(make: MakeBackend, index: IndexBackend, corpus: Path) -> None:
    (corpus / "a.txt").rename(corpus / "x")
    (corpus / "sub" / "c.txt").rename(corpus / "a.txt")
    (corpus / "x").rename(corpus / "sub" / "c.txt")
    report, encoded = counted(index, corpus)
    assert report.changed == ("a.txt", "sub/c.txt")
    assert encoded == []
    assert same_as_anew(make, index, corpus)


def test_another_ending_is_read_anew_but_encoded_only_where_it_reads_differently(
    make: MakeBackend, index: IndexBackend, corpus: Path
) -> None:
    (corpus / "a.txt").rename(corpus / "a.md")
    report, encoded = counted(index, corpus)
    assert (report.added, report.removed, report.renamed) == (("a.md",), ("a.txt",), ())
    assert encoded == []
    assert same_as_anew(make, index, corpus)


def test_of_an_edited_file_only_the_new_passages_are_encoded(
    make: MakeBackend, index: IndexBackend, corpus: Path
) -> None:
    (corpus / "a.txt").write_text(GATES["a.txt"] + "\n\nThe last gate is new here.")
    report, encoded = counted(index, corpus)
    assert report.changed == ("a.txt",)
    assert len(encoded) == 1
    assert "The last gate is new here." in encoded[0]
    assert same_as_anew(make, index, corpus)


def test_a_copy_of_a_file_and_a_text_that_is_there_twice_are_not_encoded_twice(
    make: MakeBackend, index: IndexBackend, corpus: Path
) -> None:
    for name, text in (
        ("copy.txt", GATES["a.txt"]),
        ("one.txt", "This is said twice."),
        ("two.txt", "This is said twice."),
    ):
        (corpus / name).write_text(text)
    report, encoded = counted(index, corpus)
    assert report.added == ("copy.txt", "one.txt", "two.txt")
    assert encoded == ["This is said twice."]
    assert same_as_anew(make, index, corpus)


class Elsewhere(InThisProcess):
    """As on a cluster files are cut in another order, and vectors are there later."""

    ahead = 2

    def cut(
        self, sources: Iterable[SourceFile], splitter: Splitter
    ) -> Generator[tuple[SourceFile, CutDocument | DocumentUnreadable]]:
        yield from super().cut(reversed(list(sources)), splitter)

    def encode(self, texts: Sequence[str], open_encoder: Callable[[], Encoder]) -> Callable[[], np.ndarray]:
        return lambda: open_encoder().encode(texts)


def test_an_executor_elsewhere_makes_the_same_state_and_encodes_each_text_once(
    make: MakeBackend, backend: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("writing.encoding", "milvus.milvus_change"):
        monkeypatch.setattr(f"qa.index.{module}._SLAB", 2)
    monkeypatch.setattr("qa.index.milvus.milvus_change._LOOKED_UP", 6)
    write(corpus, GATES | {f"{number}.txt": "This is said twice." for number in range(9)})
    anew = make(corpus.parent / "anew")
    expected = anew.update(corpus, index_model())
    counting = CountingEncoder()
    elsewhere = replace(index_model(), open_encoder=lambda: counting, executor=Elsewhere())
    assert backend.update(corpus, elsewhere) == expected
    assert (len(counting.encoded), len(set(counting.encoded))) == (PASSAGES + 1, PASSAGES + 1)
    assert_same(backend, anew)
    let_go(anew)


def test_a_file_with_another_time_only_is_noted_once(index: IndexBackend, corpus: Path) -> None:
    os.utime(corpus / "a.txt", (1, 1))
    assert counted(index, corpus)[0].unchanged == 3
    with closing(index.open(card())) as opened:
        assert {path: time for path, _, time, _ in opened.documents()}["a.txt"] == 10**9
    before = index.state()
    assert counted(index, corpus)[0].unchanged == 3
    assert index.state() == before


def test_ids_of_passages_are_never_given_to_another(index: IndexBackend, corpus: Path) -> None:
    before = ids(index)
    (corpus / "sub" / "c.txt").write_text("Another gate.")
    index.update(corpus, index_model())
    after = ids(index)
    assert min(after["sub/c.txt"]) > max(before["sub/c.txt"])
    assert {path: after[path] for path in ("a.txt", "b.md")} == {path: before[path] for path in ("a.txt", "b.md")}


def test_all_files_may_go_only_when_that_is_meant(index: IndexBackend, corpus: Path) -> None:
    write(corpus, {})
    with pytest.raises(CorpusEmptied, match="--allow-empty"):
        index.update(corpus, index_model())
    assert len(held(index)) == 3
    assert index.update(corpus, index_model(), allow_empty=True).passages == 0
    assert held(index) == {}
    assert updated(index, corpus, {"new.txt": "A new gate."}).passages == 1


def test_no_corpus_nothing_in_it_no_index(backend: IndexBackend, corpus: Path) -> None:
    with pytest.raises(CorpusMissing):
        backend.update(corpus, index_model())
    write(corpus, {"blank.txt": " \n"})
    with pytest.raises(CorpusEmpty):
        backend.update(corpus, index_model())
    assert not backend.exists()
    for needs_one in (lambda: backend.open(card()), backend.verify, backend.remove):
        with pytest.raises(IndexMissing):
            needs_one()


def test_an_index_of_another_corpus_is_neither_asked_nor_overwritten(
    index: IndexBackend, corpus: Path, tmp_path: Path
) -> None:
    write(tmp_path / "other", {"a.txt": "Another gate."})
    before = index.state()
    with closing(index.open(card())) as opened, pytest.raises(IndexOfOtherCorpus):
        opened.check_belongs_to(tmp_path / "other")
    with pytest.raises(IndexOfOtherCorpus, match="--rebuild"):
        index.update(tmp_path / "other", index_model())
    assert index.state() == before
    index.update(tmp_path / "other", index_model(), rebuild=True)
    assert held(index) == {"a.txt": ["Another gate."]}


def test_a_corpus_may_move_without_its_index(index: IndexBackend, corpus: Path) -> None:
    corpus = corpus.rename(corpus.with_name("moved"))
    with closing(index.open(card())) as opened:
        opened.check_belongs_to(corpus)
        opened.check_belongs_to(corpus / "nowhere")
    assert counted(index, corpus)[1] == []


def test_another_model_is_a_named_error_and_makes_the_index_anew(index: IndexBackend, corpus: Path) -> None:
    other = replace(card(), model_id="someone/else", fingerprint="0" * 64)
    with pytest.raises(IndexOfOtherModel, match="someone/else"):
        index.open(other)
    assert index.update(corpus, replace(index_model(), card=other)).encoded == PASSAGES
    assert index.open(other).made().model == "someone/else"
    with pytest.raises(IndexOfOtherModel):
        index.open(card())


def test_a_rebuild_encodes_everything(index: IndexBackend, corpus: Path) -> None:
    report, encoded = counted(index, corpus, rebuild=True)
    assert (report.added, len(encoded)) == (tuple(sorted(GATES)), PASSAGES)


def test_what_an_index_elsewhere_has_encoded_is_not_encoded_again(
    index: IndexBackend, corpus: Path, tmp_path: Path
) -> None:
    other = embedded(tmp_path / "other")
    before = held(index)
    for source, target in ((index, other), (other, index)):
        with closing(source.open(card())) as opened:
            encoded = encoded_in(opened)
        if target.exists():
            target.remove()
        report, texts = counted(target, corpus, encoded=encoded)
        assert (sorted(report.added), texts) == (sorted(GATES), [])
        assert held(target) == before


def test_a_vector_from_elsewhere_of_another_size_is_not_taken(backend: IndexBackend, corpus: Path) -> None:
    write(corpus, {"a.txt": "The gate is open."})
    key = text_key(encoded_text(None, "The gate is open.", ""))
    _, texts = counted(backend, corpus, encoded={key: b"\0\0\0\0"})
    assert texts == ["The gate is open."]


def test_what_is_removed_is_gone_and_may_be_made_again(index: IndexBackend, corpus: Path) -> None:
    index.remove()
    assert not index.exists()
    assert index.state() is None
    with pytest.raises(IndexMissing):
        index.open(card())
    assert counted(index, corpus)[0].encoded == PASSAGES
    assert len(held(index)) == 3


@pytest.mark.parametrize("rebuild", [False, True])
def test_a_snapshot_is_of_the_old_state_while_an_update_publishes_and_the_next_of_the_new(
    index: IndexBackend, corpus: Path, rebuild: bool
) -> None:
    old, new = GATES["a.txt"], "The gate is gone now."
    with closing(index.open(card())) as reader:
        with reader.pinned():
            seen = everything(reader)
            write(corpus, {"a.txt": new, "d.txt": "A fourth gate."})
            index.update(corpus, index_model(), rebuild=rebuild)
            with reader.snapshot():
                assert everything(reader) == seen
                assert reader.document_text("a.txt") == old
        with reader.snapshot():
            assert [path for path, *_ in reader.documents()] == ["a.txt", "d.txt"]
            assert reader.document_text("a.txt") == new
            assert {one.path for one in all_passages(reader)} == {"a.txt", "d.txt"}


def everything(index: CorpusIndex) -> tuple[object, ...]:
    """All that a question may ask of it."""
    vector = encoder().encode(["a red gate"])[0]
    found = index.dense_search(vector, 1000)
    words = index.bm25_search("red gate", 1000)
    numbers = sorted(number for number, _ in found)
    return (
        index.documents(),
        found,
        words,
        index.passages(numbers),
        index.cosines(vector, numbers),
        index.vectors_of(numbers).tolist(),
        [index.document_text(path) for path, *_ in index.documents()],
        [index.passages_in(path) for path, *_ in index.documents()],
        (index.passage_count(), index.document_count(), index.document_frequency("red"), index.spells("red")),
        index.made().generation,
    )


class Held(RememberingEncoder):
    """The encoder, which waits to be let go on, and says that it has been asked."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.set()
        assert self.go.wait(PATIENCE)
        return super().encode(texts)


@contextmanager
def writing(backend: IndexBackend, corpus: Path) -> Iterator[tuple[Held, Future[UpdateReport]]]:
    """An update in another thread, in the middle of its work."""
    encoder = Held()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(backend.update, corpus, replace(index_model(), open_encoder=lambda: encoder))
        try:
            assert encoder.asked.wait(PATIENCE)
            yield encoder, first
        finally:
            encoder.go.set()


def test_two_writers_exclude_each_other_and_readers_wait_for_neither(index: IndexBackend, corpus: Path) -> None:
    before = held(index)
    (corpus / "d.txt").write_text("A fourth gate.")
    told, waits = [], threading.Event()

    def waiting(holder: str) -> None:
        told.append(holder)
        waits.set()

    with ThreadPoolExecutor(1) as pool, writing(index, corpus) as (encoder, first):
        second = pool.submit(index.update, corpus, index_model(), waiting=waiting)
        assert waits.wait(PATIENCE)
        assert held(index) == before
        assert not second.done()
        encoder.go.set()
        assert first.result(PATIENCE).added == ("d.txt",)
        assert second.result(PATIENCE).unchanged == 4
    assert len(told) == 1
    assert f"process {os.getpid()}" in told[0]
    assert len(held(index)) == 4


def test_who_does_not_want_to_wait_for_another_writer_need_not(index: IndexBackend, corpus: Path) -> None:
    class NotNowError(Exception):
        pass

    def waiting(holder: str) -> None:
        raise NotNowError

    (corpus / "d.txt").write_text("A fourth gate.")
    with writing(index, corpus) as (encoder, first):
        with pytest.raises(NotNowError):
            index.update(corpus, index_model(), waiting=waiting)
        encoder.go.set()
        assert first.result(PATIENCE).added == ("d.txt",)


def test_an_update_that_fails_leaves_the_old_state(index: IndexBackend, corpus: Path) -> None:
    before, state = held(index), index.state()

    class Failing(RememberingEncoder):
        def encode(self, texts: Sequence[str]) -> np.ndarray:
            raise RuntimeError("power cut")

    write(corpus, {"a.txt": "Another gate.", "d.txt": "A fourth gate."})
    for rebuild in (False, True):
        with pytest.raises(RuntimeError):
            index.update(corpus, replace(index_model(), open_encoder=Failing), rebuild=rebuild)
        assert held(index) == before
        assert index.state() == state
    assert updated(index, corpus, {"a.txt": "Another gate."}).changed == ("a.txt",)
    assert held(index) == {"a.txt": ["Another gate."]}
    assert index.verify().sound


_WORDS = ("gate", "Gates", "tower", "runs", "running", "Straße", "café", "x1", "14", "the", "it's", "naïve", "a")
_texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=8).map(lambda words: " ".join(words) + ".")
_corpora = st.dictionaries(
    st.sampled_from(["a.txt", "b.md", "sub/c.txt", 'it\'s "d".txt', "é%_ [e].txt", "{x}.txt"]), _texts, min_size=1
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_corpora, after=_corpora, query=_texts)
def test_whatever_the_documents_were_the_index_says_what_they_are(
    make: MakeBackend,
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[str, str],
    after: dict[str, str],
    query: str,
) -> None:
    scratch = tmp_path_factory.mktemp("random")
    backend, corpus = make(scratch / "index"), scratch / "corpus"
    updated(backend, corpus, before)
    updated(backend, corpus, after)
    with closing(backend.open(card())) as opened, opened.snapshot():
        assert [path for path, *_ in opened.documents()] == sorted(after)
        assert {path: opened.document_text(path) for path in after} == after
        passages = all_passages(opened)
        of_each = dict(zip((one.id for one in passages), stems([one.text for one in passages]), strict=True))
        wanted = set(stems([query])[0])
        assert {one for one, _ in opened.bm25_search(query, 1000)} == {
            one for one, own in of_each.items() if wanted & set(own)
        }
        assert opened.document_frequency("running") == sum("run" in own for own in of_each.values())
        assert all_ids(opened) == sorted(of_each)
    assert backend.verify().sound
