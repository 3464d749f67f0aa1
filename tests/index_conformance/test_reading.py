"""Searching and reading one state of an index, alone and as one of several collections."""

from __future__ import annotations

import hashlib
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.errors import IndexDamaged, NothingChosen
from qa.filters import Filter
from qa.index.backend import SearchableIndex
from qa.index.merged import MemberFailed
from qa.index.passage_context import encoded_text
from qa.pipeline.retriever import fuse, retrieve
from qa.text.stems import stems
from tests.index_conformance.backends import Opened, all_ids, all_passages
from tests.index_conformance.library import CHANGED, LIBRARY, LONG, SAME
from tests.unit.models import RememberingEncoder, encoder

HOSTILE = (
    '"NEAR(a*', 'a AND OR NOT', 'text:"x" ^ {a b}', "*", "-", "'; DROP TABLE words; --", "\0", "café\u0301 'n'", '""""',
    "' or id > 0 or '", '\\', '%" or 1 == 1 or "', "\x1b[31mred\x1b[0m", "\ud7ff\ufffe", "🙂 🙂", "( [ {", "a\nb\tc\rd", "{id}", "{}",
)  # fmt: skip
QUERIES = ("the old bridge by the river", "Where is the treaty?", "apples", "harvest in Osh", "XK4711Q")

filters = st.builds(
    Filter,
    path=st.lists(
        st.sampled_from(["notes/", "reports/**", "/reports/*", "*.md", "!reports/old/**", "day1.*", "nowhere/", "*'*"]),
        max_size=2,
    ).map(tuple),
    ext=st.lists(st.sampled_from(["md", "TXT", "pdf"]), max_size=2).map(tuple),
    after=st.none() | st.sampled_from([date(2024, 1, day) for day in range(1, 5)]),
    before=st.none() | st.sampled_from([date(2024, 1, day) for day in range(1, 5)]),
)


def vector_of(query: str) -> np.ndarray:
    return encoder().encode([query])[0]


def exact_cosines(index: SearchableIndex, vector: np.ndarray) -> dict[int, float]:
    """Of every passage, from what the encoder makes of it and not from what the index keeps."""
    passages = all_passages(index)
    texts = [encoded_text(one.heading, one.text, one.before) for one in passages]
    vectors = RememberingEncoder().encode(texts).astype(np.float16).astype(np.float32)
    return dict(zip((one.id for one in passages), (vectors @ vector).tolist(), strict=True))


def check_best(found: list[tuple[int, float]], cosines: dict[int, float], limit: int) -> None:
    """That these are the `limit` best of `cosines`, and in their order."""
    best = sorted(cosines.values(), reverse=True)[:limit]
    assert [score for _, score in found] == pytest.approx(best, abs=1e-3)
    assert [score for _, score in found] == pytest.approx([cosines[number] for number, _ in found], abs=1e-3)
    assert all(earlier >= later for (_, earlier), (_, later) in pairwise(found))
    assert len({number for number, _ in found}) == len(found)


def unique(index: SearchableIndex, scores: dict[int, float]) -> dict[int, float]:
    """Without the second copy of a passage that two documents of the same bytes have."""
    seen: dict[tuple[str, int], int] = {}
    sums = {path: sha256 for path, _, _, sha256 in index.documents()}
    for passage in index.passages(sorted(scores)):
        seen.setdefault((sums.get(passage.path, passage.path), passage.start), passage.id)
    return {number: scores[number] for number in seen.values()}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("limit", [1, 3, 10, 10_000])
def test_dense_search_gives_the_nearest_in_the_order_of_their_cosines(library: Opened, query: str, limit: int) -> None:
    index, vector = library.index, vector_of(query)
    with index.snapshot():
        cosines = unique(index, exact_cosines(index, vector))
        found = index.dense_search(vector, limit)
        assert len(found) == min(limit, index.passage_count())
        check_best(found, cosines, limit)
        assert found == index.dense_search(vector, limit)


def test_passages_of_one_cosine_are_all_given(library: Opened) -> None:
    index = library.index
    with index.snapshot():
        found = index.dense_search(vector_of(SAME), 2)
        passages = index.passages([number for number, _ in found])
    assert {passage.path for passage in passages} == {library.named("same one.txt"), library.named("same two.txt")}
    assert found[0][1] == pytest.approx(found[1][1], abs=1e-3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(only=filters, query=st.sampled_from(QUERIES), limit=st.integers(1, 200))
def test_a_filter_gives_what_sifting_everything_gives(library: Opened, only: Filter, query: str, limit: int) -> None:
    """Both searches, and their fusion: every passage is scored, those of other documents are dropped, the rest is ranked."""
    index, vector, accepts = library.index, vector_of(query), only.accepts()
    with index.snapshot():
        words = dict(index.bm25_search(query, 10_000))
        cosines = exact_cosines(index, vector)
        times = {path: mtime_ns for path, _, mtime_ns, _ in index.documents()}
        paths = {library.named(path): path for path in LIBRARY}
        kept = {one.id for one in index.passages(sorted(cosines)) if accepts(paths[one.path], times[one.path])}
        if not kept:
            with pytest.raises(NothingChosen):
                retrieve(index, query, vector, limit, only)
            return
        documents = index.chosen(only) if only else None
        check_best(index.dense_search(vector, limit, documents), {one: cosines[one] for one in kept}, limit)
        in_words = {number: score for number, score in words.items() if number in kept}
        found = index.bm25_search(query, 10_000, documents)
        assert dict(found).keys() == in_words.keys()
    if library.several:
        return
    assert dict(found) == pytest.approx(in_words, rel=1e-5)
    expected = fuse({one: cosines[one] for one in kept}, dict(found))
    hits = retrieve(index, query, vector, limit, only)
    best = sorted(expected, key=lambda number: (-expected[number], number))[:limit]
    assert [hit.score for hit in hits] == pytest.approx([expected[number] for number in best], abs=2e-3)


def test_of_no_documents_nothing_is_found(library: Opened) -> None:
    with library.index.snapshot():
        assert library.index.dense_search(vector_of("bridge"), 5, []) == []
        assert library.index.bm25_search("bridge", 5, []) == []


@pytest.mark.parametrize("query", HOSTILE)
def test_nothing_in_a_query_is_syntax(library: Opened, query: str) -> None:
    index = library.index
    wanted = {stem for of_word in stems([query]) for stem in of_word}
    with index.snapshot():
        found = {number for number, _ in index.bm25_search(query, 10_000)}
        passages = all_passages(index)
    texts = stems([f"{one.heading or ''} {one.text}" for one in passages])
    holding = {one.id for one, own in zip(passages, texts, strict=True) if wanted & set(own)}
    assert found == holding
    assert len(retrieve(index, query, vector_of(query), 5)) == 5


@pytest.mark.parametrize("query", ["", " ", "?!", "...", "\0\0"])
def test_a_query_without_a_word_finds_nothing_by_words(library: Opened, query: str) -> None:
    with library.index.snapshot():
        assert library.index.bm25_search(query, 5) == []


def test_words_are_found_by_their_stems_in_texts_and_headings_rare_ones_first(library: Opened) -> None:
    index = library.index
    with index.snapshot():
        for query, path in (
            ("leasing", "kant.txt"),
            ("which zeppelin", "heading.md"),
            ("xk4711q", "code.txt"),
            ("the of in is here LIGHTHOUSES", 'deep/er/it\'s "quoted" 100%_[x] é.txt'),
            ("on and on " * 100 + "airbase", "kant.txt"),
        ):
            found = index.bm25_search(query, 1000)
            assert index.passages([found[0][0]])[0].path == library.named(path)
            assert all(earlier >= later > 0 for (_, earlier), (_, later) in pairwise(found))
            assert len(index.bm25_search(query, 1)) == 1
            if not library.several:
                assert index.bm25_search(query, 1) == found[:1]


@pytest.mark.parametrize(
    ("query", "path"),
    [("What is new in 3.1.0?", "release-c.txt"), ("release 0.1.3", "release-a.txt"), ("TT-2-K", "code-b.txt")],
)
def test_numbers_that_stand_together_count_as_one(library: Opened, query: str, path: str) -> None:
    index = library.index
    with index.snapshot():
        (best, _), *_ = index.bm25_search(query, 10)
        assert index.passages([best])[0].path == library.named(path)


def test_passages_come_in_the_order_in_which_they_are_asked_for(library: Opened) -> None:
    index = library.index
    with index.snapshot():
        ids = all_ids(index)
        assert [one.id for one in index.passages(ids[::-3])] == ids[::-3]
        assert index.passages([]) == []


def test_an_id_of_no_passage_is_a_named_error(library: Opened) -> None:
    index = library.index
    with index.snapshot():
        unknown = max(all_ids(index)) + 1
        with pytest.raises((IndexDamaged, MemberFailed)):
            index.passages([unknown])
        with pytest.raises((IndexDamaged, MemberFailed)):
            index.cosines(vector_of("x"), [unknown])


def test_vectors_and_cosines_agree_with_what_dense_search_says(library: Opened) -> None:
    index, vector = library.index, vector_of("the bridge")
    with index.snapshot():
        found = dict(index.dense_search(vector, 10_000))
        ids = sorted(found)
        assert index.cosines(vector, ids[::-1]) == pytest.approx([found[one] for one in ids[::-1]], abs=1e-3)
        assert index.cosines(vector, []) == []
        vectors = index.vectors_of(ids)
    assert vectors.shape == (len(ids), len(vector))
    assert vectors.dtype == np.float32
    assert vectors @ vector == pytest.approx(np.array([found[one] for one in ids]), abs=1e-3)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(ids)), abs=1e-2)


def test_documents_are_listed_with_what_is_known_of_their_files(library: Opened) -> None:
    index = library.index
    with index.snapshot():
        found = {path: rest for path, *rest in index.documents()}
        assert index.document_count() == len(LIBRARY)
        assert index.passage_count() == len(all_ids(index))
    assert set(found) == {library.named(path) for path in LIBRARY}
    for path, text in LIBRARY.items():
        size, mtime_ns, sha256 = found[library.named(path)]
        assert (size, sha256) == (len(text.encode()), hashlib.sha256(text.encode()).hexdigest())
        assert mtime_ns == CHANGED.get(path, mtime_ns)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(only=filters)
def test_documents_are_counted_and_listed_as_a_filter_accepts_them(library: Opened, only: Filter) -> None:
    index, accepts = library.index, only.accepts()
    with index.snapshot():
        times = {path: mtime_ns for path, _, mtime_ns, _ in index.documents()}
        accepted = {library.named(path) for path in LIBRARY if accepts(path, times[library.named(path)])}
        assert {path for path, *_ in index.documents(only)} == accepted
        if accepted or not only:
            assert index.document_count(only) == len(accepted)
            assert len(index.chosen(only)) == len(accepted)
            return
        for refused in (index.document_count, index.chosen):
            with pytest.raises(NothingChosen, match=str(len(LIBRARY))):
                refused(only)


def test_a_text_and_its_passages_fit_together(library: Opened) -> None:
    index = library.index
    with index.snapshot():
        for path, text in LIBRARY.items():
            read = index.document_text(library.named(path))
            assert read == text
            passages = index.passages_in(library.named(path))
            assert [one.start for one in passages] == sorted(one.start for one in passages)
            assert [read[one.start : one.end] for one in passages] == [one.text for one in passages]
            assert [one.line for one in passages] == [1 + text[: one.start].count("\n") for one in passages]
            assert index.passages([one.id for one in passages]) == passages
        assert sum(len(index.passages_in(library.named(path))) for path in LIBRARY) == index.passage_count()
        (passage,) = index.passages_in(library.named("heading.md"))
        assert passage.heading == "Zeppelins"


def test_a_passage_comes_with_the_text_before_it(library: Opened) -> None:
    with library.index.snapshot():
        passages = library.index.passages_in(library.named("long.txt"))
        (alone,) = library.index.passages_in(library.named("kant.txt"))
    assert len(passages) > 2
    assert passages[0].before == alone.before == ""
    for earlier, passage in pairwise(passages):
        assert passage.before
        assert passage.before == LONG[earlier.start : passage.start]


@pytest.mark.parametrize(
    "path", ["nowhere.txt", "", "..", "kant.txt/", "' or 1 == 1 or '", "kant%", "\0", "one/\x1b[2J"]
)
def test_a_path_of_no_document_is_told_from_one(library: Opened, path: str) -> None:
    with library.index.snapshot():
        assert library.index.passages_in(path) == []
        with pytest.raises(KeyError):
            library.index.document_text(path)


def test_how_many_passages_hold_a_word_and_how_it_is_spelt(library: Opened) -> None:
    index = library.index
    with index.snapshot():
        of_bridge = sum("bridge" in one.text for one in all_passages(index))
        assert index.document_frequency("bridge") == index.document_frequency("bridges") == of_bridge == 18
        assert index.document_frequency("unheardof") == 0
        assert index.spells("bridge")
        assert not index.spells("bridges")
        assert not index.spells("unheardof")
        assert index.spells("zeppelins"), "a heading is part of a passage"


def test_all_reads_inside_a_pin_are_of_one_state(library: Opened) -> None:
    index = library.index
    with index.pinned(), index.snapshot():
        first = all_ids(index)
        with index.snapshot():
            assert all_ids(index) == first
