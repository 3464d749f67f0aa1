"""The models of the asking side, loaded in the background while the index is opened."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from qa.inference.encoder import OnnxEncoder
from qa.pipeline.confidence import Calibration
from qa.pipeline.intents import IntentClassifier, shipped_intents_folder
from qa.pipeline.reader import Reader, shipped_reader_folder
from qa.pipeline.reranker import Reranker, shipped_reranker_folder
from qa.pipeline.summary_requests import SummaryRequests


class LoadedModels:
    """Each is waited for when it is first used. A folder that holds no model raises ModelUnusable there."""

    def __init__(
        self,
        encoder: Path,
        *,
        threads: int = 0,
        encoder_threads: int | None = None,
        reader: Path | None = None,
        reranker: Path | None = None,
    ) -> None:
        """`encoder`, `reader` and `reranker` are folders of models, by default those that ship.

        `encoder_threads` are those that one text is encoded by, else `threads`. Where several ask at the same time it should
        be 1: threads that share a text spin while they wait for each other (an ask takes 180 ms of processor time, not 270).

        Raises ModelUnusable when the reader has no calibration, or the weights of summaries are not there.
        """
        reader = reader or shipped_reader_folder()
        self.calibration = Calibration.load(reader)
        self.summary_requests = SummaryRequests.load(shipped_intents_folder())
        # numpy cannot be imported by two threads at once; everything that is loaded from here on needs it.
        import_module("numpy")
        loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qa-load")
        shared = threads if encoder_threads is None else encoder_threads
        self._encoder: Future[OnnxEncoder] = loader.submit(OnnxEncoder, encoder, threads=shared)
        self._intents: Future[IntentClassifier] = loader.submit(
            IntentClassifier, shipped_intents_folder(), threads=shared
        )
        self._reranker: Future[Reranker] = loader.submit(
            Reranker, reranker or shipped_reranker_folder(), threads=threads
        )
        self._reader: Future[Reader] = loader.submit(Reader, reader, threads=threads)
        loader.shutdown(wait=False)

    @property
    def encoder(self) -> OnnxEncoder:
        return self._encoder.result()

    @property
    def intents(self) -> IntentClassifier:
        return self._intents.result()

    @property
    def reranker(self) -> Reranker:
        return self._reranker.result()

    @property
    def reader(self) -> Reader:
        return self._reader.result()
