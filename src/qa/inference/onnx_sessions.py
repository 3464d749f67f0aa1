"""Opens ONNX Runtime sessions and tokenizers: the only place that knows their options."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from qa.errors import ModelUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

_COLUMNS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""Inputs of a graph, and what a tokenizer calls them."""
_EXACT_PRODUCTS = "session.x64quantprecision"
"""Older processors (AVX2 without VNNI) cut sums of two products of bytes off at 16 bits when one factor is signed. With this,
the runtime turns signed weights into unsigned ones there as it opens a session, and every processor gives the same scores.
Without it, cosines of the shipped encoder to float32 are 0.9936 on paragraphs instead of 0.9983; it costs 0.1 s a process."""


def silent_onnxruntime() -> ModuleType:
    """The module `onnxruntime`, with its telemetry off.

    From 1.29 on its Linux builds, too, report every session to Microsoft unless this variable is set before the import
    (https://github.com/microsoft/onnxruntime/pull/27379); calling `disable_telemetry_events` afterwards comes too late to
    keep it from writing a device id into the user's home, and stands here for a host that has imported it already.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return cast(ModuleType, onnxruntime)


def open_session(path: Path, *, threads: int = 0) -> InferenceSession:
    """A CPU session for the model at `path`; `threads` 0 takes one per physical core, and never more than there are cores.

    More cannot help: they wait for each other in turns on the same cores, and spin while they wait.

    The shipped graphs are optimised when they are exported, so that opening one does no more than read it.
    Raises ModelUnusable when the file is missing or no model.
    """
    onnxruntime = silent_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(threads, os.cpu_count() or 1)
    options.log_severity_level = 4
    options.add_session_config_entry(_EXACT_PRODUCTS, "1")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own kinds, which share no base but Exception
        raise ModelUnusable(path, str(error).splitlines()[0]) from error


def inputs_of(session: InferenceSession, path: Path) -> tuple[str, ...]:
    """What the graph at `path` asks for. Raises ModelUnusable when a tokenizer does not give it."""
    names = tuple(one.name for one in session.get_inputs())
    if unknown := set(names) - set(_COLUMNS):
        raise ModelUnusable(path, f"it asks for {', '.join(sorted(unknown))}, which a tokenizer does not give")
    return names


def feed(names: Sequence[str], encoding: Encoding) -> dict[str, NDArray[np.int64]]:
    """The inputs `names` for a run of one text, each of shape (1, length)."""
    import numpy as np

    return {name: np.array([getattr(encoding, _COLUMNS[name])], dtype=np.int64) for name in names}


def softmax(logits: Sequence[float]) -> list[float]:
    """Probabilities that add up to 1, in the order of `logits`."""
    chances = [math.exp(logit - max(logits)) for logit in logits]
    return [chance / sum(chances) for chance in chances]


def runs_beside_each_other(threads: int, name: str) -> ThreadPoolExecutor:
    """For runs of one thread each: so many at a time, 0 for one a core and never more."""
    cores = os.cpu_count() or 1
    return ThreadPoolExecutor(min(threads or cores, cores), thread_name_prefix=name)


def open_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer at `path`, with its own truncation and padding off: the caller sets what it can read.

    Raises ModelUnusable when the file is missing or no tokenizer.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelUnusable(path, str(error)) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class QuestionLimit:
    """Cuts questions off after `most` tokens. Safe to use from several threads."""

    def __init__(self, tokenizer: Path, most: int) -> None:
        self._path = tokenizer
        self._most = most
        self._lock = threading.Lock()
        self._tokenizer: Tokenizer | None = None

    def __call__(self, question: str) -> str:
        """Raises ModelUnusable."""
        # A token has one character at least: most questions are short enough without counting.
        return question if len(question) <= self._most else first_tokens(self._opened(), question, self._most)

    def _opened(self) -> Tokenizer:
        """When the first long question is asked: it takes 20 ms."""
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = open_tokenizer(self._path)
            return self._tokenizer


def first_tokens(tokenizer: Tokenizer, text: str, most: int) -> str:
    """`text` up to its token number `most`; all of it where it has no more. The tokenizer's truncation must be off."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return text if len(encoding.ids) <= most else text[: encoding.offsets[most - 1][1]]
