from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.pipeline.reader import MAX_SPAN_TOKENS, Reader, best_spans, shipped_reader_folder, whole_words
from tests.unit.models import reader


@dataclass(frozen=True)
class Text:
    text: str
    heading: str | None = None
    before: str = ""
    own_path: str = ""


def best(question: str, passage: Text) -> str:
    span = reader().read(question, [passage])[0].spans[0]
    return passage.text[span.start : span.end]


def test_reads_a_span() -> None:
    passage = Text("Marie Curie was born in Warsaw in 1867. She moved to Paris in 1891.")
    assert best("Where was Marie Curie born?", passage) == "Warsaw"
    assert best("When did Marie Curie move to Paris?", passage) == "1891"


def test_one_reading_per_passage_in_order() -> None:
    passages = [Text("Ann lives in Rome."), Text("Bob lives in Oslo."), Text("Nothing here.")]
    readings = reader().read("Where does Bob live?", passages)
    margins = [reading.spans[0].score - reading.no_answer_score for reading in readings]
    assert int(np.argmax(margins)) == 1
    assert reader().read("Where?", []) == []


def test_a_reading_does_not_depend_on_the_other_passages() -> None:
    alone = reader().read("Where does Bob live?", [Text("Bob lives in Oslo.")])[0]
    among = reader().read("Where does Bob live?", [Text("x " * 300), Text("Bob lives in Oslo.")])[1]
    assert alone == among


def test_readings_do_not_depend_on_the_number_of_threads() -> None:
    passages = [Text("Ann lives in Rome. " * count) for count in (30, 1, 90, 4)]
    one = Reader(shipped_reader_folder(), threads=1).read("Where does Ann live?", passages)
    assert one == Reader(shipped_reader_folder(), threads=2).read("Where does Ann live?", passages)


def test_a_span_is_never_in_the_heading() -> None:
    passage = Text("It was founded in 1901.", heading="Nobel Prize in Stockholm")
    for reading in reader().read("Where is the prize given?", [passage]):
        assert all(0 <= span.start < span.end <= len(passage.text) for span in reading.spans)


def margin(question: str, passage: Text) -> float:
    reading = reader().read(question, [passage])[0]
    return reading.spans[0].score - reading.no_answer_score


def test_what_the_text_before_names_is_known_and_no_answer() -> None:
    passage = Text("The reactor was shut after a leak. In 1990 the council let the reactor run for another 18 months.")
    told = replace(passage, before="Delegates toured the Halden reactor in May.")
    question = "How long is the Halden permission?"
    assert margin(question, told) > margin(question, passage) + 1
    assert best(question, told) == best(question, passage) == "18 months"
    for span in reader().read("Which reactor was shut?", [told])[0].spans:
        assert 0 <= span.start < span.end <= len(told.text)


def test_the_tail_of_a_long_passage_is_read() -> None:
    filler = "The committee met again and talked about the budget of the year. " * 120
    passage = Text(filler + "The treasure was buried under the old oak by Captain Flint in 1720.")
    assert "Flint" in best("Who buried the treasure?", passage)


@pytest.mark.parametrize("question", ["?", "Wer?", "who " * 10_000, "когда это было", "今日は", "x" * 5000])
def test_any_question_can_be_read(question: str) -> None:
    reading = reader().read(question, [Text("Bob lives in Oslo since 1990.")])[0]
    assert np.isfinite(reading.no_answer_score)


@pytest.mark.parametrize("text", ["", " ", "\n", "word", "\0\0", "😀" * 2000, "x" * 100_000])
def test_any_passage_can_be_read(text: str) -> None:
    for span in reader().read("Where does Bob live?", [Text(text)])[0].spans:
        assert 0 <= span.start < span.end <= len(text)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=400), st.text(min_size=1, max_size=60))
def test_spans_lie_within_their_passage(text: str, question: str) -> None:
    text = f"The Kant airbase. {text} Why the base? {text}"
    reading = reader().read(question, [Text(text, heading="A heading")])[0]
    assert all(0 <= span.start < span.end <= len(text) for span in reading.spans)
    scores = [span.score for span in reading.spans]
    assert scores == sorted(scores, reverse=True)


@given(st.integers(1, 80), st.integers(0, 10_000))
def test_best_spans_are_the_best_of_all_pairs(length: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts, ends = rng.normal(size=(2, length)).astype(np.float32)
    allowed = rng.random(length) < 0.8
    found = list(best_spans(starts, ends, allowed))
    pairs = [
        (starts[first] + ends[last])
        for first in range(length)
        for last in range(first, min(length, first + MAX_SPAN_TOKENS))
        if allowed[first] and allowed[last]
    ]
    if length <= 20 and pairs:
        assert found[0][2] == pytest.approx(max(pairs), abs=1e-5)
    assert all(allowed[first] and allowed[last] and 0 <= last - first < MAX_SPAN_TOKENS for first, last, _ in found)
    tokens = [token for first, last, _ in found for token in range(first, last + 1)]
    assert len(tokens) == len(set(tokens))


def test_the_first_and_the_last_token_of_each_word() -> None:
    # [CLS] how ##s [SEP] how ##s me [SEP]: the numbers begin anew with the passage.
    begins, ends = whole_words([None, 0, 0, None, 0, 0, 1, None])
    assert begins == [0, 1, 1, 3, 4, 4, 6, 7]
    assert ends == [0, 2, 2, 3, 5, 5, 6, 7]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abz019 -.é日", max_size=60), st.sampled_from(["How much?", "Who?", "Which year was it?"]))
def test_no_span_is_a_part_of_a_word(text: str, question: str) -> None:
    (reading,) = reader().read(question, [Text(text)])
    for span in reading.spans:
        for edge in (span.start, span.end):
            around = text[max(0, edge - 1) : edge + 1]
            assert not (len(around) == 2 and around.isascii() and around.isalnum())
