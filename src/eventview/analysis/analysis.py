"""All that is striking in a session.

What is not sure is not found: a false alarm costs more trust than a signal that is missing. So
where times are whole seconds, a span counts as the longest or the shortest it may have been,
whichever makes no signal. The thresholds are in `eventview.analysis.rules`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from eventview.analysis.detectors.back_and_forth import back_and_forth
from eventview.analysis.detectors.clicks import rage, repeats, stuck
from eventview.analysis.detectors.failures import hesitations, single_events
from eventview.analysis.detectors.server_issues import add_issues
from eventview.analysis.detectors.silences import silences
from eventview.analysis.signals import Kind, Signals

if TYPE_CHECKING:
    from eventview.session.session import Session


def find(session: Session) -> Signals:
    """All signals of a session, by its own rules."""
    found = [
        *single_events(session),
        *hesitations(session),
        *rage(session),
        *back_and_forth(session),
        *silences(session),
    ]
    add_issues(session, found)
    told = {index for s in found if s.kind is Kind.RAGE for index in s.events}
    found.extend(without := list(stuck(session, told)))
    told.update(index for s in without for index in s.events)
    found.extend(repeats(session, told))
    found.sort(key=attrgetter("at"))
    return Signals(found)
