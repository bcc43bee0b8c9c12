"""What the rest of the program knows of where sessions come from.

Every source implements `Source`; who shows or exports a session sees nothing else of it. May
import `eventview.model` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from eventview.model.events import Event


class Batch(NamedTuple):
    """Some events of a session, in the order the source has them."""

    events: Sequence[Event]
    total: int | None
    """How many events the source says there are in all; None when it cannot know yet."""


class Origin(NamedTuple):
    """What a session is called: the words for titles and error messages, all cleaned."""

    name: str
    """The project's key, the file's name, `demo`."""
    session_id: str = ""
    """The session's id where it is known before any event came."""
    place: str = ""
    """Where the session is fetched from, for `asking …`."""


class Source(Protocol):
    """Somewhere a session's events come from."""

    @property
    def origin(self) -> Origin:
        """What to call the session."""
        ...

    def batches(self) -> Iterator[Batch]:
        """Fetch or read the session once, from its beginning.

        Blocks while it waits; call it from a thread of its own where that matters.

        Raises:
            EventviewError: what stopped it, `NotFoundError` when there are no events at all.
        """
        ...
