"""Errors as Problem Details for HTTP APIs (RFC 9457): each has a code of its own, and says what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from qa import errors
from qa.errors import QaError
from qa.web.conversation_database import ConversationsAway, ConversationsUnusable
from qa.web.conversation_store import ConversationUnknown

MEDIA_TYPE = "application/problem+json"
_STATUS: Mapping[type[QaError], tuple[int, str]] = {
    errors.QuestionEmpty: (422, "question-empty"),
    errors.QuestionTooLong: (422, "question-too-long"),
    errors.NothingChosen: (422, "nothing-chosen"),
    errors.CollectionUnknown: (404, "collection-unknown"),
    ConversationUnknown: (404, "conversation-unknown"),
    ConversationsUnusable: (503, "conversations-unavailable"),
    errors.AssistantClosed: (503, "closing"),
    errors.UsageError: (422, "invalid"),
    errors.DocumentUnreadable: (404, "document-unknown"),
    errors.IndexBusy: (503, "unavailable"),
    errors.QaError: (503, "unavailable"),
}
_AWHILE = 30
"""Seconds after which what is wrong with an index may have been mended."""
_SOON = 5
"""Seconds after which a database that was away may be there."""
TITLES = {
    "invalid-json": "The body is not JSON in UTF-8",
    "invalid": "The request is not as it should be",
    "question-empty": "The question is empty",
    "question-too-long": "The question is too long",
    "nothing-chosen": "No document is chosen by the filter",
    "unauthorized": "A token is needed",
    "forbidden": "This is not allowed",
    "wrong-host": "The server is not reached by this name",
    "not-found": "There is nothing here",
    "collection-unknown": "There is no such collection",
    "conversation-unknown": "There is no such conversation",
    "conversations-unavailable": "There are no conversations now",
    "document-unknown": "There is no such document",
    "method-not-allowed": "This method is not allowed here",
    "body-too-large": "The body is too large",
    "timeout": "The request took too long to arrive",
    "unsupported-media-type": "The body must be application/json",
    "too-many-requests": "Too many requests",
    "too-many-conversations": "Too many conversations",
    "overloaded": "The server is busy",
    "indexing": "The documents are being indexed for the first time",
    "unavailable": "The documents cannot be asked now",
    "closing": "The server is ending",
    "internal": "Something went wrong in the server",
}
"""The title of each code."""


class Problem(Exception):
    """What a request gets in place of its result."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        hint: str = "",
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        faults: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """`retry_after` is in seconds; `faults` name the parts of a body that are wrong."""
        super().__init__(status, code, detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint
        self.headers = dict(headers or {})
        self.faults = faults
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def as_dict(self) -> dict[str, Any]:
        """The members of RFC 9457, and `code`, `hint` and `errors`."""
        values: dict[str, Any] = {
            "type": f"/docs#{self.code}",
            "title": TITLES[self.code],
            "status": self.status,
            "code": self.code,
            "detail": self.detail or TITLES[self.code],
        }
        if self.hint:
            values["hint"] = self.hint
        if self.faults:
            values["errors"] = list(self.faults)
        return values

    def response(self) -> Response:
        body = json.dumps(self.as_dict(), ensure_ascii=False).encode("utf-8", "replace")
        return Response(body, self.status, self.headers, MEDIA_TYPE)


def problem_of(error: QaError, *, private: bool) -> Problem:
    """What a client is told of `error`. With `private` nothing of the server's own files is named: the log has that."""
    status, code = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    retry = None
    if status == 503:
        retry = _SOON if isinstance(error, ConversationsAway) else _AWHILE
    if private and status == 503:
        return Problem(status, code, hint="The server's log says why.", retry_after=retry)
    return Problem(status, code, error.what, hint=error.hint, retry_after=retry)
