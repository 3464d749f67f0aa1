"""Files -> Documents: which files of a corpus are read, and the text that offsets point into.

The offset contract: for a text file, `path.read_bytes().decode("utf-8")[start:end]` is what a span of
`Document.text[start:end]` says, on the file as the user has it. So nothing is normalised there: a byte order mark, carriage
returns and trailing spaces stay where they are. For a converted format, offsets go into the text that the index stores, and
marks give page and heading.

`choosing` and `ignoring` which files, `bucket_choosing` which objects of a bucket, `object_storage` how these are had;
`reading` and `decoding` their bytes and text; `formats` which format a file is, and one module a format; `conversion` and
`worker` the process in which formats are converted; `loading` all of it in order.
"""

from qa.documents.choosing import check_there, sources
from qa.documents.formats import READING_VERSION
from qa.documents.ignoring import Choice
from qa.documents.loading import Loader, load
from qa.documents.model import Document, Mark, SourceFile, StoredObject
from qa.documents.reading import read_bytes

__all__ = [
    "READING_VERSION",
    "Choice",
    "Document",
    "Loader",
    "Mark",
    "SourceFile",
    "StoredObject",
    "check_there",
    "load",
    "read_bytes",
    "sources",
]
