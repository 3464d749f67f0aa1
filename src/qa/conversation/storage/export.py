"""A chat as Markdown, all of it: questions, answers in their sentences, citations, refusals with what came nearest.

What documents and questions say is escaped, so that it reads in a Markdown viewer as it reads in the chat: as plain text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from qa.answers import Answer, AnswerKind, Candidate, Citation, RetrievedPassage, percent
from qa.conversation.storage.chats import ChatTurn
from qa.conversation.storage.outcomes import Cancelled, Failure, Found, TurnOutcome
from qa.errors import NotExported
from qa.text.escaping import escape_line
from qa.text.quotation import around

_LONGEST_NAME = 60
_MOST_NAMES = 1000
# All that CommonMark and GitHub's extensions read inside a line, and what begins a block at the start of one.
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
_MARKUP = re.compile(r"[\\`*_\[\]<>&~|$]|:(?=//)|(?<=www)\.|@(?=\w)|^[#+\-=]")


def as_markdown(title: str, corpus: Path, turns: Sequence[ChatTurn]) -> str:
    """The whole chat about `corpus`, ended by a line feed. Times are the machine's local time."""
    parts = [f"# {plain(title)}", f"Documents: {code(str(corpus))}"]
    for turn in turns:
        parts += [f"## {plain(turn.question)}", f"*{_time(turn.asked)}*", *_outcome(turn.outcome)]
    return "\n\n".join(parts) + "\n"


def file_for(title: str, corpus: Path, folder: Path) -> Path:
    """A new file in `folder` named by the chat; in the home folder where `folder` is among the documents."""
    folder = folder.resolve()
    if folder.is_relative_to(corpus.resolve()):
        folder = Path.home()
    words = "-".join(re.findall(r"[a-z0-9]+", title.casefold()))[:_LONGEST_NAME].strip("-")
    name = f"qa-{words or 'chat'}"
    return next(
        file
        for number in range(1, _MOST_NAMES)
        if not (file := folder / f"{name}{f'-{number}' if number > 1 else ''}.md").exists()
    )


def write(markdown: str, file: Path) -> None:
    """Make `file`, which must not exist. Raises NotExported."""
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(markdown)
    except FileExistsError as error:
        raise NotExported(file, "it is there already") from error
    except (OSError, ValueError) as error:
        raise NotExported(file, (getattr(error, "strerror", None) or str(error)).lower()) from error


def plain(text: str) -> str:
    """`text` on one line, with everything escaped that Markdown would read as markup or as a link."""
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", escape_line(text)))


def code(text: str) -> str:
    """`text` on one line as a code span."""
    line = escape_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _outcome(outcome: TurnOutcome | None) -> list[str]:
    match outcome:
        case Answer(answered=True):
            return _answer(outcome)
        case Answer():
            return _refusal(outcome)
        case Found():
            return [_passage(passage) for passage in outcome.passages] or ["Nothing was found."]
        case Failure():
            return [f"{plain(outcome.what)} {plain(outcome.hint)}".rstrip()]
        case Cancelled():
            return ["Cancelled."]
        case None:
            return ["Not answered."]


def _answer(answer: Answer) -> list[str]:
    parts = _understood(answer)
    if answer.text is not None and answer.citation is not None:
        parts += [answer.hedge.strip()] if answer.hedge else []
        if answer.kind is AnswerKind.LIST:
            parts.append("\n".join(f"- {plain(part.text)} — {_where(part.citation)}" for part in answer.parts))
            parts.append(f"{percent(answer.confidence)} sure")
        elif answer.kind is AnswerKind.WRITTEN:
            parts.append("Written by a language model, and checked against the documents:")
            parts += [f"{plain(part.text)} — {'; '.join(map(_where, part.citations))}" for part in answer.parts]
        elif answer.kind is AnswerKind.EXTRACT:
            parts += [f"> {plain(part.text)}\n>\n> — {_where(part.citation)}" for part in answer.parts]
            parts.append(f"{percent(answer.confidence)} sure")
        else:
            parts.append(_quoted(answer.text, answer.citation, answer.confidence, answer.passages))
    for one in answer.other_values:
        parts += ["Elsewhere:", _quoted(one.text, one.citation, one.confidence, answer.passages)]
    if answer.writing is not None and answer.writing.notes:
        parts.append(plain(" ".join(answer.writing.notes)))
    if answer.extractive is not None:
        return [*parts, "Word for word:", *_answer(answer.extractive)]
    if answer.alternatives:
        parts += ["Other candidates:", "\n".join(f"- {_candidate(each)}" for each in answer.alternatives)]
    return parts


def _refusal(answer: Answer) -> list[str]:
    parts = [*_understood(answer), f"**{answer.refusal}** {answer.refusal_sure}".rstrip()]
    if answer.closest:
        quotes = (_quoted(one.text, one.citation, one.confidence, answer.passages) for one in answer.closest)
        parts += ["What comes closest:", *quotes]
    if answer.nearest:
        parts += ["Nearest passages:", *(_passage(passage) for passage in answer.nearest)]
    return parts


def _understood(answer: Answer) -> list[str]:
    if answer.standalone_question == answer.question:
        return []
    return [f"Understood as: *{plain(answer.standalone_question)}*"]


def _quoted(text: str, citation: Citation, confidence: float, passages: Sequence[RetrievedPassage]) -> str:
    before, after = around(text, citation, passages)
    # One space where the sentence has any, so that the emphasis stands apart from the words around it.
    left, right = " " * before[-1:].isspace(), " " * after[:1].isspace()
    quote = f"{plain(before)}{left}**{plain(text)}**{right}{plain(after)}".strip()
    return f"> {quote}\n>\n> — {_where(citation)} · {percent(confidence)} sure"


def _where(citation: Citation) -> str:
    return f"{_place(citation)}, characters {citation.start}–{citation.end}"


def _candidate(candidate: Candidate) -> str:
    return f"{plain(candidate.text)} — {_place(candidate.citation)} · {percent(candidate.confidence)}"


def _passage(passage: RetrievedPassage) -> str:
    return f"> {plain(passage.text)}\n>\n> — {_place(passage)}"


def _place(passage: Citation | RetrievedPassage) -> str:
    page = f", page {passage.page}" if passage.page is not None else ""
    heading = f", {plain(passage.heading)}" if passage.heading else ""
    return f"{code(f'{passage.path}:{passage.line}')}{page}{heading}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
