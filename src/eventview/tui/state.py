"""State of a session on the screen, and the changes that commands make to it.

A method returns the state after one change. Where the change shows or hides events, the new state
asks for other view options than those of its view, which the screen then prepares.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import cached_property, wraps
from typing import Any, Concatenate, Final, Literal, ParamSpec

from msgspec import Struct
from msgspec.structs import replace

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.query.query import ALL_TYPES, NO_QUERY, STARTING_TYPES, Query
from eventview.query.vocabulary import KINDS, SIGNAL_WORDS
from eventview.session.position import Position
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.view import folds
from eventview.view.sorted_indexes import find_next
from eventview.view.time_display import SINCE_START, TimeDisplay
from eventview.view.view import View
from eventview.view.view_options import ViewOptions, make_filter_chips

_MAX_CONTEXT: Final = 50
"""Most events around each match that keys ask for; with more, the filter hides little."""

NO_EVENT: Final = "No events are shown: Esc undoes what hides them, 0 shows all types."
"""Message of a command that needs an event when none is shown."""

_Arguments = ParamSpec("_Arguments")


def _needs_event(
    change: Callable[Concatenate[SessionState, int, _Arguments], SessionState],
) -> Callable[Concatenate[SessionState, _Arguments], SessionState]:
    """Pass a change the index of the event under the cursor; without one, say so instead."""

    @wraps(change)
    def change_with_event(
        state: SessionState, /, *arguments: _Arguments.args, **named: _Arguments.kwargs
    ) -> SessionState:
        if state.index is None:
            return state.change(message=NO_EVENT)
        return change(state, state.index, *arguments, **named)

    return change_with_event


class SessionState(Struct, frozen=True, eq=False, dict=True):
    """A session, the choices about what is shown of it, and the cursor.

    The cursor belongs to an event. While that is hidden or folded, the cursor is shown on the
    nearest row, and it returns when the event is shown again.
    """

    view: View
    """View on the screen."""
    options: ViewOptions
    """Options asked for; others than those of the view until the view for them is ready."""
    times: TimeDisplay = SINCE_START
    marks: frozenset[int] = frozenset()
    """Indexes of the marked events."""
    cursor: int = -1
    """Index of the cursor's event; -1 until there is a row."""
    is_at_start: bool = True
    """True until the cursor is moved from its initial event."""
    peeked: int | None = None
    """Index of the event that is highlighted instead while a find is typed."""
    step_name: str = ""
    """Word of `is:` of the last step to a signal; "" before the first."""
    wrap_text: str = ""
    """Text about a find that wrapped to reach the highlighted event; "" if none did."""
    progress: str = ""
    """Text about what is still loading or missing; "" if nothing is."""
    search_progress: str = ""
    """Step and figure of a search or overview that takes long, such as `finding 34 %`; "" if none
    does."""
    export_progress: str = ""
    """Step and figure of a copy or file under way, such as `redacting 12,000 of 100,000 events`; ""
    if none is."""
    message: str = ""
    """Sentences to notify of the last change; "" for none."""
    steps: tuple[Callable[[SessionState], SessionState], ...] = ()
    """Changes to make when the view for the options is ready."""
    fallback: ViewOptions | None = None
    """Options to return to if the search under way is given up; None for those of the view."""

    @property
    def session(self) -> Session:
        """Session as far as it has arrived."""
        return self.view.session

    @property
    def is_searching(self) -> bool:
        """True until the view for the options is ready."""
        return self.options is not self.view.options and self.options != self.view.options

    @cached_property
    def row(self) -> int:
        """The cursor's row, counted from 0; -1 without rows."""
        return self.view.row_of(self.cursor)

    @property
    def index(self) -> int | None:
        """Index of the event under the cursor; None without rows."""
        return self.view.rows[self.row] if self.view.rows else None

    @cached_property
    def highlighted_row(self) -> int:
        """The cursor's row, or the row of the event peeked at; -1 without rows."""
        return self.row if self.peeked is None else self.view.row_of(self.peeked)

    @cached_property
    def highlighted_index(self) -> int | None:
        """Index of the event on the highlighted row; None without rows."""
        return self.view.rows[self.highlighted_row] if self.view.rows else None

    @cached_property
    def signal_text(self) -> str:
        """Sentence of the highlighted event's signal, preferably of the kinds last stepped to."""
        view, index = self.view, self.highlighted_index
        signals = () if index is None else view.signals_of(index)
        if index is None or not signals:
            return ""
        kinds = KINDS.get(self.step_name, ())
        signal = next((s for s in signals if s.kind in kinds), signals[0])
        sentence = descriptions.describe_signal(view.analysis, signal)
        places = view.events_with(kinds) if self.step_name else ()
        place = bisect_left(places, index)
        if place == len(places) or places[place] != index:
            return sentence
        total = SIGNAL_WORDS[self.step_name].format_count(len(places))
        return f"{place + 1:,} of {total} · {sentence}"

    # --- how states follow each other

    def change(self, *, message: str = "", **changes: Any) -> SessionState:
        """Return the state with other values; the message is that of this change."""
        state = replace(self, message=message, **changes)
        if state.wrap_text and "wrap_text" not in changes:
            is_same_find = state.options.find == self.options.find
            if not is_same_find or state.highlighted_index != self.highlighted_index:
                # The text holds only while the cursor stays on the hit.
                return replace(state, wrap_text="")
        return state

    def set_options(self, options: ViewOptions, *, message: str = "") -> SessionState:
        """Ask for other view options; what waited for the ones before is dropped."""
        return self.change(options=options, message=message, steps=(), fallback=None)

    def after_change(self, step: Callable[[SessionState], SessionState]) -> SessionState:
        """Make another change when the view for the options is ready, or at once if it is."""
        if self.is_searching:
            return replace(self, steps=(*self.steps, step))
        state = step(self)
        return replace(state, message=state.message or self.message)

    def with_view(self, view: View) -> SessionState:
        """Show the view for the options; the changes that wait for it come next."""
        cursor = view.rows[0] if self.cursor < 0 and view.rows else self.cursor
        return self.change(
            message=self.message,
            view=view,
            options=view.options,
            cursor=cursor,
            steps=(),
            fallback=None,
        )

    def adopt(self, view: View) -> SessionState:
        """Show a view of a later state of the session, in which indexes may differ."""
        before, session, options, times = self.session, view.session, view.options, self.times
        if not before.events:
            return self.with_view(view)

        def follow(indexes: Iterable[int]) -> frozenset[int]:
            return folds.remap(indexes, before, session)

        if times.zero is not None:
            zero = next(iter(follow([times.zero])), None)
            # The event that times counted from may be gone.
            times = SINCE_START if zero is None else times._replace(zero=zero)
        options = folds.follow(options, before, session)
        view = view if options == view.options else view.through(options)
        peeked = self.peeked
        return self.change(
            view=view,
            options=view.options,
            times=times,
            marks=follow(self.marks),
            cursor=_find_index(self.cursor, before, session),
            peeked=None if peeked is None else _find_index(peeked, before, session),
        )

    # --- the cursor

    def go_to(
        self, index: int, *, message: str = "", wrap_text: str = "", step_name: str = ""
    ) -> SessionState:
        """Put the cursor on an event, and unfold what hides it."""
        changes: dict[str, Any] = {"cursor": index, "peeked": None, "is_at_start": False}
        if wrap_text:
            changes["wrap_text"] = wrap_text
        if step_name:
            changes["step_name"] = step_name
        options = folds.reveal(self.view, index)
        if options == self.view.options:
            return self.change(message=message, **changes)
        state = self.set_options(options, message=message)
        return state.after_change(lambda state: state.change(**changes))

    def go_to_row(self, row: int) -> SessionState:
        """Put the cursor on a row, or on the nearest one."""
        rows = self.view.rows
        if not rows:
            return self.change()
        index = rows[min(max(row, 0), len(rows) - 1)]
        return self.change(cursor=index, peeked=None, is_at_start=False)

    def go_to_position(self, position: Position) -> SessionState:
        """Go to a position, or to the last event shown before it."""
        session, times = self.session, self.times
        if times.zone is None:
            position = position.in_local_zone()
        zero_ms = None
        if times.is_from_zero and times.zero is not None:
            zero_ms = session.events[times.zero].time_ms
        # A session may pass a time of day twice: the one nearest to the cursor is meant.
        near_ms = None if self.index is None else session.events[self.index].time_ms
        index = position.index(session, times.zone, zero_ms, near_ms)
        if index is not None and position.number is None:
            index = self.view.find_shown(index)
        remark = position.remark(session, times.zone, zero_ms, near_ms, index=index)
        if index is None:
            return self.change(message=remark)
        return self.go_to(index, message=remark or self.view.hidden(index))

    @_needs_event
    def walk(self, index: int, name: str, step: int) -> SessionState:
        """Go to the next signal of a word of `is:`, or to the previous for -1; wrap at the end."""
        places = self.view.events_with(KINDS[name])
        target = find_next(places, index, step)
        if target is None:
            word = SIGNAL_WORDS[name]
            several = (word.shortcut and word.shortcut.absent) or word.plural
            where = " among the events shown" if self.view.is_hiding else " in this session"
            return self.change(message=f"There are no {several}{where}.")
        return self.go_to(target, step_name=name)

    @_needs_event
    def walk_hits(self, index: int, step: int, *, from_here: bool = False) -> SessionState:
        """Go to the next hit, or to the previous for -1; wrap at the end.

        Args:
            index: the cursor's event.
            step: 1 or -1.
            from_here: True to stay on a hit that is under the cursor.
        """
        start = index - step * from_here
        hit = self.view.find_hit(start, step)
        if hit is not None:
            end = "top" if step > 0 else "bottom"
            has_wrapped = (hit - start) * step <= 0
            return self.go_to(hit, wrap_text=f"wrapped to the {end}" if has_wrapped else "")
        return self.change(
            message="" if self.options.find else "Nothing to find yet: / starts a find."
        )

    @_needs_event
    def walk_marks(self, index: int, step: int) -> SessionState:
        """Go to the next mark, or to the previous for -1; wrap at the end."""
        if not self.marks:
            return self.change(message="Nothing is marked: m marks an event.")
        marked = [index for index in sorted(self.marks) if self.view.shows(index)]
        target = find_next(marked, index, step)
        if target is None:
            return self.change(message="Every mark is hidden by the filter or the types.")
        return self.go_to(target)

    def walk_visits(self, step: int) -> SessionState:
        """Go to the next page visit; for -1 to the start of this one, or to the previous one."""
        return self.go_to_row(folds.find_visit_row(self.view, self.row, step))

    def peek(self) -> SessionState:
        """Highlight the first hit from the cursor on, which stays where it is."""
        index = self.index
        hit = None if index is None else self.view.find_hit(index - 1, 1)
        return self.change(peeked=hit)

    def settle(self) -> SessionState:
        """Move the cursor from its hidden event to the row highlighted instead."""
        return self if self.index is None else replace(self, cursor=self.index, peeked=None)

    # --- what is shown

    def search(self, sign: str, query: Query) -> SessionState:
        """Find (`/`) or filter (`&`) by a query."""
        options, is_find = self.options, sign == "/"
        if query == (options.find if is_find else options.filter):
            return self.change()
        return self.set_options(
            replace(options, find=query) if is_find else options.with_filter(query)
        )

    def toggle_type(self, choice: int | str) -> SessionState:
        """Show or hide a type, given by its name or by its number in the type bar."""
        names = list(self.session.type_counts)
        if isinstance(choice, int):
            if choice > len(names):
                return self
            choice = names[choice - 1]
        return self.set_options(replace(self.options, types=self.options.types.toggled(choice)))

    def all_types(self) -> SessionState:
        """Show all types."""
        return self.set_options(replace(self.options, types=ALL_TYPES))

    def drop_chip(self, number: int = -1) -> SessionState:
        """Remove a filter chip, by default the last."""
        chips = make_filter_chips(self.options)
        return self.set_options(chips[number].without) if chips else self

    def change_context(self, step: int) -> SessionState:
        """Show one more event on either side of each match, or one fewer for -1."""
        options = self.options
        if not options.filter:
            return self.change(
                message="Nothing is filtered: & filters, then z shows events around matches."
            )
        # The command line may have asked for more than keys allow.
        before, after = (min(max(0, n + step), max(_MAX_CONTEXT, n)) for n in options.reach)
        # The user wants the context of the event in sight, not of a hidden one.
        return self.settle().set_options(replace(options, context=(before, after)))

    @_needs_event
    def fold(self, index: int, what: Literal["here", "all"] = "here") -> SessionState:
        """Fold the run of clicks or the page visit under the cursor, or all page visits."""
        if what == "all":
            return self.set_options(folds.fold_all(self.view))
        options = folds.fold(self.view, index)
        return self.change() if options is None else self.set_options(options)

    @_needs_event
    def unfold(self, index: int, what: Literal["here", "all"] = "here") -> SessionState:
        """Unfold the run of clicks or the page visit under the cursor, or all page visits."""
        if what == "all":
            return self.set_options(folds.unfold_all(self.view))
        options = folds.unfold(self.view, index)
        return self.change() if options is None else self.set_options(options)

    def undo(self) -> SessionState:
        """Give up the search under way, else undo the find, the filter, the window or the types.

        Returns:
            The state itself if there is nothing to undo.
        """
        options = self.options
        if self.is_searching:
            return self.set_options(self.fallback or self.view.options)
        if options.find:
            return self.set_options(options.without_find())
        if options.filter:
            return self.set_options(options.with_filter(NO_QUERY))
        if options.window:
            return self.set_options(replace(options, window=None))
        if options.types not in (STARTING_TYPES, ALL_TYPES):
            starting = replace(options, types=STARTING_TYPES)
            is_empty = not self.view.through(starting).rows
            return self.set_options(replace(options, types=ALL_TYPES) if is_empty else starting)
        return self

    # --- times and marks

    def next_time_mode(self) -> SessionState:
        """Switch to the next time display: since start, since zero, local, UTC."""
        return self.change(times=self.times.next())

    @_needs_event
    def zero(self, index: int) -> SessionState:
        """Count times from the event under the cursor, or from the start again."""
        if self.session.is_stray(index):
            return self.change(message="This event's time is a stray: nothing counts from it.")
        if self.session.events[index].time_ms is None:
            return self.change(message="This event has no readable time to count from.")
        return self.change(times=self.times.zeroed(index))

    @_needs_event
    def mark(self, index: int) -> SessionState:
        """Mark the event under the cursor, or remove its mark."""
        return self.change(marks=self.marks ^ {index})


_NO_VIEW: Final = View(Analysis(Session(SessionRef(""), ())))

NO_SESSION: Final = SessionState(_NO_VIEW, _NO_VIEW.options)
"""State before there is a session."""


def _find_index(index: int, before: Session, after: Session) -> int:
    """Return the index of an event in a later state of its session, or of one at its time."""
    if not 0 <= index < len(before.events):
        return index
    # The index may have changed, because late events are inserted before it.
    event = before.events[index]
    found = after.find_event(event, index)
    if found is None and event.time_ms is not None:
        found = after.index_at(event.time_ms)
    return index if found is None else found
