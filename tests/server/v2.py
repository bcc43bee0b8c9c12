"""The v2 public API of OpenReplay 1.27 and of the release after it: requests in, answers out.

Written after the handlers, the validator's tags and what ClickHouse does to stored values, and
compared with what a real server answered. Not known here are the operators of filters that are not
in `_OPERATIONS`: asking for one is an error of the test. A user's sessions come from
`Store.user_sessions`; those whose rows are in `Store.v2_sessions` are counted anew for a window.

Pure: a store and a request in, an answer out; the path has lost the `/v2/api` of the ingress.
Imports the standard library, `conversion`, `recordings` and `wire`.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import itemgetter
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.server.conversion import Row, v2_rows
from tests.server.recordings import Store
from tests.server.wire import Received, ServerResponse

_Handler = Callable[[Store, Received], ServerResponse]

_DEFAULT_COLUMNS: Final = ("event_id", "$event_name", "created_at", "distinct_id", "session_id")
_OBJECTS: Final = ("$properties", "properties")
_GROUPS: Final = tuple(f"group_id{number}" for number in range(1, 7))
_LISTS: Final = (*_GROUPS, "$tags")
_KEPT_EMPTY: Final = ("normalized_x", "normalized_y", "request_body", "response_body")

COLUMNS: Final[Mapping[str, object]] = {
    **dict.fromkeys(_DEFAULT_COLUMNS, ""),
    "created_at": 0,
    "$user_id": "",
    "$device_id": "",
    "$time": 0,
    "$source": "",
    "$duration_s": 0,
    "properties": {},
    "$properties": {},
    "description": "",
    **dict.fromkeys(_GROUPS, ()),
    "$auto_captured": False,
    "$sdk_edition": "",
    "$sdk_version": "",
    "$os": "",
    "$os_version": "",
    "$browser": "",
    "$browser_version": "",
    "$device": "",
    "$screen_height": 0,
    "$screen_width": 0,
    "$current_url": "",
    "$current_path": "",
    "$initial_referrer": "",
    "$referring_domain": "",
    "$referrer": "",
    "$initial_referring_domain": "",
    "$search_engine": "",
    "$search_engine_keyword": "",
    "utm_source": "",
    "utm_medium": "",
    "utm_campaign": "",
    "$country": "",
    "$state": "",
    "$city": "",
    "$or_api_endpoint": "",
    "$timezone": 0,
    "issue_type": "",
    "issue_id": "",
    "error_id": "",
    "$tags": (),
    "$import": False,
}
"""All columns that can be asked for, in the order they are sent, and what they hold when nothing
was written."""

_LARGEST_BODY: Final = 131_072
_LONGEST_SESSION_ID: Final = 256
_SESSION_IDS: Final = 2**64
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

    def __init__(self, answer: ServerResponse) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _json(status: int, value: object) -> ServerResponse:
    """An answer as Go writes JSON: what HTML could take for its own is spelled out."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "&<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # A lone surrogate cannot be sent; Go would have replaced it when it was read.
    return ServerResponse(status, text.encode(errors="replace"))


NOT_FOUND: Final = ServerResponse(
    404,
    b"404 page not found\n",
    "text/plain; charset=utf-8",
    (("x-content-type-options", "nosniff"),),
)
_ROOT: Final = ServerResponse(200, content_type=None)
_OPTIONS: Final = ServerResponse(
    200, content_type=None, headers=(("cache-control", "max-age=86400"),)
)
_WRONG_METHOD: Final = ServerResponse(405, content_type=None)
_UNAUTHORISED: Final = ServerResponse(401, content_type=None)
_TOO_LARGE: Final = _json(413, {"error": "http: request body too large"})
_NOT_JSON: Final = _json(400, {"error": "invalid JSON body"})
_LONG_ID: Final = _json(400, {"error": "sessionID exceeds maximum length of 256 characters"})
_FAILED: Final = _json(500, {"error": "failed to search events"})
_NO_USER: Final = _json(404, {"error": "user not found"})


def answer(store: Store, request: Received) -> ServerResponse:
    """The answer of release 1.27."""
    return _routed(store, request, _routes)


def answer_before(store: Store, request: Received) -> ServerResponse:
    """The answer of the same service in releases 1.24 to 1.26, which know one project at a time."""
    return _routed(store, request, _routes_before)


def answer_next(store: Store, request: Received) -> ServerResponse:
    """The answer of the release after 1.27: errors in a list, ids with leading zeros are taken."""
    plain = _routed(store, request, _routes_next)
    if plain.status < 400 or plain.content_type != "application/json":
        return plain
    return _json(plain.status, {"errors": [json.loads(plain.body)["error"]]})


def _routed(
    store: Store, request: Received, routes: Callable[[list[str]], dict[str, _Handler]]
) -> ServerResponse:
    target, mark, query = request.path.partition("?")
    # Decoded before it is split, so a %2F divides like any slash.
    path = unquote(target)
    if path == "/":
        return _ROOT
    if (clean := _cleaned(path)) != path:
        location = ("location", quote(clean, safe="/:@!$&'()*+,;=") + mark + query)
        return ServerResponse(301, content_type=None, headers=(location,))
    segments = path.split("/")[1:]
    handlers = {} if "" in segments else routes(segments)
    if not handlers:
        return NOT_FOUND
    if request.method == "OPTIONS":
        return _OPTIONS
    if request.method not in handlers:
        return _WRONG_METHOD
    try:
        return handlers[request.method](store, request)
    except _RefusedError as refused:
        return refused.answer


def _cleaned(path: str) -> str:
    """The path without `//`, `.` and `..`; a slash at its end stays."""
    clean = posixpath.normpath("/" + path.lstrip("/"))
    return clean + "/" if path.endswith("/") and clean != "/" else clean


def _routes(segments: list[str]) -> dict[str, _Handler]:
    match segments:
        case ["public", "projects"]:
            return {"GET": _projects}
        case ["public", "projects", project]:
            return {"GET": partial(_project, project)}
        case ["public", project, "sessions", session, "events"]:
            return {"POST": partial(_events, project, session)}
        case ["public", project, "jobs"]:
            return {"GET": partial(_jobs, project)}
        case ["public", project, "users"]:
            return {"POST": partial(_users, project)}
        case ["public", project, "users", user, "sessions"]:
            return {"POST": partial(_user_sessions, project, user)}
        case ["public", project, "users", user]:
            return {"GET": partial(_user, project, user)}
    return {}


def _routes_next(segments: list[str]) -> dict[str, _Handler]:
    match segments:
        case ["public", project, "sessions", session, "events"]:
            stripped = session.lstrip("0") or "0"
            return _routes(["public", project, "sessions", stripped, "events"])
    return _routes(segments)


def _routes_before(segments: list[str]) -> dict[str, _Handler]:
    match segments:
        case ["v1", "projects", project]:
            return {"GET": partial(_project, project)}
    return {}


# Who asks, and for which project


def _check_key(store: Store, request: Received) -> None:
    # Go cuts blanks around the value of a header.
    parts = request.headers.get("authorization", "").strip().split("Bearer ")
    if len(parts) != 2 or parts[1] != store.api_key:
        raise _RefusedError(_UNAUTHORISED)


def _check_project(project: str, store: Store, request: Received) -> None:
    _check_key(store, request)
    if project not in store.projects or project in store.inactive:
        raise _RefusedError(_UNAUTHORISED)


def _projects(store: Store, request: Received) -> ServerResponse:
    _check_key(store, request)
    active = [row for key, row in store.projects.items() if key not in store.inactive]
    rows = sorted(map(_project_row, active), key=lambda row: row["projectId"])
    return _json(200, {"data": rows[:_MOST_PROJECTS] or None})


def _jobs(project: str, store: Store, request: Received) -> ServerResponse:
    _check_project(project, store, request)
    return _json(200, {"data": []})


def _project(project: str, store: Store, request: Received) -> ServerResponse:
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


# The body of a request; names are compared without case, so all of them are in lower case here


class _Field(NamedTuple):
    """A field of a request: its name in Go, what JSON it takes, what the validator asks of it."""

    go_name: str
    fits: Callable[[object], bool]
    failed_tag: Callable[[Any, Row], str | None]


def _is_integer(value: object) -> bool:
    return type(value) is int and -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _are_texts(value: object) -> bool:
    # Go reads a null in a list as the empty text.
    return isinstance(value, list) and all(item is None or _is_text(item) for item in value)


def _are_filters(value: object) -> bool:
    kinds: dict[str, Callable[[object], bool]] = {
        "name": _is_text,
        "operator": _is_text,
        "value": _are_texts,
        "isevent": _is_flag,
        "autocaptured": _is_flag,
        "datatype": _is_text,
        "propertyorder": _is_text,
    }
    return isinstance(value, list) and all(
        isinstance(row, dict)
        and all(fits(row[name]) for name, fits in kinds.items() if name in row)
        for row in value
    )


def _moment(value: int | None, body: Row) -> str | None:
    if not value:
        return "required"
    return "min" if value < _YEAR_2000 else None


def _end(value: int | None, body: Row) -> str | None:
    return _moment(value, body) or (
        "gtfield" if (value or 0) <= body.get("starttimestamp", 0) else None
    )


def _count(value: int | None, body: Row, *, most: int | None, required: bool) -> str | None:
    if not value:
        return "required" if required else None
    if value < 1:
        return "min"
    return "max" if most is not None and value > most else None


def _one_of(names: Iterable[str], tag: str) -> Callable[[str | None, Row], str | None]:
    known = frozenset(names)
    return lambda value, body: tag if value and value not in known else None


def _nothing(value: object, body: Row) -> str | None:
    """Nothing is asked of it; lists are looked at item by item, in `_list_problems`."""
    return None


_SHARED_FIELDS: Final = {
    "starttimestamp": _Field("StartDate", _is_integer, _moment),
    "endtimestamp": _Field("EndDate", _is_integer, _end),
}
_ORDER: Final = {"sortorder": _Field("SortOrder", _is_text, _one_of(("asc", "desc"), "oneof"))}
_EVENTS_FIELDS: Final = {
    **_SHARED_FIELDS,
    "limit": _Field("Limit", _is_integer, partial(_count, most=_LARGEST_PAGE, required=True)),
    "page": _Field("Page", _is_integer, partial(_count, most=None, required=True)),
    "sortby": _Field("SortBy", _is_text, _one_of(COLUMNS, "validEventColumn")),
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
_USERS_FIELDS: Final = {
    "query": _Field("Query", _is_text, _nothing),
    "limit": _Field("Limit", _is_integer, _nothing),
    "page": _Field("Page", _is_integer, _nothing),
    "columns": _Field("Columns", _are_texts, _nothing),
}


def _body(request: Received, struct: str, fields: Mapping[str, _Field]) -> Row:
    """The decoded body; refused if it is too large, does not decode, or breaks a rule."""
    if len(request.body) > _LARGEST_BODY:
        raise _RefusedError(_TOO_LARGE)
    try:
        body = json.loads(
            request.body.decode(errors="replace"),
            parse_constant=_no_constant,
            object_pairs_hook=_set_fields,
        )
    except (ValueError, RecursionError):
        raise _RefusedError(_NOT_JSON) from None
    if body is None:
        body = {}
    if not isinstance(body, dict) or any(
        not field.fits(body[name]) for name, field in fields.items() if name in body
    ):
        raise _RefusedError(_NOT_JSON)
    problems = [
        (field.go_name, tag)
        for name, field in fields.items()
        if (tag := field.failed_tag(body.get(name), body))
    ]
    problems += _list_problems(body) if "filters" in fields else []
    if problems:
        lines = [
            f"Key: '{struct}.{name}' Error:"
            f"Field validation for '{name.rpartition('.')[2]}' failed on the '{tag}' tag"
            for name, tag in problems
        ]
        raise _RefusedError(_json(400, {"error": "\n".join(lines)}))
    return body


def _set_fields(pairs: list[tuple[str, object]]) -> Row:
    """An object as Go decodes it: no case in names, the last value counts, a null sets nothing."""
    return {name.lower(): value for name, value in pairs if value is not None}


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _list_problems(body: Row) -> Iterable[tuple[str, str]]:
    for index, column in enumerate(body.get("columns") or ()):
        if column and column not in COLUMNS:
            yield f"Columns[{index}]", "validEventColumn"
    for index, row in enumerate(body.get("filters") or ()):
        where = f"Filters[{index}]"
        name, operator, values = row.get("name"), row.get("operator"), row.get("value") or ()
        if not name or len(name) > 256:
            yield f"{where}.Name", "max" if name else "required"
        if operator not in _OPERATORS:
            yield f"{where}.Operator", "oneof" if operator else "required"
        if row.get("isevent") and row.get("propertyorder") not in ("and", "or"):
            yield f"{where}.PropertyOrder", "oneof" if row.get("propertyorder") else "required"
        if len(values) > 10:
            yield f"{where}.Value", "max"
        for number, value in enumerate(values):
            if len(value or "") > 256:
                yield f"{where}.Value[{number}]", "max"


# Events


def _events(project: str, session: str, store: Store, request: Received) -> ServerResponse:
    _check_project(project, store, request)
    if len(session.encode()) > _LONGEST_SESSION_ID:
        return _LONG_ID
    body = _body(request, "EventsSearchRequest", _EVENTS_FIELDS)
    if not re.fullmatch("0|[1-9][0-9]*", session):
        return _FAILED
    id_ = str(int(session) % _SESSION_IDS)
    # The parameters of a filter of whole events are bound in the wrong order.
    filters = body.get("filters", ())
    if id_ in store.poisoned or any(row.get("isevent") for row in filters):
        return _FAILED
    known = store.session_projects.get(id_, project) == project
    rows = [
        row
        for row in _within(_stored(store, id_) if known else (), body)
        if row["$event_name"] != "TAG_TRIGGER"
        and (not filters or all(_passes(row, wanted, store, project) for wanted in filters))
    ]
    column = body.get("sortby") or "created_at"
    place = itemgetter(column) if column == "created_at" else partial(sort_key, column)
    # The database orders by the one column and by nothing else.
    chance = store.chance.random
    rows.sort(
        key=lambda row: (place(row), chance()),
        reverse=(body.get("sortorder") or "desc") == "desc",
    )
    shown = rows[_first(body["page"], body["limit"]) :][: body["limit"]]
    asked = {*_DEFAULT_COLUMNS, *body.get("columns", ())}
    columns = [column for column in COLUMNS if column in asked]
    events = [_sent(row, columns) for row in shown]
    return _json(200, {"data": {"total": len(rows) if events else 0, "events": events}})


def _first(page: int, limit: int) -> int:
    """The index of the first row of a page, in integers of 64 bits that overflow."""
    skipped = ((page - 1) * limit + 2**63) % 2**64 - 2**63
    return max(skipped, 0)


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


def _within(rows: Iterable[Row], body: Row) -> Iterator[Row]:
    """The rows of a window, whose ends are floored to whole seconds before they are compared."""
    start, end = body["starttimestamp"] // 1000 * 1000, body["endtimestamp"] // 1000 * 1000
    return (row for row in rows if start <= row["created_at"] <= end)


_OPERATIONS: Final[Mapping[str, Callable[[Any, list[str]], bool]]] = {
    "is": lambda value, texts: str(value) in texts,
    "isNot": lambda value, texts: str(value) not in texts,
    "contains": lambda value, texts: any(text.lower() in str(value).lower() for text in texts),
    "notContains": lambda value, texts: all(
        text.lower() not in str(value).lower() for text in texts
    ),
    "startsWith": lambda value, texts: str(value).lower().startswith(texts[0].lower()),
    "endsWith": lambda value, texts: str(value).lower().endswith(texts[0].lower()),
    "=": lambda value, texts: float(value) == float(texts[0]),
    "!=": lambda value, texts: float(value) != float(texts[0]),
    "<": lambda value, texts: float(value) < float(texts[0]),
    ">": lambda value, texts: float(value) > float(texts[0]),
    "<=": lambda value, texts: float(value) <= float(texts[0]),
    ">=": lambda value, texts: float(value) >= float(texts[0]),
}


def _passes(row: Row, wanted: Row, store: Store, project: str) -> bool:
    name, operator, values = wanted["name"], wanted["operator"], wanted.get("value")
    if operator not in _OPERATIONS:
        raise NotImplementedError(f"this server knows no such filter: {wanted}")
    if not values:
        return True  # a filter without a value is dropped in silence
    if name in COLUMNS:
        value = _value(row, name)
    elif name in _USER_COLUMNS:
        value = (_user_row(store, project, row.get("$user_id", "")) or {}).get(name, "")
    else:
        value = row.get("$properties" if wanted.get("autocaptured") else "properties", {}).get(name)
    return value is not None and _OPERATIONS[operator](value, values)


def _value(row: Row, column: str) -> Any:
    if column in row:
        return row[column]
    if column == "$time":
        return row["created_at"] // 1000
    if column == "$current_path":
        return urlsplit(row.get("$current_url", "")).path
    return COLUMNS[column]


def sort_key(column: str, row: Row) -> Any:
    """The place of a row in an order: objects have none, and ids begin with their second half."""
    if column == "event_id":
        return row["event_id"][19:] + row["event_id"][:19]
    value = _value(row, "created_at" if column in _OBJECTS else column)
    return value if isinstance(value, str | int) else json.dumps(value)


def _sent(row: Row, columns: Iterable[str]) -> Row:
    """Return a row after it was stored, read for these columns, and escaped."""
    event = {}
    for column in columns:
        value = _value(row, column)
        if column == "$properties":
            # True and false are no numbers, and stay.
            value = {
                name: item
                for name, item in value.items()
                if name in _KEPT_EMPTY or isinstance(item, bool) or item not in ("", 0)
            }
        if column in _OBJECTS:
            value = _kept(value)
        if column in _LISTS and not value:
            continue
        event[column] = _escaped(value)
    return event


def _kept(value: Any) -> Any:
    """A value as ClickHouse and Go keep it.

    Names are sorted, dots in them open objects, nulls and empty objects inside are gone, large
    integers are rounded.
    """
    if isinstance(value, dict):
        nested: Row = {}
        for name, item in sorted(value.items()):
            if item is None or item == {}:
                continue
            *outer, last = name.split(".")
            inside = nested
            for part in outer:
                if not isinstance(inside.get(part), dict):
                    inside[part] = {}
                inside = inside[part]
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


def _user_sessions(project: str, user: str, store: Store, request: Received) -> ServerResponse:
    _check_project(project, store, request)
    body = _body(request, "UserSessionsRequest", _SESSIONS_FIELDS)
    listed = store.user_sessions.get((project, user), ())
    rows = [
        row
        for row in (_session_within(store, listing, user, body) for listing in listed)
        # Sessions are grouped from events, so one without any is none.
        if row["eventsCount"]
    ]
    descending = (body.get("sortorder") or "desc") == "desc"
    store.chance.shuffle(rows)
    rows.sort(key=lambda row: int(row["startTs"]), reverse=descending)
    limit = body.get("limit") or _USUAL_PAGE
    shown = rows[_first(body.get("page") or 1, limit) :][:limit]
    return _json(200, {"data": {"total": len(rows) if shown else 0, "sessions": shown or None}})


def _session_within(store: Store, listed: Mapping[str, Any], user: str, body: Row) -> Row:
    """A session of a user, with no events if it has none in the window."""
    session = listed["sessionId"]
    if session not in store.v2_sessions:
        row = _session_row(listed)
        inside = row["endTs"] >= body["starttimestamp"] // 1000 * 1000
        return row if inside and row["startTs"] <= body["endtimestamp"] else {"eventsCount": 0}
    own = (row for row in store.v2_sessions[session] if row.get("$user_id") == user)
    times = sorted(row["created_at"] for row in _within(own, body))
    return {
        "sessionId": session,
        "eventsCount": len(times),
        "startTs": times[0] if times else 0,
        "endTs": times[-1] if times else 0,
    }


def _session_row(row: Mapping[str, Any]) -> Row:
    start = row["startTs"]
    return {
        "sessionId": row["sessionId"],
        "eventsCount": row.get("eventsCount", 1),
        "startTs": start // 1000 * 1000,
        "endTs": (start + (row.get("duration") or 0)) // 1000 * 1000,
    }


def _user(project: str, user: str, store: Store, request: Received) -> ServerResponse:
    _check_project(project, store, request)
    row = _user_row(store, project, user)
    return _NO_USER if row is None else _json(200, {"data": _escaped(row)})


_FOUND_BY: Final = ("$user_id", "$email", "$name")
_SHOWN_OF_USERS: Final = (*_FOUND_BY, "$first_name", "$last_name", "$created_at", "$last_seen")
_USER_COLUMNS: Final = ("$email", "$name", "$first_name", "$last_name", "$phone", "$avatar")


def _users(project: str, store: Store, request: Received) -> ServerResponse:
    _check_project(project, store, request)
    body = _body(request, "UsersSearchRequest", _USERS_FIELDS)
    query = parse_qs(request.path.partition("?")[2]).get("q", [body.get("query", "")])[0].lower()
    users = {user for of, user in (*store.user_details, *store.v2_users) if of == project}
    rows = [
        row
        for user in sorted(users, reverse=True)
        if (row := _user_row(store, project, user)) is not None
        and any(query in str(row[column]).lower() for column in _FOUND_BY)
    ]
    limit = body.get("limit") or _USUAL_PAGE
    columns = sorted({*_SHOWN_OF_USERS, *body.get("columns", ())})
    shown = [
        {column: _escaped(row.get(column, "")) for column in columns}
        for row in rows[_first(body.get("page") or 1, limit) :][:limit]
    ]
    return _json(200, {"data": {"total": len(rows) if shown else 0, "users": shown}})


def _user_row(store: Store, project: str, user: str) -> Row | None:
    if (project, user) in store.v2_users:
        return store.v2_users[project, user]
    details = store.user_details.get((project, user))
    if details is None:
        return None
    empty = [
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
    return {
        "$user_id": user,
        **dict.fromkeys(_USER_COLUMNS, ""),
        "$created_at": details["firstSeen"],
        "properties": {},
        "distinct_ids": [],
        **{f"group_id{number}": [] for number in range(1, 7)},
        **dict.fromkeys(empty, ""),
        "$timezone": 0,
        "$first_event_at": 0,
        "$last_seen": details["lastSeen"],
    }
