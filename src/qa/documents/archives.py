"""Zip files (docx, pptx, xlsx, epub), looked at before they are unpacked."""

from __future__ import annotations

import io
from zipfile import BadZipFile, LargeZipFile, ZipFile

from qa.documents.model import Unreadable

MOST_UNPACKED = 512 << 20
"""Bytes of all members together. A book of a thousand pages has some 5 MB; what is above this is a bomb."""
_MOST_MEMBERS = 20_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_zip(data: bytes, name: str) -> ZipFile:
    """The archive. `name` is that of the format, for the message.

    Raises Unreadable when it is none, is encrypted, or says that it unpacks to too much. One that lies about that fails its
    checksums, or the worker's limit on memory, when it is read.
    """
    if data.startswith(_OLE):
        raise Unreadable(f"it is encrypted, or of an old version that is no {name} file")
    try:
        archive = ZipFile(io.BytesIO(data))
    except (BadZipFile, LargeZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"it is damaged, or no {name} file") from error
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Unreadable(f"it unpacks to more than {MOST_UNPACKED >> 20} MB or {_MOST_MEMBERS:,} files")
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("it is encrypted and needs a password")
    return archive
