"""What stands around the text of an HTML page: navigation, banners, search boxes, "previous / next".

Only what says so itself is left out: by its tag, its role, its label (class or id) or its links; and what the caller knows to
repeat on the other pages of its folder (`html_parts`). A guess from the look of a text is not enough: documentation holds
boxes, notes and definitions that look like anything (Barbaresi 2021 compares libraries that guess).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

NO_TEXT = frozenset(
    "script style template noscript head object embed iframe canvas audio video select button annotation annotation-xml defs "
    "metadata".split()
)
"""Elements that show no text, or are there to be pressed."""
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_ROLES = frozenset("navigation banner search".split())
_SECTIONS = frozenset("article aside blockquote details dialog figure main section td".split())
_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:doc|top|bottom|page|site)?(?:nav(?:bar|header|footer|igation|links?|panel)?|breadcrumbs?|crumbs?|pagination|"
    r"pager|cookies?|cookiebanner|consent|skip-?links?|skip-to-\w+)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OFTEN_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:menu(?:bar)?|side-?bar|sphinxsidebar(?:wrapper)?|subscribe|promo|footer|languages?)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Labels that parts of a text have as well: a box beside it, a list of dishes."""
_SUGGESTIONS = re.compile(
    r"(?:^|[\s_-])(?:related|recommend(?:ed|ations)|share|sharing|sharedaddy|social|newsletter|(?:most|more)-(?:read|popular|viewed)|"
    r"trending)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Labels of lists of links that have a title of their own."""
_INVITATIONS = re.compile(
    r"(?:^|[\s_-])(?:newsletter|subscribe|subscription|sign-?up|log-?in|respond|comment-?form)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Labels of forms with what is said to have them filled in."""
_FIELDS = frozenset({"input", "textarea"})
_SKIP_LINK = re.compile(r"(?:skip|jump) to [\w ]+", re.IGNORECASE)
_EDIT_LINK = "mw-editsection"
"""Of MediaWiki: behind each heading."""
_LINE_NUMBERS = re.compile(r"(?:^|[\s_-])(?:linenos?|line-?numbers?|ln-numbers|gutter)(?:$|[\s_-])", re.IGNORECASE)
_WITHIN_A_LINE = frozenset("a abbr b em i small span strong sub sup svg time u".split())
_HIDDEN_BY_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_PARTS_WITH_NAMES = frozenset({"summary", "dt", "legend", *HEADINGS})
_MOST_AROUND = 600
"""Characters of a banner or of navigation, at the most, unless it is little else than links."""
_MOSTLY = 0.6
"""The share of a text that is in links when it is little else."""
_MOST_STEPS = 400
"""Characters of "previous, next, up", with the titles of those pages."""
_STEP = re.compile(r"\b(?:prev(?:ious)?|next|up|home|top|(?:table of )?contents|index|back)\b", re.IGNORECASE)
_NEIGHBOUR = re.compile(r"\b(?:prev(?:ious)?|next)\b", re.IGNORECASE)
_STEP_LINK = re.compile(rf"\W*(?:{_STEP.pattern})(?: (?:page|section|chapter|topic|to top))?\W*", re.IGNORECASE)
_STEP_BEFORE = re.compile(rf"{_STEP.pattern}\W*:\W*$", re.IGNORECASE)
_STEP_RELATIONS = frozenset("prev previous next up home contents index start first last".split())
_STEP_KEYS = frozenset("pnuh")
_MOST_BETWEEN_STEPS = 12
"""Characters between such links: colons, bars and brackets."""
_MENU_LINKS = 5
_MENU = 0.9
_MENU_TAGS = frozenset("ul ol div table".split())
_BLANKS = re.compile(r"\s+")


@dataclass(slots=True)
class _Content:
    """Of an element: characters without blanks, how many of them in links, and how many in headings that are none; how many
    links there are, and how many to other pages; whether a heading is in it."""

    characters: int = 0
    in_links: int = 0
    in_titles: int = 0
    links: int = 0
    links_away: int = 0
    has_heading: bool = False

    def add(self, other: _Content) -> None:
        self.characters += other.characters
        self.in_links += other.in_links
        self.in_titles += other.in_titles
        self.links += other.links
        self.links_away += other.links_away
        self.has_heading = self.has_heading or other.has_heading


class Around:
    """Tells what of a page is around its text. `repeated`: the parts of it, by `html_parts.part_keys`, that the folder's pages
    have in common."""

    def __init__(self, tree: _Element, repeated: Collection[str] = ()) -> None:
        self._contents: dict[_Element, _Content] = {}
        self._held: dict[_Element, bool] = {}
        self._before_title: set[_Element] = set()
        self._repeated: set[_Element] = set()
        self._unfolded: set[str] = set()
        self._measure(tree)
        if repeated:
            from qa.documents.html_parts import repeated_parts

            self._repeated = repeated_parts(tree, repeated)

    def holds(self, element: _Element) -> bool:
        """Whether `element` is around the text, or shows none."""
        if element not in self._held:
            self._held[element] = self._judged(element)
        return self._held[element]

    def _judged(self, element: _Element) -> bool:
        tag = tag_of(element)
        if tag in NO_TEXT:
            return tag != "button" or not _is_read(element)
        if self._is_unseen(element, tag):
            return True
        if tag == "a":
            return _is_skip_link(element)
        if tag in ("html", "body", "main") or element not in self._contents:
            return False
        return (
            tag == "nav"
            or element.get("role") in _ROLES
            or element in self._repeated
            or self._is_banner(element, tag)
            or self._is_imprint(element, tag)
            or self._is_labelled(element)
            or self._is_steps(element)
            or self._is_menu(element, tag)
        )

    def is_mostly_links(self, element: _Element) -> bool:
        """Whether its text is little else than links, whatever it says of itself."""
        return _is_mostly_links(self._contents[element])

    def share_outside(self, parts: Sequence[_Element]) -> float:
        """Of the text of the page, how much is in none of `parts`, or around the text there."""
        whole = self._contents[parts[0].getroottree().getroot()].characters
        return 1 - sum(map(self._kept_of, parts)) / whole if whole else 0.0

    def _kept_of(self, part: _Element) -> int:
        from lxml import etree

        kept = self._contents[part].characters
        walk = etree.iterwalk(part, events=("start",))
        for _, element in walk:
            if self.holds(element):
                walk.skip_subtree()
                kept -= self._contents[element].characters if tag_of(element) not in NO_TEXT else 0
        return kept

    def _is_banner(self, element: _Element, tag: str) -> bool:
        """Whether it is the header of the page and not of a part of it (HTML Living Standard, 4.3.8)."""
        content = self._contents[element]
        if (
            tag != "header"
            or content.has_heading
            or any(tag_of(above) in _SECTIONS for above in element.iterancestors())
        ):
            return False
        return content.characters < _MOST_AROUND or _is_mostly_links(content)

    def _is_imprint(self, element: _Element, tag: str) -> bool:
        """Whether it is a footer of links. Others hold what people look for: an address, a telephone number, opening hours."""
        content = self._contents[element]
        is_footer = tag == "footer" or element.get("role") == "contentinfo"
        return is_footer and not content.has_heading and content.links > 0 and _is_mostly_links(content)

    def _is_labelled(self, element: _Element) -> bool:
        label = f"{element.get('class', '')} {element.get('id', '')}"
        if label == " ":
            return False
        content = self._contents[element]
        if _NAVIGATION.search(label):
            return content.characters < _MOST_AROUND or _is_mostly_links(content)
        if _SUGGESTIONS.search(label) and content.links > 1:
            in_text = content.characters - content.in_titles
            return in_text > 0 and content.in_links >= (_MENU if content.has_heading else _MOSTLY) * in_text
        if _INVITATIONS.search(label) and content.characters < _MOST_AROUND:
            return any(tag_of(inner) in _FIELDS for inner in element.iter())
        if _LINE_NUMBERS.search(label):
            return not "".join("".join(element.itertext()).split()).strip("0123456789")
        return (
            bool(_OFTEN_NAVIGATION.search(label))
            and not content.has_heading
            and content.links > 1
            and _is_mostly_links(content)
        )

    def _is_unseen(self, element: _Element, tag: str) -> bool:
        """Whether it is shown to nobody, or only beside what one points at (Doxygen), or stands there a second time. What a
        style hides may be unfolded, but not a part of a line: that is for programs."""
        label = element.get("class", "").split()
        if "ttc" in label or _EDIT_LINK in label:
            return True
        if element.get("hidden") is not None:
            is_panel = element.get("role") == "tabpanel" or element.get("hidden") == "until-found"
            return not is_panel and element.get("id") not in self._unfolded
        if tag not in _WITHIN_A_LINE:
            return False
        return element.get("aria-hidden") == "true" or _HIDDEN_BY_STYLE.search(element.get("style", "")) is not None

    def _is_steps(self, element: _Element) -> bool:
        """Whether it is "Next: Sights, Previous: Getting there": its words say so, or the relations of its links."""
        content = self._contents[element]
        if not content.links or content.has_heading or content.characters > _MOST_STEPS:
            return False
        between = _STEP.sub("", " ".join(_texts_outside_links(element)))
        if len(_BLANKS.sub("", between)) > _MOST_BETWEEN_STEPS:
            return False
        links = [link for link in element.iter() if _is_link(link) and "".join(link.itertext()).strip()]
        # "Index" may be a type's name, and "Home" a place.
        is_said = any(map(_is_step, links)) or _NEIGHBOUR.search(" ".join(element.itertext())) is not None
        return is_said and all(map(_leads_on, links))

    def _is_menu(self, element: _Element, tag: str) -> bool:
        """Whether it is a list of links to other pages that comes before the title."""
        if tag not in _MENU_TAGS or element not in self._before_title:
            return False
        content = self._contents[element]
        return content.links_away >= _MENU_LINKS and content.in_links >= _MENU * content.characters

    def _measure(self, tree: _Element) -> None:
        from lxml import etree

        candidates: list[_Element] = []
        open_contents = [_Content()]
        in_link = in_heading = 0
        has_title = False
        for event, element in etree.iterwalk(tree, events=("start", "end")):
            tag = tag_of(element)
            if event == "start":
                in_link += _is_link(element)
                in_heading += tag in HEADINGS
                self._unfolded.update(element.get("aria-controls", "").split())
                content = _Content(has_heading=tag in HEADINGS)
                _count(content, element.text if tag not in NO_TEXT else None, in_link, in_heading)
                if content.has_heading and not has_title:
                    has_title = True
                    self._before_title.update(candidates)
                open_contents.append(content)
                continue
            content = open_contents.pop()
            in_heading -= tag in HEADINGS
            if _is_link(element):
                in_link -= 1
                content.links = 1
                content.links_away = int(not element.get("href", "").startswith("#"))
            self._contents[element] = content
            if tag in _MENU_TAGS and not has_title:
                candidates.append(element)
            above = open_contents[-1]
            if tag not in NO_TEXT:
                above.add(content)
            _count(above, element.tail, in_link, in_heading)


def tag_of(element: _Element) -> str:
    """In lower case, without its namespace; "" of a comment and the like."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _count(content: _Content, text: str | None, in_link: int, in_heading: int) -> None:
    if text:
        characters = len(_BLANKS.sub("", text))
        content.characters += characters
        content.in_links += characters if in_link else 0
        content.in_titles += characters if in_heading and not in_link else 0


def _is_link(element: _Element) -> bool:
    return tag_of(element) == "a" and element.get("href") is not None


def _is_mostly_links(content: _Content) -> bool:
    return content.in_links >= _MOSTLY * content.characters


def _is_step(link: _Element) -> bool:
    relations = set(link.get("rel", "").lower().split())
    return bool(_STEP_RELATIONS & relations) or link.get("accesskey", "").lower() in _STEP_KEYS


def _leads_on(link: _Element) -> bool:
    said = _STEP_LINK.fullmatch("".join(link.itertext())) or _STEP_BEFORE.search(_before(link))
    return said is not None or _is_step(link)


def _before(link: _Element) -> str:
    """The text just before a link: "Next: "."""
    previous, above = link.getprevious(), link.getparent()
    text = previous.tail if previous is not None else above.text if above is not None else ""
    return text or ""


def _texts_outside_links(element: _Element) -> list[str]:
    found = [element.text or ""]
    for inner in element.iterdescendants():
        if not isinstance(inner.tag, str):
            continue
        if not any(_is_link(above) for above in (inner, *inner.iterancestors())):
            found.append(inner.text or "")
        if not any(_is_link(above) for above in inner.iterancestors()):
            found.append(inner.tail or "")
    return found


def _is_skip_link(link: _Element) -> bool:
    return link.get("href", "").startswith("#") and _SKIP_LINK.fullmatch("".join(link.itertext()).strip()) is not None


def _is_read(button: _Element) -> bool:
    """Whether it is a question that unfolds its answer, the name of a tab, or there to be read about."""
    if button.get("role") == "tab" or any(tag_of(above) in _PARTS_WITH_NAMES for above in button.iterancestors()):
        return True
    unfolds = button.get("aria-expanded") is not None or button.get("aria-controls") is not None
    return (unfolds and len("".join(button.itertext()).split()) > 1) or _is_in_sentence(button)


def _is_in_sentence(button: _Element) -> bool:
    """Whether there are words beside it: it is there to be read about, not to be pressed."""
    parent = button.getparent()
    return parent is not None and any(len(text.split()) > 1 for text in parent.xpath("./text()"))
