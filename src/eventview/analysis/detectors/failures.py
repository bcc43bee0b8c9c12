"""Detectors of signals in single events: failures, errors after clicks, hesitations."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eventview.analysis.loads import Verdict
from eventview.analysis.rules import Rules, is_whole, occurred_ms, slack_ms
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.events import Click, Crash, Error, Location, Request
from eventview.session.session import Session
from eventview.session.values import Rating


def find_in_single_events(
    session: Session, rules: Rules, verdict: Callable[[int], Verdict | None]
) -> Iterator[Signal]:
    """Find errors, crashes, failed requests, poor loads, and clicks that caused errors.

    Args:
        session: the events.
        rules: the thresholds.
        verdict: returns the verdict on the load of a LOCATION, by its index.
    """
    click: int | None = None
    errors_by_click: dict[int, list[int]] = {}
    for index, event in enumerate(session.events):
        if isinstance(event, Click):
            click = index
        elif isinstance(event, Location):
            judged = verdict(index)
            if judged is not None and judged.rating is Rating.POOR:
                yield Signal(SignalKind.SLOW, index, (index,), judged.value)
        elif isinstance(event, Error):
            yield Signal(SignalKind.ERROR, index, (index,))
            if click is not None and _may_be_caused(session, rules, click, index):
                errors_by_click.setdefault(click, []).append(index)
        elif isinstance(event, Crash):
            yield Signal(SignalKind.CRASH, index, (index,))
        elif isinstance(event, Request) and _has_failed(event, rules.failed_status):
            yield Signal(SignalKind.FAILED, index, (index,), event.status)
    # A click that causes several errors is still one thing that does not work.
    for cause, errors in errors_by_click.items():
        first_ms = session.between_ms(cause, errors[0])
        yield Signal(SignalKind.ERROR_CLICK, cause, (cause, *errors), first_ms)


def _has_failed(request: Request, failed_status: int) -> bool:
    if request.status is not None:
        return request.status == 0 or request.status >= failed_status
    return request.is_success is False


def _may_be_caused(session: Session, rules: Rules, click: int, error: int) -> bool:
    clicked_ms, failed_ms = occurred_ms(session, click), occurred_ms(session, error)
    if clicked_ms is None or failed_ms is None or not session.is_order_known(click, error):
        return False
    most_ms = rules.error_after_click_ms - slack_ms(session)
    return failed_ms - clicked_ms <= most_ms and is_whole(session, click, error)
