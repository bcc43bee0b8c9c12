"""The help: every command with its keys, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from eventview.session.width import fit, width, wrap
from eventview.tui import commands
from eventview.tui.screens.dialogs import Box, hung

_KEY_CELLS = 14
_LEAST_CELLS = 16
"""Of a second column; where there are fewer, its text is not hung below itself."""
_INDENT = "  "
"""Before what is left of a line without columns."""

_QUERY_HELP = """\
pay "pay now" /pay|buy/        words, a phrase, an expression, in any text
type:click,input  is:rage      types; signals: error slow gap failed wrong …
label: url: value: selector: message: name:      a text in that field
fcp>3s  delta>1m30s  status>=500  cls<.1         figures
after:5m  before:09:42:10      times: since the start, of day in UTC
a OR b  a | b                  either; terms side by side are closer than OR
(a OR b) type:click            brackets group; in quotes they are text
-term  -(a OR b)               what does not match it
All terms must match. A capital makes its word's case count. Tab completes."""

_STRIP_HELP = """\
Bars: events over time. ┄ no events for 30 s and more. ? not come yet.
→ page  R rage  E error  W poor load  F failed request  C crash  D dead click
B back and forth  M mouse thrashing  ! incident  h hesitation  × repeats  ▲ you"""


class HelpScreen(Box):
    """Lists commands.

    Args:
        groups: those that make sense on the screen below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1", "dismiss", show=False)]

    def __init__(self, groups: Sequence[commands.Group]) -> None:
        super().__init__("Keys", lambda cells: _text(groups, cells))


def _text(groups: Sequence[commands.Group], cells: int) -> Content:
    lines: list[Content] = []
    for group in groups:
        lines.append(Content.styled(group.title, "bold $text-primary"))
        for keys, words in commands.listing(group):
            lines.extend(hung(Content.styled(fit(keys, _KEY_CELLS), "bold"), words, cells))
        lines.append(Content())
    if commands.FINDING in groups:
        for title, words in (("What to find and filter by", _QUERY_HELP), ("Strip", _STRIP_HELP)):
            lines.append(Content.styled(title, "bold $text-primary"))
            for line in words.splitlines():
                lines.extend(_hung_in_table(line, cells))
            lines.append(Content())
    return Content("\n").join(lines)


def _hung_in_table(line: str, cells: int) -> Iterator[Content]:
    """A line that may have two columns; what is left of it stands below the second."""
    written, gap, meant = line.rpartition("  ")
    label = written + gap
    if width(line) <= cells:
        yield Content(line)
    elif gap and width(label) + _LEAST_CELLS <= cells:
        yield from hung(Content(label), meant, cells)
    else:
        first, *rest = wrap(line, cells - len(_INDENT))
        yield Content(first)
        yield from (Content(_INDENT + part) for part in rest)
