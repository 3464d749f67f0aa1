"""Subtitles (.srt, .vtt): what is said as running text, with the time as the heading, about every minute.

pysubs2 is kept for the formats, without dependencies, and reads both, with all that players allow in them.
"""

from __future__ import annotations

from qa.documents.decoding import decode
from qa.documents.model import ConvertedText, Unreadable
from qa.documents.text_builder import TextBuilder

_EVERY_MS = 60_000
_AT_LATEST_MS = 90_000
_PAUSE_MS = 4_000
_ENDS = (".", "!", "?", "…", '"', "”", "»", "。")


def extract(data: bytes) -> ConvertedText:
    """Raises Unreadable when no cue is in it, and what pysubs2 raises."""
    import pysubs2

    text = decode(data).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    form = "vtt" if text.startswith("WEBVTT") else "srt"
    cues = sorted(
        (cue for cue in pysubs2.SSAFile.from_string(text, form) if not cue.is_comment), key=lambda cue: cue.start
    )
    builder = TextBuilder()
    marked_at, ended_at, last = None, 0, ""
    for cue in cues:
        said = " ".join(cue.plaintext.split())
        if not said or said == last:
            continue
        since = _AT_LATEST_MS if marked_at is None else cue.start - marked_at
        if since >= _AT_LATEST_MS or (since >= _EVERY_MS and last.endswith(_ENDS)):
            builder.raw("\n\n" if last else "")
            builder.under(1, _clock(cue.start))
            marked_at = cue.start
        elif cue.start - ended_at > _PAUSE_MS:
            builder.raw("\n\n")
        builder.raw(said + " ")
        ended_at, last = cue.end, said
    if not last:
        raise Unreadable("no subtitle is in it")
    return builder.extract()


def _clock(milliseconds: int) -> str:
    """As players show it: 1:02:03."""
    minutes, seconds = divmod(max(0, milliseconds) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
