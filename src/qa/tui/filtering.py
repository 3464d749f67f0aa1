"""What /path, /ext, /after and /before say: which documents the questions of a chat are asked of."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import date, datetime, time

from qa.errors import UsageError
from qa.filters import Filter
from qa.text.escaping import escape_line

_MOMENTS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")


def changed(only: Filter | None, part: str, typed: str) -> Filter | None:
    """`only` with its `part` (path, ext, after, before) as it was typed, without it where nothing was; None for no filter.

    Raises UsageError.
    """
    now = only or Filter()
    match part:
        case "path":
            made = replace(now, path=_words(typed))
        case "ext":
            made = replace(now, ext=tuple(ending for word in _words(typed) for ending in word.split(",") if ending))
        case "after":
            made = replace(now, after=_moment(typed))
        case _:
            made = replace(now, before=_moment(typed))
    return made or None


def described(only: Filter) -> str:
    """The filter on one line, inert, in the form in which the commands are typed."""
    parts = {
        "path": " ".join(only.path),
        "ext": " ".join(only.ext),
        "after": _said(only.after),
        "before": _said(only.before),
    }
    return " · ".join(f"{name} {escape_line(value)}" for name, value in parts.items() if value)


def _words(typed: str) -> tuple[str, ...]:
    """Quotes are as in a shell; a backslash is what it is in a pattern."""
    lexer = shlex.shlex(typed, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        return tuple(lexer)
    except ValueError as error:
        raise UsageError(f"A quote is not closed in {typed}.", "For example: /path 'reports/**' '*.md'") from error


def _moment(typed: str) -> datetime | None:
    if not typed:
        return None
    for form in _MOMENTS:
        try:
            return datetime.strptime(typed, form)
        except ValueError:
            continue
    raise UsageError(f"{typed} is no date.", "For example: /after 2024-01-31, or 2024-01-31T17:30")


def _said(moment: date | None) -> str:
    if moment is None:
        return ""
    midnight = not isinstance(moment, datetime) or moment.time() == time()
    return f"{moment:%Y-%m-%d}" if midnight else f"{moment:%Y-%m-%d %H:%M}"
