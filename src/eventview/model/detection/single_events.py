"""What one event tells by itself, or with the click before it.

May import `eventview.model`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventview.model.detection.certainty import is_whole, slack_ms
from eventview.model.events import Click, Crash, Error, Input, Location, Request
from eventview.model.ratings import Rating
from eventview.model.signals import Kind, Signal

if TYPE_CHECKING:
    from eventview.model.session import Session


def single_events(session: Session) -> Iterator[Signal]:
    """Errors, crashes, failed requests, slow loads, hesitations, and clicks that errors came of."""
    hesitation_ms, hesitation = session.rules.hesitation_ms, Kind.HESITATION
    click: int | None = None
    came_of: dict[int, list[int]] = {}
    for index, event in enumerate(session.events):
        # In the order of their numbers: most events are clicks.
        if isinstance(event, Click):
            click = index
            if event.hesitation_ms is not None and event.hesitation_ms > hesitation_ms:
                yield Signal(hesitation, index, (index,), event.hesitation_ms)
        elif isinstance(event, Input):
            if event.hesitation_ms is not None and event.hesitation_ms > hesitation_ms:
                yield Signal(hesitation, index, (index,), event.hesitation_ms)
        elif isinstance(event, Location):
            judged = session.verdict(index)
            if judged is not None and judged.rating is Rating.POOR:
                yield Signal(Kind.SLOW, index, (index,), judged.value)
        elif isinstance(event, Error):
            yield Signal(Kind.ERROR, index, (index,))
            if click is not None and _may_come_of(session, click, index):
                came_of.setdefault(click, []).append(index)
        elif isinstance(event, Crash):
            yield Signal(Kind.CRASH, index, (index,))
        elif isinstance(event, Request) and _has_failed(event, session.rules.failed_status):
            yield Signal(Kind.FAILED, index, (index,), event.status)
    # One for a click, however many errors came of it: it is one thing that does not work.
    for cause, errors in came_of.items():
        first_ms = session.between_ms(cause, errors[0])
        yield Signal(Kind.ERROR_CLICK, cause, (cause, *errors), first_ms)


def _has_failed(request: Request, failed_status: int) -> bool:
    if request.status is not None:
        return request.status == 0 or request.status >= failed_status
    return request.is_success is False


def _may_come_of(session: Session, click: int, error: int) -> bool:
    later = session.between_ms(click, error)
    most = session.rules.error_after_click_ms - slack_ms(session)
    return later is not None and later <= most and is_whole(session, click, error)
