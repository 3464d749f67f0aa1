"""The numbers that Word counts up before paragraphs are part of what one reads."""

from __future__ import annotations

import io

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qa.documents.word import extract

LEVELS = (("decimal", "%1."), ("lowerLetter", "%2)"), ("upperRoman", "%1.%3"), ("bullet", "o"))


def numbered(*items: tuple[int, int, str]) -> str:
    """The text of a document whose paragraphs are (list, level, text). Lists 1 and 2 share a definition; 2 counts anew."""
    document = docx.Document()
    _define(document)
    for number, level, text in items:
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f"<w:numPr {nsdecls('w')}><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/></w:numPr>")
        )
    saved = io.BytesIO()
    document.save(saved)
    return extract(saved.getvalue()).text


def _define(document: Document) -> None:
    levels = "".join(
        f"<w:lvl w:ilvl='{at}'><w:start w:val='1'/><w:numFmt w:val='{digits}'/><w:lvlText w:val='{template}'/></w:lvl>"
        for at, (digits, template) in enumerate(LEVELS)
    )
    anew = "<w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/></w:lvlOverride>"
    root = document.part.numbering_part.element
    for element in root.findall("{*}num") + root.findall("{*}abstractNum"):
        root.remove(element)
    root.append(parse_xml(f"<w:abstractNum {nsdecls('w')} w:abstractNumId='7'>{levels}</w:abstractNum>"))
    for number, override in (("1", ""), ("2", anew), ("3", "")):
        root.append(
            parse_xml(f"<w:num {nsdecls('w')} w:numId='{number}'><w:abstractNumId w:val='7'/>{override}</w:num>")
        )


def test_levels_count_by_themselves_and_begin_anew_below_each_item() -> None:
    text = numbered((1, 0, "rent"), (1, 1, "monthly"), (1, 1, "in advance"), (1, 0, "heating"), (1, 1, "gas"))
    assert text.split("\n")[:5] == ["1. rent", "a) monthly", "b) in advance", "2. heating", "a) gas"]


def test_a_number_is_made_of_those_of_the_levels_above() -> None:
    text = numbered((1, 0, "one"), (1, 0, "two"), (1, 2, "deep"), (1, 2, "deeper"))
    assert text.split("\n")[2:4] == ["2.I deep", "2.II deeper"]


def test_a_list_goes_on_unless_it_counts_anew() -> None:
    text = numbered((1, 0, "a"), (1, 0, "b"), (3, 0, "c"), (2, 0, "d"), (2, 0, "e"))
    assert text.split("\n")[:5] == ["1. a", "2. b", "3. c", "1. d", "2. e"]


def test_bullets_and_lists_that_nobody_defined_have_no_numbers() -> None:
    assert numbered((1, 3, "a bullet"), (9, 0, "nobody's")).split("\n")[:2] == ["a bullet", "nobody's"]


def test_letters_go_on_after_z() -> None:
    lines = numbered((1, 0, "one"), *((1, 1, f"item {number}") for number in range(28))).split("\n")
    assert lines[26:29] == ["z) item 25", "aa) item 26", "bb) item 27"]
