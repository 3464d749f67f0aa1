"""Follow-ups that were made up, two of each of many dialogues."""

from __future__ import annotations

from qa.evaluation.follows import Follow


def follows(dialogues: int = 120) -> list[Follow]:
    made = []
    for number in range(dialogues):
        name = f"Person{number}"
        pairs: tuple[tuple[str, str], ...] = ((f"Where was {name} born?", f"in town {number}"),)
        rewrite = f"When did {name} die?"
        made.append(Follow(f"d{number}", "made", pairs, (), "When did she die?", rewrite))
        pairs += (("When did she die?", "1900"),)
        made.append(Follow(f"d{number}", "made", pairs, (), "Where?", f"Where did {name} die?"))
    return made
