"""No field of the catalogue gives away who somebody was, on any wire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from eventview.analysis.analysis import Analysis, SessionBuilder
from eventview.redaction.redact import redact_session
from eventview.session.events import EVENT_CLASSES, KNOWN_TYPES, fields_of
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.wire.detect import read_answer, read_raws

MAIL = "jo.doe@mail.example"


def v1_rows(event_type: str, names: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield {"type": event_type, "timestamp": 1_700_000_000_000, name: MAIL}


def v2_rows(event_type: str, names: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in names:
        row: dict[str, Any] = {"$event_name": event_type, "created_at": 0, "$properties": {}}
        where = row if name.startswith("row.") else row["$properties"]
        where[name.removeprefix("row.")] = MAIL
        yield row


def rows_of(event_type: str, wire: str) -> list[dict[str, Any]]:
    """A row for each name that a wire has for the texts of a type, with a mail address in it."""
    infos = fields_of(dict(zip(KNOWN_TYPES, EVENT_CLASSES, strict=True))[event_type]).values()
    sent = [names for info in infos if (names := getattr(info, wire))]
    names = {name: None for each in sent for name in ((each,) if isinstance(each, str) else each)}
    return list((v1_rows if wire == "v1" else v2_rows)(event_type, names))


@pytest.mark.parametrize("wire", ["v1", "v2"])
@pytest.mark.parametrize("event_type", KNOWN_TYPES)
def test_no_field_of_an_event_gives_away_who_it_was(event_type: str, wire: str) -> None:
    read = read_raws(rows := rows_of(event_type, wire))
    assert [MAIL in json.dumps(event.raw) for event in read.events] == [True] * len(rows)
    session = Session.of(SessionRef("demo"), read.events)
    for event in redact_session(Analysis(session)).session.events:
        assert MAIL not in json.dumps(event.raw)
        assert MAIL not in repr(event)


@pytest.mark.parametrize(
    ("raw", "payload"),
    [
        ({"$properties": {"payload": json.dumps([{"functionName": MAIL}])}}, "functionName"),
        ({"$properties": {"payload": json.dumps({"to": MAIL})}}, "to"),
        ({"$auto_captured": False, "properties": {"to": MAIL}}, "to"),
        ({"$auto_captured": False, "properties": {"payload": json.dumps([MAIL])}}, "payload"),
    ],
)
@pytest.mark.parametrize("event_type", ["ERROR", "CUSTOM", "ISSUE"])
def test_no_payload_gives_away_who_it_was(
    event_type: str, raw: dict[str, Any], payload: str
) -> None:
    row = {"$event_name": event_type, "created_at": 0, **raw}
    session = Session.of(SessionRef("demo"), read_raws([row]).events)
    (event,) = redact_session(Analysis(session)).session.events
    assert payload in json.dumps(event.raw)
    assert MAIL not in repr(event)


def test_redacted_events_are_read_again_as_they_were() -> None:
    row = {"$event_name": "CLICK", "created_at": 1000, "$properties": {"label": "Pay"}}
    batch = read_answer({"data": {"total": 3, "events": [5, row, None]}})
    builder = SessionBuilder(SessionRef("demo"))
    builder.take(batch.as_whole())
    redacted = redact_session(builder.analysis()).session
    assert [event.type for event in redacted.events] == [event.type for event in batch.events]
    assert [event.time_ms for event in redacted.events] == [None, 1000, None]
