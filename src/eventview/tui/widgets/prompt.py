"""The line where a find, a filter or a place is typed; what can happen while typing does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Paste
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from eventview.analysis.analysis import Analysis
from eventview.query.completion import completions
from eventview.query.terms import QueryError
from eventview.session.text import as_one_line
from eventview.session.width import width, wrap

_QUERIES: Final = ("/", "&")
"""The signs behind which a query is typed."""

_DOES: Final = {":": "go", ">": "write"}
"""What Enter does with a text behind other signs."""

_MOST: Final = 500
"""Characters of a query; what is longer was pasted by mistake."""


class Prompt(Vertical):
    """Asks for one line of text.

    Args:
        sign: stands before the text: `/` and `&` for a query, others for something else.
        text: what it holds at first.
        analysis: of the session that it is about: words of it are offered while typing.
    """

    # Here rather than in the style sheet, which every start has to read.
    DEFAULT_CSS = """
    Prompt {
        height: auto;
        padding: 0 1;
        background: $panel;

        Horizontal {
            height: 1;
        }
        #complaint {
            display: none;
            height: auto;
            color: $text-error;
        }
        &.-complaining #complaint {
            display: block;
        }

        #sign {
            width: 2;
            text-style: bold;
            color: $text-primary;
        }
        Input {
            width: 1fr;
        }
        #count {
            width: auto;
            color: $foreground-muted;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # ctrl+j is what Enter sends while the terminal is not yet ours.
        *(
            Binding("enter,ctrl+j", f"accept('{word}')", word, priority=True, key_display="Enter")
            for word in ("keep", "go", "write")
        ),
        Binding("escape", "cancel", "cancel", priority=True, key_display="Esc"),
        # It would otherwise leave a prompt behind that still takes the keys' place.
        Binding("tab", "complete", "complete", priority=True, key_display="Tab"),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
    ]

    @dataclass
    class Changed(Message):
        """Another text is in the prompt."""

        sign: str
        text: str

    @dataclass
    class Closed(Message):
        """The user is done with the prompt."""

        sign: str
        text: str | None
        """What to find or filter by; None when the user cancelled."""

    def __init__(self, sign: str, text: str, analysis: Analysis) -> None:
        super().__init__()
        self.sign = sign
        """What is prompted for."""
        self._analysis = analysis
        self._offered: Sequence[str] = ()
        self._error: QueryError | None = None
        suggester = _Completing(analysis) if sign in _QUERIES else None
        self.field = _OneLine(
            text, compact=True, select_on_focus=False, suggester=suggester, max_length=_MOST
        )
        """Where the text is typed; wants the focus."""
        # Over SSH each blink is a write, and nothing else moves on a screen that is read.
        self.field.cursor_blink = False
        self._count = Static("", markup=False, id="count")
        self._complaint = Static("", markup=False, id="complaint")

    def compose(self) -> Iterator[Widget]:
        """Sign, text, count; below, what is wrong with the text."""
        with Horizontal():
            yield Static(f"{self.sign} ", markup=False, id="sign")
            yield self.field
            yield self._count
        yield self._complaint

    @property
    def is_complaining(self) -> bool:
        """Whether the text is not understood."""
        return self.has_class("-complaining")

    def say(self, count: str) -> None:
        """Show how many match what is understood."""
        self.remove_class("-complaining")
        self._count.update(count)

    def complain(self, error: QueryError | str) -> None:
        """Say what is wrong with the text, and point at the place where that is known."""
        self.add_class("-complaining")
        self._count.update("")
        self._error = QueryError(error, 0, 0, "") if isinstance(error, str) else error
        self._point()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether something can be done with what is typed here."""
        match action:
            case "accept":
                return parameters == (_DOES.get(self.sign, "keep"),)
            case "complete":
                return self.sign in _QUERIES
        return True

    def on_mount(self) -> None:
        """Point at the right place also after the text has moved below its window."""
        self.watch(self.field, "scroll_x", self._point, init=False)

    def _point(self) -> None:
        error, cells = self._error, self.size.width
        if error is None:
            return
        start = width(error.text[: error.start]) - self.field.scroll_offset.x
        place = len(f"{self.sign} ") + min(max(start, 0), self.field.size.width - 1)
        self._complaint.update(Content(_pointing(place, error.message, cells)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hand on every change."""
        event.stop()
        self.post_message(self.Changed(self.sign, event.value))

    def action_complete(self, step: int = 1) -> None:
        """Take the text that is offered, and then the next that was offered with it.

        Args:
            step: -1 for the one before.
        """
        current = self.field.value
        if current not in self._offered:
            self._offered = completions(current, self._analysis)
            place = 0
        else:
            place = self._offered.index(current) + step
        if self._offered:
            self.field.value = self._offered[place % len(self._offered)]
            self.field.cursor_position = len(self.field.value)

    def action_accept(self, word: str) -> None:  # noqa: ARG002  # for the last line of the screen
        """Do with the text what the word says."""
        self.post_message(self.Closed(self.sign, self.field.value))

    def action_cancel(self) -> None:
        """Go back to the text of before."""
        self.post_message(self.Closed(self.sign, None))


class _OneLine(Input):
    """Takes all lines of what is pasted, not the first alone."""

    def on_paste(self, event: Paste) -> None:
        """Put it where the cursor is, or in the place of what is selected."""
        event.prevent_default()
        event.stop()
        self.replace(as_one_line(event.text), *self.selection)


class _Completing(Suggester):
    """Offers, behind the cursor, how the text may go on."""

    def __init__(self, analysis: Analysis) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._analysis = analysis

    async def get_suggestion(self, value: str) -> str | None:
        """The likeliest whole text; None when there is none."""
        found = completions(value, self._analysis)
        # Where quotes are added, it does not go on from what is typed; Tab takes it all the same.
        goes_on = bool(found) and found[0].lower().startswith(value.lower())
        return found[0] if goes_on else None


def _pointing(start: int, message: str, cells: int) -> str:
    """A line that points at a place, and what is wrong there: beside it if there is room."""
    if start + 2 + width(message) <= cells:
        return f"{' ' * start}▲ {message}"
    return "\n".join([f"{' ' * start}▲", *wrap(message, max(1, cells))])
