"""Files that hold what was read and asked are for their owner alone, whatever the umask says."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_OTHERS = 0o077
_OWNER = 0o700


def make_private_folder(folder: Path) -> None:
    """Make `folder`, and those above it that are missing; nobody else may look into them (XDG Base Directory Specification,
    "Referencing this specification"). A folder that is there stays as it is. Raises OSError."""
    for missing in reversed([place for place in (folder, *folder.parents) if not place.is_dir()]):
        missing.mkdir(mode=_OWNER, exist_ok=True)


def make_private_file(file: Path) -> None:
    """Make `file`, empty, unless it is there, and let nobody else read it. Raises OSError."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    tighten((file,))


def replace_text(file: Path, text: str, *, prefix: str) -> None:
    """Put `text` in the place of `file`, as a whole or not at all; a link to a file elsewhere stays a link.

    A killed process leaves beside it a file whose name begins with `prefix`. Raises OSError.
    """
    import tempfile

    file = Path(os.path.realpath(file))
    descriptor, temporary = tempfile.mkstemp(prefix=prefix, dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def opener(path: str, flags: int) -> int:
    """For `open`: a file that is made is for its owner alone."""
    return os.open(path, flags, 0o600)


def tighten(places: Iterable[Path]) -> None:
    """Take from others what they may do with files and folders of one's own. What cannot be changed stays as it is."""
    for place in places:
        with suppress(OSError):
            mode = place.lstat().st_mode & 0o777
            if mode & _OTHERS and not place.is_symlink():
                place.chmod(mode & ~_OTHERS)
