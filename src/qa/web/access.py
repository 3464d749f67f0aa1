"""Who asks, and what they may: by the token of a request, where tokens are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection

from qa.errors import CollectionUnknown
from qa.hosting.document_service import DocumentService
from qa.tokens import TokensFile
from qa.web.problems import Problem

_SCHEME = "bearer"
_NO_TOKEN = {"WWW-Authenticate": 'Bearer realm="qa"'}
_WRONG_TOKEN = {"WWW-Authenticate": 'Bearer realm="qa", error="invalid_token"'}


@dataclass(frozen=True, slots=True)
class Caller:
    """`owner` is whom conversations belong to, `key` what limits are counted by, `name` what the log has; `collections` None is
    all of them."""

    owner: str
    key: str
    name: str
    collections: frozenset[str] | None = None

    def visible(self, service: DocumentService) -> tuple[str, ...]:
        """The names of the collections that the caller may ask."""
        return tuple(
            one.name for one in service.collections if self.collections is None or one.name in self.collections
        )

    def chosen(self, service: DocumentService, names: Sequence[str] | None) -> tuple[str, ...]:
        """Those that are meant by `names`; the default ones where none is named, or all that the caller may ask where they
        may ask none of these. Raises CollectionUnknown, also for what is there but not for this caller."""
        visible = self.visible(service)
        if names:
            for name in names:
                if name not in visible:
                    raise CollectionUnknown(name, visible)
            return tuple(dict.fromkeys(names))
        found = tuple(name for name in service.default if name in visible) or visible
        if not found:
            raise Problem(403, "forbidden", "This token may ask no collection that is there.")
        return found


class Access(Protocol):
    """Finds the caller of a request."""

    @property
    def private(self) -> bool:
        """Whether callers are others than the owner of this machine, who are told nothing of its files."""
        ...

    def caller(self, request: HTTPConnection) -> Caller:
        """Raises Problem."""
        ...


@dataclass(frozen=True, slots=True)
class OpenAccess:
    """Everybody who reaches the server may ask everything."""

    private: bool

    def caller(self, request: HTTPConnection) -> Caller:
        return Caller("", request.client.host if request.client else "", "-")


@dataclass(frozen=True, slots=True)
class TokenAccess:
    """A request needs `Authorization: Bearer TOKEN`."""

    tokens: TokensFile
    private: bool = True

    def caller(self, request: HTTPConnection) -> Caller:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != _SCHEME or not secret.strip():
            raise Problem(401, "unauthorized", "This server answers those who show a token.", headers=_NO_TOKEN)
        token = self.tokens.named_by(secret.strip())
        if token is None:
            raise Problem(401, "unauthorized", "The token is not known, or was revoked.", headers=_WRONG_TOKEN)
        return Caller(
            token.id, token.id, token.name, None if token.collections is None else frozenset(token.collections)
        )
