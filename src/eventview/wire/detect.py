"""Whichever wire format an answer is in: for files and pipes, which do not say."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from eventview.errors import InvalidDataError
from eventview.session.source import DecodedEvents, Gap
from eventview.session.text import clean, decoded, shorten
from eventview.wire import v1, v2, webapp

_MOST_LEVELS: Final = 8
"""Levels of an envelope around a session."""

_SESSION: Final = re.compile(r"/sessions?/([0-9]+)")
_TIMES: Final = ("timestamp", "createdAt", "created_at")


def reading_of(answer: object) -> DecodedEvents:
    """Read a decoded answer of v1, v2 or the web player, a list of such pages, or bare events.

    Rows that two pages of v2 have in common count once. An answer may be inside an envelope, and
    in a recording of a browser's requests (HAR).

    Raises:
        InvalidDataError: it is none of these.
    """
    pages = _pages(_taken_out(answer))
    if all(map(webapp.is_answer, pages)):
        parts = [webapp.reading_of(page) for page in pages]
        return DecodedEvents(
            [event for part in parts for event in part.events], parts[0].resolution_ms
        )
    if all(map(_is_v2, pages)):
        read = [v2.page_of(page) for page in pages]
        rows: dict[str, object] = {}
        copies: Counter[str] = Counter()
        for page in read:
            marks = [json.dumps(row, sort_keys=True) for row in page.rows]
            rows |= zip(marks, page.rows, strict=True)
            # The same page may be in a file twice.
            copies |= Counter(marks)
        events = [v2.event_of(row) for row in rows.values()]
        # What one page holds twice is twice in the server's count.
        doubled = copies.total() - len(rows)
        total = max(len(events), max(page.total for page in read) - doubled)
        lost = _holes(read) if len(events) < total else ()
        return DecodedEvents(events, v2.RESOLUTION_MS, total, lost, doubled=doubled)
    if len(pages) == 1:
        return v1.reading_of(pages[0])
    parts = [v1.reading_of(page) for page in pages]
    events = [event for part in parts for event in part.events]
    coarsest = max(part.resolution_ms for part in parts)
    return DecodedEvents(events, coarsest, len(events), doubled=sum(part.doubled for part in parts))


def _holes(pages: Sequence[v2.EventsPage]) -> Sequence[Gap]:
    """Return the gaps between pages, each of which has no event missing inside."""
    spans = []
    for page in pages:
        times = [time for row in page.rows if (time := v2.event_of(row).time_ms) is not None]
        if times:
            spans.append((min(times), max(times)))
    found, end = [], None
    for start, last in sorted(spans):
        if end is not None and start > end:
            found.append(Gap(end + 1, start - 1))
        end = last if end is None else max(end, last)
    return found


def reading_of_raws(raws: Sequence[object]) -> DecodedEvents:
    """Read the raw values of events, as an export of eventview holds them, in their order."""
    stored = sum(isinstance(raw, Mapping) and "$event_name" in raw for raw in raws)
    if any(map(webapp.is_part, raws)):
        return webapp.as_they_stand(raws)
    if stored * 2 > len(raws):
        return DecodedEvents([v2.event_of(raw) for raw in raws], v2.RESOLUTION_MS)
    return v1.as_they_stand(raws)


def _pages(answer: object) -> Sequence[Any]:
    """The pages of a list of pages; anything else is one page."""
    if isinstance(answer, list) and answer and all(map(_is_body, answer)):
        return answer
    return [answer]


def _taken_out(answer: object) -> object:
    """The session in a document: the document itself, or what its envelope holds."""
    if _is_har(answer):
        return _recorded(answer)
    if _is_session(answer):
        return _as_one([answer])
    level = list(_inner(answer))
    for _ in range(_MOST_LEVELS):
        # An empty list may be of anything.
        found = [value for value in level if _is_session(value) and value != {"data": []}]
        if found:
            return _as_one(found)
        level = [inner for value in level for inner in _inner(value)]
    return answer


def _as_one(found: Sequence[object]) -> object:
    """Several sessions' pages or events as one document."""
    if all(_is_body(value) for value in found):
        return found if len(found) > 1 else found[0]
    rows: list[object] = []
    for value in found:
        if isinstance(value, list):
            pages = [page for page in value if _is_body(page)]
            if pages:
                return value
            rows += [row for part in value for row in (part if isinstance(part, list) else [part])]
        elif not _is_body(value):
            rows.append(value)
    stored = sum(isinstance(row, Mapping) and "$event_name" in row for row in rows)
    if stored * 2 > len(rows):
        return {"data": {"total": len(rows), "events": rows}}
    return rows


def _inner(value: object) -> Iterator[object]:
    """The values in a value that may hold a session."""
    if isinstance(value, Mapping):
        yield from map(_opened, value.values())
    elif isinstance(value, list):
        yield from map(_opened, value)


def _opened(value: object) -> object:
    """A value, decoded where it is JSON in a text."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        return decoded(value)
    return value


def _is_session(value: object) -> bool:
    if _is_event(value):
        return True
    if isinstance(value, list):
        # Documents behind each other may be lists of events.
        return any(
            _is_event(row) or (isinstance(row, list) and any(map(_is_event, row))) for row in value
        ) or (bool(value) and all(map(_is_full_body, value)))
    return _is_full_body(value)


def _is_event(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    name = value.get("type", value.get("$event_name"))
    return isinstance(name, str) and any(time in value for time in _TIMES)


def _is_full_body(value: object) -> bool:
    """Return True for an answer with events, and for one that has none on purpose."""
    if not isinstance(value, Mapping):
        return False
    data = value.get("data")
    if isinstance(data, list):
        return not data or any(map(_is_event, data))
    return webapp.is_answer(value) or (
        isinstance(data, Mapping) and type(data.get("total")) is int and "events" in data
    )


def _is_har(answer: object) -> bool:
    log = answer.get("log") if isinstance(answer, Mapping) else None
    return isinstance(log, Mapping) and isinstance(log.get("entries"), list)


def _recorded(har: Any) -> object:
    """The answers of the one session in a recording of a browser's requests.

    Raises:
        InvalidDataError: it has none, or those of several sessions.
    """
    sessions: dict[str, list[object]] = {}
    for entry in har["log"]["entries"]:
        # Whatever is odd in it is no session.
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            content = entry["response"]["content"]
            text = content["text"]
            if content.get("encoding") == "base64":
                text = base64.b64decode(text).decode()
            body = decoded(text)
            if _is_full_body(body) or (isinstance(body, list) and _is_session(body)):
                url = entry["request"]["url"]
                named = _SESSION.search(url)
                sessions.setdefault(named[1] if named else url.partition("?")[0], []).append(body)
    if len(sessions) != 1:
        urls = shorten(clean(", ".join(sessions)), 200)
        raise InvalidDataError(
            f"This recording of requests (HAR) holds {len(sessions) or 'no'} sessions' events.",
            reason=f"They are: {urls}."
            if sessions
            else "No answer in it is of the events endpoint.",
            hint="Save the answer of the one request for the session's events.",
        )
    [bodies] = sessions.values()
    return _as_one(bodies)


def _is_body(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("data"), list | Mapping)


def _is_v2(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("data"), Mapping)
