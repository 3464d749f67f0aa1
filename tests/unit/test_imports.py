"""The asking side stays light: each import in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import qa

HEAVY = {"torch", "transformers", "sentence_transformers", "sklearn", "scipy", "matplotlib", "pandas"}
NOT_FOR_THE_CORE = HEAVY | set(
    "textual mcp mcp_types pydantic tomlkit starlette uvicorn prometheus_client re2 ray fsspec s3fs".split()
)
FOR_DOCUMENTS = set(
    "lxml pypdfium2 docx pptx openpyxl pysubs2 docutils pathspec charset_normalizer markdown_it email".split()
)


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


@pytest.mark.parametrize(
    "module",
    [
        "qa.cli.ask",
        "qa.tui",
    ],
)
def test_the_core_and_the_commands_import_nothing_heavy(module: str) -> None:
    assert not loaded_by(f"import {module}") & NOT_FOR_THE_CORE


def test_the_chat_imports_nothing_heavy() -> None:
    assert not loaded_by("import qa.tui.app") & HEAVY


def test_a_whole_ask_imports_nothing_heavy() -> None:
    ask = "from qa import Assistant\nwith Assistant.open() as a: a.ask('How long is the Kant lease?')"
    loaded = loaded_by(ask)
    assert {"faiss", "onnxruntime", "tokenizers"} <= loaded
    assert not loaded & (NOT_FOR_THE_CORE | FOR_DOCUMENTS)


def test_indexing_imports_nothing_heavy_unless_full_precision_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The key hangs behind the clock.")
    build = (
        "from pathlib import Path\nfrom qa.index.service import update_index\nfrom qa.settings import Settings\n"
        f"update_index(Settings(corpus=Path({str(tmp_path / 'notes.txt')!r}), index=Path({str(tmp_path / 'index')!r}),"
        " full_precision=%s))"
    )
    assert not loaded_by(build % False) & NOT_FOR_THE_CORE
    (tmp_path / "notes.txt").write_text("The key lies under the mat.")
    assert {"torch", "sentence_transformers"} <= loaded_by(build % True)


def test_asking_collections_imports_nothing_heavy_and_no_editor_of_toml(tmp_path: Path) -> None:
    for name in ("notes", "work"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"The key of {name} hangs behind the clock.")
    ask = (
        "from pathlib import Path\nfrom qa import Collection, FederatedAssistant, Settings\n"
        f"places = [Collection(name, Path({str(tmp_path)!r}, name), index=Path({str(tmp_path)!r}, 'i' + name))"
        " for name in ('notes', 'work')]\n"
        "with FederatedAssistant.open(places, settings=Settings()) as a: print(a.ask('Where is the key?').text)"
    )
    assert not loaded_by(ask) & NOT_FOR_THE_CORE


def test_a_follow_up_imports_nothing_heavy() -> None:
    follow = "from qa import Assistant\nwith Assistant.open() as a: c = a.conversation(); c.ask('Who is Putin?'); c.ask('Why?')"
    assert not loaded_by(follow) & NOT_FOR_THE_CORE


def test_help_imports_no_numbers() -> None:
    code = "from qa.cli.main import run\nrun(['--help'])"
    assert not loaded_by(code) & (
        NOT_FOR_THE_CORE | {"numpy", "faiss", "onnxruntime", "tokenizers", "apsw", "sqlite3", "rich"}
    )


def test_nothing_of_http_or_asyncio_is_imported_where_no_language_model_is_asked() -> None:
    ask = "from qa.cli.main import run\nassert run(['ask', 'How long is the Kant lease?']) == 0"
    assert not loaded_by(ask) & {"httpx", "httpx2", "httpcore", "httpcore2", "anyio", "asyncio"}


def test_servers_import_nothing_that_writes_before_an_answer_is_to_be_written(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("The key hangs behind the clock.")
    ask = (
        "import sys\nfrom pathlib import Path\n"
        "import qa.mcp.server, qa.web.http_server\n"
        "from qa.collections import Collection\nfrom qa.hosting.document_service import DocumentService\n"
        "from qa.hosting.tickets import Ticket\n"
        "from qa.hosting.server_writing import ServerWriting\nfrom qa.index.service import update_index\n"
        "from qa.settings import Settings\n"
        f"place = Collection('notes', Path({str(tmp_path)!r}, 'notes'), index=Path({str(tmp_path)!r}, 'index'))\n"
        "update_index(place.settings(Settings()))\nservice = DocumentService(Settings(), [place])\n"
        "answer = service.ask(Ticket(), 'Where does the key hang?', ('notes',))\n"
        "print(sorted(name for name in sys.modules if name.startswith('qa.generation')))\n"
        "ServerWriting.of_settings(private=False).written(answer, service, Ticket())\n"
        "print(sorted(name for name in sys.modules if name == 'qa.generation'))\nservice.close()"
    )
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "QA_LLM_URL": "http://127.0.0.1:9/v1"}
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert done.stdout.split("\n")[:2] == ["[]", "['qa.generation']"]


@pytest.mark.parametrize(
    ("packages", "users"),
    [
        ("mcp|mcp_types", {"mcp"}),
        ("starlette|uvicorn|prometheus_client|h11", {"web", "mcp"}),
        ("httpx2?", {"generation/chat_completions.py"}),
        ("fsspec|s3fs|gcsfs|botocore", {"documents/object_storage.py"}),
        (
            "ray",
            {
                "index/distributed/ray_connection.py",
                "index/distributed/ray_executor.py",
                "index/distributed/ray_tasks.py",
            },
        ),
    ],
)
def test_what_servers_and_clients_are_made_of_is_named_by_them_alone(packages: str, users: set[str]) -> None:
    named = re.compile(rf"^\s*(?:from|import) (?:{packages})\b", re.MULTILINE)
    source = Path(qa.__file__).parent
    found = {file.relative_to(source) for file in source.rglob("*.py") if named.search(file.read_text())}
    assert found
    assert all(str(file) in users or file.parts[0] in users for file in found)
