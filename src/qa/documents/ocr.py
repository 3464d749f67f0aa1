"""Text in pictures of pages, by Tesseract (Smith 2007, doi:10.1109/ICDAR.2007.4376991) where the system has it.

It is asked through pipes, in the worker process, and so can write no file. RapidOCR, which pip could install, runs English
words together: its models are made for Chinese.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PROGRAM = "tesseract"
_PAGE_SECONDS = 120.0


def is_available() -> bool:
    """Whether Tesseract is installed."""
    return shutil.which(_PROGRAM) is not None


def text_in(picture: NDArray[np.uint8]) -> str:
    """What is written in `picture` (shape (height, width, 3), red first), "" where nothing can be read."""
    height, width, _ = picture.shape
    header = f"P6 {width} {height} 255\n".encode()
    # One thread is as quick as four on a page, and leaves the others to the machine.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - no word of it comes from outside
            [shutil.which(_PROGRAM) or _PROGRAM, "stdin", "stdout"],
            input=header + picture.tobytes(),
            capture_output=True,
            env=environment,
            timeout=_PAGE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").replace("\x0c", "").strip()
