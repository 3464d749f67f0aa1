"""Reads the TOML files that people keep by hand in their configuration directory."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qa.errors import QaError
from qa.text.escaping import escape_line

_MOST_BYTES = 1_000_000
Unusable = Callable[[Path, str, str], QaError]
"""Makes the error of a file, of what is wrong with it and what to do."""


def read_toml(file: Path, unusable: Unusable, should_be: str) -> dict[str, Any]:
    """What `file` says; nothing where it is missing. `should_be` names what a file that is too large is not.

    Raises what `unusable` makes.
    """
    try:
        with file.open("rb") as opened:
            read = opened.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise unusable(file, (error.strerror or str(error)).lower(), "See that you can read it.") from error
    if len(read) > _MOST_BYTES:
        raise unusable(file, "it has more than a million bytes", f"It is not {should_be}.")
    try:
        return tomllib.loads(read.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = read.count(b"\n", 0, error.start) + 1
        raise unusable(file, f"line {line} is not UTF-8", "Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        detail = f"it is not TOML: {escape_line(str(error))}"
        raise unusable(file, detail, "Correct it by hand; https://toml.io shows how it is written.") from error
