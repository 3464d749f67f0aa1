"""Unanswerable rows made from answerable ones. Every maker returns None where it cannot be sure enough."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.pipeline.ranking import normalised
from qa.training.data.lexical import Lexical
from qa.training.data.surface import content_words, holds, looks_like_year, names, numbers, sentences
from qa.training.data.training_rows import TrainingRow

OPPOSITES = (
    "first last|largest smallest|biggest smallest|highest lowest|most least|more fewer|more less|oldest youngest|"
    "oldest newest|earliest latest|longest shortest|best worst|before after|north south|northern southern|east west|"
    "eastern western|increase decrease|increased decreased|won lost|win lose|start end|started ended|begin end|"
    "began ended|major minor|male female|men women|husband wife|father mother|son daughter|brother sister|king queen|"
    "rich poor|allowed forbidden|accepted rejected|support oppose|supported opposed|included excluded|joined left|"
    "high low|higher lower|large small|larger smaller|strong weak|stronger weaker|public private|upper lower|"
    "early late|earlier later|positive negative|good bad|better worse|faster slower|common rare|internal external|"
    "inside outside|above below|import export|built destroyed|founded dissolved|created destroyed|born buried|"
    "maximum minimum|always never|same different|similar different|succeeded failed|gained lost|rise fall|rose fell|"
    "like dislike|agree disagree|agreed disagreed|legal illegal|possible impossible|necessary unnecessary|"
    "popular unpopular|known unknown|used unused|ancient modern|old new|buy sell|bought sold|cause prevent"
)
_OPPOSITE: dict[str, str] = {}
for _pair in OPPOSITES.split("|"):
    _one, _other = _pair.split()
    _OPPOSITE.setdefault(_one, _other)
    _OPPOSITE.setdefault(_other, _one)
_NEGATED = {
    "is": "isn't", "are": "aren't", "was": "wasn't", "were": "weren't", "did": "didn't", "does": "doesn't",
    "do": "don't", "can": "can't", "could": "couldn't", "has": "hasn't", "have": "haven't", "had": "hadn't",
    "will": "won't", "would": "wouldn't", "should": "shouldn't",
}  # fmt: skip
_AUXILIARY = re.compile(r"\b(" + "|".join(_NEGATED) + r")\b(?!n)", re.IGNORECASE)


@dataclass(slots=True)
class Passages:
    """The contexts of one source, to find a wrong passage for a question in."""

    contexts: list[str]
    titles: list[str]
    lexical: Lexical
    by_title: dict[str, list[int]]
    names: list[str]

    @classmethod
    def of(cls, rows: Sequence[TrainingRow]) -> Passages:
        titled = {row.context: row.title for row in rows}
        contexts, titles = list(titled), list(titled.values())
        by_title: dict[str, list[int]] = defaultdict(list)
        for position, title in enumerate(titles):
            if title:
                by_title[title].append(position)
        found = [context[start:end] for context in contexts for start, end in names(context)]
        return cls(contexts, titles, Lexical(contexts), dict(by_title), found)


def unanswered(
    row: TrainingRow, kind: str, context: str | None = None, question: str | None = None, title: str | None = None
) -> TrainingRow:
    """The row with no answer, over another context or with another question; the kind also names the new id."""
    return replace(
        row,
        id=f"{row.id}~{kind}",
        context=row.context if context is None else context,
        question=row.question if question is None else question,
        title=row.title if title is None else title,
        start=-1,
        end=-1,
        kind=kind,
    )


def same_document(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """The paragraph of the same document that shares most of the question's words but lacks every gold answer."""
    asked = set(content_words(row.question))
    positions = [p for p in passages.by_title.get(row.title, ()) if passages.contexts[p] != row.context]
    rng.shuffle(positions)
    ranked = sorted(positions[:30], key=lambda p: -len(asked & set(content_words(passages.contexts[p]))))
    for position in ranked[:5]:
        if not holds(passages.contexts[position], row.golds):
            return unanswered(row, "same document", context=passages.contexts[position])
    return None


def retrieved(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """One of the passages that BM25 ranks highest for the question and that lacks every gold answer."""
    wrong = [
        position
        for position in passages.lexical.best(row.question, 8)
        if passages.contexts[position] != row.context and not holds(passages.contexts[position], row.golds)
    ]
    if not wrong:
        return None
    position = wrong[min(int(rng.expovariate(1.0)), len(wrong) - 1)]
    return unanswered(row, "retrieved", context=passages.contexts[position], title=passages.titles[position])


def without_answer(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """The row's own passage less the sentence that answers: all that is about the question, and no answer."""
    spans = sentences(row.context)
    kept = [span for span in spans if span[1] <= row.start or span[0] >= row.end]
    if len(kept) == len(spans) or len(kept) < 2:
        return None
    context = " ".join(row.context[start:end] for start, end in kept)
    return None if holds(context, row.golds) else unanswered(row, "answer cut out", context=context)


def name_swapped(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """A name in the question becomes another one, of the passage where it can, else of the same source.

    A name of the passage is taken only from a sentence other than the answer's, where it is least likely to have done
    the same thing; and only a name that the passage bears out is replaced, so that the original question was grounded.
    """
    asked = [span for span in names(row.question) if span[0] > 0 and holds(row.context, (row.question[slice(*span)],))]
    if not asked:
        return None
    start, end = rng.choice(asked)
    old = row.question[start:end]
    taken = set(content_words(row.question)) | set(content_words(row.answer))
    elsewhere = [
        row.context[first + s : first + e]
        for first, last in sentences(row.context)
        if last <= row.start or first >= row.end
        for s, e in names(row.context[first:last])
    ]
    if rng.random() < 0.35 and passages.names:
        elsewhere = rng.choices(passages.names, k=12)
    fitting = [
        name
        for name in elsewhere
        if not taken & set(content_words(name)) and abs(len(name.split()) - len(old.split())) <= 1
    ]
    if not fitting:
        return None
    return unanswered(row, "name swapped", question=row.question[:start] + rng.choice(fitting) + row.question[end:])


def number_swapped(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """A number or year in the question becomes another one of the passage, or one near it."""
    asked = numbers(row.question)
    if not asked:
        return None
    start, end = rng.choice(asked)
    old = row.question[start:end]
    spans = [span for span in numbers(row.context) if span[1] <= row.start or span[0] >= row.end]
    fitting = [row.context[s:e] for s, e in spans]
    fitting = [new for new in fitting if new != old and looks_like_year(new) == looks_like_year(old)]
    if not fitting or rng.random() < 0.4:
        digits = old.replace(",", "")
        if not digits.isdigit():
            return None
        step = rng.choice((1, 2, 3, 5, 10, 20)) * rng.choice((-1, 1))
        fitting = [str(max(1, int(digits) + step))]
    new = rng.choice(fitting)
    return (
        None
        if new in row.question
        else unanswered(row, "number swapped", question=row.question[:start] + new + row.question[end:])
    )


def opposed(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """A word of the question becomes its opposite; the passage must not hold that opposite too."""
    spots = [match for match in re.finditer(r"\w+", row.question) if match.group().lower() in _OPPOSITE]
    if not spots:
        return None
    spot = rng.choice(spots)
    new = _OPPOSITE[spot.group().lower()]
    if holds(row.context, (new,)):
        return None
    return unanswered(row, "opposite", question=row.question[: spot.start()] + new + row.question[spot.end() :])


def negated(row: TrainingRow, passages: Passages, rng: random.Random) -> TrainingRow | None:
    """The question's first auxiliary is denied. The passage must deny nothing, or it might answer just that."""
    match = _AUXILIARY.search(row.question)
    if match is None or re.search(r"\b(not|never|no)\b|n't|n’t", row.question + row.context):
        return None
    new = _NEGATED[match.group(1).lower()] if rng.random() < 0.7 else match.group(1) + " never"
    if "never" in new and match.group(1).lower() in ("did", "does", "do"):
        new = _NEGATED[match.group(1).lower()]
    return unanswered(row, "negated", question=row.question[: match.start()] + new + row.question[match.end() :])


MAKERS = {
    "same document": same_document,
    "retrieved": retrieved,
    "answer cut out": without_answer,
    "name swapped": name_swapped,
    "number swapped": number_swapped,
    "opposite": opposed,
    "negated": negated,
}


def is_really_changed(made: TrainingRow, original: TrainingRow) -> bool:
    return (normalised(made.question), made.context) != (normalised(original.question), original.context)
