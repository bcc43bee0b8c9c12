"""Answers of newer releases of OpenReplay for a session recorded from release 1.21.

Postgres events in, the rows of ClickHouse out: as v1 of releases 1.24 to 1.26 sends them (era B),
and as v2 stores them. Times are floored to seconds and equal ones stay, as in tables that keep all.
What the recorded events cannot tell is made up: how long the handlers of the load and
DOMContentLoaded events ran (`LOAD_HANDLER_MS`, `DOM_HANDLER_MS`), when the document was asked for
(`REQUEST_START_MS`), titles of pages, and facts about the visitor. A real server would also replace
times before 2023 by those of insertion; this does not.

Pure. Imports the standard library only.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

Event = Mapping[str, Any]
Row = dict[str, Any]

LOAD_HANDLER_MS: Final = 12
DOM_HANDLER_MS: Final = 5
REQUEST_START_MS: Final = 3

_LONGEST_URL: Final = 8000
_MOST_SECONDS: Final = 65535
_DEVICE_ID: Final = "762cd3bf-5515-4394-8613-2339c1b47ed9"
_VISITOR: Final = {"user_device": "PC", "user_device_type": "desktop"}
_V1_TYPES: Final = ("CLICK", "INPUT", "LOCATION", "TAP")


def era_b_rows(events: Iterable[Event]) -> list[Row]:
    """The events as v1 of the ClickHouse releases sends them, in the order given."""
    return v1_rows(v2_rows("", list(events)))


def v1_rows(stored: Iterable[Row]) -> list[Row]:
    """Rows of the one table as v1 of the ClickHouse releases sends them: no custom events.

    KeyError for a page with a load end and no load start, which that server cannot write either.
    """
    return [
        _v1_row(row)
        for row in stored
        if row["$event_name"] in _V1_TYPES and row.get("$auto_captured", True)
    ]


def _v1_row(stored: Row) -> Row:
    properties = stored.get("$properties", {})
    name, time = stored["$event_name"], stored["created_at"]
    moment = datetime.fromtimestamp(time // 1000, UTC) + timedelta(milliseconds=time % 1000)
    row: Row = {"createdAt": moment.replace(tzinfo=None).isoformat(), "type": name}
    label = {"label": properties.get("label")}
    hesitation = {"hesitation": properties.get("hesitation_time")}
    match name:
        case "CLICK":
            row |= label | hesitation | {"selector": properties.get("selector")}
        case "INPUT":
            row["duration"] = stored.get("$duration_s", 0) * 1000
            row |= label | {"value": None} | hesitation
        case "LOCATION":
            paint = properties.get("first_contentful_paint_time")
            row |= {
                "url": stored.get("$current_url", ""),
                "referrer": stored.get("$referrer", ""),
                **label,
                "host": properties.get("url_host"),
                "pageLoad": None,
                "fcpTime": paint,
                "loadTime": _ran(properties, "load_event"),
                "domContentLoadedTime": _ran(properties, "dom_content_loaded_event"),
                "domBuildingTime": properties.get("dom_building_time"),
                "speedIndex": properties.get("speed_index"),
                "visuallyComplete": properties.get("visually_complete"),
                "timeToInteractive": properties.get("time_to_interactive"),
                "firstContentfulPaintTime": paint,
                "firstPaintTime": properties.get("first_paint"),
            }
        case _:
            row |= label
    return row | {"timestamp": time}


def _ran(properties: Row, event: str) -> int | None:
    end: int | None = properties.get(f"{event}_end")
    return None if end is None else end - int(properties[f"{event}_start"])


def v2_rows(session_id: str, events: Sequence[Event], *, user_id: str = "") -> list[Row]:
    """The events as v2 stores them, in the order given; `user_id` is "" for an unknown visitor."""
    page = title = ""
    # A fact of the session, repeated on each event.
    came_from = next((event["referrer"] for event in events if event.get("referrer")), "")
    rows = []
    for index, event in enumerate(events):
        url = _event_url(event, page)
        if event["type"] == "LOCATION":
            page, title = url, _title(event)
        second = _floored(event["timestamp"])
        rows.append(
            {
                "event_id": event_id(session_id, index),
                "$event_name": event["type"],
                "created_at": second,
                "distinct_id": user_id or _DEVICE_ID,
                "session_id": session_id,
                "$properties": _VISITOR | {"page_title": title} | _properties(event, url),
                "properties": {},
                "$auto_captured": True,
                "$current_url": url,
                "$current_path": urlsplit(url).path,
                "$duration_s": _whole_seconds(event.get("duration")),
                "$time": second // 1000,
                "$user_id": user_id,
                "$device_id": _DEVICE_ID,
                "$os": "Windows",
                "$browser": "Firefox",
                "$device": "web",
                "$country": "FR",
                "$referrer": came_from,
                "$screen_width": 1920,
                "$screen_height": 1080,
            }
        )
    return rows


def _properties(event: Event, url: str) -> Row:
    named: Row = {"label": event.get("label")}
    match event["type"]:
        case "CLICK":
            named |= {
                "selector": event.get("selector"),
                "hesitation_time": event.get("hesitation"),
                "normalized_x": event.get("normalizedX"),
                "normalized_y": event.get("normalizedY"),
                **url_set(url),
            }
        case "INPUT":
            named |= {"hesitation_time": event.get("hesitation")}
        case "LOCATION":
            named |= url_set(url) | _timings(event)
    return named


def _timings(event: Event) -> Row:
    dom, load = event.get("domContentLoadedTime"), event.get("loadTime")
    dom_ran, load_ran = _handler(dom, DOM_HANDLER_MS), _handler(load, LOAD_HANDLER_MS)
    end, download = event.get("responseEnd"), event.get("responseTime")
    first_byte = _before(end, download)
    asked = None if first_byte is None else min(REQUEST_START_MS, first_byte)
    vitals = event.get("webVitals")
    captured = json.loads(vitals) if vitals else {}
    return {
        "request_start": asked,
        "response_start": first_byte,
        "response_end": end,
        "response_time": download,
        "dom_building_time": event.get("domBuildingTime"),
        "dom_content_loaded_event_start": _before(dom, dom_ran),
        "dom_content_loaded_event_end": dom,
        "dom_content_loaded_event_time": dom_ran,
        "load_event_start": _before(load, load_ran),
        "load_event_end": load,
        "load_event_time": load_ran,
        "first_paint": event.get("firstPaintTime"),
        "first_contentful_paint_time": event.get("firstContentfulPaintTime"),
        "speed_index": event.get("speedIndex"),
        "visually_complete": event.get("visuallyComplete"),
        "time_to_interactive": event.get("timeToInteractive"),
        "ttfb": event.get("ttfb"),
        "ttlb": _before(end, asked),
        "web_vitals": vitals,
        **{name.lower(): str(value) for name, value in captured.items()},
    }


def event_id(session_id: str, index: int) -> str:
    """The id of the event at an index of a session: the same each time it is read."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{session_id}/{index}"))


def page_url(event: Event) -> str:
    """The whole address of a LOCATION, of which Postgres keeps the parts but no scheme."""
    query = event.get("query")
    return f"https://{event['host']}{event['path']}" + (f"?{query}" if query else "")


def url_set(url: str) -> Row:
    """The properties that v2 derives from an address."""
    parts = urlsplit(url)
    path = (parts.path + (f"?{parts.query}" if parts.query else "")).lower()
    return {
        "url": url[:_LONGEST_URL],
        "url_host": parts.netloc,
        "url_path": path,
        "url_hostpath": parts.netloc.lower() + path,
    }


def _event_url(event: Event, page: str) -> str:
    if event["type"] == "LOCATION":
        return page_url(event)
    url = event.get("url")
    return f"https://{url}" if url else page


def _title(event: Event) -> str:
    name = event["path"].strip("/").rpartition("/")[2].replace("-", " ")
    return f"{name.capitalize() or 'Home'} | {event['host']}"


def _floored(milliseconds: int) -> int:
    return milliseconds // 1000 * 1000


def _whole_seconds(milliseconds: int | None) -> int:
    return min(((milliseconds or 0) + 500) // 1000, _MOST_SECONDS)


def _handler(end: int | None, ran: int) -> int | None:
    """Return the run time of a handler that ended then; never longer than there was time for."""
    return None if end is None else min(ran, end)


def _before(end: int | None, ran: int | None) -> int | None:
    return None if end is None or ran is None else end - ran
