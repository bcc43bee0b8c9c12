"""What the rest of the program knows of where sessions come from.

Every source implements `Source`; who shows or exports a session sees nothing else of it.

Batches of a source that has everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from eventview.errors import NotFoundError
from eventview.session.events import Event


class Gap(NamedTuple):
    """A span of time whose events have not all come."""

    start_ms: int
    end_ms: int
    """Included."""


class PartialExport(NamedTuple):
    """What a file with some of a session's events says of the whole."""

    numbers: Sequence[int]
    """Which each of them is in the session, counted from 1, in order."""
    start_ms: int | None = None
    """The time of the session's first event, epoch milliseconds; None where it does not say."""
    duration_ms: int | None = None
    """From the session's first event to its last; None where it does not say."""
    total: int | None = None
    """The number of events of the session that had come; None where it does not say."""


class SessionRef(NamedTuple):
    """What a session is called: the words for titles and error messages, all cleaned."""

    name: str
    """The project's key, the file's name, `demo`."""
    session_id: str = ""
    """The session's id where it is known before any event came."""
    place: str = ""
    """Where the session is fetched from, for `asking …`."""
    user: str = ""
    """Whose session it is, where that is known without its events."""
    redaction: str = ""
    """What was replaced by stand-ins when it was exported; "" where nothing was."""


class DecodedEvents(NamedTuple):
    """The events in one answer or file, in the order they stand there."""

    events: Sequence[Event]
    resolution_ms: int = 1
    """What the times are rounded down to: 1, or 1000 where the server keeps whole seconds."""
    total: int | None = None
    """How many the server said there are; None when it says no more than it gives."""
    lost: Sequence[Gap] = ()
    """Where it is known to be not all of a session."""
    session_ref: SessionRef | None = None
    """What the session is called, where the answer says so itself."""
    partial_export: PartialExport | None = None
    """Where it holds only some of a session's events on purpose."""
    doubled: int = 0
    """The number of rows beside an equal one, which are left out."""
    is_ordered: bool = False
    """True where events of the same time stand in an order to keep, as in an export."""


class Batch(NamedTuple):
    """Some events of a session, in the order the source has them.

    The order of events of one time says nothing where times are whole seconds.
    """

    events: Sequence[Event]
    total: int | None
    """How many events the source says there are in all; None when it cannot know yet."""
    resolution_ms: int = 1
    """As in `DecodedEvents`."""
    starts_over: bool = False
    """Whether the batch begins the session anew: what came before it is out of date."""
    gaps: Sequence[Gap] = ()
    """What is still to come, by time."""
    lost: Sequence[Gap] = ()
    """What the source itself has not, and will not have, by time."""
    session_ref: SessionRef | None = None
    """What the session is called, where that came with it."""
    partial_export: PartialExport | None = None
    """As in `DecodedEvents`."""
    doubled: int = 0
    """See `DecodedEvents`; of all that came so far."""
    is_ordered: bool = False
    """See `DecodedEvents`."""


class ReplayOffset(NamedTuple):
    """A moment in a session that a replay link names."""

    ms: int
    """Since the session's start; or epoch milliseconds, from `EARLIEST_MS` on."""
    start_ms: int | None = None
    """When the session began by the server's clock, where that is known without its events."""

    def in_session(self, first_ms: int) -> int:
        """The moment in epoch milliseconds.

        Args:
            first_ms: the time of the session's first event.
        """
        if self.ms >= EARLIEST_MS:
            return self.ms
        return self.ms + _began_ms(first_ms, self.start_ms)


class Replay(NamedTuple):
    """Where a session can be watched."""

    url: str
    """Of the replay in the web application, from its beginning."""
    start_ms: int | None = None
    """As in `ReplayOffset`."""

    def at(self, time_ms: int, first_ms: int) -> str:
        """The replay's address with a moment to open it at.

        The moment is written as milliseconds since the start, which every release understands but
        1.15 and 1.16; those want epoch milliseconds.

        Args:
            time_ms: the moment, epoch milliseconds.
            first_ms: the time of the session's first event.
        """
        return f"{self.url}?jumpto={max(0, time_ms - _began_ms(first_ms, self.start_ms))}"


def _began_ms(first_ms: int, start_ms: int | None) -> int:
    """The moment that a player counts a session from, epoch milliseconds.

    That is its start, which its first event follows, if it is not far off: events of an offline
    page have times of their own.
    """
    is_near = start_ms is not None and -1000 < first_ms - start_ms <= _NEAR_MS
    return start_ms if start_ms is not None and is_near else first_ms


EARLIEST_MS = 946_684_800_000
"""2000-01-01, the first moment an OpenReplay server takes; as a session's length it is 30 years."""

_NEAR_MS = 5 * 60 * 1000
"""A tracker may keep the first events of a session for so long until it sends them."""

OnStatus = Callable[[str], None]
"""Told in words what is being waited for beyond the ordinary, and "" when that is over. Called in
any thread; what it raises ends the wait and the fetch."""


def ignore_status(text: str) -> None:
    """Hear nothing."""


class Source(Protocol):
    """Somewhere a session's events come from."""

    @property
    def session_ref(self) -> SessionRef:
        """What to call the session."""
        ...

    @property
    def command(self) -> Sequence[str]:
        """The words of a command line that name it again, as they were typed."""
        ...

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:
        """Where the session can be watched; may have to ask.

        Raises:
            EventviewError: that is not known, and why.
        """
        ...

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Fetch or read the session from its beginning.

        Blocks while it waits; call it from a thread of its own where that matters. Whoever stops
        at a batch has not taken it: `rest` gives it again.

        Raises:
            EventviewError: what stopped it, `NotFoundError` when there are no events at all.
        """
        ...

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Fetch what `batches` could not get, and what happened since.

        A source that cannot tell these apart gives the whole session in a batch that starts over.

        Raises:
            EventviewError: what stopped it.
        """
        ...


class Listing(Protocol):
    """Somewhere a list of sessions comes from."""

    @property
    def session_ref(self) -> SessionRef:
        """What to call the list; `session_id` is the user's id."""
        ...

    def sessions(self, on_status: OnStatus = ignore_status) -> SessionList:
        """Fetch the list, the latest session first.

        Raises:
            EventviewError: what stopped it, `NotFoundError` when there are none.
        """
        ...


def whole(reading: DecodedEvents, *, if_none: NotFoundError) -> Iterator[Batch]:
    """Hand on all events of a session as one batch.

    Raises:
        NotFoundError: `if_none`, when there are no events.
    """
    if not reading.events:
        raise if_none
    total = reading.total or len(reading.events)
    yield Batch(
        reading.events,
        total,
        reading.resolution_ms,
        starts_over=True,
        lost=reading.lost,
        session_ref=reading.session_ref,
        partial_export=reading.partial_export,
        doubled=reading.doubled,
        is_ordered=reading.is_ordered,
    )


class SessionSummary(NamedTuple):
    """What a server tells of a session without being asked for its events; texts are clean."""

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
    """What the times are rounded to."""


class SessionList(NamedTuple):
    """A user's sessions."""

    sessions: Sequence[SessionSummary]
    """The latest first."""
    shortfall: str = ""
    """In words, what is not among them though the server has it; "" when all are."""
