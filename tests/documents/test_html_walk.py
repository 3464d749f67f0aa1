"""What a browser shows of a page is what is read of it: numbers of items, columns of tables, terms, notes."""

from __future__ import annotations

import pytest

from qa.documents.html import extract


def shown(body: str) -> str:
    return extract(f"<html><body>{body}</body></html>".encode()).text.strip()


def headings(body: str) -> list[str | None]:
    return [mark.heading for mark in extract(f"<html><body><h1>T</h1>{body}</body></html>".encode()).marks]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<ul><li>boots<li>map</ul>", "- boots\n- map"),
        ("<ol><li><p>one</p></li><li><p>two</p></li></ol>", "1. one\n2. two"),
        ("<ol><li>one<p>more of it</p><li>two</ol>", "1. one\n\nmore of it\n2. two"),
        ("<ol start=4 type=a><li>one<li value=9>two<li>three</ol>", "d. one\ni. two\nj. three"),
        ("<ol reversed><li>one<li>two</ol>", "2. one\n1. two"),
        ("<ol style='list-style-type: upper-roman'><li>one<li>two</ol>", "I. one\nII. two"),
        ("<ol><li>one<ul><li>inner</ul><li>two</ol><p>after", "1. one\n  - inner\n2. two\n\nafter"),
        ("<ol><li><ul><li>inner<li>other</ul><li>two</ol>", "1. - inner\n  - other\n2. two"),
        ("<li>by itself", "- by itself"),
    ],
)
def test_items_have_their_numbers(body: str, text: str) -> None:
    assert shown(body) == text


def test_the_first_row_of_a_table_names_the_columns_whatever_stands_below() -> None:
    body = "<table><tr><th>Lamp<th>Meaning<tr><td>green<td>all well<tr><td>red<td>call us</table>"
    assert shown(body) == "Lamp: green; Meaning: all well.\nLamp: red; Meaning: call us."


def test_the_corner_above_the_names_of_rows_may_be_empty() -> None:
    body = "<table><tr><th><th>2023<th>2024<tr><td>Ferry<td>91,200<td>88,700</table>"
    assert shown(body) == "Ferry; 2023: 91,200; 2024: 88,700."


def test_cells_reach_over_columns_and_rows() -> None:
    body = (
        "<table><tr><th>Line<th colspan=2>Fare<tr><th><th>adult<th>child<tr><td rowspan=2>14<td colspan=2>0"
        "<tr><td>0<td>0</table>"
    )
    assert shown(body) == "Line: 14; Fare, adult, Fare, child: 0.\nLine: 14; Fare, adult: 0; Fare, child: 0."


def test_a_cell_across_the_table_is_a_note_and_the_foot_comes_last() -> None:
    body = (
        "<table><tr><th>Part<th>Price<tfoot><tr><td>All<td>9</tfoot><tbody><tr><td>arch<td>4<tr><td colspan=2>[a] with tax"
        "</tbody></table><p>after"
    )
    assert shown(body) == "Part: arch; Price: 4.\nPart: All; Price: 9.\n\n[a] with tax\n\nafter"


def test_a_heading_of_a_row_is_followed_by_its_value() -> None:
    body = "<table><tr><th>Status:</th><td>Base</td></tr><tr><td>Golly<td></td><td>2<td></table>"
    assert shown(body) == "Status: Base\n\nGolly | 2"


def test_several_terms_share_their_definition() -> None:
    body = "<dl><dt>-a</dt><dt>--all</dt><dd>everything</dd><dt>-b</dt><dd>backups</dd><dt>stray</dt></dl>"
    assert headings(body) == ["T", "T > -a, --all", "T > -b", "T"]
    assert shown(body) == "-a\n--all\n\neverything\n\n-b\n\nbackups\n\nstray"


def test_a_list_of_definitions_that_is_nothing_but_links_is_no_chapter() -> None:
    body = "<dl><dt><a href=#a>7.1 Sources</a></dt><dd><dl><dt><a href=#b>7.1.1 Pages</a></dt></dl></dd></dl>"
    assert headings(body) == ["T"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("run <code>apt-get source\nmypackage</code>.", "run apt-get source mypackage."),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<div style='white-space: pre-wrap'>a\n  b</div>", "a\n  b"),
        ("see AUTHORS <br>\n  and others", "see AUTHORS\nand others"),
        ("trees<sup><a href=#f>3</a></sup>, 10<sup>-3</sup> m", "trees[3], 10^-3 m"),
        ("He said <q>so</q>.", "He said “so”."),
        ("Click the <button>OK</button> button.", "Click the OK button."),
        ("<p>text</p><button>Menu</button>", "text"),
        ("<h2>The <img alt='Tux Paint' src=x><br>guide</h2>", "The Tux Paint guide"),
    ],
)
def test_words_within_a_line(body: str, text: str) -> None:
    assert shown(body) == text


def test_notes_at_the_end_are_under_no_heading_of_the_text() -> None:
    assert headings("<h2>A</h2><p>x</p><div class=footnotes><p>[1] y</div>") == ["T", "T > A", None]
