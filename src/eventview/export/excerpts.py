"""What can be copied of a session at an event, each as one text."""

from __future__ import annotations

from datetime import UTC

from eventview.export.snapshot import Handout
from eventview.render import rows
from eventview.session import timefmt
from eventview.session.events import url_of
from eventview.session.urls import with_scheme


def row(handout: Handout, index: int) -> str:
    """An event's row in one line: since the start, in UTC, type, what, and what stands out."""
    session = handout.view.session
    shown = rows.shown_row(handout.view, index)
    time = session.events[index].time_ms
    clock = "" if time is None else timefmt.date_clock(time, UTC, session.step_ms(time))
    asides = [aside.text for aside in reversed(shown.asides)]
    return " · ".join(part for part in (shown.time, clock, shown.type, shown.what, *asides) if part)


def url(handout: Handout, index: int) -> str:
    """Return the address of an event, or else of its page, with a scheme; "" where none is known.

    `inferred` tells where the scheme comes from.
    """
    sent, host = _sent_url(handout, index)
    return with_scheme(sent, host)


def inferred(handout: Handout, index: int) -> str:
    """Return a word that the server sent that address without its scheme; "" where it sent one."""
    is_as_sent = url(handout, index) == _sent_url(handout, index)[0]
    return "" if is_as_sent else "https inferred"


def _sent_url(handout: Handout, index: int) -> tuple[str, str]:
    """Return the address as sent, and the host that its page is known to be on; "" for unknown."""
    session = handout.view.session
    sent, page = url_of(session.events[index]), session.page(index)
    return (sent, "") if page is None else (sent or url_of(page), page.host)


def covered(handout: Handout, index: int) -> range:
    """Indexes of the events that an event's row stands for; of a folded page its head alone."""
    run = handout.view.rolled(index)
    return range(index, index + 1) if run is None else range(run.start, run.end)
