"""A page of a real Chromium without a screen, driven by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
_PATIENCE = 120.0
_LOOK = 0.05
_KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32, "/": 191, "PageDown": 34, "Home": 36, "End": 35}
_TEXT = {"Enter": "\r", " ": " ", "/": "/"}


class Page:
    """What it asked the network for and what its console said are kept in `requests` and `said`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.ensure_future(self._read())
        self.requests: list[str] = []
        self.said: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        reply = self._waiting[self._count] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._count, "method": method, "params": parameters})
        async with asyncio.timeout(_PATIENCE):
            return await reply

    async def run(self, script: str) -> Any:
        """The value of an expression; of a promise, what it comes to."""
        done = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    async def until(self, condition: str) -> Any:
        """The value of an expression, once it is true (of an element: True)."""
        script = f"((value) => value instanceof Node ? true : value)({condition})"
        deadline = time.monotonic() + _PATIENCE
        while not (value := await self.run(script)):
            assert time.monotonic() < deadline, f"{condition}\n{self.said}\n{await self.run('document.body.innerText')}"
            await asyncio.sleep(_LOOK)
        return value

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)
        await self.until(f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'")

    async def size(self, width: int, height: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def prefer(self, **features: str) -> None:
        """Media features: `color_scheme="dark"`."""
        named = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        await self.call("Emulation.setEmulatedMedia", features=named)

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        named: dict[str, Any] = {
            "key": key,
            "code": {" ": "Space", "/": "Slash"}.get(key, key),
            "windowsVirtualKeyCode": _KEYS[key],
            "modifiers": 8 if shift else 0,
        }
        text = {"text": _TEXT[key]} if key in _TEXT else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **named, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    async def click(self, selector: str) -> None:
        """With the mouse, in the middle of the first element that matches, once it is there and in view."""
        at = await self.until(
            f"""(() => {{
              const found = document.querySelector({json.dumps(selector)});
              if (!found) return null;
              found.scrollIntoView({{block: "nearest"}});
              const box = found.getClientRects()[0];
              return box && box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)

    async def picture(self, file: Path) -> None:
        """As PNG."""
        taken = await self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(taken["data"]))

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            reply = self._waiting.pop(told.get("id", 0), None)
            if reply is not None and not reply.done():
                if "error" in told:
                    reply.set_exception(AssertionError(told["error"]))
                else:
                    reply.set_result(told["result"])
            self._note(told)

    def _note(self, told: dict[str, Any]) -> None:
        match told.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(told["params"]["request"]["url"])
            case "Log.entryAdded":
                self.said.append(told["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.said.append(json.dumps(told["params"]["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.said.append(json.dumps(told["params"]["args"]))


@asynccontextmanager
async def opened_page(width: int = 1440, height: int = 900) -> AsyncIterator[Page]:
    """An empty page of a Chromium of its own, which knows nothing of earlier ones."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [
            CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--hide-scrollbars", "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        ]  # fmt: skip
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            async with aiohttp.ClientSession() as session:
                address = await _page_address(session, Path(folder) / "DevToolsActivePort", process)
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    page = Page(socket)
                    for domain in ("Page", "Network", "Log", "Runtime"):
                        await page.call(f"{domain}.enable")
                    # A browser without a screen has no window that is in front.
                    await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
                    await page.size(width, height)
                    yield page
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _page_address(session: aiohttp.ClientSession, file: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _PATIENCE
    while not file.exists() or len(file.read_text().split()) != 2:
        assert process.poll() is None, "Chromium ended."
        assert time.monotonic() < deadline, "Chromium did not start."
        await asyncio.sleep(_LOOK)
    port = file.read_text().split()[0]
    async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
        targets = json.loads(await response.text())
    return str(next(one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page"))
