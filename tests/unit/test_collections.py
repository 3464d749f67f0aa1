"""The file of the collections: what may stand there, what is said of what may not, and what a change leaves alone."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.collections import Collections, CollectionsFile, checked_name
from qa.collections.editing import with_collection, with_other_name, without_collection
from qa.errors import CollectionsUnusable, CollectionUnknown, UsageError

BY_HAND = """\
# My documents

[notes] # private
folder = "{notes}"
include = ["*.md"]

# about work
["work"]
folder = "{work}"   # on the server
default = false
"""


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / name for name in ("notes", "work")}
    for folder in found.values():
        (folder / "inner").mkdir(parents=True)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "configuration" / "qa" / "collections.toml"


@pytest.fixture
def by_hand(file: Path, folders: dict[str, Path]) -> Path:
    file.parent.mkdir(parents=True)
    file.write_text(BY_HAND.format(**folders))
    return file


def test_where_there_is_no_file_there_are_no_collections(file: Path) -> None:
    assert Collections.load(file).all == ()


def test_what_is_added_is_there_in_its_order_and_for_its_owner_alone(file: Path, folders: dict[str, Path]) -> None:
    CollectionsFile(file).add("work", folders["work"], description="  At\n work ")
    CollectionsFile(file).add("notes", folders["notes"], default=False)
    found = Collections.load(file)
    assert [(one.name, one.folder, one.description, one.default) for one in found] == [
        ("work", folders["work"], "At work", True),
        ("notes", folders["notes"], "", False),
    ]
    assert [one.name for one in found.default] == ["work"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_written_by_hand_is_read(by_hand: Path, folders: dict[str, Path]) -> None:
    notes, work = Collections.load(by_hand)
    assert (notes.folder, notes.default, notes.include, notes.choice is not None) == (
        folders["notes"],
        True,
        ("*.md",),
        True,
    )
    assert (work.folder, work.default, work.choice) == (folders["work"], False, None)


def test_a_change_leaves_comments_and_order_alone(by_hand: Path, folders: dict[str, Path]) -> None:
    kept = CollectionsFile(by_hand)
    kept.describe("work", "The server")
    kept.rename("work", "job.1")
    expected = BY_HAND.format(**folders).replace('["work"]', '["job.1"]') + 'description = "The server"\n'
    assert by_hand.read_text() == expected
    kept.remove("notes")
    assert by_hand.read_text() == '# My documents\n\n# about work\n["job.1"]\n' + expected.split('["job.1"]\n')[1]
    kept.remove("job.1")
    assert by_hand.read_text() == "# My documents\n\n"


@pytest.mark.parametrize("text", ['notes = {{folder = "{notes}"}}\n', 'notes.folder = "{notes}"\n'])
def test_other_ways_to_write_a_collection_can_be_changed_too(text: str, file: Path, folders: dict[str, Path]) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text.format(**folders))
    kept = CollectionsFile(file)
    kept.rename("notes", "mine")
    kept.describe("mine", "Mine", default=False)
    (mine,) = Collections.load(file)
    assert (mine.name, mine.folder, mine.description, mine.default) == ("mine", folders["notes"], "Mine", False)
    kept.remove("mine")
    assert Collections.load(file).all == ()


def test_a_link_to_a_file_elsewhere_stays_a_link(by_hand: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked.toml"
    linked.symlink_to(by_hand)
    CollectionsFile(linked).remove("work")
    assert linked.is_symlink()
    assert [one.name for one in Collections.load(by_hand)] == ["notes"]


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b", "/", "..", ".", "a b", "a\nb", "a\x1b[31mb", "a\0b", "-c", "_a", "a\\b", "a:b", "a" * 300, "‮a"],
)
def test_a_name_that_cannot_be_is_refused_in_one_plain_line(name: str, file: Path, folders: dict[str, Path]) -> None:
    with pytest.raises(UsageError) as caught:
        CollectionsFile(file).add(name, folders["notes"])
    said = str(caught.value)
    assert len(said) < 250
    assert all(character.isprintable() for character in said)
    assert not file.exists()


@pytest.mark.parametrize("name", ["notes", "2024", "Größe", "a.b-c_d", "日記", "a" * 64])
def test_names_may_have_letters_of_any_script(name: str, file: Path, folders: dict[str, Path]) -> None:
    CollectionsFile(file).add(name, folders["notes"])
    assert Collections.load(file).named([name])[0].folder == folders["notes"]


def test_one_name_in_two_ways_of_unicode_is_one_name(file: Path, folders: dict[str, Path]) -> None:
    CollectionsFile(file).add("Gro\u0308sse", folders["notes"])
    assert Collections.load(file).named(["Gr\u00f6sse"])[0].name == "Gr\u00f6sse"


@pytest.mark.parametrize(
    ("name", "folder", "said"),
    [
        ("notes", "work", "There is a collection notes already"),
        ("NOTES", "work", "There is a collection notes already"),
        ("mine", "notes", "The folders of notes and mine are the same"),
        ("mine", "notes/../notes/", "The folders of notes and mine are the same"),
        ("mine", "link", "The folders of notes and mine are the same"),
        ("mine", "notes/inner", "The folder of mine lies within that of notes"),
        ("mine", ".", "The folder of notes lies within that of mine"),
        ("mine", "nowhere", "There is no folder at"),
        ("mine", "notes/file.txt", "is a file"),
    ],
)
def test_what_cannot_be_added(
    name: str, folder: str, said: str, file: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    (folders["notes"] / "file.txt").write_text("The key hangs behind the clock.")
    (tmp_path / "link").symlink_to(folders["notes"])
    CollectionsFile(file).add("notes", folders["notes"])
    before = file.read_text()
    with pytest.raises(UsageError, match=said):
        CollectionsFile(file).add(name, tmp_path / folder)
    assert file.read_text() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept.remove("nope"),
        lambda kept: kept.rename("nope", "other"),
        lambda kept: kept.describe("nope", "text"),
        lambda kept: Collections.load(kept.path).named(["nope"]),
    ],
)
def test_a_collection_that_is_not_there_is_said_with_those_that_are(
    change: Callable[[CollectionsFile], object], by_hand: Path
) -> None:
    with pytest.raises(CollectionUnknown, match=r"There is no collection nope\. There are notes, work\."):
        change(CollectionsFile(by_hand))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[notes\nfolder = "/a"', "line 1"),
        ("{ this is no TOML }", "line 1"),
        ('[notes]\nfolder = "/a"\n[notes]\nfolder = "/b"', "line 3"),
        (b'[notes]\nfolder = "/\xff"', "line 2 is not UTF-8"),
        ('folder = "/a"', "folder stands outside of a collection"),
        ("[[notes]]\nfolder = 1", "notes stands outside of a collection"),
        ("[notes]", r"\[notes\]: there is no folder"),
        ("[notes]\nfolder = 3", r"\[notes\]: folder is not a text"),
        ('[notes]\nfolder = "/a"\ndefault = "yes"', r"\[notes\]: default is not true or false"),
        ('[notes]\nfolder = "/a"\ndefault = 1', r"\[notes\]: default is not true or false"),
        ('[notes]\nfolder = "/a"\ninclude = "*.md"', r"\[notes\]: include is not a list of texts"),
        ('[notes]\nfolder = "/a"\nexclude = [1]', r"\[notes\]: exclude is not a list of texts"),
        ('[notes]\nfolder = "/a"\ncolour = "red"', r"\[notes\]: there is no key colour.*description"),
        ('[notes]\nfolder = "a"', r"\[notes\]: the folder a depends on where one is"),
        ('[notes]\nfolder = ""', r"\[notes\]: the folder is empty"),
        ('["a/b"]\nfolder = "/a"', "'a/b' cannot be the name"),
        ('["a\\u001bb"]\nfolder = "/a"', "cannot be the name"),
        ('[a]\nfolder = "/x"\n[b]\nfolder = "/x"', "the folders of a and b are the same, /x"),
        ('[a]\nfolder = "/x"\n[b]\nfolder = "/x/y"', "the folder of b lies within that of a"),
        ('[a]\nfolder = "/x"\n[A]\nfolder = "/y"', "differ in nothing but case"),
        ("#" * 1_000_001, "more than a million bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_named_with_its_place(text: str | bytes, said: str, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CollectionsUnusable, match=said) as caught:
        Collections.load(file)
    assert str(file) in str(caught.value)
    assert caught.value.hint
    before = file.read_bytes()
    with pytest.raises(CollectionsUnusable):
        CollectionsFile(file).remove("notes")
    assert file.read_bytes() == before


def test_a_folder_in_place_of_the_file_is_named(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(CollectionsUnusable, match="is a directory"):
        Collections.load(file)


names = st.text(string.ascii_letters + string.digits + "-_.äß日", min_size=1, max_size=20).filter(
    lambda name: name[0] not in "-_."
)


@given(st.lists(names, min_size=1, max_size=6, unique_by=str.casefold), names, st.data())
def test_a_text_says_what_was_put_into_it(all_names: list[str], new: str, data: st.DataObject) -> None:
    text = ""
    for number, name in enumerate(all_names):
        text = with_collection(text, name, {"folder": f"/{number}", "description": "[x]\n\"'\\ #"})
    assert list(tomllib.loads(text)) == all_names
    chosen = data.draw(st.sampled_from(all_names))
    left = [name for name in all_names if name != chosen]
    assert list(tomllib.loads(without_collection(text, chosen))) == left
    if new not in left:
        renamed = [new if name == chosen else name for name in all_names]
        assert list(tomllib.loads(with_other_name(text, chosen, new))) == renamed
    assert checked_name(chosen)
