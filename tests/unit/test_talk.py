"""What is said to somebody who asks for nothing in the documents."""

from __future__ import annotations

import pytest

from qa.talk import Talk, reply, talk_of
from tests.unit.models import encoder


@pytest.mark.parametrize(
    ("typed", "talk"),
    [
        ("Hello!", Talk.GREETING),
        ("good morning to you", Talk.GREETING),
        ("Thanks so much", Talk.THANKS),
        ("thank you for the help", Talk.THANKS),
        ("bye for now", Talk.GOODBYE),
        ("How are you today?", Talk.WELL_BEING),
        ("What are you exactly?", Talk.IDENTITY),
        ("who built you?", Talk.IDENTITY),
        ("what can I ask you?", Talk.HELP),
        ("Which documents do you have?", Talk.DOCUMENTS),
        ("what files have you got", Talk.DOCUMENTS),
        ("that's not correct", Talk.WRONG),
        ("you are really stupid", Talk.UPSET),
        ("tell me a good joke", Talk.OTHER),
        ("qwertz uiopü", Talk.OTHER),
    ],
)
def test_the_kind_of_talk_is_told(typed: str, talk: Talk) -> None:
    assert talk_of(typed, encoder().encode) is talk


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ([], "There are no documents yet."),
        (["a.md"], "There is one document: a.md."),
        (["a.md", "b.md"], "There are 2 documents: a.md, b.md."),
        ([f"{number:02}.md" for number in range(12)], "and 2 more."),
        (["a\x1b[31m.md"], "a"),
    ],
)
def test_the_documents_are_named(paths: list[str], said: str) -> None:
    shown = reply("which documents do you have?", paths, encoder().encode)
    assert said in shown
    assert "\x1b" not in shown


def test_every_kind_has_something_to_say() -> None:
    typed = {
        "hello",
        "thanks",
        "bye",
        "how are you",
        "who are you",
        "help",
        "that's wrong",
        "you are useless",
        "tell me a joke",
    }
    said = {reply(one, ["a.md"], encoder().encode) for one in typed}
    assert len(said) == len(typed)
