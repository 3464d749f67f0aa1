"""SourceFile -> Document: bytes, then text as it is or a conversion in the worker process."""

from __future__ import annotations

import hashlib
from types import TracebackType
from typing import Self

from qa.documents import markdown, plain
from qa.documents.conversion import ConversionLimits, Converter
from qa.documents.decoding import decode
from qa.documents.formats import GZIP, HTML, LONG_MARKDOWN, TEXT, format_of, is_prose
from qa.documents.model import ConvertedText, Document, SourceFile, Unreadable
from qa.documents.reading import gunzip, most_bytes, read_bytes
from qa.documents.template import Template
from qa.errors import DocumentUnreadable

_MUCH_DATA = 200_000
_HARDLY_ANY_TEXT = 200
_LONG_MARKDOWN = 2 << 20
"""Bytes. Parsing may take hundreds of times as much memory, so that a longer one is parsed where memory is limited."""


class Loader:
    """Loads sources one after the other. Use it as a context manager: its worker, if one was needed, ends with it."""

    def __init__(self, limits: ConversionLimits | None = None) -> None:
        self._converter = Converter(limits or ConversionLimits.usual())
        self._template = Template(self._converter)

    def load(self, source: SourceFile) -> Document:
        """Raises DocumentUnreadable when the file cannot be read, or is not what its name says."""
        data = read_bytes(source)
        try:
            extract = self._extract(source, data)
        except Unreadable as error:
            raise DocumentUnreadable(source.path, error.reason) from error
        return Document(
            path=source.path,
            text=extract.text,
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            mtime_ns=source.mtime_ns,
            marks=extract.marks,
            left_out=extract.left_out,
            remarks=extract.remarks or _remarks_on_size(source.path, len(data), len(extract.text)),
        )

    def close(self) -> None:
        self._converter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _extract(self, source: SourceFile, data: bytes) -> ConvertedText:
        if source.path.lower().endswith(GZIP):
            data = gunzip(data, most_bytes(source.path))
        form = format_of(source.path)
        if form is HTML:
            return self._converter.convert(form, data, self._template.repeated(source))
        if form.module is not None:
            return self._converter.convert(form, data)
        if form is TEXT:
            return plain.extract(data) if is_prose(source.path) else ConvertedText(decode(data))
        if len(data) > _LONG_MARKDOWN:
            return self._converter.convert(LONG_MARKDOWN, data)
        return markdown.extract(data)


def _remarks_on_size(path: str, size: int, characters: int) -> tuple[str, ...]:
    if format_of(path).module is None or size < _MUCH_DATA or characters >= _HARDLY_ANY_TEXT:
        return ()
    return (f"of its {size // 1000:,} kB only {characters} characters are text; what pictures show is not read",)


def load(source: SourceFile) -> Document:
    """One source by itself. Raises DocumentUnreadable."""
    with Loader() as loader:
        return loader.load(source)
