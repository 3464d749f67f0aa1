"""Tokens that callers show: made once, shown once, and kept as hashes in a file that its owner alone can read.

A token has 256 random bits, so that a plain SHA-256 of it cannot be turned back (unlike a password it needs no slow hash).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from qa.errors import QaError, UsageError
from qa.locations import user_configuration
from qa.private import make_private_folder, replace_text
from qa.text.escaping import escape_line

FILE_NAME = "tokens.json"
PREFIX = "qa_"
LONGEST_NAME = 64
_BYTES = 32
_NAME = re.compile(r"[\w][\w.@-]*")
_LOCK_SECONDS = 10


class TokensUnusable(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(
            f"The tokens in {file} cannot be used ({detail}).",
            "Mend the file, or move it away and make new ones: qa token create NAME",
        )


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. `collections` are those that it may ask; None for all, also later ones.

    `id` is another one when a token is made anew under the same name: what was said to the one before is not its own.
    """

    id: str
    name: str
    sha256: str
    collections: tuple[str, ...] | None
    created: str
    """ISO 8601, UTC."""


class TokensFile:
    """Every change reads the file anew and replaces it as a whole: two programs may change it at once."""

    def __init__(self, file: Path | None = None) -> None:
        self.path = user_configuration() / FILE_NAME if file is None else file
        self._read: tuple[tuple[int, int, int], tuple[Token, ...]] | None = None

    def all(self) -> tuple[Token, ...]:
        """In the order in which they were made; what another process changes is seen at once. Raises TokensUnusable."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise TokensUnusable(self.path, (error.strerror or str(error)).lower()) from error
        state = (found.st_ino, found.st_mtime_ns, found.st_size)
        known = self._read
        if known is None or known[0] != state:
            known = self._read = (state, _parsed(self.path))
        return known[1]

    def named_by(self, secret: str) -> Token | None:
        """The token that `secret` is. Takes equally long whichever it is, and where it is none. Raises TokensUnusable."""
        given = _hash(secret)
        found = None
        for token in self.all():
            if hmac.compare_digest(token.sha256, given):
                found = token
        return found

    def create(self, name: str, collections: Sequence[str] | None = None) -> str:
        """Make a token and return it: this is the only time that it is known. Raises UsageError, TokensUnusable."""
        name = _checked(name)
        secret = PREFIX + secrets.token_urlsafe(_BYTES)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        given = None if collections is None else tuple(dict.fromkeys(collections))
        with self._changing() as tokens:
            if any(one.name == name for one in tokens):
                raise UsageError(f"There is a token {name} already.", f"Revoke it first: qa token revoke {name}")
            tokens.append(Token(secrets.token_hex(8), name, _hash(secret), given, created))
        return secret

    def revoke(self, name: str) -> None:
        """From now on it is turned away. Raises UsageError where there is none of that name, TokensUnusable."""
        with self._changing() as tokens:
            left = [one for one in tokens if one.name != name]
            if len(left) == len(tokens):
                known = ", ".join(one.name for one in tokens)
                raise UsageError(
                    f"There is no token {escape_line(name[:LONGEST_NAME])}.",
                    f"There are {known}." if known else "Make one with: qa token create NAME",
                )
            tokens[:] = left

    def forget(self) -> int:
        """Remove the file, which must not be a link: no token is valid any more. How many bytes were freed.

        Raises TokensUnusable where the file is not as qa writes it, or cannot be removed.
        """
        lock = self._lock_path
        try:
            with FileLock(lock, timeout=_LOCK_SECONDS, mode=0o600):
                _parsed(self.path)
                freed = self.path.stat().st_size
                self.path.unlink()
            lock.unlink(missing_ok=True)
        except OSError as error:
            raise TokensUnusable(self.path, (error.strerror or str(error)).lower()) from error
        return freed

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(f".{self.path.name}.lock")

    @contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        """The tokens as a list that may be changed; it is written back."""
        try:
            make_private_folder(self.path.parent)
            with FileLock(self._lock_path, timeout=_LOCK_SECONDS, mode=0o600):
                tokens = list(self.all())
                yield tokens
                kept = json.dumps({"tokens": [asdict(one) for one in tokens]}, indent=2)
                replace_text(self.path, kept + "\n", prefix=".tokens-")
        except OSError as error:
            raise TokensUnusable(self.path, (error.strerror or str(error)).lower()) from error


def _parsed(file: Path) -> tuple[Token, ...]:
    try:
        rows = json.loads(file.read_text("utf-8"))["tokens"]
        return tuple(
            Token(
                str(row["id"]),
                str(row["name"]),
                str(row["sha256"]),
                None if row["collections"] is None else tuple(str(one) for one in row["collections"]),
                str(row["created"]),
            )
            for row in rows
        )
    except OSError as error:
        raise TokensUnusable(file, (error.strerror or str(error)).lower()) from error
    except (ValueError, KeyError, TypeError) as error:
        raise TokensUnusable(file, "it is not as qa writes it") from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _checked(name: str) -> str:
    if len(name) <= LONGEST_NAME and _NAME.fullmatch(name):
        return name
    raise UsageError(
        f"{escape_line(name[:LONGEST_NAME])!r} cannot be the name of a token.",
        f"A name has at most {LONGEST_NAME} letters, figures, '-', '_', '.' and '@', and begins with a letter or a figure.",
    )
