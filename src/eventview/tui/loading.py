"""Events loaded of a session so far, with the progress and failures of its feeds."""

from __future__ import annotations

from eventview.analysis.analysis import SessionBuilder
from eventview.analysis.rules import RULES, Rules
from eventview.errors import EventviewError
from eventview.render import rows
from eventview.session.session import Session
from eventview.session.source import Batch, SessionRef
from eventview.tui.feed import FeedEvent, Finished, StatusText


class LoadState:
    """Events loaded of a session, and the progress and failures of its feeds.

    A session that is fetched again replaces the one shown only when it is complete.
    """

    def __init__(self, session_ref: SessionRef, rules: Rules = RULES) -> None:
        self._kept = self._loading = SessionBuilder(session_ref, rules)
        self._session_ref, self._rules = session_ref, rules
        self.status = ""
        """The last status message about an unusual wait; "" without one."""
        self._seen: int | None = None
        self.is_complete = False
        """True when the feed has finished or failed."""
        self.failure: EventviewError | None = None
        """Failure that ended the last feed; None if it had none."""
        self.can_continue = False
        """True if the source can be asked for missing and new events alone."""

    def begin(self, *, anew: bool) -> None:
        """Record the start of a feed: of the whole session (`anew`) or of the rest of it."""
        self.status, self.failure, self.is_complete = "", None, False
        if anew:
            self._loading = SessionBuilder(self._session_ref, self._rules)

    def apply(self, event: FeedEvent) -> None:
        """Apply an event of the feed."""
        match event:
            case Batch():
                if event.starts_over and self._loading is self._kept:
                    self._loading = SessionBuilder(self._session_ref, self._rules)
                self._loading.take(event)
            case StatusText():
                self.status = event
            case Finished():
                self._loading.finish()
                self._kept, self.is_complete, self.can_continue = self._loading, True, True
            case EventviewError():
                self.failure, self.is_complete, self.status = event, True, ""
                # A source continues after its last batch, which must not lie before the kept
                # events.
                self.can_continue = len(self._loading) >= max(1, len(self._kept))
                if self.can_continue:
                    self._kept = self._loading

    @property
    def shown(self) -> SessionBuilder:
        """The events to show."""
        return self._kept if len(self._kept) else self._loading

    @property
    def can_retry(self) -> bool:
        """True if the last feed failed and can continue where it stopped."""
        return self.failure is not None and self.can_continue

    # --- following

    @property
    def is_followed(self) -> bool:
        """True while new events are fetched repeatedly."""
        return self._seen is not None

    def follow(self, seen: int | None) -> None:
        """Follow the session, counting events beyond `seen` as new; None stops following."""
        self._seen = seen

    # --- texts

    def progress(self, session: Session) -> str:
        """Return what is under way or missing for the title bar; "" if nothing is."""
        if self.status:
            return self.status
        if not self.is_complete and not self.is_followed:
            read, total = len(self._loading), self._loading.total
            if not read:
                return "reading"
            return f"first {read:,}, reading on" if total is None else f"{read:,} of {total:,} read"
        if self.failure and not session.events:
            return "nothing read · following" if self.is_followed else "nothing read"
        if not self.failure and not self.is_followed and len(session.events) < len(self._kept):
            return f"{len(self._kept):,} read, preparing"
        parts = []
        if rows.describe_missing(session):
            again = "type another key" if self.failure and self.failure.retype else "try again"
            way_out = f" (r: {again})" if self.can_retry else ""
            parts.append(f"incomplete: {rows.describe_missing(session)}{way_out}")
        if self._seen is not None:
            new = len(session.events) - self._seen
            following = "following, but the last try failed" if self.failure else "following"
            parts.append(f"{new:,} new · {following}" if new > 0 else following)
        return " · ".join(parts)
