"""What QA_MILVUS_INDEX may say, and what an engine is told of it."""

from __future__ import annotations

import json

import pytest

from qa.errors import UsageError
from qa.index.background import _plain, _settings
from qa.settings import Settings
from qa.vector_indexing import described, vector_indexing


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ("flat", "FLAT"),
        ("HNSW", "HNSW,M=16,efConstruction=200,ef=200"),
        (" hnsw , ef=400 , M=32 ", "HNSW,M=32,efConstruction=200,ef=400"),
        ("DiskANN,search_list=50", "DISKANN,search_list=50"),
    ],
)
def test_what_is_not_given_is_as_usual_and_the_text_of_it_names_the_same(given: str, whole: str) -> None:
    found = vector_indexing(given)
    assert str(found) == whole
    assert vector_indexing(whole) == found
    assert Settings.from_environment({"QA_MILVUS_INDEX": given}).milvus_index == found


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("HSNW", "none of FLAT, HNSW, DISKANN"),
        (",", "none of"),
        ("FLAT,M=16", "'M' is no parameter of FLAT, which has none"),
        ("HNSW,m=16", "'m' is no parameter of HNSW, which has M, efConstruction, ef"),
        ("HNSW,nlist=16", "'nlist'"),
        ("HNSW,M", "M is a number from 2 to 2048"),
        ("HNSW,M=1", "M is a number from 2 to 2048, not '1'"),
        ("HNSW,ef=1e3", "ef is a number"),
        ("HNSW,ef=" + "9" * 5_000, "ef is a number"),
        ("DISKANN,search_list=-1", "search_list is a number"),
        ("HNSW,ef=\u0663", "ef is a number"),
        ("HNSW\x1b[2J", r"\x1b"),
    ],
)
def test_nonsense_is_wrong_use_and_says_what_there_is(given: str, told: str) -> None:
    with pytest.raises(UsageError, match="QA_MILVUS_INDEX") as refused:
        Settings.from_environment({"QA_MILVUS_INDEX": given})
    assert told in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_no_search_looks_at_fewer_passages_than_are_wanted() -> None:
    assert vector_indexing("HNSW,ef=50").asked_with(10) == {"ef": 50}
    assert vector_indexing("HNSW,ef=50").asked_with(100) == {"ef": 100}
    assert vector_indexing("DISKANN").asked_with(300) == {"search_list": 300}
    assert vector_indexing("FLAT").asked_with(300) == {}


def test_what_is_there_counts_for_how_it_was_made_and_the_setting_for_how_it_is_asked() -> None:
    there = described("HNSW", {"M": "8", "efConstruction": 60, "metric_type": "IP", "ef": 7})
    assert str(there.asked_as(None)) == "HNSW,M=8,efConstruction=60,ef=200"
    assert str(there.asked_as(vector_indexing("HNSW,M=64,ef=90"))) == "HNSW,M=8,efConstruction=60,ef=90"
    assert str(there.asked_as(vector_indexing("DISKANN,search_list=90"))) == "HNSW,M=8,efConstruction=60,ef=200"


def test_an_index_of_an_unknown_kind_that_somebody_made_in_the_engine_is_asked_with_nothing() -> None:
    there = described("IVF_PQ", {"nlist": 128}).asked_as(vector_indexing("HNSW,ef=90"))
    assert (str(there), there.made_with, there.asked_with(10)) == ("IVF_PQ", {}, {})


def test_an_update_in_a_process_of_its_own_has_it_too() -> None:
    settings = Settings(milvus_index=vector_indexing("HNSW,M=32"))
    assert _settings(json.loads(json.dumps(_plain(settings)))) == settings
