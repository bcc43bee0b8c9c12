"""Clicks on one thing again and again: in rage, without effect, or one after another.

One thing is one label as it is seen, or one selector where there is no label. May import
`eventview.model`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from itertools import groupby
from typing import TYPE_CHECKING, Final

from eventview.model.detection.certainty import is_whole, occurred_ms, slack_ms
from eventview.model.detection.labels import Use, use_of
from eventview.model.detection.selectors import is_text_field
from eventview.model.events import (
    Click,
    Crash,
    Error,
    Event,
    GraphQL,
    Input,
    Location,
    Request,
    target,
)
from eventview.model.signals import Kind, Signal
from eventview.model.text import as_seen

if TYPE_CHECKING:
    from eventview.model.session import Session

_EFFECTS: Final = (Location, Input, Request, GraphQL, Error, Crash)
"""Events that a click had an effect: a page, a request, an input, an error."""


def rage(session: Session) -> Iterator[Signal]:
    """Hammering, by OpenReplay's own rule where times tell it, else by PostHog's bound.

    OpenReplay's handler looks at the clicks alone, one after another, whatever else happened
    between them.
    """
    least = session.rules.rage_clicks
    for series in _hammering(session):
        if len(series) >= least and not _is_usual(session, series):
            yield Signal(Kind.RAGE, series[0], tuple(series), len(series))


def is_rage_coarse(session: Session) -> bool:
    """Whether times are too coarse for the rule in force, so that one second stands for it."""
    return session.rules.rage_apart_ms <= slack_ms(session)


def _hammering(session: Session) -> Iterator[Sequence[int]]:
    if is_rage_coarse(session):
        yield from _in_one_second(session)
        return
    most_ms = session.rules.rage_apart_ms - 1 - slack_ms(session)
    for series in _series(session, most_ms, _is_one_element):
        yield from _as_one(session, series)


def _in_one_second(session: Session) -> Iterator[Sequence[int]]:
    """Clicks on one thing in one whole second: each at most 1,000 ms after the last."""
    found: defaultdict[tuple[int, tuple[str, str]], list[int]] = defaultdict(list)
    for index, event in enumerate(session.events):
        if isinstance(event, Click) and any(on := target(event)):
            time_ms = occurred_ms(session, index)
            if time_ms is not None:
                found[time_ms, on].append(index)
    for series in found.values():
        if is_whole(session, series[0], series[-1]):
            yield series


def stuck(session: Session, raging: Set[int]) -> Iterator[Signal]:
    """Clicks on one thing that nothing comes of, but for those of a rage."""
    rules = session.rules
    most_ms = rules.stuck_ms - slack_ms(session)
    for series in _series(session, most_ms, _is_one_target, ends=_EFFECTS):
        if (
            len(series) >= rules.stuck_clicks
            and raging.isdisjoint(series)
            and not _has_effect(session, series)
            and not _is_usual(session, series)
        ):
            yield Signal(Kind.STUCK, series[0], tuple(series), len(series))


def _series(
    session: Session,
    most_ms: int,
    is_one: Callable[[Click, Click], bool],
    ends: tuple[type[Event], ...] = (),
) -> Iterator[Sequence[int]]:
    """Clicks on one thing, each at most so long after the last, not across missing events.

    Args:
        session: where they are.
        most_ms: from one to the next.
        is_one: says whether two clicks, one after the other, were on one thing.
        ends: the events that end a series, beside a click on another thing.
    """
    behind_gaps = session.behind_gaps
    series: list[int] = []
    last, last_ms = None, 0
    for index, event in enumerate(session.events):
        if series and (index in behind_gaps or isinstance(event, ends)):
            yield series
            series = []
        if not isinstance(event, Click):
            continue
        time_ms = occurred_ms(session, index)
        goes_on = (
            series
            and last is not None
            and time_ms is not None
            and time_ms - last_ms <= most_ms
            and is_one(last, event)
        )
        if goes_on:
            series.append(index)
        else:
            if series:
                yield series
            series = [index] if time_ms is not None and any(target(event)) else []
        last, last_ms = event, time_ms or 0
    if series:
        yield series


def _is_one_target(one: Click, other: Click) -> bool:
    return target(one) == target(other)


def _is_one_element(one: Click, other: Click) -> bool:
    """Whether two clicks were on one element, which may have changed its label meanwhile."""
    if _is_one_target(one, other):
        return True
    return one.selector == other.selector and bool(one.selector.strip())


def _as_one(session: Session, series: Sequence[int]) -> Iterator[Sequence[int]]:
    """A series as it is where it was on one thing for sure, else in parts that were.

    One element with two labels (`Submit`, `Sending…`) is sure where the selector has an id or the
    first label comes back; a selector such as `button` may be that of several.
    """
    clicks = {i: event for i in series if isinstance(event := session.events[i], Click)}
    names = [target(click) for click in clicks.values()]
    different = set(names)
    is_flip = len(different) == 2 and ("#" in clicks[series[0]].selector or _comes_back(names))
    if len(different) == 1 or is_flip:
        yield series
        return
    for _, part in groupby(series, lambda index: target(clicks[index])):
        yield list(part)


def _comes_back(names: Sequence[tuple[str, str]]) -> bool:
    return len([name for name, _ in groupby(names)]) > 2


def _has_effect(session: Session, series: Sequence[int]) -> bool:
    """Whether anything comes of clicks, among them or soon after the last, or may have."""
    last_ms = session.events[series[-1]].time_ms or 0
    until_ms = last_ms + session.rules.stuck_ms + slack_ms(session)
    for index in range(series[0] + 1, len(session.events)):
        event = session.events[index]
        if index in session.behind_gaps:
            return True
        if event.time_ms is not None and event.time_ms > until_ms:
            return False
        if isinstance(event, _EFFECTS):
            return True
    return False


def _is_usual(session: Session, series: Sequence[int]) -> bool:
    """Whether fast clicks are how the thing is used: a stepper, paging, a text field."""
    event = session.events[series[0]]
    if not isinstance(event, Click):
        return False
    # Three clicks select a text.
    if is_text_field(event.selector) or event.label in session.field_labels:
        return True
    use = use_of(event.label)
    if use is Use.PAGING and len(series) >= session.rules.paging_clicks:
        return _has_effect(session, series)
    return use is not Use.ONCE or as_seen(event.label).lower() in session.rules.neutral_labels


def repeats(session: Session, told: Set[int]) -> Iterator[Signal]:
    """Runs of clicks on one thing, but for those with a click that is told of as trouble."""
    for run in session.runs:
        places = range(run.start, run.end)
        clicks = tuple(places)
        if len(clicks) > run.clicks:
            clicks = tuple(index for index in places if isinstance(session.events[index], Click))
        if told.isdisjoint(clicks):
            yield Signal(Kind.REPEAT, run.start, clicks, run.clicks)
