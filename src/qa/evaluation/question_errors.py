"""What can be wrong with what `qa eval` is given. All are wrong use (exit code 2)."""

from __future__ import annotations

from pathlib import Path

from qa.errors import UsageError


class FileUnusable(UsageError):
    """A file cannot be read or written at all."""

    def __init__(self, path: Path, reason: str, hint: str = "") -> None:
        super().__init__(f"{path}: {reason}.", hint)


class RowMalformed(UsageError):
    """`place` says where in the file: "line 3", or in SQuAD's nested JSON "data[0].paragraphs[2].qas[1]"."""

    def __init__(self, path: Path, place: str, reason: str) -> None:
        super().__init__(f"{path}, {place}: {reason}.")


class NothingToCompare(UsageError):
    def __init__(self, first: Path, second: Path, reason: str) -> None:
        super().__init__(f"{first} and {second} cannot be compared: {reason}.", "Save both from the same file of rows.")


class PlotsNotInstalled(UsageError):
    def __init__(self) -> None:
        super().__init__("--plot needs matplotlib.", 'Install it with: pip install "qa[eval]"')
