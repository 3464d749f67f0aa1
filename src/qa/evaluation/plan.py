"""What is asked and over what: a file of rows -> a Plan, which opens the right Assistant and asks them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from qa.errors import UsageError
from qa.evaluation.outcome import Outcome
from qa.evaluation.question_errors import RowMalformed
from qa.evaluation.run_questions import ProgressCallback, Way, ask_all
from qa.evaluation.saved import header_of, sha256
from qa.evaluation.squad_rows import Gold, Row, read_rows

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.index.writing.writer import Progress as Indexing
    from qa.settings import Settings

SEED = 0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """`rows` are those of `held` rows in `file` that are asked; `contexts` maps all contexts to their documents' paths."""

    file: Path
    rows: Sequence[Row]
    held: int
    way: Way
    contexts: Mapping[str, str]
    settings: Settings

    @classmethod
    def of(
        cls,
        file: Path,
        settings: Settings,
        *,
        given_passage: bool = False,
        over_corpus: bool = False,
        limit: int | None,
    ) -> Plan:
        """`over_corpus`: the user named a corpus, so the rows' contexts are not used.

        A sample keeps all contexts, so that finding the right one is as hard as with all rows.
        Raises UsageError, FileUnusable, RowMalformed.
        """
        rows = read_rows(file)
        way = _way(file, rows, given_passage=given_passage, over_corpus=over_corpus)
        if way is Way.CORPUS:
            rows = [_without_context(row) for row in rows]
        contexts = dict.fromkeys(row.context for row in rows if row.context is not None)
        return cls(
            file=file,
            rows=sample(rows, limit),
            held=len(rows),
            way=way,
            contexts={context: f"{number:06}.txt" for number, context in enumerate(contexts, 1)},
            settings=settings,
        )

    @property
    def retrieves(self) -> bool:
        return self.way is not Way.GIVEN

    def header(self) -> dict[str, Any]:
        """The first line of a saved run: what was asked, how, and with which models."""
        from qa.locations import corpus_of

        return header_of(
            self.settings,
            file=self.file.name,
            sha256=sha256(self.file),
            questions=len(self.rows),
            questions_in_file=self.held,
            seed=SEED,
            way=str(self.way),
            contexts=len(self.contexts) if self.way is Way.CONTEXTS else None,
            corpus=str(corpus_of(self.settings)) if self.way is Way.CORPUS else None,
        )

    def outcomes(self, assistant: Assistant, progress: ProgressCallback | None = None) -> Iterator[Outcome]:
        """Ask all rows, in order. Raises RowMalformed for one that cannot be asked or names no document of the corpus."""
        if self.way is Way.CORPUS:
            self._check_paths(assistant)
        return ask_all(self.file, self.rows, assistant, self.way, right_path=self._right_path, progress=progress)

    @contextmanager
    def assistant(self, indexing: Indexing | None = None) -> Iterator[Assistant]:
        """Opened over the user's corpus, or over a temporary one in which each context is a document."""
        from qa.assistant import Assistant

        if self.way is Way.CORPUS:
            with Assistant.open(settings=self.settings, progress=indexing) as assistant:
                yield assistant
            return
        with tempfile.TemporaryDirectory(prefix="qa-eval-") as scratch:
            corpus = Path(scratch, "corpus")
            corpus.mkdir()
            for context, path in self.contexts.items():
                (corpus / path).write_bytes(context.encode("utf-8"))
                if self.way is Way.GIVEN:
                    break  # nothing is retrieved, but there is no Assistant without a corpus
            settings = replace(self.settings, corpus=corpus, index=Path(scratch, "index"))
            with Assistant.open(settings=settings, progress=indexing) as assistant:
                yield assistant

    def _right_path(self, row: Row) -> str | None:
        return row.path if row.context is None else self.contexts[row.context]

    def _check_paths(self, assistant: Assistant) -> None:
        for path, row in {row.path: row for row in reversed(self.rows) if row.path is not None}.items():
            try:
                assistant.document_text(path)
            except KeyError as error:
                raise RowMalformed(self.file, row.place, f'the corpus holds no document "{path}"') from error


def _way(file: Path, rows: Sequence[Row], *, given_passage: bool, over_corpus: bool) -> Way:
    if given_passage and over_corpus:
        raise UsageError("--given-passage reads the rows' own contexts.", "Leave out --corpus and --index.")
    if over_corpus or (not given_passage and all(row.context is None for row in rows)):
        return Way.CORPUS
    for row in rows:
        if row.context is None:
            raise RowMalformed(file, row.place, "this row has no context, though others do or --given-passage needs it")
    return Way.GIVEN if given_passage else Way.CONTEXTS


def _without_context(row: Row) -> Row:
    """Places in a context say nothing about places in the corpus."""
    if row.context is None:
        return row
    return replace(row, context=None, golds=tuple(Gold(gold.text) for gold in row.golds))


def sample(rows: Sequence[T], limit: int | None) -> Sequence[T]:
    """All `rows`, or `limit` of them: drawn with a fixed seed, in the order of the file."""
    if limit is None or limit >= len(rows):
        return rows
    return [rows[place] for place in sorted(Random(SEED).sample(range(len(rows)), limit))]  # noqa: S311 - no secret
