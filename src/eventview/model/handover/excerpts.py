"""What can be copied of a session at an event, each as one text.

May import `eventview.model` only.
"""

from __future__ import annotations

from datetime import UTC

from eventview.model import times, wording
from eventview.model.events import url_of
from eventview.model.handover.handout import Handout


def row(handout: Handout, index: int) -> str:
    """An event's row in one line: since the start, in UTC, type, what, and what stands out."""
    session = handout.view.session
    shown = wording.shown_row(handout.view, index)
    time = session.events[index].time_ms
    clock = "" if time is None else times.date_clock(time, UTC, session.step_ms(time))
    asides = [aside.text for aside in reversed(shown.asides)]
    return " · ".join(part for part in (shown.time, clock, shown.type, shown.what, *asides) if part)


def url(handout: Handout, index: int) -> str:
    """The address an event is about, or else that of its page; "" where neither is known."""
    session = handout.view.session
    page = session.page(index)
    return url_of(session.events[index]) or ("" if page is None else url_of(page))


def covered(handout: Handout, index: int) -> range:
    """Indexes of the events that an event's row stands for; of a folded page its head alone."""
    run = handout.view.rolled(index)
    return range(index, index + 1) if run is None else range(run.start, run.end)
