"""Questions about the last answer rather than about the documents: "Are you sure?", "Show me more"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from qa.answers import Answer, RetrievedPassage


class Act(StrEnum):
    """What is wanted of the last answer."""

    ALTERNATIVES = "alternatives"
    """The other candidates: "Which ones?"."""
    CONFIDENCE = "confidence"
    """How sure it is: "Are you sure?"."""
    EVIDENCE = "evidence"
    """Where it stands: "Where does it say that?"."""
    MORE = "more"
    """The next passages: "Show me more"."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an act gets: the `answer` it is about and, for MORE, the next passages (else those of the answer)."""

    act: Act
    answer: Answer
    passages: tuple[RetrievedPassage, ...]


_MEANINGS = {
    Act.ALTERNATIVES: (
        r"which ones?|any others?|(?:are there )?(?:any )?other (?:answers|candidates|possibilities|options)"
        r"|(?:what|which) (?:are the )?(?:others|other ones|alternatives|other answers|other candidates)"
        r"|(?:show (?:me )?)?(?:the )?(?:alternatives|other answers|other candidates)|what else could it be"
    ),
    Act.CONFIDENCE: (
        r"are you (?:really |quite |absolutely )?(?:sure|certain)(?: (?:about|of) (?:that|this|it))?"
        r"|how (?:sure|certain|confident) are you(?: (?:about|of) (?:that|this|it))?|sure|really"
        r"|is (?:that|this|it) (?:really )?(?:right|true|correct|certain|so)|can i trust (?:that|this|you|it)"
    ),
    Act.EVIDENCE: (
        r"where does it (?:say|state) (?:that|so|this|it)|where (?:is|was) (?:that|this|it) (?:written|said|stated)"
        r"|where did you (?:find|read|see|get) (?:that|this|it)|where do you (?:have|get) (?:that|this|it) from"
        r"|how do you know(?: (?:that|this|it))?|(?:what(?: is|'s|’s) (?:the|your) )?(?:source|evidence|proof)"
        r"|(?:show|give) (?:me )?(?:the |your )?(?:source|evidence|proof|passage|quote|quotation|place|text)"
        r"|show me where(?: it says (?:that|so|this))?|says who|prove it|quote it"
    ),
    Act.MORE: (
        r"(?:show|tell|give) (?:me )?(?:some )?more(?: passages| results| of (?:that|this|it))?|more(?: passages| results)?"
        r"|(?:the )?next(?: passages| ones| results)?|go on|continue|what else does it say|read on|further"
    ),
}
_POLITE = re.compile(r"^(?:(?:and|but|so|ok|okay|hm+|oh|well|can you|could you|please)\b[\s,]*)+|[\s,]*\bplease$")
_PATTERNS = {act: re.compile(pattern) for act, pattern in _MEANINGS.items()}


def act_of(question: str) -> Act | None:
    """The act that `question` is, None if it asks the documents."""
    text = " ".join(question.lower().split()).strip(" ?.!…")
    text = _POLITE.sub("", text) or text
    return next((act for act, pattern in _PATTERNS.items() if pattern.fullmatch(text)), None)
