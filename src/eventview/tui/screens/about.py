"""The session at a glance, in a box.

May import `eventview.model`, its neighbour `box` and Textual.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from eventview.model import overview, wording
from eventview.model.cells import fit
from eventview.model.session import Session
from eventview.tui.screens.box import Box

_NAME_CELLS = 14


class AboutScreen(Box):
    """Says what there is to say of the whole session.

    Args:
        session: the session.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "dismiss", show=False)]

    def __init__(self, session: Session) -> None:
        super().__init__(wording.name(session), _text(session))


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
