"""Detection of the wire format of files and pipes, which do not name it."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import msgspec

from eventview.errors import InvalidDataError
from eventview.session.events import Event, decode_sent
from eventview.session.source import Batch, Gap
from eventview.session.text import clean, decode_json, shorten
from eventview.wire import v1, v2, webapp

_MOST_LEVELS: Final = 8
"""Most levels of an envelope around a session."""

_SESSION: Final = r"/sessions?/([0-9]+)"
_TIMES: Final = ("timestamp", "createdAt", "created_at")


def read_answer(answer: object) -> Batch:
    """Read a decoded answer of v1, v2 or the web player, a list of such pages, or bare events.

    Rows that two pages of v2 have in common count once. An answer may be in an envelope or in a
    recording of a browser's requests (HAR).

    Raises:
        InvalidDataError: the answer is none of these.
    """
    document = _unwrap(answer)
    pages: Sequence[Any] = [document]
    if isinstance(document, list) and document and all(map(is_body, document)):
        pages = document
    if all(map(webapp.is_answer, pages)):
        parts = [webapp.read_answer(page) for page in pages]
        return Batch(
            [event for part in parts for event in part.events],
            resolution_ms=parts[0].resolution_ms,
        )
    if all(isinstance(page, Mapping) and isinstance(page.get("data"), Mapping) for page in pages):
        read = [v2.read_page(page) for page in pages]
        found = v2.read_events([row for page in read for row in page.rows])
        keys = _row_keys(found)
        events = list(dict(zip(keys, found, strict=True)).values())
        copies: Counter[object] = Counter()
        rest = iter(keys)
        for page in read:
            # A file may have the same page twice, so that only repeats within a page count.
            copies |= Counter(islice(rest, len(page.rows)))
        # The server counts a row that one page holds twice as two.
        doubled = copies.total() - len(events)
        total = max(len(events), max(page.total for page in read) - doubled)
        lost = _find_gaps(read) if len(events) < total else ()
        return Batch(
            events, total, v2.RESOLUTION_MS, lost=lost, doubled=doubled, reread=v2.read_events
        )
    if len(pages) == 1:
        return v1.read_answer(pages[0])
    parts = [v1.read_answer(page) for page in pages]
    events = [event for part in parts for event in part.events]
    coarsest = max(part.resolution_ms for part in parts)
    doubled = sum(part.doubled for part in parts)
    same = parts[0].reread if len({part.resolution_ms for part in parts}) == 1 else None
    return Batch(events, len(events), coarsest, doubled=doubled, reread=same)


def _row_keys(events: Sequence[Event]) -> Sequence[object]:
    """Return a key for each event, the same only for equal rows, however they are spelled."""
    # Most rows are the only ones of their type and time, which saves decoding them.
    alike = Counter((event.type, event.time_ms) for event in events)
    return [
        json.dumps(event.raw, sort_keys=True) if alike[event.type, event.time_ms] > 1 else place
        for place, event in enumerate(events)
    ]


def _find_gaps(pages: Sequence[v2.EventsPage]) -> Sequence[Gap]:
    """Return the gaps between pages, each of which is complete in itself."""
    spans = []
    for page in pages:
        times = [e.time_ms for e in v2.read_events(page.rows) if e.time_ms is not None]
        if times:
            spans.append((min(times), max(times)))
    found, end = [], None
    for start, last in sorted(spans):
        if end is not None and start > end:
            found.append(Gap(end + 1, start - 1))
        end = last if end is None else max(end, last)
    return found


def read_raws(raws: Sequence[object]) -> Batch:
    """Read the raw values of events in an export of eventview, in their order."""
    if any(map(webapp.is_list_entry, raws)):
        return webapp.read_entries(list(map(decode_sent, raws)))
    if _are_of_v2(raws):
        return Batch(v2.read_events(raws), resolution_ms=v2.RESOLUTION_MS, reread=v2.read_events)
    return v1.read_entries(raws)


def _are_of_v2(rows: Sequence[object]) -> bool:
    """Return True if most rows have the shape of v2."""
    return sum(map(_is_of_v2, rows)) * 2 > len(rows)


def _is_of_v2(row: object) -> bool:
    # The name in a slice is close enough, as most rows decide; decoding takes ten times as long.
    name = b'"$event_name"' if isinstance(row, msgspec.Raw) else "$event_name"
    row = bytes(row) if isinstance(row, msgspec.Raw) else row
    return isinstance(row, Mapping | bytes) and name in row


def _unwrap(answer: object) -> object:
    """Return the session in a document: the document itself or the content of its envelope."""
    log = answer.get("log") if isinstance(answer, Mapping) else None
    if isinstance(log, Mapping) and isinstance(log.get("entries"), list):
        return _read_har(log["entries"])
    if _is_session(answer):
        return _merge([answer])
    level = list(_decode_values(answer))
    for _ in range(_MOST_LEVELS):
        # An empty list may be a list of anything.
        found = [value for value in level if _is_session(value) and value != {"data": []}]
        if found:
            return _merge(found)
        level = [inner for value in level for inner in _decode_values(value)]
    return answer


def _merge(found: Sequence[object]) -> object:
    """Return several documents with pages or events as one document."""
    if all(is_body(value) for value in found):
        return found if len(found) > 1 else found[0]
    rows: list[object] = []
    for value in found:
        if isinstance(value, list):
            pages = [page for page in value if is_body(page)]
            if pages:
                return value
            rows += [row for part in value for row in (part if isinstance(part, list) else [part])]
        elif not is_body(value):
            rows.append(value)
    if not _are_of_v2(rows):
        return rows
    # A slice counts as unescaped, and one in a list has not been.
    rows = [decode_sent(row) if _has_escape(row) else row for row in rows]
    return {"data": {"total": len(rows), "events": rows}}


def _has_escape(row: object) -> bool:
    text = bytes(row) if isinstance(row, msgspec.Raw) else b""
    return b"&" in text or b"\\u0026" in text


def _decode_values(value: object) -> Iterator[object]:
    """Yield the values in a list or object, decoded if they are JSON in a text."""
    if not isinstance(value, Mapping | list):
        return
    for inner in map(decode_sent, value.values() if isinstance(value, Mapping) else value):
        if isinstance(inner, str) and inner.lstrip().startswith(("{", "[")):
            yield decode_json(inner)
        else:
            yield inner


def _is_session(value: object) -> bool:
    if _is_event(value):
        return True
    if isinstance(value, list):
        # A file of several documents may be a list of lists of events.
        return any(
            _is_event(row) or (isinstance(row, list) and any(map(_is_event, row))) for row in value
        ) or (bool(value) and all(map(_is_full_body, value)))
    return _is_full_body(value)


def _is_event(value: object) -> bool:
    value = decode_sent(value)
    if not isinstance(value, Mapping):
        return False
    name = value.get("type", value.get("$event_name"))
    return isinstance(name, str) and any(time in value for time in _TIMES)


def _is_full_body(value: object) -> bool:
    """Return True for an answer with events, or one of a session without events."""
    if not isinstance(value, Mapping):
        return False
    data = value.get("data")
    if isinstance(data, list):
        return not data or any(map(_is_event, data))
    return webapp.is_answer(value) or (
        isinstance(data, Mapping) and type(data.get("total")) is int and "events" in data
    )


def _read_har(entries: Sequence[Any]) -> object:
    """Return the answers of the one session in a recording (HAR) of a browser's requests.

    Raises:
        InvalidDataError: the recording has no session, or several.
    """
    sessions: dict[str, list[object]] = {}
    for entry in entries:
        # An entry of an unexpected shape is no session.
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            content = entry["response"]["content"]
            text = content["text"]
            if content.get("encoding") == "base64":
                text = base64.b64decode(text).decode()
            body = decode_json(text)
            if _is_full_body(body) or (isinstance(body, list) and _is_session(body)):
                url = entry["request"]["url"]
                named = re.search(_SESSION, url)
                sessions.setdefault(named[1] if named else url.partition("?")[0], []).append(body)
    if len(sessions) != 1:
        urls = shorten(clean(", ".join(sessions)), 200)
        raise InvalidDataError(
            f"This recording of requests (HAR) holds {len(sessions) or 'no'} sessions' events.",
            reason=f"They are: {urls}." if sessions else "No answer in it has a session's events.",
            hint="Save only the answer of the request for the session's events.",
        )
    [bodies] = sessions.values()
    return _merge(bodies)


def is_body(value: object) -> bool:
    """Return True if a decoded value has the shape of an answer."""
    return isinstance(value, Mapping) and isinstance(value.get("data"), list | Mapping)
