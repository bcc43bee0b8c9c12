"""Tests of sources, and helpers that they share with those of `cli`."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from eventview.errors import EventviewError
from eventview.session.events import Event
from eventview.session.source import Source


def fetched(source: Source) -> Sequence[Event]:
    """All events of a source, which must say their number truly."""
    batches = list(source.batches())
    events = [event for batch in batches for event in batch.events]
    assert batches[-1].total == len(events)
    return events


def assert_well_said(error: EventviewError, *secrets: str) -> None:
    """A failure is one short, printable paragraph with a way out, and gives no secret away."""
    assert str(error).isprintable()
    assert 20 < len(str(error)) < 1000
    assert error.hint.endswith(".")
    logged = "".join(traceback.format_exception(error))
    assert not [secret for secret in secrets if secret in repr(error) + logged]
