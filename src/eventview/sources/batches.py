"""Batches of a source that has everything at once."""

from __future__ import annotations

from collections.abc import Iterator

from eventview.errors import NotFoundError
from eventview.session.source import Batch, Reading


def whole(reading: Reading, *, if_none: NotFoundError) -> Iterator[Batch]:
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
        origin=reading.origin,
        excerpt=reading.excerpt,
        doubled=reading.doubled,
        is_ordered=reading.is_ordered,
    )
