"""A file of collections that changes while a server runs: noticed, taken over, and what is gone let go of."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from qa import Settings
from qa.collections import Collections, CollectionsFile, FollowedFile
from qa.errors import CollectionUnknown, QaError
from qa.hosting.document_service import DocumentService
from qa.hosting.offer import Offer
from qa.hosting.tickets import Ticket
from qa.locations import shipped_corpus
from tests.unit.models import index_folder

TEXTS = {
    "notes": "Our landlord is Mr Petrov.\nThe rent is 900 euros a month.",
    "work": "The manager of the Alpha project is Ines Okafor. Its budget is 40,000 euros.",
}
RENT = ("How much is the rent?", "900 euros a month")
MANAGER = ("Who is the manager of the Alpha project?", "Ines Okafor")


@dataclass
class Hands:
    """Clocks that go when they are told to: `elapsed` of the process, `today` of the file system. Seconds."""

    elapsed: float = 0.0
    today: float = math.inf

    def followed(self, path: Path) -> FollowedFile:
        return FollowedFile(path, clock=lambda: self.elapsed, today=lambda: self.today)


def names(found: Collections | None) -> list[str] | None:
    return None if found is None else [one.name for one in found]


@pytest.fixture
def file(tmp_path: Path) -> CollectionsFile:
    """With the collections notes and work."""
    kept = CollectionsFile(tmp_path / "config" / "collections.toml")
    for name, text in TEXTS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(text)
        kept.add(name, tmp_path / name, default=name == "notes")
    return kept


def test_a_change_is_news_once_and_the_file_is_looked_at_once_a_second(file: CollectionsFile, tmp_path: Path) -> None:
    hands = Hands()
    followed = hands.followed(file.path)
    assert names(followed.news()) == ["notes", "work"]
    hands.elapsed = 1
    assert followed.news() is None
    file.remove("work")
    hands.elapsed = 1.9
    assert followed.news() is None
    hands.elapsed = 2
    assert names(followed.news()) == ["notes"]
    hands.elapsed = 3
    assert followed.news() is None
    file.path.unlink()
    hands.elapsed = 4
    assert names(followed.news()) == []
    (tmp_path / "new").mkdir()
    file.add("new", tmp_path / "new")
    hands.elapsed = 5
    assert names(followed.news()) == ["new"]


def test_a_file_that_is_just_being_written_is_left_alone_for_a_moment(file: CollectionsFile) -> None:
    hands = Hands(today=file.path.stat().st_mtime + 0.1)
    followed = hands.followed(file.path)
    assert followed.news() is None
    hands.elapsed, hands.today = 0.4, hands.today + 0.4
    assert names(followed.news()) == ["notes", "work"]
    file.path.unlink()
    hands.elapsed, hands.today = 2, file.path.parent.stat().st_mtime
    assert followed.news() is None
    hands.elapsed, hands.today = 3, hands.today + 1
    assert names(followed.news()) == []


def test_a_time_to_come_is_no_reason_to_wait(file: CollectionsFile) -> None:
    assert names(Hands(today=0).followed(file.path).news()) == ["notes", "work"]


def test_a_broken_file_is_no_news_is_named_once_and_read_again_when_it_is_mended(
    file: CollectionsFile, caplog: pytest.LogCaptureFixture
) -> None:
    hands = Hands()
    followed = hands.followed(file.path)
    assert followed.news() is not None
    whole = file.path.read_text()
    with caplog.at_level(logging.WARNING, logger="qa"):
        for broken in ("[notes]\nfolder =", "[notes]\nfolder =", "[notes]\n"):
            file.path.write_text(broken)
            for _ in range(3):
                hands.elapsed += 1
                assert followed.news() is None
            assert str(file.path) in str(followed.problem)
    assert len(caplog.records) == 2
    file.path.write_text(whole)
    hands.elapsed += 1
    assert names(followed.news()) == ["notes", "work"]
    assert followed.problem is None


def test_where_no_collection_is_a_default_one_the_article_is_offered(file: CollectionsFile) -> None:
    assert Offer.of_user(Collections.load(file.path), Settings()).default == ("notes",)
    file.describe("notes", default=False)
    (article,) = Offer.of_user(Collections.load(file.path), Settings()).collections
    assert article.folder == shipped_corpus()


def test_what_is_gone_is_what_has_other_documents(file: CollectionsFile, tmp_path: Path) -> None:
    notes, work = Collections.load(file.path).all
    offer = Offer.of([notes, work])
    assert offer.gone_in(Offer.of([replace(notes, description="Other words", default=False), work])) == frozenset()
    assert offer.gone_in(Offer.of([replace(notes, folder=tmp_path)])) == {"notes", "work"}
    assert offer.gone_in(Offer.of([notes, replace(work, exclude=("a.md",))])) == {"work"}


@pytest.fixture
def service(file: CollectionsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentService]:
    """Over both, which are indexed; it looks at the file whenever it is asked what there is."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for one in Collections.load(file.path):
        place = one.settings(Settings()).index
        assert place is not None
        index_folder(one.folder, place)
    seconds = count(step=10)
    followed = FollowedFile(file.path, clock=lambda: float(next(seconds)), today=lambda: math.inf)
    collections = Collections.load(file.path)
    with closing(DocumentService(Settings(), collections.all, collections.default, followed=followed)) as service:
        yield service


def test_an_ask_in_hand_ends_well_though_its_collection_is_removed(
    service: DocumentService, file: CollectionsFile
) -> None:
    seen: list[tuple[str, ...]] = []

    def removing(stage: str, passages: int) -> None:
        if not seen:
            file.remove("work")
            seen.append(tuple(one.name for one in service.collections))

    answer = service.converse(Ticket(watch=removing), "one", MANAGER[0], ("work",)).answer
    assert seen == [("notes",)]
    assert answer.text == MANAGER[1]
    with pytest.raises(CollectionUnknown):
        service.chosen(["work"])
    with pytest.raises(CollectionUnknown):
        service.ask(Ticket(), MANAGER[0], ("work",))
    with pytest.raises(KeyError):
        service.document_text("work/a.md")
    assert service.notes(("work",)) == []
    assert service.documents(("work",)) == []
    assert set(service.statuses()) == set(service.overviews()) == {"notes"}
    assert service.remembered(MANAGER[0], ("work",)) is None
    assert service.ask(Ticket(), RENT[0], ("notes",)).text == RENT[1]


def test_those_that_are_left_answer_what_was_asked_of_more(service: DocumentService, file: CollectionsFile) -> None:
    both = service.chosen(["notes", "work"])
    file.remove("work")
    assert service.default == ("notes",)
    assert service.ask(Ticket(), RENT[0], both).text == RENT[1]


def test_indexes_and_conversations_are_let_go_of(service: DocumentService, file: CollectionsFile) -> None:
    service.converse(Ticket(), "one", MANAGER[0], ("work",))
    service.converse(Ticket(), "two", RENT[0], ("notes",))
    with service._assistants.using(("work",)) as over_work, service._assistants.using(("notes",)) as over_notes:
        pass
    place = next(one for one in service.collections if one.name == "work").settings(Settings()).index
    assert any(one.parent == place for one in service._offer.backends._loaded._loaded)
    file.remove("work")
    assert len(service.collections) == 1
    with pytest.raises(QaError):
        over_work.documents()
    assert over_notes.documents() == ("notes/a.md",)
    assert [key[0] for key in service._talks._talks] == ["two"]
    assert not any(one.parent == place for one in service._offer.backends._loaded._loaded)


def test_the_same_name_over_another_folder_is_another_collection(
    service: DocumentService, file: CollectionsFile, tmp_path: Path
) -> None:
    assert service.ask(Ticket(), RENT[0], ("notes",)).text == RENT[1]
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "b.md").write_text("The rent is 950 euros a month.")
    file.remove("notes")
    later = file.add("notes", tmp_path / "later")
    place = later.settings(Settings()).index
    assert place is not None
    index_folder(later.folder, place)
    assert service.chosen(["notes"]) == ("notes",)
    assert service.remembered(RENT[0], ("notes",)) is None
    assert service.ask(Ticket(), RENT[0], ("notes",)).text == "950 euros a month"
    assert service.document_text("notes/b.md").startswith("The rent")


def test_other_words_and_another_default_close_nothing(service: DocumentService, file: CollectionsFile) -> None:
    with service._assistants.using(("work",)) as before:
        pass
    file.describe("work", "Contracts", default=True)
    file.describe("notes", default=False)
    assert service.default == ("work",)
    assert [one.description for one in service.collections] == ["", "Contracts"]
    with service._assistants.using(("work",)) as after:
        assert after is before


def test_a_new_collection_is_built_in_the_background_and_one_that_is_dropped_meanwhile_is_not(
    service: DocumentService, file: CollectionsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Path] = []
    begun, go_on, ended, second = (threading.Event() for _ in range(4))

    def update(settings: Settings, *, progress: Any, **_: object) -> None:
        assert settings.corpus is not None
        assert settings.index is not None
        if settings.corpus.name == "first":
            begun.set()
            assert go_on.wait(60)
            try:
                progress(1, 2)
            finally:
                ended.set()
        index_folder(settings.corpus, settings.index)
        built.append(settings.corpus)
        second.set()

    monkeypatch.setattr("qa.index.background.update_apart", update)
    service.start()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text("The ferry leaves at nine.")
    file.add("first", tmp_path / "first")
    assert [one.name for one in service.collections] == ["notes", "work", "first"]
    assert list(service.building(["notes", "first"])) == ["first"]
    assert begun.wait(120)
    file.remove("first")
    file.add("second", tmp_path / "second")
    assert [one.name for one in service.collections] == ["notes", "work", "second"]
    go_on.set()
    assert ended.wait(60)
    assert second.wait(60)
    assert built == [tmp_path / "second"]
    answer = service.ask(Ticket(), "When does the ferry leave?", ("second",)).text
    assert answer is not None
    assert answer.endswith("nine")
    assert service.left_out() == {}


def test_a_broken_file_is_among_the_notes_until_it_is_mended(service: DocumentService, file: CollectionsFile) -> None:
    whole = file.path.read_text()
    file.path.write_text(whole + "[")
    assert len(service.collections) == 2
    (note,) = service.notes(("notes",))
    assert str(file.path) in note
    assert service.ask(Ticket(), RENT[0], ("notes",)).text == RENT[1]
    file.path.write_text(whole)
    assert len(service.collections) == 2
    assert service.notes(("notes",)) == []
