"""Which files of a folder are no documents: gitignore patterns of the user first, then what is none in any folder.

Patterns are git's own, by pathspec, which is kept for that: in a `.qaignore` of any folder (the deepest one that says
something decides, the last line first), and as `--exclude`. A `!pattern` takes back what a default or an outer file ignores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.documents.formats import ending_of
from qa.errors import UsageError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".qaignore"
MOST_PATTERN_BYTES = 1 << 20

_FOLDERS = frozenset(
    "__pycache__ __MACOSX node_modules bower_components site-packages $RECYCLE.BIN lost+found".lower().split()
)
_FOLDER_SIGNS = ("pyvenv.cfg", "conda-meta", "CACHEDIR.TAG")
"""A folder that holds one of these is a virtual environment, or says of itself that it is a cache (bford.info/cachedir)."""
_FILES = frozenset(
    "thumbs.db desktop.ini package-lock.json yarn.lock pnpm-lock.yaml poetry.lock uv.lock cargo.lock".split()
)
_ENDINGS = frozenset(
    "." + ending
    for ending in (
        # pictures, sound, film, fonts
        "png jpg jpeg gif bmp tif tiff webp ico icns svg heic heif avif psd xcf ai eps raw cr2 nef "
        "mp3 wav flac ogg oga opus m4a aac wma mid midi mp4 m4v mkv mov avi webm wmv mpg mpeg "
        "ttf otf woff woff2 eot "
        # archives and images of discs; a .gz is unpacked
        "zip tar tgz tbz txz bz2 xz zst lz4 7z rar jar war whl egg deb rpm apk dmg iso img cab "
        # programs and what compilers and package managers leave
        "exe dll so dylib a o obj lib class pyc pyo pyd wasm rlib nib map "
        # data of programs: databases, indexes, weights, arrays
        "sqlite sqlite3 db mdb faiss npy npz pkl pickle parquet feather h5 hdf5 onnx pt pth safetensors gguf tflite "
        # halves of writing
        "tmp bak swp swo part crdownload lock"
    ).split()
)


_PACKED = (".min.js", ".min.css")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a user wants of a corpus, in gitignore patterns: with `include` only files that match; never one of `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises UsageError for what is no pattern."""
        for pattern in (*self.include, *self.exclude):
            try:
                _spec((pattern,))
            except ValueError as error:
                raise UsageError(
                    f"{pattern!r} is no pattern.", "Patterns are those of .gitignore: '*.log', 'old/'."
                ) from error


@dataclass(frozen=True, slots=True)
class Rules:
    """What is chosen in one folder of a corpus. `folders` are the ignore files that hold there, the deepest first, each with
    the path of its folder ("" for the corpus, else with a slash at the end)."""

    include: GitIgnoreSpec | None = None
    exclude: GitIgnoreSpec | None = None
    folders: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def of(cls, choice: Choice) -> Rules:
        return cls(
            include=_spec(choice.include) if choice.include else None,
            exclude=_spec(choice.exclude) if choice.exclude else None,
        )

    def with_file(self, base: str, patterns: Sequence[str]) -> Rules:
        """These rules for the folder `base`, which has an ignore file with `patterns`. Raises ValueError."""
        return replace(self, folders=((base, _spec(patterns)), *self.folders))

    def enters(self, path: str, name: str) -> bool:
        """Whether the folder at `path` is looked into."""
        said = self._said(path + "/")
        return said if said is not None else not (name.startswith(".") or name.lower() in _FOLDERS)

    def stays(self, path: str, names: Iterable[str]) -> bool:
        """Whether a folder is read that holds files of these `names`: no virtual environment, no cache."""
        return set(_FOLDER_SIGNS).isdisjoint(names) or self._said(path + "/") is True

    def takes(self, path: str, name: str) -> bool:
        """Whether the file at `path` is chosen."""
        if self.include is not None and not self.include.match_file(path):
            return False
        said = self._said(path)
        if said is not None:
            return said
        lower = name.lower()
        return not (lower.startswith(".") or lower in _FILES or lower.endswith(_PACKED) or ending_of(lower) in _ENDINGS)

    def _said(self, path: str) -> bool | None:
        """Whether the user's patterns choose `path`; None when none of them matches it."""
        asked = (("", self.exclude), *self.folders) if self.exclude is not None else self.folders
        for base, spec in asked:
            ignored = spec.check_file(path[len(base) :]).include
            if ignored is not None:
                return not ignored
        return None


def patterns_of(file: Path) -> tuple[str, ...]:
    """The lines of an ignore file. Raises OSError, and ValueError when it is no UTF-8 text or too long to be one."""
    with file.open("rb") as opened:
        return patterns_in(opened.read(MOST_PATTERN_BYTES + 1))


def patterns_in(data: bytes) -> tuple[str, ...]:
    """The lines of an ignore file that holds `data`. Raises ValueError when it is no UTF-8 text or too long to be one."""
    if len(data) > MOST_PATTERN_BYTES:
        raise ValueError("it is too long")
    return tuple(data.decode("utf-8-sig").splitlines())


def _spec(patterns: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
