"""Collections: folders of documents that have a name, kept in one TOML file of the user's configuration directory."""

from qa.collections.collection import Collection, checked_name, collection_of, key_of
from qa.collections.file import CollectionsFile
from qa.collections.followed_file import FollowedFile
from qa.collections.parsing import Collections

__all__ = ["Collection", "Collections", "CollectionsFile", "FollowedFile", "checked_name", "collection_of", "key_of"]
