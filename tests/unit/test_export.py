"""A chat as Markdown: everything is in it, and nothing that was said acts as markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa.conversation.storage.chats import ChatTurn
from qa.conversation.storage.export import as_markdown, code, file_for, plain, write
from qa.conversation.storage.outcomes import Cancelled, Failure, Found, TurnOutcome
from qa.errors import NotExported
from tests.unit.test_chats import ANSWER, PASSAGE, REFUSAL, TENTATIVE

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOSTILE = [
    "# heading", "- item", "1. item", "1) item", "=====", "> quote", "**bold** _em_ `code`", "[x](https://evil.example)",
    "<https://evil.example>", "https://evil.example", "www.evil.example", "<script>alert(1)</script>", "a | b", "&lt;",
    "~~gone~~", "![x](y.png)", "\x1b[31mred", "```", "$x$", "\\*not\\*", "+ plus", "    code", "a@b.example",
]  # fmt: skip


def turn(question: str, outcome: TurnOutcome | None) -> ChatTurn:
    return ChatTurn(1, question, NOON, outcome)


def shown(markdown: str) -> tuple[str, set[str]]:
    """The text that a viewer shows, and the kinds of markup that it found."""
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    texts, kinds = [], set()
    for token in parser.parse(markdown):
        for child in token.children or [token]:
            kinds.add(child.type)
            texts.append(child.content if child.type in ("text", "code_inline", "text_special") else "")
    return "".join(texts), kinds


def test_all_of_it_is_there() -> None:
    turns = [
        turn("How long?", ANSWER), turn("Who?", REFUSAL), turn("/search it", Found((PASSAGE,))),
        turn("Why?", Failure("Not now.", "Later.")), turn("When?", Cancelled()), turn("Where?", None),
    ]  # fmt: skip
    markdown = as_markdown("The lease", Path("/notes"), turns)
    assert markdown.startswith("# The lease\n\nDocuments: `/notes`\n\n## How long?\n")
    assert "Understood as: *How long is it?*" in markdown
    assert "> It lasts **49 years**.\n>\n> — `a.txt:1`, page 3, Lease, characters 9–17 · 90 % sure" in markdown
    assert "Other candidates:\n\n- 49 — `a.txt:1`, page 3, Lease · 20 % sure" not in markdown
    assert "- 49 — `a.txt:1`, page 3, Lease · 20 %" in markdown
    assert "**I found no answer to this.** 80 % sure that there is none." in markdown
    assert "What comes closest:\n\n> It lasts **49** years." in markdown
    for words in ("Not now. Later.", "Cancelled.", "Not answered."):
        assert words in markdown


def test_perhaps_stands_before_a_tentative_answer_alone() -> None:
    markdown = as_markdown("The lease", Path("/notes"), [turn("How long?", TENTATIVE)])
    assert (
        "Perhaps:\n\n> It lasts **49 years**.\n>\n> — `a.txt:1`, page 3, Lease, characters 9–17 · 41 % sure" in markdown
    )
    assert "Perhaps" not in as_markdown("x", Path("/notes"), [turn("How long?", ANSWER), turn("Who?", REFUSAL)])


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_said_is_plain_text(text: str) -> None:
    for each in (text, f"a {text} b"):
        words, kinds = shown(f"{plain(each)}\n")
        assert words == " ".join(each.split()).replace("\x1b", "␛")
        assert kinds <= {"paragraph_open", "paragraph_close", "text", "text_special"}


@given(st.text(st.sampled_from(" \n#-*_`[]()<>!&~|\\.1ab:/@+=")))
@settings(max_examples=300, deadline=None)
def test_any_text_is_plain_text(text: str) -> None:
    words, kinds = shown(f"x {plain(text)} x\n")
    assert words.split() == ["x", *text.split(), "x"]
    assert kinds <= {"paragraph_open", "paragraph_close", "text", "text_special"}


@given(st.text(st.sampled_from(" `ab"), min_size=1))
@settings(deadline=None)
def test_any_path_is_one_code_span(text: str) -> None:
    line = " ".join(text.split())
    if line:
        words, kinds = shown(f"x {code(text)} x\n")
        assert "code_inline" in kinds
        assert words == f"x {line} x"


def test_a_hostile_citation_stays_in_its_place() -> None:
    citation = replace(ANSWER.citation, path="`a](x).txt", heading="[b](https://evil.example)")  # type: ignore[type-var]
    _, kinds = shown(as_markdown("# t", Path("/`n"), [turn("![q](x)", replace(ANSWER, citation=citation))]))
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "hr"}


def test_names_are_new_and_never_among_the_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, home = tmp_path / "notes", tmp_path / "home"
    corpus.mkdir()
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    file = file_for("How long is the Kant lease? ../..", corpus, tmp_path)
    assert file == tmp_path / "qa-how-long-is-the-kant-lease.md"
    write("x", file)
    assert file_for("How long is the Kant lease?", corpus, tmp_path).name == "qa-how-long-is-the-kant-lease-2.md"
    assert file_for("日本", corpus, corpus).parent == home
    assert file_for("日本", corpus, tmp_path).name == "qa-chat.md"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("mine")
    for file in (tmp_path / "a.md", tmp_path / "none" / "a.md", tmp_path, Path("a\0b")):
        with pytest.raises(NotExported):
            write("x", file)
    assert (tmp_path / "a.md").read_text() == "mine"
