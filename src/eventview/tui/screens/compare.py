"""The screen that compares two sessions, line by line.

Both arrive before anything is compared: half a session would differ in all that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from eventview.analysis.rules import RULES, Rules
from eventview.comparison import labels
from eventview.comparison.diff import Comparison, compare_sessions
from eventview.errors import EventviewError, Retype
from eventview.progress import Progress
from eventview.render import rows
from eventview.session.session import Session
from eventview.session.text import clip, width
from eventview.tui import commands
from eventview.tui.feed import Feed, FeedEvent
from eventview.tui.loading import LoadState
from eventview.tui.screens.dialogs import HelpScreen, ask_for_key
from eventview.tui.screens.step_details import StepDetailsDialog
from eventview.tui.system.threads import run_in_thread, shown_progress
from eventview.tui.widgets.bars import Bar, EmptyMessage, KeyBar
from eventview.tui.widgets.diff_list import DiffList
from eventview.view.sorted_indexes import find_next
from eventview.view.view import View
from eventview.view.view_options import ViewOptions

DIFFERENCES: Final = commands.Group(
    "Differences",
    (
        commands.Command("walk_differences(1)", "n", "n", "to the next difference", "next"),
        commands.Command("walk_differences(-1)", "N", "N", "to the previous difference"),
        commands.Command("details", "enter", "Enter", "both events in full", "details"),
        commands.Command("fetch_again", "r", "r", "fetch what has not come, again"),
        commands.Command("help", "question_mark,f1", "? F1", "this help", "help"),
        commands.Command("quit", "q,ctrl+q", "q", "quit", "quit"),
    ),
)
COMPARING: Final = (commands.MOVING, commands.VISITS, DIFFERENCES)

_SEPARATOR: Final = " | "
"""Text between both names, the same as between both halves of a line."""


class _Side:
    """One of the two sessions while it arrives.

    Args:
        which: `first` or `second`.
        feed: the session's feed, already started.
        rules: the rules by which the session is analysed.
    """

    def __init__(self, which: str, feed: Feed, rules: Rules) -> None:
        self.which = which
        self.feed = feed
        self.load_state = LoadState(feed.source.session_ref, rules)
        self.session: Session | None = None
        """The state of the session that has been compared; None before."""

    @property
    def failure(self) -> EventviewError | None:
        """The failure that left no events, naming the session; None while it arrives."""
        failure = self.load_state.failure
        if failure is None or len(self.load_state.shown):
            return None
        # Keep the subclass, because the exit code depends on it; skip its `__init__`.
        named = EventviewError.__new__(type(failure))
        named.retype = failure.retype
        message = f"The {self.which} session, {self.name}: {failure.message}"
        EventviewError.__init__(named, message, reason=failure.reason, hint=failure.hint)
        return named

    @property
    def retype(self) -> Retype | None:
        """The way to type another API key if the one typed was refused; else None."""
        failure = self.load_state.failure
        return None if failure is None else failure.retype

    @property
    def name(self) -> str:
        """The session's name."""
        is_complete = self.load_state.is_complete
        session_ref = (
            self.load_state.shown.session_ref if is_complete else self.feed.source.session_ref
        )
        return rows.session_name(self.session or Session(session_ref, ()))

    @property
    def progress(self) -> str:
        """Text about how much has arrived."""
        return self.load_state.progress(Session(self.feed.source.session_ref, ()))


class CompareScreen(Screen[None]):
    """Two sessions compared, with a line for each pair of steps.

    Args:
        first: the feed of the session to compare with, already started.
        second: the feed of the session that is compared, already started.
        options: the view options of the command line, for both.
        rules: the rules by which both are analysed.
    """

    # The style sheet is read at every start, and few starts compare.
    DEFAULT_CSS = """
    CompareScreen {
        layout: vertical;
        background: $background;

        #compare-title {
            background: $panel;
        }
        #compare-cautions {
            height: auto;
            max-height: 3;
            padding: 0 1;
            color: $text-warning;
            display: none;
        }
        &.-with-cautions #compare-cautions {
            display: block;
        }
        &.-without-events DiffList {
            display: none;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.make_bindings(commands.WITHOUT_EVENTS, DIFFERENCES)
    ]
    groups = COMPARING
    """The commands of this screen and its lines."""
    title_bar = query_one("#compare-title", Bar)
    cautions = query_one("#compare-cautions", Static)
    lines = query_one(DiffList)
    notice = query_one(EmptyMessage)
    status_bar = query_one("#compare-status", Bar)

    def __init__(
        self, first: Feed, second: Feed, options: ViewOptions, rules: Rules = RULES
    ) -> None:
        super().__init__()
        self._sides = (_Side("first", first, rules), _Side("second", second, rules))
        self._options = options
        self._comparison: Comparison | None = None

    @property
    def failure(self) -> EventviewError | None:
        """The failure that left nothing to compare; None while waiting and once compared."""
        if self._comparison is not None:
            return None
        return next((side.failure for side in self._sides if side.failure), None)

    def compose(self) -> Iterator[Widget]:
        """Compose title, cautions, lines or the message in their place, and status bar."""
        yield Bar(id="compare-title")
        yield Static(id="compare-cautions", markup=False)
        yield DiffList()
        yield EmptyMessage()
        yield Bar(id="compare-status")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what is waited for and listen to both feeds."""
        self.lines.focus()
        for side in self._sides:
            self._listen_to(side, side.feed, anew=True)
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Disable what needs a comparison while there is none."""
        match action:
            case "try_again":
                return self.failure is not None
            case "type_key":
                return self.failure is not None and self.failure.retype is not None
            case "stop_waiting" | "leave_for_list":
                return False
            case "walk_differences" | "details":
                return self._comparison is not None
        return True

    # --- what the feeds deliver

    def _listen_to(self, side: _Side, feed: Feed, *, anew: bool) -> None:
        side.feed = feed
        side.load_state.begin(anew=anew)
        for event in feed.listen(self, partial(self._process, side)):
            side.load_state.apply(event)

    def _process(self, side: _Side, event: FeedEvent) -> None:
        side.load_state.apply(event)
        self._show()

    def _show(self) -> None:
        """Show how much has arrived; compare both sessions once they are complete."""
        pending = [side for side in self._sides if not side.load_state.is_complete]
        failure = self.failure
        self.refresh_bindings()
        self.set_class(self._comparison is None, "-without-events")
        if failure is not None:
            self.notice.show_failure(failure)
        elif pending and self._comparison is None:
            self._show_waiting(pending)
        elif not pending:
            self._compare()
        self._show_title()

    def _show_waiting(self, pending: Sequence[_Side]) -> None:
        places = {side.feed.source.session_ref.place for side in pending}
        is_one_place = len(pending) > 1 and len(places) == 1
        what = "both sessions" if is_one_place else f"the {pending[0].which} session"
        progress = (f"{side.which}: {side.progress}" for side in pending)
        place = pending[0].feed.source.session_ref.place
        self.notice.show_progress(place, " · ".join(progress), what=what, way_out="q quits.")

    @work(exclusive=True)
    async def _compare(self) -> None:
        """Compare what has arrived, in a thread that keeps the keys responsive."""
        makes = [side.load_state.shown.analysis_maker() for side in self._sides]
        progress = Progress()
        self._show_comparing("")

        def compare() -> tuple[Comparison, Sequence[str]]:
            first, second = (View(make(), self._options) for make in makes)
            comparison = compare_sessions(first, second)
            # The first picture needs these, and they are slow to compute.
            _ = comparison.lines, comparison.counts, comparison.differences
            _ = first.analysis.signals, second.analysis.signals
            return comparison, labels.list_cautions(comparison)

        with shown_progress(self, progress, self._show_comparing):
            comparison, cautions = await run_in_thread(partial(progress.run, compare))
        views = (comparison.first, comparison.second)
        pairs = tuple(zip(self._sides, views, strict=True))
        if any(side.load_state.shown.analysis() is not view.analysis for side, view in pairs):
            # A session has been fetched again meanwhile.
            return
        for side, view in pairs:
            side.session = view.session
        self._comparison = comparison
        self.refresh_bindings()
        self.remove_class("-without-events")
        self.lines.show(comparison)
        self.lines.focus()
        self.set_class(bool(cautions), "-with-cautions")
        self.cautions.update(Content(" ".join(cautions)))
        self._notify_remarks(views)
        self._show_title()
        self._show_position()

    def _show_comparing(self, progress: str) -> None:
        if self._comparison is None:
            lines = ("Comparing both sessions …", progress)
            self.notice.show_text("\n\n".join(filter(None, lines)))

    def _notify_remarks(self, views: Sequence[View]) -> None:
        """Notify, at once for both sessions, of what is incomplete or needs a remark."""
        parts = []
        failures = [side.load_state.failure for side in self._sides]
        for side, view, failure in zip(self._sides, views, failures, strict=True):
            if failure is not None:
                parts.append(f"The {side.which} session is not complete: {failure}")
            remarks = (
                self._options.types.remark(view.session),
                self._options.filter.remark(view.session),
                view.left_out,
            )
            parts += [f"The {side.which} session: {remark}" for remark in remarks if remark]
        if parts:
            severity: Final = "error" if any(failures) else "information"
            self.notify("\n".join(parts), severity=severity)

    # --- the lines above and below

    def on_resize(self) -> None:
        """Fit the title to the new width."""
        self._show_title()

    def _show_title(self) -> None:
        is_reading = any(not side.load_state.is_complete for side in self._sides)
        variants = [""]
        if self._comparison is not None:
            variants = [
                labels.summarize(self._comparison),
                labels.count_differences(self._comparison),
            ]
        for variant in variants:
            counts = " · ".join(filter(None, [variant, "reading" if is_reading else ""]))
            names = self._join_names(self.size.width - 2 - width(counts) - 1)
            if names == self._join_names(self.size.width):
                break
        title = Content.styled(names, "bold")
        self.title_bar.show_texts(title, Content.styled(counts, "$foreground-muted"))

    def _join_names(self, cells: int) -> str:
        """Return both names in the longest form that fits and tells the two apart."""
        first, second = (side.name for side in self._sides)
        sources = [side.feed.source.session_ref.name for side in self._sides]
        ids = [side.session.session_id for side in self._sides if side.session is not None]
        variants = [(first, second)]
        if sources[0] != sources[1]:
            variants.append((sources[0], sources[1]))
        elif len(set(filter(None, ids))) == 2:
            variants += [(first, ids[1]), (ids[0], ids[1])]
        for variant in variants:
            shown = _SEPARATOR.join(variant)
            if width(shown) <= cells:
                return shown
        each = (cells - len(_SEPARATOR)) // 2
        return _SEPARATOR.join(clip(name, each) for name in variants[-1])

    @on(DiffList.Moved)
    def _show_position(self) -> None:
        comparison = self._comparison
        if comparison is None or not comparison.lines:
            return
        row = self.lines.row
        change = labels.describe_line(comparison, row)
        is_difference = comparison.find_difference(row) is not None
        total = len(comparison.lines)
        self.status_bar.show_texts(
            Content.styled(change, "$text-warning" if is_difference else "$foreground-muted"),
            Content.styled(f"row {row + 1:,} of {total:,}", "$foreground-muted"),
        )

    # --- commands

    def action_walk_differences(self, step: int) -> None:
        """Go to the next difference, or to the previous for -1; wrap at the end."""
        if self._comparison is None:
            return
        target = find_next(self._comparison.differences, self.lines.row, step)
        if target is None:
            self.notify("There are no differences.")
        else:
            self.lines.go_to_row(target)

    @on(DiffList.Opened)
    def _open_clicked(self) -> None:
        self.action_details()

    def action_details(self) -> None:
        """Show both events of the row in full."""
        if self._comparison is None or not self._comparison.lines:
            return
        self.app.push_screen(StepDetailsDialog(self._comparison, self.lines.row))

    def action_fetch_again(self) -> None:
        """Fetch what has not arrived of either session."""
        lacking = [side for side in self._sides if side.load_state.failure is not None]
        if not lacking:
            self.notify("Nothing is left to fetch.")
            return
        refused = {side.retype.place: side.retype for side in reversed(lacking) if side.retype}
        self._fetch(None)
        # The dialog that is pushed last is on top.
        for place, retype in refused.items():
            ask_for_key(self, retype, partial(self._fetch, place))

    # The names differ because the commands are enabled in different states.
    action_try_again = action_type_key = action_fetch_again

    def _fetch(self, place: str | None) -> None:
        """Fetch again what a place has refused; for None, what failed for another reason."""
        for side in self._sides:
            refusing = side.retype.place if side.retype else None
            if side.load_state.failure is not None and place == refusing:
                is_rest = side.load_state.can_retry
                feed = Feed(side.feed.source, rest=is_rest).start()
                self._listen_to(side, feed, anew=not is_rest)
        self._show()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen(self.groups))

    def action_quit(self) -> None:
        """Quit, with the failure if there is one."""
        self.app.exit(self.failure)
