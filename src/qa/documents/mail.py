"""Mail (.eml): who wrote to whom, when and about what, then what was written, under the subject as the heading.

The standard library's email reads every mail that there is, with the policy that follows RFC 6532. Of several versions of the
text the plain one is taken. Attachments in a format that is read anywhere are read here, each under its name; others are named.
"""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage, MIMEPart
from importlib import import_module

from qa.documents import html
from qa.documents.decoding import decode
from qa.documents.formats import format_of, is_readable_here
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.text_builder import TextBuilder

_HEADERS = ("From", "To", "Cc", "Date")
_MOST_ATTACHMENTS = 50
_NOT_UNPACKED = frozenset({"qa.documents.mail", "qa.documents.mailbox"})


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable when nothing in it is a mail."""
    builder = TextBuilder()
    if not write(data, builder):
        raise Unreadable("it is no mail: it has no sender, no date and no subject")
    return builder.extract()


def write(data: bytes, builder: TextBuilder) -> bool:
    """Write one mail; False, and nothing written, when it has none of the headers of one."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    subject = _header(message, "Subject")
    lines = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    if not subject and not lines:
        return False
    builder.under(0, subject or "(no subject)")
    builder.block("\n".join([f"Subject: {subject}", *lines] if subject else lines))
    body = _body(message)
    if body is not None:
        _write_body(body, builder)
    attached = [part for part in message.iter_attachments() if part.get_filename()][:_MOST_ATTACHMENTS]
    if attached:
        builder.block(f"Attachments: {', '.join(_name(part) for part in attached)}.")
    for part in attached:
        _write_attachment(part, builder)
    return True


def _write_attachment(part: MIMEPart, builder: TextBuilder) -> None:
    """Under its name, if it can be read. A mail in a mail is text to whoever opens the mail, not one more mail to unpack."""
    name = _name(part)
    form = format_of(name)
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or form.module in _NOT_UNPACKED or not is_readable_here(form):
        return
    try:
        text = import_module(form.module).extract(content).text if form.module else decode(content)
    except (Unreadable, ImportError, ValueError, LookupError, TypeError, OSError):
        return
    builder.under(2, name)
    builder.block(text)
    builder.close(2)


def _name(part: MIMEPart) -> str:
    return " ".join((part.get_filename() or "").split())


def _body(message: EmailMessage) -> MIMEPart | None:
    """The plain one of several versions, unless it has not half the words of the other: "Your program cannot show this"."""
    plain, rich = (message.get_body((kind,)) for kind in ("plain", "html"))
    if plain is None or rich is None:
        return rich if plain is None else plain
    return plain if 2 * _words(plain) >= _words(rich) else rich


def _words(body: MIMEPart) -> int:
    builder = TextBuilder()
    _write_body(body, builder)
    return len(builder.extract().text.split())


def _write_body(body: MIMEPart, builder: TextBuilder) -> None:
    content = body.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    text = _as_declared(data, body.get_content_charset())
    if body.get_content_subtype() != "html":
        builder.block(text.replace("\r\n", "\n"))
        return
    tree = html.parse(text.encode("utf-8", "replace"))
    if tree is not None:
        html.write(tree, builder)


def _as_declared(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, ValueError):
        return decode(data)


def _header(message: EmailMessage, name: str) -> str:
    """Unfolded, on one line; "" when it is not there or cannot be parsed."""
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:
        # The header parser fails in many ways on what is no header; the text of the mail is still worth having.
        return ""
