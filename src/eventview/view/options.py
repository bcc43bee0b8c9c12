"""TODO."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from eventview.analysis.rules import RULES, Rules
from eventview.query.query import ALL_TYPES, NO_QUERY, Query, TypeChoice
from eventview.session.session import Session
from eventview.session.source import ReplayOffset
from eventview.view.time_display import TimeOptions

if TYPE_CHECKING:
    from eventview.session.position import Position


class RowWindow(NamedTuple):
    """Only the rows around something: a moment, or else the hits of the find."""

    at: Position | None
    """None for the hits."""
    before: int | None = None
    """Rows before it; None for all."""
    after: int | None = None
    """Rows after it; None for all."""


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """What the user asked to see; holds for any session, but for what is folded."""

    types: TypeChoice = ALL_TYPES
    filter: Query = NO_QUERY
    """Hides the events it does not match."""
    find: Query = NO_QUERY
    """Marks the events it matches and hides none."""
    context: int = 0
    """So many events on either side of each one that the filter matches are shown too."""
    more_before: int = 0
    """So many more before each one."""
    more_after: int = 0
    """So many more after each one."""
    window: RowWindow | None = None
    folded: frozenset[int] = frozenset()
    """Indexes of the LOCATIONs whose page visits are folded to their head."""
    are_runs_rolled: bool = False
    """Whether a run of clicks on one label is one row."""
    unrolled: frozenset[int] = frozenset()
    """Indexes of the first clicks of runs that are shown click by click nevertheless."""

    @property
    def reach(self) -> tuple[int, int]:
        """The number of events shown before and after each one that the filter matches."""
        if not self.filter:
            return 0, 0
        return self.context + self.more_before, self.context + self.more_after

    def reaching(self, before: int, after: int) -> ViewOptions:
        """Return the lens with so many events before and after each one that matches."""
        context = min(before, after)
        return replace(
            self, context=context, more_before=before - context, more_after=after - context
        )


WHOLE_SESSION: Final = ViewOptions()
"""Every event, each on a row of its own, none marked."""


def at_moment(options: ViewOptions, moment: ReplayOffset, session: Session) -> ViewOptions:
    """Return the lens with its rows around a replay link's moment.

    All rows where it does not ask for so many; the lens itself where its rows are around a find
    or another moment.
    """
    window = options.window or RowWindow(None)
    if session.start_ms is None or window.at is not None or (options.window and options.find):
        return options
    from eventview.session.position import Position

    at = Position.at(moment.in_session(session.start_ms))
    return replace(options, window=window._replace(at=at))


class InitialView(NamedTuple):
    """What the command line asks of a session, or a link."""

    options: ViewOptions = WHOLE_SESSION
    moment: ReplayOffset | Position | None = None
    """Where to open it; None for its start."""
    times: TimeOptions = TimeOptions()
    rules: Rules = RULES
    """By which it is read."""
