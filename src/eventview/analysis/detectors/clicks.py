"""Detectors of repeated clicks on one thing: in rage, without effect, or one after another.

One thing is one label as it is seen, or one selector without a label. The last element of a CSS
selector shows whether it is a button or a text field.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, groupby
from typing import Final

from eventview.analysis.detectors.control_labels import ControlUse, find_use
from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import COARSE_FACTOR, Rules, occurred_ms, slack_ms
from eventview.analysis.signal_kinds import RAGE, REPEAT, STUCK
from eventview.analysis.signals import Signal, SignalKind
from eventview.session.event_text import identify_target, selector_of
from eventview.session.events import (
    Click,
    Crash,
    Error,
    Event,
    GraphQL,
    Input,
    Location,
    Request,
    Tap,
)
from eventview.session.folding import fold_label, fold_word
from eventview.session.session import Session
from eventview.wire.fields import read_position

Press = Click | Tap

PRESSES: Final[tuple[type[Press], ...]] = (Click, Tap)

_EFFECTS: Final[tuple[type[Event], ...]] = (Location, Input, Request, GraphQL, Error, Crash)
"""Events that show an effect of a click: a page, a request, an input, an error."""


def find_rage_clicks(measured: MeasuredSession, _found: Sequence[Signal]) -> Iterator[Signal]:
    """Find rage clicks by OpenReplay's rule, or by PostHog's bound where times are too coarse.

    OpenReplay's handlers look only at the clicks or taps, not at other events between them.
    """
    session, rules = measured.session, measured.rules
    effects = session.indexes_of(*_EFFECTS)
    if is_rage_coarse(session, rules):
        found = _find_bursts(session, rules)
    else:
        most_ms = rules.rage_apart_ms - 1 - slack_ms(session)
        several = _find_series(session, most_ms, _may_be_one_element)
        found = (part for each in several for part in _split_by_target(session, each, _is_flip))
    for series in found:
        if len(series) >= rules.rage_clicks and not _is_usual(measured, series, effects):
            yield Signal(RAGE, series[0], tuple(series), len(series))


def is_rage_coarse(session: Session, rules: Rules) -> bool:
    """Return True if times are too coarse for the rule, so that one second replaces it."""
    return rules.rage_apart_ms <= slack_ms(session)


def _find_bursts(session: Session, rules: Rules) -> Iterator[Sequence[int]]:
    """Yield the clicks on one thing in one whole second, each at most 1,000 ms after the last.

    As many in the next second belong to the same burst. Their order in a second is unknown.
    """
    seconds: defaultdict[int, list[int]] = defaultdict(list)
    for index in session.indexes_of(*PRESSES):
        time_ms = occurred_ms(session, index)
        if time_ms is not None:
            seconds[time_ms].append(index)
    found: list[list[int]] = []
    bursts: dict[tuple[int, object], list[int]] = {}
    for time_ms, places in seconds.items():
        if len(places) < rules.rage_clicks or not session.is_whole(places[0], places[-1]):
            continue
        for target, clicks in _group_by_target(session, rules, places).items():
            if len(clicks) >= rules.rage_clicks:
                burst = bursts.get((time_ms - session.resolution_ms, target))
                if burst is None:
                    found.append(burst := [])
                burst += clicks
                bursts[time_ms, target] = burst
    yield from found


def _group_by_target(
    session: Session, rules: Rules, places: Sequence[int]
) -> Mapping[object, Sequence[int]]:
    """Group the clicks of one second by their label, or by their element if it has two labels."""
    presses = {i: e for i in places if isinstance(e := session.events[i], Click | Tap)}
    labelled: defaultdict[object, list[int]] = defaultdict(list)
    selected: defaultdict[object, list[int]] = defaultdict(list)
    for index, press in presses.items():
        if any(target := identify_target(press)):
            labelled[target].append(index)
        if selector_of(press):
            selected[selector_of(press)].append(index)
    large = [clicks for clicks in labelled.values() if len(clicks) >= rules.rage_clicks]
    grouped = set(chain.from_iterable(large))
    for selector, clicks in selected.items():
        targets = {identify_target(presses[index]) for index in clicks}
        is_sure = len(targets) == 2 and _is_one_for_sure([presses[index] for index in clicks])
        if is_sure and grouped.isdisjoint(clicks):
            labelled[selector] = clicks
    return labelled


def find_stuck_clicks(measured: MeasuredSession, found: Sequence[Signal]) -> Iterator[Signal]:
    """Find clicks on one thing that have no effect, except those of a rage."""
    session, rules = measured.session, measured.rules
    effects, raging = session.indexes_of(*_EFFECTS), _list_clicks(found, RAGE)
    for several in _find_series(session, rules.stuck_ms, _may_be_one_place, (Click,), _EFFECTS):
        for series in _split_by_target(session, several, _is_progress):
            if (
                _are_close(session, rules, series)
                and raging.isdisjoint(series)
                and not _has_effect(session, rules, series, effects)
                and not _is_usual(measured, series, effects)
            ):
                yield Signal(STUCK, series[0], tuple(series), len(series))


def _list_clicks(found: Sequence[Signal], *kinds: SignalKind) -> Set[int]:
    return {index for signal in found if signal.kind in kinds for index in signal.events}


def _are_close(session: Session, rules: Rules, series: Sequence[int]) -> bool:
    """Return True if clicks are certainly close enough to each other, and enough.

    Whole seconds show only their average distance.
    """
    slack = slack_ms(session)
    if not slack:
        return len(series) >= rules.stuck_clicks
    longest_ms = (session.between_ms(series[0], series[-1]) or 0) + slack
    is_enough = len(series) >= COARSE_FACTOR * rules.stuck_clicks
    return is_enough and longest_ms <= rules.stuck_ms * (len(series) - 1)


def _find_series(
    session: Session,
    most_ms: int,
    is_one: Callable[[Press, Press], bool],
    kinds: tuple[type[Press], ...] = PRESSES,
    ends: tuple[type[Event], ...] = (),
) -> Iterator[Sequence[int]]:
    """Yield series of clicks on one thing without gaps between them.

    Args:
        session: the session with the clicks.
        most_ms: longest time from one to the next.
        is_one: returns True if two successive clicks may have been on one thing.
        kinds: clicks, taps, or both.
        ends: the events that end a series, in addition to a click on another thing.
    """
    is_exact, ending = session.resolution_ms == 1, session.indexes_of(*ends)
    series: list[int] = []
    last: Press | None = None
    last_index = last_ms = 0
    for index, press in session.events_of(*kinds):
        time_ms = press.time_ms if is_exact else occurred_ms(session, index)
        goes_on = (
            series
            and last is not None
            and time_ms is not None
            and time_ms - last_ms <= most_ms
            and is_one(last, press)
            and session.is_whole(last_index, index)
            and not ending[bisect_left(ending, last_index) : bisect_left(ending, index)]
        )
        if goes_on:
            series.append(index)
        else:
            if len(series) > 1:
                yield series
            series = [index] if time_ms is not None else []
        last, last_index, last_ms = press, index, time_ms or 0
    if len(series) > 1:
        yield series


def _may_be_one_element(one: Press, other: Press) -> bool:
    """Return True if two clicks were on one label, or on an element that may change its label."""
    return _is_one_target(one, other) or selector_of(one) == selector_of(other) != ""


def _may_be_one_place(one: Press, other: Press) -> bool:
    """Return True if two clicks were on one element: two rows may each have an `Add`.

    An element may get another selector, in the same place, when its neighbours come and go.
    """
    first, second = selector_of(one), selector_of(other)
    if first == second != "":
        return True
    # Positions take the longest.
    return _is_one_target(one, other) and (not (first and second) or _are_near(one, other))


_NEAR_PERCENT: Final = 3
"""Longest distance of two clicks in one place, in % of the window: 30 px (PostHog) of 1,000."""


def _are_near(one: Press, other: Press) -> bool:
    """Return True if two clicks are known to have been in one place."""
    if not (isinstance(one, Click) and isinstance(other, Click)):
        return False
    first, second = read_position(one), read_position(other)
    if first is None or second is None or not first[2] == second[2] == "%":
        return False
    return all(abs(a - b) <= _NEAR_PERCENT for a, b in zip(first[:2], second[:2], strict=True))


def _is_one_target(one: Press, other: Press) -> bool:
    target = identify_target(one)
    return any(target) and target == identify_target(other)


def _split_by_target(
    session: Session, series: Sequence[int], is_sure: Callable[[Sequence[Press]], bool]
) -> Iterator[Sequence[int]]:
    """Yield a series as it is if it was certainly on one thing, else its parts that were."""
    presses = {i: e for i in series if isinstance(e := session.events[i], Click | Tap)}
    different = {identify_target(press) for press in presses.values()}
    if len(different) == 1 or (len(different) == 2 and is_sure(list(presses.values()))):
        yield series
        return
    for _, part in groupby(series, lambda index: identify_target(presses[index])):
        yield list(part)


def _is_flip(presses: Sequence[Press]) -> bool:
    """Return True if clicks with two labels and one selector were on one element.

    They were, too, if the first label comes back.
    """
    return len(list(groupby(presses, identify_target))) > 2 or _is_one_for_sure(presses)


def _is_one_for_sure(presses: Sequence[Press]) -> bool:
    """Return True if a selector selects one element; `li > a` may select several."""
    return "#" in selector_of(presses[0]) or _is_progress(presses)


def _is_progress(presses: Sequence[Press]) -> bool:
    """Return True if one of two labels shows that the other is in progress: `Submit`, `Sending…`.

    Any other change of a label, such as `Show` to `Hide`, is an effect.
    """
    return any(fold_label(press.label).endswith("...") for press in presses)


def _has_effect(
    session: Session, rules: Rules, series: Sequence[int], effects: Sequence[int]
) -> bool:
    """Return True if clicks had an effect between them or soon after, or may have had one."""
    first_ms, last_ms = (session.events[index].time_ms or 0 for index in (series[0], series[-1]))
    until_ms = last_ms + rules.stuck_ms + slack_ms(session)
    # In whole seconds, an event before a click of the same second may be its effect.
    is_exact = session.resolution_ms == 1
    start = series[0] if is_exact else session.first_index_from(first_ms) or 0
    place = bisect_left(effects, start)
    if place < len(effects):
        effect_ms = session.events[effects[place]].time_ms
        if effect_ms is None or effect_ms <= until_ms:
            return True
    if session.has_gap_in(first_ms, until_ms):
        return True
    # The session's last events may be missing, too.
    is_cut = session.number(len(session.events) - 1) < (session.total or 0)
    return is_cut and (session.end_ms or 0) <= until_ms


def _is_usual(measured: MeasuredSession, series: Sequence[int], effects: Sequence[int]) -> bool:
    """Return True if fast clicks are normal use: of a stepper, paging or a text field."""
    session, rules = measured.session, measured.rules
    press = session.events[series[0]]
    if not isinstance(press, Click | Tap):
        return False
    selector = selector_of(press)
    # Three clicks select a text; a button may have the label of its field.
    label = fold_label(press.label)
    if is_text_field(selector) or (label in measured.field_labels and not is_button(selector)):
        return True
    use = find_use(label)
    if use is ControlUse.PAGING:
        burst = _extend_to_burst(measured, series)
        return len(burst) < rules.paging_clicks or _has_effect(session, rules, burst, effects)
    return use is not ControlUse.ONCE or fold_word(label) in rules.neutral_labels


_MOST_AROUND: Final = 50
"""Clicks to look at on either side of a series, far more than a burst needs."""


def _extend_to_burst(measured: MeasuredSession, series: Sequence[int]) -> Sequence[int]:
    """Return a series with the clicks around it on the same thing, each soon after the last."""
    run = measured.run(series[0])
    if run is None or series[-1] >= run.end:
        return series
    before = range(series[0] - 1, max(run.start, series[0] - _MOST_AROUND) - 1, -1)
    after = range(series[-1] + 1, min(run.end, series[-1] + _MOST_AROUND))
    earlier = [*_take_while_close(measured, series[0], before)]
    return [*reversed(earlier), *series, *_take_while_close(measured, series[-1], after)]


def _take_while_close(measured: MeasuredSession, last: int, places: Iterable[int]) -> Iterator[int]:
    """Yield the clicks at some places for as long as each is close to the one before."""
    for index in places:
        if type(measured.session.events[index]) is Click:
            apart_ms = measured.session.between_ms(last, index)
            if apart_ms is None or abs(apart_ms) > measured.rules.stuck_ms:
                return
            yield index
            last = index


def find_repeated_clicks(measured: MeasuredSession, found: Sequence[Signal]) -> Iterator[Signal]:
    """Find runs of clicks on one thing, except those with a click in rage or without effect."""
    events, reported = measured.session.events, _list_clicks(found, RAGE, STUCK)
    for run in measured.runs:
        places = range(run.start, run.end)
        clicks = tuple(places)
        if len(clicks) > run.clicks:
            clicks = tuple(index for index in places if type(events[index]) is Click)
        if reported.isdisjoint(clicks):
            yield Signal(REPEAT, run.start, clicks, run.clicks)


_PARTS: Final = r"(?P<between>[\s>+~]+)|\[[^\]]{0,500}\]|\([^)]{0,500}\)|[^\s>+~\[(]+|."
"""The parts of a selector: what is between its elements, brackets, and all else. Bounded, so that a
hostile selector costs no more than its length."""

_FIELD: Final = r"(?i)(?:input|textarea)(?![\w-])"
_BUTTON: Final = r"(?i)(?:button|a)(?![\w-])"
_TYPE: Final = r"(?i)\[type[~|^$*]?=[\"']?(\w+)"
_BUTTON_TYPES: Final = frozenset({"submit", "button", "reset", "image", "checkbox", "radio"})
_BUTTON_NAME: Final = r"(?i)(?<![a-z])(?:submit|button|btn|checkbox|radio)(?![a-z])"


def _find_element(selector: str) -> str:
    """Return the last element of a CSS selector."""
    selector = selector.strip()
    start = max(
        (part.end() for part in re.finditer(_PARTS, selector) if part["between"]), default=0
    )
    return selector[start:]


def is_button(selector: str) -> bool:
    """Return True if a CSS selector shows that its element is a button or a link."""
    element = _find_element(selector)
    typed = re.search(_TYPE, element)
    if typed is not None:
        return typed[1].lower() in _BUTTON_TYPES
    return re.match(_BUTTON, element) is not None or re.search(_BUTTON_NAME, element) is not None


def is_text_field(selector: str) -> bool:
    """Return True if a CSS selector shows that its element is a text field."""
    element = _find_element(selector)
    found = re.match(_FIELD, element)
    if found is None:
        return False
    if found[0].lower() == "textarea":
        return True
    typed = re.search(_TYPE, element)
    if typed is not None:
        return typed[1].lower() not in _BUTTON_TYPES
    return re.search(_BUTTON_NAME, element) is None
