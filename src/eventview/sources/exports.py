"""The raw events and facts in an export of eventview, in JSON or NDJSON.

Everything else in an export is left out, because the events are analysed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from eventview.errors import InvalidDataError, UsageError
from eventview.session.events import decode_sent
from eventview.session.source import Batch, Gap, PartialExport, Replay, SessionRef
from eventview.session.text import clean, shorten
from eventview.sources.openreplay import links
from eventview.wire.detect import read_raws

_SCHEMA: Final = "eventview-session/"
"""Start of an export's schema name; the version follows."""

_VERSIONS: Final = ("1", "2")
"""Versions that can be read; the last is the one that is written."""


class _Record(msgspec.Struct, gc=False):
    n: int
    raw: msgspec.Raw
    timestamp: object = None
    offset_ms: object = None
    whole: object = None


_decode_record: Final = msgspec.json.Decoder(_Record).decode


def decode_record(row: object) -> object:
    """Return an export's record with its raw event as a slice; what is no record, decoded."""
    if not isinstance(row, msgspec.Raw):
        return row
    try:
        record = _decode_record(row)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return decode_sent(row)
    return msgspec.structs.asdict(record)


def is_export(answer: object) -> bool:
    """Return True for an export, and for a list of its records."""
    if isinstance(answer, list):
        return bool(answer) and all(map(_is_record, answer))
    if not isinstance(answer, Mapping):
        return False
    named = answer.get("schema")
    return (isinstance(named, str) and named.startswith(_SCHEMA)) or _is_record(answer)


def _is_record(value: object) -> bool:
    return isinstance(value, Mapping) and type(value.get("n")) is int and "raw" in value


def read_export(answer: object) -> tuple[Batch, Replay | None]:
    """Return an export's events, and its replay if it names one.

    Events that were filtered out leave gaps; the others keep their numbers and times.

    Raises:
        InvalidDataError: the export is damaged or from a later version of eventview.
    """
    head: Mapping[str, object] = {}
    records: object = answer
    if isinstance(answer, Mapping):
        head = {} if _is_record(answer) else answer
        records = head.get("events", [answer])
    if head and head.get("schema") not in {_SCHEMA + version for version in _VERSIONS}:
        raise InvalidDataError(
            "This export was written by another version of eventview.",
            reason=f"Its schema is {shorten(clean(str(head.get('schema'))), 60)}, "
            f"and this version knows {_SCHEMA}{' and '.join(_VERSIONS)}.",
            hint="Update eventview.",
        )
    if not isinstance(records, list) or not all(map(_is_record, records)):
        raise InvalidDataError(
            "This export of eventview is damaged.",
            reason="Its events are not in the form of an export.",
        )
    if not head and records and isinstance(records[0].get("whole"), Mapping):
        head = records[0]["whole"]
    read = read_raws([record["raw"] for record in records])
    numbers = [number for record in records if isinstance(number := record["n"], int)]
    there_were = max(_positive_int(head, "total") or 0, len(records), *numbers, 0)
    batch = Batch(
        read.events,
        max(_positive_int(head, "announced") or 0, there_were),
        _positive_int(head, "resolution_ms") or read.resolution_ms,
        lost=sorted({*_read_gaps(head), *_find_gaps(numbers, read)}),
        session_ref=_read_session_ref(head),
        partial_export=_find_partial_export(head, records, numbers, there_were),
        doubled=_positive_int(head, "doubled") or 0,
        is_ordered=True,
        reread=read.reread,
    )
    return batch, _read_replay(head)


def _find_partial_export(
    head: Mapping[str, object],
    records: Sequence[Mapping[str, object]],
    numbers: Sequence[int],
    there_were: int,
) -> PartialExport | None:
    """Return the records' place in the session; None if complete or contradictory."""
    is_in_order = all(before < after for before, after in pairwise(numbers))
    if len(numbers) == there_were or not is_in_order or min(numbers, default=1) < 1:
        return None
    started = _positive_int(head, "start_ms")
    if started is None:
        # Some events have no time.
        times = ((record.get("timestamp"), record.get("offset_ms")) for record in records)
        started = next(
            (time - offset for time, offset in times if type(time) is type(offset) is int), None
        )
    total = there_were if _positive_int(head, "total") else None
    return PartialExport(numbers, started, _positive_int(head, "duration_ms"), total)


def _positive_int(head: Mapping[str, object], field: str) -> int | None:
    value = head.get(field)
    return value if type(value) is int and value > 0 else None


def _clean_field(head: Mapping[str, object], field: str) -> str:
    value = head.get(field)
    return clean(value) if isinstance(value, str) else ""


def _read_session_ref(head: Mapping[str, object]) -> SessionRef | None:
    name = _clean_field(head, "source")
    if not name:
        return None
    user, redaction = _clean_field(head, "user"), _clean_field(head, "redaction")
    return SessionRef(name, _clean_field(head, "session"), user=user, redaction=redaction)


def _read_replay(head: Mapping[str, object]) -> Replay | None:
    sent = head.get("replay")
    if not isinstance(sent, Mapping):
        return None
    sent_url = _clean_field(sent, "url")
    try:
        link = links.parse_link(sent_url)
    except UsageError:
        return None
    url = links.replay_url(link.url, link.project_id, link.session_id)
    # A file may come from anybody, so only a well-formed replay link is ever opened.
    return Replay(url, _positive_int(sent, "start_ms")) if url == sent_url else None


def _read_gaps(head: Mapping[str, object]) -> Iterator[Gap]:
    sent = head.get("gaps")
    for span in sent if isinstance(sent, list) else ():
        if isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span):
            yield Gap(*span)


def _find_gaps(numbers: Sequence[int], read: Batch) -> Iterator[Gap]:
    """Yield a gap wherever the events' numbers skip some."""
    latest: int | None = None
    for (before, after), event in zip(pairwise(numbers), read.events[1:], strict=True):
        earlier = read.events[0].time_ms if latest is None else latest
        time = earlier if event.time_ms is None else event.time_ms
        if time is not None and after != before + 1:
            # Events of the same time may stand on either side, so that time is a gap itself.
            is_same_time = earlier is None or earlier >= time
            yield Gap(time, time) if is_same_time else Gap((earlier or 0) + 1, time - 1)
        latest = time
