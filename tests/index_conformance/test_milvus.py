"""What can go wrong between qa and Milvus, and what of the index in it is its own affair."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.cli.main import run
from qa.documents import Document
from qa.errors import (
    DocumentUnreadable,
    EngineFileBusy,
    EngineLacksIndex,
    EngineRefused,
    EngineUnreachable,
    IndexDamaged,
    IndexForeign,
    IndexOfOtherProgram,
    IndexOutdated,
    NotForEngines,
    UsageError,
)
from qa.index.backend import IndexBackend
from qa.index.backends import backend_of
from qa.index.milvus import dense_index, lease, leftovers, milvus_change, milvus_schema, state, updating
from qa.index.milvus import engine as engine_module
from qa.index.milvus.engine import Engine
from qa.index.milvus.lease import leased
from qa.index_place import EngineAddress, index_place
from qa.text.passages import Passage
from qa.vector_indexing import vector_indexing
from tests.conftest import ARTICLE, ROOT, SHARED
from tests.index_conformance.backends import embedded, held, let_go, milvus_lite, updated, write
from tests.index_conformance.same_answers import OF_ARTICLE, compare, questions_of
from tests.index_conformance.test_killed import NEW, OLD
from tests.index_conformance.test_writing import GATES, PATIENCE, Held, counted
from tests.unit.models import CountingEncoder, RememberingEncoder, card, index_model

pytest.importorskip("pymilvus", reason="pip install 'qa[milvus]' for the tests with Milvus")
pytest.importorskip("milvus_lite", reason="pip install 'qa[milvus]' for the tests with Milvus")
pytestmark = pytest.mark.slow


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[IndexBackend]:
    """In a file that is not there yet."""
    backend = milvus_lite(tmp_path / "index")
    yield backend
    let_go(backend)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


@contextmanager
def engine(backend: IndexBackend) -> Iterator[Engine]:
    """Milvus itself, as another program has it."""
    assert isinstance(backend.place, EngineAddress)
    with closing(Engine(backend.place)) as opened:
        yield opened


@contextmanager
def serving(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Milvus Lite as a server in a process of its own, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-m", "milvus_lite", "server", "--data-dir", str(data), "--host", "127.0.0.1"]
    with subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert "listening" in server.stdout.readline()
            yield server, f"milvus://127.0.0.1:{port}"
        finally:
            server.kill()


def test_an_engine_that_does_not_answer_is_a_named_error_at_once(corpus: Path) -> None:
    backend = backend_of(index_place("milvus://127.0.0.1:1/x"))
    write(corpus, OLD)
    for work in (
        backend.exists, backend.verify, backend.remove, lambda: backend.open(card()), lambda: backend.update(corpus, index_model()),
    ):  # fmt: skip
        with pytest.raises(EngineUnreachable, match=r"127\.0\.0\.1:1/x"):
            work()
    assert backend.state() is None


def test_an_engine_that_goes_away_in_the_middle_is_a_named_error_and_has_the_old_state_afterwards(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    with serving(data) as (server, address):
        backend = backend_of(index_place(f"{address}/notes"))
        updated(backend, corpus, OLD)
        old = held(backend)
        reader = backend.open(card())

        class Stopping(RememberingEncoder):
            def encode(self, texts: Sequence[str]) -> np.ndarray:
                server.kill()
                server.wait()
                # It is tried no longer than that.
                monkeypatch.setattr(engine_module, "_ANSWERING", 1.0)
                return super().encode(texts)

        write(corpus, NEW)
        with pytest.raises(EngineUnreachable):
            backend.update(corpus, replace(index_model(), open_encoder=Stopping))
        with pytest.raises(EngineUnreachable), reader.snapshot():
            pass
        with pytest.raises(EngineUnreachable):
            reader.bm25_search("gate", 5)
        reader.close()
    monkeypatch.undo()
    # What the lost change had reserved is given up sooner than in a minute.
    monkeypatch.setattr(lease, "_LOST_AFTER", 1.0)
    with serving(data) as (_, address):
        backend = backend_of(index_place(f"{address}/notes"))
        assert held(backend) == old
        assert updated(backend, corpus, NEW).passages == len(NEW)
        assert held(backend).keys() == NEW.keys()


def test_wrong_credentials_are_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lets nobody in, as Milvus does it."""
    import grpc

    class Refusing(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            def refuse(request: bytes, context: grpc.ServicerContext) -> None:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check api key is correct")

            return grpc.unary_unary_rpc_method_handler(refuse)

    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((Refusing(),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            monkeypatch.setenv("QA_MILVUS_TOKEN", "root:wrong")
            with pytest.raises(EngineRefused, match="QA_MILVUS_TOKEN") as refused:
                backend_of(index_place(f"milvus://127.0.0.1:{port}/x")).open(card())
            assert "wrong" not in str(refused.value)
        finally:
            server.stop(None)


def test_a_file_that_another_process_has_open_is_a_named_error(lite: IndexBackend, corpus: Path) -> None:
    assert isinstance(lite.place, EngineAddress)
    assert lite.place.file is not None
    with serving(lite.place.file), pytest.raises(EngineFileBusy, match="milvus://HOST:PORT/NAME"):
        lite.open(card())
    updated(lite, corpus, OLD)
    assert held(lite).keys() == OLD.keys()


def test_what_milvus_lite_has_not_made_is_a_named_error_and_stays_as_it_is(lite: IndexBackend, corpus: Path) -> None:
    assert isinstance(lite.place, EngineAddress)
    assert lite.place.file is not None
    lite.place.file.write_text("notes of somebody")
    write(corpus, OLD)
    for work in (lite.exists, lambda: lite.open(card()), lambda: lite.update(corpus, index_model(), rebuild=True)):
        with pytest.raises(EngineUnreachable, match="has not made"):
            work()
    assert lite.place.file.read_text() == "notes of somebody"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_can_look_into_the_files_of_milvus_lite(lite: IndexBackend, corpus: Path) -> None:
    assert isinstance(lite.place, EngineAddress)
    assert lite.place.file is not None
    updated(lite, corpus, OLD)
    assert lite.place.file.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_a_named_error(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "file").write_text("")
    write(corpus, OLD)
    with pytest.raises(EngineUnreachable, match="cannot be reached"):
        backend_of(index_place(f"milvus+file:{tmp_path}/file/x.db")).update(corpus, index_model())


def test_what_another_program_keeps_under_the_name_is_neither_read_nor_touched(
    lite: IndexBackend, corpus: Path
) -> None:
    from pymilvus import DataType, MilvusClient

    write(corpus, OLD)
    fields = MilvusClient.create_schema()
    fields.add_field("id", DataType.INT64, is_primary=True)
    fields.add_field("v", DataType.FLOAT_VECTOR, dim=2)
    for make_foreign in (lambda one: one.create("qa", fields), lambda one: _alias(one, fields)):
        with engine(lite) as opened:
            make_foreign(opened)
        for work in (lambda: lite.open(card()), lambda: lite.update(corpus, index_model(), rebuild=True), lite.remove):
            with pytest.raises(IndexOfOtherProgram):
                work()
        with engine(lite) as opened:
            assert opened.target_of("qa") in ("qa", "theirs")
            assert opened.collections() in (["qa"], ["theirs"])
            opened.drop("qa" if opened.target_of("qa") == "qa" else "theirs") if opened.target_of(
                "qa"
            ) == "qa" else None


def _alias(opened: Engine, fields: Any) -> None:
    opened.create("theirs", fields)
    opened.point("qa", "theirs")


@pytest.mark.parametrize(
    ("number", "error"), [(milvus_schema.SCHEMA + 1, IndexForeign), (milvus_schema.SCHEMA - 1, IndexOutdated)]
)
def test_an_index_of_another_schema_is_a_named_error_and_can_be_made_anew(
    lite: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[IndexForeign]
) -> None:
    with monkeypatch.context() as other:
        other.setattr(milvus_schema, "SCHEMA", number)
        other.setattr(state, "SCHEMA", number)
        updated(lite, corpus, OLD)
    with pytest.raises(error, match=f"schema {number}"):
        lite.open(card())
    if error is IndexForeign:
        with pytest.raises(error):
            lite.update(corpus, index_model())
    lite.update(corpus, index_model(), rebuild=error is IndexForeign)
    assert held(lite).keys() == OLD.keys()
    assert lite.verify().sound


HALF_WRITTEN = {
    "no documents": lambda opened, build: opened.drop(build.documents),
    "no state named": lambda opened, build: opened.delete(build.documents, "id == 0"),
    "no state": lambda opened, build: opened.delete(build.documents, f"kind == {milvus_schema.RowKind.STATE:d}"),
    "half a state": lambda opened, build: opened.put(
        build.documents,
        milvus_schema.row(-state._MOST_SLICES, milvus_schema.RowKind.STATE, 1, text='{"schema": 1, "gener'),
    ),
    "a state of something else": lambda opened, build: opened.put(
        build.documents, milvus_schema.row(-state._MOST_SLICES, milvus_schema.RowKind.STATE, 1, text='{"schema": 1}')
    ),
}


@pytest.mark.parametrize("kind", HALF_WRITTEN)
def test_a_state_that_is_not_whole_is_a_named_error_and_a_rebuild_mends_it(
    lite: IndexBackend, corpus: Path, kind: str
) -> None:
    updated(lite, corpus, OLD)
    with engine(lite) as opened:
        HALF_WRITTEN[kind](opened, milvus_schema.IndexBuild("qa", 1))
    for work in (lambda: lite.open(card()), lambda: lite.update(corpus, index_model())):
        with pytest.raises(IndexDamaged, match="--rebuild"):
            work()
    assert not lite.verify().sound
    lite.update(corpus, index_model(), rebuild=True)
    assert held(lite).keys() == OLD.keys()
    assert lite.verify().sound


@pytest.mark.parametrize("field", ["text", "dense", "words"])
def test_what_was_changed_by_another_hand_is_found_by_verify(lite: IndexBackend, corpus: Path, field: str) -> None:
    updated(lite, corpus, OLD)
    other = {"text": "The gate is open.", "dense": [0.5] * card().dimension, "words": "gate"}[field]
    with engine(lite) as opened:
        row = next(one for one in opened.query("qa_1_passages", "id == 1", ["*"]))
        row.pop("sparse", None)
        opened.put("qa_1_passages", {**row, field: other})
    assert not lite.verify().sound


def test_a_passage_that_is_missing_is_a_named_error(lite: IndexBackend, corpus: Path) -> None:
    updated(lite, corpus, OLD)
    with closing(lite.open(card())) as reader:
        with engine(lite) as opened:
            opened.delete("qa_1_passages", "id == 1")
        with pytest.raises(IndexDamaged, match="passage 1"), reader.snapshot():
            reader.passages([1])
    assert not lite.verify().sound


def test_a_text_that_is_longer_than_a_field_is_refused_whole(lite: IndexBackend, corpus: Path) -> None:
    updated(lite, corpus, OLD)
    with engine(lite) as opened, leased(opened, "qa"):
        base = updating._base(opened, index_model(), rebuild=False)
        with updating._changing(opened, base, index_model(), {}, None, rebuild=False) as change:
            long = "x" * (milvus_schema.MOST_BYTES + 1)
            with pytest.raises(DocumentUnreadable, match="65,535 bytes"):
                change.add(
                    Document("long.txt", long, "0" * 64, len(long), 1), [Passage(0, len(long), 1, None, None, long)]
                )
            assert change.documents == len(OLD)
            change.add(Document("ok.txt", "ok", "0" * 64, 2, 1), [Passage(0, 2, 1, None, None, "ok")])
            assert change.documents == len(OLD) + 1


def test_a_long_text_of_wide_characters_is_kept_in_slices(
    lite: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_schema, "SLICE", 1_000)
    text = "".join(f"The gate 🙂🙂 number {number} is open.\n\n" for number in range(100))
    assert len(text) > 3 * milvus_schema.SLICE
    updated(lite, corpus, {"long.txt": text})
    with closing(lite.open(card())) as reader:
        assert reader.document_text("long.txt") == text
    assert lite.verify().sound


def indexing(backend: IndexBackend) -> str:
    """How the vectors of an index are indexed and asked."""
    with closing(backend.open(card())) as opened:
        return opened.made().vectors


def test_vectors_are_indexed_as_the_user_chose_and_what_is_there_goes_on_working(
    lite: IndexBackend, corpus: Path
) -> None:
    chosen = backend_of(lite.place, vector_indexing("HNSW,M=8,efConstruction=50,ef=70"))
    updated(chosen, corpus, OLD)
    assert indexing(chosen) == "HNSW,M=8,efConstruction=50,ef=70"
    for other in (lite, backend_of(lite.place, vector_indexing("DISKANN"))):
        assert indexing(other) == "HNSW,M=8,efConstruction=50,ef=200"
        updated(other, corpus, NEW)
        assert held(other).keys() == NEW.keys()
        assert other.verify().sound
    lite.update(corpus, index_model(), rebuild=True)
    assert indexing(chosen) == "FLAT"
    assert held(chosen).keys() == NEW.keys()


def test_an_index_that_the_engine_does_not_make_is_a_named_error_and_leaves_all_as_it_was(
    lite: IndexBackend, corpus: Path
) -> None:
    chosen = backend_of(lite.place, vector_indexing("DISKANN"))
    write(corpus, OLD)
    with pytest.raises(EngineLacksIndex, match="QA_MILVUS_INDEX to one of FLAT and HNSW"):
        chosen.update(corpus, index_model())
    assert not lite.exists()
    updated(lite, corpus, OLD)
    with pytest.raises(EngineLacksIndex):
        chosen.update(corpus, index_model(), rebuild=True)
    assert held(lite).keys() == OLD.keys()


def test_on_a_server_few_passages_are_compared_exactly_many_by_a_graph_and_rows_are_looked_up_by_indexes(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path / "data") as (_, address):
        backend = backend_of(index_place(f"{address}/notes"))
        updated(backend, corpus, OLD)
        assert indexing(backend) == "FLAT"
        with pytest.raises(EngineLacksIndex):
            backend_of(backend.place, vector_indexing("DISKANN")).update(corpus, index_model(), rebuild=True)
        monkeypatch.setattr(dense_index, "EXACT_UP_TO", len(NEW) - 1)
        updated(backend, corpus, NEW)
        assert indexing(backend) == "FLAT", "it stays until the index is made anew"
        backend.update(corpus, index_model(), rebuild=True)
        assert indexing(backend) == "HNSW,M=16,efConstruction=200,ef=200"
        assert held(backend).keys() == NEW.keys()
        with engine(backend) as opened:
            looked_up_by = (
                ("passages", "key"),
                ("passages", "document"),
                ("documents", "owner"),
                ("documents", "path_key"),
            )
            kinds = {opened.index_of(f"notes_2_{name}", field)["index_type"] for name, field in looked_up_by}
        assert kinds == {"INVERTED"}


def test_what_is_asked_of_the_engine_does_not_grow_with_the_documents(
    lite: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Milvus Lite looks at everything for each request: else the time would grow with the square of the documents."""
    asked: list[str] = []

    def watched(name: str) -> Callable[..., Any]:
        work = getattr(Engine, name)

        def watch(self: Engine, *arguments: Any) -> Any:
            asked.append(name)
            return work(self, *arguments)

        return watch

    for name in ("query", "delete", "insert"):
        monkeypatch.setattr(Engine, name, watched(name))
    counts = []
    for many in (2, 12):
        for said in ("is open", "was shut"):
            asked.clear()
            updated(lite, corpus, {f"{number}.txt": f"Gate {number} {said}." for number in range(many)})
            counts.append(len(asked))
        lite.remove()
    assert counts[:2] == counts[2:]


def test_repair_is_not_there(lite: IndexBackend, corpus: Path) -> None:
    updated(lite, corpus, OLD)
    with pytest.raises(NotForEngines, match="--rebuild"):
        lite.repair(corpus, index_model())


def test_what_a_killed_build_had_encoded_is_not_encoded_again(
    lite: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_change, "_SLAB", 1)
    write(corpus, NEW)

    class Interrupted(RememberingEncoder):
        texts = 0

        def encode(self, texts: Sequence[str]) -> np.ndarray:
            Interrupted.texts += len(texts)
            if Interrupted.texts > 2:
                raise KeyboardInterrupt
            return super().encode(texts)

    with pytest.raises(KeyboardInterrupt):
        lite.update(corpus, replace(index_model(), open_encoder=Interrupted))
    assert not lite.exists()
    counting = CountingEncoder()
    report = lite.update(corpus, replace(index_model(), open_encoder=lambda: counting))
    assert report.encoded == len(counting.encoded) == len(NEW) - 2
    assert held(lite).keys() == NEW.keys()
    with engine(lite) as opened:
        assert set(opened.collections()) == {"qa_2_passages", "qa_2_documents"}


def test_what_is_gone_is_deleted_once_nobody_can_be_reading_it(
    lite: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    updated(lite, corpus, OLD)
    updated(lite, corpus, {"b.txt": OLD["b.txt"]})
    with engine(lite) as opened:
        assert opened.count("qa_1_passages", "id > 0") == len(OLD), "readers of the earlier state may need them"
    monkeypatch.setattr(leftovers, "_KEPT_SECONDS", 0.0)
    lite.update(corpus, index_model())
    with engine(lite) as opened:
        assert opened.count("qa_1_passages", "id > 0") == 1
        texts = opened.query("qa_1_documents", "id != 0", ["text"])
        assert not any("harbour" in one["text"] for one in texts if not one["text"].startswith("{"))
    assert held(lite) == {"b.txt": [OLD["b.txt"]]}
    lite.update(corpus, index_model(), rebuild=True)
    with engine(lite) as opened:
        assert set(opened.collections()) == {"qa_2_passages", "qa_2_documents"}
    assert lite.verify().sound


def test_after_many_changes_of_the_vocabulary_they_become_one(
    lite: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_change, "_MOST_VOCABULARIES", 3)
    counts = []
    for number in range(8):
        updated(lite, corpus, {"a.txt": f"Gate {number} is open.", f"{number}.txt": "A tower."})
        assert lite.verify().sound
        with engine(lite) as opened:
            in_place = state.load(opened, milvus_schema.IndexBuild("qa", 1), number + 1)
            rows = f"kind == {milvus_schema.RowKind.VOCABULARY:d} and {in_place.has_rows}"
            counts.append(opened.count("qa_1_documents", rows))
    assert max(counts) <= 5
    assert counts != sorted(counts)


def test_two_processes_that_write_to_one_server_exclude_each_other(tmp_path: Path, corpus: Path) -> None:
    write(corpus, GATES)
    update = (
        "import sys\nfrom pathlib import Path\nfrom qa.index.backends import backend_of\nfrom qa.index_place import index_place\n"
        "from tests.unit.models import index_model\n"
        "backend = backend_of(index_place(sys.argv[1]))\n"
        "print(backend.update(Path(sys.argv[2]), index_model(), waiting=lambda who: print(who, flush=True)).unchanged)"
    )
    with serving(tmp_path / "data") as (_, address):
        backend = backend_of(index_place(f"{address}/notes"))
        encoder = Held()
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(backend.update, corpus, replace(index_model(), open_encoder=lambda: encoder))
            assert encoder.asked.wait(PATIENCE)
            command = [sys.executable, "-c", update, f"{address}/notes", str(corpus)]
            path = os.pathsep.join(["src", "."])
            with subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
            ) as second:
                assert second.stdout is not None
                assert f"process {os.getpid()}" in second.stdout.readline()
                encoder.go.set()
                assert first.result(PATIENCE).added == tuple(sorted(GATES))
                assert second.stdout.read().strip() == str(len(GATES))
        assert held(backend).keys() == GATES.keys()


def test_a_lease_that_is_not_renewed_is_taken_over_and_its_owner_may_not_publish(
    lite: IndexBackend, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.errors import IndexBusy

    updated(lite, corpus, OLD)
    monkeypatch.setattr(lease, "_LOST_AFTER", 0.0)
    taken_over = threading.Event()
    with engine(lite) as one, engine(lite) as other, leased(one, "qa") as lost:
        lost.check()
        with leased(other, "qa") as new:
            taken_over.set()
            new.check()
            with pytest.raises(IndexBusy):
                lost.check()
    assert held(lite).keys() == OLD.keys()
    assert counted(lite, corpus)[1] == []


def test_a_lease_is_renewed_while_its_writer_works(lite: IndexBackend, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(lease, "_RENEWED_EVERY", 0.01)
    with engine(lite) as one, leased(one, "qa") as own:
        seen: set[tuple[str, ...]] = set()
        while len(seen) < 3:
            seen.add(tuple(one.aliases("qa_writer")))
        own.check()
    with engine(lite) as one:
        assert one.collections() == []


def test_hostile_paths_never_become_part_of_an_expression(lite: IndexBackend, corpus: Path) -> None:
    documents = {
        "' or id > 0 or '.txt": "The first gate.",
        '" or path_key != "".txt': "The second gate.",
        "{x} %_ \\ \n\x1b[2J.txt": "The third gate.",
        "$meta[].txt": "The fourth gate.",
    }
    updated(lite, corpus, documents)
    with closing(lite.open(card())) as reader:
        found = {path: reader.document_text(path) for path, *_ in reader.documents()}
        assert {path: reader.passages_in(path)[0].text for path in found} == found
    assert sorted(found.values()) == sorted(documents.values())
    assert lite.verify().sound


_ASKED_ABOUT = ("contracts", "minutes", "mails")
"""Of the documents of `office`, those that its first questions are about: more passages than are ranked for a question."""


@pytest.mark.parametrize("name", ["article", "office"])
def test_milvus_finds_what_the_index_in_a_folder_finds(lite: IndexBackend, tmp_path: Path, name: str) -> None:
    if name == "article":
        corpus, questions = ARTICLE.parent, list(OF_ARTICLE)
    else:
        folder = SHARED / "asked" / name
        if not folder.exists():
            pytest.skip("../shared/data is not here")
        corpus, questions = tmp_path / "docs", questions_of(folder)[::4]
        for part in _ASKED_ABOUT:
            shutil.copytree(folder / "docs" / part, corpus / part)
    found = compare(corpus, questions, embedded(tmp_path / "index"), lite)
    assert found.same_first >= 0.99 * found.questions, found.different
    assert found.same_list >= 0.95 * found.questions


def test_the_commands_work_with_it(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first two each in a process of its own, as a user's: the next one can open the file."""
    write(corpus, {"party.txt": "The summer party is on 14 June in the garden of the town hall.", **OLD})
    place, other = f"milvus+file:{tmp_path}/x.db", f"milvus+file:{tmp_path}/y.db"
    monkeypatch.chdir(tmp_path)

    def placed(arguments: Sequence[str]) -> list[str]:
        return [*arguments, "--corpus", str(corpus), *(() if "--index" in arguments else ("--index", place))]

    def apart(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "qa", *placed(arguments)], capture_output=True, text=True)

    def qa(*arguments: str) -> tuple[int, str, str]:
        code = run(placed(arguments))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    indexed, asked = apart("index"), apart("ask", "When is the summer party?")
    assert indexed.stdout.startswith("4 added"), indexed.stderr
    assert asked.stdout.startswith("14 June"), asked.stderr
    assert "Traceback" not in indexed.stderr + asked.stderr
    assert "party.txt" in qa("search", "garden")[1]
    (corpus / "party.txt").write_text("The summer party is on 21 June in the garden of the town hall.")
    assert qa("ask", "When is the summer party?")[1].startswith("21 June"), "what has changed is taken in"
    status = json.loads(qa("status", "--json")[1])
    assert (status["index"], status["documents"], status["generation"], status["stale"]) == (place, 4, 2, [])
    assert status["bytes"] > 0
    assert status["vectors"] == "FLAT"
    assert re.search(r"vectors +FLAT\n", qa("status")[1])
    assert re.search(r"passages +4 sound", qa("status", "--verify")[1])
    assert re.match(r"4 added.* 0 encoded", qa("index", "--copy-to", str(tmp_path / "copy"))[1])
    assert re.match(r"4 added.* 0 encoded", qa("index", "--copy-to", other, "--index", str(tmp_path / "copy"))[1])
    assert qa("index", "--repair")[0] == UsageError.exit_code
    assert qa("index", "--remove")[0] == 0
    assert "There is no index" in qa("status")[2]
    for one in (place, other):
        let_go(backend_of(index_place(one)))
