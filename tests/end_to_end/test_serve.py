"""`qa serve --terminal`: the chat in a real browser, where it listens, and whom it turns away."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import QA, ROOT, SURE, free_port

pytest.importorskip("aiohttp", reason="the extra qa[web] is not installed")
pytest.importorskip("textual_serve", reason="the extra qa[web] is not installed")

from tests.web.chromium import CHROMIUM, Page, opened_page

# textual-serve's page keeps its terminal to itself: this catches it when it is made, to read what is on it.
CATCH = """
Object.defineProperty(Object.prototype, 'fitAddon', {
  configurable: true,
  set(value) { window.caught = this; Object.defineProperty(this, 'fitAddon', {value, writable: true}); },
});
"""
READ = """
(() => {
  const buffer = window.caught?.terminal.buffer.active;
  return buffer ? [...Array(buffer.length).keys()].map(at => buffer.getLine(at).translateToString(true)).join('\\n') : '';
})()
"""


class Served:
    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.process = process

    def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    with subprocess.Popen(
        [QA, "serve", "--terminal", "--port", str(port), "--corpus", ROOT / "corpus"],
        env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert f"http://127.0.0.1:{port}" in process.stderr.readline()
        served = Served(port, process)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            subprocess.run(["sleep", "0.1"], check=True)
        yield served
        process.terminate()
        process.wait(20)


def test_only_this_machine_and_its_own_page(served: Served) -> None:
    code, page = served.get()
    assert code == 200
    # Nothing of the page comes from another machine.
    assert not re.findall(r"https?://", page)
    assert f"ws://127.0.0.1:{served.port}/ws" in page
    assert served.get(Host="evil.example")[0] == 403
    assert served.get("/ws", Origin="https://evil.example")[0] == 403
    assert served.get(Origin=served.url)[0] == 200
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {"127.0.0.1", "127.0.1.1"}:
        with socket.socket() as probe:
            assert probe.connect_ex((str(address), served.port)) != 0


def test_a_port_that_is_taken_is_a_named_error(served: Served) -> None:
    done = subprocess.run(
        [QA, "serve", "--terminal", "--port", str(served.port)], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 3
    assert "Choose another with --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_address_is_served_only_when_it_is_meant_and_warned_of() -> None:
    command = [QA, "serve", "--terminal", "--host", "0.0.0.0", "--port", str(free_port())]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "--no-auth" in refused.stderr
    with subprocess.Popen([*command, "--no-auth"], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "Warning: everyone who can reach 0.0.0.0" in process.stderr.readline()
        process.terminate()


# In a browser


async def until(page: Page, *words: str) -> None:
    """Until all of them are on the terminal."""
    await page.until(f"{json.dumps(words)}.every((word) => {READ.strip()}.includes(word))")


async def typed(page: Page, text: str) -> None:
    await page.call("Input.insertText", text=text)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_a_question_is_asked_and_its_answer_read_from_the_page(served: Served) -> None:
    async with opened_page(1400, 900) as page:
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=CATCH)
        await page.call("Page.navigate", url=served.url)
        await until(page, "Ask a question", "ready")
        # As a click into the page does: that it has the focus may come before the terminal listens for it.
        await page.run("window.caught.terminal.blur(); window.caught.terminal.focus()")
        await until(page, "⏎ Ask")
        await typed(page, SURE[0])
        await until(page, SURE[0])
        await page.press("Enter")
        await until(page, "russia-and-central-asia.txt:10", SURE[1], "Evidence")
        await typed(page, "/open /etc")
        await page.press("Enter")
        await until(page, "From a browser the documents stay as they are")
