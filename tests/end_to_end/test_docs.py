"""The README and docs/*.md: their commands and Python run, show what they say they show, and their links lead somewhere.

A command of `qa` runs in this process, in a home folder of its own with some notes in it; those of one page in their order.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from qa.cli.main import cli, run
from qa.settings import _VARIABLES
from qa.tui.slash import SLASHES
from tests.conftest import ROOT

PAGES = {page.name: page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
SOURCES = "\n".join(file.read_text("utf-8") for file in sorted((ROOT / "src" / "qa").rglob("*.py")))
PARSER = MarkdownIt("commonmark").enable("table")
ARTICLE_NOTICE = "This asks the article that comes with qa"
ANYTHING = "…"
REFERENCE = "commands.md"
"""Made from the help (docs/reference.py): usage, and not commands to be run."""
NOT_ASKED = 1

NOT_RUN = {
    r"(pip|pipx|uv tool) (un)?install ": "changes what is installed",
    r"pytest$": "the tests themselves",
    r"claude mcp add ": "another program; tests/end_to_end/test_mcp.py has clients ask qa mcp",
    r"npx ": "another program, from the network",
    r"ssh ": "another machine",
    r"qa forget --all": "deletes what the other commands need; tests/end_to_end/test_forget.py runs it",
    r"export QA_LLM_": "the shell's own",
    r"qa (llm check|ask --write) ?": "wants a language model server; tests/generation/ has one",
    r"export QA_ENCODER=": "the shell's own; the model comes from the command before it",
    r"qa(( -c \w+)+| chat .*)?$": "the chat needs a terminal; tests/end_to_end/test_terminal.py opens it in one",
    r"qa serve( |$)": "serves until it is stopped; tests/web/ starts it",
    r"(sudo|podman|curl) ": "another program, over a server that runs",
    r"qa token ": "wants collections of these names; tests/web/test_tokens.py runs it",
    r"python -m tests\.load ": "wants a server and a quiet machine",
    r"(QA_ENCODER=\S+ )?python -m tests\.benchmarks\.": "needs ../shared/data and many minutes",
    r"qa mcp --http ": "serves until it is stopped; tests/end_to_end/test_mcp.py starts it",
    r"(qa index --ray |ray start |export RAY_|python -m pytest -n0 -m slow tests/distributed)": (
        "wants qa[ray] and a cluster; tests/distributed builds on some"
    ),
    r"(qa (index|ask|search|status) .*s3://|export AWS_|python -m pytest -n0 .*tests/storage)": (
        "wants qa[s3] and a bucket; tests/storage has one where moto is installed"
    ),
    r"(qa (index|ask|search|status) .*milvus|export QA_MILVUS_|python -m tests\.index_conformance)": (
        "wants qa[milvus]; tests/index_conformance/test_milvus.py runs them where it is installed"
    ),
    r"qa index --watch ": "runs until it is stopped; tests/unit/test_watch.py changes documents beside it",
    r"python -m qa\.training\.": "makes a model; tests/unit/training/test_export_encoder.py runs it",
    r"python -m qa\.evaluation\.": "needs ../shared/data and many minutes",
}
"""What is in the pages and is not run here, as patterns from its beginning, and why."""

REFUSED = {r'qa ask "How long is the Osh lease\?"'}
"""What ends with exit code 1, the documents not saying."""

NOTES = {
    "notes/2024/may.md": "# May\n\nThe summer party is on 12 July 2024. It takes place at the boathouse.\n",
    "notes/committee.md": "# The committee\n\nMembers of the committee:\n\n- Ada Moore\n- Ines Okafor\n- Tom Reed\n",
    "notes/onboarding.md": (
        "# Onboarding\n\nEvery new colleague gets a laptop on the first day. The laptop is set up by the IT desk on the"
        " second floor. A mentor shows new colleagues around during the first week. After a month the team lead talks"
        " with each new colleague about how things are going.\n"
    ),
    "notes/drafts/plan.md": "The party may be moved to August.\n",
    "work/sub/alpha.md": "The budget of the Alpha project is 40,000 euros. Its manager is Ines Okafor.\n",
    "my-set/docs/may.md": "The summer party is on 12 July 2024.\n",
    "my-set/questions.jsonl": '{"question": "When is the summer party?", "answers": ["12 July 2024"], "doc": "may.md"}\n',
    "questions.jsonl": '{"question": "When is the summer party?", "answers": ["12 July 2024"]}\n',
    "questions.txt": "When is the summer party?\nWho is on the committee?\n",
}
REPORT = "Ada Moore chairs the board. The board meets in spring and in autumn."


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed at the line `line` of a page; `shown` is what the page says that it prints, None if it does not."""

    line: int
    typed: str
    shown: str | None = None

    @property
    def reason_not_to_run(self) -> str | None:
        return next((pattern for pattern in NOT_RUN if re.match(pattern, self.typed)), None)


@dataclass(frozen=True, slots=True)
class Printed:
    code: int
    out: str
    err: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder and the current one, with the notes that the pages speak of, and this `qa` as the first on the path."""
    for path, text in NOTES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    report = tmp_path / "notes" / "reports" / "2024" / "board.pdf"
    report.parent.mkdir(parents=True)
    report.write_bytes(_pdf(REPORT))
    for variable in (*_VARIABLES, "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "AppData"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_commands_do_what_the_page_says(
    name: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in commands(PAGES[name]):
        if command.reason_not_to_run:
            continue
        printed = _run_line(command.typed, home, monkeypatch, capsys)
        place = f"{name}:{command.line}: {command.typed}\n{printed.out}{printed.err}"
        refused = any(re.match(pattern, command.typed) for pattern in REFUSED)
        assert printed.code == (NOT_ASKED if refused else 0), place
        assert "Traceback" not in printed.err, place
        if command.shown is not None:
            assert re.fullmatch(_as_pattern(command.shown), _comparable(printed.out)), place


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if "```python" in page.read_text("utf-8")])
def test_python_runs(
    name: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in commands(PAGES[name]):
        if command.typed.startswith("qa collections add"):
            _run_line(command.typed, home, monkeypatch, capsys)
    for token in _fenced(PAGES[name], "python"):
        exec(compile(token.content, f"{name}, block at line {_line(token)}", "exec"), {})
        for expected in re.findall(r"^ *print\(.*\)  # ([\d']\S*)$", token.content, re.MULTILINE):
            assert expected in capsys.readouterr().out.split()


@pytest.mark.parametrize("name", PAGES)
def test_configuration_is_well_formed(name: str) -> None:
    for token in _fenced(PAGES[name], "json"):
        json.loads(token.content)
    for token in _fenced(PAGES[name], "toml"):
        tomllib.loads(token.content)


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_to_files_and_headings_that_exist(name: str) -> None:
    page = PAGES.get(name, ROOT / name)
    for target in _links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{name}: {target}"
        assert not anchor or anchor in _anchors(file), f"{name}: {target}"


def test_everything_that_is_not_run_is_still_in_the_pages() -> None:
    used = {command.reason_not_to_run for page in PAGES.values() for command in commands(page)}
    assert set(NOT_RUN) <= used
    typed = [command.typed for page in PAGES.values() for command in commands(page)]
    assert all(any(re.match(pattern, line) for line in typed) for pattern in REFUSED)


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    kinds = {token.info for page in PAGES.values() for token in _tokens(page) if token.type == "fence"}
    assert kinds <= {"sh", "console", "python", "json", "toml", "text"}


@pytest.mark.parametrize("name", PAGES)
def test_commands_within_sentences_exist(name: str) -> None:
    for typed in _inline_code(PAGES[name]):
        if typed.startswith("qa "):
            _check_options(shlex.split(typed)[1:], f"{name}: {typed}")


@pytest.mark.parametrize(
    "page", sorted(PAGES["README.md"].parent.joinpath("docs").glob("*.md")), ids=lambda page: page.name
)
def test_the_readme_links_to_every_page(page: Path) -> None:
    assert f"docs/{page.name}" in set(_links(PAGES["README.md"]))


def test_settings_has_every_variable() -> None:
    page = PAGES["settings.md"].read_text("utf-8")
    assert [variable for variable in _VARIABLES if f"`{variable}" not in page] == []


@pytest.mark.parametrize("name", ["asking.md", "glossary.md", "settings.md"])
def test_the_thresholds_are_those_of_the_calibration(name: str) -> None:
    kept = json.loads((ROOT / "src/qa/models/reader/calibration.json").read_text("utf-8"))
    page = PAGES[name].read_text("utf-8")
    assert f"from {kept['firm']:.2f}" in page
    assert f"{kept['tentative']:.2f}" in page


def test_the_chats_page_has_every_command() -> None:
    found = _inline_code(PAGES["chat.md"])
    assert [slash.usage for slash in SLASHES if slash.usage not in found] == []


def test_the_json_page_has_every_field_of_an_answer(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["ask", "--json", "--corpus", str(home / "notes"), "When is the summer party?"])
    answer = json.loads(capsys.readouterr().out)
    fields = {*answer, *answer["citation"], *answer["passages"][0], *answer["timings_ms"]}
    assert fields - _inline_code(PAGES["json.md"]) == set()


def test_what_contributing_names_exists() -> None:
    rows = [line for line in (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    for row in rows:
        named = re.findall(r"`([^`]+)`", row)
        files = [ROOT / name for name in named if name.startswith(("src/", "tests/", "docs/"))]
        assert [str(file) for file in files if not file.exists()] == [], row
        for constant in (name for name in named if re.fullmatch(r"[A-Z_]+", name)):
            assert any(constant in file.read_text("utf-8") for file in files if file.is_file()), f"{constant}: {row}"


def test_troubleshooting_quotes_messages_that_exist() -> None:
    page = PAGES["troubleshooting.md"].read_text("utf-8")
    quoted = re.findall(r'\*\*"([^*]+)"', page) + re.findall(r'\*\* or \*\*"([^*]+)"', page)
    assert quoted
    # In the sources a message may be put together of several strings.
    sources = re.sub(r'"\s*f?"', "", SOURCES)
    for message in quoted:
        for part in message.split(ANYTHING):
            assert part.strip(" .,:") in sources, f"{message}: {part}"


def commands(page: Path) -> Iterator[Command]:
    """Of an `sh` block every line; of a `console` block those after "$ ", with what they print; of an indented block the first
    line, with what it prints below."""
    if page.name == REFERENCE:
        return
    for token in _tokens(page):
        lines = token.content.splitlines()
        if token.type == "fence" and token.info == "sh":
            yield from (Command(_line(token) + number, line) for number, line in enumerate(lines, 1) if line.strip())
        elif token.type == "fence" and token.info == "console":
            yield from _console(token)
        elif token.type == "code_block":
            # What is made first, the virtual environment, .ci/run makes, too.
            typed = lines[0].rpartition("&& ")[2].removeprefix(".venv/bin/")
            yield Command(_line(token), typed, "\n".join(lines[1:]).strip() or None)


def _console(token: Token) -> Iterator[Command]:
    typed, shown, line = "", [], 0
    for number, text in enumerate([*token.content.splitlines(), "$ "], 1):
        if not text.startswith("$ "):
            shown.append(text)
            continue
        if typed:
            yield Command(line, typed, "\n".join(shown))
        typed, shown, line = text[2:], [], _line(token) + number


def _run_line(typed: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """Run what a shell would: `qa`, with text from echo, its output to jq or to a file."""
    words = shlex.split(typed)
    stdin = ""
    if words[0] == "echo":
        stdin, words = f"{words[1]}\n", words[3:]
    into = words[words.index(">") + 1] if ">" in words else None
    asked = words[words.index("jq") + 1] if "jq" in words else None
    words = words[: min((words.index(mark) for mark in ("|", ">") if mark in words), default=len(words))]
    assert words[0] == "qa", f"{typed}: how is it run?"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
    capsys.readouterr()
    code = run([str(Path(word).expanduser()) if word.startswith("~/") else word for word in words[1:]])
    captured = capsys.readouterr()
    if into:
        (home / into).write_text(captured.out, "utf-8")
    if into or "--json" in words:
        for line in captured.out.splitlines():
            json.loads(line)
    if asked:
        value = json.loads(captured.out)
        for key in asked.split(".")[1:]:
            value = value[key]
        assert value is not None
    return Printed(code, captured.out, captured.err)


def _as_pattern(shown: str) -> str:
    """What the page shows, with "…" for anything, and any number before a percent sign: processors differ in the last bits."""
    lines = [".*" if line == ANYTHING else re.escape(_comparable(line)) for line in shown.strip().splitlines()]
    return "(?s:" + r"\s+".join(line for line in lines if line) + ")"


def _comparable(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if not line.startswith(ARTICLE_NOTICE)]
    return re.sub(r"\d+ %", "N %", "\n".join(lines)).strip()


def _check_options(words: list[str], place: str) -> None:
    """Whether the command and its options exist; what stands in capitals stands for something else."""
    command: click.Command = cli
    context = click.Context(cli)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        if words[0].isupper():
            return
        found = command.get_command(context, words[0])
        assert found is not None, place
        command, words = found, words[1:]
    known = {option for each in command.get_params(context) for option in (*each.opts, *each.secondary_opts)}
    given = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
    assert given <= known | {"--help"}, place


def _tokens(page: Path) -> list[Token]:
    return PARSER.parse(page.read_text("utf-8"))


def _fenced(page: Path, kind: str) -> list[Token]:
    return [token for token in _tokens(page) if token.type == "fence" and token.info == kind]


def _line(token: Token) -> int:
    assert token.map is not None
    return token.map[0] + 1


def _inline(page: Path) -> Iterator[Token]:
    for token in _tokens(page):
        yield from token.children or ()


def _inline_code(page: Path) -> set[str]:
    return {token.content for token in _inline(page) if token.type == "code_inline"}


def _links(page: Path) -> Iterator[str]:
    for token in _inline(page):
        target = token.attrGet("href") or token.attrGet("src")
        if target is not None:
            yield str(target)


def _anchors(page: Path) -> set[str]:
    """The headings as GitHub names them: small letters, blanks as hyphens, no punctuation."""
    tokens = _tokens(page)
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _pdf(text: str) -> bytes:
    from fpdf import FPDF

    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    document.multi_cell(0, 8, text)
    return bytes(document.output())
