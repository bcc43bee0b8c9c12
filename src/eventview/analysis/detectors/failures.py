"""Detectors of failures (errors, crashes, failed requests, poor loads) and the server's issues.

An issue of the server joins the signal of its event that a detector found, or adds one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from eventview.analysis.detectors.clicks import is_rage_coarse
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import RULES, Rules, is_whole, occurred_ms, slack_ms
from eventview.analysis.signal_kinds import (
    CRASH,
    DEAD,
    ERROR,
    ERROR_CLICK,
    FAILED,
    OTHER_ISSUE,
    RAGE,
    SIGNAL_KINDS,
    SLOW,
)
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.events import Click, Crash, Error, Event, Issue, Location, Request, Tap
from eventview.session.folding import fold_address, fold_label
from eventview.session.metrics import Number, Rating
from eventview.session.session import Session


def find_failures(measured: MeasuredSession, _found: Sequence[Signal]) -> Iterator[Signal]:
    """Find errors, crashes, failed requests, poor loads, and clicks that caused errors."""
    session, rules = measured.session, measured.rules
    click: int | None = None
    errors_by_click: dict[int, list[int]] = {}
    for index, event in enumerate(session.events):
        # `isinstance` is slow to say no to a msgspec class.
        if type(event) is Click:
            click = index
        elif type(event) is Location:
            load = measured.verdict(index)
            if load is not None and load.rating is Rating.POOR:
                yield Signal(SLOW, index, (index,), load.value)
        elif type(event) is Error:
            yield Signal(ERROR, index, (index,))
            if click is not None and _may_be_caused(session, rules, click, index):
                errors_by_click.setdefault(click, []).append(index)
        elif type(event) is Crash:
            yield Signal(CRASH, index, (index,))
        elif type(event) is Request:
            status = event.status
            is_failed = status is not None and (status == 0 or status >= rules.failed_status)
            if is_failed or (status is None and event.is_success is False):
                yield Signal(FAILED, index, (index,), status)
    # A click that causes several errors is still one thing that does not work.
    for cause, errors in errors_by_click.items():
        first_ms = session.between_ms(cause, errors[0])
        yield Signal(ERROR_CLICK, cause, (cause, *errors), first_ms)


def _may_be_caused(session: Session, rules: Rules, click: int, error: int) -> bool:
    clicked_ms, failed_ms = occurred_ms(session, click), occurred_ms(session, error)
    if clicked_ms is None or failed_ms is None or not session.is_order_known(click, error):
        return False
    most_ms = rules.error_after_click_ms - slack_ms(session)
    return failed_ms - clicked_ms <= most_ms and is_whole(session, click, error)


_ISSUE_KINDS: Final = {issue: kind for kind in SIGNAL_KINDS for issue in kind.issues}


def find_issues(measured: MeasuredSession, found: list[Signal]) -> Sequence[Signal]:
    """Find the issues of the server, each with its events if known.

    An issue about an event that is a signal already changes that signal in `found`, or removes it.
    A rage that the server sends twice, as an event and as an issue, is one signal.
    """
    session = measured.session
    if not any(type(event) is Issue for event in session.events):
        return ()
    places: defaultdict[tuple[SignalKind, int | None], list[int]] = defaultdict(list)
    raging: dict[int, int] = {}
    replaced: set[int] = set()
    issues: list[Signal] = []
    rages: dict[tuple[str, int | None], int] = {}
    for place, signal in enumerate(found):
        places[signal.kind, session.events[signal.at].time_ms].append(place)
        if signal.kind is RAGE:
            raging.update(dict.fromkeys(signal.events, place))
    clicks = _index_clicks(session)
    for index, event in enumerate(session.events):
        if type(event) is not Issue:
            continue
        kind = _ISSUE_KINDS.get(event.issue_type, OTHER_ISSUE)
        clicked = _find_clicks(session, event, kind, clicks)
        if kind is RAGE:
            matches: Sequence[int] = [raging[place] for place in clicked if place in raging]
            is_nameless = not (event.context or event.label)
            matches = matches or (is_nameless and places.get((kind, event.time_ms))) or ()
        else:
            matches = _find_matches(session, event, kind, found, places)
        covered = {index, *clicked}
        amount = event.count if kind is RAGE else event.duration_ms
        name = fold_label(event.context or event.label), event.time_ms
        if kind is RAGE and name in rages:
            signal = issues[rages[name]]
            events = tuple(sorted({*signal.events, *covered}))
            both = amount if signal.amount is None else signal.amount
            issues[rages[name]] = signal._replace(events=events, amount=both)
            continue
        if matches and kind is RAGE and is_rage_coarse(session, measured.rules):
            # The server knew milliseconds, so its issue replaces what was found in whole seconds.
            replaced.update(matches)
            covered.update(*(found[match].events for match in matches))
            amount = found[matches[0]].amount if amount is None else amount
        elif matches:
            signal = found[matches[0]]
            found[matches[0]] = signal._replace(events=tuple(sorted({*signal.events, index})))
            continue
        events = tuple(sorted(covered))
        if kind is RAGE:
            rages[name] = len(issues)
        issues.append(Signal(kind, events[0], events, amount, is_server=True))
    if replaced:
        found[:] = [signal for place, signal in enumerate(found) if place not in replaced]
    return issues


def _find_matches(
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
    matches = [place for place in simultaneous if _is_about(issue, session.events[found[place].at])]

    def has_other_address(place: int) -> bool:
        event = session.events[found[place].at]
        url = event.url if isinstance(event, Request) else ""
        return fold_address(url) != fold_address(issue.context)

    return sorted(matches, key=has_other_address)


def _is_about(issue: Issue, event: Event) -> bool:
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


def _index_clicks(session: Session) -> Mapping[str, Sequence[int]]:
    """Return the indexes of the clicks with a time on each label, in order."""
    clicks: defaultdict[str, list[int]] = defaultdict(list)
    for index, event in enumerate(session.events):
        if isinstance(event, Click | Tap) and event.label.strip() and event.time_ms is not None:
            clicks[fold_label(event.label)].append(index)
    return clicks


def _find_clicks(
    session: Session, issue: Issue, kind: SignalKind, clicks: Mapping[str, Sequence[int]]
) -> Sequence[int]:
    """Return the clicks of an issue, on its label around its time."""
    own = clicks.get(fold_label(issue.context or issue.label), ())
    if kind not in {RAGE, DEAD} or issue.time_ms is None:
        return ()
    lasts_ms: Number = 0
    if kind is RAGE:
        # The server gives a rage the time of its first click, and finds it by its own rule.
        spans = (issue.count or RULES.rage_clicks) - 1
        lasts_ms = spans * RULES.rage_apart_ms + slack_ms(session)

    def time_of(index: int) -> int:
        return session.events[index].time_ms or 0

    first = bisect_left(own, issue.time_ms, key=time_of)
    return own[first : bisect_right(own, issue.time_ms + lasts_ms, first, key=time_of)]
