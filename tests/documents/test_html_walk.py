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


@pytest.mark.parametrize(
    "head",
    [
        "<thead><tr><td>Flour<td>Rest</thead>",
        "<tr><td><b>Flour</b><td><p><strong>Rest</strong></p></tr>",
        "<tr><td>Flour<td>Rest</tr>",
    ],
)
def test_a_table_without_marked_headings_has_names_of_columns_all_the_same(head: str) -> None:
    body = f"<table>{head}<tr><td>white<td>30<tr><td>rye<td>50</table>"
    assert shown(body) == "Flour: white; Rest: 30.\nFlour: rye; Rest: 50."


def test_a_heading_amid_a_table_is_said_with_each_row_below_it() -> None:
    body = (
        "<table><caption>Fares</caption><tr><td><th>Adult<th>Child<tr><th colspan=3>Ferry<tr><th>Single<td>4<td>2"
        "<tr><th colspan=3>Bus<tr><th>Single<td>3<td>1</table>"
    )
    assert shown(body) == "Fares\n\nFerry; Single; Adult: 4; Child: 2.\nBus; Single; Adult: 3; Child: 1."
    assert headings(body) == ["T", "T > Fares > Ferry > row 2: Single", "T > Fares > Bus > row 3: Single", "T"]


def test_a_row_of_cells_of_a_paragraph_each_is_a_line() -> None:
    body = "<table><tr><td><p>int</p></td><td><p>positive integers</p></td><tr><td><p>path</p></td><td>with slashes</table>"
    assert shown(body) == "int | positive integers\n\npath | with slashes"


def test_an_icon_beside_a_note_is_no_column() -> None:
    assert shown("<table><tr><td rowspan=2><img src=a><th>Tip<tr><td>Save now.</table>") == "Tip\n\nSave now."


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
        ("It ends.<sup><a href=#f>1</a></sup> So", "It ends.[1] So"),
        ("<p><sup><a href=#r>1</a></sup> Notice 17</p>", "[1] Notice 17"),
        ("a kilo&shy;metre of steam&#8203;boats", "a kilometre of steamboats"),
        ("<li><span class=n>450</span><span class=u>g</span><span class=i>flour</span>", "- 450 g flour"),
        ("<div><span>Serves</span><span>8</span></div>", "Serves 8"),
        ("<a href=/m>Mail</a><a href=/x>X</a><time>6 May</time>", "Mail X 6 May"),
        (
            "<span class=a>I</span><span class=b>t</span> r<b>u</b>ns, see <code><span>f</span><span>2</span></code>",
            "It runs, see f2",
        ),
        ("<li><input type=checkbox checked> fed<li><input type=checkbox> bought", "- [x] fed\n- [ ] bought"),
        (
            "<math><mi>r</mi><mo>=</mo><mfrac><mrow><mi>a</mi><mn>1</mn></mrow><msup><mi>f</mi><mn>2</mn></msup></mfrac></math>",
            "r=(a1)/(f^2)",
        ),
        ("410  <i> kg</i>", "410 kg"),
        ("<h2>The <img alt='Tux Paint' src=x><br>guide</h2>", "The Tux Paint guide"),
    ],
)
def test_words_within_a_line(body: str, text: str) -> None:
    assert shown(body) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "<pre><code><div class=line>for a in b:</div><div class=line>    a()</div></code></pre>",
            "for a in b:\n    a()",
        ),
        ("<div class=fragment><div class=line>if (a) {</div><div class=line>  b();</div></div>", "if (a) {\n  b();"),
        ("<table><tr><td class=gutter><pre>1\n2</pre></td><td><pre>a\n  b</pre></td></tr></table>", "a\n  b"),
    ],
)
def test_lines_of_code_keep_their_indentation(body: str, text: str) -> None:
    assert shown(body) == text


@pytest.mark.parametrize(
    "box",
    [
        "<aside><h3>Box</h3><p>x</aside>",
        "<section><h3>Box</h3><p>x</section>",
        "<div class=note><div><h3>Box</h3></div><p>x</div>",
        "<table><tr><td><h3>Box</h3><p>x</table>",
        "<ul><li><h3>Box</h3><p>x</ul>",
    ],
)
def test_the_heading_of_a_box_ends_with_it(box: str) -> None:
    assert headings(f"<h2>A</h2><p>x</p>{box}<p>y")[-2:] == ["T > A > Box", "T > A"]


def test_a_heading_holds_on_where_all_the_text_is_in_parts() -> None:
    assert headings("<div><h2>A</h2><p>x</div><div><p>y</div>") == ["T", "T > A"]
    assert headings("<section><h2>A</h2></section><p>y") == ["T", "T > A"]


def test_the_title_of_a_page_stays_above_what_follows_its_article() -> None:
    body = "<body><article><h1>T</h1><h2>A</h2><p>x</article><h2>Comments</h2><p>y<footer>z</footer>"
    assert [mark.heading for mark in extract(body.encode()).marks] == ["T", "T > A", "T > Comments", "T"]


def test_of_several_first_headings_none_is_the_title_of_the_page() -> None:
    page = "<title>Eigen: Sparse matrices</title><p>x</p><h1>Format</h1><p>y</p><h1>First example</h1><p>z"
    titles = [mark.heading for mark in extract(page.encode()).marks]
    assert titles == [
        "Eigen: Sparse matrices",
        "Eigen: Sparse matrices > Format",
        "Eigen: Sparse matrices > First example",
    ]


def test_what_unfolds_is_under_what_unfolds_it() -> None:
    assert headings("<details><summary>Refunds?</summary><p>Form B7.</details><p>y") == ["T", "T > Refunds?", "T"]
    tab = "<button role=tab id=t>Ferry</button><div role=tabpanel aria-labelledby=t><p>x</div><p>y"
    assert headings(tab) == ["T", "T > Ferry", "T"]


def test_a_heading_or_a_term_in_an_item_has_its_number_but_no_dash() -> None:
    assert headings("<ul><li><ul><li><h2>A</h2><p>x</ul></ul><ol><li><h2>B</h2><p>x</ol>")[1::2] == [
        "T > A",
        "T > 1. B",
    ]


def test_a_footnote_amid_a_page_ends_no_chapter() -> None:
    assert headings("<h2>A</h2><p class=footnote>[1] y</p><p>x") == ["T", "T > A", None, "T > A"]


def test_notes_at_the_end_are_under_no_heading_of_the_text() -> None:
    assert headings("<h2>A</h2><p>x</p><div class=footnotes><p>[1] y</div>") == ["T", "T > A", None]
