"""Answers a client's `initialize` before the SDK is there, whose import takes half a second.

The answer is that of the SDK (a test compares them for every version of the protocol), which then gets the message all the same
and whose own answer is dropped. What is not a plain `initialize` is left to the SDK.
"""

from __future__ import annotations

import json
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from qa.mcp.introduction import INSTRUCTIONS, NAME, TITLE, VERSION

CAPABILITIES = {
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
    "tools": {"listChanged": False},
}


def greeting(line: str) -> dict[str, Any] | None:
    """The answer to `line`; None where it is no `initialize`, or one that has to be looked at more closely."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match message:
        case {
            "jsonrpc": "2.0",
            "id": int() | str() as number,
            "method": "initialize",
            "params": {
                "protocolVersion": str() as asked,
                "capabilities": {},
                "clientInfo": {"name": str(), "version": str()},
            },
        } if not isinstance(number, bool) and asked in versions():
            result = {
                "protocolVersion": asked,
                "capabilities": CAPABILITIES,
                "serverInfo": {"name": NAME, "title": TITLE, "version": VERSION},
                "instructions": INSTRUCTIONS,
            }
            return {"jsonrpc": "2.0", "id": number, "result": result}
    return None


def versions() -> tuple[str, ...]:
    """The versions of the protocol that the installed SDK agrees to, of those that begin with `initialize`; none if unknown.

    Read from the one small file that says so: the package around it takes a fifth of a second.
    """
    package = PathFinder.find_spec("mcp_types")
    file = Path(next(iter(package.submodule_search_locations or ()), "") if package else "", "version.py")
    spec = spec_from_file_location("qa_mcp_versions", file)
    if spec is None or spec.loader is None or not file.is_file():
        return ()
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return tuple(getattr(module, "HANDSHAKE_PROTOCOL_VERSIONS", ()))
