"""The errors that users see. Each says what happened, where, and what to do about it.

Everything a user can cause is a `QaError`; the command line prints it as one line and exits with its `exit_code`
(2 wrong use, 3 something is wrong with the corpus, the index or a model). Anything else is a defect.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.corpus_place import BucketAddress, CorpusPlace
    from qa.index_place import IndexPlace

_PLACES = "{places}"
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class QaError(Exception):
    """Base of all errors for users: `what` happened and `hint`, what to do.

    Where a hint names a command, `{places}` stands for the corpus and the index that the call was given (`with_places`).
    """

    exit_code = 3

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self._hint = hint
        self._places = ""

    @property
    def hint(self) -> str:
        return self._hint.replace(_PLACES, self._places)

    def with_places(self, corpus: CorpusPlace | None, index: IndexPlace | None) -> None:
        """Let the command in the hint mean these places; what is None was not given and need not be repeated."""
        given = {"--corpus": corpus, "--index": index}
        words = [word for option, place in given.items() if place is not None for word in (option, str(place))]
        self._places = f" {shlex.join(words)}" if words else ""

    def with_collection(self, name: str) -> None:
        """As `with_places`: let the command in the hint mean the collection `name`."""
        self._places = f" -c {shlex.quote(name)}"

    @property
    def code(self) -> str:
        """The name of the class, as programs read it: "index_missing". It does not change from version to version."""
        name = type(self).__name__
        return "error" if type(self) is QaError else _CAPITAL.sub("_", name).lower()

    def as_dict(self) -> dict[str, str]:
        """What stands under "error" in JSON."""
        return {"code": self.code, "message": self.what, "hint": self.hint}

    def __str__(self) -> str:
        return f"{self.what} {self.hint}".rstrip()


class UsageError(QaError):
    """The call itself is wrong: nothing was read or written."""

    exit_code = 2


class QuestionEmpty(UsageError):
    def __init__(self) -> None:
        super().__init__(
            "The question is empty: it has no words.",
            'Ask something, for example: qa ask "When is the summer party?"',
        )


class QuestionTooLong(UsageError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"The question has {length:,} characters; at most {limit:,} can be read.",
            "Shorten it, or put the text into the corpus and ask about it.",
        )


class AssistantClosed(UsageError):
    def __init__(self) -> None:
        super().__init__("This Assistant is closed.", "Open another one with Assistant.open().")


_DATES = "Dates are compared with the last change of each file."


class NothingChosen(UsageError):
    """No document passes the filter, so that nothing can be asked. `chosen_by` is the filter as it writes itself."""

    def __init__(self, chosen_by: str, documents: int, paths: str = "on paths as citations show them") -> None:
        hints = {
            "path": f"Patterns are those of .gitignore, {paths}.",
            "after": _DATES,
            "before": _DATES,
        }
        kinds = (given.partition(" ")[0] for given in chosen_by.split("; "))
        super().__init__(
            f"None of the {documents:,} documents is chosen by the filter ({chosen_by}).",
            " ".join(dict.fromkeys(hints[kind] for kind in kinds if kind in hints)),
        )


class CorpusMissing(QaError):
    def __init__(self, corpus: Path) -> None:
        super().__init__(f"There is no corpus at {corpus}.", "Name a folder or file with --corpus or QA_CORPUS.")


class CorpusEmpty(QaError):
    def __init__(self, corpus: CorpusPlace, skipped: int = 0) -> None:
        found = f"none of its {skipped} files could be read" if skipped else "it holds no files"
        super().__init__(
            f"Nothing to index in {corpus}: {found}.",
            "Put documents there: text, Markdown, PDF, Word, HTML and others.",
        )


class CorpusEmptied(QaError):
    """Nothing of what is indexed is there any more: more often a disk that is not mounted than a wish."""

    def __init__(self, corpus: CorpusPlace, documents: int) -> None:
        were = "The document that was" if documents == 1 else f"All {documents:,} documents that were"
        super().__init__(
            f"{were} indexed from {corpus} {'is' if documents == 1 else 'are'} gone; the index is left as it is.",
            "Is a disk not mounted? If they are meant to be gone: qa index --allow-empty{places}",
        )


class StorageUnavailable(QaError):
    """The documents of a bucket cannot be had now. What was made of some of them is not lost."""


class BucketMissing(StorageUnavailable):
    def __init__(self, address: BucketAddress) -> None:
        super().__init__(
            f"There is no bucket {address.bucket} for {address}.",
            "See that its name is right, and AWS_ENDPOINT_URL if it is not with Amazon.",
        )


class StorageClientMissing(QaError):
    """The packages that object storage needs are not installed."""

    def __init__(self, address: BucketAddress, extra: str) -> None:
        super().__init__(
            f"Documents at {address} need a client for object storage, which is not installed.",
            f"pip install 'qa[{extra}]'",
        )


class StorageRefused(StorageUnavailable):
    """The storage does not let the caller in, or no credentials were found."""

    def __init__(self, address: BucketAddress, detail: str) -> None:
        super().__init__(
            f"Access to {address} is refused ({detail}).",
            "Give credentials in the environment, as docs/object-storage.md says; they need to list and to read.",
        )


class StorageUnreachable(StorageUnavailable):
    """The storage does not answer, or with an error that is no document's."""

    def __init__(self, address: BucketAddress, detail: str) -> None:
        super().__init__(
            f"{address} cannot be reached ({detail}).", "Try again later; qa index then goes on from what is done."
        )


class CorpusUnwatchable(QaError):
    def __init__(self, corpus: CorpusPlace, detail: str) -> None:
        super().__init__(
            f"{corpus} cannot be watched ({detail}).", "Run qa index from time to time instead, for example with cron."
        )


class CollectionsUnusable(QaError):
    """The file of the collections holds what cannot be, or cannot be read or written. `detail` stands without the file."""

    def __init__(self, file: Path, detail: str, hint: str) -> None:
        super().__init__(f"The collections in {file} cannot be used ({detail}).", hint)
        self.detail = detail


class CollectionUnknown(UsageError):
    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no collection {name}.",
            f"There are {', '.join(known)}." if known else f"Add it with: qa collections add {name} FOLDER",
        )


class CollectionAway(QaError):
    """There is neither the folder of a collection nor an index of it."""

    def __init__(self, name: str, folder: IndexPlace) -> None:
        forget = shlex.join(["qa", "collections", "remove", name])
        super().__init__(f"There is no folder at {folder}.", f"Is a disk not mounted? To forget it: {forget}")


class CollectionsAway(QaError):
    """None of the collections that are asked can be."""

    def __init__(self, reasons: Mapping[str, QaError]) -> None:
        each = " ".join(f"{name}: {error}" for name, error in reasons.items())
        super().__init__(f"None of the {len(reasons)} collections can be asked.", each)


class DocumentUnreadable(QaError):
    """One file cannot be read; an index build skips it and names it. `reason` stands without the path."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}.")
        self.path = path
        self.reason = reason


class DocumentUnreachable(DocumentUnreadable):
    """The file system does not give the file now; that may change without the file changing."""


class IndexMissing(QaError):
    def __init__(self, folder: IndexPlace) -> None:
        super().__init__(f"There is no index at {folder}.", "Build it with: qa index{places}")


class IndexDamaged(QaError):
    def __init__(self, folder: IndexPlace, detail: str) -> None:
        mend = "Mend it with: qa index --repair{places} (or --rebuild, to make it anew from the documents)."
        anew = "Make it anew from the documents with: qa index --rebuild{places}"
        super().__init__(f"The index at {folder} is damaged ({detail}).", mend if isinstance(folder, Path) else anew)
        self.detail = detail


class IndexBeyondRepair(QaError):
    def __init__(self, folder: IndexPlace) -> None:
        super().__init__(
            f"Nothing of the index at {folder} can be read any more, so it cannot be mended; it is left as it is.",
            "Make it anew from the documents with: qa index --rebuild{places}",
        )


class IndexOfOtherCorpus(QaError):
    """The index was made of other documents: asked about these, it would answer from those."""

    def __init__(self, folder: IndexPlace, made_of: str, corpus: CorpusPlace) -> None:
        super().__init__(
            f"The index at {folder} was made of the documents at {made_of}, not of those at {corpus}.",
            "Choose another place with --index or QA_INDEX, or replace that index with: qa index --rebuild{places}",
        )


class IndexOfOtherProgram(QaError):
    """The database belongs to another program: it is neither read nor replaced."""

    def __init__(self, folder: IndexPlace) -> None:
        super().__init__(
            f"The database in {folder} is another program's.", "Choose another place with --index or QA_INDEX."
        )


class IndexForeign(QaError):
    """The database is an index of a version of this program that this one cannot read."""

    def __init__(self, folder: IndexPlace, detail: str) -> None:
        super().__init__(
            f"{folder} does not hold an index that this version of qa can read ({detail}).",
            "Build one with: qa index --rebuild{places}",
        )


class IndexOutdated(IndexForeign):
    """The database is an index of an earlier version: the next `qa index` makes it anew."""


class IndexOfOtherModel(QaError):
    def __init__(self, folder: IndexPlace, made_with: str, asked_with: str) -> None:
        super().__init__(
            f"The index at {folder} was made with the model {made_with}, but this qa asks with {asked_with}.",
            "Build it anew with: qa index --rebuild{places}",
        )


class IndexNotWritable(QaError):
    def __init__(self, folder: IndexPlace, detail: str) -> None:
        super().__init__(
            f"The index at {folder} cannot be written ({detail}).",
            "Choose another place with --index or QA_INDEX.",
        )


class IndexBusy(QaError):
    def __init__(self, folder: IndexPlace) -> None:
        super().__init__(f"Another qa is writing the index at {folder}.", "Try again when it is done.")


class EngineUnreachable(QaError):
    """The database engine that holds the index does not answer."""

    def __init__(self, place: IndexPlace, detail: str) -> None:
        super().__init__(
            f"The index at {place} cannot be reached ({detail}).",
            "See that the engine runs and the address is right, and try again.",
        )


class EngineFileBusy(QaError):
    """Milvus Lite lets one process open a file."""

    def __init__(self, place: IndexPlace) -> None:
        super().__init__(
            f"Another process has the index at {place} open, and Milvus Lite serves one process at a time.",
            "End the other one, or use a Milvus server: milvus://HOST:PORT/NAME",
        )


class EngineRefused(QaError):
    """The engine does not let the caller in."""

    def __init__(self, place: IndexPlace) -> None:
        super().__init__(
            f"The engine refuses access to the index at {place}.",
            "Put the right credentials (USER:PASSWORD, or a token) into QA_MILVUS_TOKEN.",
        )


class EngineFailed(QaError):
    """The engine answers with an error."""

    def __init__(self, place: IndexPlace, detail: str) -> None:
        super().__init__(
            f"The engine that holds the index at {place} reports an error ({detail}).",
            "See what its own log says; nothing of the index was changed that was not complete.",
        )


class EngineLacksIndex(UsageError):
    """The engine does not make an index of the kind that the user chose."""

    def __init__(self, place: IndexPlace, engine: str, kind: str, kinds: str) -> None:
        super().__init__(
            f"{engine}, which holds the index at {place}, makes no {kind}.",
            f"Set QA_MILVUS_INDEX to one of {kinds}, or use a Milvus server: milvus://HOST:PORT/NAME",
        )


class EngineMissing(QaError):
    """The packages that an engine needs are not installed."""

    def __init__(self, place: IndexPlace) -> None:
        super().__init__(f"The index at {place} needs Milvus, which is not installed.", "pip install 'qa[milvus]'")


class RayMissing(QaError):
    def __init__(self) -> None:
        super().__init__("Indexing on a cluster needs Ray, which is not installed.", "pip install 'qa[ray]'")


class ClusterUnreachable(QaError):
    """The Ray cluster does not answer, or does not take this process."""

    def __init__(self, address: str, detail: str) -> None:
        super().__init__(
            f"The Ray cluster at {address} cannot be reached ({detail}).",
            "See that it runs (ray status) and the address is right; 'local' starts one on this machine.",
        )


class ClusterTooSmall(QaError):
    """No node can run a task: it would wait for ever."""

    def __init__(self, address: str, megabytes: int) -> None:
        super().__init__(
            f"No node of the Ray cluster at {address} has a processor and {megabytes:,} MB of memory for a task.",
            "Add one, or let a file take less memory with QA_RAY_TASK_MEMORY.",
        )


class ClusterDiffers(QaError):
    def __init__(self, node: str) -> None:
        super().__init__(
            f"The node {node} of the Ray cluster has another version of qa or another encoder.",
            "Install the same version on every node, and let QA_ENCODER name a folder that all nodes see.",
        )


class ClusterFailed(QaError):
    """The work of a node ended in an error that is no document's."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The Ray cluster reports an error ({detail}).",
            "See that qa is installed on every node, and what Ray's logs say. The index is as it was.",
        )


class CorpusNotShared(QaError):
    """The nodes of a cluster read documents where this process found them."""

    def __init__(self, corpus: CorpusPlace, node: str, error: str = "") -> None:
        """`error`: what the node says of object storage."""
        super().__init__(
            f"The node {node} of the Ray cluster does not see {corpus}{f' ({error})' if error else ''}.",
            "Every node needs the extra and the credentials for it."
            if error
            else "Put the documents where every node sees them at the same path, for example on NFS.",
        )


class NotForEngines(UsageError):
    def __init__(self, what: str, place: IndexPlace) -> None:
        super().__init__(
            f"{what} is not there for an index at {place}.", "Make it anew with: qa index --rebuild{places}"
        )


class ChecksumsUnavailable(QaError):
    """The SQLite extension that checks the pages of the database lacks in this installation of apsw."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The index cannot be read safely ({detail}).", "Install apsw as PyPI has it: pip install apsw"
        )


class SessionsUnusable(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(
            f"The sessions in {file} cannot be used ({detail}).", "Move the file away: sessions then begin anew."
        )


class FileInUse(QaError):
    """Another process holds the lock of a file that is to be removed."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"Another qa is writing {file}.", "Try again when it is done.")


class FileForeign(QaError):
    """What lies at a place of qa's was not written by qa, and is never removed."""

    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(f"{file} stays: {detail}.", "Remove it by hand if it is not wanted.")
        self.detail = detail


class FileNotRemovable(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(f"{file} cannot be removed ({detail}).", "See that you may write in its folder.")


class SystemRefused(QaError):
    """What the operating system refuses without a better name here: a name too long, a folder closed, a disk full."""

    def __init__(self, error: OSError) -> None:
        where = error.filename or "The output"
        super().__init__(f"{where}: {(error.strerror or str(error)).lower()}.")


class ModelUnusable(QaError):
    def __init__(self, path: Path | str, detail: str, hint: str = "Install qa again.") -> None:
        super().__init__(f"The model at {path} cannot be used ({detail}).", hint)


class ChatsDamaged(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(
            f"The past chats in {file} cannot be read: the file is damaged ({detail}).",
            "Move it away to begin anew; asking goes on, but nothing is kept.",
        )


class ChatsForeign(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(
            f"The past chats in {file} are not of this version of qa ({detail}).",
            "Use the newer qa, or move the file away; asking goes on, but nothing is kept.",
        )


class ChatsUnwritable(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(
            f"The chat cannot be kept in {file} ({detail}).", "Asking goes on; see that the file can be written."
        )


class ChatsRemoved(ChatsUnwritable):
    """The file was removed while it was open; opened again it is a new one."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, "another qa has removed it")


class ChatGone(QaError):
    def __init__(self) -> None:
        super().__init__("This chat is no longer there.", "Another qa has deleted it for good.")


class IndexingEnded(QaError):
    def __init__(self, detail: str) -> None:
        super().__init__(f"Indexing ended before it was done ({detail}).", "The index is as it was. Try again.")


class NotExported(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(f"The chat cannot be written to {file} ({detail}).", "Name another file: /export FILE")
