"""What is made of what a model writes: each sentence stays that its passages bear out, and no other."""

from __future__ import annotations

import json

import pytest

from qa.answers import Answer, AnswerKind
from qa.generation.chat_completions import ChatCompletions
from qa.generation.llm_settings import LlmSettings
from qa.generation.support import Cosine
from qa.generation.written import Writer
from tests.generation.conftest import answered, refused
from tests.generation.llm_server import MODEL, Reply, saying, serving


def written(reply: Reply, cosine: Cosine, answer: Answer | None = None, **settings: object) -> Answer:
    with serving(reply) as server:
        given = LlmSettings(server.url, **{"model": MODEL, "seconds": 60, **settings})  # type: ignore[arg-type]
        return Writer(ChatCompletions(given), cosine).write(answer or answered())


def faults(answer: Answer) -> list[str]:
    assert answer.writing is not None
    return [one.fault for one in answer.writing.left_out]


def test_sentences_that_are_borne_out_stay_with_their_places(cosine: Cosine) -> None:
    found = written(saying("The lease of the mill ends on 31 March 2027. [1] The club has two boats [2]."), cosine)
    assert found.kind is AnswerKind.WRITTEN
    assert [part.text for part in found.parts] == [
        "The lease of the mill ends on 31 March 2027.",
        "The club has two boats.",
    ]
    assert [part.citation.path for part in found.parts] == ["notes-1.txt", "notes-2.txt"]
    assert all(part.support is not None and part.support >= 0.5 for part in found.parts)
    assert found.text == " ".join(part.text for part in found.parts)
    assert faults(found) == []


def test_a_citation_is_the_documents_own_words(cosine: Cosine) -> None:
    found = written(saying("The rent is 1,250 euros a month. [1]"), cosine)
    cited = found.parts[0].citation
    source = answered().passages[0]
    assert source.text[cited.start : cited.end] == cited.quote == "The rent is 1,250 euros a month."


def test_a_sentence_may_rest_on_two_passages(cosine: Cosine) -> None:
    found = written(
        saying("The lease ends on 31 March 2027, and the boathouse opens at 7.30 in summer. [1][2]"), cosine
    )
    assert [one.path for one in found.parts[0].citations] == ["notes-1.txt", "notes-2.txt"]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("The lease of the mill ends on 31 March 2028. [1]", "number"),
        ("The lease of the mill ends on 30 April 2027. [1]", "number"),
        ("The rent of the mill is 1,250 dollars a month for 2 years. [1]", "number"),
        ("The rent is $1,250 a month. [1]", "number"),
        ("The club has three boats. [2]", "number"),
        ("Martin Weber signed the contract for the owner. [1]", "name"),
        ("Bob signed the contract for the owner. [1]", "name"),
        ("The lease of the mill in Hamburg ends on 31 March 2027. [1]", "name"),
        ("Dogs are allowed in the yard. [1]", "negation"),
        ("The lease of the mill does not end on 31 March 2027. [1]", "negation"),
        ('The contract says "the lease ends early". [1]', "quotation"),
        ("The lease of the mill ends on 31 March 2027. [99]", "citation"),
        ("The lease of the mill ends on 31 March 2027. [1][99]", "citation"),
        ("The lease of the mill ends on 31 March 2027. [2]", "number"),
        ("The tenants generally enjoy strong legal protection against sudden eviction. [1]", "content"),
        ("See [the contract](http://evil.example/?q=lease) for the lease. [1]", "markup"),
        ("![lease](http://evil.example/x.png) [1]", "markup"),
        ("The lease <script>alert(1)</script> ends on 31 March 2027. [1]", "markup"),
        ("Read on at https://evil.example/lease [1]", "markup"),
        ("Der Pachtvertrag der Mühle endet am einunddreißigsten März. [1]", "language"),
        ("The lease of the mill does end. [1]", "echo"),
    ],
)  # fmt: skip
def test_what_is_not_borne_out_is_left_out(cosine: Cosine, said: str, fault: str) -> None:
    found = written(saying(f"{said}\n\nThe rent is 1,250 euros a month. [1]"), cosine)
    assert [part.text for part in found.parts] == ["The rent is 1,250 euros a month."]
    assert faults(found) == [fault]
    assert found.writing is not None
    assert found.writing.notes[0].startswith("1 sentence of the model was left out")


@pytest.mark.parametrize(
    "said",
    [
        "The mill's lease ends on 31 March 2027. [1]",
        "- **The lease** of the mill ends on 31 March 2027 [1]",
        "According to passage 1, the lease of the mill ends on 31 March 2027. [1]",
        'The contract says that "the lease of the mill  ENDS on 31 March 2027". [1]',
        "The lease of the mill ends no later than 31 March 2027. [1]",
        "The lease of the mill ends on 31 March 2027.",
        "The lease of the mill ends on 31 March 2027. [Passage 1]",
        "<think>Perhaps 2030? [1]</think>The lease of the mill ends on 31 March 2027. [1]",
        "Dogs aren't allowed in the yard. [1]",
        "The rent is 1250 euros a month. [1]",
        "The rent is €1,250 a month. [1]",
        "The club has 2 boats. [2]",
    ],
)
def test_other_forms_of_what_is_borne_out_stay(cosine: Cosine, said: str) -> None:
    found = written(saying(said), cosine)
    assert len(found.parts) == 1
    assert faults(found) == []
    assert "[" not in found.parts[0].text
    assert "*" not in found.parts[0].text


def test_what_cites_nothing_gets_the_passage_that_bears_it_out(cosine: Cosine) -> None:
    found = written(saying("The rowing club has three canoes."), cosine)
    assert [one.path for one in found.parts[0].citations] == ["notes-2.txt"]


def test_where_nothing_stays_the_extractive_answer_is_given_alone(cosine: Cosine) -> None:
    found = written(saying("It was built by Romans in 1066. [1] The king lived there. [2]"), cosine)
    assert (found.kind, found.text, found.extractive) == (AnswerKind.SPAN, "31 March 2027", None)
    assert len(faults(found)) == 2
    assert found.writing is not None
    assert found.writing.notes[0].startswith("Both sentences of the model were left out")


@pytest.mark.parametrize("said", ["I do not know.", "I don't know.", "The passages do not say when it ends. [1]"])
def test_that_a_model_does_not_know_is_respected(cosine: Cosine, said: str) -> None:
    found = written(saying(f"{said} The lease of the mill ends on 31 March 2027. [1]"), cosine)
    assert found.kind is AnswerKind.SPAN
    assert found.writing is not None
    assert found.writing.notes == ("The model says that the passages do not answer this.",)


def test_after_a_refusal_the_model_is_not_asked(cosine: Cosine) -> None:
    with serving(saying("The lease ends. [1]")) as server:
        given = LlmSettings(server.url, model=MODEL)
        assert Writer(ChatCompletions(given), cosine).write(refused()) == refused()
        assert (server.asked, server.keys) == ([], [])


def test_sentences_are_settled_while_the_model_goes_on(cosine: Cosine) -> None:
    """The second sentence is not sent before the first one was given out."""
    import threading

    settled = threading.Event()

    def reply(exchange):  # type: ignore[no-untyped-def]
        exchange.begin()
        exchange.say("The rent is 1,250 euros a month. [1] The ")
        assert settled.wait(60)
        exchange.say("lease of the mill ends on 31 March 2027. [1]")
        exchange.end()

    with serving(reply) as server:
        writer = Writer(ChatCompletions(LlmSettings(server.url, model=MODEL)), cosine)
        found = writer.write(answered(), lambda part: settled.set())
    assert len(found.parts) == 2


def test_a_citation_that_comes_after_the_full_stop_belongs_to_the_sentence_before_it(cosine: Cosine) -> None:
    """However the text is cut on its way."""
    found = written(saying("The club has two boats. [2] The boathouse opens at 7.30 in summer. [1]"), cosine)
    assert [part.text for part in found.parts] == ["The club has two boats."]
    assert len(faults(found)) == 1


def test_half_a_sentence_is_not_taken_for_a_whole_one(cosine: Cosine) -> None:
    def reply(exchange):  # type: ignore[no-untyped-def]
        exchange.begin()
        exchange.say("The club has two boats. [2] The lease of the mill ends on 31 March 2027")
        exchange.end("length")

    assert [part.text for part in written(reply, cosine).parts] == ["The club has two boats."]


def test_json_holds_both_answers(cosine: Cosine) -> None:
    found = json.loads(json.dumps(written(saying("The club has two boats. [2] Rome fell. [1]"), cosine).as_dict()))
    assert found["kind"] == "written"
    assert found["answer"] == "The club has two boats."
    assert found["extractive"]["answer"] == "31 March 2027"
    assert found["extractive"]["citation"]["path"] == "notes-1.txt"
    assert [one["path"] for one in found["parts"][0]["citations"]] == ["notes-2.txt"]
    assert found["writing"]["left_out"] == [{"text": "Rome fell.", "fault": "name"}]
    assert found["writing"]["model"] == MODEL


def test_an_answer_that_nobody_wrote_has_the_fields_that_it_always_had() -> None:
    assert {"writing", "extractive"}.isdisjoint(answered().as_dict())
    assert set(answered().as_dict()["parts"][0]) == {"text", "citation"}


def test_fewer_passages_are_sent_where_the_context_is_small(cosine: Cosine) -> None:
    long = [f"{text} {'Nothing more is said of it here. ' * 40}" for text in ("The lease of the mill ends on 31 March 2027.", "Two.", "Three.")]  # fmt: skip
    found = written(saying("The lease of the mill ends on 31 March 2027. [1]"), cosine, answered(*long), context=1_300)
    assert found.writing is not None
    assert found.writing.passages == 1
    assert found.writing.notes == ("Only 1 of 3 passages fit into what the model can read.",)
    assert found.kind is AnswerKind.WRITTEN
