"""A PostgreSQL server of the tests' own: on a free port of this machine, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import free_port

PASSWORD = "s3cret:pa/ss@w%rd"
"""What must be quoted in an address, and shown nowhere."""
_PATIENCE = 60.0
_QUICK = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=40")
_ROOT_IS_REFUSED = "postgres"
"""The user that Debian's packages make: PostgreSQL does not run as root."""


@dataclass(slots=True)
class PostgresServer:
    """`folder` holds its data; `as_user` is what the commands begin with."""

    binaries: Path
    folder: Path
    port: int
    as_user: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str, user: str = "qa", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if self.as_user:
            shutil.chown(self.folder, _ROOT_IS_REFUSED)
            shutil.chown(password, _ROOT_IS_REFUSED)
        options = ["--username=root", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]
        command = [*self.as_user, self.binaries / "initdb", *options, "--no-locale", "-D", self.folder / "data"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=_PATIENCE)
        assert done.returncode == 0, done.stderr
        self.start()
        self.run(f"CREATE ROLE qa LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        """Until it takes connections."""
        options = [word for one in _QUICK for word in ("-c", one)]
        command = [*self.as_user, self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-h", "127.0.0.1", "-p", str(self.port)], stdout=log, stderr=log, cwd="/"
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def kill(self) -> None:
        """As a crash: nothing is written down, and all connections are cut."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(_PATIENCE)
            self.process = None

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """As the one who may everything."""
        import psycopg

        with psycopg.connect(self.url(database, "root"), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []

    def database(self, options: str = "OWNER qa") -> str:
        """The name of a new one."""
        name = f"db{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        return name

    def emptied(self) -> str:
        """The name of one that tests share, with nothing in it: quicker than a new one."""
        if not self.run("SELECT 1 FROM pg_database WHERE datname = 'shared'"):
            self.run("CREATE DATABASE shared OWNER qa")
        self.run("DROP OWNED BY qa CASCADE", "shared")
        return "shared"

    def _answers(self) -> bool:
        import psycopg

        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Skips the test where there is none, or where nothing could speak to it."""
    pytest.importorskip("psycopg", reason="the extra qa[postgres] is not installed")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("there is no PostgreSQL here (apt-get install postgresql)")
    as_user = _as_user()
    if os.geteuid() == 0 and not as_user:
        pytest.skip("PostgreSQL does not run as root, and there is no setpriv or no user postgres")
    # Not in pytest's own folder, which the user postgres may not enter.
    with tempfile.TemporaryDirectory(prefix="qa-postgres-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(binaries, Path(folder), free_port(), as_user)
        try:
            server.make()
            yield server
        finally:
            server.stop()


def _binaries() -> Path | None:
    """Debian has them outside of the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    return next((one.parent for one in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


def _as_user() -> tuple[str, ...]:
    """Ends the server with the tests, whatever becomes of them."""
    if shutil.which("setpriv") is None:
        return ()
    end = ("setpriv", "--pdeathsig", "QUIT")
    if os.geteuid() != 0:
        return end
    import pwd

    try:
        pwd.getpwnam(_ROOT_IS_REFUSED)
    except KeyError:
        return ()
    return (*end, "--reuid", _ROOT_IS_REFUSED, "--regid", _ROOT_IS_REFUSED, "--init-groups")
