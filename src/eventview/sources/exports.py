"""Sessions that eventview itself wrote, as JSON or NDJSON: opened again with nothing lost.

Only what the server sent is read, and what the session is called; all else is found anew. May
import `eventview.model`, `eventview.errors` and the wire formats of `sources.openreplay`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from eventview.errors import NotUnderstoodError
from eventview.model.source import Gap, Origin, Reading, Replay
from eventview.model.text import clean, shorten
from eventview.sources.openreplay.bodies import reading_of_raws

SCHEMA: Final = "eventview-session/"
"""What the name of an export's schema begins with; its version follows."""

_VERSION: Final = "1"


def is_export(answer: object) -> bool:
    """Whether a decoded JSON document is an export, or a list of the records of one."""
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
    be missing: nothing is told across them.

    Raises:
        NotUnderstoodError: it is of a later version of eventview, or has been damaged.
    """
    head: Mapping[str, object] = {}
    records: object = answer
    if isinstance(answer, Mapping):
        head = {} if _is_record(answer) else answer
        records = head.get("events", [answer])
    if head and head.get("schema") != SCHEMA + _VERSION:
        raise NotUnderstoodError(
            "This export is of another version of eventview.",
            cause=f"Its schema is {shorten(clean(str(head.get('schema'))), 60)}, "
            f"and this version knows {SCHEMA}{_VERSION}.",
            cure="Update eventview.",
        )
    if not isinstance(records, list) or not all(map(_is_record, records)):
        raise NotUnderstoodError(
            "This export of eventview is damaged.", cause="Its events are not what they should be."
        )
    read = reading_of_raws([record["raw"] for record in records])
    resolution_ms = _whole(head, "resolution_ms") or read.resolution_ms
    total = max(_whole(head, "announced") or 0, _whole(head, "total") or 0, len(records))
    lost = sorted({*_gaps(head), *_between(records, read)})
    return Reading(read.events, resolution_ms, total, lost, _origin(head)), _replay(head)


def _whole(head: Mapping[str, object], field: str) -> int | None:
    value = head.get(field)
    return value if type(value) is int and value > 0 else None


def _text(head: Mapping[str, object], field: str) -> str:
    value = head.get(field)
    return clean(value) if isinstance(value, str) else ""


def _origin(head: Mapping[str, object]) -> Origin | None:
    name = _text(head, "source")
    return Origin(name, _text(head, "session")) if name else None


def _replay(head: Mapping[str, object]) -> Replay | None:
    sent = head.get("replay")
    if not isinstance(sent, Mapping):
        return None
    url = _text(sent, "url")
    # Whatever a file says: nothing else is a replay, and some things are worse.
    is_link = url.startswith(("https://", "http://")) and url.isascii() and url.isprintable()
    return Replay(url, _whole(sent, "start_ms")) if is_link and " " not in url else None


def _gaps(head: Mapping[str, object]) -> Iterator[Gap]:
    sent = head.get("gaps")
    for span in sent if isinstance(sent, list) else ():
        if isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span):
            yield Gap(*span)


def _between(records: Sequence[Mapping[str, object]], read: Reading) -> Iterator[Gap]:
    """Where the records' numbers leave some out."""
    latest: int | None = None
    for (before, after), event in zip(pairwise(records), read.events[1:], strict=True):
        earlier = read.events[0].time_ms if latest is None else latest
        time = earlier if event.time_ms is None else event.time_ms
        if time is not None and _number(after) != _number(before) + 1:
            # Behind the one and before the other; where they are of one time, all of that.
            is_one = earlier is None or earlier >= time
            yield Gap(time, time) if is_one else Gap((earlier or 0) + 1, time - 1)
        latest = time


def _number(record: Mapping[str, object]) -> int:
    number = record["n"]
    return number if isinstance(number, int) else 0
