"""The client of a server with the OpenAI chat-completions interface: Ollama, llama.cpp, LM Studio, vLLM and others.

Nothing of httpx is imported before a server is asked. What the server sends is bounded and checked: it may be slow, endless,
half, no JSON or no UTF-8.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from qa.errors import QaError, UsageError
from qa.generation.heard import Completion, Hear, Heard, content_of, is_cut, is_last
from qa.generation.llm_settings import LlmSettings
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    import httpx2

MOST_TOKENS = 300
"""That the server is asked for."""
_MOST_BYTES = 4_000_000
_LONGEST_LINE = 1_000_000
_CONNECT_SECONDS = 10.0
_PAUSE_SECONDS = 1.0
"""Before the second attempt, unless the server says for how long."""
_LONGEST_PAUSE = 10.0
_POLL_SECONDS = 0.05
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOST_SHOWN = 160
_CONTEXT = re.compile(
    r"context.{0,40}(?:size|length|window|exceed|limit)|exceed.{0,60}context|too many tokens|prompt is too long",
    re.IGNORECASE,
)

Messages = Sequence[Mapping[str, str]]
Result = TypeVar("Result")


class WritingFailed(QaError):
    """The server gave nothing that could be used. `words` are what it says of that itself; `without_words` is all else."""

    def __init__(self, what: str, hint: str = "", *, words: str = "") -> None:
        super().__init__(f'{what} It says: "{words}"' if words else what, hint)
        self.without_words = what


class WritingCancelled(Exception):
    """The user does not want it any more."""


class ContextTooSmall(WritingFailed):
    """What was sent is more than the model can read."""


class _MayPass(WritingFailed):
    """As WritingFailed; it may go well the next time."""

    def __init__(self, what: str, hint: str = "", pause: float = _PAUSE_SECONDS, *, words: str = "") -> None:
        super().__init__(what, hint, words=words)
        self.pause = pause


def import_httpx() -> None:
    """Raises UsageError where the extra is not installed."""
    try:
        import httpx2  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "httpx2, which speaks to the server, is not installed.", "Install it with: pip install 'qa[llm]'"
        ) from error


class ChatCompletions:
    """Asks one server. Every call opens its own connection; may be called where no event loop runs."""

    def __init__(self, settings: LlmSettings, *, cancelled: Callable[[], bool] = lambda: False) -> None:
        """`cancelled` is looked at twenty times a second: when it is true, the connection is closed and WritingCancelled
        raised. Raises UsageError where httpx2 is not installed."""
        import_httpx()
        self.settings = settings
        self._cancelled = cancelled

    def models(self) -> tuple[str, ...]:
        """The names of the models that the server has. Raises WritingFailed, WritingCancelled."""
        return self._within_limits(self._models)

    def write(self, messages: Messages, model: str, hear: Hear) -> Completion:
        """What `model` answers to `messages`. Raises WritingFailed, ContextTooSmall, WritingCancelled."""
        return self._within_limits(lambda: self._completion(messages, model, hear))

    def _within_limits(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        return asyncio.run(self._unless_cancelled(ask))

    async def _unless_cancelled(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        asking = asyncio.ensure_future(self._asked(ask))
        while True:
            done, _ = await asyncio.wait([asking], timeout=_POLL_SECONDS)
            if done:
                return asking.result()
            if self._cancelled():
                asking.cancel()
                await asyncio.wait([asking])
                raise WritingCancelled

    async def _asked(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """Twice, where the first time something went wrong that may pass."""
        limit = self.settings.seconds
        try:
            async with asyncio.timeout(limit):
                try:
                    return await self._translated(ask)
                except _MayPass as error:
                    await asyncio.sleep(error.pause)
                    return await self._translated(ask)
        except TimeoutError as error:
            raise WritingFailed(
                f"{self._server} was not done after {limit} {'second' if limit == 1 else 'seconds'}.",
                "Give it more with seconds = in [llm], or choose a smaller model.",
            ) from error

    async def _translated(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """What httpx raises, as errors for people."""
        import httpx2

        try:
            return await ask()
        except httpx2.ConnectError as error:
            raise _MayPass(f"{self._server} cannot be reached.", "Is it running? See: qa llm check") from error
        except httpx2.TimeoutException as error:
            raise _MayPass(f"{self._server} does not answer.", "Is it running? See: qa llm check") from error
        except httpx2.InvalidURL as error:
            raise WritingFailed(f"{self._server} has an address that cannot be.", "See QA_LLM_URL.") from error
        except httpx2.HTTPError as error:
            raise _MayPass(f"{self._server} closed the connection before it was done.") from error

    async def _models(self) -> tuple[str, ...]:
        async with self._client() as client, client.stream("GET", f"{self.settings.url}/models") as response:
            await self._check(response, model="")
            found = self._parsed(await self._body(response))
        rows = found.get("data")
        if not isinstance(rows, list):
            raise WritingFailed(f"{self._server} lists no models.", "Is the address that of an OpenAI interface?")
        names = (row.get("id") for row in rows if isinstance(row, dict))
        return tuple(name for name in names if isinstance(name, str) and name and name.isprintable())

    async def _completion(self, messages: Messages, model: str, hear: Hear) -> Completion:
        body = {
            "model": model,
            "messages": list(messages),
            "stream": True,
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
        }
        heard = Heard(hear)
        url = f"{self.settings.url}/chat/completions"
        async with self._client() as client, client.stream("POST", url, json=body) as response:
            await self._check(response, model)
            if _media_type(response) == "application/json":
                # Some servers do not stream.
                whole = self._parsed(await self._body(response))
                heard.add(content_of(whole, "message"))
                return heard.completion(cut=is_cut(whole))
            async for event in self._events(response):
                if heard.add(content_of(event, "delta")) or is_cut(event):
                    return heard.completion(cut=True)
        return heard.completion(cut=False)

    async def _events(self, response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
        """The JSON objects of a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
        Raises _MayPass where it ends before it says that it ends."""
        ended = False
        async for line in self._lines(response):
            name, _, value = line.partition(b":")
            if name != b"data" or not value.strip():
                continue
            if value.strip() == b"[DONE]":
                return
            event = self._parsed(value)
            if "error" in event:
                self._fail(500, event, "")
            ended = ended or is_last(event)
            yield event
        if not ended:
            raise _MayPass(f"{self._server} closed the connection before it was done.")

    async def _lines(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        rest = b""
        async for chunk in self._bounded(response):
            *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
            for line in lines:
                yield line
            if len(rest) > _LONGEST_LINE:
                raise WritingFailed(f"{self._server} sends lines without an end.")
        yield rest

    async def _body(self, response: httpx2.Response) -> bytes:
        return b"".join([chunk async for chunk in self._bounded(response)])

    async def _bounded(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in response.aiter_bytes():
            read += len(chunk)
            if read > _MOST_BYTES:
                raise WritingFailed(f"{self._server} sent more than {_MOST_BYTES // 1_000_000} million bytes.")
            yield chunk

    async def _check(self, response: httpx2.Response, model: str) -> None:
        """That it is what was asked for. Raises WritingFailed and those that belong to it."""
        if response.status_code == 200:
            if _media_type(response) == "text/html":
                raise WritingFailed(
                    f"{self._server} answers with a web page.",
                    "QA_LLM_URL must be the address of the interface; it mostly ends in /v1.",
                )
            return
        try:
            said = json.loads(await self._body(response))
        except (ValueError, RecursionError):
            said = {}
        self._fail(response.status_code, said, model, response.headers.get("retry-after", ""))

    def _fail(self, status: int, said: Any, model: str, retry_after: str = "") -> None:
        """Raises what an error of the server means."""
        words = _shortened(self.settings.without_key(_message(said)))
        if status in (401, 403):
            raise WritingFailed(f"{self._server} does not accept the key.", "Set QA_LLM_KEY, or key = in [llm].")
        if status in (400, 413, 422, 500) and _CONTEXT.search(words):
            raise ContextTooSmall(f"{self._server} says that this is more than the model can read.", words=words)
        if status == 404:
            what = f"has no model {escape_line(model)[:80]}" if model else "has no such interface"
            raise WritingFailed(f"{self._server} {what}.", "See: qa llm check", words=words)
        if 300 <= status < 400:
            raise WritingFailed(f"{self._server} points to another address.", "Set QA_LLM_URL to that one.")
        if status == 429:
            raise _MayPass(f"{self._server} has too much to do.", "Try again later.", _pause(retry_after), words=words)
        if status in _PASSING:
            raise _MayPass(f"{self._server} failed ({status}).", pause=_pause(retry_after), words=words)
        raise WritingFailed(f"{self._server} refused this ({status}).", words=words)

    def _parsed(self, data: bytes) -> dict[str, Any]:
        try:
            found = json.loads(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise WritingFailed(f"{self._server} sent what is not UTF-8.") from error
        except (ValueError, RecursionError) as error:
            raise WritingFailed(f"{self._server} sent what is not JSON.", "Is QA_LLM_URL right?") from error
        if not isinstance(found, dict):
            raise WritingFailed(f"{self._server} sent JSON of another interface.", "Is QA_LLM_URL right?")
        return found

    def _client(self) -> httpx2.AsyncClient:
        import httpx2

        key = self.settings.key
        return httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(self.settings.seconds, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            # A proxy of the environment would carry to another machine what is for this one.
            trust_env=not self.settings.is_this_machine,
        )

    @property
    def _server(self) -> str:
        return f"The language model server at {escape_line(self.settings.url)}"


def _message(said: Any) -> str:
    """What a server says of its error, in one line."""
    error = said.get("error", said) if isinstance(said, dict) else said
    message = error.get("message", "") if isinstance(error, dict) else error
    if not isinstance(message, str):
        return ""
    return escape_line(message)


def _shortened(line: str) -> str:
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1].rstrip() + "…"


def _media_type(response: httpx2.Response) -> str:
    given: str = response.headers.get("content-type", "")
    return given.partition(";")[0].strip().lower()


def _pause(retry_after: str) -> float:
    try:
        seconds = float(retry_after)
    except ValueError:
        return _PAUSE_SECONDS
    return min(max(0.0, seconds), _LONGEST_PAUSE) if seconds == seconds else _PAUSE_SECONDS
