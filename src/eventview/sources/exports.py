"""Sessions that eventview itself wrote, as JSON or NDJSON: opened again with nothing lost.

Only what the server sent is read, and what the session is called; all else is found anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from eventview.errors import NotUnderstoodError, UsageError
from eventview.session.source import Excerpt, Gap, Origin, Reading, Replay
from eventview.session.text import clean, shorten
from eventview.sources.openreplay import links
from eventview.wire.detect import reading_of_raws

SCHEMA: Final = "eventview-session/"
"""Beginning of the name of an export's schema; its version follows."""

_VERSIONS: Final = ("1", "2")
"""Those that can be read; the last is the one that is written."""


def is_export(answer: object) -> bool:
    """Tell whether a decoded JSON document is an export, or a list of the records of one."""
    if isinstance(answer, list):
        return bool(answer) and all(map(_is_record, answer))
    if not isinstance(answer, Mapping):
        return False
    named = answer.get("schema")
    return (isinstance(named, str) and named.startswith(SCHEMA)) or _is_record(answer)


def _is_record(value: object) -> bool:
    return isinstance(value, Mapping) and type(value.get("n")) is int and "raw" in value


def reading_of_export(answer: object) -> tuple[Reading, Replay | None]:
    """Read an export: its events, and where the session can be watched if it says so.

    Where events of the session are not in it, because they were filtered out, they are known to
    be missing: nothing is told across them, and the others keep their numbers and times.

    Raises:
        NotUnderstoodError: it is of a later version of eventview, or has been damaged.
    """
    head: Mapping[str, object] = {}
    records: object = answer
    if isinstance(answer, Mapping):
        head = {} if _is_record(answer) else answer
        records = head.get("events", [answer])
    if head and head.get("schema") not in {SCHEMA + version for version in _VERSIONS}:
        raise NotUnderstoodError(
            "This export is of another version of eventview.",
            cause=f"Its schema is {shorten(clean(str(head.get('schema'))), 60)}, "
            f"and this version knows {SCHEMA}{' and '.join(_VERSIONS)}.",
            cure="Update eventview.",
        )
    if not isinstance(records, list) or not all(map(_is_record, records)):
        raise NotUnderstoodError(
            "This export of eventview is damaged.", cause="Its events are not what they should be."
        )
    if not head and records and isinstance(records[0].get("whole"), Mapping):
        head = records[0]["whole"]
    read = reading_of_raws([record["raw"] for record in records])
    numbers = [_number(record) for record in records]
    there_were = max(_whole(head, "total") or 0, len(records), *numbers, 0)
    reading = Reading(
        read.events,
        _whole(head, "resolution_ms") or read.resolution_ms,
        max(_whole(head, "announced") or 0, there_were),
        sorted({*_gaps(head), *_between(numbers, read)}),
        _origin(head),
        _excerpt(head, records, numbers, there_were),
        _whole(head, "doubled") or 0,
        is_ordered=True,
    )
    return reading, _replay(head)


def _excerpt(
    head: Mapping[str, object],
    records: Sequence[Mapping[str, object]],
    numbers: Sequence[int],
    there_were: int,
) -> Excerpt | None:
    """Return the place of records in the whole; None where they are all of it or contradictory."""
    is_in_order = all(before < after for before, after in pairwise(numbers))
    if len(numbers) == there_were or not is_in_order or min(numbers, default=1) < 1:
        return None
    started = _whole(head, "start_ms")
    if started is None:
        # Not every event has a time.
        told = ((record.get("timestamp"), record.get("offset_ms")) for record in records)
        started = next(
            (time - offset for time, offset in told if type(time) is type(offset) is int), None
        )
    total = there_were if _whole(head, "total") else None
    return Excerpt(numbers, started, _whole(head, "duration_ms"), total)


def _whole(head: Mapping[str, object], field: str) -> int | None:
    value = head.get(field)
    return value if type(value) is int and value > 0 else None


def _text(head: Mapping[str, object], field: str) -> str:
    value = head.get(field)
    return clean(value) if isinstance(value, str) else ""


def _origin(head: Mapping[str, object]) -> Origin | None:
    name = _text(head, "source")
    if not name:
        return None
    user, redaction = _text(head, "user"), _text(head, "redaction")
    return Origin(name, _text(head, "session"), user=user, redaction=redaction)


def _replay(head: Mapping[str, object]) -> Replay | None:
    sent = head.get("replay")
    if not isinstance(sent, Mapping):
        return None
    said = _text(sent, "url")
    try:
        link = links.parse(said)
    except UsageError:
        return None
    url = links.replay_url(link.url, link.project_id, link.session_id)
    # Whatever a file says: nothing else is a replay, and some things are worse.
    return Replay(url, _whole(sent, "start_ms")) if url == said else None


def _gaps(head: Mapping[str, object]) -> Iterator[Gap]:
    sent = head.get("gaps")
    for span in sent if isinstance(sent, list) else ():
        if isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span):
            yield Gap(*span)


def _between(numbers: Sequence[int], read: Reading) -> Iterator[Gap]:
    """Yield the gaps where the numbers of the events leave some out."""
    latest: int | None = None
    for (before, after), event in zip(pairwise(numbers), read.events[1:], strict=True):
        earlier = read.events[0].time_ms if latest is None else latest
        time = earlier if event.time_ms is None else event.time_ms
        if time is not None and after != before + 1:
            # Behind the one and before the other; where they are of one time, all of that.
            is_one = earlier is None or earlier >= time
            yield Gap(time, time) if is_one else Gap((earlier or 0) + 1, time - 1)
        latest = time


def _number(record: Mapping[str, object]) -> int:
    number = record["n"]
    return number if isinstance(number, int) else 0
