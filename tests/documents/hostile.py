"""Real hostile files, made here."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.documents import made

_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """An entry of a zip: what it says of its size and checksum need not be true of `packed` (raw deflate)."""

    name: str
    packed: bytes
    size: int
    crc: int

    def fields(self) -> bytes:
        sizes = b"".join(value.to_bytes(4, "little") for value in (self.crc, len(self.packed), self.size))
        return b"\x14\0\0\0\x08\0\0\0\0\0" + sizes + len(self.name.encode()).to_bytes(2, "little") + b"\0\0"


def of(name: str, content: bytes) -> Member:
    return Member(name, zlib.compress(content, 9)[2:-4], len(content), zlib.crc32(content))


def spaces(name: str, megabytes: int, head: bytes = b"", tail: bytes = b"") -> Member:
    """`head`, so many megabytes of spaces, and `tail`; packed block by block, since packing it as one takes a minute."""
    packer = zlib.compressobj(9, wbits=-15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * _MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(tail) + packer.flush()
    crc = zlib.crc32(head)
    for _ in range(megabytes):
        crc = zlib.crc32(b" " * _MEGABYTE, crc)
    return Member(
        name, first + block * megabytes + last, len(head) + megabytes * _MEGABYTE + len(tail), zlib.crc32(tail, crc)
    )


def zip_of(members: Sequence[Member]) -> bytes:
    """Each member once in the file, also when several entries of the directory are the same one."""
    data = bytearray()
    places: dict[bytes, int] = {}
    directory = bytearray()
    for member in members:
        if member.packed not in places:
            places[member.packed] = len(data)
            data += b"PK\x03\x04" + member.fields() + member.name.encode() + member.packed
        place = places[member.packed].to_bytes(4, "little")
        directory += b"PK\x01\x02\x14\0" + member.fields() + b"\0" * 10 + place + member.name.encode()
    count = len(members).to_bytes(2, "little")
    sizes = len(directory).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return bytes(data + directory) + b"PK\x05\x06\0\0\0\0" + count + count + sizes + b"\0\0"


def with_member(base: bytes, member: Member) -> bytes:
    """The zip `base` with one member replaced."""
    with zipfile.ZipFile(io.BytesIO(base)) as old:
        others = [of(name, old.read(name)) for name in old.namelist() if name != member.name]
    return zip_of([*others, member])


def bomb(base: bytes, name: str, megabytes: int, head: bytes = b"", tail: bytes = b"") -> bytes:
    """The zip `base` with the member `name` replaced by megabytes."""
    return with_member(base, spaces(name, megabytes, head, tail))


def lying_bomb(base: bytes, name: str, megabytes: int) -> bytes:
    """A bomb whose directory says that the member has 100 bytes."""
    return with_member(base, replace(spaces(name, megabytes), size=100))


def overlapping_bomb(copies: int) -> bytes:
    """One megabyte of spaces that thousands of entries of the directory point to (Fifield 2019)."""
    one = spaces("word/document.xml", 1)
    return zip_of([one, *(replace(one, name=f"word/{number:05}.xml") for number in range(copies))])


def xml_with_entities() -> bytes:
    """A billion laughs (2003), as the text of a Word document."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY l0 "laugh">{entities}]>'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        "<w:t>&l9;</w:t></w:r></w:p></w:body></w:document>"
    ).encode()


def xml_with_a_file(path: str) -> bytes:
    """A Word document that wants the text of another file."""
    return (
        f'<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY secret SYSTEM "file://{path}">]>'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        "<w:t>It says: &secret;</w:t></w:r></w:p></w:body></w:document>"
    ).encode()


def chapter_with_entities() -> bytes:
    """The same in a page of an EPUB, and in its list of pages."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with zipfile.ZipFile(io.BytesIO(made.epub())) as book:
        package = book.read("OEBPS/book.opf").decode()
    page = f'<!DOCTYPE html [<!ENTITY l0 "laugh">{entities}]><html><body><p>&l9;</p></body></html>'
    package = f'<!DOCTYPE package [<!ENTITY l0 "laugh">{entities}]>' + package.replace("Things", "&l9; Things")
    members = {"OEBPS/text/c 0.xhtml": page.encode(), "OEBPS/book.opf": package.encode()}
    return made.zipped(members, made.epub())


def sheet_claiming_all_cells() -> bytes:
    """Of 17,000 million cells that it says it has, three hold something: the first, and two far away."""
    with zipfile.ZipFile(io.BytesIO(made.sheets())) as book:
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
    sheet = sheet.replace('<dimension ref="A1:A1"', '<dimension ref="A1:XFD1048576"').replace(
        "</sheetData>",
        '<row r="100000"><c r="XFD100000" t="inlineStr"><is><t>far right</t></is></c></row>'
        '<row r="100001"><c r="B100001" t="inlineStr"><is><t>far down</t></is></c></row></sheetData>',
    )
    return made.zipped({"xl/worksheets/sheet2.xml": sheet.encode()}, made.sheets())
