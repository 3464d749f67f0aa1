"""The errors that users see. Each says what happened, where, and what to do about it.

Everything a user can cause is a `QaError`; the command line prints it as one line and exits with its `exit_code`
(DESIGN: 2 wrong use, 3 something is wrong with the corpus, the index or a model). Anything else is a defect.
"""

from __future__ import annotations

from pathlib import Path


class QaError(Exception):
    """Base of all errors for users: `what` happened and `hint`, what to do."""

    exit_code = 3

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"{what} {hint}".rstrip())
        self.what = what
        self.hint = hint


class UsageError(QaError):
    """The call itself is wrong: nothing was read or written."""

    exit_code = 2


class QuestionEmpty(UsageError):
    def __init__(self) -> None:
        super().__init__(
            "The question is empty: it has no words.",
            'Ask something, for example: qa ask "How long is the Kant lease?"',
        )


class QuestionTooLong(UsageError):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"The question has {length:,} characters; at most {limit:,} can be read.",
            "Shorten it, or put the text into the corpus and ask about it.",
        )


class CorpusMissing(QaError):
    def __init__(self, corpus: Path) -> None:
        super().__init__(f"There is no corpus at {corpus}.", "Name a folder or file with --corpus or QA_CORPUS.")


class CorpusEmpty(QaError):
    def __init__(self, corpus: Path, skipped: int = 0) -> None:
        found = f"none of its {skipped} files could be read" if skipped else "it holds no files"
        super().__init__(f"Nothing to index in {corpus}: {found}.", "Put text (.txt) or Markdown (.md) files there.")


class DocumentUnreadable(QaError):
    """One file cannot be read; an index build skips it and names it. `reason` stands without the path."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}.")
        self.path = path
        self.reason = reason


class IndexMissing(QaError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is no index at {folder}.", "Build it with: qa index")


class IndexDamaged(QaError):
    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(f"The index at {folder} is damaged ({detail}).", "Build it anew with: qa index --rebuild")


class IndexOfOtherProgram(QaError):
    """The database belongs to another program: it is neither read nor replaced."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The database in {folder} is another program's.", "Choose another place with --index or QA_INDEX."
        )


class IndexForeign(QaError):
    """The database is an index of a version of this program that this one cannot read."""

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(
            f"{folder} does not hold an index that this version of qa can read ({detail}).",
            "Build one with: qa index --rebuild",
        )


class IndexOfOtherModel(QaError):
    def __init__(self, folder: Path, made_with: str, asked_with: str) -> None:
        super().__init__(
            f"The index at {folder} was made with the model {made_with}, but this qa asks with {asked_with}.",
            "Build it anew with: qa index --rebuild",
        )


class IndexNotWritable(QaError):
    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(
            f"The index at {folder} cannot be written ({detail}).",
            "Choose another place with --index or QA_INDEX.",
        )


class IndexBusy(QaError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"Another qa is writing the index at {folder}.", "Try again when it is done.")


class ModelUnusable(QaError):
    def __init__(self, path: Path | str, detail: str) -> None:
        super().__init__(f"The model at {path} cannot be used ({detail}).", "Install qa again.")


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


class ChatGone(QaError):
    def __init__(self) -> None:
        super().__init__("This chat is no longer there.", "Another qa has deleted it for good.")


class IndexingEnded(QaError):
    def __init__(self, detail: str) -> None:
        super().__init__(f"Indexing ended before it was done ({detail}).", "The index is as it was. Try again.")


class NotExported(QaError):
    def __init__(self, file: Path, detail: str) -> None:
        super().__init__(f"The chat cannot be written to {file} ({detail}).", "Name another file: /export FILE")
