"""Each format: what is in the file is in the text, at its heading and page, and what is not its content is not."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from qa.documents import Document, mail, ocr
from qa.inference.encoder import passage_tokenizer
from qa.text.passages import Splitter
from tests.documents import made
from tests.documents.loading import heading_at, loaded


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    """Every format once, all through one worker."""
    folder = tmp_path_factory.mktemp("formats")
    for name, make in made.FORMATS.items():
        (folder / name).write_bytes(make())
        (folder / f"packed-{name}.gz").write_bytes(made.gzipped(make()))
    found, skipped = loaded(folder)
    assert skipped == {}
    return found


@pytest.mark.parametrize("name", made.FORMATS)
def test_a_packed_file_is_the_same_document(documents: dict[str, Document], name: str) -> None:
    packed = documents[f"packed-{name}.gz"]
    assert (packed.text, packed.marks) == (documents[name].text, documents[name].marks)


@pytest.mark.parametrize("name", made.FORMATS)
def test_marks_are_in_order_and_within_the_text(documents: dict[str, Document], name: str) -> None:
    starts = [mark.start for mark in documents[name].marks]
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(documents[name].text) for start in starts)


def test_pdf(documents: dict[str, Document]) -> None:
    document = documents["a.pdf"]
    assert heading_at(document, made.BRIDGE) == ("The bridge", 2)
    assert heading_at(document, made.TOWER) == ("The tower", 4)
    # A sentence that runs over the end of a page belongs to the page on which it starts.
    assert heading_at(document, "lowering their masts") == ("The bridge", 2)
    assert heading_at(document, "Nothing else was changed") == ("The bridge", 3)
    assert heading_at(document, "The end of the book") == ("The tower", 6)
    assert document.text.count("second edition") == 1
    assert "of 6" not in document.text


def test_word(documents: dict[str, Document]) -> None:
    document = documents["a.docx"]
    assert heading_at(document, made.BRIDGE) == ("Things that were built > The bridge", None)
    assert heading_at(document, "Part: arch; Price: 900 crowns.\n") == (
        "Things that were built > The bridge > Cost > row 2: arch",
        None,
    )
    assert heading_at(document, made.TOWER) == ("Things that were built > The tower", None)
    assert "steel\nstone\n" in document.text


def test_powerpoint(documents: dict[str, Document]) -> None:
    document = documents["a.pptx"]
    assert heading_at(document, made.BRIDGE) == ("The bridge", 1)
    assert heading_at(document, made.TOWER) == ("The tower", 2)
    for words in ("A slide without a title.", "Part: arch; Price: 900 crowns.", "Say that the arch was cheap."):
        assert heading_at(document, words) == (None, 3)


def test_excel(documents: dict[str, Document]) -> None:
    document = documents["a.xlsx"]
    bridge = "What: bridge; Opened: 1932-05-01; Height in metres: 12.5.\n"
    assert heading_at(document, bridge) == ("Built > row 3: bridge", None)
    assert "What: tower; Opened: 1901-01-01 12:30:00; Height in metres: 61.\n" in document.text
    assert heading_at(document, "Painted green in 1950.") == ("Notes > row 1: Painted green in 1950.", None)


def test_opendocument(documents: dict[str, Document]) -> None:
    text = documents["a.odt"]
    assert heading_at(text, made.BRIDGE) == ("Built > The bridge", None)
    assert heading_at(text, "By the mayor.") == ("Built > The bridge", None)
    assert "steel\nstone\n" in text.text
    assert heading_at(text, "Part: arch; Price: 900 crowns.\n") == ("Built > The bridge > row 2: arch", None)
    assert heading_at(text, "In a box.") == ("Built > The tower", None)
    assert heading_at(text, "Second edition") == (None, None)
    assert "blue" not in text.text
    assert heading_at(documents["a.ods"], "What: bridge; Opened: 1 May 1932.\n") == ("Built > row 2: bridge", None)
    slides = documents["a.odp"]
    assert heading_at(slides, made.BRIDGE) == heading_at(slides, "Say who paid.") == ("The bridge", 1)
    assert heading_at(slides, made.TOWER) == (None, 2)


def test_mail_that_says_in_plain_text_only_that_it_has_another_is_read_in_that() -> None:
    message = EmailMessage()
    message["Subject"] = "News"
    message.set_content("Your program cannot show this mail.")
    message.add_alternative(f"<h1>June</h1><p>{made.BRIDGE} {made.TOWER}</p>", subtype="html")
    read = mail.extract(message.as_bytes())
    assert read.text == f"Subject: News\n\nJune\n\n{made.BRIDGE} {made.TOWER}\n\n"
    assert [mark.heading for mark in read.marks] == ["News", "News > June"]


def test_rich_text(documents: dict[str, Document]) -> None:
    text = documents["a.rtf"].text
    for words in (made.BRIDGE, "It is green and a café.", "Part: arch; Price: 900 crowns.", made.TOWER):
        assert words in text


def test_word_keeps_what_stands_beside_the_paragraphs(tmp_path: Path) -> None:
    import docx
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    document.add_paragraph("The bridge.")._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
        )
    )
    document.add_paragraph()._p.append(
        parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>It was added later.</w:t></w:r></w:ins>")
    )
    document.add_paragraph()._p.append(
        parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>It was taken out.</w:delText></w:r></w:del>")
    )
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>In a form.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    notes = (
        f"<w:footnotes {nsdecls('w')}><w:footnote w:type='separator' w:id='0'><w:p/></w:footnote>"
        "<w:footnote w:id='2'><w:p><w:r><w:t>By the mayor.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    part = Part(PackURI("/word/footnotes.xml"), "application/xml", notes.encode(), document.part.package)
    document.part.relate_to(part, f"{RELATIONSHIP_TYPE.FOOTNOTES}")
    document.paragraphs[1]._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:footnoteReference w:id='2'/></w:r>"))
    document.add_comment(document.paragraphs[0].runs, text="Is that so?", author="Bo")
    document.sections[0].footer.paragraphs[0].text = "Second edition"
    document.save(str(tmp_path / "a.docx"))
    text = loaded(tmp_path)[0]["a.docx"].text
    for words in (
        "In a form.",
        "The bridge.",
        "In a box.",
        "It was added later.",
        "By the mayor.",
        "Is that so?",
        "Second edition",
    ):
        assert text.count(words) == 1, words
    assert "taken out" not in text


def test_attachments_that_can_be_read_are_read(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "Plans", "ada@example.org"
    message.set_content("See below.")
    message.add_attachment(made.odt(), maintype="application", subtype="odt", filename="bridge.odt")
    message.add_attachment("It opens at nine.\n", filename="hours.txt")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    document = loaded(tmp_path)[0]["a.eml"]
    assert heading_at(document, made.BRIDGE) == ("Plans > bridge.odt", None)
    assert heading_at(document, "It opens at nine.") == ("Plans > hours.txt", None)


def test_a_share_is_read_as_the_sheet_shows_it(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["What", "Share"])
    sheet.append(["bridge", 0.125])
    sheet["B2"].number_format = "0.0%"
    book.save(tmp_path / "a.xlsx")
    assert "What: bridge; Share: 12.5%." in loaded(tmp_path)[0]["a.xlsx"].text


def test_a_page_that_is_a_picture_is_named_or_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(made.pdf_with_pictures(made.TOWER, None, "The end.", None))
    document = loaded(tmp_path)[0]["a.pdf"]
    (remark,) = document.remarks
    assert remark.startswith("pages 2, 4 are pictures: ")
    assert heading_at(document, made.TOWER) == (None, 1)
    if ocr.is_available():
        assert heading_at(document, made.BRIDGE) == (None, 2)


def test_a_pdf_of_pictures_alone_says_what_would_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.pdf").write_bytes(made.pdf_with_pictures(None))
    assert loaded(tmp_path)[1] == {
        "a.pdf": "its pages are pictures, without text; where Tesseract is installed they are read"
    }


def test_csv_rows_are_sentences_under_headings_of_their_own(documents: dict[str, Document]) -> None:
    document = documents["a.csv"]
    bridge, tower = (
        "What: bridge; Opened: 1932; Who: Ada Orla.\n",
        "What: tower; Opened: 1901; Who: Bo; the elder and sons.\n",
    )
    assert document.text == f"{bridge}{tower}"
    assert heading_at(document, bridge) == ("row 2: bridge", None)
    assert heading_at(document, tower) == ("row 4: tower", None)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_each_row_of_a_table_is_a_passage_by_itself(documents: dict[str, Document], name: str) -> None:
    passages = [passage.text.strip() for passage in Splitter(passage_tokenizer()).split(documents[name])]
    assert passages == [line for line in documents[name].text.split("\n") if line]


def test_rows_past_a_hundred_thousand_are_kept_though_they_have_no_heading(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("name,number\n" + "".join(f"a,{n}\n" for n in range(250_000)))
    documents, skipped = loaded(tmp_path)
    assert skipped == {}
    assert heading_at(documents["long.csv"], "name: a; number: 99999.\n") == ("row 100001: a", None)
    assert heading_at(documents["long.csv"], "name: a; number: 100000.\n") == (None, None)
    assert heading_at(documents["long.csv"], "name: a; number: 249999.\n") == (None, None)


def test_html(documents: dict[str, Document]) -> None:
    document = documents["a.html"]
    assert heading_at(document, made.BRIDGE) == ("Built > The bridge", None)
    assert heading_at(document, "Part: arch; Price: 900 crowns.\n") == ("Built > The tower > row 2: arch", None)
    assert heading_at(document, "More about the river, part 0") == ("Built > The tower", None)
    assert "left\n  right" in document.text
    for words in ("Log in", "reserved", "secret", "¶"):
        assert words not in document.text


def test_epub(documents: dict[str, Document]) -> None:
    document = documents["a.epub"]
    assert heading_at(document, made.BRIDGE) == ("Things that were built > The bridge", None)
    assert heading_at(document, made.TOWER) == ("Things that were built > The tower", None)


def test_mail(documents: dict[str, Document]) -> None:
    document = documents["a.eml"]
    assert heading_at(document, made.BRIDGE) == ("Die Brücke", None)
    assert "From: Ada Orla <ada@example.org>\n" in document.text
    assert "Attachments: plan.pdf." in document.text
    assert "Only in HTML" not in document.text


def test_mailbox(documents: dict[str, Document]) -> None:
    document = documents["a.mbox"]
    assert heading_at(document, made.BRIDGE) == ("Die Brücke", None)
    assert heading_at(document, made.TOWER) == ("The tower", None)


def test_notebook(documents: dict[str, Document]) -> None:
    document = documents["a.ipynb"]
    assert heading_at(document, made.BRIDGE) == ("The bridge", None)
    assert heading_at(document, "61 metres\n") == ("The bridge", None)
    assert heading_at(document, made.TOWER) == ("The bridge > The tower", None)
    assert "iVBOR" not in document.text


def test_json(documents: dict[str, Document]) -> None:
    document = documents["a.json"]
    assert document.text.startswith("title: Things that were built.\n")
    assert heading_at(document, f"opened: 1932; by name: Zoë; parts: arch, piers; text: {made.BRIDGE}\n") == (
        "Things that were built > bridge",
        None,
    )
    painted = heading_at(document, "year: 1999; what: painted in colour 4.\n")
    assert painted == ("Things that were built > years > item 50: 1999", None)


def test_json_lines(documents: dict[str, Document]) -> None:
    assert documents["a.jsonl"].text.split("\n") == [
        "what: bridge; opened: 1932.",
        "",
        "what: tower; height metres: 61.",
        "no json",
        "",
        "",
    ]
    assert heading_at(documents["a.jsonl"], "what: tower; height") == ("line 3: tower", None)
    assert heading_at(documents["a.jsonl"], "no json") == ("line 4", None)


@pytest.mark.parametrize("name", ["a.srt", "a.vtt"])
def test_subtitles(documents: dict[str, Document], name: str) -> None:
    document = documents[name]
    assert heading_at(document, made.BRIDGE) == ("0:00:01", None)
    assert heading_at(document, made.TOWER) == ("1:02:03", None)


def test_restructured_text_keeps_its_own_offsets(documents: dict[str, Document]) -> None:
    document = documents["a.rst"]
    assert document.text == made.rst().decode()
    assert heading_at(document, made.BRIDGE) == ("Built > The bridge", None)
    assert heading_at(document, made.TOWER) == ("Built > The tower", None)
    starts = [document.text[mark.start :].splitlines()[0] for mark in document.marks]
    assert starts == ["=====", "The bridge", "The tower"]


def test_tables_of_other_shapes(tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("1,2\n3,4\n")
    (tmp_path / "tabs.tsv").write_text("name\tcity\nAnna\tOslo, Norway\n")
    (tmp_path / "title.csv").write_text("Report of 2024\n\nname|city\nAnna|Oslo\nBo|Rome, Bari\n")
    (tmp_path / "single.csv").write_text("name\nAnna\nBo\n")
    (tmp_path / "latin.csv").write_bytes("Straße;Ort\nHöhe;Köln\n".encode("latin-1"))
    documents, skipped = loaded(tmp_path)
    assert skipped == {}
    assert {path: document.text for path, document in documents.items()} == {
        "numbers.csv": "1; 2.\n3; 4.\n",
        "tabs.tsv": "name; city.\nname: Anna; city: Oslo, Norway.\n",
        "title.csv": "Report of 2024.\nname; city.\nname: Anna; city: Oslo.\nname: Bo; city: Rome, Bari.\n",
        "single.csv": "name.\nname: Anna.\nname: Bo.\n",
        "latin.csv": "Straße; Ort.\nStraße: Höhe; Ort: Köln.\n",
    }


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        # Most of a column are numbers or dates, so the words above it are no row.
        ("Room,Seats\nCaspian,45\nAral,12\n", False),
        ("Name,Since\nAnna,2019-03-01\nBo,unknown\nCy,2020-01-01\n", False),
        # The first row may be a person like the others.
        ("Anna,Oslo\nBo,Rome\n", True),
        ("Name,Since\nAnna,long ago\nBo,2019\n", True),
    ],
)
def test_a_header_that_can_be_nothing_else_is_no_row(tmp_path: Path, rows: str, kept: bool) -> None:
    (tmp_path / "a.csv").write_text(rows)
    text = loaded(tmp_path)[0]["a.csv"].text
    assert text.startswith(rows.split("\n")[0].replace(",", "; ")) == kept
    assert len(text.splitlines()) == rows.count("\n") - (not kept)


def test_what_is_said_of_a_term_stands_under_it(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<h1>Settings</h1><dl class=toc><dt><a href=#m>Memory</a></dt><dt><a href=#d>Disk</a></dt></dl><h2>Memory</h2>"
        "<dl><dt>buffers (integer)</dt><dd><p>How much is kept. The default is 128.</p>"
        "<dl><dt>on<dd>All is kept.</dl><p>It needs a restart.</p></dd>"
        "<dt>a very long name of a setting that nobody would ever want to read whole</dt><dd>Off by default.</dd></dl>"
        "<p>See also below.</p>"
    )
    document = loaded(tmp_path)[0]["a.html"]
    for words, heading in (
        ("Disk", "Settings"),
        ("The default is 128.", "Settings > Memory > buffers (integer)"),
        ("All is kept.", "Settings > Memory > buffers (integer) > on"),
        ("It needs a restart.", "Settings > Memory > buffers (integer)"),
        ("Off by default.", "Settings > Memory > a very long name of a setting that nobody would ever want …"),
        ("See also below.", "Settings > Memory"),
    ):
        assert heading_at(document, words) == (heading, None)


def test_navigation_that_only_its_class_tells_is_left_out(tmp_path: Path) -> None:
    text = "The lighthouse was built in 1890 and is open at weekends. " * 20
    (tmp_path / "a.html").write_text(
        f"<div class=navheader><table><tr><td>Prev<td>Up<td>Next</table></div><h1>Sights</h1><p>{text}</p>"
        f"<div class='page-nav'><h2>Towers</h2><p>{text.replace('lighthouse', 'tower')}</p></div><ul class=breadcrumb><li>Home</ul>"
    )
    read = loaded(tmp_path)[0]["a.html"].text
    assert "Prev" not in read
    assert "Home" not in read
    assert "The tower was built" in read, "much text is no navigation, whatever its class"


def test_a_page_with_a_menu_and_a_table_keeps_the_names_of_its_columns(tmp_path: Path) -> None:
    bins = (
        ("Grey", "Tuesday", "two"),
        ("Green", "Thursday", "four"),
        ("Yellow", "Monday", "three"),
        ("Brown", "Friday", "five"),
    )
    rows = "".join(f"<tr><td>{name} bin<td>{day}<td>every {number} weeks" for name, day, number in bins)
    (tmp_path / "a.html").write_text(
        "<nav><a href=/>Home</a> <a href=/contact>Contact</a></nav><h1>House rules</h1>"
        "<p>The caretaker can be reached in the mornings, Monday to Friday from 8 to 12.</p>"
        f"<h2>Waste</h2><table><tr><th>Bin<th>Collected on<th>How often{rows}</table>"
        "<h2>Laundry room</h2><p>The laundry room is in the basement. It is open from 7:00 to 21:00, but not on Sundays. The key "
        "hangs in the glass box by the lift. A wash costs one euro and fifty cents, and is paid for with a card.</p>"
        "<h2>Stairs</h2><p>No bicycles may be left in the stairwell, because it is an escape route. Bicycles belong in the shed in "
        "the courtyard, which has room for forty of them.</p>"
        "<ul><li>Each floor sweeps its own stairs every week.<li>In winter the ground floor clears the snow.</ul>"
    )
    document = loaded(tmp_path)[0]["a.html"]
    assert "Bin: Brown bin; Collected on: Friday; How often: every five weeks." in document.text
    assert "Home" not in document.text
    assert heading_at(document, "In winter")[0] == "House rules > Stairs"


def test_html_of_other_shapes(tmp_path: Path) -> None:
    article = "".join(
        f"<p>The {word} part of the story is told here at some length.</p>" for word in "first second".split()
    )
    links = "".join(f'<li><a href="/{n}">Link number {n} to another page of this site</a></li>' for n in range(60))
    (tmp_path / "news.html").write_text(
        f"<html><title>A flood</title><body><div><ul>{links}</ul></div><div><h1>A flood</h1>{article * 4}</div></body></html>"
    )
    (tmp_path / "short.html").write_text("<title>Note</title><p>Only this.")
    (tmp_path / "latin.html").write_bytes(
        "<meta charset=iso-8859-1><p>Die Brücke – 1932 eröffnet – heißt Löwenbrücke.".encode("cp1252")
    )
    (tmp_path / "deep.html").write_text("<div>" * 400 + "Deep inside there is a treasure." + "</div>" * 400)
    documents, skipped = loaded(tmp_path)
    assert skipped == {}
    assert "second part of the story" in documents["news.html"].text
    assert "Link number 30" not in documents["news.html"].text
    assert heading_at(documents["short.html"], "Only this.") == ("Note", None)
    assert "– heißt Löwenbrücke" in documents["latin.html"].text
    assert "treasure" in documents["deep.html"].text
