"""What one event tells by itself, or with the click before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eventview.analysis.detectors.certainty import is_whole, occurred_ms, slack_ms
from eventview.analysis.loads import Verdict
from eventview.analysis.rules import HESITATION_FACTOR, MOST_HESITATIONS, Rules
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.events import Click, Crash, Error, Input, Location, Request
from eventview.session.session import Session
from eventview.session.values import Rating


def single_events(
    session: Session, rules: Rules, verdict: Callable[[int], Verdict | None]
) -> Iterator[Signal]:
    """Errors, crashes, failed requests, slow loads, and clicks that errors came of."""
    click: int | None = None
    came_of: dict[int, list[int]] = {}
    for index, event in enumerate(session.events):
        if isinstance(event, Click):
            click = index
        elif isinstance(event, Location):
            judged = verdict(index)
            if judged is not None and judged.rating is Rating.POOR:
                yield Signal(SignalKind.SLOW, index, (index,), judged.value)
        elif isinstance(event, Error):
            yield Signal(SignalKind.ERROR, index, (index,))
            if click is not None and _may_come_of(session, rules, click, index):
                came_of.setdefault(click, []).append(index)
        elif isinstance(event, Crash):
            yield Signal(SignalKind.CRASH, index, (index,))
        elif isinstance(event, Request) and _has_failed(event, rules.failed_status):
            yield Signal(SignalKind.FAILED, index, (index,), event.status)
    # One for a click, however many errors came of it: it is one thing that does not work.
    for cause, errors in came_of.items():
        first_ms = session.between_ms(cause, errors[0])
        yield Signal(SignalKind.ERROR_CLICK, cause, (cause, *errors), first_ms)


def _has_failed(request: Request, failed_status: int) -> bool:
    if request.status is not None:
        return request.status == 0 or request.status >= failed_status
    return request.is_success is False


def _may_come_of(session: Session, rules: Rules, click: int, error: int) -> bool:
    clicked_ms, failed_ms = occurred_ms(session, click), occurred_ms(session, error)
    if clicked_ms is None or failed_ms is None or not session.is_order_known(click, error):
        return False
    most_ms = rules.error_after_click_ms - slack_ms(session)
    return failed_ms - clicked_ms <= most_ms and is_whole(session, click, error)


def hesitations(session: Session, rules: Rules) -> Iterator[Signal]:
    """The hesitations that stand out against the session's own, the longest few.

    One of 0 ms is left aside: it is none, and some servers do not send it.
    """
    found = [
        (event.hesitation_ms, index)
        for index, event in enumerate(session.events)
        if isinstance(event, Click | Input) and (event.hesitation_ms or 0) > 0
    ]
    lengths = sorted(ms for ms, _ in found if ms is not None)
    if not lengths:
        return
    median = (lengths[(len(lengths) - 1) // 2] + lengths[len(lengths) // 2]) / 2
    least_ms = max(rules.hesitation_ms, HESITATION_FACTOR * median)
    long = [(ms, index) for ms, index in found if ms is not None and ms >= least_ms]
    # Sorting keeps the order of equals: of those the earliest.
    for ms, index in sorted(long, key=lambda one: -one[0])[:MOST_HESITATIONS]:
        yield Signal(SignalKind.HESITATION, index, (index,), ms)
