"""The inferred order of events whose times are whole seconds, and times too far off to be true."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple
from urllib.parse import unquote

from eventview.session.event_text import describe_event_raw
from eventview.session.events import KNOWN_TYPES, Click, Event, Input, Location
from eventview.session.folding import fold_label
from eventview.session.metrics import NOT_MEASURED
from eventview.session.source import EARLIEST_MS

_ACTS: Final = frozenset({"CLICK", "INPUT", "TAP", "SWIPE"})
"""Types of acts, which within a second open a page more often than they follow one. Of 5,000
synthetic clicks 9 were put on a wrong page by this, 1,263 the other way round."""

_FIRST: Final = ("ERROR", "INPUT")
"""Types that are ordered before all others: an input is recorded when its field is left, which the
next click does, and nothing shows that an error follows a click of its second."""
_RANKS: Final = {
    name: rank
    for rank, name in enumerate((*_FIRST, *(name for name in KNOWN_TYPES if name not in _FIRST)))
}

_MAX_SEARCHED: Final = 16
"""Most LOCATIONs of one second that are ordered by their referrers, and most later seconds that are
searched for the next page: no person opens more pages in a second."""

FAR_MS: Final = 2 * 86_400_000
"""Milliseconds from all other times at which a time may be a stray; our own choice, so that a
session with events on every day has none."""
_LONGEST_MS: Final = 7 * 86_400_000
"""The longest credible session, milliseconds; the API readers request no longer span."""
_LATEST_MS: Final = 4_102_444_800_000
"""2100-01-01: times from here on are no session's, like those before `EARLIEST_MS`."""
_CLOSE_MS: Final = 30 * 60_000
"""Milliseconds within which two far-off events are real, such as those of a page left open over a
weekend: Google Analytics ends a visit after as long."""


class _Page(NamedTuple):
    """The texts by which other events can name a page, as sent; "" where not sent."""

    url: str
    place: str
    """Host and path."""
    title: str


class _Pages:
    """Indexes of the page open before a second and those opened in it, by their names."""

    def __init__(self, pages: Sequence[_Page | None]) -> None:
        self.number = len(pages)
        self.by_url: defaultdict[str, list[int]] = defaultdict(list)
        self.by_plain_url: defaultdict[str, list[int]] = defaultdict(list)
        self.by_place: defaultdict[str, list[int]] = defaultdict(list)
        self.by_title: defaultdict[str, list[int]] = defaultdict(list)
        for index, page in enumerate(pages):
            if page is not None:
                self.by_url[page.url].append(index)
                self.by_plain_url[_normalize_url(page.url)].append(index)
                self.by_place[page.place].append(index)
                self.by_title[page.title].append(index)


def infer_order(events: Sequence[Event]) -> list[Event]:
    """Return events, sorted by whole seconds, with those of each second in an inferred order.

    An event goes among the LOCATIONs of its second to where the page that it names was open. If it
    names none, it goes before them if it is an act, else after them. Ties are ordered by type, then
    by the data sent, so that the order is always the same. An event without a time stays with the
    event before it.
    """
    ordered = list(events)
    for start, end, page in _find_ties(ordered):
        second = ordered[start:end]
        opened = [event for event in second if type(event) is Location]
        if len(opened) > 1:
            opened = _order_pages(second, opened, _find_next_url(ordered, end))
        pages = _Pages([page, *map(_page_of, opened)]) if opened else None
        ordered[start:end] = _order_second(second, pages, opened, is_first=start == 0)
    return ordered


def find_known_places(events: Sequence[Event], step_ms: int) -> Mapping[int, int | None]:
    """Return the places in their second, by index, of events that share a whole second.

    Args:
        events: the events in order.
        step_ms: the step that their times are rounded down to.

    Returns:
        A place is a number that rises through a second, or None if it is unknown; the order of two
        events of a second is known if both have numbers and these differ.
    """
    found: dict[int, int | None] = {}
    for start, end, page in _find_ties(events) if step_ms > 1 else ():
        time = events[start].time_ms
        if time is not None and time % step_ms == 0:
            second = events[start:end]
            opened = [_page_of(event) for event in second if type(event) is Location]
            if opened:
                pages = _Pages([page, *opened])
                found |= {i: _known_place(event, pages) for i, event in enumerate(second, start)}
            else:
                found |= dict.fromkeys(range(start, end))
    return found


def _known_place(event: Event, pages: _Pages) -> int | None:
    if type(event) is Location:
        # The order of several pages of one second is itself inferred.
        return 1 if pages.number <= 2 else None
    named = None if event.type == "REQUEST" else _find_pages(event, pages)
    if named is None or len(named) != 1:
        return None
    place = 2 * named[0]
    return place if pages.number <= 2 or place == 0 else None


def _find_ties(events: Sequence[Event]) -> Iterator[tuple[int, int, _Page | None]]:
    """Yield start and end of each stretch of two or more events of one time, and the page before.

    The events of a stretch may be reordered before the next is taken.
    """
    starts, latest = [0], events[0].time_ms if events else None
    for index, event in enumerate(events):
        # An event without a time belongs to the event before it.
        if event.time_ms is not None and event.time_ms != latest:
            starts.append(index)
            latest = event.time_ms
    page, previous = None, 0
    for start, end in pairwise([*starts, len(events)]):
        if end - start > 1 and events[start].time_ms is not None:
            opened = [event for event in events[previous:start] if type(event) is Location]
            page = _page_of(opened[-1]) if opened else page
            yield start, end, page
            previous = start


def _order_second(
    second: Sequence[Event],
    pages: _Pages | None,
    opened: Sequence[Location],
    *,
    is_first: bool,
) -> list[Event]:
    """Return the events of one time in order.

    Args:
        second: the events.
        pages: the page that was open before and those opened; None if none is opened.
        opened: the LOCATIONs among the events, in order.
        is_first: True if nothing happened before.
    """
    ranks = {id(event): rank for rank, event in enumerate(opened)}
    fields = {fold_label(event.label) for event in second if type(event) is Input}
    keyed: list[tuple[tuple[int, int], Event, Event]] = []
    for event in second:
        if event.time_ms is None:
            # It stays after the event that the server sent before it.
            keyed.append((*keyed[-1][:2], event))
        elif type(event) is Location:
            keyed.append(((2 * ranks[id(event)] + 1, 0), event, event))
        else:
            place = 0 if pages is None else _infer_place(event, pages, is_first=is_first)
            rank = 2 * _RANKS.get(event.type, len(_RANKS))
            if type(event) is Click and fold_label(event.label) in fields:
                # A click enters the field before its input.
                rank = 2 * _RANKS["INPUT"] - 1
            keyed.append(((2 * place, rank), event, event))
    keyed.sort(key=itemgetter(0))
    ordered: list[Event] = []
    for _, group in groupby(keyed, itemgetter(0)):
        tied = list(group)
        if len(tied) > 1:
            tied.sort(key=lambda each: _tie_key(each[1]))
        ordered += [event for _, _, event in tied]
    return ordered


def _infer_place(event: Event, pages: _Pages, *, is_first: bool) -> int:
    """Return the number of LOCATIONs of its second that an event follows."""
    named = _find_pages(event, pages)
    if named is not None:
        # A page that is not among these was opened earlier.
        return 0 if not named else named[0] if event.type in _ACTS else named[-1]
    if event.type in _ACTS:
        return min(1, pages.number - 1) if is_first else 0
    return pages.number - 1


def _find_pages(event: Event, pages: _Pages) -> Sequence[int] | None:
    """Return the indexes in `pages` of the pages that an event may name; None if it names none."""
    if event.type == "REQUEST":
        # A request's URL is its own, but its title is the page's.
        title = _title(event)
        return pages.by_title.get(title) if title else None
    if url := _url(event):
        return pages.by_url.get(url) or pages.by_plain_url.get(_normalize_url(url), ())
    if type(event) is Click and event.url:
        return pages.by_place.get(event.url, ())
    return None


def _page_of(event: Location) -> _Page:
    return _Page(_url(event), f"{event.host}{event.path}", _title(event))


def _url(event: Event) -> str:
    """Return the full URL of the page that an event names as its own; "" for none."""
    raw = event.raw if isinstance(event.raw, Mapping) else {}
    properties = raw.get("$properties")
    sent = [raw.get("$current_url")]
    if isinstance(properties, Mapping):
        sent.append(properties.get("url"))
    elif type(event) is Location:
        sent.append(raw.get("url"))
    return next((url for url in sent if isinstance(url, str) and url), "")


def _normalize_url(url: str) -> str:
    """Return a URL without percent-encoding and trailing slashes."""
    return unquote(url).rstrip("/")


def _title(event: Event) -> str:
    properties = event.raw.get("$properties") if isinstance(event.raw, Mapping) else None
    title = properties.get("page_title") if isinstance(properties, Mapping) else None
    return title if isinstance(title, str) else ""


def _order_pages(second: Sequence[Event], opened: Sequence[Location], last: str) -> list[Location]:
    """Return the pages of one second in the order in which they were probably opened.

    The page that the next event names (URL `last`, "" for none) comes last. A page with an act
    comes before the others, which that may have opened; a page follows its referrer, and a route
    change follows a page load.
    """
    acted = {_url(event) for event in second if event.type in _ACTS}

    def rank(event: Location) -> tuple[bool, bool, bool, str]:
        url = _url(event)
        return (
            bool(last) and url == last,
            url not in acted,
            event.load is NOT_MEASURED,
            _tie_key(event),
        )

    remaining = sorted(opened, key=rank)
    if len(remaining) > _MAX_SEARCHED:
        return remaining
    ordered: list[Location] = []
    while remaining:
        urls = {_url(event) for event in remaining}
        event = next((e for e in remaining if e.referrer not in urls - {_url(e)}), remaining[0])
        remaining.remove(event)
        ordered.append(event)
    return ordered


def _find_next_url(events: Sequence[Event], start: int) -> str:
    """Return the URL of the one page that the next events name before a new LOCATION; else ""."""
    later = (events[index] for index in range(start, len(events)))
    for _, group in islice(groupby(later, attrgetter("time_ms")), _MAX_SEARCHED):
        second = list(group)
        opened = {_url(event) for event in second if type(event) is Location}
        named = {_url(event) for event in second if event.type != "REQUEST"} - opened - {""}
        if named or opened:
            return named.pop() if len(named) == 1 else ""
    return ""


def _tie_key(event: Event) -> str:
    """Return a sort key for events of one type: their row, then the event's id or all its data."""
    raw = event.raw
    named = raw.get("event_id") if isinstance(raw, Mapping) else None
    sent = named if isinstance(named, str) else json.dumps(raw, sort_keys=True)
    return f"{describe_event_raw(event)}\n{sent}"


def find_credible_span(times_ms: Sequence[int], known_ms: int | None = None) -> tuple[int, int]:
    """Return the first and the last moment of a session without times too far off to be true.

    Times less than two days apart form a group, and the largest group is the session. A smaller
    group is stray if it is a week away or has no two times close to each other; so is any before
    2000 or after 2100 if the session is between. Groups of equal size are both kept.

    Args:
        times_ms: the times of all events that have one, in order.
        known_ms: a moment known to be in the session; required if there are no times.
    """
    times_ms = times_ms if known_ms is None else sorted([*times_ms, known_ms])
    borders, place = list[int](), 0
    # A step of two days, in which a group cannot end, saves looking at each time.
    while (behind := bisect_left(times_ms, times_ms[place] + FAR_MS, place)) < len(times_ms):
        is_border = times_ms[behind] - times_ms[behind - 1] >= FAR_MS
        borders += [behind] if is_border else []
        place = behind if is_border else behind - 1
    groups = [times_ms[a:b] for a, b in pairwise([0, *borders, len(times_ms)])]
    main = max(groups, key=lambda group: (is_credible(group), known_ms in group, len(group)))
    kept = [group for group in groups if not _is_stray(group, main)]
    return kept[0][0], kept[-1][-1]


def _is_stray(group: Sequence[int], main: Sequence[int]) -> bool:
    if is_credible(group) != is_credible(main):
        return True
    is_far = max(main[0] - group[-1], group[0] - main[-1]) > _LONGEST_MS
    is_apart = all(after - before >= _CLOSE_MS for before, after in pairwise(group))
    return len(group) < len(main) and (is_far or is_apart)


def is_credible(group: Sequence[int]) -> bool:
    """Return True if all of some ordered times lie between 2000 and 2100."""
    return group[0] >= EARLIEST_MS and group[-1] < _LATEST_MS
