"""The help: every key and command of the chat, read from the app's own bindings so that it cannot be out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from qa.tui.slash import SLASHES
from qa.tui.widgets.evidence import EvidenceText
from qa.tui.widgets.find_bar import FindInput
from qa.tui.widgets.sidebar import ChatList, DocumentPicker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.dom import DOMNode

# Some keys of an input have several names, for keyboards that hardly anyone has: the first two are shown.
_KEYS_SHOWN = 2
_KEYS_WIDTH = 16

_PLACES = {
    "In the evidence (Tab goes there)": EvidenceText.BINDINGS,
    "In the past chats": ChatList.BINDINGS,
    "In the documents": DocumentPicker.BINDINGS,
    "In the find line": FindInput.BINDINGS,
}


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q,enter", "close", "Close"),
    ]

    def __init__(self, bindings: Sequence[ActiveBinding]) -> None:
        super().__init__()
        self._active = bindings

    def compose(self) -> ComposeResult:
        editing = _declared(Input.BINDINGS)
        ours = [active.binding for active in self._active if active.binding.action in self._actions_of(active.node)]
        ours.sort(key=lambda binding: not binding.show)
        while_typing = [
            active.binding for active in self._active if active.binding.action in editing and active.binding not in ours
        ]
        with VerticalScroll(id="help") as panel:
            panel.border_title = "Keys and commands"
            panel.border_subtitle = "Esc closes"
            yield Static(self._table(ours), classes="help-keys")
            for title, bindings in _PLACES.items():
                yield Static(Content(title), classes="help-section")
                yield Static(self._table(Binding.make_bindings(bindings)), classes="help-keys")
            yield Static(Content("While typing"), classes="help-section")
            yield Static(self._table(while_typing), classes="help-keys")
            yield Static(Content("Commands, typed as a question"), classes="help-section")
            yield Static(_commands(), classes="help-keys")

    def action_close(self) -> None:
        self.dismiss()

    def _actions_of(self, node: DOMNode) -> set[str]:
        """The actions that the chat's own classes bind, without those of Textual's bases to scroll and to focus."""
        actions = {"command_palette"} if node is self.app else set()
        for cls in type(node).__mro__:
            if cls.__module__.startswith("qa."):
                actions |= _declared(cls.__dict__.get("BINDINGS", ()))
        return actions

    def _table(self, bindings: Iterable[Binding]) -> Content:
        keys: dict[str, list[str]] = {}
        says: dict[str, str] = {}
        for binding in bindings:
            keys.setdefault(binding.action, []).append(self.app.get_key_display(Binding(binding.key, "")))
            says.setdefault(binding.action, (binding.tooltip or binding.description).rstrip("."))
        names = {action: "  ".join(list(dict.fromkeys(shown))[:_KEYS_SHOWN]) for action, shown in keys.items()}
        return Content("\n").join(
            Content.assemble((name.rjust(_KEYS_WIDTH), "bold $primary"), "   ", says[action])
            for action, name in names.items()
        )


def _commands() -> Content:
    width = max(len(slash.usage) for slash in SLASHES)
    return Content("\n").join(
        Content.assemble((f"{slash.usage:<{width}}", "bold $primary"), "   ", slash.says) for slash in SLASHES
    )


def _declared(bindings: Iterable[BindingType]) -> set[str]:
    return {binding.action for binding in bindings if isinstance(binding, Binding)}
