"""The session at a glance, in a box.

May import `eventview.model` and Textual.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from eventview.model import overview, wording
from eventview.model.cells import fit
from eventview.model.session import Session

_NAME_CELLS = 14


class AboutScreen(ModalScreen[None]):
    """Says what there is to say of the whole session; any way of leaving leads back.

    Args:
        session: the session.
    """

    # Here rather than in the style sheet, which every start has to read.
    DEFAULT_CSS = """
    AboutScreen {
        align: center middle;

        VerticalScroll {
            width: 72;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            border: round $primary;
            background: $surface;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,a,enter", "dismiss", "close", key_display="Esc"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> Iterator[Widget]:
        """One text that scrolls."""
        with VerticalScroll(can_focus=True) as scroll:
            scroll.border_title = Content(wording.name(self._session))
            scroll.border_subtitle = Content("Esc closes")
            yield Static(_text(self._session), markup=False)


def _text(session: Session) -> Content:
    lines: list[Content] = []
    for fact in overview.facts(session):
        lines.append(
            Content.assemble(
                (fit(fact.name, _NAME_CELLS), "$foreground-muted"), (fact.value, "bold")
            )
        )
        if fact.note:
            lines.append(Content.assemble(" " * _NAME_CELLS, (fact.note, "$foreground-muted")))
    return Content("\n").join(lines)
