"""The protocols of a source of sessions, and the batches of events that it delivers.

The rooms that show or export a session see nothing else of its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from eventview.session.events import Event


class Gap(NamedTuple):
    """A span of time whose events have not all come."""

    start_ms: int
    end_ms: int
    """The last moment in the gap."""


class PartialExport(NamedTuple):
    """Facts of the whole session in a file with only some of its events."""

    numbers: Sequence[int]
    """The number of each event in the session, counted from 1, in order."""
    start_ms: int | None = None
    """The time of the session's first event, epoch milliseconds; None if the file has none."""
    duration_ms: int | None = None
    """Milliseconds from the session's first event to its last; None if the file has none."""
    total: int | None = None
    """The number of the session's events at export; None if the file has none."""


class SessionRef(NamedTuple):
    """A session's name in titles and error messages; all texts are cleaned."""

    name: str
    """The project's key, the file's name or `demo`."""
    session_id: str = ""
    """The session's id, if known before any event; else ""."""
    place: str = ""
    """The server that the session is fetched from."""
    user: str = ""
    """The session's user, if known without its events; else ""."""
    redaction: str = ""
    """The kinds of data that the export replaced by placeholders; "" for none."""


Reread = Callable[[Sequence[object]], "Sequence[Event]"]
"""Function that returns the events of raw values on one wire."""


class Batch(NamedTuple):
    """Some events of a session, in the order of the source; or all that one answer or file has.

    Where times are whole seconds, the order of events of one time means nothing.
    """

    events: Sequence[Event]
    total: int | None = None
    """The number of events in all by the source's count; None if not known."""
    resolution_ms: int = 1
    """The step that times are rounded down to: 1000 where the server keeps whole seconds."""
    starts_over: bool = False
    """True if the batch begins the session anew and replaces all before it."""
    gaps: Sequence[Gap] = ()
    """Spans whose events are still to come."""
    lost: Sequence[Gap] = ()
    """Spans whose events the source does not have and will not have."""
    session_ref: SessionRef | None = None
    """The session's name, if the answer has it."""
    partial_export: PartialExport | None = None
    """Facts of the whole session, if it holds only some events on purpose."""
    doubled: int = 0
    """The number of rows so far that repeat another row and are left out."""
    is_ordered: bool = False
    """True if events of one time are in the right order, as in an export."""
    reread: Reread | None = None
    """Reader of raw events that were changed, such as redacted ones; None if it is not known."""

    def as_whole(self) -> Batch:
        """Return the batch as all of a session."""
        return self._replace(total=self.total or len(self.events), starts_over=True)


class ReplayOffset(NamedTuple):
    """A moment in a session that a replay link names."""

    ms: int
    """Milliseconds since the session's start, or epoch milliseconds from `EARLIEST_MS` on."""
    start_ms: int | None = None
    """The session's start by the server, epoch milliseconds; None if not known without events."""

    def in_session(self, first_ms: int) -> int:
        """Return the moment in epoch milliseconds, `first_ms` being the first event's."""
        if self.ms >= EARLIEST_MS:
            return self.ms
        return self.ms + _player_start_ms(first_ms, self.start_ms)


class Replay(NamedTuple):
    """A session's replay in the web application."""

    url: str
    """The address of the replay from its beginning."""
    start_ms: int | None = None
    """The session's start, as in `ReplayOffset`."""

    def at(self, time_ms: int, first_ms: int) -> str:
        """Return the replay's address, opened at a moment.

        The address has milliseconds since the start, which all releases understand except 1.15 and
        1.16: those expect epoch milliseconds.

        Args:
            time_ms: the moment, epoch milliseconds.
            first_ms: the time of the session's first event, epoch milliseconds.
        """
        return f"{self.url}?jumpto={max(0, time_ms - _player_start_ms(first_ms, self.start_ms))}"


def _player_start_ms(first_ms: int, start_ms: int | None) -> int:
    """Return the moment that the player counts a session from, epoch milliseconds.

    It is the session's start, unless the first event is far from it: events of an offline page
    have times of their own.
    """
    is_near = start_ms is not None and -1000 < first_ms - start_ms <= _NEAR_MS
    return start_ms if start_ms is not None and is_near else first_ms


EARLIEST_MS = 946_684_800_000
"""2000-01-01, the first moment an OpenReplay server takes: far above any offset in a session."""

_NEAR_MS = 5 * 60 * 1000
"""The longest that a tracker keeps the first events of a session before it sends them."""

OnStatus = Callable[[str], None]
"""Callback for status messages (retries, slow answers); "" clears the message. It is called in any
thread, and an exception that it raises ends the fetch."""


def ignore_status(text: str) -> None:
    """Ignore a status message."""


class Source(Protocol):
    """A source of a session's events."""

    @property
    def session_ref(self) -> SessionRef:
        """The session's name."""
        ...

    @property
    def command(self) -> Sequence[str]:
        """The arguments of the command line that name the session, as typed."""
        ...

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:
        """Return the session's replay; may need a request.

        Raises:
            EventviewError: the replay is not known.
        """
        ...

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Fetch or read the session from its beginning.

        It blocks while it waits. If the caller stops at a batch, `rest` yields that batch again.

        Raises:
            NotFoundError: there are no events at all.
            EventviewError: the session cannot be read on.
        """
        ...

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Fetch the events that `batches` could not get, and those that happened since.

        A source that cannot tell these apart yields the whole session in a batch that starts over.

        Raises:
            EventviewError: the session cannot be read on.
        """
        ...


class Listing(Protocol):
    """A source of a list of sessions."""

    @property
    def session_ref(self) -> SessionRef:
        """The list's name; `session_id` is the user's id."""
        ...

    def sessions(self, on_status: OnStatus = ignore_status) -> SessionList:
        """Fetch the list, the latest session first.

        Raises:
            NotFoundError: there are none.
            EventviewError: the list cannot be read.
        """
        ...


class SessionSummary(NamedTuple):
    """A session in a server's list, without its events; texts are cleaned."""

    session_id: str
    start_ms: int | None
    """Epoch milliseconds."""
    duration_ms: int | None = None
    events: int | None = None
    pages: int | None = None
    errors: int | None = None
    browser: str = ""
    system: str = ""
    country: str = ""
    resolution_ms: int = 1
    """The step that times are rounded to."""


class SessionList(NamedTuple):
    """A user's sessions."""

    sessions: Sequence[SessionSummary]
    """The latest first."""
    shortfall: str = ""
    """A sentence on sessions that the server has and the list lacks; "" for none."""
