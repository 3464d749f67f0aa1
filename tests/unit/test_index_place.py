"""Addresses of indexes, and what is said where the packages that an engine needs are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qa.errors import EngineMissing, UsageError
from qa.index_place import EngineAddress, index_place
from qa.settings import Settings, index_given

COMMANDS = (
    ["index"],
    ["index", "--rebuild"],
    ["index", "--repair"],
    ["index", "--remove"],
    ["index", "--watch"],
    ["ask", "Where is the key?"],
    ["search", "key"],
    ["status"],
    ["status", "--verify"],
    ["mcp"],
    ["serve"],
)


@pytest.mark.parametrize(
    ("given", "uri", "name"),
    [
        ("milvus://localhost:19530/notes", "http://localhost:19530", "notes"),
        ("milvus://10.0.0.7/notes_2", "http://10.0.0.7:19530", "notes_2"),
        ("milvus+tls://db.example.org:443/_n", "https://db.example.org:443", "_n"),
        ("milvus://[::1]:19530/n", "http://[::1]:19530", "n"),
    ],
)
def test_an_address_names_a_server_and_an_index(given: str, uri: str, name: str) -> None:
    place = index_place(given)
    assert isinstance(place, EngineAddress)
    assert (place.uri, place.name, str(place), place.file) == (uri, name, given, None)
    assert Settings.from_environment({"QA_INDEX": given}).index == place


def test_an_address_names_a_file_wherever_the_process_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = index_place("milvus+file:sub/x.db")
    assert isinstance(place, EngineAddress)
    assert place.file == tmp_path / "sub" / "x.db"
    assert index_place(str(place)) == place
    assert index_place("milvus") == Path("milvus")
    assert index_place("/a/milvus://b") == Path("/a/milvus://b")


@pytest.mark.parametrize(
    "given",
    [
        "milvus://host:19530/", "milvus://host:19530/9lives", "milvus://host/a-b", "milvus://host/a b", "milvus://host/a/b",
        "milvus://host/" + "x" * 101, "milvus:///x", "milvus:x", "milvus+file:/tmp/x.sqlite", "milvus+ftp://host/x",
        "milvus://host:port/x", "milvus://host/x;drop", "milvus://h\n/x", "milvus://host/é",
    ],
)  # fmt: skip
def test_an_address_that_milvus_would_refuse_is_wrong_use(given: str) -> None:
    with pytest.raises(UsageError, match=r"milvus://HOST:PORT/NAME"):
        index_given(given)


def test_credentials_in_an_address_are_refused_and_not_shown_again() -> None:
    with pytest.raises(UsageError, match="QA_MILVUS_TOKEN") as refused:
        index_given("milvus://root:hunter2@host:19530/x")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("place", ["milvus://127.0.0.1:1/notes", "milvus+file:/nowhere/notes.db"])
def test_without_pymilvus_every_command_says_in_one_line_what_to_install(tmp_path: Path, place: str) -> None:
    (tmp_path / "notes.txt").write_text("The key hangs behind the clock.")
    code = (
        "import sys; sys.modules['pymilvus'] = sys.modules['milvus_lite'] = None\n"
        f"from qa.cli.main import run\nfor one in {COMMANDS!r}:\n"
        f"    print(run([*one, '--corpus', 'notes.txt', '--index', {place!r}]), flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == [str(EngineMissing.exit_code)] * len(COMMANDS), done.stderr
    said = done.stderr.splitlines()
    assert said == [f"qa: The index at {place} needs Milvus, which is not installed. pip install 'qa[milvus]'"] * len(
        said
    )
    assert len(said) == len(COMMANDS)


def test_nothing_of_milvus_is_imported_for_an_index_in_a_folder(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom qa.cli.main import run\n"
        "assert run(['index', '--corpus', 'notes.txt', '--index', 'index']) == 0\n"
        "run(['ask', '--corpus', 'notes.txt', '--index', 'index', 'Where does the key hang?'])\n"
        "loaded = {name for name in sys.modules if name.partition('.')[0] in ('pymilvus', 'milvus_lite', 'grpc')}\n"
        "assert not loaded, loaded\nassert 'qa.index.milvus' not in sys.modules"
    )
    (tmp_path / "notes.txt").write_text("The key hangs behind the clock.")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
