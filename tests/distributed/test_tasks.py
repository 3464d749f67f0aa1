"""What a node answers, asked without a cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa.documents import SourceFile, load, sources
from qa.errors import DocumentUnreadable
from qa.index.distributed.ray_tasks import ClusterBuild, Differs, NotCut, NotSeen, cut_file, encode_texts, version
from qa.index.writing.execution import CutDocument
from qa.settings import Settings
from tests.distributed.clusters import fill
from tests.documents import made
from tests.unit.models import card, splitter


@pytest.fixture
def build(tmp_path: Path) -> ClusterBuild:
    fill(tmp_path, {"notes.md": b"# Keys\n\nThe key hangs behind the clock.", "broken.docx": made.word()[:200]})
    return ClusterBuild(tmp_path, Settings(), version(splitter(), card()))


def source(build: ClusterBuild, path: str) -> SourceFile:
    (found,) = (one for one in sources(build.corpus, skip=lambda *_: None) if one.path == path)
    return found


def test_a_file_is_cut_as_without_a_cluster(build: ClusterBuild) -> None:
    notes = source(build, "notes.md")
    document = load(notes)
    assert cut_file(build, "one", notes) == CutDocument(document, splitter().split(document))


def test_a_file_that_cannot_be_read_has_the_same_reason_and_is_not_tried_again(build: ClusterBuild) -> None:
    broken = source(build, "broken.docx")
    with pytest.raises(DocumentUnreadable) as error:
        load(broken)
    assert cut_file(build, "one", broken) == NotCut(error.value.reason, lasts=True)


def test_a_text_that_is_too_long_for_the_memory_of_a_task_is_for_another_time(build: ClusterBuild) -> None:
    fill(build.corpus, {"long.txt": b"A word and another one. " * 100_000})
    little = replace(build, settings=Settings(ray_task_memory=64))
    reason = "cutting it may take more than 64 MB of memory (QA_RAY_TASK_MEMORY)"
    assert cut_file(little, "one", source(build, "long.txt")) == NotCut(reason, lasts=False)


def test_what_lies_elsewhere_or_is_another_file_is_not_seen(build: ClusterBuild) -> None:
    notes = source(build, "notes.md")
    away = replace(notes, file=notes.file.with_name("away.md"))
    far = replace(build, corpus=build.corpus / "away")
    answers = [
        cut_file(build, "one", replace(notes, size=notes.size + 1)),
        cut_file(build, "one", away),
        cut_file(far, "one", away),
    ]
    assert [(one.sees_corpus, one.has_other) for one in answers if isinstance(one, NotSeen)] == [
        (True, True),
        (True, False),
        (False, False),
    ]


def test_a_node_that_would_make_other_passages_or_has_not_the_encoder_takes_no_part(build: ClusterBuild) -> None:
    other = replace(build, version=replace(build.version, splitter="another"))
    lacking = replace(build, settings=Settings(encoder=build.corpus / "nowhere"))
    for one in (other, lacking):
        assert isinstance(cut_file(one, "one", source(build, "notes.md")), Differs)
        assert isinstance(encode_texts(one, ["The key"]), Differs)
