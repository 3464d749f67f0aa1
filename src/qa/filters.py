"""Which documents a question is about: by path, by ending, by the time of their last change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Self

from qa.errors import UsageError
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

Accepts = Callable[[str, int], bool]
"""Whether the document at that path, changed at that time (ns), is meant."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a document must be to be asked: all that is given must hold.

    `path`: one of these patterns, as in .gitignore ("reports/**", "*.md", "!drafts/"). `ext`: one of these endings, with or
    without the dot, in any case; "md" takes `a.md.gz` too. `after` and `before`: changed at that moment or later, and
    earlier than that; a date is its midnight, and what names no time zone is local time. `documents`: one of these paths, in
    which nothing is a pattern.

    >>> from datetime import date
    >>> accepts = Filter(path="reports/**", ext="pdf").accepts()
    >>> accepts("reports/2024/may.pdf", 0), accepts("may.pdf", 0)
    (True, False)
    """

    path: str | tuple[str, ...] = ()
    ext: str | tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises UsageError for what is no pattern, and a time that cannot be told."""
        object.__setattr__(self, "path", _several(self.path))
        object.__setattr__(self, "ext", tuple("." + ending.lower().removeprefix(".") for ending in _several(self.ext)))
        self.accepts()

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.path or self.ext or self.after or self.before or self.documents)

    def __str__(self) -> str:
        given = {
            "path": ", ".join(self.path),
            "ext": ", ".join(self.ext),
            "after": self.after,
            "before": self.before,
            "document": ", ".join(self.documents),
        }
        return "; ".join(f"{name} {value}" for name, value in given.items() if value)

    def as_dict(self) -> dict[str, Any]:
        """In types that JSON has; `Filter.from_dict` is its inverse. Local time is given with its zone: it may be read on
        another machine."""
        return {
            "path": list(self.path),
            "ext": list(self.ext),
            "after": _zoned(self.after),
            "before": _zoned(self.before),
            "documents": list(self.documents),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError, ValueError or UsageError for what `as_dict` did not give."""
        after, before = (
            None if values[name] is None else datetime.fromisoformat(values[name]) for name in ("after", "before")
        )
        return cls(tuple(values["path"]), tuple(values["ext"]), after, before, tuple(values["documents"]))

    def accepts(self) -> Accepts:
        """The test for one document."""
        spec = _spec(_several(self.path)) if self.path else None
        endings = _several(self.ext)
        least = _nanoseconds(self.after) if self.after else None
        most = _nanoseconds(self.before) if self.before else None
        exact = frozenset(self.documents)

        def accepts(path: str, mtime_ns: int) -> bool:
            lower = path.lower()
            return (
                (least is None or mtime_ns >= least)
                and (most is None or mtime_ns < most)
                and (not endings or lower.endswith(endings) or lower.removesuffix(".gz").endswith(endings))
                and (spec is None or spec.match_file(path))
                and (not exact or path in exact)
            )

        return accepts


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """With google-re2, which servers have, no pattern takes more than a moment; by Python's own `re` one with many stars may
    take hours."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except Exception as error:  # pathspec's, re's and re2's kinds share no base but Exception
        shown = escape_line(", ".join(patterns))
        raise UsageError(
            f"{shown} is no pattern for paths.", "Patterns are those of .gitignore: 'reports/**', '*.md'."
        ) from error


def _zoned(moment: date | None) -> str | None:
    if moment is None:
        return None
    instant = _instant(moment)
    return (instant if instant.tzinfo else instant.astimezone()).isoformat()


def _instant(moment: date) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def _nanoseconds(moment: date) -> int:
    try:
        return int(_instant(moment).timestamp() * 1_000_000_000)
    except (OverflowError, OSError, ValueError) as error:
        raise UsageError(f"{moment} is too far away to be the time of a file.") from error
