"""Documents in a bucket are listed, read and indexed as those of a folder are."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from qa.corpus_place import BucketAddress
from qa.documents import Loader, SourceFile, read_bytes, sources
from qa.errors import BucketMissing, CorpusEmptied, DocumentUnreachable, DocumentUnreadable, StorageRefused
from qa.index.embedded import EmbeddedBackend
from qa.index.writing import pending
from qa.index.writing.execution import CutDocument, InThisProcess
from qa.index.writing.writer import UpdateReport, update
from qa.text.passages import Splitter
from tests.documents import made
from tests.storage.conftest import Storage
from tests.unit.models import index_model

PAGE = "<html><body><nav><a href='/'>Home</a> <a href='/help'>Help for members</a></nav><p>Page {}.</p></body></html>"
FOLDER: dict[str, bytes] = {
    ".qaignore": b"*.log\n",
    "party.txt": b"The summer party is on 12 July.",
    "b.log": b"ignored",
    ".hidden/a.txt": b"hidden",
    "lib/pyvenv.cfg": b"home = /usr",
    "lib/a.txt": b"of a virtual environment",
    "photo.jpg": b"no document",
    "deep/.qaignore": b"!keep.log\n",
    "deep/keep.log": b"It is kept.",
    "deep/er/still/report.docx": made.word(),
    "empty.txt": b"",
    **{f"pages/{number}.html": PAGE.format(number).encode() for number in range(5)},
}


@pytest.fixture
def indexed(storage: Storage, tmp_path: Path) -> Callable[[], UpdateReport]:
    """Brings the index of the bucket's folder 2024 up to date."""
    return lambda: update(storage.address("2024"), tmp_path / "index", index_model())


def found_in(corpus: Path | BucketAddress) -> tuple[dict[str, object], dict[str, str]]:
    """What is read of every document, by path, and what is skipped."""
    skipped: dict[str, str] = {}
    texts: dict[str, object] = {}
    with Loader() as loader:
        for source in sources(corpus, skip=skipped.__setitem__):
            document = loader.load(source)
            texts[source.path] = (document.text, document.marks, document.sha256, document.size, document.left_out)
    return texts, skipped


def test_the_same_files_are_read_and_the_same_text_as_from_a_folder(storage: Storage, tmp_path: Path) -> None:
    for path, data in FOLDER.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    storage.put_all({f"2024/{path}": data for path, data in FOLDER.items()} | {"2024-old/a.txt": b"another folder"})
    texts, skipped = found_in(storage.address("2024"))
    assert (texts, skipped) == found_in(tmp_path)
    assert {"deep/keep.log", "pages/4.html"} <= texts.keys()
    assert "Help for members" not in str(texts["pages/4.html"])


def test_one_object_is_a_corpus_too(storage: Storage) -> None:
    storage.put_all({"2024/party.txt": b"The party is on 12 July.", "2024/party.txt.bak": b"no"})
    assert list(found_in(storage.address("2024/party.txt"))[0]) == ["party.txt"]


def test_what_did_not_change_is_not_read_again(storage: Storage, indexed: Callable[[], UpdateReport]) -> None:
    storage.put_all({"2024/a.txt": b"The key hangs here.", "2024/b.txt": b"The cart is red."})
    assert indexed().added == ("a.txt", "b.txt")
    assert storage.requests.reads() == ["2024/a.txt", "2024/b.txt"]
    assert not indexed().changed_something
    assert storage.requests.reads() == []


def test_another_content_of_the_same_size_is_noticed_within_the_same_second(
    storage: Storage, indexed: Callable[[], UpdateReport]
) -> None:
    storage.put_all({"2024/a.txt": b"The key hangs here.", "2024/b.txt": b"The cart is red."})
    before = {source.path: source.mtime_ns for source in sources(storage.address(), skip=lambda *_: None)}
    storage.put_all({"2024/a.txt": b"The key hangs high.", "2024/b.txt": b"The cart is red."})
    after = {source.path: source.mtime_ns for source in sources(storage.address(), skip=lambda *_: None)}
    assert before["2024/a.txt"] % 1_000_000_000 != after["2024/a.txt"] % 1_000_000_000
    assert before["2024/b.txt"] % 1_000_000_000 == after["2024/b.txt"] % 1_000_000_000
    indexed()
    storage.put_all({"2024/a.txt": b"The key hangs here."})
    assert indexed().changed == ("a.txt",)


def test_what_is_gone_is_removed_and_what_has_another_name_is_followed(
    storage: Storage, indexed: Callable[[], UpdateReport]
) -> None:
    storage.put_all({"2024/a.txt": b"The key hangs here.", "2024/b.txt": b"The cart is red."})
    indexed()
    storage.delete("2024/a.txt", "2024/b.txt")
    storage.put_all({"2024/deep/c.txt": b"The cart is red."})
    report = indexed()
    assert (report.removed, report.renamed, report.encoded) == (("a.txt",), (("b.txt", "deep/c.txt"),), 0)


def test_a_prefix_without_objects_leaves_the_index_as_it_is(
    storage: Storage, indexed: Callable[[], UpdateReport], tmp_path: Path
) -> None:
    storage.put_all({"2024/a.txt": b"The key hangs here."})
    indexed()
    storage.delete("2024/a.txt")
    with pytest.raises(CorpusEmptied):
        indexed()
    assert EmbeddedBackend(tmp_path / "index").exists()


def test_an_index_may_have_been_made_of_a_copy_in_a_folder(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_bytes(b"The key hangs here.")
    storage.put_all({"2024/a.txt": b"The key hangs here."})
    model = index_model()
    update(tmp_path / "notes", tmp_path / "index", model)
    assert update(storage.address("2024"), tmp_path / "index", model).encoded == 0


def test_an_object_that_is_gone_since_it_was_listed_is_named(storage: Storage) -> None:
    storage.put_all({"2024/a.txt": b"The key hangs here."})
    (source,) = sources(storage.address("2024"), skip=lambda *_: None)
    storage.delete("2024/a.txt")
    with pytest.raises(DocumentUnreachable, match=r"a\.txt: it is gone"):
        read_bytes(source)


def test_an_object_that_may_not_be_read_is_named_and_the_others_are_indexed(
    storage: Storage, indexed: Callable[[], UpdateReport]
) -> None:
    storage.put_all({"2024/a.txt": b"The key hangs here.", "2024/secret.txt": b"It is secret."})
    storage.client.put_bucket_policy(
        Bucket=storage.bucket,
        Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",'
        f' "Resource": "arn:aws:s3:::{storage.bucket}/2024/secret.txt"}}]}}',
    )
    report = indexed()
    assert report.added == ("a.txt",)
    assert [(one.path, one.reason) for one in report.skipped] == [("secret.txt", "access to it is refused")]


def test_a_bucket_that_goes_away_meanwhile_is_no_matter_of_one_object(storage: Storage) -> None:
    from qa.documents import StoredObject

    gone = SourceFile("a.txt", StoredObject("s3", "no-such-bucket", "a.txt"), 3, 0)
    with pytest.raises(BucketMissing):
        read_bytes(gone)


def test_an_object_above_the_limit_is_not_fetched(storage: Storage) -> None:
    storage.put_all({"2024/a.txt": b"The key hangs here."})
    (source,) = sources(storage.address("2024"), skip=lambda *_: None)
    storage.requests.lines.clear()
    with pytest.raises(DocumentUnreadable, match="larger than 32 MB"):
        read_bytes(SourceFile(source.path, source.file, 33 << 20, 0))
    assert storage.requests.reads() == []


class ShutOutAfterTheFirst(InThisProcess):
    """The storage refuses access once a document was cut."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def cut(
        self, sources: Iterable[SourceFile], splitter: Splitter
    ) -> Generator[tuple[SourceFile, CutDocument | DocumentUnreadable]]:
        for cut in super().cut(sources, splitter):
            yield cut
            self._storage.let_in(nobody=True)


def test_what_was_read_before_the_storage_went_away_is_not_read_again(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "_KEPT_EVERY", 0.0)
    storage.put_all({f"2024/{name}.txt": f"The cart of {name} is red.".encode() for name in "abc"})
    address, index = storage.address("2024"), tmp_path / "index"
    try:
        with pytest.raises(StorageRefused, match="InvalidAccessKeyId"):
            update(address, index, replace(index_model(), executor=ShutOutAfterTheFirst(storage)))
    finally:
        storage.let_in(nobody=False)
    storage.requests.lines.clear()
    assert update(address, index, index_model()).added == ("a.txt", "b.txt", "c.txt")
    assert storage.requests.reads() == ["2024/b.txt", "2024/c.txt"]
