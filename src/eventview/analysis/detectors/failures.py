"""Detectors of failures (errors, crashes, failed requests, poor loads) and the server's issues.

An issue of the server joins the signal of its event that a detector found, or adds one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from eventview.analysis.detectors.clicks import is_rage_coarse
from eventview.analysis.loads import Verdict
from eventview.analysis.rules import RULES, Rules, is_whole, occurred_ms, slack_ms
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.events import (
    ISSUE,
    Click,
    Crash,
    Error,
    Event,
    Issue,
    Location,
    Request,
    Tap,
)
from eventview.session.folding import fold_address, fold_label
from eventview.session.metrics import Number, Rating
from eventview.session.session import Session


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


_ISSUE_KINDS: Final = {
    "click_rage": SignalKind.RAGE,
    "tap_rage": SignalKind.RAGE,
    "dead_click": SignalKind.DEAD,
    "mouse_thrashing": SignalKind.THRASHING,
    "incident": SignalKind.INCIDENT,
    "crash": SignalKind.CRASH,
    "app_crash": SignalKind.CRASH,
    "bad_request": SignalKind.FAILED,
    "js_exception": SignalKind.ERROR,
}


def add_issues(session: Session, rules: Rules, found: list[Signal]) -> None:
    """Add the issues of the server to the signals found, each with its events if known.

    An issue about an event that is a signal already is merged with that signal. So is a rage that
    the server sends twice, as an event and as an issue.
    """
    # Some types with other names are read as issues, too.
    if ISSUE not in session.type_counts and not any(
        isinstance(event, Issue) for event in session.events
    ):
        return
    places: defaultdict[tuple[SignalKind, int | None], list[int]] = defaultdict(list)
    raging: dict[int, int] = {}
    replaced: set[int] = set()
    added: dict[tuple[str, int | None], int] = {}
    for place, signal in enumerate(found):
        places[signal.kind, session.events[signal.at].time_ms].append(place)
        if signal.kind is SignalKind.RAGE:
            raging.update(dict.fromkeys(signal.events, place))
    clicks = _index_clicks(session)
    for index, event in enumerate(session.events):
        if not isinstance(event, Issue):
            continue
        kind = _ISSUE_KINDS.get(event.issue_type, SignalKind.ISSUE)
        clicked = _find_clicks(session, event, kind, clicks)
        if kind is SignalKind.RAGE:
            twins: Sequence[int] = [raging[place] for place in clicked if place in raging]
            is_nameless = not (event.context or event.label)
            twins = twins or (is_nameless and places.get((kind, event.time_ms))) or ()
        else:
            twins = _find_twins(session, event, kind, found, places)
        covered = {index, *clicked}
        amount = event.count if kind is SignalKind.RAGE else event.duration_ms
        name = fold_label(event.context or event.label), event.time_ms
        if kind is SignalKind.RAGE and name in added:
            signal = found[added[name]]
            events = tuple(sorted({*signal.events, *covered}))
            both = amount if signal.amount is None else signal.amount
            found[added[name]] = signal._replace(events=events, amount=both)
            continue
        if twins and kind is SignalKind.RAGE and is_rage_coarse(session, rules):
            # The server knew milliseconds, so its issue replaces what was found in whole seconds.
            replaced.update(twins)
            covered.update(*(found[twin].events for twin in twins))
            amount = found[twins[0]].amount if amount is None else amount
        elif twins:
            signal = found[twins[0]]
            found[twins[0]] = signal._replace(events=tuple(sorted({*signal.events, index})))
            continue
        events = tuple(sorted(covered))
        if kind is SignalKind.RAGE:
            added[name] = len(found)
        found.append(Signal(kind, events[0], events, amount, is_server=True))
    if replaced:
        found[:] = [signal for place, signal in enumerate(found) if place not in replaced]


def _find_twins(
    session: Session,
    issue: Issue,
    kind: SignalKind,
    found: Sequence[Signal],
    places: Mapping[tuple[SignalKind, int | None], Sequence[int]],
) -> Sequence[int]:
    """Return the places of the signals about the event of an issue, the likeliest first.

    The server gives both the same time.
    """
    simultaneous = () if issue.time_ms is None else places.get((kind, issue.time_ms), ())
    twins = [place for place in simultaneous if _is_twin(issue, session.events[found[place].at])]
    return sorted(twins, key=lambda place: not _has_same_address(issue, session, found[place].at))


def _has_same_address(issue: Issue, session: Session, index: int) -> bool:
    event = session.events[index]
    return isinstance(event, Request) and fold_address(event.url) == fold_address(issue.context)


def _is_twin(issue: Issue, event: Event) -> bool:
    """Return True if an issue of the server is about an event."""
    about = issue.context
    match event:
        case Error():
            error, about = fold_label(event.message or event.name), fold_label(about)
            return not about or (bool(error) and (error in about or about in error))
        case Request():
            urls = event.url.partition("?")[0], about.partition("?")[0]
            return bool(about) and fold_address(urls[0]) == fold_address(urls[1])
        case Crash():
            return True
        case _:
            return False


class _Clicks(NamedTuple):
    """The clicks on one label, in order."""

    times_ms: list[int]
    indexes: list[int]


def _index_clicks(session: Session) -> Mapping[str, _Clicks]:
    clicks: dict[str, _Clicks] = {}
    for index, event in enumerate(session.events):
        if isinstance(event, Click | Tap) and event.label.strip() and event.time_ms is not None:
            own = clicks.setdefault(fold_label(event.label), _Clicks([], []))
            own.times_ms.append(event.time_ms)
            own.indexes.append(index)
    return clicks


def _find_clicks(
    session: Session, issue: Issue, kind: SignalKind, clicks: Mapping[str, _Clicks]
) -> Sequence[int]:
    """Return the clicks of an issue, on its label around its time."""
    own = clicks.get(fold_label(issue.context or issue.label))
    if own is None or kind not in {SignalKind.RAGE, SignalKind.DEAD} or issue.time_ms is None:
        return ()
    lasts_ms: Number = 0
    if kind is SignalKind.RAGE:
        # The server gives a rage the time of its first click, and finds it by its own rule.
        spans = (issue.count or RULES.rage_clicks) - 1
        lasts_ms = spans * RULES.rage_apart_ms + slack_ms(session)
    first = bisect_left(own.times_ms, issue.time_ms)
    return own.indexes[first : bisect_right(own.times_ms, issue.time_ms + lasts_ms, first)]
