"""The part of CHANGELOG.md on one version, for its release: `python .github/release_notes.py v0.1.0`.

Ends with an error where the tag is not the version of pyproject.toml, or the changelog has nothing on it.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes_of(version: str, changelog: str) -> str:
    """What stands below the heading "## VERSION (date)", up to the next one. Raises ValueError where there is nothing."""
    parts = re.split(r"^## +", changelog, flags=re.MULTILINE)[1:]
    for part in parts:
        heading, _, text = part.partition("\n")
        if heading.split()[0] != version:
            continue
        if "unreleased" in heading:
            raise ValueError(f"CHANGELOG.md says that {version} is unreleased; put the date there.")
        if text.strip():
            return text.strip()
    raise ValueError(f"CHANGELOG.md says nothing about {version}.")


def main(tag: str) -> int:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if tag != f"v{version}":
        print(f"The tag is {tag}, but pyproject.toml has version {version}.", file=sys.stderr)
        return 1
    try:
        print(notes_of(version, (ROOT / "CHANGELOG.md").read_text("utf-8")))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
