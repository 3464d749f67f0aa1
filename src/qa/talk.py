"""What is said to somebody who greets, thanks, or asks about the program itself: nothing is looked for.

That it is talk says the intent classifier (qa.pipeline.intents). Which kind of talk, is that of the most alike of some hundred
examples (`talk.jsonl` beside it), by the encoder's vectors; what is like none of them gets what one can ask.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from qa.text.escaping import escape_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]

_LEAST_ALIKE = 0.5
_NEIGHBOURS = 3
_NAMED = 10
"""Documents that are named to somebody who asks which there are."""
_CAN_ASK = (
    "a fact (how long is the lease?), a list (who are the members?), a topic (tell me about ...), steps (how do I ...?) or "
    "a whole file (summarise FILE)"
)


class Talk(StrEnum):
    """What somebody says who asks for nothing in the documents."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WELL_BEING = "well-being"
    IDENTITY = "identity"
    HELP = "help"
    DOCUMENTS = "documents"
    WRONG = "wrong"
    UPSET = "upset"
    OTHER = "other"


_REPLIES = {
    Talk.GREETING: f"Hello. Ask me for something that is in your documents: {_CAN_ASK}.",
    Talk.THANKS: "You are welcome.",
    Talk.GOODBYE: "Goodbye.",
    Talk.WELL_BEING: "I am well, and ready to look something up in your documents.",
    Talk.IDENTITY: (
        "I am qa, a program that finds answers in your documents and quotes them word for word, with the place. "
        "Nothing leaves this computer."
    ),
    Talk.HELP: f"Ask me for {_CAN_ASK}. Follow-up questions work, too.",
    Talk.WRONG: (
        'I am sorry. I can be wrong: "other answers" shows what else I found, and other words often find the right place.'
    ),
    Talk.UPSET: "I am sorry that I was no help. Other words often find the right place; so does naming the document.",
    Talk.OTHER: f"I only answer from your documents. Ask me for {_CAN_ASK}.",
}


def reply(question: str, documents: Sequence[str], encode: Encode) -> str:
    """What is said to `question`, which is talk, by a program that reads `documents`. In one line."""
    talk = talk_of(question, encode)
    return _documents(documents) if talk is Talk.DOCUMENTS else _REPLIES[talk]


def talk_of(question: str, encode: Encode) -> Talk:
    """The kind that most of the nearest examples are of, nearer ones counting more."""
    examples = _examples()
    vectors = encode([question.casefold(), *(text for text, _ in examples)])
    cosines = vectors[1:] @ vectors[0]
    nearest = sorted(range(len(examples)), key=lambda place: -float(cosines[place]))[:_NEIGHBOURS]
    if float(cosines[nearest[0]]) < _LEAST_ALIKE:
        return Talk.OTHER
    weights: dict[Talk, float] = {}
    for place in nearest:
        kind = examples[place][1]
        weights[kind] = weights.get(kind, 0.0) + float(cosines[place]) ** 4
    return max(weights, key=lambda kind: weights[kind])


def _documents(paths: Sequence[str]) -> str:
    if not paths:
        return "There are no documents yet."
    named = ", ".join(escape_line(path) for path in paths[:_NAMED])
    if len(paths) == 1:
        return f"There is one document: {named}."
    more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
    return f"There are {len(paths):,} documents: {named}{more}."


@cache
def _examples() -> tuple[tuple[str, Talk], ...]:
    lines = resources.files("qa").joinpath("models", "intents", "talk.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple((row["text"], Talk(row["talk"])) for row in map(json.loads, lines))
