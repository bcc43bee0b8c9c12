"""Answers of the v1 API of OpenReplay 1.21 (events in Postgres), as recorded.

What later releases changed in it is a `Dialect`. Pure: a store and a request in, an answer out.
Imports the standard library, `recordings`, `wire`.
"""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, quote, unquote

from tests.server.recordings import Store
from tests.server.wire import Received, ServerResponse


@dataclass(frozen=True)
class Dialect:
    """Differences between the releases that speak v1.

    Attributes:
        no_key: The answer to a request without a key.
        crash: The answer where the server fails.
        events: The body for a session id, None for an unknown one, KeyError for one that the
            server fails to write.
        caches_projects: The list of projects is there once, then fails for as long as the server
            keeps it: it hands out the same rows again, which have lost their id.
        always_varies: Long answers say that they depend on the encodings a client accepts,
            compressed or not.
    """

    no_key: ServerResponse
    crash: ServerResponse
    events: Callable[[Store, str], bytes | None]
    caches_projects: bool = False
    always_varies: bool = False


_Handler = Callable[[Dialect, Store, Received], ServerResponse]

_GZIP_FROM: Final = 1000
_LONGEST_INTEGER: Final = 4300
_MOST_SESSIONS: Final = 50


class _RefusedError(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: ServerResponse) -> None:
        super().__init__(answer.status)
        self.answer = answer


def as_json(status: int, value: object, *headers: tuple[str, str]) -> ServerResponse:
    """An answer as this API writes JSON: no blanks, no escapes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return ServerResponse(status, text.encode(), headers=headers)


NOT_FOUND: Final = as_json(404, {"detail": "Not Found"})
_WRONG_METHOD: Final = as_json(405, {"detail": "Method Not Allowed"}, ("allow", "GET"))
_NO_KEY: Final = as_json(403, {"errors": ["Not authenticated"]})
_WRONG_KEY: Final = as_json(401, {"errors": ["Invalid API Key"]})
_NO_PROJECT: Final = as_json(404, {"errors": ["project not found."]})
_CRASH: Final = ServerResponse(500, b"Internal Server Error", "text/plain; charset=utf-8")

POSTGRES: Final = Dialect(_NO_KEY, _CRASH, lambda store, id_: store.sessions.get(id_))


def answer(store: Store, request: Received, dialect: Dialect = POSTGRES) -> ServerResponse:
    """The whole answer, with what the server's middleware does to it."""
    if _is_preflight(request):
        return _preflight(request)
    try:
        plain = _route(dialect, store, request)
    except _RefusedError as refused:
        plain = refused.answer
    # An unhandled error is answered outside the middleware.
    return plain if plain is _CRASH else dressed(plain, request, dialect)


def dressed(
    plain: ServerResponse, request: Received, dialect: Dialect = POSTGRES
) -> ServerResponse:
    """The answer as the middleware sends it: compressed if it is long, with its headers."""
    body = plain.body
    headers = [*plain.headers, ("x-robots-tag", "noindex, nofollow")]
    # The server looks for the word only, so `gzip;q=0` gets gzip as well.
    zipped = len(body) >= _GZIP_FROM and "gzip" in request.headers.get("accept-encoding", "")
    if zipped or (dialect.always_varies and len(body) >= _GZIP_FROM):
        headers.append(("vary", "Accept-Encoding"))
    if zipped:
        body = gzip.compress(body, mtime=0)
        headers.append(("content-encoding", "gzip"))
    if "origin" in request.headers:
        headers += [
            ("access-control-allow-origin", "*"),
            ("access-control-allow-credentials", "true"),
        ]
    return ServerResponse(plain.status, body, plain.content_type, tuple(headers))


def _is_preflight(request: Received) -> bool:
    return request.method == "OPTIONS" and {"origin", "access-control-request-method"} <= set(
        request.headers
    )


def _preflight(request: Received) -> ServerResponse:
    headers = [
        ("vary", "Origin"),
        ("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ("access-control-max-age", "600"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-origin", request.headers["origin"]),
    ]
    if wanted := request.headers.get("access-control-request-headers"):
        headers.append(("access-control-allow-headers", wanted))
    return ServerResponse(200, b"OK", "text/plain; charset=utf-8", tuple(headers))


def _route(dialect: Dialect, store: Store, request: Received) -> ServerResponse:
    target, mark, query = request.path.partition("?")
    # Decoded before it is split, so a %2F divides like any slash.
    path = unquote(target)
    handler = _handler(path)
    if handler is not None:
        return handler(dialect, store, request) if request.method == "GET" else _WRONG_METHOD
    other = path.rstrip("/") if path.endswith("/") else path + "/"
    if _handler(other) is None:
        return NOT_FOUND
    host = request.headers.get("host", "127.0.0.1")
    encoded = quote(other, safe="/:@!$&'()*+,;=")
    location = ("location", f"http://{host}{encoded}{mark}{query}")
    return ServerResponse(307, content_type=None, headers=(location,))


def _handler(path: str) -> _Handler | None:
    segments = path.split("/")[1:]
    if segments and segments[0] == "api":
        del segments[0]
    if segments == [""]:
        return _root
    if "" in segments:
        return None
    handler: _Handler | None = None
    match segments:
        case ["v1", "projects"]:
            handler = _projects
        case ["v1", "projects", project]:
            handler = partial(_project, project)
        case ["v1", project, "sessions", session, "events"]:
            handler = partial(_events, project, session)
        case ["v1", project, "users", user]:
            handler = partial(_user, project, user)
        case ["v1", project, "users", user, "sessions"]:
            handler = partial(_user_sessions, project, user)
        case ["v1", project, "jobs"]:
            handler = partial(_jobs, project)
        case [_, "sessions", _, "events"]:
            handler = _web_app_events
    return handler


def _root(dialect: Dialect, store: Store, request: Received) -> ServerResponse:
    return as_json(200, {})


def _web_app_events(dialect: Dialect, store: Store, request: Received) -> ServerResponse:
    """The web app's own route, which a forgotten project key hits; it takes no API key."""
    return dialect.no_key


def _projects(dialect: Dialect, store: Store, request: Received) -> ServerResponse:
    _check_key(dialect, store, request)
    if dialect.caches_projects and not store.projects_are_fresh():
        return dialect.crash
    rows = sorted(store.projects.values(), key=lambda row: str(row["name"]))
    without_id = [{name: row[name] for name in row if name != "projectId"} for row in rows]
    return as_json(200, {"data": without_id})


def _project(project: str, dialect: Dialect, store: Store, request: Received) -> ServerResponse:
    row = _opened_project(project, dialect, store, request)
    shown = ("projectId", "projectKey", "platform", "name")
    return as_json(200, {"data": {name: row[name] for name in shown}})


def _events(
    project: str, session: str, dialect: Dialect, store: Store, request: Received
) -> ServerResponse:
    # Any valid project opens any session: the server does not compare them.
    _opened_project(project, dialect, store, request)
    problem = _integer_problem(session, "path", "sessionId")
    if problem:
        return as_json(422, {"detail": [problem]})
    id_ = str(_integer(session))
    if id_ in store.poisoned:
        return dialect.crash
    try:
        body = dialect.events(store, id_)
    except KeyError:
        return dialect.crash
    return as_json(200, {"data": []}) if body is None else ServerResponse(200, body)


def _user(
    project: str, user: str, dialect: Dialect, store: Store, request: Received
) -> ServerResponse:
    _opened_project(project, dialect, store, request)
    return as_json(200, {"data": store.user_details.get((project, user))})


def _user_sessions(
    project: str, user: str, dialect: Dialect, store: Store, request: Received
) -> ServerResponse:
    _opened_project(project, dialect, store, request)
    query = parse_qs(request.path.partition("?")[2], keep_blank_values=True)
    dates = {name: query[name][-1] for name in ("start_date", "end_date") if name in query}
    problems = [
        problem
        for name, text in dates.items()
        if (problem := _integer_problem(text, "query", name)) is not None
    ]
    if problems:
        return as_json(422, {"detail": problems})
    rows = store.user_sessions.get((project, user), [])
    if "start_date" in dates:
        rows = [row for row in rows if row["startTs"] >= _integer(dates["start_date"])]
    if "end_date" in dates:
        rows = [row for row in rows if row["startTs"] <= _integer(dates["end_date"])]
    return as_json(200, {"data": rows[:_MOST_SESSIONS]})


def _jobs(project: str, dialect: Dialect, store: Store, request: Received) -> ServerResponse:
    _opened_project(project, dialect, store, request)
    return as_json(200, {"data": []})


def _check_key(dialect: Dialect, store: Store, request: Received) -> None:
    key = request.headers.get("authorization", "")
    if not key:
        raise _RefusedError(dialect.no_key)
    if key != store.api_key:
        raise _RefusedError(_WRONG_KEY)


def _opened_project(
    project: str, dialect: Dialect, store: Store, request: Received
) -> dict[str, Any]:
    """The project's row, for those with the key."""
    _check_key(dialect, store, request)
    if "\0" in project:
        raise _RefusedError(dialect.crash)
    if project not in store.projects:
        raise _RefusedError(_NO_PROJECT)
    return store.projects[project]


def _integer_problem(text: str, *where: str) -> dict[str, object] | None:
    """Return the server's complaint about an integer, with all of it; None if it accepts it."""
    stripped = text.strip()
    if len(stripped) > _LONGEST_INTEGER:
        kind, why = "int_parsing_size", "exceeded maximum size"
        message = f"Unable to parse input string as an integer, {why}"
    elif not re.fullmatch(r"[+-]?[0-9]+(_[0-9]+)*(\.0+)?", stripped):
        kind = "int_parsing"
        message = "Input should be a valid integer, unable to parse string as an integer"
    else:
        return None
    return {"type": kind, "loc": where, "msg": message, "input": text}


def _integer(text: str) -> int:
    return int(text.strip().partition(".")[0])
