"""How a session is opened: what to see of it, where, by which rules, with which times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from eventview.analysis.rules import RULES, Rules
from eventview.render.rows import SINCE_START, Clock
from eventview.session.session import Session
from eventview.session.source import Moment
from eventview.view.view import Lens, Window

if TYPE_CHECKING:
    from eventview.session.position import Spot


def at_moment(lens: Lens, moment: Moment, session: Session) -> Lens:
    """Return the lens with its rows around a replay link's moment.

    All rows where it does not ask for so many; the lens itself where its rows are around a find
    or another moment.
    """
    window = lens.window or Window(None)
    if session.start_ms is None or window.at is not None or (lens.window and lens.find):
        return lens
    from eventview.session.position import Spot

    at = Spot.at(moment.in_session(session.start_ms))
    return replace(lens, window=window._replace(at=at))


class Times(NamedTuple):
    """How times are asked to be told."""

    clock: Clock = SINCE_START
    zero: Spot | None = None
    """The moment they are to count from."""

    def clock_in(self, session: Session) -> Clock:
        """The clock for a session; that of `clock` where the session has no such moment."""
        index = None if self.zero is None else self.zero.index_to_count_from(session)
        return self.clock if index is None else self.clock.zeroed(index)

    def remark(self, session: Session) -> str:
        """Say what is not plain about that moment in a session; "" for nothing."""
        if self.zero is None:
            return ""
        if self.clock_in(session).has_zero:
            said = self.zero.remark(session)
        else:
            said = self.zero.remark(session) or "There is no time there to count from."
        return said and f"--times: {said}"


class Opening(NamedTuple):
    """What the command line asks of a session, or a link."""

    lens: Lens = Lens()
    moment: Moment | Spot | None = None
    """Where to open it; None for its start."""
    times: Times = Times()
    rules: Rules = RULES
    """By which it is read."""
