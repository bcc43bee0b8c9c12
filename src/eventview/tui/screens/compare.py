"""The screen on which two sessions are compared, side by side.

Both come in before anything is compared: half a session differs in all that has not come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import get_ident
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from eventview.analysis.rules import RULES, Rules
from eventview.comparison import labels
from eventview.comparison.diff import Comparison, compare
from eventview.errors import EventviewError, Retype
from eventview.render import rows
from eventview.session.session import Session
from eventview.session.width import clip, width
from eventview.tui import commands
from eventview.tui.feed import Feed, FeedEvent
from eventview.tui.loading import LoadState
from eventview.tui.system.threads import aside
from eventview.tui.widgets.bars import Bar, EmptyMessage, KeyBar
from eventview.tui.widgets.diff_list import DiffList
from eventview.view.options import ViewOptions
from eventview.view.view import View, following

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


_BESIDE: Final = " | "
"""Between both names, as between both halves of a line."""


class _Side:
    """One of the two sessions, as it comes in.

    Args:
        which: `first` or `second`.
        feed: already started.
        rules: by which it is read.
    """

    def __init__(self, which: str, feed: Feed, rules: Rules) -> None:
        self.which = which
        self.feed = feed
        self.load_state = LoadState(feed.source.session_ref, rules)
        self.session: Session | None = None
        """What has been compared of it."""

    @property
    def failure(self) -> EventviewError | None:
        """Why there is nothing of it, and of which session; None while it is waited for."""
        failure = self.load_state.failure
        if failure is None or self.load_state.has_events:
            return None
        # Of its own type, which the exit code hangs on, and without what that asks for.
        named = EventviewError.__new__(type(failure))
        named.retype = failure.retype
        what = f"The {self.which} session, {self.name}: {failure.message}"
        EventviewError.__init__(named, what, reason=failure.reason, hint=failure.hint)
        return named

    @property
    def retype(self) -> Retype | None:
        """Takes another API key where the one that was typed for it was refused."""
        failure = self.load_state.failure
        return None if failure is None else failure.retype

    @property
    def name(self) -> str:
        """What it is called."""
        is_there = self.load_state.is_complete
        session_ref = self.load_state.session_ref if is_there else self.feed.source.session_ref
        return rows.name(self.session or Session(session_ref, ()))

    @property
    def progress(self) -> str:
        """How far it has come."""
        return self.load_state.progress(Session(self.feed.source.session_ref, ()))


class CompareScreen(Screen[None]):
    """Shows two sessions side by side.

    Args:
        first: what to compare with; already started.
        second: what is compared; already started.
        options: what the command line asked to see, of both.
        rules: by which both are read.
    """

    # Here rather than in the style sheet, which every start has to read.
    DEFAULT_CSS = """
    CompareScreen {
        layout: vertical;
        background: $background;

        Bar {
            padding: 0 1;
        }
        #compare-title, KeyBar {
            background: $panel;
        }
        #compare-cautions {
            height: auto;
            max-height: 3;
            padding: 0 1;
            color: $text-warning;
            display: none;
        }
        EmptyMessage {
            display: none;
            height: 1fr;
            padding: 2 4;
            max-width: 90;
        }
        &.-with-cautions #compare-cautions {
            display: block;
        }
        &.-without-events {
            DiffList {
                display: none;
            }
            EmptyMessage {
                display: block;
            }
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings(commands.WITHOUT_EVENTS, DIFFERENCES)
    ]
    groups = COMPARING
    """The commands that make sense here, those of the lines among them."""
    title_bar = query_one("#compare-title", Bar)
    cautions = query_one("#compare-cautions", Static)
    lines = query_one(DiffList)
    notice = query_one(EmptyMessage)
    status_bar = query_one("#compare-status", Bar)

    @dataclass
    class Arrived(Message):
        """A feed has news."""

        feed: Feed
        news: FeedEvent

    @dataclass
    class Compared(Message):
        """Both sessions have been compared."""

        comparison: Comparison
        cautions: Sequence[str]
        """What to beware of before anything is concluded."""

    def __init__(
        self, first: Feed, second: Feed, options: ViewOptions, rules: Rules = RULES
    ) -> None:
        super().__init__()
        self._sides = (_Side("first", first, rules), _Side("second", second, rules))
        self._options = options
        self._comparison: Comparison | None = None

    @property
    def failure(self) -> EventviewError | None:
        """Why there is nothing to see; None once there is, and while it is waited for."""
        if self._comparison is not None:
            return None
        return next((side.failure for side in self._sides if side.failure), None)

    def compose(self) -> Iterator[Widget]:
        """A title, what to beware of, the lines or what stands in their place, what one says."""
        yield Bar(id="compare-title")
        yield Static(id="compare-cautions", markup=False)
        yield DiffList()
        yield EmptyMessage()
        yield Bar(id="compare-status")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show that something comes, then listen for it."""
        self.lines.focus()
        for side in self._sides:
            self._wait_for(side, side.feed, anew=True)
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Whether something can be done here: with nothing to compare, there is little."""
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

    def _wait_for(self, side: _Side, feed: Feed, *, anew: bool) -> None:
        side.feed = feed
        side.load_state.begin(anew=anew)
        here = get_ident()

        def hand_over(news: FeedEvent) -> None:
            if get_ident() == here:
                side.load_state.take(news)
                return
            # The application may have ended since: then nobody is there to tell.
            with suppress(RuntimeError):
                self.post_message(self.Arrived(feed, news))

        feed.listen(hand_over)

    def on_compare_screen_arrived(self, message: Arrived) -> None:
        """Take in news; those of an abandoned feed are left aside."""
        for side in self._sides:
            if message.feed is side.feed and self.is_attached:
                side.load_state.take(message.news)
                self._show()

    def _show(self) -> None:
        """Show how far both have come; compare them once they are there."""
        coming = [side for side in self._sides if not side.load_state.is_complete]
        failure = self.failure
        self.refresh_bindings()
        self.set_class(self._comparison is None, "-without-events")
        if failure is not None:
            self.notice.failed(failure)
        elif coming and self._comparison is None:
            self._show_waiting(coming)
        elif not coming:
            self._compare()
        self._show_title()

    def _show_waiting(self, coming: Sequence[_Side]) -> None:
        places = {side.feed.source.session_ref.place for side in coming}
        is_one_place = len(coming) > 1 and len(places) == 1
        what = "both sessions" if is_one_place else f"the {coming[0].which} session"
        said = (f"{side.which}: {side.progress}" for side in coming)
        place = coming[0].feed.source.session_ref.place
        self.notice.wait_for(place, " · ".join(said), what=what, way_out="q quits.")

    def _compare(self) -> None:
        """Compare what has come, where that does not keep keys waiting."""
        makes = [side.load_state.making() for side in self._sides]
        if self._comparison is None:
            self.notice.say("Comparing both sessions …")

        def work() -> CompareScreen.Compared:
            first, second = (View(make(), self._options) for make in makes)
            comparison = compare(first, second)
            # What the first picture needs of them, and takes longest to find.
            _ = comparison.lines, comparison.counts, comparison.differences
            _ = first.analysis.signals, second.analysis.signals
            return self.Compared(comparison, labels.cautions(comparison))

        async def tell() -> None:
            self.post_message(await aside(work))

        self.run_worker(tell(), group="compare", exclusive=True)

    def on_compare_screen_compared(self, message: Compared) -> None:
        """Show what differs, unless a session has come anew since."""
        comparison = message.comparison
        views = (comparison.first, comparison.second)
        pairs = zip(self._sides, views, strict=True)
        if any(side.load_state.analysis() is not view.analysis for side, view in pairs):
            return
        for side, view in zip(self._sides, views, strict=True):
            side.session = view.session
        self._comparison = comparison
        self.refresh_bindings()
        self.remove_class("-without-events")
        self.lines.show(comparison)
        self.lines.focus()
        self.set_class(bool(message.cautions), "-with-cautions")
        self.cautions.update(Content(" ".join(message.cautions)))
        self._tell_of_sides(views)
        self._show_title()
        self._show_place()

    def _tell_of_sides(self, views: Sequence[View]) -> None:
        """Say of each session why it has not come whole, and what is not plain, in one notice."""
        said = []
        failures = [side.load_state.failure for side in self._sides]
        for side, view, failure in zip(self._sides, views, failures, strict=True):
            if failure is not None:
                said.append(f"The {side.which} session has not come whole: {failure}")
            remarks = (
                self._options.types.remark(view.session),
                self._options.filter.remark(view.session),
            )
            said += [f"The {side.which} session: {it}" for it in (*remarks, view.left_out) if it]
        if said:
            severity: Final = "error" if any(failures) else "information"
            self.notify("\n".join(said), severity=severity)

    # --- the lines above and below

    def on_resize(self) -> None:
        """Choose anew what there is room for."""
        self._show_title()

    def _show_title(self) -> None:
        is_reading = any(not side.load_state.is_complete for side in self._sides)
        ways = [""]
        if self._comparison is not None:
            ways = [labels.counts(self._comparison), labels.differences(self._comparison)]
        for way in ways:
            said = " · ".join(filter(None, [way, "reading" if is_reading else ""]))
            names = self._names(self.size.width - 2 - width(said) - 1)
            if names == self._names(self.size.width):
                break
        self.title_bar.put(Content.styled(names, "bold"), Content.styled(said, "$foreground-muted"))

    def _names(self, cells: int) -> str:
        """Both names, the first first, as long as there is room and they tell the two apart."""
        first, second = (side.name for side in self._sides)
        origins = [side.feed.source.session_ref.name for side in self._sides]
        ids = [side.session.session_id for side in self._sides if side.session is not None]
        ways = [(first, second)]
        if origins[0] != origins[1]:
            ways.append((origins[0], origins[1]))
        elif len(set(filter(None, ids))) == 2:
            ways += [(first, ids[1]), (ids[0], ids[1])]
        for way in ways:
            shown = _BESIDE.join(way)
            if width(shown) <= cells:
                return shown
        each = (cells - len(_BESIDE)) // 2
        return _BESIDE.join(clip(name, each) for name in ways[-1])

    @on(DiffList.Moved)
    def _show_place(self) -> None:
        comparison = self._comparison
        if comparison is None or not comparison.lines:
            return
        row = self.lines.row
        said = labels.place(comparison, row)
        is_difference = comparison.difference_at(row) is not None
        total = len(comparison.lines)
        self.status_bar.put(
            Content.styled(said, "$text-warning" if is_difference else "$foreground-muted"),
            Content.styled(f"row {row + 1:,} of {total:,}", "$foreground-muted"),
        )

    # --- commands

    def action_walk_differences(self, step: int) -> None:
        """To the next difference, or the previous for -1; in a circle."""
        if self._comparison is None:
            return
        target = following(self._comparison.differences, self.lines.row, step)
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
        # Here, as for the help: not every comparison is looked at so closely.
        from eventview.tui.screens.step_details import StepDetailsDialog

        self.app.push_screen(StepDetailsDialog(self._comparison, self.lines.row))

    def action_try_again(self) -> None:
        """Fetch what did not come."""
        self.action_fetch_again()

    def action_type_key(self) -> None:
        """Type another API key, and fetch what it was refused for."""
        self.action_fetch_again()

    def action_fetch_again(self) -> None:
        """Fetch what has not come, of the session that lacks it."""
        lacking = [side for side in self._sides if side.load_state.failure is not None]
        if not lacking:
            self.notify("Nothing is left to fetch.")
        refused: dict[str, Retype] = {}
        for side in lacking:
            if side.retype is not None:
                refused.setdefault(side.retype.place, side.retype)
        self._fetch(side for side in lacking if side.retype is None)
        # The last that is pushed is on top.
        for retype in reversed(refused.values()):
            self._type_key(retype)

    def _type_key(self, retype: Retype) -> None:
        """Ask for a host's API key, and fetch what it was refused for."""
        # Here, because Textual's input field is among its costlier imports.
        from eventview.tui.screens.dialogs import KeyScreen

        def fetch(is_typed: bool | None) -> None:  # noqa: FBT001  # a callback
            if is_typed:
                self._fetch(
                    side
                    for side in self._sides
                    if side.retype is not None and side.retype.place == retype.place
                )

        self.app.push_screen(KeyScreen(retype), fetch)

    def _fetch(self, sides: Iterable[_Side]) -> None:
        for side in sides:
            is_rest = side.load_state.is_missing_some
            self._wait_for(side, Feed(side.feed.source, rest=is_rest).start(), anew=not is_rest)
        self._show()

    def action_help(self) -> None:
        """Show the keys."""
        from eventview.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen(self.groups))

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit(self.failure)
