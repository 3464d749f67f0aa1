from __future__ import annotations

from itertools import pairwise

from qa.documents import Document, Mark
from qa.inference.encoder import passage_tokenizer
from qa.text.passages import Splitter, with_heading
from qa.text.sentences import sentences
from tests.unit.models import splitter


def document(text: str, *marks: Mark) -> Document:
    return Document("a.txt", text, "", len(text), 0, marks)


def test_the_article_is_cut_into_whole_sentences_that_overlap_by_one(article: str) -> None:
    passages = splitter().split(document(article))
    starts = {start for start, _ in sentences(article)}
    ends = {end for _, end in sentences(article)}
    assert len(passages) > 5
    assert all(passage.start in starts and passage.end in ends for passage in passages)
    overlaps = [before.end > after.start for before, after in pairwise(passages)]
    assert sum(overlaps) >= len(overlaps) - 2


def test_a_caption_stands_in_a_passage_with_what_is_beside_it(article: str) -> None:
    passages = splitter().split(document(article))
    caption = "shakes hands with Kazakh President Nursultan Nazarbayev in Almaty"
    assert any(caption in passage.text and "Before going to Kyrgyzstan" in passage.text for passage in passages)


def test_no_passage_runs_over_a_heading_and_each_carries_its_own() -> None:
    text = "Intro.\n# A\nText of a.\n# B\nText of b."
    marks = (Mark(7, "A"), Mark(text.index("# B"), "B"))
    passages = splitter().split(document(text, *marks))
    assert [(passage.heading, passage.text) for passage in passages] == [
        (None, "Intro."),
        ("A", "# A\nText of a."),
        ("B", "# B\nText of b."),
    ]


def test_pages_are_taken_from_where_a_passage_starts() -> None:
    text = "First page.\n\nSecond page."
    small = Splitter(passage_tokenizer(), 4)
    passages = small.split(document(text, Mark(0, page=1), Mark(13, page=2)))
    assert [passage.page for passage in passages] == [1, 2]


def test_lines_count_from_one() -> None:
    small = Splitter(passage_tokenizer(), 4)
    passages = small.split(document("\n\nThird line.\r\nFourth line is here.\n"))
    assert [passage.line for passage in passages] == [3, 4, 4]


def test_a_long_sentence_is_cut_and_loses_nothing() -> None:
    text = "word " * 1000
    passages = splitter().split(document(text))
    assert sum(passage.text.count("word") for passage in passages) == 1000
    assert all(splitter().count(passage.text) <= 128 for passage in passages)


def test_a_long_heading_leaves_room_for_the_passage() -> None:
    shown = with_heading("Chapter " * 500, "The text.")
    assert shown.endswith("\nThe text.")
    assert splitter().count(shown) < 80
