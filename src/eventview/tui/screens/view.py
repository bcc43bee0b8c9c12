"""A view of a session on the screen, and the commands that change what it shows.

It knows neither the session's source nor how a query is typed. Widgets get values from this
screen and post messages to it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.getters import query_one
from textual.screen import Screen
from textual.widget import Widget

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.query.query import ALL_TYPES
from eventview.query.vocabulary import KINDS, SIGNAL_WORDS
from eventview.session.events import PERFORMANCE
from eventview.session.session import Session
from eventview.tui import commands
from eventview.tui.system.threads import ViewChange, ViewChanger
from eventview.tui.widgets.bars import EmptyMessage, StatusBar, TitleBar
from eventview.tui.widgets.detail_pane import DetailPane
from eventview.tui.widgets.filter_bar import FilterBar, TypeBar
from eventview.tui.widgets.histogram_bar import HistogramBar
from eventview.tui.widgets.timeline import Timeline
from eventview.view import folds
from eventview.view.time_display import SINCE_START
from eventview.view.view import View, find_next
from eventview.view.view_options import ViewOptions, make_filter_chips

if TYPE_CHECKING:
    from eventview.render.event_fields import Field

_MAX_CONTEXT: Final = 50
"""Most events around each match that keys ask for; with more, the filter hides little."""


class ViewScreen(Screen[None]):
    """A view of a session.

    Args:
        analysis: the session to show, analysed; it may have no events yet.
        options: the view options of the command line.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.make_bindings(
            # These come first because Textual runs a key's first binding that is enabled.
            commands.WITHOUT_EVENTS,
            commands.FINDING,
            commands.SIGNALS,
            commands.PLACES,
            commands.PANES,
            commands.SESSION,
        )
    ]
    groups = commands.GROUPS
    """The commands of this screen and its panes."""
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
        self._step_name = ""
        """Name in `_STEP_KINDS` of the last step to a signal; "" before the first."""
        self._wrap_text = ""
        """Text about a find that wrapped to reach the event under the cursor; "" if none did."""
        self._is_rest_due = False
        self._changer = ViewChanger(self, self._view_changed)

    @property
    def session(self) -> Session:
        """Session as far as it has arrived."""
        return self._view.session

    @property
    def _options(self) -> ViewOptions:
        change = self._changer.change
        return change.options if change else self._view.options

    @property
    def progress(self) -> str:
        """Text about what is still under way; "" once the session is complete."""
        return ""

    def compose(self) -> Iterator[Widget]:
        """Compose the bars, with timeline and detail between them."""
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
        """Stop the search under way."""
        self._changer.drop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Disable what needs events while there are none."""
        return bool(self._view.session.events) or action not in commands.NEEDING_EVENTS

    # --- what is shown

    def _show(self) -> None:
        """Update every widget from the view."""
        is_without = not self._view.session.events
        if is_without or self.has_class("-without-events"):
            # The footer lists what can be done, which may have changed.
            self.refresh_bindings()
        self.set_class(is_without, "-without-events")
        self._show_title()
        self.type_bar.show(self._view)
        self.filter_bar.show(make_filter_chips(self._options))
        self.timeline.show(self._view, self._clock, self._marks)
        self._show_current()

    def _show_title(self) -> None:
        progress = "finding … (Esc gives it up)" if self._changer.is_for_user else self.progress
        self.title_bar.show(self._view, self._clock, progress=progress)

    def _show_current(self) -> None:
        index = self.timeline.highlighted_index
        self.status_bar.show(
            self._view,
            index,
            self.timeline.highlighted_row,
            wrapped=self._wrap_text,
            signals=_describe_signal(self._view, index, self._step_name),
        )

        def show_rest() -> None:
            self._is_rest_due = False
            index = self.timeline.highlighted_index
            self.activity.show(self._view.analysis, index)
            self.detail.show(self._view, index)

        # The rest is slow to paint and must not hold up a cursor that moves through many rows.
        if not self._is_rest_due:
            self._is_rest_due = True
            self.call_after_refresh(show_rest)

    def _view_changed(self) -> None:
        """Show the progress of the change to another view."""
        self._show_title()

    def _set_options(self, options: ViewOptions) -> None:
        view = self._view.through(options)
        change = ViewChange(options, (view.filtering, view.finding), is_for_user=True)

        def show(view: View) -> None:
            self._view = view
            self._show()

        self._changer.begin(change, view.found, show)

    def _go_to(self, index: int) -> None:
        """Put the cursor on an event and unfold what hides it."""
        options = folds.reveal(self._view, index)
        if options == self._view.options:
            self.timeline.go_to(index)
            return
        self._set_options(options)
        self._changer.call_after_change(lambda: self.timeline.go_to(index))

    def _require_event(self) -> int | None:
        """Return the index of the event under the cursor; notify if no event is shown."""
        index = self.timeline.index
        if index is None:
            self.notify("No events are shown: Esc undoes what hides them, 0 shows all types.")
        return index

    def on_timeline_moved(self) -> None:
        """Show where the cursor is now."""
        self._show_current()

    def on_histogram_bar_picked(self, message: HistogramBar.Picked) -> None:
        """Go to the time that was clicked in the histogram."""
        self._go_to(message.index)

    # --- types and filter

    def action_toggle_type(self, number: int) -> None:
        """Show or hide the type with this number."""
        names = list(self._view.session.type_counts)
        if number <= len(names):
            types = self._options.types.toggled(names[number - 1])
            self._set_options(replace(self._options, types=types))

    def action_toggle_samples(self) -> None:
        """Show or hide the PERFORMANCE events, which start hidden because they are many."""
        types = self._options.types.toggled(PERFORMANCE)
        self._set_options(replace(self._options, types=types))

    def action_all_types(self) -> None:
        """Show all types."""
        self._set_options(replace(self._options, types=ALL_TYPES))

    def on_type_bar_clicked(self, message: TypeBar.Clicked) -> None:
        """Show or hide the type that was clicked."""
        self.action_toggle_type(message.number)

    def action_drop_chip(self, number: int = -1) -> None:
        """Remove a filter chip, by default the last."""
        chips = make_filter_chips(self._options)
        if chips:
            self._set_options(chips[number].without)

    def on_filter_bar_clicked(self, message: FilterBar.Clicked) -> None:
        """Remove the filter chip that was clicked, except while the filter is being typed."""
        if not self.has_class("-prompting"):
            self.action_drop_chip(message.number)

    def action_change_context(self, step: int) -> None:
        """Show one more event on either side of each match, or one fewer for -1."""
        if not self._options.filter:
            self.notify("Nothing is filtered: & filters, then z shows events around matches.")
            return
        # The command line may have asked for more than keys allow.
        before, after = (min(max(0, n + step), max(_MAX_CONTEXT, n)) for n in self._options.reach)
        # The user wants the context of the event in sight, not of a hidden one.
        self.timeline.settle()
        self._set_options(replace(self._options, context=(before, after)))

    # --- folds

    def on_timeline_fold_requested(self, message: Timeline.FoldRequested) -> None:
        """Fold or unfold the page or run under the cursor, or all of them."""
        index = self._require_event()
        if index is None:
            return
        if message.is_everything:
            view = self._view
            self._set_options(
                folds.fold_all(view) if message.is_to_fold else folds.unfold_all(view)
            )
            return
        change = folds.fold if message.is_to_fold else folds.unfold
        options = change(self._view, index)
        if options is not None:
            self._set_options(options)

    # --- signals

    def action_walk(self, name: str, step: int) -> None:
        """Go to the next signal of a word of `is:`, or to the previous for -1; wrap at the end."""
        index = self._require_event()
        if index is None:
            return
        places = self._view.events_with(KINDS[name])
        target = find_next(places, index, step)
        if target is None:
            word = SIGNAL_WORDS[name]
            several = (word.shortcut and word.shortcut.absent) or word.plural
            where = " among the events shown" if self._view.is_hiding else " in this session"
            self.notify(f"There are no {several}{where}.")
            return
        self._go_to(target)
        self._step_name = name
        self._show_current()

    # --- times and places

    def action_next_time_mode(self) -> None:
        """Switch to the next time display: since start, since zero, local, UTC."""
        self._clock = self._clock.next()
        self._show()

    def action_zero(self) -> None:
        """Count times from the event under the cursor, or from the start again."""
        index = self._require_event()
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
        """Mark the event under the cursor, or remove its mark."""
        index = self._require_event()
        if index is not None:
            self._marks ^= {index}
            self._show()

    def action_walk_marks(self, step: int) -> None:
        """Go to the next mark, or to the previous for -1; wrap at the end."""
        index = self._require_event()
        if index is None:
            return
        if not self._marks:
            self.notify("Nothing is marked: m marks an event.")
            return
        marked = [index for index in sorted(self._marks) if self._view.shows(index)]
        target = find_next(marked, index, step)
        if target is None:
            self.notify("Every mark is hidden by the filter or the types.")
            return
        self._go_to(target)

    # --- panes

    @on(Timeline.Opened)
    def action_open_detail(self) -> None:
        """Focus the detail, which fills the screen where there is no room for both panes."""
        if self._require_event() is not None:
            # The cursor stays on the event being read, even if a hidden one is shown again.
            self.timeline.settle()
            self.add_class("-reading")
            self.set_focus(self.detail)

    def action_next_pane(self) -> None:
        """Focus the other pane of timeline and detail."""
        if self.detail.has_focus:
            self._leave_detail()
        else:
            self.action_open_detail()

    def _leave_detail(self) -> None:
        self.remove_class("-reading")
        self.set_focus(self.timeline)

    def action_about(self) -> None:
        """Show the session at a glance."""
        session = self._view.session
        if not session.events:
            return
        # These imports would delay every start.
        from eventview.render.summary import summary_fields
        from eventview.tui.screens.dialogs import AboutScreen

        def show(fields: Sequence[Field]) -> None:
            self.app.push_screen(AboutScreen(session, fields))

        self._changer.run_and_continue(
            lambda: tuple(summary_fields(self._view.analysis)), show, "about"
        )

    def action_help(self) -> None:
        """Show the keys."""
        # This import would delay every start.
        from eventview.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen(self.groups))


def _describe_signal(view: View, index: int | None, step_name: str) -> str:
    """Return the sentence of an event's signal, preferably of the kinds last stepped to."""
    signals = () if index is None else view.signals_of(index)
    if index is None or not signals:
        return ""
    kinds = KINDS.get(step_name, ())
    signal = next((s for s in signals if s.kind in kinds), signals[0])
    sentence = descriptions.describe_signal(view.analysis, signal)
    places = view.events_with(kinds) if step_name else ()
    place = bisect_left(places, index)
    if place == len(places) or places[place] != index:
        return sentence
    return f"{place + 1:,} of {SIGNAL_WORDS[step_name].format_count(len(places))} · {sentence}"
