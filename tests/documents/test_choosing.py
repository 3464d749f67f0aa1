from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa.documents import Choice, sources
from qa.errors import UsageError


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text")


def chosen(corpus: Path, choice: Choice | None = None) -> list[str]:
    """Paths that are chosen; nothing is passed over that would be named."""
    skipped: dict[str, str] = {}
    found = [source.path for source in sources(corpus, skip=skipped.__setitem__, choice=choice)]
    assert skipped == {}
    return found


def test_what_is_no_document_anywhere_is_passed_over_in_silence(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "a.txt",
        ".git/config",
        ".hidden.txt",
        "node_modules/x/readme.md",
        "lib/__pycache__/a.txt",
        "photo.JPG",
        "song.mp3",
        "data.zip",
        "app.min.js",
        "lib.so",
        "package-lock.json",
    )
    assert chosen(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("sign", ["pyvenv.cfg", "CACHEDIR.TAG"])
def test_virtual_environments_and_caches_are_known_by_what_is_in_them(tmp_path: Path, sign: str) -> None:
    fill(tmp_path, "a.txt", f"things/{sign}", "things/lib/b.txt")
    assert chosen(tmp_path) == ["a.txt"]
    (tmp_path / ".qaignore").write_text("!things/")
    assert "things/lib/b.txt" in chosen(tmp_path)


def test_the_corpus_itself_is_read_whatever_it_is(tmp_path: Path) -> None:
    corpus = tmp_path / ".hidden" / "node_modules"
    fill(corpus, "a.txt", "pyvenv.cfg")
    assert "a.txt" in chosen(corpus)


def test_an_ignore_file_has_gitignore_syntax(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b.log", "keep.log", "old/x.txt", "deep/old/y.txt", "deep/top.txt", "top.txt", "c/d/e.txt")
    (tmp_path / ".qaignore").write_text("# comment\n*.log\n!keep.log\nold/\n/top.txt\nc/**/e.txt\n\n")
    assert chosen(tmp_path) == ["a.txt", "keep.log", "deep/top.txt"]


def test_the_deepest_ignore_file_decides_and_is_relative_to_its_folder(tmp_path: Path) -> None:
    fill(tmp_path, "a.log", "in/a.log", "in/b.txt", "in/sub/b.txt")
    (tmp_path / ".qaignore").write_text("*.log\n")
    (tmp_path / "in" / ".qaignore").write_text("!a.log\n/b.txt\n")
    assert chosen(tmp_path) == ["in/a.log", "in/sub/b.txt"]


def test_an_ignore_file_takes_back_what_a_default_ignores(tmp_path: Path) -> None:
    fill(tmp_path, ".github/workflow.txt", ".other/x.txt", ".env.txt", "node_modules/a/readme.md")
    (tmp_path / ".qaignore").write_text("!.github/\n!.env.txt\n!node_modules/\n")
    assert chosen(tmp_path) == [".env.txt", ".github/workflow.txt", "node_modules/a/readme.md"]


def test_an_ignore_file_that_cannot_be_read_is_named_and_the_folder_is_read(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "in/b.txt", "fifo/c.txt")
    (tmp_path / ".qaignore").write_bytes(b"\xff\xfe\xff")
    (tmp_path / "in" / ".qaignore").mkdir()
    os.mkfifo(tmp_path / "fifo" / ".qaignore")
    skipped: dict[str, str] = {}
    found = [source.path for source in sources(tmp_path, skip=skipped.__setitem__)]
    assert found == ["a.txt", "fifo/c.txt", "in/b.txt"]
    assert set(skipped) == {".qaignore", "in/.qaignore", "fifo/.qaignore"}


def test_include_and_exclude_are_patterns_too(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b.md", "old/c.md", "new/d.md")
    assert chosen(tmp_path, Choice(include=("*.md",))) == ["b.md", "new/d.md", "old/c.md"]
    assert chosen(tmp_path, Choice(exclude=("old/", "b.*"))) == ["a.txt", "new/d.md"]
    assert chosen(tmp_path, Choice(include=("*.md", "!b.md"), exclude=("new/",))) == ["old/c.md"]
    (tmp_path / ".qaignore").write_text("!b.md\n")
    assert chosen(tmp_path, Choice(exclude=("b.md",))) == ["a.txt", "new/d.md", "old/c.md"]
    with pytest.raises(UsageError, match="pattern"):
        Choice(exclude=("!",))


def test_folders_may_be_nested_deeper_than_python_calls(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    folder = os.dup(here)
    try:
        for _ in range(1500):
            os.mkdir("d", dir_fd=folder)
            inner = os.open("d", os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = inner
        skipped: dict[str, str] = {}
        assert list(sources(tmp_path, skip=skipped.__setitem__)) == []
        # Where the path is too long for the system.
        assert all("too long" in reason for reason in skipped.values())
    finally:
        os.close(folder)
        os.close(here)
        _remove_deep(tmp_path / "d")


def _remove_deep(folder: Path) -> None:
    import subprocess

    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_formats_whose_library_is_missing_are_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.documents.formats._is_installed", lambda module: module != "pypdfium2")
    fill(tmp_path, "a.txt", "b.pdf", "c.pdf.gz", "d.docx")
    skipped: dict[str, str] = {}
    assert [source.path for source in sources(tmp_path, skip=skipped.__setitem__)] == ["a.txt", "d.docx"]
    assert set(skipped) == {"b.pdf", "c.pdf.gz"}
    assert set(skipped.values()) == {"PDF files need: pip install 'qa[documents]'"}
