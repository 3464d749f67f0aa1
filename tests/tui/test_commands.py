"""Slash commands, the palette, finding, copying, editing and exporting."""

from __future__ import annotations

import os
import stat
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.command import CommandPalette

from qa.errors import UsageError
from qa.filters import Filter
from qa.tui.app import ChatApp
from qa.tui.commands import ACTIONS, FILTERS, Commands
from qa.tui.editor import NoEditor, NoViewer, command_for, opening
from qa.tui.screens.chat_screen import ChatScreen
from qa.tui.screens.help import HelpScreen
from qa.tui.screens.prompt import Confirm
from qa.tui.slash import SLASHES, is_command, matching, parse
from qa.tui.widgets.evidence import EvidencePane
from qa.tui.widgets.question_input import QuestionInput
from qa.tui.widgets.sidebar import ChatList
from tests.tui.chat_driver import PATH, Opener, answer_of, ask, ask_all, said, seen, settled, turns, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from qa.tui.app import ChatApp


# What is a command


@pytest.mark.parametrize("line", ["/status", "/search gas imports", "/", "/INDEX", "/min-confidence 0.5", "/nothing"])
def test_commands(line: str) -> None:
    assert is_command(line)


@pytest.mark.parametrize("line", ["/etc/passwd says what?", "What is 1/2?", "//", "/home", " /x"])
def test_questions_that_have_a_slash(line: str) -> None:
    assert is_command(line) == (line == "/home")


@pytest.mark.parametrize(
    ("line", "name"), [("help", "help"), ("Help?", "help"), ("quit", "quit"), ("exit", "quit"), ("/exit", "quit")]
)
def test_what_is_typed_out_of_habit(line: str, name: str) -> None:
    assert is_command(line)
    assert parse(line) == (name, "")


@pytest.mark.parametrize("line", ["help me", "Who can help?", "How do I quit?", "exits"])
def test_questions_about_help_are_questions(line: str) -> None:
    assert not is_command(line)


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(UsageError, match=r"no command /stauts.*Did you mean /status"):
        parse("/stauts")
    with pytest.raises(UsageError, match="/search needs what to search for"):
        parse("/search  ")
    assert parse("/SEARCH  gas  imports ") == ("search", "gas  imports")


def test_every_command_does_something() -> None:
    for slash in SLASHES:
        if slash.name in ACTIONS:
            holder, _, action = ACTIONS[slash.name].partition("(")[0].rpartition(".")
            assert hasattr(ChatApp if holder == "app" else ChatScreen, f"action_{action}")
        else:
            assert slash.name in FILTERS or hasattr(Commands, f"do_{slash.name.replace('-', '_')}")
    assert {*ACTIONS, *FILTERS} <= {slash.name for slash in SLASHES}
    assert len({slash.name for slash in SLASHES}) == len(SLASHES)


def test_hints_are_the_commands_that_begin_so() -> None:
    assert [slash.name for slash in matching("/re")] == ["resume", "rename"]
    assert matching("/") == list(SLASHES)
    assert matching("/search ") == matching("what") == []


# What they do


async def test_a_screenshot_is_saved_where_there_are_no_downloads(
    app: ChatApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.tui.app.user_downloads_path", lambda: tmp_path / "Downloads")
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        app.deliver_screenshot()
        await until(pilot, lambda: said(app, "Saved screenshot to"), "saved")
        app.deliver_screenshot("picture.svg", path=str(tmp_path / "nowhere"))
        await until(pilot, lambda: said(app, "It cannot be saved ([Errno 2] No such file"), "not saved")
    assert len(list(tmp_path.glob("qa_*.svg"))) == 1


async def test_hints_while_typing_and_tab_completes(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press(*"/st")
        await pilot.pause()
        assert "What the index holds" in seen(app)
        await pilot.press("tab")
        assert app.query_one(QuestionInput).value == "/status "
        assert app.focused is app.query_one(QuestionInput)
        await pilot.pause()
        assert "What the index holds" not in seen(app)


async def test_status(app: ChatApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: "ready" in seen(app), "ready")
        await ask(pilot, "/status")
        await until(pilot, lambda: "all-MiniLM-L6-v2" in seen(app), "status")
        assert "changed since" in seen(app)


async def test_search(app: ChatApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await ask(pilot, "/search gas")
        await settled(pilot)
        assert "The nearest passages" in seen(app)
        assert "Putin also visited" in seen(app)


async def test_min_confidence(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(notifications=True) as pilot:
        for line in ("one", "/min-confidence 0.9", "two", "/min-confidence default", "three"):
            await ask(pilot, line)
        await settled(pilot)
        await ask(pilot, "/min-confidence 9")
        await until(pilot, lambda: said(app, "9 is no probability."), "said")
    assert opener.assistant.min_confidence == [None, 0.9, None]


async def test_filters_hold_until_they_are_changed(app: ChatApp, opener: Opener) -> None:
    lines = (
        "one", "/path 'my reports/**' !drafts/", "/ext pdf,docx", "two", "/search gas", "/after 2024-01-31", "/path",
        "three", "/nofilter", "four",
    )  # fmt: skip
    async with app.run_test(size=(120, 40)) as pilot:
        for line in lines[:5]:
            await ask(pilot, line)
        await settled(pilot)
        assert "Only  path my reports/** !drafts/ · ext .pdf .docx   /nofilter asks all" in seen(app)
        for line in lines[5:8]:
            await ask(pilot, line)
        await settled(pilot)
        assert "Only  ext .pdf .docx · after 2024-01-31" in seen(app)
        for line in lines[8:]:
            await ask(pilot, line)
        await settled(pilot)
        assert "Only" not in seen(app)
    both = Filter(("my reports/**", "!drafts/"), ("pdf", "docx"))
    later = Filter((), ("pdf", "docx"), datetime(2024, 1, 31))
    assert opener.assistant.only == [None, both, both, later, None]


async def test_a_filter_is_that_of_its_chat(app: ChatApp, opener: Opener) -> None:
    async with app.run_test() as pilot:
        await ask(pilot, "/before 2024-01-31T17:30")
        assert "Only  before 2024-01-31 17:30" in seen(app)
        await pilot.press("ctrl+n")
        await pilot.pause()
        await ask_all(pilot, "one")
    assert opener.assistant.only == [None]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/after yesterday", "yesterday is no date. For example: /after 2024-01-31"),
        ("/path 'reports", "A quote is not closed in 'reports."),
        ("/after 0001-01-01", "is too far away to be the time of a file"),
    ],
)
async def test_what_is_no_filter_is_said_and_changes_nothing(
    app: ChatApp, opener: Opener, line: str, words: str
) -> None:
    async with app.run_test(notifications=True) as pilot:
        await ask(pilot, "/ext md")
        await ask(pilot, line)
        await until(pilot, lambda: said(app, words), "said")
        await ask_all(pilot, "one")
    assert opener.assistant.only == [Filter((), "md")]


async def test_unknown_command_is_a_notice_and_no_question(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(notifications=True) as pilot:
        await ask(pilot, "/serch x")
        await until(pilot, lambda: said(app, "Did you mean /search?"), "said")
        assert not turns(app)


async def test_status_before_the_documents_are_open(app: ChatApp, opener: Opener) -> None:
    opener.gate.clear()
    async with app.run_test(notifications=True) as pilot:
        await ask(pilot, "/status")
        await until(pilot, lambda: said(app, "The documents are not open yet."), "said")
        opener.gate.set()


async def test_help_new_theme_chats_evidence_and_quit(app: ChatApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_all(pilot, "one")
        await ask(pilot, "/help")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen), "closed")
        await ask(pilot, "/evidence")
        await until(pilot, lambda: not app.screen.query_one(EvidencePane).display, "hidden")
        await ask(pilot, "/chats")
        await until(pilot, lambda: isinstance(app.focused, ChatList), "at the past chats")
        await pilot.press("escape")
        await ask(pilot, "/theme")
        assert app.theme == "qa-light"
        await ask(pilot, "/new")
        assert not turns(app)
        await ask(pilot, "/quit")
    assert app.return_code == 0


async def test_open_asks_other_documents(app: ChatApp, opener: Opener) -> None:
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ask_all(pilot, "one")
        await ask(pilot, "/open /nowhere")
        await until(pilot, lambda: said(app, "There is no corpus at /nowhere."), "said")
        assert len(turns(app)) == 1
        await ask(pilot, "/open /home/ann/work")
        await until(pilot, lambda: "/home/ann/work" in seen(app).splitlines()[1], "the other")
        assert not turns(app)
        await ask_all(pilot, "two")
    (other,) = opener.others
    assert other.assistant.asked == ["two"]
    assert opener.assistant.closed.wait(5)


async def test_add_asks_first_then_copies_and_indexes(app: ChatApp, opener: Opener) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: "ready" in seen(app), "ready")
        for key, added in (("escape", 0), ("enter", 1)):
            await ask(pilot, "/add ~/more")
            await until(pilot, lambda: isinstance(app.screen, Confirm), "asked")
            assert "Copy ~/more into /home/ann/notes?" in seen(app)
            await pilot.press(key)
            await until(pilot, lambda: not isinstance(app.screen, Confirm), "closed")
            await until(pilot, lambda added=added: len(opener.added) == added, "added or not")
        await until(pilot, lambda: opener.updates == [False], "indexed")


# The palette


async def test_palette_has_commands_and_past_chats(app: ChatApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_all(pilot, "[red]one[/]")
        await pilot.press("ctrl+n")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await pilot.press(*"resume: red")
        await until(pilot, lambda: "Resume: [red]one[/]" in seen(app), "the chat")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, lambda: [turn.question for turn in turns(app)] == ["[red]one[/]"], "resumed")


async def test_palette_puts_a_command_that_needs_more_in_the_line(app: ChatApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await pilot.press(*"nearest passages")
        await until(pilot, lambda: "/search WORDS" in seen(app), "the command")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, lambda: app.query_one(QuestionInput).value == "/search ", "in the line")


# Finding


async def test_find_marks_goes_round_and_ends(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        await ask_all(pilot, *(f"Needle {number}" for number in range(6)))
        await pilot.press("ctrl+f", *"needle")
        await until(pilot, lambda: "12 of 12" in seen(app), "the last is where one begins")
        await pilot.press("enter")
        await until(pilot, lambda: "1 of 12" in seen(app) and "›  Needle 0" in seen(app), "round to the first")
        await pilot.press("up", "up")
        await until(pilot, lambda: "11 of 12" in seen(app), "back")
        await pilot.press("escape")
        await pilot.pause()
        assert "of 12" not in seen(app)
        assert app.focused is app.query_one(QuestionInput)
        spans = [static.content.spans for static in app.screen.query(".question")]  # type: ignore[attr-defined]
        assert all("warning" not in str(each) for each in spans)


async def test_find_nothing_and_markup(app: ChatApp) -> None:
    async with app.run_test() as pilot:
        await ask_all(pilot, "a.c", "abc [b]")
        await ask(pilot, "/find a.c")
        await until(pilot, lambda: "2 of 2" in seen(app), "a.c is no pattern")
        await pilot.press("escape", "ctrl+f", "end", *"zzz")
        await until(pilot, lambda: "nothing" in seen(app), "nothing")


# Copying and editing


async def test_copy_answer_and_place(app: ChatApp, opener: Opener) -> None:
    sentence = "It is \x1b[31mred\x1b[0m here."
    opener.assistant.replies["q"] = answer_of("q", "\x1b[31mred", sentence)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("ctrl+y")
        await until(pilot, lambda: said(app, "There is no answer to copy yet."), "nothing yet")
        await ask_all(pilot, "q")
        await pilot.press("ctrl+y")
        await until(pilot, lambda: said(app, "Copied: ␛[31mred"), "said")
        assert app.clipboard == "␛[31mred"
        await pilot.press("ctrl+g")
        assert app.clipboard == f"{PATH}:1"


@pytest.mark.parametrize(
    ("editor", "expected"),
    [
        ("vim", ["vim", "+7", "/n/-a b.txt"]),
        ("code --wait", ["code", "--wait", "--goto", "/n/-a b.txt:7"]),
        ("hx", ["hx", "/n/-a b.txt:7"]),
        ("xdg-open", ["xdg-open", "/n/-a b.txt"]),
    ],
)
def test_editors_are_told_the_line(
    editor: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / editor.split()[0]
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_for(Path("/n/-a b.txt"), 7, {"EDITOR": editor}) == expected
    assert command_for(Path("/n/-a b.txt"), 7, {"EDITOR": "none", "VISUAL": editor}) == expected
    with pytest.raises(NoEditor):
        command_for(Path("/n/a"), 7, {"EDITOR": "not-there"})
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(NoEditor):
        command_for(Path("/n/a"), 7, {})


def test_only_lines_that_an_editor_shows_are_told_and_only_text_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "vim")
    (tmp_path / "vim").touch(0o755)
    assert opening(Path("/n/a.txt"), 7) == ["vim", "+7", "/n/a.txt"]
    assert opening(Path("/n/a.html"), 7) == ["vim", "/n/a.html"]
    with pytest.raises(NoViewer):
        opening(Path("/n/a.pdf"), 7)
    (tmp_path / "xdg-open").touch(0o755)
    assert opening(Path("/n/a.pdf"), 7) == ["xdg-open", "/n/a.pdf"]


@pytest.mark.skipif(os.name != "posix", reason="a script stands in for the editor")
async def test_edit_runs_the_editor(app: ChatApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "gedit"
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/given\n')
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    async with app.run_test(size=(120, 40)) as pilot:
        await ask_all(pilot, "q")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: (tmp_path / "given").exists() and (tmp_path / "given").read_text(), "run")
    assert (tmp_path / "given").read_text().split()[0] == "+1"
    assert PATH in (tmp_path / "given").read_text()


async def test_edit_without_an_editor_says_so(app: ChatApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "not-there")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ask_all(pilot, "q")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: said(app, "There is no editor"), "said")


# Exporting


async def exported(pilot: Pilot[None], file: Path) -> str:
    await until(pilot, file.exists, "written")
    await pilot.pause(0.1)
    return file.read_text("utf-8")


async def test_export_writes_all_of_it(app: ChatApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("ctrl+s")
        await until(pilot, lambda: said(app, "There is nothing to export yet."), "nothing yet")
        await ask_all(pilot, "one", "two")
        await pilot.press("ctrl+s")
        markdown = await exported(pilot, tmp_path / "qa-one.md")
        await ask(pilot, "/export mine.md")
        assert await exported(pilot, tmp_path / "mine.md") == markdown
        await ask(pilot, "/export mine.md")
        await until(pilot, lambda: said(app, "it is there already"), "not overwritten")
    assert "## one" in markdown
    assert "## two" in markdown
    assert f"`{PATH}:1`" in markdown


async def test_a_chat_that_cannot_be_kept_is_exported_too(app: ChatApp, store: Path, tmp_path: Path) -> None:
    store.mkdir()
    async with app.run_test() as pilot:
        await ask_all(pilot, "one")
        await ask(pilot, f"/export {tmp_path / 'x.md'}")
        assert "## one" in await exported(pilot, tmp_path / "x.md")
