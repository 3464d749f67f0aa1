"""What qa keeps on this machine, and how it is removed: chats, sessions, indexes, collections, and what `qa serve` keeps.

Nothing is removed that qa did not write: each file is known by its name and by what is in it, links are never followed, and a
folder goes only when it is empty. Documents are not among what qa keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from qa import application_ids
from qa.collections import Collections, CollectionsFile
from qa.conversation.storage import chats, forgetting, sessions
from qa.errors import FileForeign, IndexBusy, QaError
from qa.index.maintenance import removal
from qa.index.overview import IndexSummary, listed_index
from qa.index.writing.lock import Waiting
from qa.locations import (
    corpus_of,
    index_of,
    indexes,
    own_index_of,
    shipped_corpus,
    user_configuration,
    user_data,
    web_conversations,
)
from qa.settings import Settings
from qa.tokens import TokensFile

_SHIPPED = ("shipped", "index")
"""How the path of an index ends that came with an installation of qa."""


class Kind(StrEnum):
    """What is kept, by the option of `qa forget` that removes it."""

    CHATS = "chats"
    SESSIONS = "sessions"
    INDEXES = "indexes"
    COLLECTIONS = "collections"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of qa's, or the folder of an index. `about` says what is in it; `hindrance` why it will not be removed."""

    kind: Kind
    path: Path
    bytes: int
    about: str
    hindrance: QaError | None = None


def kept(settings: Settings) -> list[Kept]:
    """All that is there, in the order of `Kind`.

    Indexes are looked for in the data directory, and beside each folder named `corpus` that a collection, a chat, a session or
    `settings` name. One that was made elsewhere with --index is not known of.
    """
    found = [*_chats(), *_sessions()]
    found += [_index(folder) for folder in sorted(_index_folders(settings))]
    return [*found, *_collections(), *_web()]


def remove(one: Kept) -> int:
    """Take it off the disk; how many bytes were freed. Raises QaError for what is in use, is not qa's or cannot be removed."""
    if one.hindrance is not None:
        raise one.hindrance
    match one.kind:
        case Kind.CHATS:
            freed = forgetting.forget(one.path, application_ids.CHATS)
        case Kind.SESSIONS:
            freed = forgetting.forget(one.path, application_ids.SESSIONS)
        case Kind.WEB if one.path == TokensFile().path:
            freed = TokensFile().forget()
        case Kind.WEB:
            freed = forgetting.forget(one.path, application_ids.WEB_CONVERSATIONS)
        case Kind.COLLECTIONS:
            freed = CollectionsFile(one.path).forget()
        case Kind.INDEXES:
            removal.check_own(one.path)
            freed = removal.delete_files(one.path, _refusing_to_wait(one.path))
    return freed


def remove_empty_folders() -> None:
    """Those of qa itself."""
    for folder in (indexes(), user_data(), user_configuration()):
        with suppress(OSError):
            folder.rmdir()


def foreign_files(folder: Path) -> list[Path]:
    """What lies in the folder of an index and is not qa's."""
    own = set(removal.own_files(folder))
    return sorted(set(folder.iterdir()) - own) if folder.is_dir() and not folder.is_symlink() else []


def _chats() -> Iterator[Kept]:
    file = user_data() / chats.FILE_NAME
    counted = forgetting.rows(file, "SELECT count(*) FROM chats WHERE deleted IS NULL")
    yield from _database(Kind.CHATS, file, application_ids.CHATS, _counted(counted, "chat"))


def _sessions() -> Iterator[Kept]:
    file = user_data() / sessions.FILE_NAME
    counted = forgetting.rows(file, "SELECT count(*) FROM (SELECT DISTINCT corpus, session FROM turns)")
    yield from _database(Kind.SESSIONS, file, application_ids.SESSIONS, _counted(counted, "session"))


def _database(kind: Kind, file: Path, own: int, about: str) -> Iterator[Kept]:
    if not file.exists() and not file.is_symlink():
        return
    try:
        forgetting.check_own(file, own)
    except FileForeign as error:
        yield Kept(kind, file, file.lstat().st_size, "", error)
        return
    yield Kept(kind, file, sum(one.stat().st_size for one in forgetting.files(file)), about)


def _counted(rows: list[tuple[str | int, ...]], thing: str) -> str:
    number = rows[0][0] if rows else 0
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _collections() -> Iterator[Kept]:
    file = CollectionsFile().path
    yield from _text_file(Kind.COLLECTIONS, file, lambda: ", ".join(one.name for one in Collections.load(file)))


def _web() -> Iterator[Kept]:
    """The conversations of `qa serve`, and the tokens of its callers."""
    file = web_conversations()
    counted = forgetting.rows(file, "SELECT count(*) FROM conversations")
    yield from _database(Kind.WEB, file, application_ids.WEB_CONVERSATIONS, _counted(counted, "conversation"))
    tokens = TokensFile()
    yield from _text_file(Kind.WEB, tokens.path, lambda: _counted([(len(tokens.all()),)], "token"))


def _text_file(kind: Kind, file: Path, about: Callable[[], str]) -> Iterator[Kept]:
    """`about` reads the file: what it cannot read, or what is a link, is not qa's to remove."""
    if file.is_symlink():
        yield Kept(kind, file, file.lstat().st_size, "", FileForeign(file, "it is a link, which qa did not make"))
        return
    if not file.exists():
        return
    size = file.lstat().st_size
    try:
        yield Kept(kind, file, size, about())
    except QaError as unusable:
        yield Kept(kind, file, size, "", unusable)


def _index(folder: Path) -> Kept:
    size = sum(file.lstat().st_size for file in removal.files(folder)) if not folder.is_symlink() else 0
    hindrance = _hindrance(folder)
    if hindrance is not None:
        return Kept(Kind.INDEXES, folder, size, "", hindrance)
    return Kept(Kind.INDEXES, folder, size, _described(listed_index(folder)))


def _described(one: IndexSummary) -> str:
    if one.corpus is None:
        return ""
    gone = "" if one.there else " (not there any more)"
    return f"{one.corpus}{gone}"


def _hindrance(folder: Path) -> QaError | None:
    """What speaks against removing the index at `folder`."""
    link = removal.link_in(folder)
    if link is not None:
        return FileForeign(link, "it is a link, which qa did not make")
    try:
        removal.check_own(folder)
    except QaError as error:
        return error
    return None


def _index_folders(settings: Settings) -> set[Path]:
    ships = index_of(Settings(), shipped_corpus())
    own = {folder for folder in _folders_in(indexes()) if _has_files(folder) or folder.is_symlink()}
    beside = {folder for folder in _beside(settings) if folder != ships and folder.parts[-2:] != _SHIPPED}
    return own | {folder for folder in beside - own if removal.bears_mark(folder)}


def _has_files(folder: Path) -> bool:
    """Of an index, or of an indexing that failed: it leaves a lock."""
    return any(removal.own_files(folder))


def _folders_in(root: Path) -> list[Path]:
    try:
        return [place for place in root.iterdir() if place.is_dir()]
    except OSError:
        return []


def _beside(settings: Settings) -> Iterator[Path]:
    """Where indexes would lie of what `settings`, the collections, the chats and the sessions name, if not in the data
    directory."""
    own = index_of(settings, corpus_of(settings))
    if isinstance(own, Path):
        yield own
    for corpus in _named_corpora():
        if corpus.name == "corpus":
            yield own_index_of(corpus)


def _named_corpora() -> Iterator[Path]:
    with suppress(QaError):
        yield from (one.folder for one in Collections.load())
    data = user_data()
    yield from _paths(forgetting.rows(data / chats.FILE_NAME, "SELECT DISTINCT corpus FROM chats"))
    yield from _paths(forgetting.rows(data / sessions.FILE_NAME, "SELECT DISTINCT corpus FROM turns"))


def _paths(rows: Iterable[tuple[str | int, ...]]) -> Iterator[Path]:
    yield from (Path(str(row[0])) for row in rows if "\0" not in str(row[0]) and "://" not in str(row[0]))


def _refusing_to_wait(folder: Path) -> Waiting:
    """An index that is being written stays."""

    def refuse(holder: str) -> NoReturn:
        raise IndexBusy(folder)

    return refuse
