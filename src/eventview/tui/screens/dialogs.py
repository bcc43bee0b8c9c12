"""A text in a box on top of a screen; any way of leaving leads back.

The session at a glance, in a box.

The help: every command with its keys, made from the commands themselves.

The box in which an API key is typed again, after the server refused the one typed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from eventview.errors import EventviewError, Retype
from eventview.render import rows
from eventview.render.details import Field
from eventview.session.session import Session
from eventview.session.width import fit, width, wrap
from eventview.tui import commands
from eventview.tui.widgets.scrolling import Scrolling

_LEAST_CELLS: Final = 8
"""Beside a label, below which a text would be torn apart."""


def hung(label: Content, text: str, cells: int, style: str = "") -> Iterator[Content]:
    """A text beside its label, in lines of so many cells that all begin behind the label."""
    indent = label.cell_length
    for number, line in enumerate(wrap(text, max(_LEAST_CELLS, cells - indent))):
        yield Content.assemble(" " * indent if number else label, (line, style))


class _Text(Widget):
    """A text that is made for the width there is.

    Args:
        made: makes it, in lines of so many cells.
    """

    DEFAULT_CSS = """
    _Text {
        height: auto;
    }
    """

    def __init__(self, made: Callable[[int], Content]) -> None:
        super().__init__()
        self._made = made

    def render(self) -> Content:
        """The text."""
        return self._made(self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """How many lines it has."""
        return self._made(width).plain.count("\n") + 1


class TextDialog(ModalScreen[None]):
    """One text that scrolls.

    Args:
        title: stands in the border.
        text: makes what to show, in lines of so many cells.
    """

    # Here rather than in the style sheet, which every start has to read.
    DEFAULT_CSS = """
    TextDialog {
        align: center middle;

        Scrolling {
            width: 84;
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
        Binding("escape,q,enter", "dismiss", "close", key_display="Esc")
    ]

    def __init__(self, title: str, text: Callable[[int], Content]) -> None:
        super().__init__()
        self._words = (title, text)

    def compose(self) -> Iterator[Widget]:
        """The text, in its box."""
        title, text = self._words
        with Scrolling() as scroll:
            scroll.border_title = Content(title)
            scroll.border_subtitle = Content("Esc closes")
            yield _Text(text)


_NAME_CELLS = 14


class AboutScreen(TextDialog):
    """Says what there is to say of the whole session.

    Args:
        session: the session.
        facts: what there is to say.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "dismiss", show=False)]

    def __init__(self, session: Session, facts: Sequence[Field]) -> None:
        super().__init__(rows.name(session), lambda cells: _overview_text(facts, cells))


def _overview_text(facts: Sequence[Field], cells: int) -> Content:
    lines: list[Content] = []
    for fact in facts:
        name = Content.styled(fit(fact.name, _NAME_CELLS), "$foreground-muted")
        lines.extend(hung(name, fact.value, cells, "bold"))
        if fact.note:
            lines.extend(hung(Content(" " * _NAME_CELLS), fact.note, cells, "$foreground-muted"))
    return Content("\n").join(lines)


_KEY_CELLS = 14
_HELP_LEAST_CELLS = 16
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


class HelpScreen(TextDialog):
    """Lists commands.

    Args:
        groups: those that make sense on the screen below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1", "dismiss", show=False)]

    def __init__(self, groups: Sequence[commands.Group]) -> None:
        super().__init__("Keys", lambda cells: _help_text(groups, cells))


def _help_text(groups: Sequence[commands.Group], cells: int) -> Content:
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
    elif gap and width(label) + _HELP_LEAST_CELLS <= cells:
        yield from hung(Content(label), meant, cells)
    else:
        first, *rest = wrap(line, cells - len(_INDENT))
        yield Content(first)
        yield from (Content(_INDENT + part) for part in rest)


class _HiddenInput(Input):
    """An input of which nothing can be copied."""

    def action_copy(self) -> None:
        """Keep the text out of the clipboard."""

    def action_cut(self) -> None:
        """Keep the text out of the clipboard."""


class KeyScreen(ModalScreen[bool]):
    """Asks for an API key without showing it; True once there is one to try.

    Args:
        retype: takes the key.
    """

    DEFAULT_CSS = """
    KeyScreen {
        align: center middle;

        Vertical {
            width: 78;
            max-width: 100%;
            height: auto;
            padding: 0 2;
            border: round $primary;
            background: $surface;
        }
        #complaint {
            color: $text-error;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(False)", "cancel")]

    def __init__(self, retype: Retype) -> None:
        super().__init__()
        self._retype = retype

    def compose(self) -> Iterator[Widget]:
        """The input; below, what is wrong with the key."""
        with Vertical() as box:
            box.border_title = Content("API key")
            box.border_subtitle = Content("Enter tries it, Esc closes")
            yield Static(f"OpenReplay API key for {self._retype.place} (not shown):", markup=False)
            yield _HiddenInput(password=True, compact=True)
            yield Static(markup=False, id="complaint")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take the key, or say why it is none."""
        try:
            self._retype.take(message.value)
        except EventviewError as failure:
            self.query_one("#complaint", Static).update(Content(str(failure)))
            message.input.clear()
        else:
            self.dismiss(result=True)
