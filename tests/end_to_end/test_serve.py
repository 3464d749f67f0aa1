"""`qa serve --terminal`: the chat in a real browser, where it listens, and whom it turns away."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, SURE

aiohttp = pytest.importorskip("aiohttp", reason="the extra qa[web] is not installed")
pytest.importorskip("textual_serve", reason="the extra qa[web] is not installed")

QA = Path(sys.executable).with_name("qa")
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


class Page:
    """A page of Chromium, driven by its DevTools protocol."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._count = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        self._count += 1
        await self._socket.send_json({"id": self._count, "method": method, "params": parameters})
        while True:
            reply = await self._socket.receive_json(timeout=30)
            if reply.get("id") == self._count:
                assert "error" not in reply, reply
                return reply["result"]

    async def text(self) -> str:
        result = await self.call("Runtime.evaluate", expression=READ, returnByValue=True)
        return str(result["result"].get("value", ""))

    async def until(self, *words: str, seconds: float = 60) -> str:
        text = ""
        for _ in range(int(seconds * 5)):
            text = await self.text()
            if all(each in text for each in words):
                return text
            await asyncio.sleep(0.2)
        raise AssertionError(f"{words!r} did not come:\n{text}")

    async def focus(self) -> None:
        """As a click into the page does: that it has the focus may come before the terminal listens for it."""
        await self.call("Runtime.evaluate", expression="window.caught.terminal.blur(); window.caught.terminal.focus()")

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def enter(self) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r"
            )


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Page]:
    command = [
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1400,900",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        port_file = folder / "DevToolsActivePort"
        for _ in range(300):
            if port_file.exists() and len(port_file.read_text().split()) == 2:
                break
            await asyncio.sleep(0.1)
        port = port_file.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                target = next(each for each in json.loads(await response.text()) if each["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                await page.call("Page.enable")
                await page.call("Page.addScriptToEvaluateOnNewDocument", source=CATCH)
                # A browser without a screen has no window that is in front.
                await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
                await page.call("Page.navigate", url=url)
                yield page
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_a_question_is_asked_and_its_answer_read_from_the_page(served: Served, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path / "chromium") as page:
        await page.until("Ask a question", "ready")
        await page.focus()
        await page.until("⏎ Ask")
        await page.type(SURE[0])
        await page.until(SURE[0])
        await page.enter()
        await page.until("russia-and-central-asia.txt:10", SURE[1], "Evidence")
        await page.type("/open /etc")
        await page.enter()
        await page.until("From a browser the documents stay as they are")
