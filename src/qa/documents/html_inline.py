"""What a browser shows within a line without its being text of the page: marks before and after an element, gaps between two.

And what it does not show: characters that only say where a line may break.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.documents.html_around import tag_of

if TYPE_CHECKING:
    from lxml.etree import _Element

INVISIBLE = {ord(character): None for character in "\u00ad\u200b\u2060\ufeff"}
"""For `str.translate`: the soft hyphen, spaces of no width, and the mark of a byte order."""
_NAMED_BY_THEMSELVES = frozenset({"button", "label", "time"})
_WITHOUT_A_LOOK = frozenset({"a", "span", "bdi", "cite", "data", *_NAMED_BY_THEMSELVES})
"""What begins or ends within a word is mostly another: a bold letter, an index."""
_IN_CODE = frozenset("code kbd pre samp tt var math".split())
_OPENED = {"q": "“"}
_CLOSED = {"q": "”"}


def before_inline(element: _Element, tag: str, pieces: list[str]) -> str:
    """What stands in front of the text of `element`; `pieces` are what was taken of its paragraph before."""
    if tag == "sup":
        if is_reference(element):
            return "["
        return "^" if pieces and pieces[-1][-1:].isdigit() else ""
    if tag == "input" and element.get("type") == "checkbox" and _begins_item(element):
        return "[ ]" if element.get("checked") is None else "[x]"
    return _OPENED.get(tag) or _before_operand(element) or (" " if pieces and _parts_words(element, pieces[-1]) else "")


def after_inline(element: _Element, tag: str) -> str:
    """What stands behind the text of `element`."""
    if tag == "sup" and is_reference(element):
        return "]"
    return _CLOSED.get(tag) or (")" if _is_composed_operand(element) else "")


def is_reference(element: _Element) -> bool:
    """Whether a raised element is the number of a note, without brackets of its own."""
    return next(element.iter("a"), None) is not None and "".join(element.itertext()).strip().isalnum()


def _begins_item(element: _Element) -> bool:
    """Whether nothing stands before it in an item of a list: "done" or "to do"."""
    return any(tag_of(above) == "li" for above, _ in zip(element.iterancestors(), range(2), strict=False))


def _before_operand(element: _Element) -> str:
    """Of a fraction and of a power: what parts it from the one before, and a bracket where it is composed."""
    above = element.getparent()
    tag = tag_of(above) if above is not None else ""
    if tag not in ("mfrac", "msup"):
        return ""
    sign = "" if element.getprevious() is None else "/" if tag == "mfrac" else "^"
    return f"{sign}(" if _is_composed_operand(element) else sign


def _is_composed_operand(element: _Element) -> bool:
    above = element.getparent()
    return above is not None and tag_of(above) in ("mfrac", "msup") and len(element) > 1


def _parts_words(element: _Element, before: str) -> bool:
    """Whether `element`, which touches the one before it, begins another word all the same.

    Pages that are laid out by a style sheet write `<span class=unit>g</span><span class=name>salt</span>` without a blank, and
    so do rows of links. A word of which a part is set apart (`<b>M</b>onday`) has text beside that.
    """
    previous = element.getprevious()
    if previous is None or previous.tail or not before[-1:].isalnum():
        return False
    if not {tag_of(previous), tag_of(element)} <= _WITHOUT_A_LOOK:
        return False
    one, other = "".join(previous.itertext()), _start_of(element)
    if not other[:1].isalnum():
        return False
    if not _are_things(previous, element) and (_is_initial(one) or not _differ(previous, element, one, other)):
        return False
    return not any(tag_of(above) in _IN_CODE for above in element.iterancestors())


def _start_of(element: _Element) -> str:
    return next((text for text in element.itertext() if text), "")


def _is_initial(text: str) -> bool:
    """Whether it may be the first letter of a word, set large."""
    return len(text.strip()) < 2 and text.strip().isupper()


def _are_things(one: _Element, other: _Element) -> bool:
    """Whether either is by itself: a date, a label; or they are links to two places."""
    tags = {tag_of(one), tag_of(other)}
    if tags == {"a"}:
        return bool(one.get("href") != other.get("href"))
    return bool(tags & _NAMED_BY_THEMSELVES)


def _differ(one: _Element, other: _Element, text: str, after: str) -> bool:
    """Whether two elements hold different things: by their classes, or by how their texts meet ("30" and "min")."""
    if one.get("class") and other.get("class") and one.get("class") != other.get("class"):
        return True
    parent = other.getparent()
    if parent is None or (parent.text or "").strip():
        return False
    last, first = text.strip()[-1:], after[:1]
    return (last.islower() and first.isupper()) or last.isdigit() != first.isdigit()
