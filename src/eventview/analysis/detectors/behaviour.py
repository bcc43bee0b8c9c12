"""Detectors of silences, hesitations and visits to another page and straight back."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import Final

from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import (
    HESITATION_FACTOR,
    MOST_HESITATIONS,
    Rules,
    occurred_ms,
    slack_ms,
)
from eventview.analysis.signal_kinds import BACK_AND_FORTH, GAP, HESITATION
from eventview.analysis.signals import Signal
from eventview.session.event_text import identify_page
from eventview.session.events import Click, Input, Performance, Tap
from eventview.session.session import Session, Visit

Place = tuple[str, str, str]
"""Host, path and query of a page, as `identify_page` returns them."""


def find_back_and_forth(measured: MeasuredSession, _found: Sequence[Signal]) -> Iterator[Signal]:
    """Find A → B → A and longer, with short stays at B in which nothing is done.

    A → B → A → C → A is not a signal: people look through the pages of a list that way.
    """
    session, rules = measured.session, measured.rules
    visits = session.visits
    places = [identify_page(session.address(visit.start)) for visit in visits]
    turns: list[int] = []
    triples = zip(visits, visits[1:], visits[2:], strict=False)
    for first, (here, there, back) in enumerate(triples):
        is_back = _is_back(*places[first : first + 3]) and not _is_browsing(places, first)
        if is_back and _is_turn(session, rules, here, there, back):
            turns.append(first)
        elif turns:
            yield _make_signal(session, turns)
            turns = []
    if turns:
        yield _make_signal(session, turns)


def _is_turn(session: Session, rules: Rules, here: Visit, there: Visit, back: Visit) -> bool:
    # The one click on the other page is the one that leads back.
    events = session.events[there.start : there.end]
    clicks = sum(isinstance(event, Click | Tap) for event in events)
    if clicks > 1 or any(type(event) is Input for event in events):
        return False
    left_ms, returned_ms = occurred_ms(session, there.start), occurred_ms(session, back.start)
    if left_ms is None or returned_ms is None:
        return False
    away_ms = returned_ms - left_ms
    if away_ms > rules.back_and_forth_ms - slack_ms(session):
        return False
    # A stay of less than a second is a redirect, not a decision of the user.
    is_in_order = away_ms >= _REDIRECT_MS and session.is_order_known(here.start, there.start)
    return is_in_order and session.is_whole(here.start, back.start)


def _is_back(home: Place, away: Place, again: Place) -> bool:
    """Return True if the third page is the first again, and the second is another.

    The first page may have a query and the third none, or the other way round, but only if the
    second has another path: `/list?page=2` is another page than `/list`.
    """
    if home == again:
        return home != away
    is_shortened = home[:2] == again[:2] and not (home[2] and again[2])
    return is_shortened and home[:2] != away[:2]


def _is_browsing(places: Sequence[Place], first: int) -> bool:
    """Return True if another page was opened from the first just before or right after."""
    home, away = (place[:2] for place in places[first : first + 2])
    return any(
        places[place][:2] == home and places[other][:2] not in {home, away}
        for place, other in ((first - 2, first - 1), (first + 4, first + 3))
        if 0 <= place < len(places)
    )


_REDIRECT_MS: Final = 1_000
"""Shortest stay that a person can mean; our own choice."""


def _make_signal(session: Session, turns: Sequence[int]) -> Signal:
    opened = [visit.start for visit in session.visits[turns[0] : turns[-1] + 3]]
    return Signal(
        BACK_AND_FORTH,
        opened[0],
        tuple(opened),
        session.between_ms(opened[1], opened[-1]),
    )


def find_silences(measured: MeasuredSession, _found: Sequence[Signal]) -> Iterator[Signal]:
    """Find a silence before each event that came late after the one before it."""
    session = measured.session
    least_ms = measured.rules.silence_ms + slack_ms(session)
    deltas_ms = enumerate(session.later_deltas_ms, 1)
    late = [(index, ms) for index, ms in deltas_ms if ms is not None and ms >= least_ms]
    for index, delta_ms in late:
        # A page samples its performance even if nobody is there.
        if type(session.events[index]) is not Performance:
            before = range(index - 1, -1, -1)
            last = next(i for i in before if type(session.events[i]) is not Performance)
            yield Signal(GAP, index, (last, index), delta_ms)


def find_hesitations(measured: MeasuredSession, _found: Sequence[Signal]) -> Iterator[Signal]:
    """Find the longest few hesitations that stand out from the others of the session.

    Hesitations of 0 ms do not count, because some servers leave them out.
    """
    session, least_ms = measured.session, measured.rules.hesitation_ms
    several: tuple[type[Click | Input], ...] = (Click, Input)
    lengths = [each.hesitation_ms or 0 for kind in several for _, each in session.events_of(kind)]
    places = chain.from_iterable(map(session.indexes_of, several))
    long = [(ms, index) for ms, index in zip(lengths, places, strict=True) if ms >= least_ms]
    if not long:
        return
    # Counting them takes less time than sorting them, because most lengths are frequent.
    counts = sorted(Counter(ms for ms in lengths if ms > 0).items())
    ends = list(accumulate(count for _, count in counts))
    middle = ((ends[-1] - 1) // 2, ends[-1] // 2)
    median = sum(counts[bisect_right(ends, place)][0] for place in middle) / 2
    long = [(ms, index) for ms, index in long if ms >= HESITATION_FACTOR * median]
    for ms, index in sorted(long, key=lambda one: (-one[0], one[1]))[:MOST_HESITATIONS]:
        yield Signal(HESITATION, index, (index,), ms)
