"""Where documents lie: in a folder (or one file), or in a bucket of an object storage that an address names."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<rest>.*)", re.DOTALL)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_FILE = "file"
SCHEMES = ("s3", "gs")
ADDRESSES = "s3://BUCKET/PREFIX or gs://BUCKET/PREFIX"


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """The objects of `bucket` whose keys begin with `prefix` and a slash, or the one object that has `prefix` as its key.

    `prefix` has no slash at its ends; "" stands for the whole bucket.
    """

    scheme: str
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.root}"

    @property
    def root(self) -> str:
        """Bucket and prefix, as fsspec wants a path."""
        return f"{self.bucket}/{self.prefix}" if self.prefix else self.bucket


CorpusPlace = Path | BucketAddress


def corpus_place(given: str | os.PathLike[str]) -> CorpusPlace:
    """What `given` names: objects where it is an address, else a folder or a file.

    Raises ValueError, in words for the user that do not repeat what is given, for an address that cannot be.
    """
    text = os.fspath(given)
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return Path(text)
    scheme, rest = match["scheme"].lower(), match["rest"]
    if scheme == _FILE:
        if not rest.startswith("/"):
            raise ValueError("a file's address is file:///PATH")
        return Path(rest)
    if scheme not in SCHEMES:
        raise ValueError("its scheme is not known")
    return _bucket_address(scheme, rest)


def why_no_path(key: str) -> str | None:
    """What makes the key of an object no relative path of a document; None where it is one."""
    if any(part in ("", ".", "..") for part in key.split("/")):
        return "its name is no path: a part of it is empty, '.' or '..'"
    if any(unicodedata.category(character) == "Cc" for character in key):
        return "its name has control characters"
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    return None


def _bucket_address(scheme: str, rest: str) -> BucketAddress:
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.rstrip("/")
    if "@" in bucket or ":" in bucket or "?" in rest:
        raise ValueError("credentials and parameters do not belong in one (docs/object-storage.md)")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError("it names no bucket")
    if prefix and why_no_path(prefix) is not None:
        raise ValueError("a prefix has no control characters, and no part of it is empty, '.' or '..'")
    return BucketAddress(scheme, bucket, prefix)
