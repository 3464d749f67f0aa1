"""What is asked and with what: question sets and models -> asked sets, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import UsageError
from qa.evaluation.asked.end_to_end import AskedSet, ask_set, opened
from qa.evaluation.asked.protocol import DECISION_FITTED_ON, seen_among
from qa.evaluation.plan import sample
from qa.evaluation.question_sets import QUESTIONS, QuestionSet, SetQuestion
from qa.evaluation.saved import header_of, sha256

if TYPE_CHECKING:
    from qa.index.writing.writer import Progress
    from qa.index_place import IndexPlace
    from qa.settings import Settings

    Watched = Callable[[str, str], AbstractContextManager[Progress | None]]
    """Given what is done (a title) and to what (questions), gives what is told how far that is."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`sets`, of which those named in `seen` are no measure of the models.

    Of each set every `every`th question is asked, or `limit` drawn ones. `index_of` gives the folder where the index of the
    set with that name is kept, None for nowhere. `reader` and `reranker` are folders of models, by default those that ship.
    """

    sets: Sequence[QuestionSet]
    settings: Settings
    seen: frozenset[str] = frozenset()
    every: int = 1
    limit: int | None = None
    index_of: Callable[[str], IndexPlace | None] = lambda name: None
    reader: Path | None = None
    reranker: Path | None = None

    @classmethod
    def of(
        cls, folders: Sequence[Path], settings: Settings, *, seen: Sequence[str] | None = None, **others: Any
    ) -> Benchmark:
        """All sets are loaded before any is asked. `seen` as qa.evaluation.asked.protocol.seen_among takes it.

        Raises FileUnusable for a folder that is no set, UsageError for two sets of one name and for a wrong `seen`.
        """
        sets = [QuestionSet.load(folder) for folder in folders]
        name, count = Counter(one.name for one in sets).most_common(1)[0]
        if count > 1:
            raise UsageError(f"{count} of the sets are called {name!r}.", "Each needs a name of its own.")
        return cls(sets, settings, seen_among(sets, seen), **others)

    def header(self) -> dict[str, Any]:
        """When, what, and with which models and settings."""
        return header_of(
            self.settings,
            reader=self.reader,
            reranker=self.reranker,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            questions_sha256={one.name: sha256(one.folder / QUESTIONS) for one in self.sets},
            seen=sorted(self.seen),
            decision_fitted_on=DECISION_FITTED_ON,
            every=self.every,
            limit=self.limit,
        )

    def run(self, watched: Watched) -> Iterator[AskedSet]:
        """Index and ask one set after the other. Raises as `qa.index.service.update_index` and `Assistant.open`."""
        from qa.index.service import encoder_folder
        from qa.pipeline.models import LoadedModels

        models = LoadedModels(
            encoder_folder(self.settings),
            threads=self.settings.threads,
            reader=self.reader,
            reranker=self.reranker,
        )
        for one in self.sets:
            with ExitStack() as stack:
                with watched(f"Indexing {one.name}", "passages") as indexing:
                    index = self.index_of(one.name)
                    assistant, skipped = stack.enter_context(opened(one, self.settings, models, index, indexing))
                progress = stack.enter_context(watched(f"Asking {one.name}", "questions"))
                seen = one.name in self.seen
                asked = ask_set(one, self.chosen(one), assistant, seen=seen, skipped=skipped, progress=progress)
            yield asked

    def chosen(self, questions: QuestionSet) -> Sequence[SetQuestion]:
        """The questions that are asked, in the order of the file."""
        return sample(questions.questions[:: self.every], self.limit)
