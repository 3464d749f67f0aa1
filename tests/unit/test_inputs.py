"""What a model is shown of a passage leads back to the passage's own characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.index.records import StoredPassage
from qa.pipeline.inputs import PassageInput, document_name

paths = st.text(st.characters(codec="utf-8"), max_size=80)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)


def stored(path: str, heading: str | None, text: str, before: str = "") -> StoredPassage:
    return StoredPassage(1, path, 0, len(text), 1, None, heading, text, before)


def test_a_document_is_named_as_people_name_it() -> None:
    assert document_name("contracts/lease-ropewalk_14.md") == "contracts lease ropewalk 14"
    assert document_name("notes.2024/minutes.txt") == "notes 2024 minutes"
    assert document_name("") == ""


def test_the_name_and_the_heading_stand_before_the_text() -> None:
    shown = PassageInput.of(stored("leases/mill.md", "The mill > Rent", "It is 400 a month."))
    assert shown.text == "leases mill\nThe mill > Rent\nIt is 400 a month."
    assert shown.text[shown.offset :] == "It is 400 a month."


def test_a_text_that_is_no_documents_is_shown_as_it_is() -> None:
    assert PassageInput.of(stored("", None, "It is 400 a month.")) == PassageInput.of(
        stored("/", None, "It is 400 a month.")
    )
    assert PassageInput.of(stored("", None, "It is 400 a month.")).text == "It is 400 a month."


@given(path=paths, heading=st.none() | texts, text=texts)
def test_the_passages_own_text_begins_at_the_offset(path: str, heading: str | None, text: str) -> None:
    shown = PassageInput.of(stored(path, heading, text))
    assert shown.text[shown.offset :] == shown.named.text
    assert "\n" not in document_name(path)
    assert len(document_name(path)) <= 60


def test_places_lead_there_and_back() -> None:
    text = "In 2009 the use of the base was granted. The base is old."
    shown = PassageInput.of(stored("", None, text, before="Warplanes are kept at the Kant airbase."))
    assert "the Kant base was" in shown.text
    for place in range(len(text)):
        assert shown.named.original(shown.named.placed(place)) == place
        assert shown.text[shown.offset + shown.named.placed(place)] == text[place]
