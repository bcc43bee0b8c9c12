"""How far a session has come in: what the news of its feeds add up to, and how to say so.

Knows no widgets.
"""

from __future__ import annotations

from collections.abc import Callable

from eventview.analysis.rules import RULES, Rules
from eventview.errors import EventviewError
from eventview.render import rows
from eventview.session.builder import Gathering
from eventview.session.session import Session
from eventview.session.source import Batch, Origin
from eventview.tui.feed import Finished, News, Word


class Arrival:
    """A session's coming in: at first, again from its beginning, and further as it goes on.

    What has come is not given up for less: until a session that is fetched again has come whole,
    the one of before stays.
    """

    def __init__(self, origin: Origin, rules: Rules = RULES) -> None:
        self._kept = self._coming = Gathering(origin, rules)
        self._origin, self._rules = origin, rules
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
            self._coming = Gathering(self._origin, self._rules)

    def take(self, news: News) -> None:
        """Add up the news of a feed."""
        match news:
            case Batch():
                if news.starts_over and self._coming is self._kept:
                    self._coming = Gathering(self._origin, self._rules)
                self._coming.take(news)
            case Word():
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
    def _shown(self) -> Gathering:
        return self._kept if len(self._kept) else self._coming

    @property
    def has_events(self) -> bool:
        """Whether there is anything to show of it."""
        return len(self._shown) > 0

    @property
    def origin(self) -> Origin:
        """What the session is called, as far as is known."""
        return self._shown.origin

    def session(self) -> Session:
        """What can be shown of it."""
        return self._shown.session()

    def making(self) -> Callable[[], Session]:
        """Return what makes `session`, in any thread; to order many events takes long."""
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
