"""Opening a session at the moment that a link or the user names, while it is still coming in.

Knows no widgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventview.session.events import Event
from eventview.session.session import Session
from eventview.session.source import Moment
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.session.position import Spot


class Jump:
    """Leads to a moment, again while events come, until the user goes elsewhere.

    Args:
        moment: where to; None leads nowhere.
    """

    def __init__(self, moment: Moment | Spot | None) -> None:
        self._moment = moment
        self._expected: Event | None = None
        """Where the cursor is unless the user moves it."""

    def target(self, view: View, current: int | None) -> int | None:
        """The index of the event to go to; None to stay.

        Args:
            view: what is shown of what has come so far.
            current: the index of the event under the cursor.
        """
        session = view.session
        if self._moment is None or session.start_ms is None:
            return None
        here = None if current is None else session.events[current]
        if self._expected is not None and here is not None and here != self._expected:
            self._moment = None
            return None
        time_ms = _time_ms(self._moment, session, session.start_ms)
        if time_ms is None or _is_missing(time_ms, session):
            # The event is still to come; until then nothing jumps about.
            self._expected = here
            return None
        if isinstance(self._moment, Moment):
            index = session.index_at(time_ms)
        else:
            index = self._moment.index(session)
        if index is None or not view.rows:
            return None
        if not view.shows(index):
            is_numbered = not isinstance(self._moment, Moment) and self._moment.number is not None
            index = view.rows[view.row_of(index)] if is_numbered else view.shown_by(index)
        self._expected = session.events[index]
        return index

    def end(self, view: View, current: int | None) -> str:
        """Lead nowhere any more, unless what is led to has not come.

        Args:
            view: what is shown of all of it.
            current: the index of the event under the cursor, where it was led.

        Returns:
            How far the moment is from there, in sentences; "" where it is there.
        """
        session = view.session
        if self._moment is None or session.start_ms is None:
            return ""
        time_ms = _time_ms(self._moment, session, session.start_ms)
        if time_ms is not None and _is_missing(time_ms, session):
            return ""
        asked, self._moment = self._moment, None
        # Here, because most sessions are opened at their start.
        from eventview.session.position import remark

        if isinstance(asked, Moment):
            return remark(asked.in_session(session.start_ms), session, current)
        said, index = asked.remark(session, index=current), asked.index(session)
        return said if said or asked.number is None or index is None else view.hidden(index)


def _time_ms(moment: Moment | Spot, session: Session, start_ms: int) -> int | None:
    if isinstance(moment, Moment):
        return moment.in_session(start_ms)
    return moment.time_ms(session)


def _is_missing(time_ms: int, session: Session) -> bool:
    """Return True if the events of a moment have not all come, and may."""
    if session.excerpt is not None:
        return False
    return any(gap.start_ms <= time_ms <= gap.end_ms for gap in session.gaps)
