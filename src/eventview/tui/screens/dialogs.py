"""Dialogs on top of a screen: help, the session at a glance, typing an API key again.

Every way of leaving one leads back to the screen below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from eventview.analysis.signal_kinds import GAP, SIGNAL_KINDS
from eventview.errors import EventviewError, Retype
from eventview.query.vocabulary import FIELDS
from eventview.render import rows
from eventview.render.event_fields import Field
from eventview.session.session import Session
from eventview.session.text import width, wrap
from eventview.tui import commands
from eventview.tui.widgets.scrolling import Scrolling
from eventview.tui.widgets.sections import MUTED, draw_field

_Result = TypeVar("_Result")

_MIN_COLUMN_CELLS: Final = 16
"""Least width of a table's second column, in cells, for its text to wrap within it."""

_NAME_CELLS: Final = 14
"""Width of the column of names and of keys, in cells."""

_CONTINUATION: Final = "  "
"""Indent of the further lines of a text without columns."""

_QUERY_HELP = f"""\
pay "pay now" /pay|buy/        words, a phrase, an expression, in any text
type:click,input  is:rage      types; signals: error slow gap failed wrong …
{" ".join(f"{name}:" for name in FIELDS)}  a text in that field
fcp>3s  delta>1m30s  status>=500  cls<.1         figures
after:5m  before:09:42:10      times: since the start, of day in UTC
a OR b  a | b                  either; terms side by side are closer than OR
(a OR b) type:click            brackets group; in quotes they are text
-term  -(a OR b)               what does not match it
All terms must match. A capital makes its word's case count. Tab completes."""

_SIGNS: Final = {kind.letter: kind.name for kind in SIGNAL_KINDS if kind is not GAP}
"""Names of the signals by their letters in the strip, where a silence is a line."""

_STRIP_HELP = "\n".join(
    (
        "Bars: events over time. ┄ no events for 30 s and more. ? not come yet.",
        # Its non-breaking spaces keep a sign with its name.
        *textwrap.wrap(
            "  ".join(
                sign.replace(" ", "\xa0")
                for sign in ("→ page", *map(" ".join, _SIGNS.items()), "▲ you")
            ),
            76,
        ),
    )
).replace("\xa0", " ")


class Dialog(ModalScreen[_Result]):
    """Dialog in a titled frame on top of a screen; Esc closes it without a result."""

    # The style sheet is read at every start, and few starts need a dialog.
    DEFAULT_CSS = """
    Dialog {
        align: center middle;

        & > .frame {
            width: 78;
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
        Binding("escape", "dismiss", "close", key_display="Esc")
    ]

    @staticmethod
    def frame(container: Widget, title: str, subtitle: str = "Esc closes") -> Widget:
        """Return a container as the frame of the dialog, with a title above and one below."""
        container.add_class("frame")
        container.border_title, container.border_subtitle = Content(title), Content(subtitle)
        return container


class TextDialog(Dialog[None]):
    """Dialog with one text that scrolls.

    Args:
        title: the title of the frame.
        layout: returns the text, wrapped to a width in cells.
    """

    DEFAULT_CSS = """
    TextDialog > .frame {
        width: 84;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter", "dismiss", show=False)]

    def __init__(self, title: str, layout: Callable[[int], Content]) -> None:
        super().__init__()
        self._dialog_title, self._lay_out = title, layout

    def compose(self) -> Iterator[Widget]:
        """Compose the text in its frame."""
        with self.frame(Scrolling(), self._dialog_title):
            yield _Text(self._lay_out)


class _Text(Widget):
    """Text that is laid out for the width of the widget.

    Args:
        layout: returns the text, wrapped to a width in cells.
    """

    DEFAULT_CSS = """
    _Text {
        height: auto;
    }
    """

    def __init__(self, layout: Callable[[int], Content]) -> None:
        super().__init__()
        self._lay_out = layout

    def render(self) -> Content:
        return self._lay_out(self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return self._lay_out(width).plain.count("\n") + 1


class AboutScreen(TextDialog):
    """The whole session at a glance.

    Args:
        session: the session, which gives the title.
        fields: the fields to list.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "dismiss", show=False)]

    def __init__(self, session: Session, fields: Sequence[Field]) -> None:
        super().__init__(rows.session_name(session), lambda cells: overview_text(fields, cells))


def overview_text(fields: Sequence[Field], cells: int) -> Content:
    """Return the fields of a session in lines of so many cells."""
    lines: list[Content] = []
    for field in fields:
        lines += draw_field(field, cells, name_cells=_NAME_CELLS, styles=(MUTED, "bold", MUTED))
    return Content("\n").join(lines)


class HelpScreen(TextDialog):
    """The keys of the screen below, and the query language where it can be used.

    Args:
        groups: the commands of the screen below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1", "dismiss", show=False)]

    def __init__(self, groups: Sequence[commands.Group]) -> None:
        super().__init__("Keys", lambda cells: help_text(groups, cells))


def help_text(groups: Sequence[commands.Group], cells: int) -> Content:
    """Return the keys of some groups of commands in lines of so many cells."""
    lines: list[Content] = []
    for group in groups:
        lines.append(Content.styled(group.title, "bold $text-primary"))
        for command in commands.list_commands(group):
            field = Field(*command)
            lines += draw_field(field, cells, name_cells=_NAME_CELLS, styles=("bold", "", ""))
        lines.append(Content())
    if commands.FINDING in groups:
        for title, text in (("What to find and filter by", _QUERY_HELP), ("Strip", _STRIP_HELP)):
            lines.append(Content.styled(title, "bold $text-primary"))
            for line in text.splitlines():
                lines.extend(_hang_in_table(line, cells))
            lines.append(Content())
    return Content("\n").join(lines)


class KeyScreen(Dialog[bool]):
    """Dialog that asks for an API key without showing it; True once there is one to try.

    Args:
        retype: the refused key's place and the callback that takes another.
    """

    DEFAULT_CSS = """
    KeyScreen {
        & > .frame {
            overflow-y: auto;
        }
        #complaint {
            color: $text-error;
        }
    }
    """

    def __init__(self, retype: Retype) -> None:
        super().__init__()
        self._retype = retype

    def compose(self) -> Iterator[Widget]:
        """Compose the input and, below it, the complaint about a key."""
        with self.frame(Vertical(), "API key", "Enter tries it, Esc closes"):
            yield Static(f"OpenReplay API key for {self._retype.place} (not shown):", markup=False)
            yield _HiddenInput(password=True, compact=True)
            yield Static(markup=False, id="complaint")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Take the key, or show why it cannot be one."""
        try:
            self._retype.take(message.value)
        except EventviewError as failure:
            self.query_one("#complaint", Static).update(Content(str(failure)))
            message.input.clear()
        else:
            self.dismiss(result=True)


def ask_for_key(screen: Screen[None], retype: Retype, then: Callable[[], None]) -> None:
    """Ask for an API key on top of a screen, and call `then` once there is one to try."""

    def continue_with(is_typed: bool | None) -> None:  # noqa: FBT001  # a callback
        if is_typed:
            then()

    screen.app.push_screen(KeyScreen(retype), continue_with)


class _HiddenInput(Input):
    """Input whose text is kept out of the clipboard."""

    def action_copy(self) -> None:
        pass

    def action_cut(self) -> None:
        pass


def _hang_in_table(line: str, cells: int) -> Iterator[Content]:
    """Yield a line of one or two columns, wrapped within the last column."""
    term, gap, meaning = line.rpartition("  ")
    label = term + gap
    if width(line) <= cells:
        yield Content(line)
    elif gap and width(label) + _MIN_COLUMN_CELLS <= cells:
        column = width(label)
        yield from draw_field(Field(term, meaning), cells, name_cells=column, styles=("", "", ""))
    else:
        first, *rest = wrap(line, cells - len(_CONTINUATION))
        yield Content(first)
        yield from (Content(_CONTINUATION + part) for part in rest)
