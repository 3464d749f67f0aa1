"""`qa ask --session`: a question as a turn of a conversation that is kept between calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.answers import percent
from qa.cli import console
from qa.cli.presenting import present
from qa.cli.show import headline, place_of, show_candidate, show_passages
from qa.conversation import Act, Turn
from qa.text.escaping import escape_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.answers import Answer
    from qa.base_assistant import BaseAssistant
    from qa.conversation import Shown
    from qa.conversation.storage.sessions import Session
    from qa.filters import Filter
    from qa.generation.llm_settings import LlmSettings


def ask_in_session(
    assistant: BaseAssistant,
    session: Session,
    question: str,
    *,
    only: Filter | None,
    min_confidence: float | None,
    as_json: bool,
    stale: Sequence[str] | None,
    server: LlmSettings | None = None,
) -> Answer:
    """Ask, show and keep the turn; of what a `server` makes of the answer nothing is kept.

    A question about the last answer makes no turn, and gives that answer.
    """
    conversation = assistant.conversation(session.turns())
    shown = conversation.about_last(question)
    if shown is not None:
        if as_json:
            about = {"question": question, "passages": [passage.as_dict() for passage in shown.passages]}
            console.data_json({"act": shown.act, **shown.answer.as_dict(), **about, "stale": stale})
        else:
            _show_act(shown)
        return shown.answer
    answer = conversation.ask(question, only=only, min_confidence=min_confidence)
    session.add(Turn.of(answer))
    present(answer, assistant, server, as_json=as_json, stale=stale)
    return answer


def _show_act(shown: Shown) -> None:
    match shown.act:
        case Act.ALTERNATIVES:
            _show_alternatives(shown.answer)
        case Act.CONFIDENCE:
            _show_confidence(shown.answer)
        case Act.EVIDENCE:
            _show_evidence(shown)
        case Act.MORE:
            console.data(console.dim("Further passages:" if shown.passages else "There are no further passages."))
            show_passages(shown.passages)


def _show_alternatives(answer: Answer) -> None:
    console.data(console.dim("Other answers:" if answer.alternatives else "There are no other answers."))
    for candidate in answer.alternatives:
        console.data()
        show_candidate(candidate, "")


def _show_confidence(answer: Answer) -> None:
    given = answer.text is not None
    console.data(headline(answer))
    console.data(console.dim(f"{percent(answer.confidence)} sure." if given else answer.refusal_sure))
    for candidate in answer.alternatives[:1]:
        console.data()
        show_candidate(candidate, "Next, " if answer.answered else "Closest, ")


def _show_evidence(shown: Shown) -> None:
    citation = shown.answer.citation
    if citation is None:
        console.data(console.dim("Nothing was found. The nearest passages:"))
        show_passages(shown.passages)
        return
    console.data(headline(shown.answer))
    console.data()
    console.data(console.paragraph(escape_line(citation.passage)))
    console.data(f"  {console.dim(place_of(citation))}")
