from __future__ import annotations

from pathlib import Path

import pytest

from qa.corpus_place import BucketAddress, corpus_place, why_no_path
from qa.errors import UsageError
from qa.locations import folder_of, index_of, indexes
from qa.settings import Settings, corpus_given


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("notes", Path("notes")),
        ("~/notes", Path("~/notes")),
        ("s3:/notes", Path("s3:/notes")),
        ("file:///srv/notes", Path("/srv/notes")),
        ("s3://bucket", BucketAddress("s3", "bucket")),
        ("s3://bucket/", BucketAddress("s3", "bucket")),
        ("S3://bucket/a b/c@d/", BucketAddress("s3", "bucket", "a b/c@d")),
        ("gs://my_bucket.example/notes", BucketAddress("gs", "my_bucket.example", "notes")),
    ],
)
def test_a_place_is_a_folder_unless_it_is_an_address(given: str, place: object) -> None:
    assert corpus_place(given) == place


@pytest.mark.parametrize(
    "given",
    [
        "s3://AKIAEXAMPLE:SECRET/KEY@bucket/notes",
        "s3://SECRET@bucket/notes",
        "s3://bucket/notes?X-Amz-Signature=SECRET",
        "s3://SECRET",
        "https://SECRET@example.org/notes",
        "memory://SECRET",
        "s3:///SECRET",
        "s3://bucket/../SECRET",
        "s3://bucket//SECRET",
        "s3://bucket/SECRET\x1b[31m",
        "s3://bucket/SECRET\0",
        "file://SECRET/notes",
    ],
)
def test_an_address_that_cannot_be_is_refused_and_not_shown(given: str) -> None:
    with pytest.raises(UsageError) as refused:
        corpus_given(given)
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../a", "a/../b", "a//b", "./a", "a/", "a\0b", "a\nb", "a\x9bb", "\ud800"]
)
def test_a_key_that_is_no_relative_path_is_none(key: str) -> None:
    assert why_no_path(key)


def test_a_key_that_is_a_path_is_one() -> None:
    assert why_no_path("Ä b/..c/d....txt") is None


def test_the_index_of_a_bucket_lies_in_the_data_directory_one_for_each_address() -> None:
    one, other = (index_of(Settings(), BucketAddress("s3", "bucket", prefix)) for prefix in ("corpus", "corpus/a"))
    assert one != other
    assert {one.parent, other.parent} == {indexes()}  # type: ignore[union-attr]


def test_what_takes_folders_only_says_so() -> None:
    with pytest.raises(UsageError, match="takes folders only, not s3://bucket"):
        folder_of(Settings(corpus=BucketAddress("s3", "bucket")))
