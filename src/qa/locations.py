"""Where the corpus is and where its index lies. Nothing is ever written into a user's documents."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from qa.corpus_place import BucketAddress, CorpusPlace
from qa.errors import UsageError
from qa.index_place import EngineAddress, IndexPlace
from qa.settings import Settings

_LONGEST_NAME = 60


def corpus_of(settings: Settings) -> CorpusPlace:
    """The setting, else `./corpus`, else the article that ships."""
    return users_corpus(settings) or shipped_corpus()


def folder_of(settings: Settings) -> Path:
    """As `corpus_of`, for what works with a folder (or a file) only. Raises UsageError for object storage."""
    corpus = corpus_of(settings)
    if isinstance(corpus, BucketAddress):
        raise UsageError(
            f"This takes folders only, not {corpus}.",
            "Documents in object storage are for qa index, qa ask, qa search and qa status.",
        )
    return corpus


def users_corpus(settings: Settings) -> CorpusPlace | None:
    """The setting, else `./corpus`; None where there is neither."""
    if isinstance(settings.corpus, BucketAddress):
        return settings.corpus
    if settings.corpus is not None:
        return expanded(settings.corpus)
    here = Path("corpus").absolute()
    return here if here.is_dir() else None


def index_of(settings: Settings, corpus: CorpusPlace) -> IndexPlace:
    """The setting, else `index/` beside a folder named `corpus`, else a folder in the user's data directory."""
    if settings.index is not None:
        return settings.index if isinstance(settings.index, EngineAddress) else expanded(settings.index)
    return own_index_of(corpus)


def own_index_of(corpus: CorpusPlace) -> Path:
    """The folder where the index of `corpus` lies if nothing else is said."""
    if isinstance(corpus, BucketAddress):
        return _named_in_indexes(corpus.bucket, str(corpus))
    corpus = Path(os.path.realpath(corpus))
    if corpus.name == "corpus":
        return corpus.parent / "index"
    return _named_in_indexes(corpus.name, str(corpus))


def _named_in_indexes(name: str, place: str) -> Path:
    """Two places of one name are told apart by a digest of the whole."""
    digest = hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return indexes() / f"{name[:_LONGEST_NAME] or 'root'}-{digest}"


def indexes() -> Path:
    """Where the indexes lie of all folders but those named `corpus`."""
    return user_data() / "indexes"


def expanded(path: Path) -> Path:
    """With the home folder for `~`, and true whatever the working folder becomes. Raises UsageError."""
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise UsageError(f"There is no home folder for {path}.") from error


def user_data() -> Path:
    """The per-user data directory of the platform."""
    from platformdirs import user_data_path

    return user_data_path("qa", appauthor=False)


def web_conversations() -> Path:
    """The file of the conversations that are held with `qa serve`."""
    return user_data() / "web-conversations.sqlite"


def user_configuration() -> Path:
    """The per-user configuration directory of the platform."""
    from platformdirs import user_config_path

    return user_config_path("qa", appauthor=False)


def shipped_corpus() -> Path:
    """The folder of the article: in the package of a wheel, in the checkout otherwise. Its index lies beside it."""
    package = Path(__file__).parent
    in_wheel = package / "shipped" / "corpus"
    return in_wheel if in_wheel.is_dir() else package.parents[1] / "corpus"
