"""Where an index lies: in a folder, or in a database engine that an address names."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_SERVER = re.compile(
    r"milvus(?P<tls>\+tls)?://(?P<host>[^\s/@:]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?/(?P<name>[^/\s]*)"
)
_FILE = "milvus+file:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_DEFAULT_PORT = 19530
_NAME_IN_FILE = "qa"
_ENDING = ".db"
SCHEMES = "milvus://HOST:PORT/NAME or milvus+file:/PATH/FILE.db"


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """An index in a Milvus server, at `uri`, or in Milvus Lite, in `file`, under `name`. As text it is what the user gave."""

    given: str
    uri: str
    name: str
    file: Path | None = None

    def __str__(self) -> str:
        return self.given


IndexPlace = Path | EngineAddress


def index_place(given: str | os.PathLike[str]) -> IndexPlace:
    """What `given` names: an engine where it begins with "milvus", a colon after it; a folder otherwise.

    Raises ValueError, in words for the user, for an address that cannot be.
    """
    text = os.fspath(given)
    if text.startswith(_FILE):
        return _file(text)
    if re.match(r"milvus(\+\w+)?:", text):
        return _server(text)
    return Path(text)


def _file(text: str) -> EngineAddress:
    file = Path(text.removeprefix(_FILE)).expanduser().absolute()
    if file.suffix != _ENDING:
        raise ValueError(f"a file of Milvus Lite ends with {_ENDING}")
    return EngineAddress(f"{_FILE}{file}", str(file), _NAME_IN_FILE, file)


def _server(text: str) -> EngineAddress:
    match = _SERVER.fullmatch(text)
    if match is None:
        raise ValueError("credentials belong in QA_MILVUS_TOKEN" if "@" in text else f"an address is {SCHEMES}")
    if not _NAME.fullmatch(match["name"]):
        raise ValueError("a NAME is letters, figures and underscores, at most 100, and begins with no figure")
    scheme = "https" if match["tls"] else "http"
    return EngineAddress(text, f"{scheme}://{match['host']}:{match['port'] or _DEFAULT_PORT}", match["name"])
