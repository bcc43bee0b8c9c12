"""The title bar, status bar and key bar, and the message in place of a missing timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from time import monotonic
from typing import Any, Final, NamedTuple

from textual import events
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive, var
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import Severity
from eventview.errors import EventviewError
from eventview.render import rows
from eventview.session.text import clip, width
from eventview.tui.state import NO_SESSION, SessionState
from eventview.view.time_display import SINCE_START

_KEPT_LONGEST: Final = ("help", "quit")
"""Actions whose keys stay on the narrowest screen: help lists all others, and quit ends."""

_TALL = 20
"""Lines of a screen from which blank lines separate paragraphs."""


class StateChange(Message):
    """Message that the user asks for a change of the session's state.

    Args:
        method: method of `SessionState`.
        arguments: its arguments.
    """

    def __init__(self, method: str, arguments: Sequence[object]) -> None:
        super().__init__()
        self.method = method
        self.arguments = arguments


class Bar(Widget):
    """Line with a text at its left and one at its right edge."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._texts = [Content(), Content()]

    def render(self) -> Content:
        """Render both texts and cut the left one where they would meet."""
        left, *rights = self._texts
        cells = self.size.width
        # A third of the width is enough of the left text to tell sessions apart.
        room = cells - min(left.cell_length, cells // 3) - 2
        right = next((text for text in rights if text.cell_length <= room), rights[-1])
        room = cells - right.cell_length
        if left.cell_length > room - 1:
            left = left.truncate(max(0, room - 1), ellipsis=True)
        return Content.assemble(left, " " * (room - left.cell_length), right)

    def show_texts(self, *texts: Content) -> None:
        """Show the left text, and the first right one that fits; the last is never cut."""
        before, self._texts = self._texts, list(texts)
        if len(texts) != len(before) or not all(map(Content.is_same, texts, before)):
            self.refresh()


class TitleBar(Bar):
    """Name, length and counts of the session."""

    state: var[SessionState] = var(NO_SESSION)

    def watch_state(self, before: SessionState, state: SessionState) -> None:
        """Show another title."""
        if state.view is not before.view or _TITLE_PARTS(state) != _TITLE_PARTS(before):
            self._update_texts()

    def _update_texts(self) -> None:
        view, clock = self.state.view, self.state.times
        progress = self.state.export_progress or self.state.progress
        if self.state.search_progress:
            way_out = " (Esc gives it up)" if self.state.is_searching else ""
            progress = f"{self.state.search_progress} …{way_out}"
        session = view.session
        # In narrow terminals the last of them are left out first.
        details = [progress] if progress else []
        if session.events:
            # The progress text of an incomplete session already has the counts.
            has_counts = progress and rows.describe_missing(session) and not view.is_hiding
            details += [] if has_counts else [rows.describe_counts(view)]
            details += [
                rows.format_length(session),
                _count_signals(view.analysis),
                rows.describe_pages(session),
                *([rows.describe_duplicates(session)] if session.doubled else []),
            ]
            # Times that do not count from the start are unusual, so they are named first.
            times = f"times {rows.time_display_name(session, clock)}"
            details.insert(len(details) if clock == SINCE_START else bool(progress), times)
        lengths = range(max(1, len(details)), 0, -1)
        self.show_texts(
            Content.styled(rows.session_name(session), "bold"),
            *(Content.styled(" · ".join(details[:n]), "$foreground-muted") for n in lengths),
        )


_TITLE_PARTS: Final = attrgetter("times", "progress", "search_progress", "export_progress")


def _count_signals(analysis: Analysis) -> str:
    """Return the number of findings and of severe ones as a text."""
    counts = analysis.signals.counts
    severe = sum(n for kind, n in counts.items() if kind.severity is Severity.SEVERE)
    notable = sum(n for kind, n in counts.items() if kind.severity is Severity.NOTABLE)
    return f"{rows.pluralize(severe + notable, 'signal')}, {severe:,} severe"


class StatusBar(Bar):
    """State of the find or the signals of an event, and the position of the cursor."""

    state: var[SessionState] = var(NO_SESSION)

    def watch_state(self, before: SessionState, state: SessionState) -> None:
        """Show another find, signal or position."""
        if state.view is before.view and _STATUS_PARTS(state) == _STATUS_PARTS(before):
            return
        view, row = state.view, state.highlighted_row
        find = view.options.find
        left: list[tuple[str, str]] = []
        if find:
            hits = rows.describe_hits(view, state.highlighted_index)
            left += [
                (f"/ {clip(find.text, 40)}  ", "bold"),
                (hits, "" if view.hits else "$text-error"),
            ]
        if view.left_out:
            left += [(" · " if find else "", ""), (view.left_out, "$text-error")]
        if state.wrap_text:
            left.append((f" · {state.wrap_text}", "$text-warning"))
        if state.signal_text:
            left += [("  " if find else "", ""), (state.signal_text, "$text-warning")]
        place = "no rows" if view.session.events else ""
        if view.rows:
            share = (row + 1) * 100 // len(view.rows)
            place = f"row {row + 1:,} of {len(view.rows):,} · {share}%"
            if view.count_folded_visits():
                place = f"{rows.pluralize(view.count_folded_visits(), 'page')} folded · {place}"
        self.show_texts(Content.assemble(*left), Content.styled(place, "$foreground-muted"))


_STATUS_PARTS: Final = attrgetter("highlighted_row", "wrap_text", "step_name")


class BarKey(NamedTuple):
    """A key in the bar at the bottom of the screen."""

    key: str
    """Name of the key."""
    label: str
    """Text for the key."""
    description: str
    action: str

    @property
    def text(self) -> str:
        """The text in the bar."""
        return f"{self.label} {self.description}"


class KeyBar(Widget):
    """The keys that do something now: as many as fit, each of them whole; a click presses one."""

    ALLOW_SELECT = False

    hovered: reactive[int | None] = reactive(None)
    """Number of the key under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._listed: Sequence[BarKey] | None = None

    def on_mount(self) -> None:
        """List the keys again whenever other ones do something."""
        self.screen.bindings_updated_signal.subscribe(self, self._forget)

    def _forget(self, _: Screen[Any]) -> None:
        if self.app.app_focus:
            self._listed = None
            self.refresh()

    @property
    def keys(self) -> Sequence[BarKey]:
        """The keys that are shown, in order."""
        if self._listed is None:
            bindings = self.screen.active_bindings.values()
            shown = [(each.binding, each.enabled) for each in bindings if each.binding.show]
            # An action may have several keys, of which the first is shown.
            by_action = {binding.action: binding for binding, _ in reversed(shown)}
            self._listed = [
                BarKey(
                    binding.key,
                    self.app.get_key_display(binding),
                    binding.description,
                    binding.action,
                )
                for binding, is_enabled in shown
                if is_enabled and by_action[binding.action] is binding
            ]
        return self._choose(self._listed, self.size.width)

    @staticmethod
    def _choose(keys: Sequence[BarKey], cells: int) -> Sequence[BarKey]:
        """Return as many keys as fit into so many cells, from the first on."""
        # Each key counts a cell of space behind it, which the last does not need.
        room, chosen = cells + 1, set[BarKey]()
        for key in sorted(keys, key=lambda key: key.action not in _KEPT_LONGEST):
            needed = width(key.text) + 1
            if needed <= room:
                chosen.add(key)
            # After the first key that does not fit, shorter ones are left out too: a key that
            # comes and goes would move the others.
            room = room - needed if key in chosen else 0
        return [key for key in keys if key in chosen]

    def _find(self, x: int) -> int | None:
        """Return the number of the key in a column."""
        end = 0
        for number, key in enumerate(self.keys):
            start, end = end, end + width(key.text) + 1
            if start <= x < end - 1:
                return number
        return None

    def render(self) -> Content:
        """Render the keys in a line."""
        parts: list[Content] = []
        for number, key in enumerate(self.keys):
            is_hovered = number == self.hovered
            part = Content.assemble(
                (key.label, "bold $footer-key-foreground"), f" {key.description}"
            )
            parts.append(part.stylize("on $block-hover-background") if is_hovered else part)
        return Content(" ").join(parts)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Light up the key under the mouse."""
        self.hovered = self._find(event.x)

    def on_leave(self) -> None:
        """Light up no key."""
        self.hovered = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the mouse."""
        number = self._find(event.x)
        if number is not None:
            self.app.simulate_key(self.keys[number].key)


class EmptyMessage(Container):
    """Message in the middle of the screen while there is no timeline: loading, empty, failed."""

    def __init__(self) -> None:
        super().__init__()
        self._text = Static(markup=False)
        self._clock: Timer | None = None
        """Timer that counts the seconds of a wait; None while there is none."""
        self._start_s = 0.0
        self._wait: list[str] = []

    def compose(self) -> Iterator[Static]:
        """Yield the text."""
        yield self._text

    def show_text(self, text: str) -> None:
        """Show a text."""
        self._stop_clock()
        self._show_text(text)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def _show_text(self, text: str) -> None:
        self.remove_class("-failed")
        self._text.update(Content.styled(text, "$foreground-muted"))

    def show_progress(
        self, place: str, status: str = "", *, what: str = "the session", way_out: str = ""
    ) -> None:
        """Show what is being read, for how long, a status message, and the key that ends it."""
        if self._clock is None:
            self._start_s = monotonic()
            self._clock = self.set_interval(1, self._count_second)
        self._wait = [f"Reading {what} from {place} …", status, way_out]
        self._show_wait()

    def _count_second(self) -> None:
        if self.display:
            self._show_wait()
        else:
            # The timeline has taken its place.
            self._stop_clock()

    def _show_wait(self) -> None:
        seconds = int(monotonic() - self._start_s)
        first, *rest = self._wait
        lines = (f"{first}  {seconds} s" if seconds else first, *rest)
        self._show_text("\n\n".join(line for line in lines if line))

    def show_failure(self, failure: EventviewError, *, is_from_list: bool = False) -> None:
        """Show a failure with its reason, its hint and the keys to go on.

        Args:
            failure: the failure.
            is_from_list: True if there is a list of sessions to go back to.
        """
        again = " type another key   " if failure.retype else " try again   "
        self._stop_clock()
        self.add_class("-failed")
        parts = [
            Content.styled(failure.message, "bold"),
            Content(failure.reason),
            Content(failure.hint),
            Content.assemble(
                ("r", "bold"),
                again,
                *((("Esc", "bold"), " back to the list   ") if is_from_list else ()),
                ("q", "bold"),
                f" quit (exit code {failure.exit_code})",
            ),
        ]
        # On a short screen, blank lines would push the last paragraphs off it.
        gap = "\n\n" if self.app.size.height >= _TALL else "\n"
        self._text.update(Content(gap).join(part for part in parts if part))
