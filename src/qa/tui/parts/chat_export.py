"""The chat on the screen as Markdown: in a file, or in the downloads of a browser."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.conversation.storage import export
from qa.errors import QaError
from qa.tui.parts.notices import say
from qa.tui.parts.workers import begin_instead

if TYPE_CHECKING:
    from textual.screen import Screen

    from qa.tui.chat_writer import ChatWriter
    from qa.tui.parts.chat_widgets import ChatWidgets
    from qa.tui.parts.current_chat import CurrentChat
    from qa.tui.parts.earlier_turns import EarlierTurns


class ChatExporter:
    """`corpus` is what the chat is about."""

    def __init__(
        self,
        screen: Screen[None],
        widgets: ChatWidgets,
        chat_writer: ChatWriter,
        chat: CurrentChat,
        earlier: EarlierTurns,
        corpus: Path,
    ) -> None:
        self._screen = screen
        self._conversation = widgets.conversation
        self._chat_writer = chat_writer
        self._chat = chat
        self._earlier = earlier
        self._corpus = corpus

    def export(self, given: str | None) -> None:
        """Write the chat to the file `given`, else to a new one; in a browser, to its downloads."""
        begin_instead(self._screen, "export", partial(self._export, given))

    async def _export(self, given: str | None) -> None:
        shown = [turn.as_past for turn in self._conversation.turns]
        if not shown:
            say(self._screen, "There is nothing to export yet.", severity="warning")
            return
        title, app = self._chat.title, self._screen.app
        try:
            turns = [*await self._earlier.read(), *shown]
            markdown = export.as_markdown(title, self._corpus, turns)
            file = Path(given).expanduser() if given else export.file_for(title, self._corpus, Path.cwd())
            if app.is_web:
                app.deliver_text(io.StringIO(markdown), save_filename=file.name, mime_type="text/markdown")
                return
            await self._chat_writer.beside(lambda: export.write(markdown, file))
        except QaError as error:
            say(self._screen, str(error), severity="error")
        except (OSError, RuntimeError) as error:
            say(self._screen, f"The chat cannot be exported ({error}).", severity="error")
        else:
            say(self._screen, f"Exported to {file}")
