"""HTML pages: all of the text is kept, and what is around it is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa.evaluation.extraction.loss import measure
from tests.documents.loading import loaded

STORY = "The chat_writer of the lighthouse has written down every ship since 1890. "


def text_of(folder: Path, page: str) -> str:
    (folder / "a.html").write_text(page)
    documents, skipped = loaded(folder)
    assert skipped == {}
    return documents["a.html"].text


@pytest.mark.parametrize(
    "part",
    [
        "<aside>{}</aside>",
        "<div class='sidebar'><p class='title'><b>Going further</b></p>{}</div>",
        "<div class='admonition note'>{}</div>",
        "<figure><img src=a.png><figcaption>{}</figcaption></figure>",
        "<form action=/><p>{}</p><input type=submit></form>",
        "<details><summary>More</summary>{}</details>",
        "<div style='display: none'>{}</div>",
        "<table><caption>{}</caption><tr><th>Part<th>Price<tr><td>arch<td>9</table>",
        "<table><tr><th>Part<th>Note<tr><td>arch<td><ul><li>old<li>{}</ul></table>",
        "<table><tr><td><table><tr><td>{}</table></table>",
        "<dl><dt>lamp</dt><dd>{}</dd></dl>",
        "<section role='doc-footnotes'><ol><li>{}</ol></section>",
        "<article><header>{}</header><p>x</p><footer>{}</footer></article>",
        "<footer><p>{}</p><p>Harbour Lane 4, telephone 0161 5550, <a href=/imprint>imprint</a></p></footer>",
        "<header><h1>{}</h1></header>",
        "<svg><text>{}</text></svg>",
        "<blockquote>{}</blockquote>",
        "<pre>{}</pre>",
        "<textarea>{}</textarea>",
        "<math><mi>{}</mi></math>",
        "<div class='menu'><h2>Menu</h2><ul><li>Soup, {}</ul></div>",
        "<h3><button aria-expanded=false aria-controls=a>{}</button></h3><div id=a hidden>Yes.</div>",
        "<button aria-controls=a>How much?</button><p hidden id=a>{}</p>",
        "<button role=tab id=t>Bus</button><div role=tabpanel aria-labelledby=t hidden>{}</div>",
        "<div aria-hidden=true><p>{}</p></div>",
        "<div class=related><p>Related: {}.</p><a href=/a>Nets</a> <a href=/b>Boats</a></div>",
        "<div class=newsletter><p>Our newsletter: {}</p></div>",
    ],
)
def test_whatever_does_not_say_that_it_is_around_the_text_is_kept(tmp_path: Path, part: str) -> None:
    said = "Herring is 12 crowns on Fridays"
    page = f"<title>Port</title><body><h1>Port</h1><p>{STORY * 9}</p>{part.replace('{}', said)}<p>{STORY * 9}</p>"
    assert said in text_of(tmp_path, page)


def test_a_footer_beside_the_main_text_is_read_after_it_unless_it_is_links(tmp_path: Path) -> None:
    page = "<title>Port</title><body><main><h1>Port</h1><p>Fish is sold here.</p></main><footer>{}</footer>"
    assert (
        text_of(tmp_path, page.format("Telephone 0161 5550"))
        .rstrip()
        .endswith("Fish is sold here.\n\nTelephone 0161 5550")
    )
    assert "Press" not in text_of(tmp_path, page.format("<a href=/a>Press</a> <a href=/b>Terms</a>"))


def test_what_is_set_aside_of_the_main_text_is_read_after_it_unless_it_is_links(tmp_path: Path) -> None:
    page = "<title>Port</title><body><aside>{}</aside><main><h1>Port</h1><p>Fish is sold here.</p></main>"
    assert text_of(tmp_path, page.format("<h2>Hours</h2>7 to 13")).rstrip().endswith("here.\n\nHours\n\n7 to 13")
    assert "Nets" not in text_of(tmp_path, page.format("<h2>New</h2><a href=/a>Nets and lines</a>"))


@pytest.mark.parametrize(
    "part",
    [
        "<nav><ul><li><a href=/a>Fish of the day</a></ul></nav>",
        "<div role=navigation>Fish of the day</div>",
        "<div role=search>Fish of the day</div>",
        "<header><a href=/>Fish of the day</a></header>",
        "<footer><a href=/>Fish of the day</a> by us</footer>",
        "<div role=contentinfo><a href=/fish>Fish of the day</a></div>",
        "<div id=cookie-banner>Fish of the day</div>",
        "<ul class='main-menu'><li><a href=/a>Fish of the day</a><li><a href=/b>Bread</a></ul>",
        "<div class=social-share><a href=/a>Fish of the day</a> <a href=/b>Bread</a></div>",
        "<p>Next: <a href=b.html rel=next>Fish of the day</a>, Up: <a href=/ rel=up>Port</a></p>",
        "<p><a href=b.html accesskey=n>Fish of the day</a></p>",
        "<p>Next: <a href=b.html>Fish of the day</a>, Previous: <a href=c.html>Bread</a></p>",
        "<ul class=docnav><li><a href=b.html><b>Next</b> Fish of the day</a></ul>",
        "<script>Fish of the day</script>",
        "<p hidden>Fish of the day</p>",
        "<a href=#main>Skip to Fish of the day</a>",
        "<div class=related-posts><h2>See also</h2><ul><li><a href=/a><h3>Fish of the day</h3></a><li><a href=/b>Bread</a></ul></div>",
        "<div class=newsletter-signup><h2>Fish of the day</h2><p>By mail.</p><form><input type=email></form></div>",
        "<p>410<span style='display: none'>Fish of the day</span></p>",
        "<p>x<span aria-hidden=true>Fish of the day</span></p>",
    ],
)
def test_what_says_that_it_is_around_the_text_is_left_out(tmp_path: Path, part: str) -> None:
    text = text_of(tmp_path, f"<title>Port</title><body>{part}<h1>Port</h1><p>{STORY * 9}</p>")
    assert "Fish of the day" not in text
    assert "lighthouse" in text


@pytest.mark.parametrize(
    "part",
    [
        "<p>The type <a href=i.html>Index</a> is an integer.</p>",
        "<li><a href=home.html>Home</a></li>",
        "<p>Next, <a href=b.html>install the driver</a> and restart.</p>",
        "<dt><a name=x></a>Up</dt><dd>Above</dd>",
    ],
)
def test_a_word_of_navigation_in_a_sentence_is_a_word(tmp_path: Path, part: str) -> None:
    text = text_of(tmp_path, f"<h1>Port</h1><p>{STORY}</p>{part}<p>{STORY}</p>")
    assert any(word in text for word in ("Index", "Home", "Next", "Up"))


def pages(folder: Path, count: int, page: str) -> dict[str, str]:
    """The texts of `count` pages made from `page`, where N is the number of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"p{number:02}.html").write_text(page.replace("N", str(number)))
    documents, skipped = loaded(folder)
    assert skipped == {}
    return {path: document.text for path, document in documents.items()}


def test_what_the_pages_of_a_folder_repeat_is_kept_on_the_first_alone(tmp_path: Path) -> None:
    page = (
        "<div class=top><a href=/a>Harbour office</a> and <b>opening hours</b></div><h1>Page N</h1>"
        f"<h2>Examples</h2><p>{STORY} Page N.</p><table><tr><th>Part<th>Price<tr><td>The same old arch<td>N</table>"
        "<p>Printed in the port by Ada Orla.</p>"
    )
    texts = pages(tmp_path, 20, page)
    for words in ("Harbour office and opening hours", "Printed in the port by Ada Orla."):
        assert [path for path, text in texts.items() if words in text] == ["p00.html"]
    for path, text in texts.items():
        for words in ("Examples", "The same old arch", f"Page {int(path[1:3])}."):
            assert words in text


def test_a_menu_that_marks_the_page_it_stands_on_is_left_out_all_the_same(tmp_path: Path) -> None:
    entries = "".join(f"<li><a href=p{n:02}.html>Term {n}</a>" for n in range(30))
    page = f"<div><ul><li class=here><a href=pN.html>Term here N</a>{entries}</ul></div><p>{STORY} Page N.</p>"
    texts = pages(tmp_path, 8, page)
    assert "Term 7" in texts["p00.html"]
    assert not any("Term 7" in text for path, text in texts.items() if path != "p00.html")


def test_three_pages_show_no_template(tmp_path: Path) -> None:
    texts = pages(tmp_path, 3, f"<p>Notice to all: bring your own net.</p><p>{STORY} Page N.</p>")
    assert all("bring your own net" in text for text in texts.values())


def test_folders_of_a_site_with_a_page_each_are_looked_at_together(tmp_path: Path) -> None:
    for number in range(6):
        pages(tmp_path / f"d{number}", 1, f"<div><p>One site for all ships.</p></div><p>{STORY} Ship {number}.</p>")
    documents, _ = loaded(tmp_path)
    assert [path for path, one in documents.items() if "One site for all ships" in one.text] == ["d0/p00.html"]


def test_a_sibling_is_not_followed_nor_waited_for(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    corpus = tmp_path / "corpus"
    pages(outside, 8, f"<p>Notice to all: bring your own net.</p><p>{STORY} Page N.</p>")
    corpus.mkdir()
    for page in outside.iterdir():
        (corpus / page.name).symlink_to(page)
    os.mkfifo(corpus / "q.html")
    (corpus / "r.html").mkdir()
    (corpus / "own.html").write_text("<p>Notice to all: bring your own net.</p>")
    documents, _ = loaded(corpus)
    assert "bring your own net" in documents["own.html"].text


def test_pages_that_cannot_be_read_hide_nothing_of_the_others(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"broken{number}.html").write_bytes(b"\xff\xfe" + os.urandom(99))
    (tmp_path / "z.html").write_text(f"<p>{STORY}</p>")
    documents, _ = loaded(tmp_path)
    assert STORY.strip() in documents["z.html"].text


def test_a_page_that_is_all_navigation_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<body><nav>" + "<a href=/x>Somewhere</a> " * 50 + "</nav>")
    documents, skipped = loaded(tmp_path)
    assert documents == {}
    assert skipped == {"a.html": "it holds no text"}


def test_loss_is_measured_in_words_that_are_seen(tmp_path: Path) -> None:
    pages(
        tmp_path,
        6,
        f"<nav>Menu of the port</nav><p>A banner for all pages.</p><p>{STORY} Page N.</p><p hidden>x y z</p>",
    )
    found = measure(tmp_path)
    assert len(found.pages) == 6
    assert found.loss == 0
    # The banner stays on the first page: five words.
    assert sum(page.around for page in found.pages) == 5
    assert all(page.visible == len(f"{STORY} Page 1".split()) for page in found.pages)


def test_loss_names_the_line_that_is_not_in_the_index(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(f"<main><p>{STORY}</p></main><div><p>Nobody indexes herring.</p></div>")
    (page,) = measure(tmp_path).pages
    assert (page.lost, page.missing) == (3, ("Nobody indexes herring.",))
