"""The sessions of one user, from either API."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from eventview.errors import InvalidDataError, NotFoundError, UsageError
from eventview.progress import report_count
from eventview.session.source import (
    EARLIEST_MS,
    OnStatus,
    SessionList,
    SessionRef,
    SessionSummary,
    ignore_status,
)
from eventview.session.text import clean, shorten
from eventview.sources.openreplay.api import Api, read_data
from eventview.sources.openreplay.connection import Connection
from eventview.sources.openreplay.page_requests import IDLE_PASSES, PASSES
from eventview.sources.openreplay.responses import HttpRequest, text_field
from eventview.wire.v2 import RESOLUTION_MS, unescape_strings

_FIRST_API_LIMIT: Final = 50
"""Limit of the first API's list, which does not say that there are more."""

_SECOND_API_LIMIT: Final = 200

_FREE_REQUESTS: Final = 500
_SESSIONS_PER_REQUEST: Final = 10
"""Limit of requests for a list: the free ones, and one more for each ten sessions. Dividing spans
by the sessions that came takes two requests for 45."""

_ENDLESS: Final = "the server's answers do not come to an end"
_DAY_MS: Final = 24 * 60 * 60 * 1000


class UserSessions:
    """The sessions of a user on a server.

    Args:
        connection: the server.
        project: the project's key.
        user: the user's id, as the page gave it to the tracker.
    """

    def __init__(self, connection: Connection, project: str, user: str) -> None:
        self._connection = connection
        self._project = project
        self._user = user
        self.session_ref = SessionRef(clean(project), clean(user), place=connection.place)

    def sessions(self, on_status: OnStatus = ignore_status) -> SessionList:
        """Return all sessions, the latest first.

        Raises:
            NotFoundError: there are none.
            UsageError: the user's id cannot be part of a request.
            EventviewError: the request failed, as in `RemoteSession.batches`.
        """
        try:
            self._connection.endpoints()[0].url(self._project, self._user)
        except UnicodeError:
            raise UsageError(
                "No request can be made for this project and user.",
                reason="They have characters that a URL cannot hold.",
                hint="Check the project's key and the user's id for stray characters.",
            ) from None
        if "/" in self._user:
            raise UsageError(
                "A server cannot be asked for a user whose id has a slash in it.",
                reason="Both of its APIs end the id at the slash.",
                hint="Open the session by its id or replay link.",
            )
        with Api(self._connection, on_status) as api:
            [(found, shortfall)] = api.try_endpoints(partial(self._read, api))
            if not found:
                # It is raised in here, so that the key is masked in it.
                raise NotFoundError(
                    f"No sessions of user {shorten(self.session_ref.session_id, 80)}.",
                    reason="The server does not say whether it knows the user.",
                    hint="Check the user's id, as the page gave it to the tracker; capitals count.",
                )
        latest_first = sorted(found.values(), key=lambda each: each.start_ms or 0, reverse=True)
        return SessionList(latest_first, shortfall)

    def _read(self, api: Api) -> Iterator[tuple[dict[str, SessionSummary], str]]:
        """Yield the sessions by their ids, and the reason why some are missing; "" for none."""
        read = self._read_first_api if api.endpoint.api == "v1" else self._read_second_api
        yield read(api)

    def _read_first_api(self, api: Api) -> tuple[dict[str, SessionSummary], str]:
        """Request ever narrower spans of time, as the answer to each has at most 50 sessions.

        They are sorted by id, which is only nearly by start, so a full answer does not show
        where the next ones begin.
        """
        found: dict[str, SessionSummary] = {}
        spans = [(EARLIEST_MS, int(time.time() * 1000) + _DAY_MS)]
        shortfall = ""
        requests = 0
        while spans:
            requests += 1
            if requests > _FREE_REQUESTS + len(found) // _SESSIONS_PER_REQUEST:
                return found, _ENDLESS
            start_ms, end_ms = spans.pop()
            listed = self._read_rows(self._fetch(api, start_date=start_ms, end_date=end_ms))
            found |= {each.session_id: each for each in listed}
            report_count("reading", len(found), unit="sessions")
            if len(listed) < _FIRST_API_LIMIT:
                continue
            if start_ms == end_ms:
                shortfall = "more than 50 began in one millisecond, the rest cannot be listed"
                continue
            middle = _split_time(start_ms, end_ms, [each.start_ms or 0 for each in listed])
            spans += [(middle + 1, end_ms), (start_ms, middle)]
        return found, shortfall

    def _read_second_api(self, api: Api) -> tuple[dict[str, SessionSummary], str]:
        """Read all pages repeatedly, until as many sessions have come as the server counts.

        The server sorts by whole seconds and breaks ties anew for each page.
        """
        found: dict[str, SessionSummary] = {}
        idle = 0
        for number in range(PASSES):
            before = len(found)
            order = "desc" if number % 2 else "asc"
            total = self._read_pass(api, order, found)
            if total is None:
                return found, _ENDLESS
            if len(found) >= total:
                return found, ""
            idle = idle + 1 if len(found) == before else 0
            if idle == IDLE_PASSES:
                break
        return found, f"{len(found):,} of {total:,}, the server did not send the others"

    def _read_pass(self, api: Api, order: str, found: dict[str, SessionSummary]) -> int | None:
        """Add the sessions of all pages; return the server's count, or None for endless pages."""
        seen: set[str] = set()
        total = 0
        for number in range(1, _FREE_REQUESTS):
            asked = {
                "startTimestamp": EARLIEST_MS,
                "endTimestamp": int(time.time() * 1000) + _DAY_MS,
                "limit": _SECOND_API_LIMIT,
                "page": number,
                "sortOrder": order,
            }
            data = self._fetch(api, asked)
            payload = data if isinstance(data, Mapping) else {"sessions": data}
            rows = unescape_strings(payload.get("sessions"))
            listed = self._read_rows(rows, RESOLUTION_MS)
            if not listed:
                return total
            counted = payload.get("total")
            # A page past the end counts 0.
            total = max(total, counted if type(counted) is int else 0)
            own = {each.session_id: each for each in listed}
            is_new = not own.keys() <= seen
            seen |= own.keys()
            found |= own
            report_count("reading", len(found), total, "sessions")
            if number * _SECOND_API_LIMIT >= total or not is_new:
                return total
        return None

    def _fetch(self, api: Api, payload: Mapping[str, object] | None = None, **query: int) -> object:
        url = api.endpoint.url(self._project, "users", self._user, "sessions", **query)
        return api.fetch(HttpRequest(url, payload), "user", self.session_ref, read_data)

    def _read_rows(self, rows: object, resolution_ms: int = 1) -> Sequence[SessionSummary]:
        # The server sends `null` when there are none.
        if rows is not None and not isinstance(rows, list):
            raise InvalidDataError(
                "The server's answer is not a list of sessions.",
                reason=f"The data from {self.session_ref.place} have another form.",
                hint="Check --url; something else may be answering there.",
            )
        return [_summary(row, resolution_ms) for row in rows or () if isinstance(row, Mapping)]


def _split_time(start_ms: int, end_ms: int, starts: Sequence[int]) -> int:
    """Return a time that divides a span so that its first part has a few less than 50 sessions."""
    likely = sorted(starts)[_FIRST_API_LIMIT - 5]
    if start_ms <= likely < end_ms:
        return likely
    earliest = min(starts)
    return earliest - 1 if start_ms < earliest <= end_ms else (start_ms + end_ms) // 2


def _summary(row: Mapping[str, object], resolution_ms: int) -> SessionSummary:
    start, end = _whole_number(row, "startTs"), _whole_number(row, "endTs")
    duration = _whole_number(row, "duration")
    if duration is None and start is not None and end is not None:
        # The second API gives the end instead.
        duration = end - start
    return SessionSummary(
        _session_id(row),
        start,
        duration,
        events=_whole_number(row, "eventsCount"),
        pages=_whole_number(row, "pagesCount"),
        errors=_whole_number(row, "errorsCount"),
        browser=text_field(row, "userBrowser"),
        system=text_field(row, "userOs"),
        country=text_field(row, "userCountry"),
        resolution_ms=resolution_ms,
    )


def _session_id(row: Mapping[str, object]) -> str:
    """Return a session's id without leading zeros, with which a server may not find it."""
    session = text_field(row, "sessionId")
    return session.lstrip("0") or session[-1:]


def _whole_number(row: Mapping[str, object], field: str) -> int | None:
    value = row.get(field)
    return value if type(value) is int else None
