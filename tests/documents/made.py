"""Real files of every format, made here, so that what is in them is known. Each says the same few things in its own way."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

BRIDGE = "The bridge over the Orla was opened in 1932."
TOWER = "The tower is 61 metres high and stands on oak piles."


def pdf() -> bytes:
    """Six pages with bookmarks, a running head and foot, and a sentence that runs from page 2 to page 3."""
    from fpdf import FPDF

    document = FPDF()
    document.set_font("helvetica", size=12)
    pages = {
        1: "This book is about things that were built.",
        2: f"{BRIDGE} After the flood it was raised by two metres, so that ships could",
        3: "pass below it without lowering their masts. Nothing else was changed.",
        4: TOWER,
        5: "It was painted green in the spring of 1950.",
        6: "The end of the book.",
    }
    for number, text in pages.items():
        document.add_page()
        document.cell(0, 10, "Things that were built, second edition", new_x="LMARGIN", new_y="NEXT")
        titles = {2: "The bridge", 4: "The tower"}
        if number in titles:
            document.start_section(titles[number])
            document.cell(0, 10, titles[number], new_x="LMARGIN", new_y="NEXT")
        document.multi_cell(0, 8, text, new_x="LMARGIN", new_y="NEXT")
        document.set_y(-30)
        document.cell(0, 10, f"page {number} of 6")
    return bytes(document.output())


def pdf_encrypted() -> bytes:
    from fpdf import FPDF

    document = FPDF()
    document.set_encryption(owner_password="owner", user_password="user")
    document.add_page()
    document.set_font("helvetica", size=12)
    document.cell(text=BRIDGE)
    return bytes(document.output())


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def opendocument(body: str, styles: str = "", **members: bytes) -> bytes:
    """`body` in the content of a file of LibreOffice."""
    spaces = (
        " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in "office text table presentation".split())
        + f' xmlns:draw="{_OFFICE}:drawing:1.0" xmlns:style="{_OFFICE}:style:1.0"'
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {spaces}><office:body>{body}</office:body>"
            "</office:document-content>".encode(),
            "styles.xml": f"<office:document-styles {spaces}>{styles}</office:document-styles>".encode(),
            **members,
        }
    )


def odt() -> bytes:
    return opendocument(
        "<office:text><text:tracked-changes><text:p>It was blue.</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">Built</text:h><text:h text:outline-level="2">The bridge</text:h>'
        f"<text:p>{BRIDGE.replace(' was', '<text:s/>was')}<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>By the mayor.</text:p></text:note-body></text:note></text:p>"
        "<text:list><text:list-item><text:p>steel</text:p></text:list-item><text:list-item><text:p>stone</text:p></text:list-item>"
        "</text:list><table:table><table:table-row><table:table-cell><text:p>Part</text:p></table:table-cell><table:table-cell>"
        "<text:p>Price</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>arch</text:p>"
        "</table:table-cell><table:table-cell><text:p>900 crowns</text:p></table:table-cell></table:table-row></table:table>"
        f'<text:h text:outline-level="2">The tower</text:h><text:p>{TOWER}<draw:frame><draw:text-box><text:p>In a box.</text:p>'
        "</draw:text-box></draw:frame></text:p></office:text>",
        "<style:header><text:p>Second edition</text:p></style:header>",
    )


def ods() -> bytes:
    def row(*cells: str, times: int = 1) -> str:
        shown = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
        return f'<table:table-row table:number-rows-repeated="{times}">{shown}</table:table-row>'

    return opendocument(
        '<office:spreadsheet><table:table table:name="Built">'
        f"{row('What', 'Opened')}{row('bridge', '1 May 1932')}"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16000"/>'
        "</table:table-row></table:table></office:spreadsheet>"
    )


def odp() -> bytes:
    return opendocument(
        '<office:presentation><draw:page draw:name="page1"><draw:frame presentation:class="title"><draw:text-box>'
        "<text:p>The bridge</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box>"
        f"<text:p>{BRIDGE}</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame><draw:text-box>"
        "<text:p>Say who paid.</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
        f"<draw:page><draw:frame><draw:text-box><text:p>{TOWER}</text:p></draw:text-box></draw:frame></draw:page>"
        "</office:presentation>"
    )


def rtf() -> bytes:
    return (
        r"{\rtf1\ansi{\fonttbl{\f0 Times;}}" + BRIDGE + r"\par It is \b green\b0  and a caf\'e9.\par "
        r"\trowd\cellx1000\cellx2000 Part\cell Price\cell\row \trowd\cellx1000\cellx2000 arch\cell 900 crowns\cell\row "
        r"\pard " + TOWER + "}"
    ).encode()


def pdf_without_text() -> bytes:
    from fpdf import FPDF

    document = FPDF()
    document.add_page()
    document.line(10, 10, 100, 100)
    return bytes(document.output())


def pdf_with_pictures(*pages: str | None) -> bytes:
    """A page for each: with that text, or, for None, a picture of a page that says BRIDGE."""
    from fpdf import FPDF
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (1240, 600), "white")
    ImageDraw.Draw(picture).text((60, 60), BRIDGE, fill="black", font=ImageFont.load_default(40))
    document = FPDF()
    document.set_font("helvetica", size=12)
    for text in pages:
        document.add_page()
        if text is None:
            document.image(picture, x=10, y=10, w=190)
        else:
            document.cell(text=text)
    return bytes(document.output())


def pdf_claiming_a_million_pages() -> bytes:
    """The page tree says /Count 1000000 and has one page."""
    return pdf().replace(b"/Count 6", b"/Count 1000000")


def word() -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Things that were built", 0)
    document.add_heading("The bridge", 1)
    document.add_paragraph(BRIDGE)
    document.add_paragraph("steel", style="List Bullet")
    document.add_paragraph("stone", style="List Bullet")
    document.add_heading("Cost", 2)
    table = document.add_table(rows=0, cols=2)
    for left, right in (("Part", "Price"), ("arch", "900 crowns"), ("piers", "1200 crowns")):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = left, right
    document.add_heading("The tower", 1)
    document.add_paragraph(TOWER)
    return _saved(document.save)


def slides() -> bytes:
    import pptx
    from pptx.util import Inches

    show = pptx.Presentation()
    for title, text in (("The bridge", BRIDGE), ("The tower", TOWER)):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    slide = show.slides.add_slide(show.slide_layouts[6])
    box = slide.shapes.add_textbox(0, 0, Inches(3), Inches(1))
    box.text_frame.text = "A slide without a title."
    table = slide.shapes.add_table(2, 2, 0, Inches(2), Inches(4), Inches(1)).table
    for row, cells in enumerate((("Part", "Price"), ("arch", "900 crowns"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    slide.notes_slide.notes_text_frame.text = "Say that the arch was cheap."
    return _saved(show.save)


def sheets() -> bytes:
    from datetime import datetime

    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Built"
    for row in (
        ["Things that were built"],
        ["What", "Opened", "Height in metres"],
        ["bridge", datetime(1932, 5, 1), 12.5],
        ["tower", datetime(1901, 1, 1, 12, 30), 61],
    ):
        sheet.append(row)
    book.create_sheet("Notes").append(["Painted green in 1950."])
    return _saved(book.save)


def csv() -> bytes:
    return b'What;Opened;Who\r\nbridge;1932;Ada Orla\r\n\r\ntower;1901;"Bo; the elder\r\nand sons"\r\n'


def html() -> bytes:
    paragraphs = "".join(
        f"<p>More about the river, part {number}, which flows slowly to the sea.</p>" for number in range(9)
    )
    return f"""<!doctype html><html><head><title>Things that were built</title><style>p {{}}</style></head><body>
      <nav><ul><li><a href="/">Home</a><li><a href="/log">Log in here</a></ul></nav>
      <main><h1>Built</h1><h2>The bridge<a href="#b">¶</a></h2><p>{BRIDGE.replace("1932", "<b>1932</b>")}</p>
      <h2>The tower</h2><p>{TOWER}</p><pre>left
  right</pre><table><tr><th>Part<th>Price<tr><td>arch<td>900 crowns</table>{paragraphs}</main>
      <footer><a href="/rights">All rights reserved by nobody</a></footer><script>var secret = 1</script></body></html>""".encode()


def epub(chapter: str | None = None) -> bytes:
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
    chapters = [chapter or f"<h1>The bridge</h1><p>{BRIDGE}</p>", f"<h1>The tower</h1><p>{TOWER}</p>"]
    items = "".join(f'<item id="c{n}" href="text/c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(2))
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
        '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>Things that were built</dc:title></metadata><manifest>{items}</manifest>"
        '<spine><itemref idref="c0"/><itemref idref="c1"/></spine></package>',
        **{f"OEBPS/text/c {number}.xhtml": page.format(text) for number, text in enumerate(chapters)},
    }
    return zipped({name: text.encode() for name, text in members.items()})


def mail(text: str = BRIDGE, subject: str = "Die Brücke") -> bytes:
    message = EmailMessage()
    message["From"] = "Ada Orla <ada@example.org>"
    message["To"] = "Bo <bo@example.org>"
    message["Date"] = "Sun, 01 May 1932 10:00:00 +0000"
    message["Subject"] = subject
    message.set_content(text + "\n")
    message.add_alternative(f"<p>{text}</p><p>Only in HTML.</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()


def mailbox() -> bytes:
    mails = [mail(), mail(TOWER, "The tower")]
    return b"".join(b"From ada@example.org Sun May  1 10:00:00 1932\n" + one + b"\n\n" for one in mails)


def notebook() -> bytes:
    def cell(kind: str, source: str, **more: object) -> dict[str, object]:
        return {"cell_type": kind, "source": source.splitlines(keepends=True), "metadata": {}, **more}

    printed = {"output_type": "stream", "name": "stdout", "text": ["61 metres\n"]}
    cells = [
        cell("markdown", f"# The bridge\n\n{BRIDGE}"),
        cell("code", "print(height)", outputs=[printed, {"data": {"image/png": "iVBORw0KGgo="}}]),
        cell("markdown", f"## The tower\n\n{TOWER}"),
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def json_file() -> bytes:
    value = {
        "title": "Things that were built",
        "bridge": {"opened": 1932, "by": {"name": "Zoë"}, "parts": ["arch", "piers"], "text": BRIDGE},
        "years": [{"year": year, "what": f"painted in colour {year % 7}"} for year in range(1950, 2000)],
        "empty": {},
        "nothing": None,
    }
    return json.dumps(value).encode()


def json_lines() -> bytes:
    return b'{"what": "bridge", "opened": 1932}\n\n{"what": "tower", "height": {"metres": 61}}\nno json\n'


def srt() -> bytes:
    return (
        "1\r\n00:00:01,000 --> 00:00:04,000\r\nThe bridge over the Orla\r\n\r\n"
        "2\r\n00:00:04,000 --> 00:00:06,000\r\n<i>was opened in 1932.</i>\r\n\r\n"
        f"3\r\n01:02:03,000 --> 01:02:09,000\r\n{TOWER}\r\n"
    ).encode()


def vtt() -> bytes:
    return f"WEBVTT\n\n00:01.000 --> 00:04.000\n{BRIDGE}\n\n01:02:03.000 --> 01:02:09.000\n{TOWER}\n".encode()


def rst() -> bytes:
    return (
        "=====\nBuilt\n=====\r\n\r\nThe bridge\r\n----------\r\n\r\n"
        f"{BRIDGE} See :ref:`tower`.\r\n\r\n.. note::\r\n\r\n   Mind the step.\r\n\r\nThe tower\r\n---------\r\n\r\n{TOWER}\r\n"
    ).encode()


FORMATS: dict[str, Callable[[], bytes]] = {
    "a.pdf": pdf,
    "a.docx": word,
    "a.pptx": slides,
    "a.xlsx": sheets,
    "a.csv": csv,
    "a.html": html,
    "a.epub": epub,
    "a.odt": odt,
    "a.ods": ods,
    "a.odp": odp,
    "a.rtf": rtf,
    "a.eml": mail,
    "a.mbox": mailbox,
    "a.ipynb": notebook,
    "a.json": json_file,
    "a.jsonl": json_lines,
    "a.srt": srt,
    "a.vtt": vtt,
    "a.rst": rst,
}


def zipped(members: dict[str, bytes], base: bytes = b"") -> bytes:
    """A zip of `members`, laid over those of the zip `base`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        if base:
            with zipfile.ZipFile(io.BytesIO(base)) as old:
                for name in old.namelist():
                    if name not in members:
                        archive.writestr(name, old.read(name))
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data)


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()
