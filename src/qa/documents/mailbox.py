"""A mailbox (.mbox): its mails one after the other.

The standard library's mailbox wants a file to lock and to seek in; here there are only bytes, so they are parted at the lines
that part mails (RFC 4155, appendix A).
"""

from __future__ import annotations

import re

from qa.documents import mail
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.text_builder import TextBuilder

_PARTING = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\r\n]*\d{4}[^\r\n]*\r?\n")


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable when no mail is in it."""
    partings = list(_PARTING.finditer(data))
    ends = [parting.start() for parting in partings[1:]] + [len(data)]
    builder = TextBuilder()
    written = [mail.write(data[parting.end() : end], builder) for parting, end in zip(partings, ends, strict=True)]
    if not any(written):
        raise Unreadable("no mail is in it")
    return builder.extract()
