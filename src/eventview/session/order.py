"""The order of events that a server dates to whole seconds: inferred where it is not told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple
from urllib.parse import unquote

from eventview.session.events import (
    CLICK,
    ERROR,
    INPUT,
    KNOWN_TYPES,
    REQUEST,
    SWIPE,
    TAP,
    Click,
    Event,
    Input,
    Location,
    what_sent,
)
from eventview.session.folding import as_seen
from eventview.session.metrics import NOT_MEASURED
from eventview.session.source import EARLIEST_MS

_ACTS: Final = frozenset({CLICK, INPUT, TAP, SWIPE})
"""Types of what a person does: within a second it opens a page more often than it follows one. Of
5,000 synthetic clicks 9 came to stand on a wrong page by this, 1,263 the other way round."""

_FIRST: Final = (ERROR, INPUT)
"""Types that are told before all others. An error is told after a click only where it is known to
have come after it; an input is told when its field is left, which the next click does."""

_RANKS: Final = {
    name: rank
    for rank, name in enumerate((*_FIRST, *(name for name in KNOWN_TYPES if name not in _FIRST)))
}


_MOST_CHAINED: Final = 16
"""LOCATIONs of one second whose order is looked for, and later seconds that are looked into: more
pages in a second are no person's."""


FAR_MS: Final = 2 * 86_400_000
"""A time as far as that from all others may be a stray. Our own choice: of a session with events on
every day, none is."""

_LONGEST_MS: Final = 7 * 86_400_000
"""The longest that a session is taken to last, as where a server is asked for its events."""

_LATEST_MS: Final = 4_102_444_800_000
"""2100-01-01: later times, as those before `EARLIEST_MS`, are of no session of now."""

_CLOSE_MS: Final = 30 * 60_000
"""Two events that are nearer to each other have a course of their own, as those of a page that was
left open over a weekend: analytics take a visit for over after as long (Google Analytics)."""


class _Page(NamedTuple):
    """A page as other events can name it; texts as sent, "" where not sent."""

    url: str
    place: str
    """Host and path."""
    title: str


class _Pages:
    """The page that was open before a second and those opened in it, by what may name them."""

    def __init__(self, pages: Sequence[_Page | None]) -> None:
        self.number = len(pages)
        self.by_url: defaultdict[str, list[int]] = defaultdict(list)
        self.by_plain_url: defaultdict[str, list[int]] = defaultdict(list)
        self.by_place: defaultdict[str, list[int]] = defaultdict(list)
        self.by_title: defaultdict[str, list[int]] = defaultdict(list)
        for place, page in enumerate(pages):
            if page is not None:
                self.by_url[page.url].append(place)
                self.by_plain_url[_plain(page.url)].append(place)
                self.by_place[page.place].append(place)
                self.by_title[page.title].append(place)


def infer_order(events: Sequence[Event]) -> list[Event]:
    """Order the events of a server that keeps whole seconds.

    Between the LOCATIONs of a second, an event stands where the page that it names was open; one
    that names none stands before them if it is an act, else behind. Events in one place are ordered
    by type, and at last by what was sent, so that the order is the same each time.

    Args:
        events: by time; an event without one belongs to the event before it.
    """
    ordered = list(events)
    page: _Page | None = None
    looked = 0
    for start, end in _shared(events):
        for event in ordered[looked:start]:
            if isinstance(event, Location):
                page = _page(event)
        second = ordered[start:end]
        opened = [event for event in second if isinstance(event, Location)]
        if len(opened) > 1:
            opened = _in_turn(second, opened, _next_url(ordered, end))
        pages = _Pages([page, *map(_page, opened)]) if opened else None
        ordered[start:end] = _ordered(second, pages, opened, is_first=start == 0)
        looked = start
    return ordered


def known_places(events: Sequence[Event], step_ms: int) -> Mapping[int, int | None]:
    """The events that share a whole second with others, by index, and their place in it.

    Args:
        events: in order.
        step_ms: the step that their times are rounded down to.

    Returns:
        A place is a number that rises through a second, or None where it is not known; two events
        of a second are in a known order if their numbers differ.
    """
    found: dict[int, int | None] = {}
    page: _Page | None = None
    looked = 0
    for start, end in _shared(events) if step_ms > 1 else ():
        for event in events[looked:start]:
            if isinstance(event, Location):
                page = _page(event)
        time = events[start].time_ms
        if time is not None and time % step_ms == 0:
            second = events[start:end]
            opened = [_page(event) for event in second if isinstance(event, Location)]
            if opened:
                pages = _Pages([page, *opened])
                found |= {i: _known_place(event, pages) for i, event in enumerate(second, start)}
            else:
                found |= dict.fromkeys(range(start, end))
        looked = start
    return found


def _known_place(event: Event, pages: _Pages) -> int | None:
    if isinstance(event, Location):
        # Several pages of a second are in an order of their own that is inferred.
        return 1 if pages.number <= 2 else None
    named = None if event.type == REQUEST else _named(event, pages)
    if named is None or len(named) != 1:
        return None
    place = 2 * named[0]
    return place if pages.number <= 2 or place == 0 else None


def _shared(events: Sequence[Event]) -> Iterator[tuple[int, int]]:
    """The stretches of events, by their indexes, that have one time: two events and more."""
    start, latest = 0, events[0].time_ms if events else None
    for index, event in enumerate(events):
        time = event.time_ms
        # One without a time belongs to the event before it.
        if time is not None and time != latest:
            if index - start > 1 and latest is not None:
                yield start, index
            start, latest = index, time
    if len(events) - start > 1 and latest is not None:
        yield start, len(events)


def _ordered(
    second: Sequence[Event],
    pages: _Pages | None,
    opened: Sequence[Location],
    *,
    is_first: bool,
) -> list[Event]:
    """The events of one time in order.

    Args:
        second: the events.
        pages: the page that was open before and those that are opened; None where none is.
        opened: the LOCATIONs among the events, in order.
        is_first: whether nothing happened before.
    """
    turns = {id(event): turn for turn, event in enumerate(opened)}
    fields = {as_seen(event.label) for event in second if isinstance(event, Input)}
    keyed: list[tuple[tuple[int, int], Event, Event]] = []
    for event in second:
        if event.time_ms is None:
            # It stays behind the event that the server sent before it.
            keyed.append((*keyed[-1][:2], event))
        elif isinstance(event, Location):
            keyed.append(((2 * turns[id(event)] + 1, 0), event, event))
        else:
            place = 0 if pages is None else _place(event, pages, is_first=is_first)
            rank = 2 * _RANKS.get(event.type, len(_RANKS))
            if isinstance(event, Click) and as_seen(event.label) in fields:
                # The field is entered before something is entered into it.
                rank = 2 * _RANKS[INPUT] - 1
            keyed.append(((2 * place, rank), event, event))
    keyed.sort(key=itemgetter(0))
    ordered: list[Event] = []
    for _, group in groupby(keyed, itemgetter(0)):
        even = list(group)
        if len(even) > 1:
            even.sort(key=lambda each: _tie(each[1]))
        ordered += [event for _, _, event in even]
    return ordered


def _place(event: Event, pages: _Pages, *, is_first: bool) -> int:
    """The number of LOCATIONs of a second that an event stands behind."""
    named = _named(event, pages)
    if named is not None:
        # A page that is none of these is an earlier one.
        return 0 if not named else named[0] if event.type in _ACTS else named[-1]
    if event.type in _ACTS:
        return min(1, pages.number - 1) if is_first else 0
    return pages.number - 1


def _named(event: Event, pages: _Pages) -> Sequence[int] | None:
    """The places in `pages` of the pages that an event may name; None where it names none."""
    if event.type == REQUEST:
        # Its address is that of the request; its title is the page's.
        title = _title(event)
        return pages.by_title.get(title) if title else None
    if url := _url(event):
        return pages.by_url.get(url) or pages.by_plain_url.get(_plain(url), ())
    if isinstance(event, Click) and event.url:
        return pages.by_place.get(event.url, ())
    return None


def _page(event: Location) -> _Page:
    return _Page(_url(event), f"{event.host}{event.path}", _title(event))


def _url(event: Event) -> str:
    """The whole address of the page that an event says it was on; "" where it says none."""
    raw = event.raw if isinstance(event.raw, Mapping) else {}
    properties = raw.get("$properties")
    sent = [raw.get("$current_url")]
    if isinstance(properties, Mapping):
        sent.append(properties.get("url"))
    elif isinstance(event, Location):
        sent.append(raw.get("url"))
    return next((url for url in sent if isinstance(url, str) and url), "")


def _plain(url: str) -> str:
    """An address as it may be spelled otherwise: escapes undone, no slash at the end."""
    return unquote(url).rstrip("/")


def _title(event: Event) -> str:
    properties = event.raw.get("$properties") if isinstance(event.raw, Mapping) else None
    title = properties.get("page_title") if isinstance(properties, Mapping) else None
    return title if isinstance(title, str) else ""


def _in_turn(second: Sequence[Event], opened: Sequence[Location], last: str) -> list[Location]:
    """The pages of one second in the order in which they were opened, as far as that shows.

    The last is the page that the next event names; one on which something was done comes before
    the others, which that may have opened. A page comes behind its referrer, and a route change
    behind a page load rather than the other way round.

    Args:
        second: all events of the second.
        opened: its pages.
        last: the address of the page that the next event names; "" where none does.
    """
    acted = {_url(event) for event in second if event.type in _ACTS}

    def rank(event: Location) -> tuple[bool, bool, bool, str]:
        url = _url(event)
        return bool(last) and url == last, url not in acted, event.load is NOT_MEASURED, _tie(event)

    left = sorted(opened, key=rank)
    if len(left) > _MOST_CHAINED:
        return left
    turn: list[Location] = []
    while left:
        urls = {_url(event) for event in left}
        event = next((e for e in left if e.referrer not in urls - {_url(e)}), left[0])
        left.remove(event)
        turn.append(event)
    return turn


def _next_url(events: Sequence[Event], start: int) -> str:
    """The address of the page that the next events name before another is opened; else ""."""
    later = (events[index] for index in range(start, len(events)))
    for _, group in islice(groupby(later, attrgetter("time_ms")), _MOST_CHAINED):
        second = list(group)
        opened = {_url(event) for event in second if isinstance(event, Location)}
        named = {_url(event) for event in second if event.type != REQUEST} - opened - {""}
        if named or opened:
            return named.pop() if len(named) == 1 else ""
    return ""


def _tie(event: Event) -> str:
    """The text that orders events of one type: their row, at last all that was sent."""
    raw = event.raw
    named = raw.get("event_id") if isinstance(raw, Mapping) else None
    sent = named if isinstance(named, str) else json.dumps(raw, sort_keys=True)
    return f"{what_sent(event)}\n{sent}"


def credible_span(times_ms: Sequence[int], known_ms: int | None = None) -> tuple[int, int]:
    """The first and the last moment of a session, less those that are too far off to be true.

    Times that are less than two days apart belong together, and most of them are the session.
    Others that are a week off have a wrong clock; so have those of which no two are close to each
    other, and all before 2000 and after 2100 where some are between. Of as many on either side
    nobody knows.

    Args:
        times_ms: of all events that have one, in order.
        known_ms: a moment that the session is said to have had, beside them; at least one in all.
    """
    times_ms = times_ms if known_ms is None else sorted([*times_ms, known_ms])
    borders = [i for i, (a, b) in enumerate(pairwise(times_ms), 1) if b - a >= FAR_MS]
    groups = [times_ms[a:b] for a, b in pairwise([0, *borders, len(times_ms)])]
    main = max(groups, key=lambda group: (is_of_now(group), known_ms in group, len(group)))
    kept = [group for group in groups if not _is_stray(group, main)]
    return kept[0][0], kept[-1][-1]


def _is_stray(group: Sequence[int], main: Sequence[int]) -> bool:
    if is_of_now(group) != is_of_now(main):
        return True
    is_far = max(main[0] - group[-1], group[0] - main[-1]) > _LONGEST_MS
    is_apart = all(after - before >= _CLOSE_MS for before, after in pairwise(group))
    return len(group) < len(main) and (is_far or is_apart)


def is_of_now(group: Sequence[int]) -> bool:
    """Return True if times, in order, all lie between 2000 and 2100."""
    return group[0] >= EARLIEST_MS and group[-1] < _LATEST_MS
