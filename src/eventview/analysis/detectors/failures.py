"""Detectors of failures (errors, crashes, failed requests, poor loads) and the server's issues.

An issue of the server joins the signal of its event that a detector found, or adds one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from eventview.analysis.detectors.clicks import PRESSES, is_rage_coarse
from eventview.analysis.load_verdicts import make_poor_test
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import RULES, Rules, occurred_ms, slack_ms
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
from eventview.session.events import Click, Crash, Error, Issue, Location, Request
from eventview.session.folding import fold_address, fold_label
from eventview.session.metrics import Number, Rating
from eventview.session.session import Session


def find_failures(measured: MeasuredSession, _found: Sequence[Signal]) -> Iterator[Signal]:
    """Find errors, crashes, failed requests, poor loads, and clicks that caused errors."""
    session, rules = measured.session, measured.rules
    has_poor_figure = make_poor_test(rules.bands)
    for index, page in session.events_of(Location):
        load = measured.verdict(index) if has_poor_figure(page.load) else None
        if load is not None and load.rating is Rating.POOR:
            yield Signal(SLOW, index, (index,), load.value)
    for index in session.indexes_of(Crash):
        yield Signal(CRASH, index, (index,))
    for index, request in session.events_of(Request):
        status = request.status
        is_failed = status is not None and (status == 0 or status >= rules.failed_status)
        if is_failed or (status is None and request.is_success is False):
            yield Signal(FAILED, index, (index,), status)
    clicks = session.indexes_of(Click)
    errors_by_click: defaultdict[int, list[int]] = defaultdict(list)
    for index in session.indexes_of(Error):
        yield Signal(ERROR, index, (index,))
        place = bisect_left(clicks, index)
        if place and _may_be_caused(session, rules, clicks[place - 1], index):
            errors_by_click[clicks[place - 1]].append(index)
    # A click that causes several errors is still one thing that does not work.
    for cause, errors in errors_by_click.items():
        first_ms = session.between_ms(cause, errors[0])
        yield Signal(ERROR_CLICK, cause, (cause, *errors), first_ms)


def _may_be_caused(session: Session, rules: Rules, click: int, error: int) -> bool:
    clicked_ms, failed_ms = occurred_ms(session, click), occurred_ms(session, error)
    if clicked_ms is None or failed_ms is None or not session.is_order_known(click, error):
        return False
    most_ms = rules.error_after_click_ms - slack_ms(session)
    return failed_ms - clicked_ms <= most_ms and session.is_whole(click, error)


_ISSUE_KINDS: Final = {issue: kind for kind in SIGNAL_KINDS for issue in kind.issues}


def find_issues(measured: MeasuredSession, found: list[Signal]) -> Sequence[Signal]:
    """Find the issues of the server, each with its events if known.

    An issue about an event that is a signal already changes that signal in `found`, or removes it.
    A rage that the server sends twice, as an event and as an issue, is one signal.
    """
    session = measured.session
    if not session.indexes_of(Issue):
        return ()
    clicks, known = _index_clicks(session), _KnownSignals(session, found)
    is_coarse = is_rage_coarse(session, measured.rules)
    joining: defaultdict[int, list[int]] = defaultdict(list)
    replaced: set[int] = set()
    issues: list[tuple[Signal, set[int]]] = []
    rages: dict[tuple[str, int | None], int] = {}
    for index, issue in session.events_of(Issue):
        kind = _ISSUE_KINDS.get(issue.issue_type, OTHER_ISSUE)
        clicked = _find_clicks(session, issue, kind, clicks)
        amount = issue.count if kind is RAGE else issue.duration_ms
        name = fold_label(issue.context or issue.label), issue.time_ms
        if kind is RAGE and name in rages:
            signal, covered = issues[rages[name]]
            covered.update((index, *clicked))
            both = amount if signal.amount is None else signal.amount
            issues[rages[name]] = signal._replace(amount=both), covered
            continue
        matches = known.find_rages(issue, clicked) if kind is RAGE else known.find(kind, issue)
        if matches and not (kind is RAGE and is_coarse):
            joining[matches[0]].append(index)
            continue
        covered = {index, *clicked}
        for match in matches:
            # The server knew milliseconds, so its issue replaces what was found in whole seconds.
            replaced.add(match)
            covered.update(found[match].events[:_MOST_CLICKS])
            amount = found[match].amount if amount is None else amount
        if kind is RAGE:
            rages[name] = len(issues)
        issues.append((Signal(kind, min(covered), (), amount, is_server=True), covered))
    for match, indexes in joining.items():
        events = tuple(sorted({*found[match].events, *indexes}))
        found[match] = found[match]._replace(events=events)
    if replaced:
        found[:] = [signal for place, signal in enumerate(found) if place not in replaced]
    return [signal._replace(events=tuple(sorted(covered))) for signal, covered in issues]


_MOST_MESSAGES: Final = 100
"""Messages of errors of one time to compare with that of an issue part by part; beyond these, only
an equal one is found, so that many errors of one time cost no more than their number."""


class _KnownSignals:
    """Places of signals by what the server's issues about them have in common with them."""

    def __init__(self, session: Session, found: Sequence[Signal]) -> None:
        self._places: dict[tuple[SignalKind, int | None, *tuple[str, ...]], int] = {}
        self._messages: defaultdict[int | None, dict[str, int]] = defaultdict(dict)
        self._rages: defaultdict[int | None, list[int]] = defaultdict(list)
        self._raging: dict[int, int] = {}
        for place, signal in enumerate(found):
            event = session.events[signal.at]
            if isinstance(event, Request):
                for address in _list_addresses(event.url):
                    self._places.setdefault((signal.kind, event.time_ms, *address), place)
            elif isinstance(event, Crash):
                self._places.setdefault((signal.kind, event.time_ms), place)
            elif isinstance(event, Error):
                error = fold_label(event.message or event.name)
                self._messages[event.time_ms].setdefault(error, place)
            if signal.kind is RAGE:
                self._rages[event.time_ms].append(place)
                self._raging.update(dict.fromkeys(signal.events, place))

    def find_rages(self, issue: Issue, clicked: Sequence[int]) -> Sequence[int]:
        """Return the places of the rages with the clicks of an issue, or else of its time."""
        places = dict.fromkeys(self._raging[click] for click in clicked if click in self._raging)
        is_nameless = not (issue.context or issue.label)
        return list(places) or (self._rages.get(issue.time_ms, ()) if is_nameless else ())

    def find(self, kind: SignalKind, issue: Issue) -> Sequence[int]:
        """Return the place of the signal about the event of an issue; nothing without one.

        The server gives both the same time.
        """
        time_ms = issue.time_ms
        if time_ms is None:
            return ()
        if kind is ERROR:
            about, messages = fold_label(issue.context), self._messages.get(time_ms, {})
            for error, place in islice(messages.items(), _MOST_MESSAGES):
                if not about or (error and (error in about or about in error)):
                    return (place,)
            return (messages[about],) if about in messages else ()
        addresses = _list_addresses(issue.context) if kind is FAILED and issue.context else [()]
        keys = ((kind, time_ms, *address) for address in addresses)
        return [self._places[key] for key in keys if key in self._places][:1]


def _list_addresses(url: str) -> Sequence[tuple[str, ...]]:
    """Return what must be equal of two addresses for one request, the surest first."""
    path = fold_address(url.partition("?")[0])
    return (path, fold_address(url)), (path,)


def _index_clicks(session: Session) -> Mapping[str, Sequence[int]]:
    """Return the indexes of the clicks with a time on each label, in order."""
    clicks: defaultdict[str, list[int]] = defaultdict(list)
    for index, press in session.events_of(*PRESSES):
        if press.label.strip() and press.time_ms is not None:
            clicks[fold_label(press.label)].append(index)
    return clicks


_MOST_CLICKS: Final = 1_000
"""Most clicks that an issue covers, more than any person makes: many issues of the same many clicks
would cost their product."""


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
    behind = bisect_right(own, issue.time_ms + lasts_ms, first, key=time_of)
    return own[first : min(behind, first + _MOST_CLICKS)]
