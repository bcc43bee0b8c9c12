"""How a source that has everything at once hands it on.

May import `eventview.model` and `eventview.errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventview.errors import NotFoundError
from eventview.model.events import Event
from eventview.model.source import Batch


def whole(events: Sequence[Event], *, if_none: NotFoundError) -> Iterator[Batch]:
    """Hand on all events of a session as one batch.

    Raises:
        NotFoundError: `if_none`, when there are no events.
    """
    if not events:
        raise if_none
    yield Batch(events, len(events))
