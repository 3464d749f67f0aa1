"""The evidence: the document around a passage, with the answer highlighted in its place, and the other candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from qa.answers import percent
from qa.errors import QaError
from qa.text.escaping import escape_line
from qa.tui.excerpt import Excerpt
from qa.tui.formatting import place

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from qa.tui.evidence_items import EvidenceItem
    from qa.tui.question_queue import QuestionQueue

_NOTHING = "The document around an answer is shown here."
# Lines of the view above the span, as a part of its height: what leads to it is read first.
_ABOVE = 0.3


class Step(Static):
    """An arrow to click on."""

    def __init__(self, arrow: str, action: str, *, id: str) -> None:  # noqa: A002 - as Textual names it
        super().__init__(Content(arrow), id=id)
        self._action = action

    async def on_click(self) -> None:
        await self.run_action(f"screen.{self._action}")


class EvidenceText(VerticalScroll, can_focus=True):
    """The text with the document's line numbers beside it; one scrolls, and steps through what there is to see."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n", "screen.step(1)", "Next", tooltip="The next candidate or passage."),
        Binding("left,p", "screen.step(-1)", "Previous", tooltip="The candidate or passage before."),
        Binding("enter,o", "screen.edit", "Edit", tooltip="Open the document in your editor, at this line."),
        Binding("c", "screen.copy('text')", "Copy", tooltip="Copy the text."),
        Binding("y", "screen.copy('place')", "Copy place", tooltip="Copy where it stands, as path:line."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._numbers = Static(id="evidence-numbers")
        self._lines = Static(id="evidence-lines")
        self._excerpt: Excerpt | None = None
        self._width = 0

    def compose(self) -> ComposeResult:
        with Horizontal(id="evidence-page"):
            yield self._numbers
            yield self._lines

    def show(self, excerpt: Excerpt | None) -> None:
        self._excerpt, self._width = excerpt, 0
        if excerpt is None:
            self._numbers.update(Content(""))
            self._lines.update(Content(""))
            return
        self._numbers.styles.width = excerpt.numbers_width
        self._lines.update(excerpt.content)
        self.call_after_refresh(self._lay_out)

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._lay_out)

    def _lay_out(self) -> None:
        """Number the lines as they are wrapped now, and go to the span."""
        width = self._lines.content_size.width
        if self._excerpt is None or width <= 0 or width == self._width:
            return
        self._width = width
        self._numbers.update(self._excerpt.numbers(width))
        line = self._excerpt.line_of_span(width)
        self.scroll_to(y=max(0, line - int(self.size.height * _ABOVE)), animate=False, force=True)


class EvidencePane(Vertical):
    """Steps through exhibits; the text of a document is fetched from the assistant, and kept while it is stepped through."""

    BORDER_TITLE = "Evidence"

    def __init__(self, question_queue: QuestionQueue) -> None:
        super().__init__(id="evidence")
        self._question_queue = question_queue
        self._exhibits: tuple[EvidenceItem, ...] = ()
        self._at = 0
        self._document = ("", "")
        self._place = Static(id="evidence-place")
        self._what = Static(id="evidence-what")
        self._count = Static(id="evidence-count")
        self._nothing = Static(id="evidence-nothing")
        self.text = EvidenceText()

    def compose(self) -> ComposeResult:
        yield self._place
        with Horizontal(id="evidence-head"):
            yield self._what
            yield Step("‹", "step(-1)", id="evidence-previous")
            yield self._count
            yield Step("›", "step(1)", id="evidence-next")
        yield self._nothing
        yield self.text

    def on_mount(self) -> None:
        self.clear()

    @property
    def exhibit(self) -> EvidenceItem | None:
        """What is shown now."""
        return self._exhibits[self._at] if self._exhibits else None

    def clear(self) -> None:
        """Show that there is nothing to see."""
        self._exhibits = ()
        for part in (self._place, self._what):
            part.update(Content(""))
        self.add_class("-single")
        self._say(_NOTHING)

    def open(self, exhibits: tuple[EvidenceItem, ...], at: int = 0) -> None:
        """Show number `at` of `exhibits`, of which there is one at least."""
        self._exhibits, self._at = exhibits, at
        self._begin(exhibits[at])

    def step(self, by: int) -> None:
        """Show the exhibit `by` further, round at the ends."""
        if self._exhibits:
            self._at = (self._at + by) % len(self._exhibits)
            self._begin(self._exhibits[self._at])

    def again(self) -> None:
        """Ask once more for a text that could not be had."""
        if self.exhibit is not None and self.has_class("-nothing"):
            self._fetch(self.exhibit)

    def forget(self) -> None:
        """The index has changed: what is shown next is asked for anew."""
        self._document = "", ""

    def _begin(self, exhibit: EvidenceItem) -> None:
        self.set_class(len(self._exhibits) < 2, "-single")
        self._place.update(place(exhibit.path, exhibit.line, exhibit.page, exhibit.heading))
        chance = "" if exhibit.confidence is None else f"  {percent(exhibit.confidence)}"
        self._what.update(Content.assemble((exhibit.label, "bold"), (chance, "$foreground-muted")))
        self._count.update(Content(f" {self._at + 1} of {len(self._exhibits)} "))
        path, document = self._document
        if path == exhibit.path:
            self._show(exhibit, document)
        else:
            if self.has_class("-nothing"):
                self._nothing.update(Content(""))
            self._fetch(exhibit)

    @work(exclusive=True)
    async def _fetch(self, exhibit: EvidenceItem) -> None:
        try:
            text = await self._question_queue.fetch(lambda assistant: assistant.document_text(exhibit.path))
        except KeyError:
            self._fail(exhibit, f"{exhibit.path} is no longer among the documents.")
        except QaError as error:
            self._fail(exhibit, str(error))
        else:
            self._show(exhibit, text)

    def _show(self, exhibit: EvidenceItem, document: str) -> None:
        # Unless another was begun meanwhile.
        if exhibit is self.exhibit:
            self._document = exhibit.path, document
            self.remove_class("-nothing")
            self.text.show(Excerpt.of(exhibit, document))

    def _fail(self, exhibit: EvidenceItem, reason: str) -> None:
        if exhibit is self.exhibit:
            self._say(reason)

    def _say(self, words: str) -> None:
        self.add_class("-nothing")
        self._nothing.update(Content(escape_line(words)))
        self.text.show(None)
