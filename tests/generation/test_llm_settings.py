"""Which server is asked, and what is said of settings that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import QaError, UsageError
from qa.generation.llm_settings import LlmSettings, LlmTableUnusable, NoServerNamed

FULL = """\
[llm]
url = "https://llm.example/v1/"
model = "large"
key = "sk-1"
confirmed = true
seconds = 30
context = 8192
passages = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.mark.parametrize("text", [None, "[other]\nx = 1\n", '[llm]\nmodel = "x"\n'])
def test_where_nothing_is_named_there_is_no_server(file: Path, text: str | None) -> None:
    if text is not None:
        file.write_text(text)
    with pytest.raises(NoServerNamed):
        LlmSettings.load(file, {})


def test_the_table_of_the_file(file: Path) -> None:
    file.write_text(FULL)
    assert LlmSettings.load(file, {}) == LlmSettings("https://llm.example/v1", "large", "sk-1", True, 30, 8192, 3)


def test_the_environment_goes_first(file: Path) -> None:
    file.write_text(FULL)
    found = LlmSettings.load(file, {"QA_LLM_MODEL": "small"})
    assert found is not None
    assert (found.model, found.url, found.confirmed) == ("small", "https://llm.example/v1", True)


def test_what_is_confirmed_and_the_key_are_for_that_server_alone(file: Path) -> None:
    file.write_text(FULL)
    found = LlmSettings.load(file, {"QA_LLM_URL": "https://other.example/v1"})
    assert found is not None
    assert (found.confirmed, found.key, found.model, found.seconds) == (False, "", "", 30)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("http://localhost:11434/", "http://localhost:11434/v1"),
        ("http://localhost:1234/v1/chat/completions", "http://localhost:1234/v1"),
        ("https://llm.example/api/v3", "https://llm.example/api/v3"),
        (" http://[::1]:8080/v1 ", "http://[::1]:8080/v1"),
    ],
)
def test_addresses_as_people_give_them(file: Path, given: str, asked: str) -> None:
    found = LlmSettings.load(file, {"QA_LLM_URL": given})
    assert found is not None
    assert found.url == asked


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.1/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://0.0.0.0:1/v1", False),
        ("http://192.168.0.2/v1", False),
        ("http://localhost.example/v1", False),
        ("http://127.0.0.1.example/v1", False),
        ("http://2130706433/v1", False),
    ],
)
def test_only_loopback_is_this_machine(url: str, here: bool) -> None:
    assert LlmSettings(url).is_this_machine is here


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("QA_LLM_URL", "localhost:11434", "is no address"),
        ("QA_LLM_URL", "ftp://x/v1", "is no address"),
        ("QA_LLM_URL", "http://", "is no address"),
        ("QA_LLM_URL", "http://x:99999/", "is no address"),
        ("QA_LLM_URL", "http://[::1/", "is no address"),
        ("QA_LLM_URL", "http://me:secret@x/v1", "QA_LLM_KEY"),
        ("QA_LLM_KEY", "two words", "holds blanks"),
        ("QA_LLM_KEY", "sk\nX-Header: 1", "holds blanks"),
        ("QA_LLM_MODEL", "a\x1b[31m", "no name has"),
    ],
)
def test_variables_that_cannot_be(file: Path, variable: str, value: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        LlmSettings.load(file, {"QA_LLM_URL": "http://localhost/", variable: value})
    assert variable in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("llm = 3", "llm is not a table"),
        ("[llm]\nurl = 3", "url is not a text"),
        ('[llm]\nurl = "x"', "url is no address"),
        ('[llm]\nkey = "a b"', "key holds blanks"),
        ('[llm]\nconfirmed = "yes"', "neither true nor false"),
        ("[llm]\nseconds = 0", "seconds is no whole number from 1 to 3,600"),
        ("[llm]\nseconds = true", "seconds is no whole number"),
        ("[llm]\npassages = 2.5", "passages is no whole number"),
        ("[llm]\ncontext = 100", "context is no whole number from 512"),
        ('[llm]\nulr = "x"', "no key ulr"),
        ('[llm]\n"\\u001b[31m" = 1', "no key"),
        ("[llm", "not TOML"),
        ("[llm]\nurl = " + "[" * 5_000, "not TOML"),
    ],
)
def test_files_that_cannot_be(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(LlmTableUnusable) as error:
        LlmSettings.load(file, {})
    assert says in str(error.value)
    assert str(file) in str(error.value)
    assert "\x1b" not in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize(
    ("data", "says"), [(b"[llm]\n\xff", "line 2 is not UTF-8"), (b"#" * 1_000_001, "a million bytes")]
)
def test_bytes_that_cannot_be(file: Path, data: bytes, says: str) -> None:
    file.write_bytes(data)
    with pytest.raises(QaError, match=says):
        LlmSettings.load(file, {})


def test_a_folder_in_place_of_the_file(file: Path) -> None:
    file.mkdir()
    with pytest.raises(LlmTableUnusable):
        LlmSettings.load(file, {})
