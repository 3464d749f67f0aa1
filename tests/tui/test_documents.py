"""Documents that change, and indexing beside the chat: what is shown, and that asking goes on meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import CorpusMissing, IndexBusy, IndexMissing
from qa.index.writing.changes import Skipped
from qa.tui.formatting import ago, duration, home_short
from qa.tui.indexing import Pace
from qa.tui.parts.document_actions import summary
from qa.tui.widgets.index_bar import IndexBar, progress
from tests.tui.chat_driver import Opener, Report, ask, ask_all, said, seen, settled, until

if TYPE_CHECKING:
    from qa.tui.app import ChatApp


async def test_changed_files_are_offered_and_indexed(app: ChatApp, opener: Opener) -> None:
    opener.assistant.changed = ("a.txt", "b.txt")
    opener.report = Report(added=("b.txt",), skipped=(Skipped("c.bin", "it is a binary file"),))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: "2 documents have changed  F5 brings the index up to date" in seen(app), "offered")
        await pilot.press("f5")
        await until(pilot, lambda: "2 documents have changed" not in seen(app), "done")
        await until(pilot, lambda: said(app, "Skipped: c.bin (it is a binary file)."), "said")
    assert opener.updates == [False]


async def test_the_offer_is_clicked(app: ChatApp, opener: Opener) -> None:
    opener.assistant.changed = ("a.txt",)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "1 document has changed" in seen(app), "offered")
        await pilot.click(IndexBar)
        await until(pilot, lambda: opener.updates == [False], "indexed")


async def test_indexing_shows_how_far_it_is_and_asking_goes_on(app: ChatApp, opener: Opener) -> None:
    opener.reports = [(128, 1280), (256, 1280)]
    opener.indexing.clear()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "ready" in seen(app), "ready")
        await ask(pilot, "/index --rebuild")
        await until(pilot, lambda: "256 of 1,280 passages" in seen(app), "the bar")
        assert "━━━━" in seen(app)
        await ask_all(pilot, "Is it over the old index?")
        assert "Asked: Is it over the old index?" in seen(app)
        await pilot.press("f5")
        opener.indexing.set()
        await until(pilot, lambda: "of 1,280 passages" not in seen(app), "done")
    assert opener.updates == [True]


async def test_the_very_first_index_shows_the_bar_too(app: ChatApp, opener: Opener) -> None:
    opener.gate.clear()
    opener.reports = [(10, 40)]
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "10 of 40 passages" in seen(app), "the bar")
        await ask(pilot, "an early question")
        opener.gate.set()
        await settled(pilot)
        screen = seen(app)
    assert "Asked: an early question" in screen
    assert "of 40 passages" not in screen


async def test_the_first_index_waits_for_another_writer_and_says_so(app: ChatApp, opener: Opener) -> None:
    opener.gate.clear()
    opener.writer = "process 12 [b]since[/b] \x1b[31m17:00"
    async with app.run_test(size=(120, 40)) as pilot:
        await ask(pilot, "an early question")
        await until(pilot, lambda: "Another qa (process 12 [b]since[/b] ␛[31m17:00) is writing" in seen(app), "said")
        await until(pilot, lambda: "Another qa is writing this index; waiting for it" in seen(app), "at the question")
        opener.gate.set()
        await settled(pilot)
        await until(pilot, lambda: "is writing" not in seen(app), "no longer said")


async def test_an_update_waits_for_another_writer_and_says_so(app: ChatApp, opener: Opener) -> None:
    opener.indexing.clear()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "ready" in seen(app), "ready")
        opener.writer = "process 12"
        await pilot.press("f5")
        await until(pilot, lambda: "Another qa (process 12) is writing this index" in seen(app), "said")
        opener.indexing.set()
        await until(pilot, lambda: "is writing" not in seen(app), "no longer said")


async def test_indexing_that_fails_is_a_card(app: ChatApp, opener: Opener) -> None:
    opener.report = IndexBusy(Path("/home/ann/index"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "ready" in seen(app), "ready")
        await pilot.press("f5")
        await until(pilot, lambda: "Another qa is writing the index at /home/ann/index." in seen(app), "the card")
        await ask_all(pilot, "and on")
    assert opener.assistant.asked == ["and on"]


async def test_indexing_mends_what_kept_the_documents_closed(app: ChatApp, opener: Opener) -> None:
    opener.failure = IndexMissing(Path("/home/ann/index"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "not open" in seen(app), "closed")
        opener.failure = None
        await pilot.press("f5")
        await until(pilot, lambda: "ready" in seen(app), "open")
    assert opener.calls == 2


async def test_documents_that_are_gone_are_said(app: ChatApp, opener: Opener) -> None:
    opener.assistant.changed = CorpusMissing(Path("/home/ann/notes"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "Answers are from the index alone." in seen(app), "said")
        await ask_all(pilot, "one")


async def test_changes_are_noticed_while_the_chat_runs(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(size=(200, 60)) as pilot:
        await until(pilot, lambda: "russia-and-central-asia.txt" in seen(app), "listed")
        opener.assistant.changed = ("russia-and-central-asia.txt",)
        documents = app.screen.documents  # type: ignore[attr-defined]
        # The time for the next look has come.
        documents._next_look = 0.0
        documents.look()
        await until(pilot, lambda: "± russia-and-central-asia.txt" in seen(app), "marked")
        assert "1 document has changed" in seen(app)


# The parts


def test_pace_is_that_of_the_last_while() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert pace.rate is None
    for now[0], done in ((0.0, 0), (10.0, 100), (20.0, 1100), (30.0, 2100)):
        pace.tell(done)
    assert pace.rate == 100
    assert pace.left(4100) == 20
    pace = Pace(lambda: 5.0)
    pace.tell(1)
    pace.tell(1)
    assert pace.rate is None
    assert pace.left(10) is None


def test_progress_line() -> None:
    assert progress(0, 0, None, None).plain.endswith("0 of 0 passages")
    assert progress(600, 1200, 212.4, 2.8).plain.endswith("600 of 1,200 passages · 212/s · 3 s left")
    assert progress(1, 100_000, 0.4, 90_000).plain.endswith("1 of 100,000 passages · 0/s · 25 h 00 min left")


def test_summary_of_what_an_update_did() -> None:
    assert summary(Report(changed=())) == "The index is up to date: nothing had changed."
    report = Report(("a",), ("b", "c"), (), tuple(Skipped(f"{n}.bin", "binary") for n in range(5)))
    assert summary(report) == (
        "The index is up to date: 1 added, 2 changed. "
        "Skipped: 0.bin (binary), 1.bin (binary), 2.bin (binary) and 2 more."
    )


def test_times_as_one_says_them() -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    said = {0: "just now", 90: "2 min ago", 7200: "2 h ago", 100_000: "yesterday", 300_000: "3 days ago"}
    for seconds, words in said.items():
        assert ago(now - timedelta(seconds=seconds), now) == words
    assert ago(now - timedelta(days=60), now) == "2026-03-02"
    assert [duration(each) for each in (0.2, 59, 90, 3600)] == ["1 s", "59 s", "2 min", "1 h 00 min"]
    assert home_short("/home/ann/notes", "/home/ann") == "~/notes"
    assert home_short("/home/anna/notes", "/home/ann") == "/home/anna/notes"
