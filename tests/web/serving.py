"""`qa serve` as a process of its own on a free port of this machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx2

from tests.conftest import QA, free_port

_PATIENCE = 120.0


def environment_in(home: Path) -> dict[str, str]:
    """Nothing of the user's own."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("OPENBLAS", "PYTHONPATH", "PATH"))}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "HF_HUB_OFFLINE": "1"}


@dataclass(slots=True)
class ServedQa:
    """A server; what it says goes to the file `log`."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not holds():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.02)

    def until_said(self, text: str) -> None:
        self.until(lambda: text in self.said())

    def until_ready(self) -> None:
        self.until(lambda: httpx2.get(f"{self.url}/readyz", timeout=_PATIENCE, verify=False).status_code == 200)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return httpx2.get(self.url + path, timeout=_PATIENCE, **options)

    def post(self, path: str, body: object, **options: Any) -> httpx2.Response:
        return httpx2.post(self.url + path, json=body, timeout=_PATIENCE, **options)

    def ask(self, question: str, **more: object) -> dict[str, Any]:
        response = self.post("/v1/ask", {"question": question, **more})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def serving(
    *arguments: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None, scheme: str = "http"
) -> Iterator[ServedQa]:
    """`qa serve ARGUMENTS`, once it listens; ended afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        log = home / "serve.log"
        port = free_port()
        with log.open("wb") as out:
            process = _started(arguments, port, out, environment or environment_in(home), cwd or home)
        served = ServedQa(process, port, log, scheme)
        try:
            served.until_said("Serving ")
            yield served
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _started(
    arguments: tuple[str, ...], port: int, out: IO[bytes], environment: Mapping[str, str], cwd: Path
) -> subprocess.Popen[bytes]:
    command = [QA, "serve", "--port", str(port), *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, cwd=cwd)
