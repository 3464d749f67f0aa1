"""Several collections asked as one: what is found, what is given once, and what becomes of one that cannot be read."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from qa import Answer, Assistant, Filter, Settings
from qa.answers import Citation, path_in
from qa.collections import Collection
from qa.errors import (
    CollectionAway,
    CollectionsAway,
    CorpusEmpty,
    DocumentUnreadable,
    IndexDamaged,
    NothingChosen,
    UsageError,
)
from qa.federated import FederatedAssistant
from qa.index.bm25 import bm25
from qa.index.index_reader import IndexReader
from qa.index.merged import MergedIndex
from qa.index.sqlite.database import FILE_NAME
from qa.inference.encoder import shipped_encoder_folder
from qa.pipeline.models import LoadedModels
from qa.pipeline.retriever import retrieve
from tests.conftest import ROOT
from tests.unit.models import card, encoder, index_folder

PARTY = "The summer party is on 14 June in the garden of the town hall."
RENT = "Our landlord is Mr Petrov. The rent is 900 euros a month."
ALPHA = "The budget of the Alpha project is 40,000 euros. Its manager is Ines Okafor."


@pytest.fixture(scope="module")
def models() -> LoadedModels:
    return LoadedModels(shipped_encoder_folder())


@pytest.fixture
def collections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Collection, ...]:
    """The party is in both, under different names."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = (Collection("notes", tmp_path / "notes"), Collection("work", tmp_path / "work"))
    for collection, files in zip(
        made, ({"party.md": PARTY, "home/flat.md": RENT}, {"a party.md": PARTY, "alpha.md": ALPHA}), strict=True
    ):
        for path, text in files.items():
            (collection.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (collection.folder / path).write_text(text)
    return made


@pytest.fixture
def assistant(collections: Sequence[Collection], models: LoadedModels) -> Iterator[FederatedAssistant]:
    with opened(collections, models) as assistant:
        yield assistant


def opened(collections: Sequence[Collection], models: LoadedModels) -> FederatedAssistant:
    return FederatedAssistant.open(collections, settings=Settings(), models=models, build=build)


def build(collection: Collection, settings: Settings) -> None:
    assert settings.index is not None
    index_folder(collection.folder, settings.index)


def index_of(collection: Collection) -> Path:
    folder = collection.settings(Settings()).index
    assert folder is not None
    return folder


def place(answer: Answer) -> tuple[str, str | None]:
    assert answer.citation is not None
    return answer.citation.path, answer.citation.collection


def test_one_ask_reads_the_best_of_all(assistant: FederatedAssistant) -> None:
    assert place(assistant.ask("How much is the rent?")) == ("notes/home/flat.md", "notes")
    assert place(assistant.ask("Who is the manager of the Alpha project?")) == ("work/alpha.md", "work")
    found = assistant.search("euros", 10)
    assert {(one.path, one.collection) for one in found} >= {("notes/home/flat.md", "notes"), ("work/alpha.md", "work")}


def test_the_same_document_in_two_is_given_once(assistant: FederatedAssistant) -> None:
    answer = assistant.ask("When is the summer party?")
    assert place(answer) == ("notes/party.md", "notes")
    assert "work/a party.md" not in {passage.path for passage in answer.passages}
    assert assistant.documents() == ("notes/home/flat.md", "notes/party.md", "work/alpha.md")
    assert assistant.ask("Who painted the Mona Lisa?").searched == 3


def test_the_copy_that_a_filter_leaves_is_given(assistant: FederatedAssistant) -> None:
    assert place(assistant.ask("When is the summer party?", only=Filter(path="a *.md"))) == ("work/a party.md", "work")


def test_a_filter_is_about_the_paths_within_a_collection(assistant: FederatedAssistant) -> None:
    assert {one.path for one in assistant.search("euros", 10, only=Filter(path="home/**"))} == {"notes/home/flat.md"}
    with pytest.raises(NothingChosen, match=r"None of the 3 documents.*within a collection"):
        assistant.ask("How much is the rent?", only=Filter(path="nowhere/"))


def test_what_one_answers_alone_it_answers_among_others(
    collections: Sequence[Collection], models: LoadedModels
) -> None:
    with opened(collections[:1], models) as alone, opened(collections, models) as together:
        assert alone.status().index == index_of(collections[0])
        for question in ("How much is the rent?", "When is the summer party?", "summarise flat.md"):
            assert place(alone.ask(question)) == place(together.ask(question))
            assert alone.ask(question).text == together.ask(question).text


@pytest.mark.parametrize("name", ["cliff", "rent-of-the-flat"])
def test_the_name_of_a_collection_changes_nothing_that_is_answered(
    name: str, collections: Sequence[Collection], models: LoadedModels, tmp_path: Path
) -> None:
    folder = collections[0].folder
    (folder / "copy of the party.md").write_text(PARTY)
    index_folder(folder, tmp_path / "plain")
    settings = Settings(corpus=folder, index=tmp_path / "plain")
    with (
        Assistant.open(settings=settings, models=models) as plain,
        opened([Collection(name, folder)], models) as named,
    ):
        for question in (
            "How much is the rent?",
            "How much is the rent of the flat at the cliff?",
            "When is the party?",
            "summarise the flat",
            "Who painted the Mona Lisa?",
        ):
            one, other = named.ask(question), plain.ask(question)
            assert told(one) == told(other)
            assert numbers(one) == pytest.approx(numbers(other), abs=1e-4)


def told(answer: Answer) -> tuple[object, ...]:
    """What an answer says, without the names of collections."""
    places = [(path_in(one.collection, one.path), one.start) for one in (*answer.passages, *citations(answer))]
    return answer.text, answer.kind, answer.certainty, answer.searched, places


def citations(answer: Answer) -> list[Citation]:
    return [one.citation for one in (*answer.parts, *answer.alternatives)]


def numbers(answer: Answer) -> list[float | None]:
    return [answer.confidence, answer.absent_probability, *(one.score for one in answer.passages)]


def test_documents_and_files_are_found_by_the_paths_of_citations(assistant: FederatedAssistant) -> None:
    assert assistant.document_text("work/alpha.md") == ALPHA
    assert assistant.file_of("work/a party.md").read_text() == PARTY
    for path in ("alpha.md", "nope/alpha.md", "work/../notes/party.md", "work//alpha.md", "work/", ""):
        with pytest.raises(KeyError):
            assistant.document_text(path)
        with pytest.raises(DocumentUnreadable):
            assistant.file_of(path)


def test_a_follow_up_goes_over_all(assistant: FederatedAssistant) -> None:
    conversation = assistant.conversation()
    conversation.ask("Who is the manager of the Alpha project?")
    assert place(conversation.ask("What is its budget?")) == ("work/alpha.md", "work")


def test_what_has_changed_is_told_of_each(assistant: FederatedAssistant, collections: Sequence[Collection]) -> None:
    (collections[1].folder / "new.md").write_text("The key hangs behind the clock.")
    assert assistant.stale() == ("work/new.md",)
    assert assistant.status().stale == ("work/new.md",)
    assert assistant.statuses()["notes"].stale == ()


@pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b"garbage"), Path.unlink])
def test_one_that_is_damaged_while_it_is_asked_is_left_out_until_it_is_mended(
    damage: object, assistant: FederatedAssistant, collections: Sequence[Collection]
) -> None:
    assistant.ask("How much is the rent?")
    damage(index_of(collections[0]) / FILE_NAME)  # type: ignore[operator]
    assert place(assistant.ask("When is the summer party?")) == ("work/a party.md", "work")
    assert list(assistant.left_out) == ["notes"]
    assert "-c notes" in str(assistant.left_out["notes"])
    assert assistant.documents() == ("work/a party.md", "work/alpha.md")

    shutil.rmtree(index_of(collections[0]))
    build(collections[0], collections[0].settings(Settings()))
    assert place(assistant.ask("When is the summer party?")) == ("notes/party.md", "notes")
    assert not assistant.left_out


def test_damage_in_the_middle_of_an_ask_costs_only_that_collection(
    assistant: FederatedAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    passages = IndexReader.passages

    def failing(reader: IndexReader, ids: Sequence[int]) -> object:
        if reader.folder.name.startswith("work"):
            raise IndexDamaged(reader.folder, "a page is not as it was written")
        return passages(reader, ids)

    monkeypatch.setattr(IndexReader, "passages", failing)
    assert place(assistant.ask("How much is the rent?")) == ("notes/home/flat.md", "notes")
    assert "is damaged" in str(assistant.left_out["work"])


def test_one_that_was_damaged_before_or_cannot_be_built_is_named_and_the_others_answer(
    collections: Sequence[Collection], models: LoadedModels, tmp_path: Path
) -> None:
    opened(collections, models).close()
    (index_of(collections[0]) / FILE_NAME).write_bytes(b"garbage")
    (tmp_path / "empty").mkdir()
    more = (Collection("gone", tmp_path / "gone"), Collection("empty", tmp_path / "empty"))
    with opened((*collections, *more), models) as assistant:
        assert place(assistant.ask("When is the summer party?")) == ("work/a party.md", "work")
        assert {name: type(error) for name, error in assistant.left_out.items()} == {
            "notes": IndexDamaged,
            "gone": CollectionAway,
            "empty": CorpusEmpty,
        }


def test_one_whose_folder_is_away_is_answered_from_its_index(
    assistant: FederatedAssistant, collections: Sequence[Collection]
) -> None:
    collections[0].folder.rename(collections[0].folder.with_name("away"))
    assert place(assistant.ask("How much is the rent?")) == ("notes/home/flat.md", "notes")
    assert [one.name for one in assistant.away] == ["notes"]
    assert assistant.stale() == ()
    assert list(assistant.statuses()) == ["notes", "work"]


def test_where_none_can_be_asked_the_reasons_are_given(tmp_path: Path, models: LoadedModels) -> None:
    gone = [Collection(name, tmp_path / name) for name in ("gone", "lost")]
    with pytest.raises(CollectionAway, match="collections remove gone"):
        opened(gone[:1], models)
    with pytest.raises(CollectionsAway, match=r"None of the 2 .*gone: .*lost: "):
        opened(gone, models)
    with pytest.raises(UsageError, match="no collection to ask"):
        opened([], models)


def test_an_index_that_appears_later_is_taken_in(collections: Sequence[Collection], models: LoadedModels) -> None:
    build(collections[0], collections[0].settings(Settings()))
    with FederatedAssistant.open_indexed(collections, settings=Settings(), models=models) as assistant:
        assert list(assistant.left_out) == ["work"]
        build(collections[1], collections[1].settings(Settings()))
        assert place(assistant.ask("Who is the manager of the Alpha project?")) == ("work/alpha.md", "work")
        assert not assistant.left_out


PARAGRAPHS = [one for one in (ROOT / "corpus" / "russia-and-central-asia.txt").read_text().split("\n") if len(one) > 80]
QUESTIONS = (
    "How many Russian military personnel are at the Kant airbase?",
    "When did Putin visit Kazakhstan?",
    "What does Turkmenistan export?",
    "gas pipeline",
    "Who is the president of Uzbekistan?",
)


def test_parts_are_ranked_as_the_whole_is(tmp_path: Path) -> None:
    """The same paragraphs in one index and in three of very different sizes: nearly the same passages are found."""
    for number, paragraph in enumerate(PARAGRAPHS):
        digest = hashlib.sha256(paragraph.encode()).digest()[0]
        part = "small" if digest < 16 else "middle" if digest < 64 else "large"
        for folder in (tmp_path / "whole", tmp_path / part):
            folder.mkdir(exist_ok=True)
            (folder / f"{number}.txt").write_text(paragraph)
    readers = {}
    for name in ("whole", "large", "middle", "small"):
        index_folder(tmp_path / name, tmp_path / f"{name}-index")
        readers[name] = IndexReader(tmp_path / f"{name}-index", card())
    with ExitStack() as stack:
        whole = stack.enter_context(closing(readers.pop("whole")))
        parts = stack.enter_context(closing(MergedIndex(readers)))
        assert min(reader.passage_count() for reader in readers.values()) > 0
        for question in QUESTIONS:
            vector = encoder().encode([question])[0]
            expected = [hit.passage.path for hit in retrieve(whole, question, vector, 10)]
            found = [hit.passage.path.partition("/")[2] for hit in retrieve(parts, question, vector, 10)]
            assert found[0] == expected[0]
            assert len(set(found) & set(expected)) >= 0.8 * len(set(expected))


def test_a_word_that_is_common_in_all_counts_less_however_rare_in_one() -> None:
    scores = bm25({1: ["budget", "the"], 2: ["the", "the"]}, {("budget",): 3, ("the",): 900}, 1000)
    assert scores[1] > scores[2] > 0
    assert bm25({1: ["3", "1", "0"], 2: ["0", "1", "3"]}, {("3", "1", "0"): 1}, 10)[2] == 0
    assert bm25({}, {("a",): 1}, 10) == {}
