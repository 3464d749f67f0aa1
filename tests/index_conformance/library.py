"""Documents that the reading tests ask about."""

from __future__ import annotations

from datetime import datetime
from itertools import product

_DAY = 86_400 * 10**9
_FOLDERS, _ENDINGS, _DAYS = ("notes", "reports", "reports/old"), ("md", "txt"), (0, 1, 2)
_SUBJECTS = ("bridge", "tower", "harbour", "treaty", "apple")


def _lines(folder: str, ending: str, day: int) -> str:
    lines = [
        f"The {subject} of {folder.replace('/', ' ')} number {day} in {ending} stands {'by the river ' * (n % 2)}here."
        for n, subject in enumerate(_SUBJECTS)
    ]
    return "\n\n".join(f"# {n}\n\n{line}" if ending == "md" else line for n, line in enumerate(lines))


LONG = " ".join(f"Sentence {number} tells of the harvest in Osh and of its {number * 7} carts." for number in range(60))
"""Several passages that overlap."""
SAME = "Two documents say this in the very same words."

LIBRARY = {
    **{
        f"{folder}/day{day}.{ending}": _lines(folder, ending, day)
        for folder, ending, day in product(_FOLDERS, _ENDINGS, _DAYS)
    },
    "long.txt": LONG,
    "same one.txt": SAME,
    "same two.txt": SAME + "\n",
    "kant.txt": "The airbase near Kant is leased by Russia.",
    "code.txt": "The error code is XK4711Q and nothing else.",
    "code-a.txt": "Code K-2-TT came out.",
    "code-b.txt": "Code TT-2-K came out.",
    "release-a.txt": "Release 0.1.3 came out.",
    "release-b.txt": "Release 1.3.0 came out.",
    "release-c.txt": "Release 3.1.0 came out.",
    'deep/er/it\'s "quoted" 100%_[x] é.txt': "A path of every kind of character leads to the lighthouse.",
    "heading.md": "# Zeppelins\n\nThey are filled before noon.\n",
}
"""Of all formats those that need nothing to be read."""

_START = int(datetime(2024, 1, 1).timestamp()) * 10**9
CHANGED = {
    f"{folder}/day{day}.{ending}": _START + day * _DAY for folder, ending, day in product(_FOLDERS, _ENDINGS, _DAYS)
}
"""When documents were changed, ns; the others just now."""
