"""What the v2 public API of OpenReplay 1.27 says to a request, by its source code.

Written after the handlers, the validator's tags and what ClickHouse does to stored values. Not
known here are filters other than of one column by `is` and `isNot`: asking for one is an error of
the test. A user's sessions come from `Store.user_sessions` and are not counted anew for a window.

Pure: a store and a request in, an answer out; the path has lost the `/v2/api` of the ingress.
Imports the standard library, `conversion`, `recordings` and `wire`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from tests.server.conversion import Row, v2_rows
from tests.server.recordings import Store
from tests.server.wire import Answer, Received

_Handler = Callable[[Store, Received], Answer]

_DEFAULT_COLUMNS: Final = ("event_id", "$event_name", "created_at", "distinct_id", "session_id")
_TEXTS: Final = (
    "$current_url",
    "$current_path",
    "$user_id",
    "$device_id",
    "issue_type",
    "issue_id",
    "error_id",
    "$os",
    "$os_version",
    "$browser",
    "$device",
    "$country",
    "$state",
    "$city",
    "$referrer",
    "$browser_version",
    "$source",
    "description",
    "$sdk_edition",
    "$sdk_version",
    "$initial_referrer",
    "$referring_domain",
    "$initial_referring_domain",
    "$search_engine",
    "$search_engine_keyword",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "$or_api_endpoint",
)
_NUMBERS: Final = ("$duration_s", "$time", "$screen_width", "$screen_height", "$timezone")
_FLAGS: Final = ("$auto_captured", "$import")
_OBJECTS: Final = ("$properties", "properties")
_LISTS: Final = (*(f"group_id{number}" for number in range(1, 7)), "$tags")

COLUMNS: Final[Mapping[str, object]] = {
    **dict.fromkeys(_DEFAULT_COLUMNS, ""),
    "created_at": 0,
    **{name: {} for name in _OBJECTS},
    **dict.fromkeys(_TEXTS, ""),
    **dict.fromkeys(_NUMBERS, 0),
    **dict.fromkeys(_FLAGS, False),
    **dict.fromkeys(_LISTS, ()),
}
"""All columns that can be asked for, and what they hold when nothing was written."""

_LARGEST_BODY: Final = 131_072
_LONGEST_SESSION_ID: Final = 256
_LARGEST_SESSION_ID: Final = 2**64 - 1
_LARGEST_INTEGER: Final = 2**63 - 1
_EXACT_INTEGER: Final = 2**53
_YEAR_2000: Final = 946_684_800_000
_LARGEST_PAGE: Final = 200
_USUAL_PAGE: Final = 50
_MOST_PROJECTS: Final = 100
_LONGEST_SESSION_MS: Final = 7_200_000
_OPERATORS: Final = frozenset(
    [
        "is",
        "isAny",
        "on",
        "onAny",
        "isNot",
        "isUndefined",
        "notOn",
        "contains",
        "notContains",
        "startsWith",
        "endsWith",
        "regex",
        "=",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "true",
        "false",
        "in",
        "notIn",
        "equals",
        "notEquals",
        "not",
        "off",
        "lt",
        "gt",
        "lte",
        "gte",
        "lessThan",
        "greaterThan",
        "lessThanOrEqual",
        "greaterThanOrEqual",
        "doesNotContain",
        "before",
        "after",
        "onOrBefore",
        "onOrAfter",
        "isBlank",
        "isNotBlank",
        "between",
    ]
)


class _RefusedError(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _json(status: int, value: object) -> Answer:
    """An answer as Go writes JSON: what HTML could take for its own is spelled out."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "&<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # A lone surrogate cannot be sent; Go would have replaced it when it was read.
    return Answer(status, text.encode(errors="replace"))


NOT_FOUND: Final = Answer(404, b"404 page not found\n", "text/plain; charset=utf-8")
_WRONG_METHOD: Final = Answer(405, content_type=None)
_UNAUTHORISED: Final = Answer(401, content_type=None)
_TOO_LARGE: Final = _json(413, {"error": "http: request body too large"})
_NOT_JSON: Final = _json(400, {"error": "invalid JSON body"})
_LONG_ID: Final = _json(400, {"error": "sessionID exceeds maximum length of 256 characters"})
_FAILED: Final = _json(500, {"error": "failed to search events"})
_NO_USER: Final = _json(404, {"error": "user not found"})


def answer(store: Store, request: Received) -> Answer:
    """The answer of release 1.27."""
    return _routed(store, request, _routes)


def answer_before(store: Store, request: Received) -> Answer:
    """The answer of the same service in releases 1.24 to 1.26, which know one project at a time."""
    return _routed(store, request, _routes_before)


def _routed(
    store: Store, request: Received, routes: Callable[[list[str]], dict[str, _Handler]]
) -> Answer:
    # Decoded before it is split, so a %2F divides like any slash.
    path = unquote(request.path.partition("?")[0])
    segments = path.split("/")[1:]
    handlers = {} if "" in segments else routes(segments)
    if not handlers:
        return NOT_FOUND
    if request.method not in handlers:
        return _WRONG_METHOD
    try:
        return handlers[request.method](store, request)
    except _RefusedError as refused:
        return refused.answer


def _routes(segments: list[str]) -> dict[str, _Handler]:
    match segments:
        case ["public", "projects"]:
            return {"GET": _projects}
        case ["public", "projects", project]:
            return {"GET": partial(_project, project)}
        case ["public", project, "sessions", session, "events"]:
            return {"POST": partial(_events, project, session)}
        case ["public", project, "users", user, "sessions"]:
            return {"POST": partial(_user_sessions, project, user)}
        case ["public", project, "users", user]:
            return {"GET": partial(_user, project, user)}
    return {}


def _routes_before(segments: list[str]) -> dict[str, _Handler]:
    match segments:
        case ["v1", "projects", project]:
            return {"GET": partial(_project, project)}
    return {}


# Who asks, and for which project


def _check_key(store: Store, request: Received) -> None:
    parts = request.headers.get("authorization", "").split("Bearer ")
    if len(parts) != 2 or parts[1] != store.api_key:
        raise _RefusedError(_UNAUTHORISED)


def _check_project(project: str, store: Store, request: Received) -> None:
    _check_key(store, request)
    if project not in store.projects:
        raise _RefusedError(_UNAUTHORISED)


def _projects(store: Store, request: Received) -> Answer:
    _check_key(store, request)
    rows = sorted(map(_project_row, store.projects.values()), key=lambda row: row["projectId"])
    return _json(200, {"data": rows[:_MOST_PROJECTS] or None})


def _project(project: str, store: Store, request: Received) -> Answer:
    _check_project(project, store, request)
    return _json(200, {"data": _project_row(store.projects[project])})


def _project_row(row: Mapping[str, Any]) -> Row:
    return {
        "projectId": row.get("projectId", 0),
        "name": row.get("name", ""),
        "projectKey": row.get("projectKey", ""),
        "tenantId": 0,
        "maxSessionDuration": _LONGEST_SESSION_MS,
        "sampleRate": row.get("sampleRate", 100),
        "saveRequestPayloads": row.get("saveRequestPayloads", False),
        "beaconSize": 0,
        "platform": row.get("platform", "web"),
        **{f"metadata{number}": None for number in range(1, 11)},
    }


# The body of a request


class _Field(NamedTuple):
    """A field of a request: its name in Go, what JSON it takes, what the validator asks of it."""

    go_name: str
    fits: Callable[[object], bool]
    failed_tag: Callable[[Any, Row], str | None]


def _is_integer(value: object) -> bool:
    return type(value) is int and -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    # Go reads a null in a list as the empty text.
    return isinstance(value, list) and all(item is None or _is_text(item) for item in value)


def _are_filters(value: object) -> bool:
    kinds: dict[str, Callable[[object], bool]] = {
        "name": _is_text,
        "operator": _is_text,
        "value": _are_texts,
        "isEvent": lambda flag: isinstance(flag, bool),
    }
    return isinstance(value, list) and all(
        isinstance(row, dict)
        and all(row.get(name) is None or fits(row[name]) for name, fits in kinds.items())
        for row in value
    )


def _moment(value: int | None, body: Row) -> str | None:
    if not value:
        return "required"
    return "min" if value < _YEAR_2000 else None


def _end(value: int | None, body: Row) -> str | None:
    return _moment(value, body) or (
        "gtfield" if (value or 0) <= (body.get("startTimestamp") or 0) else None
    )


def _count(value: int | None, body: Row, *, most: int | None, required: bool) -> str | None:
    if not value:
        return "required" if required else None
    if value < 1:
        return "min"
    return "max" if most is not None and value > most else None


def _one_of(names: Iterable[str]) -> Callable[[str | None, Row], str | None]:
    known = frozenset(names)
    return lambda value, body: "oneof" if value and value not in known else None


def _nothing(value: object, body: Row) -> str | None:
    """Lists are looked at item by item, in `_list_problems`."""
    return None


_SHARED_FIELDS: Final = {
    "startTimestamp": _Field("StartDate", _is_integer, _moment),
    "endTimestamp": _Field("EndDate", _is_integer, _end),
}
_ORDER: Final = {"sortOrder": _Field("SortOrder", _is_text, _one_of(("asc", "desc")))}
_EVENTS_FIELDS: Final = {
    **_SHARED_FIELDS,
    "limit": _Field("Limit", _is_integer, partial(_count, most=_LARGEST_PAGE, required=True)),
    "page": _Field("Page", _is_integer, partial(_count, most=None, required=True)),
    "sortBy": _Field("SortBy", _is_text, _one_of(COLUMNS)),
    **_ORDER,
    "columns": _Field("Columns", _are_texts, _nothing),
    "filters": _Field("Filters", _are_filters, _nothing),
}
_SESSIONS_FIELDS: Final = {
    **_SHARED_FIELDS,
    "limit": _Field("Limit", _is_integer, partial(_count, most=_LARGEST_PAGE, required=False)),
    "page": _Field("Page", _is_integer, partial(_count, most=None, required=False)),
    **_ORDER,
}


def _body(request: Received, struct: str, fields: Mapping[str, _Field]) -> Row:
    """The decoded body; refused if it is too large, does not decode, or breaks a rule."""
    if len(request.body) > _LARGEST_BODY:
        raise _RefusedError(_TOO_LARGE)
    try:
        body = json.loads(request.body.decode(errors="replace"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _RefusedError(_NOT_JSON) from None
    if not isinstance(body, dict) or any(
        body.get(name) is not None and not field.fits(body[name]) for name, field in fields.items()
    ):
        raise _RefusedError(_NOT_JSON)
    problems = [
        (field.go_name, tag)
        for name, field in fields.items()
        if (tag := field.failed_tag(body.get(name), body))
    ]
    problems += _list_problems(body) if "columns" in fields else []
    if problems:
        lines = [
            f"Key: '{struct}.{name}' Error:"
            f"Field validation for '{name.rpartition('.')[2]}' failed on the '{tag}' tag"
            for name, tag in problems
        ]
        raise _RefusedError(_json(400, {"error": "\n".join(lines)}))
    return body


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _list_problems(body: Row) -> Iterable[tuple[str, str]]:
    for index, column in enumerate(body.get("columns") or ()):
        if column not in COLUMNS:
            yield f"Columns[{index}]", "oneof"
    for index, row in enumerate(body.get("filters") or ()):
        where = f"Filters[{index}]"
        name, operator, values = row.get("name"), row.get("operator"), row.get("value") or ()
        if not name or len(name) > 256:
            yield f"{where}.Name", "max" if name else "required"
        if operator not in _OPERATORS:
            yield f"{where}.Operator", "oneof" if operator else "required"
        if len(values) > 10:
            yield f"{where}.Value", "max"
        for number, value in enumerate(values):
            if len(value or "") > 256:
                yield f"{where}.Value[{number}]", "max"


# Events


def _events(project: str, session: str, store: Store, request: Received) -> Answer:
    # Any valid project opens any session: the query does not compare them.
    _check_project(project, store, request)
    if len(session.encode()) > _LONGEST_SESSION_ID:
        return _LONG_ID
    body = _body(request, "EventsSearchRequest", _EVENTS_FIELDS)
    if not re.fullmatch("[0-9]+", session) or int(session) > _LARGEST_SESSION_ID:
        return _FAILED
    id_ = str(int(session))
    if id_ in store.poisoned:
        return _FAILED
    rows = _selected(_stored(store, id_), body)
    # Shuffled first, since the database orders by the one column and by nothing else.
    store.chance.shuffle(rows)
    column = body.get("sortBy") or "created_at"
    rows.sort(key=partial(_sort_key, column), reverse=(body.get("sortOrder") or "desc") == "desc")
    first = (body["page"] - 1) * body["limit"]
    shown = rows[first : first + body["limit"]]
    columns = dict.fromkeys((*_DEFAULT_COLUMNS, *(body.get("columns") or ())))
    events = [_sent(row, columns) for row in shown]
    return _json(200, {"data": {"total": len(rows) if events else 0, "events": events}})


def _stored(store: Store, session: str) -> list[Row]:
    if session in store.v2_sessions:
        return store.v2_sessions[session]
    body = store.sessions.get(session)
    if body is None:
        return []
    user = _user_of(store, session)
    return store.derive(body, partial(_derived, session, user), "v2", session, user)


def _derived(session: str, user: str, body: bytes) -> list[Row]:
    return v2_rows(session, json.loads(body)["data"], user_id=user)


def _user_of(store: Store, session: str) -> str:
    for (_, user), rows in store.user_sessions.items():
        if any(row["sessionId"] == session for row in rows):
            return user
    return ""


def _selected(rows: Iterable[Row], body: Row) -> list[Row]:
    start, end = body["startTimestamp"] // 1000 * 1000, body["endTimestamp"] // 1000 * 1000
    return [
        row
        for row in rows
        if start <= row["created_at"] <= end
        and row["$event_name"] != "TAG_TRIGGER"
        and all(_passes(row, wanted) for wanted in body.get("filters") or ())
    ]


def _passes(row: Row, wanted: Row) -> bool:
    name, operator = wanted["name"], wanted["operator"]
    if wanted.get("isEvent") or name not in COLUMNS or operator not in ("is", "isNot"):
        raise NotImplementedError(f"this server knows no such filter: {wanted}")
    values = wanted.get("value") or ()
    if not values:
        return True  # a filter without a value is dropped in silence
    return (str(_value(row, name)) in values) is (operator == "is")


def _value(row: Row, column: str) -> Any:
    if column in row:
        return row[column]
    if column == "$time":
        return row["created_at"] // 1000
    if column == "$current_path":
        return urlsplit(row.get("$current_url", "")).path
    return COLUMNS[column]


def _sort_key(column: str, row: Row) -> Any:
    value = _value(row, column)
    return value if isinstance(value, str | int) else json.dumps(value)


def _sent(row: Row, columns: Iterable[str]) -> Row:
    """What is left of a row when it has been stored, read for these columns, and escaped."""
    event = {}
    for column in columns:
        value = _value(row, column)
        if column == "$properties":
            # True and false are no numbers, and stay.
            value = {
                name: item
                for name, item in value.items()
                if item is not None and (isinstance(item, bool) or item not in ("", 0))
            }
        if column in _OBJECTS:
            value = _kept(value)
        if column in _LISTS and not value:
            continue
        event[column] = _escaped(value)
    return event


def _kept(value: Any) -> Any:
    """A value as ClickHouse and Go keep it: no nulls, dots open objects, large integers rounded."""
    if isinstance(value, dict):
        nested: Row = {}
        for name, item in value.items():
            if item is None:
                continue
            *outer, last = name.split(".")
            inside = nested
            for part in outer:
                inside = inside.setdefault(part, {})
            inside[last] = _kept(item)
        return nested
    if isinstance(value, list):
        return [_kept(item) for item in value]
    if type(value) is int and abs(value) > _EXACT_INTEGER:
        return int(float(value))
    return value


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {escaped(name): _escaped(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return value


def escaped(text: str) -> str:
    """The text as Go's `html.EscapeString` leaves it, which writes quotes as numbers."""
    for character, entity in (
        ("&", "&amp;"),
        ("'", "&#39;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ('"', "&#34;"),
    ):
        text = text.replace(character, entity)
    return text


# Users


def _user_sessions(project: str, user: str, store: Store, request: Received) -> Answer:
    _check_project(project, store, request)
    body = _body(request, "UserSessionsRequest", _SESSIONS_FIELDS)
    rows = [
        row
        for row in map(_session_row, store.user_sessions.get((project, user), ()))
        # Sessions are grouped from events, so one without any is none.
        if row["eventsCount"]
        and row["endTs"] >= body["startTimestamp"] // 1000 * 1000
        and row["startTs"] <= body["endTimestamp"]
    ]
    descending = (body.get("sortOrder") or "desc") == "desc"
    store.chance.shuffle(rows)
    rows.sort(key=lambda row: int(row["startTs"]), reverse=descending)
    limit = body.get("limit") or _USUAL_PAGE
    first = ((body.get("page") or 1) - 1) * limit
    shown = rows[first : first + limit]
    return _json(200, {"data": {"total": len(rows) if shown else 0, "sessions": shown or None}})


def _session_row(row: Mapping[str, Any]) -> Row:
    start = row["startTs"]
    return {
        "sessionId": row["sessionId"],
        "eventsCount": row.get("eventsCount", 1),
        "startTs": start // 1000 * 1000,
        "endTs": (start + (row.get("duration") or 0)) // 1000 * 1000,
    }


def _user(project: str, user: str, store: Store, request: Received) -> Answer:
    _check_project(project, store, request)
    details = store.user_details.get((project, user))
    if details is None:
        return _NO_USER
    empty = [
        "$email",
        "$name",
        "$first_name",
        "$last_name",
        "$phone",
        "$avatar",
        "group_id1",
        "group_id2",
        "group_id3",
        "group_id4",
        "group_id5",
        "group_id6",
        "$sdk_edition",
        "$sdk_version",
        "$current_url",
        "$initial_referrer",
        "$referring_domain",
        "initial_utm_source",
        "initial_utm_medium",
        "initial_utm_campaign",
        "$country",
        "$state",
        "$city",
        "$or_api_endpoint",
    ]
    row = {
        "$user_id": user,
        **dict.fromkeys(empty, ""),
        "$created_at": details["firstSeen"],
        "properties": {},
        "distinct_ids": [user],
        "$timezone": 0,
        "$first_event_at": details["firstSeen"],
        "$last_seen": details["lastSeen"],
    }
    return _json(200, {"data": row})
