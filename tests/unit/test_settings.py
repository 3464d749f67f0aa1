from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import UsageError
from qa.locations import corpus_of, index_of, shipped_corpus
from qa.settings import Settings
from tests.conftest import ARTICLE


def test_defaults_without_an_environment() -> None:
    assert Settings.from_environment({}) == Settings()


def test_every_setting_is_read_from_its_variable() -> None:
    environment = {
        "QA_CORPUS": "/c",
        "QA_INDEX": "/i",
        "QA_MIN_CONFIDENCE": "0.25",
        "QA_UNANSWERABLE": "0.4",
        "QA_PASSAGES_READ": "3",
        "QA_THREADS": "1",
        "QA_ENCODER": "/e",
        "QA_FULL_PRECISION": "1",
    }
    assert Settings.from_environment(environment) == Settings(Path("/c"), Path("/i"), 0.25, 0.4, 3, 1, Path("/e"), True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QA_MIN_CONFIDENCE", "2"),
        ("QA_MIN_CONFIDENCE", "nan"),
        ("QA_THREADS", "x"),
        ("QA_PASSAGES_READ", "0"),
        ("QA_FULL_PRECISION", "yes"),
    ],
)
def test_a_value_that_cannot_be_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        Settings.from_environment({name: value})


def test_the_article_is_asked_where_there_is_no_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert corpus_of(Settings()) == shipped_corpus()
    assert (shipped_corpus() / ARTICLE.name).is_file()
    assert index_of(Settings(), shipped_corpus()) == shipped_corpus().parent / "index"
    (tmp_path / "corpus").mkdir()
    assert corpus_of(Settings()) == tmp_path / "corpus"
    assert index_of(Settings(), Path("corpus")) == tmp_path / "index"


def test_an_index_of_any_other_folder_lies_outside_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    one, other = tmp_path / "a" / "notes", tmp_path / "b" / "notes"
    assert index_of(Settings(), one).is_relative_to(tmp_path / "data")
    assert index_of(Settings(), one) != index_of(Settings(), other)
