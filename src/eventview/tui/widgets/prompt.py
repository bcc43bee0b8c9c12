"""The prompt for a query, a position or a file name; it checks the text while it is typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
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
from eventview.query.completion import FieldValues, complete_query
from eventview.query.regular_expressions import QueryError
from eventview.session.text import join_lines, width, wrap
from eventview.tui.search import PromptPurpose
from eventview.tui.system.threads import run_in_thread

_QUERIES: Final = ("/", "&")
"""Signs of prompts for a query."""

_ENTER_LABELS: Final = {":": "go", ">": "write"}
"""Labels of Enter for the other signs."""

_MOST_CHARACTERS: Final = 500
"""Characters of a text at most; a longer one was pasted by mistake."""


class Prompt(Vertical):
    """Prompt for one line of text.

    Args:
        purpose: has the sign: `/` and `&` for a query, `:` for a position, `>` for a file.
        analysis: the session whose words complete a query.
    """

    # Not in the style sheet, because every start parses that.
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
            text-align: right;
            color: $foreground-muted;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # Enter sends ctrl+j until the terminal is in raw mode.
        *(
            Binding("enter,ctrl+j", f"accept('{label}')", label, priority=True, key_display="Enter")
            for label in ("keep", "go", "write")
        ),
        Binding("escape", "cancel", "cancel", priority=True, key_display="Esc"),
        # Tab's default would move the focus away and leave the prompt open.
        Binding("tab", "complete", "complete", priority=True, key_display="Tab"),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
    ]

    @dataclass
    class Closed(Message):
        """Message that the user has accepted or cancelled the prompt."""

        text: str | None
        """The accepted text; None if cancelled."""

    def __init__(self, purpose: PromptPurpose, analysis: Analysis) -> None:
        super().__init__()
        self.purpose = purpose
        self._suggester = _QuerySuggester(analysis)
        self._completions: Sequence[str] = ()
        self._error: QueryError | None = None
        self.field = _OneLineInput(
            purpose.text,
            compact=True,
            select_on_focus=False,
            suggester=self._suggester if purpose.sign in _QUERIES else None,
            max_length=_MOST_CHARACTERS,
        )
        """Input that should get the focus."""
        # Each blink would be a write over SSH, and a distraction on a still screen.
        self.field.cursor_blink = False
        self._count = Static("", markup=False, id="count")
        self._complaint = Static("", markup=False, id="complaint")

    def compose(self) -> Iterator[Widget]:
        """Yield sign, input and count, with the error message below."""
        with Horizontal():
            yield Static(f"{self.purpose.sign} ", markup=False, id="sign")
            yield self.field
            yield self._count
        yield self._complaint

    @property
    def has_error(self) -> bool:
        """True while the text has an error."""
        return self.has_class("-complaining")

    def show_count(self, count: str) -> None:
        """Show the number of matches and clear the error."""
        self.remove_class("-complaining")
        if count != self._count.content:
            # A layout takes as long as a search, and a shorter count ends in the same column.
            self._count.update(count, layout=width(count) > self._count.size.width)

    def show_error(self, error: QueryError | str) -> None:
        """Show an error of the text, with a pointer to its place if that is known."""
        self.add_class("-complaining")
        self._count.update("")
        self._error = QueryError(error, 0, 0, "") if isinstance(error, str) else error
        self._update_error()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Return True if an action applies to this prompt's sign."""
        match action:
            case "accept":
                return parameters == (_ENTER_LABELS.get(self.purpose.sign, "keep"),)
            case "complete":
                return self.purpose.sign in _QUERIES
        return True

    def on_mount(self) -> None:
        """Move the pointer with the text when the input scrolls."""
        self.watch(self.field, "scroll_x", self._update_error, init=False)

    def _update_error(self) -> None:
        error, cells = self._error, self.size.width
        if error is None:
            return
        start = width(error.text[: error.start]) - self.field.scroll_offset.x
        place = len(f"{self.purpose.sign} ") + min(max(start, 0), self.field.size.width - 1)
        pointer = f"{' ' * place}▲"
        if len(pointer) + 1 + width(error.message) <= cells:
            text = f"{pointer} {error.message}"
        else:
            text = "\n".join([pointer, *wrap(error.message, cells)])
        self._complaint.update(Content(text))

    async def action_complete(self, step: int = 1) -> None:
        """Complete the text, and go through the completions on each further call.

        Args:
            step: 1 for the next completion, -1 for the previous one.
        """
        current = self.field.value
        if current not in self._completions:
            self._completions = await self._suggester.complete(current)
            place = 0
        else:
            place = self._completions.index(current) + step
        if self._completions:
            self.field.value = self._completions[place % len(self._completions)]
            self.field.cursor_position = len(self.field.value)

    def action_accept(self, label: str) -> None:  # noqa: ARG002  # tells the footer's labels apart
        """Accept the text."""
        self.post_message(self.Closed(self.field.value))

    def action_cancel(self) -> None:
        """Cancel the prompt."""
        self.post_message(self.Closed(None))


class _OneLineInput(Input):
    """Input that joins the lines of a pasted text instead of taking only the first."""

    def on_paste(self, event: Paste) -> None:
        """Insert the text at the cursor or in place of the selection."""
        event.prevent_default()
        event.stop()
        self.replace(join_lines(event.text), *self.selection)


class _QuerySuggester(Suggester):
    """Suggester that completes a query behind the cursor."""

    def __init__(self, analysis: Analysis) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._analysis = analysis
        self._known: FieldValues = {}

    async def complete(self, value: str) -> Sequence[str]:
        """Return the completions of a query, the best first."""
        complete = partial(complete_query, value, self._analysis, self._known)
        # The first one of a field reads all events.
        return await run_in_thread(complete) if ":" in value else complete()

    async def get_suggestion(self, value: str) -> str | None:
        """Return the best completion as a whole text; None without one."""
        found = await self.complete(value)
        # A completion that adds quotes does not continue the typed text, so only Tab offers it.
        return found[0] if found and found[0].lower().startswith(value.lower()) else None
