"""The session at a glance, in a box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from eventview.render import rows
from eventview.render.details import Fact
from eventview.session.session import Session
from eventview.session.width import fit
from eventview.tui.screens.dialogs import Box, hung

_NAME_CELLS = 14


class AboutScreen(Box):
    """Says what there is to say of the whole session.

    Args:
        session: the session.
        facts: what there is to say.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "dismiss", show=False)]

    def __init__(self, session: Session, facts: Sequence[Fact]) -> None:
        super().__init__(rows.name(session), lambda cells: _text(facts, cells))


def _text(facts: Sequence[Fact], cells: int) -> Content:
    lines: list[Content] = []
    for fact in facts:
        name = Content.styled(fit(fact.name, _NAME_CELLS), "$foreground-muted")
        lines.extend(hung(name, fact.value, cells, "bold"))
        if fact.note:
            lines.extend(hung(Content(" " * _NAME_CELLS), fact.note, cells, "$foreground-muted"))
    return Content("\n").join(lines)
