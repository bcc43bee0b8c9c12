"""Clicks on one thing again and again: in rage, without effect, or one after another.

One thing is one label as it is seen, or one selector where there is no label.

What a CSS selector says of the element it selects.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby
from operator import attrgetter
from typing import Final

from eventview.analysis.detectors.certainty import is_whole, occurred_ms, slack_ms
from eventview.analysis.detectors.labels import LabelUse, use_of
from eventview.analysis.rules import COARSE_FACTOR, Rules
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.events import (
    Click,
    Crash,
    Error,
    Event,
    GraphQL,
    Input,
    Location,
    Performance,
    Request,
    Tap,
    selector_of,
    target,
)
from eventview.session.folding import as_seen, same_word
from eventview.session.session import Run, Session

Press = Click | Tap

_EFFECTS: Final = (Location, Input, Request, GraphQL, Error, Crash)
"""Events that a click had an effect: a page, a request, an input, an error."""


def rage(session: Session, rules: Rules, runs: Sequence[Run]) -> Iterator[Signal]:
    """Hammering, by OpenReplay's own rule where times tell it, else by PostHog's bound.

    OpenReplay's handlers look at the clicks or taps alone, one after another, whatever else
    happened between them.
    """
    least, effects = rules.rage_clicks, _effects(session)
    for series in _hammering(session, rules):
        if len(series) >= least and not _is_usual(session, rules, runs, series, effects):
            yield Signal(SignalKind.RAGE, series[0], tuple(series), len(series))


def is_rage_coarse(session: Session, rules: Rules) -> bool:
    """Return True if times are too coarse for the rule, and one second stands for it."""
    return rules.rage_apart_ms <= slack_ms(session)


def _hammering(session: Session, rules: Rules) -> Iterator[Sequence[int]]:
    if is_rage_coarse(session, rules):
        yield from _in_one_second(session, rules)
        return
    most_ms = rules.rage_apart_ms - 1 - slack_ms(session)
    for series in _series(session, most_ms, _may_be_one_element):
        yield from _as_one(session, series, _is_flip)


def _in_one_second(session: Session, rules: Rules) -> Iterator[Sequence[int]]:
    """Clicks on one thing in one whole second: each at most 1,000 ms after the last.

    With as many in the second after it is one burst. Their order in a second is not known.
    """
    seconds: defaultdict[int, list[int]] = defaultdict(list)
    for index, event in enumerate(session.events):
        if isinstance(event, Click | Tap):
            time_ms = occurred_ms(session, index)
            if time_ms is not None:
                seconds[time_ms].append(index)
    found: list[list[int]] = []
    bursts: dict[tuple[int, object], list[int]] = {}
    for time_ms, places in seconds.items():
        if len(places) < rules.rage_clicks or not is_whole(session, places[0], places[-1]):
            continue
        for on, one in _by_thing(session, rules, places).items():
            if len(one) >= rules.rage_clicks:
                before = bursts.get((time_ms - session.resolution_ms, on))
                if before is None:
                    found.append(before := [])
                before += one
                bursts[time_ms, on] = before
    yield from found


def _by_thing(
    session: Session, rules: Rules, places: Sequence[int]
) -> Mapping[object, Sequence[int]]:
    """Clicks of one second by what they were on: one label, or one element with two."""
    presses = {i: e for i in places if isinstance(e := session.events[i], Click | Tap)}
    labelled: defaultdict[object, list[int]] = defaultdict(list)
    selected: defaultdict[object, list[int]] = defaultdict(list)
    for index, press in presses.items():
        if any(on := target(press)):
            labelled[on].append(index)
        if selector_of(press):
            selected[selector_of(press)].append(index)
    told = {i for one in labelled.values() if len(one) >= rules.rage_clicks for i in one}
    for selector, one in selected.items():
        names = {target(presses[index]) for index in one}
        is_sure = len(names) == 2 and _is_one_for_sure([presses[index] for index in one])
        if is_sure and told.isdisjoint(one):
            labelled[selector] = one
    return labelled


def stuck(
    session: Session, rules: Rules, runs: Sequence[Run], raging: Set[int]
) -> Iterator[Signal]:
    """Clicks on one thing that nothing comes of, but for those of a rage."""
    most_ms, effects = rules.stuck_ms, _effects(session)
    for several in _series(session, most_ms, _may_be_one_place, (Click,), _EFFECTS):
        for series in _as_one(session, several, _is_progress):
            if (
                _are_close(session, rules, series)
                and raging.isdisjoint(series)
                and not _has_effect(session, rules, series, effects)
                and not _is_usual(session, rules, runs, series, effects)
            ):
                yield Signal(SignalKind.STUCK, series[0], tuple(series), len(series))


def _are_close(session: Session, rules: Rules, series: Sequence[int]) -> bool:
    """Return True if clicks that seem close enough to be stuck are so for sure, and enough.

    Whole seconds tell only that they were on average.
    """
    slack = slack_ms(session)
    if not slack:
        return len(series) >= rules.stuck_clicks
    longest_ms = (session.between_ms(series[0], series[-1]) or 0) + slack
    is_enough = len(series) >= COARSE_FACTOR * rules.stuck_clicks
    return is_enough and longest_ms <= rules.stuck_ms * (len(series) - 1)


def _series(
    session: Session,
    most_ms: int,
    is_one: Callable[[Press, Press], bool],
    kinds: tuple[type[Press], ...] = (Click, Tap),
    ends: tuple[type[Event], ...] = (),
) -> Iterator[Sequence[int]]:
    """Clicks on one thing, each at most so long after the last, not across missing events.

    Args:
        session: where they are.
        most_ms: from one to the next.
        is_one: says whether two of them, one after the other, may have been on one thing.
        kinds: clicks or taps, or both.
        ends: the events that end a series, beside a click on another thing.
    """
    behind_gaps = session.behind_gaps
    series: list[int] = []
    last: Press | None = None
    last_ms = 0
    for index, event in enumerate(session.events):
        if series and (index in behind_gaps or isinstance(event, ends)):
            yield series
            series = []
        if not isinstance(event, kinds):
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
            if len(series) > 1:
                yield series
            series = [index] if time_ms is not None else []
        last, last_ms = event, time_ms or 0
    if series:
        yield series


def _may_be_one_element(one: Press, other: Press) -> bool:
    """Return True if two were on one label, or one element that may have changed its label."""
    return _is_one_target(one, other) or selector_of(one) == selector_of(other) != ""


def _may_be_one_place(one: Press, other: Press) -> bool:
    """Return True if two were on one element: `Add` of one row is not that of the next.

    What comes and goes beside it may give an element another selector, in the same place.
    """
    first, second = selector_of(one), selector_of(other)
    may_be = not (first and second) or _are_near(one, other)
    return first == second != "" or (may_be and _is_one_target(one, other))


_NEAR_PERCENT: Final = 3
"""Two clicks so much of the window apart are in one place: 30 px (PostHog) of 1,000."""


def _are_near(one: Press, other: Press) -> bool:
    """Return True if two clicks are known to have been in one place."""
    if not (isinstance(one, Click) and isinstance(other, Click)):
        return False
    places = (one.x_percent, other.x_percent), (one.y_percent, other.y_percent)
    return all(a is not None and b is not None and abs(a - b) <= _NEAR_PERCENT for a, b in places)


def _is_one_target(one: Press, other: Press) -> bool:
    on = target(one)
    return any(on) and on == target(other)


def _as_one(
    session: Session, series: Sequence[int], is_sure: Callable[[Sequence[Press]], bool]
) -> Iterator[Sequence[int]]:
    """A series as it is where it was on one thing for sure, else in parts that were."""
    presses = {i: e for i in series if isinstance(e := session.events[i], Click | Tap)}
    different = {target(press) for press in presses.values()}
    if len(different) == 1 or (len(different) == 2 and is_sure(list(presses.values()))):
        yield series
        return
    for _, part in groupby(series, lambda index: target(presses[index])):
        yield list(part)


def _is_flip(presses: Sequence[Press]) -> bool:
    """Return True if clicks with two labels and one selector were on one element.

    They were also where the first label comes back.
    """
    return len(list(groupby(presses, target))) > 2 or _is_one_for_sure(presses)


def _is_one_for_sure(presses: Sequence[Press]) -> bool:
    """Return True if a selector is of one element; one such as `li > a` may be of several."""
    return "#" in selector_of(presses[0]) or _is_progress(presses)


def _is_progress(presses: Sequence[Press]) -> bool:
    """Return True if one of two labels says that the other is being done: `Submit`, `Sending…`.

    Any other change of a label is an effect: `Show`, `Hide`.
    """
    return any(as_seen(press.label).endswith("...") for press in presses)


def _effects(session: Session) -> Sequence[int]:
    """Indexes of the events that may be an effect of a click, in order."""
    return [index for index, event in enumerate(session.events) if isinstance(event, _EFFECTS)]


def _has_effect(
    session: Session, rules: Rules, series: Sequence[int], effects: Sequence[int]
) -> bool:
    """Return True if anything came of clicks, among them or soon after, or may have."""
    first_ms, last_ms = (session.events[index].time_ms or 0 for index in (series[0], series[-1]))
    until_ms = last_ms + rules.stuck_ms + slack_ms(session)
    # Where times are whole seconds, what stands before a click of its second may have come of it.
    is_exact = session.resolution_ms == 1
    start = series[0] if is_exact else session.index_from(first_ms) or 0
    place = bisect_left(effects, start)
    if place < len(effects):
        came_ms = session.events[effects[place]].time_ms
        if came_ms is None or came_ms <= until_ms:
            return True
    return _may_lack(session, first_ms, until_ms)


def _may_lack(session: Session, first_ms: int, until_ms: int) -> bool:
    """Return True if events between two moments may not have come, in gaps or at the end."""
    if session.has_gap_in(first_ms, until_ms):
        return True
    last = len(session.events) - 1
    is_cut = session.number(last) < (session.total or 0)
    return is_cut and (session.end_ms or 0) <= until_ms


def _is_usual(
    session: Session,
    rules: Rules,
    runs: Sequence[Run],
    series: Sequence[int],
    effects: Sequence[int],
) -> bool:
    """Return True if fast clicks are how the thing is used: a stepper, paging, a text field."""
    press = session.events[series[0]]
    if not isinstance(press, Click | Tap):
        return False
    selector = selector_of(press)
    # Three clicks select a text; a button may be called as its field is.
    label = as_seen(press.label)
    if is_text_field(selector) or (label in session.field_labels and not is_button(selector)):
        return True
    use = use_of(label)
    if use is LabelUse.PAGING:
        burst = _burst(session, rules, runs, series)
        return len(burst) < rules.paging_clicks or _has_effect(session, rules, burst, effects)
    return use is not LabelUse.ONCE or same_word(label) in rules.neutral_labels


_MOST_AROUND: Final = 50
"""Clicks looked at on either side of a series: a burst is one long before."""


def _burst(
    session: Session, rules: Rules, runs: Sequence[Run], series: Sequence[int]
) -> Sequence[int]:
    """A series with the clicks around it on the same thing, each soon after the last."""
    run = run_at(runs, series[0])
    if run is None or series[-1] >= run.end:
        return series
    before = range(series[0] - 1, max(run.start, series[0] - _MOST_AROUND) - 1, -1)
    after = range(series[-1] + 1, min(run.end, series[-1] + _MOST_AROUND))
    earlier = [*_soon(session, rules, series[0], before)]
    return [*reversed(earlier), *series, *_soon(session, rules, series[-1], after)]


def _soon(session: Session, rules: Rules, last: int, places: Iterable[int]) -> Iterator[int]:
    """The clicks at some places for as long as each is close to the one before."""
    for index in places:
        if isinstance(session.events[index], Click):
            apart_ms = session.between_ms(last, index)
            if apart_ms is None or abs(apart_ms) > rules.stuck_ms:
                return
            yield index
            last = index


def click_runs(session: Session, rules: Rules) -> Sequence[Run]:
    """Return the runs of two clicks and more on one thing; a silence ends one, as an event does."""
    found: list[Run] = []
    start, end, count, on = 0, 0, 0, ("", "")
    borders = session.behind_gaps | session.behind_strays
    # And an end, which ends the last one too.
    places = zip([*session.events, None], [*session.deltas_ms, None], strict=True)
    for index, (event, delta_ms) in enumerate(places):
        own = "", ""
        if isinstance(event, Click):
            own = target(event)
            goes_on = own == on and (delta_ms is None or delta_ms < rules.silence_ms)
            if goes_on and index not in borders:
                end, count = index + 1, count + 1
                continue
        elif isinstance(event, Performance) and index not in borders:
            continue
        if count > 1 and any(on):
            found.append(Run(start, end, count))
        start, end, count, on = index, index + 1, 1, own
    return found


def run_at(runs: Sequence[Run], index: int) -> Run | None:
    """Return the run whose span holds an index; None where none does."""
    place = bisect_right(runs, index, key=attrgetter("start")) - 1
    run = runs[place] if place >= 0 else None
    return run if run is not None and index < run.end else None


def repeats(
    session: Session, rules: Rules, runs: Sequence[Run], told: Set[int]
) -> Iterator[Signal]:
    """Runs of clicks on one thing, but for those with a click that is told of as trouble."""
    for run in runs:
        if run.clicks < rules.repeated_clicks:
            continue
        places = range(run.start, run.end)
        clicks = tuple(places)
        if len(clicks) > run.clicks:
            clicks = tuple(index for index in places if isinstance(session.events[index], Click))
        if told.isdisjoint(clicks):
            yield Signal(SignalKind.REPEAT, run.start, clicks, run.clicks)


_PARTS: Final = re.compile(r"(?P<between>[\s>+~]+)|\[[^\]]{0,500}\]|\([^)]{0,500}\)|[^\s>+~\[(]+|.")
"""What stands between the elements of a selector, which is not what is inside brackets; and all
else. Bounded, so that a hostile one costs no more than its length."""

_FIELD: Final = re.compile(r"(?:input|textarea)(?![\w-])", re.IGNORECASE)
_PRESSED: Final = re.compile(r"(?:button|a)(?![\w-])", re.IGNORECASE)
_TYPE: Final = re.compile(r"\[type[~|^$*]?=[\"']?(\w+)", re.IGNORECASE)
_BUTTON_TYPES: Final = frozenset({"submit", "button", "reset", "image", "checkbox", "radio"})
_BUTTON_NAME: Final = re.compile(
    r"(?<![a-z])(?:submit|button|btn|checkbox|radio)(?![a-z])", re.IGNORECASE
)


def _element(selector: str) -> str:
    """The element that a CSS selector ends in."""
    selector = selector.strip()
    start = max((part.end() for part in _PARTS.finditer(selector) if part["between"]), default=0)
    return selector[start:]


def is_button(selector: str) -> bool:
    """Return True if a CSS selector ends in a button or a link, as far as it says."""
    element = _element(selector)
    typed = _TYPE.search(element)
    if typed is not None:
        return typed[1].lower() in _BUTTON_TYPES
    return _PRESSED.match(element) is not None or _BUTTON_NAME.search(element) is not None


def is_text_field(selector: str) -> bool:
    """Return True if a CSS selector ends in an element to type into, as far as it says."""
    element = _element(selector)
    found = _FIELD.match(element)
    if found is None:
        return False
    if found[0].lower() == "textarea":
        return True
    typed = _TYPE.search(element)
    if typed is not None:
        return typed[1].lower() not in _BUTTON_TYPES
    return _BUTTON_NAME.search(element) is None
