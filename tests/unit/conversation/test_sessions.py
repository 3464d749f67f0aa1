from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.conversation import Turn
from qa.conversation.storage.sessions import LONGEST_NAME, Session
from qa.errors import SessionsUnusable, UsageError
from tests.unit.conversation.made import answer

CORPUS = Path("/somewhere/corpus")


def turn(question: str) -> Turn:
    return Turn.of(answer(question, "a", 0.5))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.sqlite"


def test_turns_are_kept_in_order(file: Path) -> None:
    session = Session("kant", CORPUS, file)
    assert session.turns() == ()
    assert not file.exists()
    session.add(turn("one"))
    session.add(turn("two"))
    assert [kept.question for kept in Session("kant", CORPUS, file).turns()] == ["one", "two"]


def test_sessions_of_other_names_and_corpora_are_apart(file: Path) -> None:
    Session("kant", CORPUS, file).add(turn("one"))
    assert Session("Kant", CORPUS, file).turns() == ()
    assert Session("kant", Path("/elsewhere"), file).turns() == ()
    Session("other", CORPUS, file).forget()
    assert len(Session("kant", CORPUS, file).turns()) == 1
    Session("kant", CORPUS, file).forget()
    assert Session("kant", CORPUS, file).turns() == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=LONGEST_NAME).filter(str.strip))
def test_a_name_is_any_text(tmp_path: Path, name: str) -> None:
    file = tmp_path / "sessions.sqlite"
    session = Session(name, CORPUS, file)
    before = len(session.turns())
    session.add(turn(name))
    assert len(session.turns()) == before + 1
    assert {path.name for path in tmp_path.iterdir()} <= {"sessions.sqlite", "sessions.sqlite-journal"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "'; DROP TABLE turns; --", "a/b\0c", "\x1b[31m"])
def test_a_hostile_name_is_only_a_name(file: Path, name: str) -> None:
    Session(name, CORPUS, file).add(turn("one"))
    assert len(Session(name, CORPUS, file).turns()) == 1
    assert [path.name for path in file.parent.parent.rglob("*") if path.is_file()] == ["sessions.sqlite"]


@pytest.mark.parametrize("name", ["", "  ", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_cannot_be(file: Path, name: str) -> None:
    with pytest.raises(UsageError):
        Session(name, CORPUS, file)


def test_processes_add_to_one_session_at_once(file: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from qa.conversation.storage.sessions import Session\nfrom tests.unit.conversation.test_sessions import CORPUS, turn\n"
        "for number in range(20): Session('s', CORPUS, Path(sys.argv[1])).add(turn(f'{sys.argv[2]} {number}'))"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(file), name]) for name in "abc"]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    asked = [kept.question for kept in Session("s", CORPUS, file).turns()]
    assert len(asked) == 60
    for name in "abc":
        assert [question for question in asked if question[0] == name] == [f"{name} {number}" for number in range(20)]


def test_a_file_that_is_no_database_is_named(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database at all " * 100)
    with pytest.raises(SessionsUnusable, match=r"sessions\.sqlite"):
        Session("s", CORPUS, file).turns()


def test_a_database_of_another_program_is_left_alone(file: Path) -> None:
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(SessionsUnusable):
        Session("s", CORPUS, file).add(turn("one"))
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


def test_a_turn_that_was_damaged_is_named(file: Path) -> None:
    Session("s", CORPUS, file).add(turn("one"))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE turns SET turn = '{\"question\": 1}'")
    connection.close()
    with pytest.raises(SessionsUnusable):
        Session("s", CORPUS, file).turns()
