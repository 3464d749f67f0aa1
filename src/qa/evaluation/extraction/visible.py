"""The words that a reader of an HTML page sees, read independently of qa.documents: by the parser of Python's own library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from qa.documents.decoding import decode

_UNSEEN = frozenset(
    "script style head template noscript iframe object select option annotation annotation-xml button".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_OPTIONAL_END = frozenset("p li dt dd tr td th thead tbody tfoot option colgroup body html".split())
"""Elements whose end tag may be left out (HTML Living Standard, 13.1.2.4)."""
_STRUCTURE = frozenset("h1 h2 h3 h4 h5 h6 dt th td caption".split())
_ROLES = frozenset("navigation banner contentinfo search".split())
_LABEL = re.compile(
    r"(?:^|[\s_-])(?:doc)?(?:nav(?:bar|header|footer|igation|links?)?|breadcrumbs?|pagination|pager|menu(?:bar)?|"
    r"cookies?|consent|sphinxsidebar(?:wrapper)?|related)(?:$|[\s_-])",
    re.IGNORECASE,
)
_UNSEEN_LABEL = re.compile(r"(?:^|\s)(?:linenos?|ttc|mw-editsection)(?:\s|$)")
"""Numbers of the lines of a listing, what is shown beside the pointer (Doxygen), and links for editors (MediaWiki)."""
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_NAMES = frozenset("h1 h2 h3 h4 h5 h6 dt summary".split())
_REL = frozenset("prev previous next up home contents index start first last".split())
_PERMALINK = re.compile(r"\s*[¶§#]$")
_STEP = re.compile(r"\b(?:prev(?:ious)?|next|up|home|top|contents|index)\b", re.IGNORECASE)
_STEPS = re.compile(r"(?:prev(?:ious)?|next|up)\s*:", re.IGNORECASE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class VisibleLine:
    """A line of a page as it is shown. `is_around`: it says of itself that it is navigation or the like; `is_structure`: a
    heading, a term or a cell, which many pages may share without its being a menu."""

    text: str
    is_around: bool = False
    is_structure: bool = False

    def words(self) -> list[str]:
        """The words in lower case, in their order."""
        return words_of(self.text)


def words_of(text: str) -> list[str]:
    """Runs of letters, digits and underscores, in lower case."""
    return _WORD.findall(text.casefold())


def blocks_of(data: bytes) -> list[VisibleLine]:
    """The visible lines of an HTML page in their order."""
    reader = _VisibleTextParser()
    reader.feed(decode(data))
    reader.close()
    reader.flush()
    return reader.blocks


class _VisibleTextParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[VisibleLine] = []
        self._open: list[tuple[str, bool, bool]] = []
        """Tag, whether it is unseen, whether it is around the text."""
        self._pieces: list[tuple[str, bool]] = []
        self._is_structure = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.flush()
            self._is_structure = tag in _STRUCTURE
        if tag in _VOID:
            return
        if tag == "body":
            self._open.clear()
        given = {name: value or "" for name, value in attrs}
        self._open.append((tag, self._is_unseen(tag, given), _is_around(tag, given)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.flush()
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return
            if self._open[place][0] not in _OPTIONAL_END and tag in _OPTIONAL_END:
                return

    def handle_data(self, data: str) -> None:
        if not any(unseen for _, unseen, _ in self._open):
            self._pieces.append((data, any(around for _, _, around in self._open)))

    def _is_unseen(self, tag: str, given: dict[str, str]) -> bool:
        """What a style hides may be unfolded, but not a word amid others."""
        if tag == "button" and (given.get("role") == "tab" or any(above in _NAMES for above, *_ in self._open)):
            return False
        if "hidden" in given and given.get("role") != "tabpanel":
            return True
        not_displayed = tag == "span" and _NOT_DISPLAYED.search(given.get("style", "")) is not None
        return tag in _UNSEEN or not_displayed or _UNSEEN_LABEL.search(given.get("class", "")) is not None

    def flush(self) -> None:
        """End the line."""
        text = _PERMALINK.sub("", " ".join("".join(piece for piece, _ in self._pieces).split()))
        if text:
            between = " ".join(piece for piece, around in self._pieces if not around)
            is_around = any(around for _, around in self._pieces) and (
                _STEPS.match(text) is not None or not _WORD.search(_STEP.sub("", between))
            )
            self.blocks.append(VisibleLine(text, is_around, self._is_structure))
        self._pieces.clear()
        self._is_structure = False


def _is_around(tag: str, given: dict[str, str]) -> bool:
    if tag == "nav" or given.get("role") in _ROLES:
        return True
    if tag == "a":
        return bool(_REL & set(given.get("rel", "").lower().split())) or given.get("accesskey", "").lower() in set(
            "pnuh"
        )
    return tag not in ("body", "html", "main") and bool(
        _LABEL.search(f"{given.get('class', '')} {given.get('id', '')}")
    )
