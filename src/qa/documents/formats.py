"""The formats: which file name belongs to which, what each needs installed, and where its code is.

A format that is text keeps the file's own offsets. All others are converted by a module with `extract(data) -> Extract`, in
a worker process (`conversion`). A file of no known format is read as text if it is some: source code, LICENSE, notes.log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

GZIP = ".gz"
READING_VERSION = 7
"""Raise it when files that were refused may be read now (an index then tries them again), or when a format is read anew."""


@dataclass(frozen=True, slots=True)
class Format:
    """`module` converts it, None for text; `needs` are modules to import that not every installation has; `since`: the
    READING_VERSION from which on it is read as it is now. What an index read before that, it reads again."""

    name: str
    endings: tuple[str, ...]
    module: str | None = None
    needs: tuple[str, ...] = ()
    since: int = 1


TEXT = Format("text", (".txt", ".text"), since=3)
MARKDOWN = Format("Markdown", (".md", ".markdown"), since=2)
LONG_MARKDOWN = Format("long Markdown", (), "qa.documents.markdown")
HTML = Format("HTML", (".html", ".htm", ".xhtml"), "qa.documents.html", ("lxml",), since=6)
HTML_PARTS = Format("parts of HTML", (), "qa.documents.html_parts", ("lxml",))
CONVERTED = (
    Format("reStructuredText", (".rst", ".rest"), "qa.documents.restructured"),
    HTML,
    Format("PDF", (".pdf",), "qa.documents.pdf", ("pypdfium2",), since=7),
    Format("Word", (".docx",), "qa.documents.word", ("docx",), since=6),
    Format("PowerPoint", (".pptx", ".pptm"), "qa.documents.slides", ("pptx",), since=6),
    Format("Excel", (".xlsx", ".xlsm"), "qa.documents.sheets", ("openpyxl",), since=6),
    Format(
        "OpenDocument",
        (".odt", ".ods", ".odp", ".ott", ".ots", ".otp"),
        "qa.documents.opendocument",
        ("lxml",),
        since=6,
    ),
    Format("Rich Text", (".rtf",), "qa.documents.rich_text", ("striprtf",)),
    Format("CSV", (".csv", ".tsv"), "qa.documents.separated"),
    Format("EPUB", (".epub",), "qa.documents.epub", ("lxml",), since=6),
    Format("mail", (".eml",), "qa.documents.mail", ("lxml",), since=6),
    Format("mailbox", (".mbox",), "qa.documents.mailbox", ("lxml",), since=6),
    Format("notebook", (".ipynb",), "qa.documents.notebook"),
    Format("JSON", (".json",), "qa.documents.structured", since=4),
    Format("JSON Lines", (".jsonl", ".ndjson"), "qa.documents.structured_lines"),
    Format("subtitles", (".srt", ".vtt"), "qa.documents.subtitles", ("pysubs2",)),
)
_BY_ENDING = {ending: form for form in (TEXT, MARKDOWN, *CONVERTED) for ending in form.endings}
_MANUAL = re.compile(r"\.[1-9][a-z]*")
_WITH_LINES = frozenset({"text", "Markdown", "reStructuredText", "JSON Lines"})
_NO_TEXT = frozenset({"PDF", "Word", "PowerPoint", "Excel", "OpenDocument", "Rich Text", "EPUB"})
_BY_NAME = {form.name: form for form in (LONG_MARKDOWN, HTML_PARTS, *CONVERTED)}


def format_of(name: str) -> Format:
    """By the ending of the file `name`, without `.gz`; TEXT when no other claims it."""
    return _BY_ENDING.get(ending_of(name), TEXT)


def ending_of(name: str) -> str:
    """The ending in lower case with its dot, that of `a.md` for `a.md.gz`; "" when there is none."""
    stem, dot, ending = name.lower().removesuffix(GZIP).rpartition("/")[2].rpartition(".")
    return dot + ending if stem else ""


def is_prose(name: str) -> bool:
    """Whether a TEXT of that name is written for people: notes, a man page, README; no source code."""
    ending = ending_of(name)
    return ending in ("", *TEXT.endings) or _MANUAL.fullmatch(ending) is not None


def has_lines(name: str) -> bool:
    """Whether the lines of the document are those that an editor shows of the file."""
    return format_of(name).name in _WITH_LINES


def is_text(name: str) -> bool:
    """Whether an editor shows the file as text."""
    return format_of(name).name not in _NO_TEXT


def converted(name: str) -> Format:
    """The converted format of that name. Raises KeyError."""
    return _BY_NAME[name]


def is_readable_here(form: Format) -> bool:
    """Whether all that `form` needs is installed."""
    return all(_is_installed(module) for module in form.needs)


def what_to_install(form: Format) -> str:
    """Why a file of `form` is passed over here, the same words for all files of a format."""
    return f"{form.name} files need: pip install 'qa[documents]'"


@cache
def _is_installed(module: str) -> bool:
    return find_spec(module) is not None
