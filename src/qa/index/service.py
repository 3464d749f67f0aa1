"""Writes, checks and mends the index that settings name; the asking side is `qa.assistant`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from qa.errors import ModelUnusable, QaError, UsageError
from qa.index.backends import backend_of
from qa.index.copying import encoded_in
from qa.index.writing.execution import Executor, InThisProcess
from qa.index.writing.writer import IndexModel, Progress, UpdateOptions, UpdateReport, Waiting
from qa.index_place import IndexPlace
from qa.inference.encoder import (
    CARD_NAME,
    Encoder,
    ModelCard,
    ParallelEncoder,
    SentenceTransformerEncoder,
    passage_tokenizer,
    shipped_encoder_folder,
)
from qa.locations import corpus_of, expanded, index_of, indexes, shipped_corpus
from qa.settings import Settings
from qa.text.passages import Splitter

if TYPE_CHECKING:
    from qa.index.backend import CorpusIndex
    from qa.index.maintenance.repair import RepairReport
    from qa.index.maintenance.verify import Verification
    from qa.index.overview import IndexSummary


def update_index(settings: Settings, **options: Unpack[UpdateOptions]) -> UpdateReport:
    """Bring the index that `settings` name up to date with its corpus, or make it anew. Raises as `Indexer.update`."""
    return Indexer(settings).update(**options)


class Indexer:
    """Writes the index that `settings` name, as often as one likes: the encoder is loaded once, when it is first needed."""

    def __init__(self, settings: Settings, executor: Executor | None = None) -> None:
        """`executor` cuts files and encodes texts; else this process does. Raises ModelUnusable."""
        self._settings = settings
        self.corpus = corpus_of(settings)
        self._backend = backend_of(index_of(settings, self.corpus), settings.milvus_index)
        self.place = self._backend.place
        card = ModelCard.load(encoder_folder(settings))
        self._model = IndexModel(
            card,
            Splitter(passage_tokenizer()),
            cache(lambda: passage_encoder(settings, card)),
            executor or InThisProcess(),
        )

    def update(self, **options: Unpack[UpdateOptions]) -> UpdateReport:
        """Bring the index up to date with the corpus or make it anew; after whoever writes it now.

        Raises as `qa.documents.sources`, CorpusEmpty, IndexNotWritable, IndexOfOtherProgram, ModelUnusable and, without
        `rebuild`, IndexDamaged, IndexForeign, IndexOfOtherCorpus and (without `allow_empty`) CorpusEmptied.
        """
        with naming_places(self._settings):
            return self._backend.update(self.corpus, self._model, **options)

    def open(self) -> CorpusIndex:
        """Opens an index for reading. Raises what `qa.index.backend.IndexBackend.open` raises."""
        return self._backend.open(self._model.card)

    def repair(self, *, progress: Progress | None = None, waiting: Waiting | None = None) -> RepairReport:
        """Mend the index from what is left of it; the documents themselves are not needed.

        Raises IndexMissing, IndexBeyondRepair, IndexForeign, IndexOfOtherProgram, IndexNotWritable, ModelUnusable.
        """
        with naming_places(self._settings):
            return self._backend.repair(self.corpus, self._model, progress=progress, waiting=waiting)


def copy_index(
    settings: Settings, target: IndexPlace, *, progress: Progress | None = None, waiting: Waiting | None = None
) -> UpdateReport:
    """Make an index at `target` of the documents that `settings` name, or bring it up to date; of what the index that they name
    has encoded nothing is encoded again, and that one stays as it is.

    The same files are taken. Raises as `Indexer.update`, and IndexMissing, IndexOfOtherModel, UsageError.
    """
    source = Indexer(settings)
    if source.place == target:
        raise UsageError(f"The index lies at {target} already.", "Name another place: qa index --copy-to PLACE")
    with naming_places(settings), closing(source.open()) as index:
        index.check_belongs_to(source.corpus)
        encoded, choice = encoded_in(index), index.memory().choice
    copy = Indexer(replace(settings, index=target))
    return copy.update(encoded=encoded, choice=choice, progress=progress, waiting=waiting)


def verify_index(settings: Settings) -> Verification:
    """Check everything in the index that `settings` name. Raises IndexMissing, IndexForeign, IndexOfOtherProgram."""
    with naming_places(settings):
        return backend_of(index_of(settings, corpus_of(settings))).verify()


def remove_index(settings: Settings, waiting: Waiting | None = None) -> tuple[IndexPlace, int]:
    """Remove the index that `settings` name, never its documents: where it lay, and how many bytes were freed.

    Raises UsageError for the one that ships, IndexMissing, IndexOfOtherProgram, IndexNotWritable.
    """
    corpus = corpus_of(settings)
    folder = index_of(settings, corpus)
    if folder == index_of(Settings(), shipped_corpus()):
        raise UsageError(
            f"The index at {folder} belongs to the article that ships.", "Name a folder: qa index --remove PATH"
        )
    with naming_places(settings):
        return folder, backend_of(folder).remove(waiting)


def all_indexes() -> list[IndexSummary]:
    """The indexes in the user's data directory, where all lie that are not beside a folder named `corpus`."""
    from qa.index.overview import listed

    return listed(indexes())


@contextmanager
def naming_places(settings: Settings) -> Iterator[None]:
    """Commands in the hints of errors name the corpus and the index that `settings` name."""
    try:
        yield
    except QaError as error:
        error.with_places(settings.corpus, settings.index)
        raise


def has_index(settings: Settings) -> bool:
    """Whether there is something at the place where the index lies that `settings` name."""
    return backend_of(index_of(settings, corpus_of(settings))).exists()


def passage_encoder(settings: Settings, card: ModelCard) -> Encoder:
    """What encodes passages. Raises ModelUnusable."""
    if not settings.full_precision:
        return ParallelEncoder(encoder_folder(settings), threads=settings.threads)
    encoder = SentenceTransformerEncoder(card.model_id)
    if encoder.card.fingerprint != card.fingerprint:
        raise ModelUnusable(card.model_id, "its weights are not those that the question encoder was exported from")
    return encoder


def encoder_folder(settings: Settings) -> Path:
    """The folder of the question encoder that `settings` mean. Raises ModelUnusable where they name one that is none."""
    if settings.encoder is None:
        return shipped_encoder_folder()
    folder = expanded(settings.encoder)
    if not (folder / CARD_NAME).is_file():
        raise ModelUnusable(
            folder,
            f"it holds no {CARD_NAME}",
            "QA_ENCODER names it; python -m qa.training.encoder.export_encoder makes such a folder.",
        )
    return folder
