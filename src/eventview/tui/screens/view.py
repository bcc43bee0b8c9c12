"""A session through a lens, on the screen: what is shown of it and how the user goes about in it.

Knows neither where the session comes from nor how a query is typed. Widgets get values from here
and post messages to here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.getters import query_one
from textual.screen import Screen
from textual.widget import Widget

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import ERRORS, WENT_WRONG, Severity, SignalKind
from eventview.query.query import ALL_TYPES, STARTING_TYPES
from eventview.render.details import Field
from eventview.session.events import PERFORMANCE
from eventview.session.session import Session
from eventview.tui import commands
from eventview.tui.system.threads import ViewChange, ViewChanger
from eventview.tui.widgets.bars import EmptyMessage, StatusBar, TitleBar
from eventview.tui.widgets.detail_pane import DetailPane
from eventview.tui.widgets.filter_bar import FilterBar, TypeBar
from eventview.tui.widgets.histogram_bar import HistogramBar
from eventview.tui.widgets.timeline import Timeline
from eventview.view import filters, folds
from eventview.view.options import ViewOptions
from eventview.view.time_display import SINCE_START
from eventview.view.view import View, following, moved

_WALKS: Final = {
    "signal": frozenset(kind for kind in SignalKind if kind.severity is not Severity.NEUTRAL),
    "severe": WENT_WRONG,
    "error": ERRORS,
    "slow": frozenset({SignalKind.SLOW}),
    "gap": frozenset({SignalKind.GAP}),
}
"""What there are keys to walk by, and the kinds of signal that are stops."""

_WALK_WORDS: Final = {
    "signal": ("signal", "signals"),
    "severe": ("that went wrong", "that went wrong"),
    "error": ("error", "errors"),
    "slow": ("poor load", "poor loads"),
    "gap": ("silence", "silences"),
}
"""One of them, and several."""

_MOST_CONTEXT: Final = 50
"""Events on either side of a match; more is no filter any more."""


class ViewScreen(Screen[None]):
    """Shows a view of a session.

    Args:
        session: what to show; none of its events need have come.
        options: what the command line asked to see.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings(
            # First, as of several bindings of a key the first that can be done is.
            commands.WITHOUT_EVENTS,
            commands.FINDING,
            commands.SIGNALS,
            commands.PLACES,
            commands.PANES,
            commands.SESSION,
        ),
    ]
    groups = commands.GROUPS
    """The commands that make sense here, those of the panes among them."""
    title_bar = query_one(TitleBar)
    activity = query_one(HistogramBar)
    type_bar = query_one(TypeBar)
    filter_bar = query_one(FilterBar)
    status_bar = query_one(StatusBar)
    timeline = query_one(Timeline)
    detail = query_one(DetailPane)
    notice = query_one(EmptyMessage)

    def __init__(self, analysis: Analysis, options: ViewOptions) -> None:
        super().__init__()
        self._view = View(analysis, replace(options, are_runs_rolled=True))
        self._clock = SINCE_START
        self._marks: frozenset[int] = frozenset()
        self._walked = ""
        self._is_rest_due = False
        self._turning = ViewChanger(self, self._turned)

    @property
    def session(self) -> Session:
        """What has come so far."""
        return self._view.session

    @property
    def _options(self) -> ViewOptions:
        turn = self._turning.turn
        return turn.options if turn else self._view.options

    @property
    def progress(self) -> str:
        """What is still being done, in words; "" when all is there."""
        return ""

    def compose(self) -> Iterator[Widget]:
        """Bars above and below, timeline and detail between them."""
        yield TitleBar()
        yield HistogramBar()
        yield TypeBar()
        yield FilterBar()
        with Container(id="body"):
            yield Timeline()
            yield DetailPane()
        yield EmptyMessage()
        yield StatusBar()
        yield Container(id="keys")

    def on_unmount(self) -> None:
        """Look for nothing any more."""
        self._turning.drop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Whether something can be done here: with nothing to see, there is little."""
        return bool(self._view.session.events) or action not in commands.NEEDING_EVENTS

    # --- what is shown

    def _show(self) -> None:
        """Bring every widget up to date with the view."""
        is_without = not self._view.session.events
        if is_without or self.has_class("-without-events"):
            # What can be done may have changed, and the last line names it.
            self.refresh_bindings()
        self.set_class(is_without, "-without-events")
        self._show_title()
        self.type_bar.show(self._view)
        self.filter_bar.show(filters.filter_chips(self._options))
        self.timeline.show(self._view, self._clock, self._marks)
        self._show_current()

    def _show_title(self) -> None:
        word = "finding … (Esc gives it up)" if self._turning.is_for_user else self.progress
        self.title_bar.show(self._view, self._clock, progress=word)

    def _show_current(self) -> None:
        index = self.timeline.lit_index
        self.status_bar.show(
            self._view,
            index,
            self.timeline.lit_row,
            wrapped=self._find_words(index),
            said=self._walk_words(index),
        )
        # They are the most to paint: the cursor, on its way through many rows, goes first.
        if not self._is_rest_due:
            self._is_rest_due = True
            self.call_after_refresh(self._show_rest)

    def _find_words(self, index: int | None) -> str:  # noqa: ARG002  # for screens that find
        """What there is to say of how the find came to an event; "" for nothing."""
        return ""

    def _show_rest(self) -> None:
        self._is_rest_due = False
        index = self.timeline.lit_index
        self.activity.show(self._view.analysis, index)
        self.detail.show(self._view, index)

    def _turned(self) -> None:
        """Show how far it is with the view that was asked for, or do what waited for it."""
        self._show_title()

    def _look_through(self, options: ViewOptions) -> None:
        view = self._view.through(options)
        turn = ViewChange(options, (view.filtering, view.finding), is_for_user=True)
        self._turning.begin(turn, view.found, self._show_view)

    def _show_view(self, view: View) -> None:
        self._view = view
        self._show()

    def _take(self, view: View) -> None:
        """Go on with a view of a later state of the session: indexes may have moved."""
        before, session, options = self._view.session, view.session, view.options
        if before.events:
            self._marks = moved(self._marks, before, session)
            if self._clock.zero is not None:
                zero = next(iter(moved([self._clock.zero], before, session)), None)
                # Without what it counted from, it counts from the start.
                self._clock = SINCE_START if zero is None else self._clock._replace(zero=zero)
            options = replace(
                options,
                folded=moved(options.folded, before, session),
                unrolled=moved(options.unrolled, before, session),
            )
        self._view = view.through(options)

    def _begin(self, analysis: Analysis) -> None:
        """Go on with another session: what was folded, marked, zeroed is of the one before."""
        self._turning.drop()
        self._marks, self._clock, self._walked = frozenset(), SINCE_START, ""
        options = replace(self._options, folded=frozenset(), unrolled=frozenset(), window=None)
        self.detail.forget()
        self._view = View(analysis, options)

    def _go_to(self, index: int) -> None:
        """Put the cursor on an event, unfolding what hides it."""
        options = folds.reveal(self._view, index)
        if options == self._view.options:
            self.timeline.go_to(index)
            return
        self._look_through(options)
        self._turning.once_done(lambda: self.timeline.go_to(index))

    def _here(self) -> int | None:
        """The index of the event to do something with; says so where there is none."""
        index = self.timeline.index
        if index is None:
            said = "No events are shown: Esc takes back what hides them, 0 shows all types."
            self.notify(said)
        return index

    @on(Timeline.Moved)
    def _follow_cursor(self) -> None:
        self._show_moved()

    def _show_moved(self) -> None:
        """Show where the cursor is now."""
        self._show_current()

    def on_histogram_bar_picked(self, message: HistogramBar.Picked) -> None:
        """A click on the strip leads there."""
        self._go_to(message.index)

    # --- types and filter

    def action_toggle_type(self, number: int) -> None:
        """Show or hide the type with this number."""
        names = list(self._view.session.type_counts)
        if number <= len(names):
            types = self._options.types.toggled(names[number - 1])
            self._look_through(replace(self._options, types=types))

    def action_toggle_samples(self) -> None:
        """Show or hide the PERFORMANCE events, which drown a timeline and so start hidden."""
        types = self._options.types.toggled(PERFORMANCE)
        self._look_through(replace(self._options, types=types))

    def action_all_types(self) -> None:
        """Show all types."""
        self._look_through(replace(self._options, types=ALL_TYPES))

    def on_type_bar_clicked(self, message: TypeBar.Clicked) -> None:
        """A click on a chip is its digit."""
        self.action_toggle_type(message.number)

    def action_drop_piece(self) -> None:
        """Do without the last piece of the filter."""
        self._drop(-1)

    def on_filter_bar_clicked(self, message: FilterBar.Clicked) -> None:
        """Do without the piece that was clicked; not while the filter is being typed."""
        if not self.has_class("-prompting"):
            self._drop(message.number)

    def _drop(self, number: int) -> None:
        parts = filters.filter_chips(self._options)
        if parts:
            self._look_through(parts[number].without)

    def action_more_context(self) -> None:
        """Show one more event around each that the filter matches."""
        self._change_reach(1)

    def action_less_context(self) -> None:
        """Show one fewer."""
        self._change_reach(-1)

    def _change_reach(self, step: int) -> None:
        if not self._options.filter:
            self.notify("Nothing is filtered: & filters, z then shows what is around.")
            return
        # The command line may have asked for more than there is by keys.
        reach = (min(max(0, n + step), max(_MOST_CONTEXT, n)) for n in self._options.reach)
        # What is wanted is what is around the event in sight, not around one that is hidden.
        self.timeline.settle()
        self._look_through(self._options.reaching(*reach))

    # --- folds

    def on_timeline_fold_asked(self, message: Timeline.FoldAsked) -> None:
        """Fold or unfold."""
        index = self._here()
        if index is None:
            return
        if message.is_everything:
            view = self._view
            options = folds.fold_all(view) if message.is_to_fold else folds.unfold_all(view)
            self._look_through(options)
            return
        if not message.is_to_fold:
            unfolded = folds.unfold(self._view, index)
            if unfolded is not None:
                self._look_through(unfolded)
            return
        folded = folds.fold(self._view, index)
        if folded is not None:
            self._look_through(folded)

    # --- signals

    def action_walk(self, name: str, step: int) -> None:
        """To the next signal of some kinds, or the previous for -1; in a circle."""
        index = self._here()
        if index is None:
            return
        places = self._view.events_with(_WALKS[name])
        target = following(places, index, step)
        if target is None:
            _, words = _WALK_WORDS[name]
            words = "signals of what went wrong" if name == "severe" else words
            where = " among what is shown" if self._view.is_hiding else " in this session"
            self.notify(f"There are no {words}{where}.")
            return
        self._go_to(target)
        self._walked = name
        self._show_current()

    def _walk_words(self, index: int | None) -> str:
        """What the event under the cursor is a signal of, after the way the user came there."""
        if index is None:
            return ""
        signals = self._view.signals_of(index)
        if not signals:
            return ""
        kinds = _WALKS.get(self._walked, frozenset())
        signal = next((s for s in signals if s.kind in kinds), signals[0])
        words = descriptions.sentence(self._view.analysis, signal)
        places = self._view.events_with(kinds) if self._walked else ()
        place = bisect_left(places, index)
        if place == len(places) or places[place] != index:
            return words
        one, several = _WALK_WORDS[self._walked]
        total = f"{len(places):,} {one if len(places) == 1 else several}"
        return f"{place + 1:,} of {total} · {words}"

    # --- times and places

    def action_next_time_mode(self) -> None:
        """Times since start, since zero, local, UTC, in turn."""
        self._clock = self._clock.next()
        self._show()

    def action_zero(self) -> None:
        """Count times from the event under the cursor, or from the start again."""
        index = self._here()
        if index is None:
            return
        if self._view.session.is_stray(index):
            self.notify("This event's time is a stray: nothing counts from it.")
        elif self._view.session.events[index].time_ms is None:
            self.notify("This event has no readable time to count from.")
        else:
            self._clock = self._clock.zeroed(index)
            self._show()

    def action_mark(self) -> None:
        """Mark the event under the cursor, or take its mark away."""
        index = self._here()
        if index is not None:
            self._marks ^= {index}
            self._show()

    def action_walk_marks(self, step: int) -> None:
        """To the next mark, or the previous for -1; in a circle."""
        index = self._here()
        if index is None:
            return
        if not self._marks:
            self.notify("Nothing is marked: m marks an event.")
            return
        marked = [index for index in sorted(self._marks) if self._view.shows(index)]
        target = following(marked, index, step)
        if target is None:
            self.notify("Every mark is hidden by the filter or the types.")
            return
        self._go_to(target)

    # --- panes

    def action_open_detail(self) -> None:
        """Into the detail, which fills the screen where both have no room."""
        if self._here() is not None:
            # What is read is where the user is, also once what it stood in for is shown again.
            self.timeline.settle()
            self.add_class("-reading")
            self.set_focus(self.detail)

    def action_next_pane(self) -> None:
        """To the other of timeline and detail."""
        if self.detail.has_focus:
            self._leave_detail()
        else:
            self.action_open_detail()

    def _leave_detail(self) -> None:
        self.remove_class("-reading")
        self.set_focus(self.timeline)

    @on(Timeline.Opened)
    def _open_clicked(self) -> None:
        self.action_open_detail()

    def action_about(self) -> None:
        """Show the session at a glance."""
        session = self._view.session
        if not session.events:
            return
        # Here, as for the help: the imports would delay every start.
        from eventview.render.summary import facts
        from eventview.tui.screens.dialogs import AboutScreen

        def show(found: Sequence[Field]) -> None:
            self.app.push_screen(AboutScreen(session, found))

        self._turning.when_done(lambda: tuple(facts(self._view.analysis)), show, "about")

    def action_help(self) -> None:
        """Show the keys."""
        # Here, because the help is rarely asked for and its imports would delay every start.
        from eventview.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen(self.groups))

    def _has_chosen_types(self) -> bool:
        return self._options.types not in (STARTING_TYPES, ALL_TYPES)
