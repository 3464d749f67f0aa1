from __future__ import annotations

import os
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import NothingChosen, UsageError
from qa.filters import Filter
from qa.index.index_reader import _WITH_WORDS_OF, IndexReader
from qa.index.sqlite.database import open_existing
from qa.pipeline.retriever import fuse, retrieve
from tests.conftest import ROOT
from tests.unit.models import card, encoder, index_folder

DAY = 86_400 * 10**9


def at(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9


@pytest.mark.parametrize(
    ("only", "accepted"),
    [
        (Filter(), ["a.md", "reports/b.pdf", "reports/old/c.PDF", "d.md.gz"]),
        (Filter(path="reports/**"), ["reports/b.pdf", "reports/old/c.PDF"]),
        (Filter(path=("reports/", "!reports/old/**")), ["reports/b.pdf"]),
        (Filter(path="*.md"), ["a.md"]),
        (Filter(path=("*.md", "d.*")), ["a.md", "d.md.gz"]),
        (Filter(ext="pdf"), ["reports/b.pdf", "reports/old/c.PDF"]),
        (Filter(ext=(".MD", "xyz")), ["a.md", "d.md.gz"]),
        (Filter(ext="gz"), ["d.md.gz"]),
        (Filter(path="reports/*", ext="pdf"), ["reports/b.pdf", "reports/old/c.PDF"]),
        (Filter(path="/a.md", ext="pdf"), []),
        (Filter(ext="d"), []),
    ],
)
def test_paths_and_endings(only: Filter, accepted: list[str]) -> None:
    accepts = only.accepts()
    assert [path for path in ("a.md", "reports/b.pdf", "reports/old/c.PDF", "d.md.gz") if accepts(path, 0)] == accepted


def test_times_are_local_from_the_first_and_before_the_last() -> None:
    only = Filter(after=date(2024, 1, 31), before=datetime(2024, 2, 1, 12))
    accepts = only.accepts()
    first, last = datetime(2024, 1, 31), datetime(2024, 2, 1, 12)
    assert accepts("a", at(first))
    assert not accepts("a", at(first) - 1)
    assert accepts("a", at(last) - 1)
    assert not accepts("a", at(last))
    assert Filter(after=datetime(2024, 1, 1, tzinfo=UTC)).accepts()("a", at(datetime(2024, 1, 1, tzinfo=UTC)))


def test_what_cannot_be_is_said_at_once() -> None:
    with pytest.raises(UsageError, match="pattern"):
        Filter(path="!")
    assert not Filter()
    assert Filter(ext="pdf")
    assert str(Filter(path="a/**", ext=("pdf", "md"), after=date(2024, 1, 1))) == (
        "path a/**; ext .pdf, .md; after 2024-01-01"
    )


FOLDERS, ENDINGS, DAYS = ("notes", "reports", "reports/old"), ("md", "txt"), (0, 1, 2)
SUBJECTS = ("bridge", "tower", "harbour", "treaty", "apple")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    """18 documents of 5 passages; the words of one subject are common and those of another rare."""
    root = tmp_path_factory.mktemp("filters")
    start = at(datetime(2024, 1, 1))
    for folder, ending, day in product(FOLDERS, ENDINGS, DAYS):
        file = root / "corpus" / folder / f"day{day}.{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            f"The {subject} of {folder.replace('/', ' ')} number {day} in {ending} stands {'by the river ' * (n % 2)}here."
            for n, subject in enumerate(SUBJECTS)
        ]
        file.write_text("\n\n".join(f"# {n}\n\n{line}" if ending == "md" else line for n, line in enumerate(lines)))
        os.utime(file, ns=(start + day * DAY, start + day * DAY))
    index_folder(root / "corpus", root / "index")
    return IndexReader(root / "index", card())


def brute_force(index: IndexReader, query: str, limit: int, only: Filter) -> list[tuple[int, float]]:
    """Score every passage there is, then drop those of other documents, then rank."""
    vector = encoder().encode([query])[0]
    with index.snapshot():
        times = {path: mtime_ns for path, _, mtime_ns, _ in index.documents()}
        everything = dict(index.dense_search(vector, 10_000))
        words = dict(index.bm25_search(query, 10_000))
        passages = {passage.id: passage for passage in index.passages(sorted(everything))}
    accepts = only.accepts()
    kept = {number for number, passage in passages.items() if accepts(passage.path, times[passage.path])}
    fused = fuse(
        {number: cosine for number, cosine in everything.items() if number in kept},
        {number: score for number, score in words.items() if number in kept},
    )
    best = sorted(fused, key=lambda number: (-fused[number], number))[:limit]
    return [(number, fused[number]) for number in best]


filters = st.builds(
    Filter,
    path=st.lists(
        st.sampled_from(["notes/", "reports/**", "/reports/*", "*.md", "!reports/old/**", "day1.*", "nowhere/"]),
        max_size=2,
    ).map(tuple),
    ext=st.lists(st.sampled_from(["md", "TXT", "pdf"]), max_size=2).map(tuple),
    after=st.none() | st.sampled_from([date(2024, 1, day) for day in range(1, 5)]),
    before=st.none() | st.sampled_from([date(2024, 1, day) for day in range(1, 5)]),
)


@settings(max_examples=60, deadline=None)
@given(
    filters,
    st.sampled_from(["the old bridge by the river", "Where is the treaty?", "apples", "zzz"]),
    st.integers(1, 200),
)
def test_a_filter_gives_what_sifting_everything_gives(index: IndexReader, only: Filter, query: str, limit: int) -> None:
    expected = brute_force(index, query, limit, only)
    vector = encoder().encode([query])[0]
    if not expected:
        with pytest.raises(NothingChosen):
            retrieve(index, query, vector, limit, only)
        return
    hits = retrieve(index, query, vector, limit, only)
    assert [hit.passage.id for hit in hits] == [number for number, _ in expected]
    assert [hit.score for hit in hits] == pytest.approx([score for _, score in expected], abs=1e-5)


def test_a_rare_document_among_many_better_ones_is_found(tmp_path: Path) -> None:
    """More passages rank before it than either side brings into the fusion."""
    corpus = tmp_path / "corpus"
    (corpus / "much").mkdir(parents=True)
    for number in range(150):
        (corpus / "much" / f"{number}.txt").write_text(f"The bridge over the river, bridge number {number}.")
    (corpus / "rare.txt").write_text("A recipe for soup that once mentions a bridge in passing, between salt and leek.")
    index_folder(corpus, tmp_path / "index")
    reader = IndexReader(tmp_path / "index", card())
    query = "bridge over the river"
    vector = encoder().encode([query])[0]
    assert "rare.txt" not in {hit.passage.path for hit in retrieve(reader, query, vector, 100)}
    assert [hit.passage.path for hit in retrieve(reader, query, vector, 5, Filter(path="rare.*"))] == ["rare.txt"]


def test_a_filtered_query_is_matched_once_and_not_for_each_passage() -> None:
    connection = open_existing(ROOT / "index")
    plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {_WITH_WORDS_OF}", ('"base"', "[1]", 5))]
    connection.close()
    assert [step for step in plan if step.startswith("SCAN words VIRTUAL TABLE INDEX") and "=" not in step]
