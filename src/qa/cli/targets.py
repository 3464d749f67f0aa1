"""What a command asks: a corpus, or collections.

What is said first of these holds: -c; --corpus or --index, QA_CORPUS or QA_INDEX; a folder named `corpus` in the current one;
the collections that are marked as default; the article that ships.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from qa.cli import console
from qa.cli.completion import complete_collection
from qa.cli.options import Command, build, corpus_option, index_option, open_corpus, settings_of
from qa.errors import QaError, UsageError

if TYPE_CHECKING:
    from qa.collections import Collection
    from qa.corpus_place import CorpusPlace
    from qa.federated import AnyAssistant
    from qa.index_place import IndexPlace
    from qa.settings import Settings

collections_option = click.option(
    "-c",
    "--collection",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_collection,
    help="A collection to ask (qa collections list); may be given several times. [default: those marked as default]",
)


@dataclass(frozen=True, slots=True)
class Target:
    """`collections`, where there are any; else the corpus that `settings` name."""

    settings: Settings
    collections: tuple[Collection, ...]

    @classmethod
    def of(cls, names: tuple[str, ...], corpus: CorpusPlace | None, index: IndexPlace | None) -> Target:
        """Raises UsageError, CollectionUnknown, CollectionsUnusable."""
        settings = settings_of(corpus, index)
        if names and (corpus is not None or index is not None):
            raise UsageError("-c names collections, --corpus and --index a folder.", "Give either.")
        if names:
            from qa.collections import Collections

            return cls(settings, Collections.load().named(names))
        if (target := cls(settings, ())).is_corpus:
            return target
        from qa.collections import Collections

        return cls(settings, Collections.load().default)

    @property
    def is_corpus(self) -> bool:
        """Whether a corpus or its index is named, or a corpus lies here: then no collections are asked."""
        from qa.locations import users_corpus

        return not self.collections and (self.settings.index is not None or users_corpus(self.settings) is not None)

    @property
    def is_article(self) -> bool:
        """Whether nothing of the user's is asked."""
        from qa.locations import users_corpus

        return not self.collections and users_corpus(self.settings) is None

    @property
    def is_in_storage(self) -> bool:
        """Whether the corpus is in object storage."""
        from qa.corpus_place import BucketAddress

        return not self.collections and isinstance(self.settings.corpus, BucketAddress)

    @property
    def words(self) -> list[str]:
        """The options that mean the same for another command, given in the same place."""
        if self.collections:
            return [word for one in self.collections for word in ("-c", one.name)]
        given = click.get_current_context().params
        places = {"--corpus": given.get("corpus"), "--index": given.get("index")}
        return [word for option, place in places.items() if place for word in (option, str(place))]

    @property
    def key(self) -> CorpusPlace:
        """The documents, as what the sessions about them belong to."""
        from qa.locations import corpus_of

        if self.collections:
            from qa.collections import key_of

            return key_of(self.collections)
        return corpus_of(self.settings)

    def open(self) -> AnyAssistant:
        """An index that is not there is built, with progress and what is skipped on stderr."""
        if not self.collections:
            return open_corpus(self.settings)
        from qa.federated import FederatedAssistant

        return FederatedAssistant.open(
            self.collections,
            settings=self.settings,
            build=lambda collection, settings: build(settings, collection.choice, f"Indexing {collection.name}"),
        )

    def announce(self, *, as_json: bool) -> None:
        """Say so where it is the article that is asked, on the first line: with --json on stderr."""
        if not self.is_article:
            return
        text = "This asks the article that comes with qa; your own documents: qa collections add NAME FOLDER"
        if as_json:
            console.message(text)
        else:
            console.data(console.dim(text))


def targets(command: Command) -> Command:
    """`-c`, `--corpus` and `--index`, given to the command as `target`."""

    @wraps(command)
    def with_target(
        *arguments: Any, names: tuple[str, ...], corpus: CorpusPlace | None, index: IndexPlace | None, **options: Any
    ) -> Any:
        return command(*arguments, target=Target.of(names, corpus, index), **options)

    return collections_option(corpus_option(index_option(with_target)))


def exit_code_for(collection: Collection, work: Callable[[Mapping[str, str]], int], *, as_json: bool) -> int:
    """That of `work` on one of several collections. Where it fails, that is said, and the others go on.

    `work` is given what stands first in the JSON about this collection.
    """
    about = {"collection": collection.name}
    try:
        return work(about)
    except QaError as error:
        error.with_collection(collection.name)
        console.message(f"{collection.name}: {error}")
        if as_json:
            console.data_json({**about, "error": error.as_dict()})
        return error.exit_code


def say_left_out(assistant: AnyAssistant) -> None:
    """Say on stderr which collections did not answer, and which did from their index alone."""
    for name, error in assistant.left_out.items():
        console.message(f"{name} is left out. {error}")
    for collection in assistant.away:
        console.message(
            f"{collection.name} is answered from its index alone: there is no folder at {collection.folder}."
        )
