"""Requests to the events endpoint, a page at a time, and the number of them that is enough.

Knows no HTTP: it is given a function that asks. May import `eventview.errors` and its neighbour
`v2`.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final, Literal, NamedTuple

from eventview.errors import NotUnderstoodError, UnavailableError
from eventview.sources.openreplay.v2 import Page

PAGE_SIZE: Final = 200
"""The most that the server gives at once."""

_FREE_REQUESTS: Final = 500
_ROWS_PER_REQUEST: Final = 10
"""A session may cost so many requests, and one more for so many events that they bring. A fifth
of a page was enough for every session that was made up to be difficult; a server whose count is
wrong would be asked for ever."""

MOST_EVENTS: Final = 500_000
"""Most events of one session: six a second for a whole day. More is a server that makes them up."""


class Span(NamedTuple):
    """Seconds since 1970, both ends included.

    The server rounds the bounds of a request down to whole seconds and compares them with times
    that may have milliseconds. So a span is asked for up to the second after its end, and what
    lies exactly on that comes with it.
    """

    start_s: int
    end_s: int


class Ask(NamedTuple):
    """One request for a page."""

    span: Span
    page: int = 1
    order: Literal["asc", "desc"] = "asc"
    by_id: bool = False
    """Ordered by the events' ids rather than by time."""
    limit: int = PAGE_SIZE
    """The most events to answer with."""

    @property
    def start_ms(self) -> int:
        """The start of the window to ask for, epoch milliseconds."""
        return self.span.start_s * 1000

    @property
    def end_ms(self) -> int:
        """The end of the window to ask for, epoch milliseconds, included."""
        return (self.span.end_s + 1) * 1000


AskPage = Callable[[Ask], Page]


class Budget:
    """Limit on requests to a server, by the events that it gives."""

    def __init__(self, ask: AskPage) -> None:
        self._ask = ask
        self._lock = Lock()
        self._requests = 0
        self._gained = 0
        self._is_closed = False

    def ask(self, ask: Ask) -> Page:
        """Fetch a page.

        Raises:
            NotUnderstoodError: the server has been asked for too much already.
            UnavailableError: nobody wants to know any more.
        """
        if self._is_closed:
            raise UnavailableError("The request was given up.", cure="Ask again.")
        with self._lock:
            self._requests += 1
            requests, gained = self._requests, self._gained
        if requests > _FREE_REQUESTS + gained // _ROWS_PER_REQUEST or gained > MOST_EVENTS:
            raise unending(f"{requests - 1:,} requests brought {gained:,} events.")
        return self._ask(ask)

    def close(self) -> None:
        """Ask nothing more: who still fetches does so for nobody."""
        self._is_closed = True

    def gain(self, events: int) -> None:
        """Note events that came."""
        with self._lock:
            self._gained += events


def unending(cause: str) -> NotUnderstoodError:
    """The failure of a server that gives more and more."""
    return NotUnderstoodError(
        "The server's answers do not come to an end.",
        cause=cause,
        cure="What came is shown; the server's count may be wrong.",
    )
