"""Extracts: which sentences are chosen, and how they are put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.index.records import StoredPassage
from qa.pipeline.extracts import MAX_WORDS, about, centrality, chosen_runs, covered, summary, with_whole_steps
from qa.pipeline.retriever import Hit
from qa.pipeline.sentence_relevance import (
    FEATURES,
    WEIGHTS,
    Extracted,
    WeighedSentence,
    density,
    sentence_places,
    weighed_sentences,
)

LIGHT = "The lamp of the lighthouse turns once in 12 seconds."
KEEPER = "Ada Orla has kept it since 1990."
BOAT = "A boat goes there on Sundays."


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors by the letters of a text: alike texts are alike."""
    counts = np.array([[text.lower().count(letter) + 0.1 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])
    return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.float32)


def passage(number: int, text: str, path: str = "a.txt", start: int = 0) -> StoredPassage:
    return StoredPassage(number, path, start, start + len(text), 1, None, None, text)


def hits(*passages: StoredPassage) -> list[Hit]:
    return [Hit(one, 0.5, 0.5, relevance=5.0 - place) for place, one in enumerate(passages)]


def texts(found: Sequence[Extracted]) -> list[str]:
    return [one.text for one in found]


def test_sentences_that_follow_one_another_are_one_run_in_the_documents_order() -> None:
    text = f"{LIGHT} {KEEPER} {BOAT}"
    assert texts(about(encode(["who keeps it"])[0], hits(passage(1, text)), [], [], encode)) == [text]


def test_what_neighbouring_passages_share_is_said_once() -> None:
    first, second = f"{LIGHT} {KEEPER}", f"{KEEPER} {BOAT}"
    found = about(
        encode(["lamp"])[0],
        hits(passage(1, first), passage(2, second, start=len(first) - len(KEEPER))),
        [],
        [],
        encode,
    )
    assert " ".join(texts(found)).count(KEEPER) == 1


def weighed(place: Extracted, logit: float) -> WeighedSentence:
    return WeighedSentence(place, encode([place.text])[0], (), (logit,))


def test_what_probably_says_nothing_of_the_topic_is_left_out() -> None:
    places = [
        Extracted(passage(number, text, f"{number}.txt"), 0, len(text)) for number, text in enumerate((LIGHT, BOAT))
    ]
    assert texts(chosen_runs([weighed(places[0], 1.0), weighed(places[1], -4.0)])) == [LIGHT]
    assert texts(chosen_runs([weighed(places[0], 1.0), weighed(places[1], 0.0)])) == [LIGHT, BOAT]


def test_six_sentences_are_enough_but_short_lines_are_not_counted() -> None:
    long = [f"{number} {LIGHT}" for number in range(8)]
    short = [f"{word} is there." for word in ("Ada", "Bob", "Cy", "Dot", "Eve", "Flo", "Gus", "Hal")]
    for bodies, most in ((long, 6), (short, 8)):
        places = [
            Extracted(passage(number, text, start=100 * number), 0, len(text)) for number, text in enumerate(bodies)
        ]
        assert len(chosen_runs([weighed(place, 1.0) for place in places])) == most


def test_of_a_sentence_all_is_known_that_it_is_weighed_by() -> None:
    found = hits(passage(1, f"{LIGHT} {KEEPER}"), passage(2, f"- {BOAT}", "b.txt"))
    answer = Extracted(found[0].passage, 4, 8)
    weighed_by = [
        dict(zip(FEATURES, one.features, strict=True))
        for one in weighed_sentences(encode(["lamp"])[0], found, [], [(answer, 0.9)], encode)
    ]
    assert len(WEIGHTS) == len(FEATURES) + 1
    assert [one["answer_probability"] for one in weighed_by] == [0.9, 0.0, 0.0]
    assert [one["is_listed"] for one in weighed_by] == [0.0, 0.0, 1.0]
    assert [one["document_rank"] for one in weighed_by] == [0.0, 0.0, 0.5]
    assert max(one["cosine"] for one in weighed_by) == 0.0


def test_no_more_than_three_documents() -> None:
    found = about(
        encode(["lamp"])[0], hits(*(passage(n, f"{LIGHT} {n}", f"{n}.txt") for n in range(8))), [], [], encode
    )
    assert len({one.passage.path for one in found}) == 3


def test_all_steps_of_a_list_are_given() -> None:
    steps = "\n".join(f"{number}. Turn wheel {'abcdefghi'[number]} to the left" for number in range(1, 9))
    found = about(encode(["turn"])[0], hits(passage(1, steps)), [], [], encode)
    assert " ".join(texts(found)).count("Turn wheel") == 8


def test_nothing_to_choose_from() -> None:
    question = encode(["x"])[0]
    assert about(question, [], [], [], encode) == about(question, hits(passage(1, "One. Two.")), [], [], encode) == []
    assert summary(question, [], encode) == []
    assert covered([]) == 0.0


def test_a_summary_of_one_sentence_is_that_sentence() -> None:
    assert texts(summary(encode(["x"])[0], [passage(1, LIGHT)], encode)) == [LIGHT]


def test_names_and_numbers_make_a_sentence_dense() -> None:
    assert density(KEEPER) > density(BOAT) > density("it is what it is, and so on") == 0


def test_centrality_is_highest_for_what_is_most_like_the_others() -> None:
    vectors = np.array([[1, 0, 0], [0.8, 0.6, 0], [0.8, 0, 0.6], [0, 0, -1]], np.float32)
    rank = centrality(vectors)
    assert rank.argmax() == 0
    assert rank.argmin() == 3


@given(st.lists(st.text(alphabet="ab .1\n-", max_size=300), max_size=6))
def test_an_extract_is_short_and_made_of_the_passages_own_characters(bodies: list[str]) -> None:
    passages = [passage(number, body, f"{number}.txt") for number, body in enumerate(bodies)]
    for found in (
        about(encode(["a"])[0], hits(*passages), [], [], encode),
        summary(encode(["a"])[0], passages, encode),
    ):
        assert sum(len(text.split()) for text in texts(found)) <= MAX_WORDS
        for one in found:
            assert one.text.strip()
            assert one.text == one.passage.text[one.start : one.end]


HOW_TO = """Before it a sentence of some length stands here.

1. Take out the wheel.
2. Find the hole
   under water.

3. Glue it. Wait five minutes.
4. Press the patch on.

After it another sentence stands here.
"""


def run_of(text: str, words: str) -> Extracted:
    """`words` of a passage that begins with them."""
    start = text.index(words)
    body = text[start : start + len(words)]
    return Extracted(
        StoredPassage(1, "a.txt", start, start + len(body), text.count("\n", 0, start) + 1, None, None, body),
        0,
        len(body),
    )


def test_of_a_numbered_list_all_steps_are_given() -> None:
    whole = HOW_TO[HOW_TO.index("1.") : HOW_TO.index("\n\nAfter")]
    for words in ("1. Take out", "2. Find the hole\n   under", "3. Glue it.", "4. Press the patch on.", "under water."):
        (found,) = with_whole_steps([run_of(HOW_TO, words)], lambda path: HOW_TO, 0)
        assert found.text == whole
        assert HOW_TO[found.passage.start : found.passage.end] == whole
        assert found.passage.line == 3


def test_a_run_that_comes_to_a_list_keeps_what_is_before_it() -> None:
    run = run_of(HOW_TO, HOW_TO[: HOW_TO.index("under")])
    assert [one.text[:9] for one in with_whole_steps([run], lambda path: HOW_TO)] == ["Before it", "1. Take o"]


def test_two_steps_of_a_list_are_one_list_and_other_sentences_stay_as_they_are() -> None:
    runs = [run_of(HOW_TO, "After it another"), run_of(HOW_TO, "1. Take"), run_of(HOW_TO, "4. Press")]
    assert [one.text[:5] for one in with_whole_steps(runs, lambda path: HOW_TO, 0)] == ["After", "1. Ta"]


def test_a_list_that_takes_the_room_stands_alone_and_one_without_end_is_left() -> None:
    steps = "\n".join(f"{number}. Turn the wheel to the left and look" for number in range(1, 16))
    text = f"{BOAT}\n\n{steps}"
    runs = [run_of(text, BOAT), run_of(text, "3. Turn the wheel")]
    assert [one.text for one in with_whole_steps(runs, lambda path: text, 0)] == [steps]
    endless = "\n".join(f"{number}. Turn the wheel to the left and look" for number in range(1, 90))
    runs = [run_of(endless, "3. Turn the wheel")]
    assert with_whole_steps(runs, lambda path: endless, 0) == runs


def test_of_a_numbered_list_that_is_about_other_things_only_what_was_chosen_is_given() -> None:
    minutes = "\n\n".join(f"{number}. Something quite different was spoken about and agreed" for number in range(1, 9))
    few = [run_of(minutes, minutes[: minutes.index("3.")].rstrip())]
    most = [run_of(minutes, minutes[: minutes.index("6.")].rstrip())]
    assert with_whole_steps(few, lambda path: minutes) == few
    assert [one.text for one in with_whole_steps(most, lambda path: minutes)] == [minutes]


def test_the_fields_of_a_mail_are_no_sentences() -> None:
    mail = "From: Ann <ann@example.org>\n\nSubject: the pump\n\nThe pump is worn down since the storm."
    passage = StoredPassage(1, "a.eml", 0, len(mail), 1, None, None, mail)
    assert [place.text for place in sentence_places(passage)] == ["The pump is worn down since the storm."]
