from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from qa.answers import Answer, Certainty
from qa.conversation import Act, Conversation
from qa.conversation.rewriting import Rewriter
from qa.conversation.tagger import Tagger, shipped_tagger_folder
from qa.errors import NothingChosen, QuestionEmpty, QuestionTooLong
from qa.filters import Filter
from qa.pipeline.questions import MAX_QUESTION_CHARACTERS, checked_question
from tests.unit.conversation.made import Answers, answer, candidate, cosine_similarity

FIRST = "Who became president of the University of Chicago in 1929?"
MEANT = "How long did Robert Maynard Hutchins stay?"
TYPED = "How long did he stay?"


def rewriter() -> Rewriter:
    return Rewriter(Tagger.load(shipped_tagger_folder()), cosine_similarity())


@pytest.fixture
def answers() -> Answers:
    known = Answers()
    known.knows(FIRST, "Robert Maynard Hutchins", 0.8)
    known.knows(MEANT, "24 years", 0.7)
    return known


@pytest.fixture
def conversation(answers: Answers) -> Conversation:
    return Conversation(answers, rewriter)


def test_a_follow_up_is_understood_with_the_turn_before(conversation: Conversation) -> None:
    conversation.ask(FIRST)
    answer = conversation.ask(TYPED)
    assert (answer.question, answer.standalone_question, answer.text) == (TYPED, MEANT, "24 years")
    assert [(turn.question, turn.standalone_question) for turn in conversation.turns] == [
        (FIRST, FIRST),
        (TYPED, MEANT),
    ]


def test_talk_is_answered_by_the_program_and_makes_no_turn(conversation: Conversation, answers: Answers) -> None:
    conversation.ask(FIRST)
    asked = len(answers.asked)
    answer = conversation.ask("thanks a lot")
    assert (answer.kind, answer.refusal) == ("talk", "You are welcome.")
    assert (len(answers.asked), len(conversation.turns)) == (asked, 1)
    assert conversation.ask(TYPED).standalone_question == MEANT


def test_the_question_as_typed_competes(conversation: Conversation, answers: Answers) -> None:
    answers.knows(MEANT, "24 years", 0.01)
    answers.knows(TYPED, "three days", 0.9)
    conversation.ask(FIRST)
    assert conversation.ask(TYPED).standalone_question == TYPED


def test_of_two_readings_the_one_with_the_likelier_answer_is_meant_though_none_is_firm(answers: Answers) -> None:
    conversation = Conversation(answers, rewriter)
    answers.knows("When did Putin visit Kazakhstan?", "in February", 0.8)
    answers.guessed.update(
        {
            "When did Tajikistan visit Kazakhstan?": ("in August", 0.12),
            "When did Putin visit Tajikistan?": ("in February", 0.35),
        }
    )
    conversation.ask("When did Putin visit Kazakhstan?")
    assert conversation.ask("And Tajikistan?").standalone_question == "When did Putin visit Tajikistan?"


def test_a_question_that_is_complete_is_asked_as_it_was_typed_though_the_turn_before_is_like_it(
    answers: Answers,
) -> None:
    conversation = Conversation(answers, rewriter)
    spring, winter = "When is the spring party?", "When is the winter party?"
    answers.knows(spring, "4 April", 0.82)
    answers.knows(winter, "5 January", 0.8)
    answers.knows("When is the winter party (the spring)?", "4 April", 0.82)
    conversation.ask(spring)
    assert conversation.ask(winter).standalone_question == winter


def test_the_first_question_is_asked_once_and_as_it_is(conversation: Conversation, answers: Answers) -> None:
    assert conversation.ask(FIRST).standalone_question == FIRST
    assert answers.asked == [FIRST]


def test_what_cannot_win_is_not_asked(conversation: Conversation, answers: Answers) -> None:
    conversation.ask(FIRST)
    likeliest = "How long did Robert Maynard Hutchins stay (the University of Chicago)?"
    answers.knows(likeliest, "24 years", 1.0)
    answers.asked.clear()
    conversation.ask(TYPED)
    assert answers.asked == [likeliest]


def test_the_timings_are_of_all_that_was_asked(conversation: Conversation, answers: Answers) -> None:
    conversation.ask(FIRST)
    answers.known.clear()
    answers.asked.clear()
    timings = conversation.ask(TYPED).timings
    assert len(answers.asked) > 1
    assert timings.read == pytest.approx(3.0 * len(answers.asked))
    assert timings.rerank == pytest.approx(4.0 * len(answers.asked))


def test_a_corrected_question_is_asked_as_it_is(conversation: Conversation, answers: Answers) -> None:
    corrected = "How long did Harper stay?"
    answers.knows(corrected, "15 years", 0.6)
    conversation.ask(FIRST)
    conversation.ask(TYPED)
    answer = conversation.correct(corrected)
    assert (answer.question, answer.standalone_question, answer.text) == (TYPED, corrected, "15 years")
    assert [turn.standalone_question for turn in conversation.turns] == [FIRST, corrected]
    assert conversation.ask("And he?", standalone=FIRST).standalone_question == FIRST


def test_a_correction_that_cannot_be_asked_loses_no_turn(answers: Answers) -> None:
    class Refusing(Answers):
        def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
            checked_question(question)
            return super().ask(question)

    conversation = Conversation(Refusing(), rewriter)
    conversation.ask(FIRST)
    with pytest.raises(QuestionEmpty):
        conversation.correct("?")
    assert len(conversation.turns) == 1


def test_it_goes_on_after_stored_turns(conversation: Conversation, answers: Answers) -> None:
    conversation.ask(FIRST)
    resumed = Conversation(answers, rewriter, conversation.state)
    assert resumed.ask(TYPED).standalone_question == MEANT
    assert len(conversation.turns) == 1


def test_questions_about_the_last_answer_make_no_turn(conversation: Conversation) -> None:
    assert conversation.about_last("Are you sure?") is None
    conversation.ask(FIRST)
    shown = conversation.about_last("Are you sure?")
    assert shown is not None
    assert (shown.act, shown.answer.text) == (Act.CONFIDENCE, "Robert Maynard Hutchins")
    assert conversation.ask("Which ones?").text == "Robert Maynard Hutchins"
    assert len(conversation.turns) == 1


def test_more_goes_on_where_it_ended(conversation: Conversation) -> None:
    conversation.ask(FIRST)
    seen = []
    for _ in range(5):
        shown = conversation.about_last("Show me more")
        assert shown is not None
        seen += [passage.text for passage in shown.passages]
    assert seen == [f"Passage {number}." for number in range(1, 12)]
    conversation.ask(TYPED)
    again = conversation.about_last("more")
    assert again is not None
    assert again.passages[0].text == "Passage 1."


def test_threads_take_turns(conversation: Conversation) -> None:
    conversation.ask(FIRST)
    threads = [threading.Thread(target=conversation.ask, args=(f"Who is number {number}?",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(conversation.turns) == 9


def test_a_question_that_is_as_long_as_can_be_is_asked(answers: Answers) -> None:
    conversation = Conversation(answers, rewriter)
    conversation.ask(FIRST)
    longest = ("How long did he stay " + "x" * MAX_QUESTION_CHARACTERS)[: MAX_QUESTION_CHARACTERS - 1] + "?"
    assert conversation.ask(longest).question == longest
    assert all(len(asked) <= MAX_QUESTION_CHARACTERS for asked in answers.asked)
    with pytest.raises(QuestionTooLong):
        conversation.ask(longest + "?")


@pytest.mark.parametrize("question", ["And \ud800 there?", "\x1b[31mWhy?", "And \u202e it?"])
def test_a_hostile_follow_up_is_asked(answers: Answers, question: str) -> None:
    conversation = Conversation(answers, rewriter)
    conversation.ask(FIRST)
    conversation.ask(question)
    assert len(conversation.turns) == 2


class TwoDocuments(Answers):
    """Answers from b.txt, with the document a.txt that answers differently when it is asked alone."""

    def __init__(self, within: tuple[str, float] | None) -> None:
        super().__init__()
        self.within = within
        self.chosen: list[Filter] = []

    def ask(self, question: str, *, only: Filter | None = None, min_confidence: float | None = None) -> Answer:
        if only is not None and only.documents:
            self.chosen.append(only)
            if self.within is None:
                raise NothingChosen(str(only), 2)
            text, confidence = self.within
            return answer(question, text if confidence >= 0.5 else None, confidence, [candidate(text, confidence)])
        found = super().ask(question, only=only, min_confidence=min_confidence)
        if question == FIRST or found.citation is None:
            return found
        return replace(found, citation=replace(found.citation, path="b.txt"), certainty=Certainty.TENTATIVE)


def test_a_follow_up_is_asked_of_the_last_answers_document_where_another_one_answers() -> None:
    answers = TwoDocuments(within=("24 years", 0.6))
    answers.knows(FIRST, "Robert Maynard Hutchins", 0.8)
    answers.knows(MEANT, "a fortnight", 0.65)
    conversation = Conversation(answers, rewriter)
    conversation.ask(FIRST)
    assert conversation.ask(TYPED, only=Filter(ext="txt")).text == "24 years"
    assert set(answers.chosen) == {Filter(ext="txt", documents=("a.txt",))}


@pytest.mark.parametrize("within", [("24 years", 0.1), None])
def test_where_the_last_answers_document_says_nothing_the_others_do(within: tuple[str, float] | None) -> None:
    answers = TwoDocuments(within)
    answers.knows(FIRST, "Robert Maynard Hutchins", 0.8)
    answers.knows(MEANT, "a fortnight", 0.65)
    conversation = Conversation(answers, rewriter)
    conversation.ask(FIRST)
    assert conversation.ask(TYPED).text == "a fortnight"
