"""The version that servers say they are."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("qa")
