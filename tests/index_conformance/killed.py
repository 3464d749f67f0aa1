"""An update that kills its own process at a chosen moment: `python -m tests.index_conformance.killed PLACE CORPUS PHASE STEP`.

PHASE "encoding": when that many texts are encoded. "writing": at the call or return of a function of qa.index that many steps
after the last text was encoded, of all that comes up to the publication and after it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from qa.index.backends import backend_of
from qa.index_place import index_place
from tests.unit.models import RememberingEncoder, index_model


def main(place: str, corpus: str, phase: str, step: str) -> None:
    encoded, steps = 0, count(1)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(frame: Any, event: str, argument: object) -> None:
        if frame.f_globals.get("__name__", "").startswith("qa.index.") and next(steps) == int(step):
            die()

    class Dying(RememberingEncoder):
        def encode(self, texts: Sequence[str]) -> np.ndarray:
            nonlocal encoded
            encoded += len(texts)
            if phase == "encoding" and encoded > int(step):
                die()
            vectors = super().encode(texts)
            if phase == "writing":
                sys.setprofile(watch)
            return vectors

    backend_of(index_place(place)).update(Path(corpus), replace(index_model(), open_encoder=Dying))
    sys.setprofile(None)
    print(f"done in {next(steps) - 1} steps", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
