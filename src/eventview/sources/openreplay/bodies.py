"""Whichever wire format an answer is in: for files and pipes, which do not say.

May import `eventview.model` and its neighbours `v1` and `v2`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from eventview.model.source import Gap, Reading
from eventview.sources.openreplay import v1, v2


def reading_of(answer: object) -> Reading:
    """Read a decoded v1 or v2 answer, or a list of such pages.

    Rows that two pages of v2 have in common count once.

    Raises:
        NotUnderstoodError: it is none of these.
    """
    pages = _pages(answer)
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
        return Reading(events, v2.RESOLUTION_MS, total, lost, doubled=doubled)
    if len(pages) == 1:
        return v1.reading_of(pages[0])
    parts = [v1.reading_of(page) for page in pages]
    events = [event for part in parts for event in part.events]
    coarsest = max(part.resolution_ms for part in parts)
    return Reading(events, coarsest, len(events), doubled=sum(part.doubled for part in parts))


def _holes(pages: Sequence[v2.Page]) -> Sequence[Gap]:
    """Where events may be missing between pages, each of which has none missing inside."""
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


def reading_of_raws(raws: Sequence[object]) -> Reading:
    """Read the raw values of events, as an export of eventview holds them, in their order."""
    stored = sum(isinstance(raw, Mapping) and "$event_name" in raw for raw in raws)
    if stored * 2 > len(raws):
        return Reading([v2.event_of(raw) for raw in raws], v2.RESOLUTION_MS)
    return v1.as_they_stand(raws)


def _pages(answer: object) -> Sequence[object]:
    """The pages of a list of pages; anything else is one page."""
    if isinstance(answer, list) and answer and all(map(_is_body, answer)):
        return answer
    return [answer]


def _is_body(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("data"), list | Mapping)


def _is_v2(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("data"), Mapping)
