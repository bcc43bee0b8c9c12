"""How far a session has come in: what the news of its feeds add up to, and how to say so.

Knows no widgets.

Opening a session at the moment that a link or the user names, while it is still coming in.

Knows no widgets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventview.analysis.analysis import Analysis
from eventview.analysis.builder import SessionBuilder
from eventview.analysis.rules import RULES, Rules
from eventview.errors import EventviewError
from eventview.render import rows
from eventview.session.events import Event
from eventview.session.session import Session
from eventview.session.source import Batch, ReplayOffset, SessionRef
from eventview.tui.feed import FeedEvent, Finished, StatusText
from eventview.view.view import View

if TYPE_CHECKING:
    from eventview.session.position import Position


class LoadState:
    """A session's coming in: at first, again from its beginning, and further as it goes on.

    What has come is not given up for less: until a session that is fetched again has come whole,
    the one of before stays.
    """

    def __init__(self, session_ref: SessionRef, rules: Rules = RULES) -> None:
        self._kept = self._coming = SessionBuilder(session_ref, rules)
        self._session_ref, self._rules = session_ref, rules
        self._word = ""
        self._seen: int | None = None
        self.is_complete = False
        """Whether the feed is done, for better or worse."""
        self.failure: EventviewError | None = None
        """What ended the last feed before its time."""
        self.can_continue = False
        """Whether the source can be asked for just what is missing and new."""

    def begin(self, *, anew: bool) -> None:
        """A feed begins, of the whole session or of the rest of it."""
        self._word, self.failure, self.is_complete = "", None, False
        if anew:
            self._coming = SessionBuilder(self._session_ref, self._rules)

    def take(self, news: FeedEvent) -> None:
        """Add up the news of a feed."""
        match news:
            case Batch():
                if news.starts_over and self._coming is self._kept:
                    self._coming = SessionBuilder(self._session_ref, self._rules)
                self._coming.take(news)
            case StatusText():
                self._word = news
            case Finished():
                self._coming.finish()
                self._kept, self.is_complete, self.can_continue = self._coming, True, True
            case EventviewError():
                self._fail(news)

    def _fail(self, failure: EventviewError) -> None:
        self.failure, self.is_complete, self._word = failure, True, ""
        # A source goes on from what it gave last.
        self.can_continue = len(self._coming) >= max(1, len(self._kept))
        if self.can_continue:
            self._kept = self._coming

    @property
    def _shown(self) -> SessionBuilder:
        return self._kept if len(self._kept) else self._coming

    @property
    def has_events(self) -> bool:
        """Whether there is anything to show of it."""
        return len(self._shown) > 0

    @property
    def session_ref(self) -> SessionRef:
        """What the session is called, as far as is known."""
        return self._shown.session_ref

    def analysis(self) -> Analysis:
        """What can be shown of it."""
        return self._shown.analysis()

    def making(self) -> Callable[[], Analysis]:
        """Return what makes `analysis`, in any thread; to order many events takes long."""
        return self._shown.making()

    @property
    def is_missing_some(self) -> bool:
        """Whether the last feed failed and left a gap that it may still fill."""
        return self.failure is not None and self.can_continue

    # --- following

    @property
    def is_followed(self) -> bool:
        """Whether new events are asked for again and again."""
        return self._seen is not None

    def follow(self, seen: int | None) -> None:
        """Count as new what comes beyond so many events; None stops following."""
        self._seen = seen

    # --- in words

    @property
    def word(self) -> str:
        """What is waited for beyond the ordinary; else ""."""
        return self._word

    def progress(self, session: Session) -> str:
        """What is still going on or missing of a session that is shown; "" when nothing is."""
        if self._word:
            return self._word
        if not self.is_complete and not self.is_followed:
            read, total = len(self._coming), self._coming.total
            return f"{read:,} of {total:,} read" if read and total is not None else "reading"
        if self.failure and not session.events:
            return "nothing read · following" if self.is_followed else "nothing read"
        parts = []
        if rows.missing(session):
            again = "type another key" if self.failure and self.failure.retype else "try again"
            way_out = f" (r: {again})" if self.is_missing_some else ""
            parts.append(f"incomplete: {rows.missing(session)}{way_out}")
        if self._seen is not None:
            new = len(session.events) - self._seen
            following = "following, but the last try failed" if self.failure else "following"
            parts.append(f"{new:,} new · {following}" if new > 0 else following)
        return " · ".join(parts)


class PendingJump:
    """Leads to a moment, again while events come, until the user goes elsewhere.

    Args:
        moment: where to; None leads nowhere.
    """

    def __init__(self, moment: ReplayOffset | Position | None) -> None:
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
        if isinstance(self._moment, ReplayOffset):
            index = session.index_at(time_ms)
        else:
            index = self._moment.index(session)
        if index is None or not view.rows:
            return None
        if not view.shows(index):
            is_numbered = (
                not isinstance(self._moment, ReplayOffset) and self._moment.number is not None
            )
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

        if isinstance(asked, ReplayOffset):
            return remark(asked.in_session(session.start_ms), session, current)
        said, index = asked.remark(session, index=current), asked.index(session)
        return said if said or asked.number is None or index is None else view.hidden(index)


def _time_ms(moment: ReplayOffset | Position, session: Session, start_ms: int) -> int | None:
    if isinstance(moment, ReplayOffset):
        return moment.in_session(start_ms)
    return moment.time_ms(session)


def _is_missing(time_ms: int, session: Session) -> bool:
    """Return True if the events of a moment have not all come, and may."""
    if session.partial_export is not None:
        return False
    return any(gap.start_ms <= time_ms <= gap.end_ms for gap in session.gaps)
