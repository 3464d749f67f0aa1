"""Fewer pauses: the garbage collector holds up the whole process, the screen too, while it looks at all objects.

With the models loaded that is 50 to 100 ms each time (measured, `tests/tui/test_responsive.py`). What is there when the
documents are open stays until the chat is left, and need not be looked at again.
"""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _OLD = 5_000, 20, 20


def spare_the_collector() -> None:
    """Look at nothing again that is there now, and less often at the rest. For a process that is the chat's alone."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
