"""How the commands of this package end: what came in the way is told on stderr, and by the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from qa.errors import QaError
from qa.text.escaping import escape_line

_INTERRUPTED = 130


def exit_code_of(work: Callable[[], object]) -> int:
    """The exit code of a command that does `work`: that of the QaError that ended it, 130 if interrupted, else 0."""
    try:
        work()
    except QaError as error:
        print(escape_line(str(error)), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0
