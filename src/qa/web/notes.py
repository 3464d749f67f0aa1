"""What is said beside a result: which collections did not take part, and why."""

from __future__ import annotations

from collections.abc import Sequence

from qa.hosting.document_service import DocumentService


def notes_of(service: DocumentService, names: Sequence[str], *, private: bool) -> list[str]:
    """Of the collections `names`; with `private` nothing of the server's own files is named."""
    if not private:
        return service.notes(names)
    building, left_out = service.building(names), service.left_out()
    return [
        f"{name} does not take part yet: {building[name]}" if name in building else f"{name} does not take part now."
        for name in names
        if name in building or name in left_out
    ]
