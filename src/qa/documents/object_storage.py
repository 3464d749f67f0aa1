"""Objects in buckets, through fsspec: how they are listed and read. Nothing is ever written there.

Credentials are found where the libraries look for them, in the environment and the usual files. What a server says is not
repeated but for its error code, for it may quote what it was sent.
"""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from qa.corpus_place import BucketAddress
from qa.documents.model import StoredObject
from qa.errors import BucketMissing, QaError, StorageClientMissing, StorageRefused, StorageUnreachable

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "s3": {"use_listings_cache": False},
    "gs": {"use_listings_cache": False, "access": "read_only"},
}
"""A listing that is remembered would hide what has changed since."""
_ATTEMPTS = 2
"""Of s3fs; botocore, below it, tries five times (AWS_MAX_ATTEMPTS), each for 5 s to connect and 15 s to be answered."""
_LONGEST_READ = 600
"""Seconds for one object: a server that sends a byte now and then must not hold up the others."""
_NO_BUCKET = "NoSuchBucket"
_OF_THE_OBJECT = frozenset(("AccessDenied", "403", "InvalidObjectState"))
"""Codes of refusals that may hold for one object only."""
_CREDENTIALS = re.compile(r"Credential|Profile|Token|Refresh|Unauthorized")
"""In the names of errors of the libraries that find no credentials, or cannot use them."""
_REFUSALS = frozenset((401, 403))
_CODE = re.compile(r"[A-Za-z0-9.]{1,60}")
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object of a listing. `key` is its whole key; a change of its content changes `size` or `mtime_ns`."""

    key: str
    size: int
    mtime_ns: int


def objects_below(address: BucketAddress) -> list[ListedObject]:
    """All objects at `address`, in no order; empty where there is none.

    Raises BucketMissing, StorageClientMissing, StorageRefused, StorageUnreachable.
    """
    files = _connected(address)
    with _errors(address):
        found = files.find(address.root, detail=True)
    return [_listed(address.bucket, name, about) for name, about in found.items()]


def entries(folder: StoredObject) -> tuple[list[ListedObject], list[StoredObject]]:
    """The objects directly in `folder`, and its folders, by key. Raises as `objects_below`."""
    files = _connected(folder.address)
    with _errors(folder.address):
        found = files.ls(folder.address.root, detail=True)
    objects, folders = [], []
    for about in found:
        listed = _listed(folder.bucket, about["name"], about)
        if about["type"] != "directory":
            objects.append(listed)
        elif listed.key.rstrip("/") != folder.key:
            folders.append(StoredObject(folder.scheme, folder.bucket, listed.key.rstrip("/")))
    return sorted(objects, key=lambda one: one.key), sorted(folders)


def read_at_most(stored: StoredObject, most: int) -> bytes:
    """The first `most` bytes of an object that is not empty.

    Raises FileNotFoundError and PermissionError where this one cannot be had, BucketMissing, StorageClientMissing,
    StorageRefused and StorageUnreachable where none can.
    """
    files = _connected(stored.address)
    with _errors(BucketAddress(stored.scheme, stored.bucket), of_one_object=True):
        data: bytes = files.cat_file(f"{stored.bucket}/{stored.key}", start=0, end=most, timeout=_LONGEST_READ)
    return data


def _connected(address: BucketAddress) -> Any:
    """fsspec's file system. Raises as `objects_below`, but for BucketMissing."""
    try:
        import fsspec

        fsspec.get_filesystem_class(address.scheme)
    except ImportError as error:
        raise StorageClientMissing(address, address.scheme) from error
    with _errors(address):
        return _file_system(address.scheme)


@cache
def _file_system(scheme: str) -> Any:
    import fsspec

    # One of its own: others in this process may have set theirs up in another way.
    made = fsspec.filesystem(scheme, skip_instance_cache=True, **_OPTIONS.get(scheme, {}))
    if hasattr(made, "retries"):
        made.retries = _ATTEMPTS
    return made


def _listed(bucket: str, name: str, about: Mapping[str, Any]) -> ListedObject:
    key = name.lstrip("/").removeprefix(bucket).removeprefix("/")
    return ListedObject(key, int(about.get("size") or 0), _mtime_ns(about))


def _mtime_ns(about: Mapping[str, Any]) -> int:
    """The second in which the object was written, and in place of its fraction a digest of the ETag: two states that were
    written within one second differ."""
    written = next((about[name] for name in ("LastModified", "mtime", "updated", "created") if about.get(name)), 0)
    if isinstance(written, str):
        written = datetime.fromisoformat(written)
    if isinstance(written, datetime):
        written = (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp()
    tag = about.get("ETag") or about.get("etag")
    if tag is None:
        return int(written * _SECOND)
    digest = hashlib.blake2b(str(tag).encode("utf-8", "replace"), digest_size=8).digest()
    return int(written) * _SECOND + int.from_bytes(digest) % _SECOND


@contextmanager
def _errors(address: BucketAddress, *, of_one_object: bool = False) -> Iterator[None]:
    """What the libraries raise, in words for the user."""
    try:
        yield
    except QaError:
        raise
    except Exception as error:
        # botocore, aiohttp, google-auth and fsspec have no base of their own in common.
        code = _code(error)
        if of_one_object and isinstance(error, FileNotFoundError) and code != _NO_BUCKET:
            raise FileNotFoundError(errno.ENOENT, "it is gone") from error
        if of_one_object and code in _OF_THE_OBJECT:
            raise PermissionError(errno.EACCES, "access to it is refused") from error
        raise _for_users(error, code, address) from error


def _for_users(error: Exception, code: str, address: BucketAddress) -> QaError:
    name = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return BucketMissing(address)
    if isinstance(error, PermissionError) or _CREDENTIALS.search(name) or getattr(error, "code", None) in _REFUSALS:
        return StorageRefused(address, code or name)
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return StorageUnreachable(address, "no answer in time")
    if isinstance(error, ConnectionError) or "Connect" in name:
        return StorageUnreachable(address, "no connection")
    return StorageUnreachable(address, code or name)


def _code(error: BaseException) -> str:
    """The server's error code, "" where there is none."""
    cause: BaseException | None = error
    while cause is not None:
        response = getattr(cause, "response", None)
        if isinstance(response, dict):
            code = str(response.get("Error", {}).get("Code", ""))
            return code if _CODE.fullmatch(code) else ""
        cause = cause.__cause__
    return ""
