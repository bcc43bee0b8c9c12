"""The sessions of one user, from either API.

May import `eventview.model`, `eventview.errors` and its neighbours in `sources`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from eventview.errors import NotFoundError, NotUnderstoodError, UsageError
from eventview.model.source import Origin, Say, nobody
from eventview.model.summaries import Summary
from eventview.model.text import clean, shorten
from eventview.sources.body import read_json
from eventview.sources.openreplay.addresses import Endpoint, host, user_sessions_url
from eventview.sources.openreplay.client import EARLIEST_S, Desk, WrongPrefixError
from eventview.sources.openreplay.refusals import (
    Answer,
    is_wrong_prefix,
    no_api,
    not_a_session,
    refusal,
)
from eventview.sources.openreplay.transport import Transport
from eventview.sources.openreplay.v2 import RESOLUTION_MS, unescaped

_FIRST_API_LIMIT: Final = 50
"""The most that the first API lists at once, without a word that there are more."""

_SECOND_API_LIMIT: Final = 200
_DAY_MS: Final = 24 * 60 * 60 * 1000


class User:
    """A user whose sessions are asked for.

    Args:
        desk: where to ask.
        project: the project's key.
        user: the user's id, as the page gave it to the tracker.
    """

    def __init__(self, desk: Desk, project: str, user: str) -> None:
        self._desk = desk
        self._project = project
        self._user = user
        place = clean(host(desk.server.url))
        self.origin = Origin(clean(project), clean(user), place=place)

    def sessions(self, say: Say = nobody) -> Sequence[Summary]:
        """All sessions, the latest first.

        Raises:
            NotFoundError: there are none.
            EventviewError: as `eventview.sources.openreplay.client` says of a session.
        """
        refused: list[Answer] = []
        with Transport(self._desk.server, say) as transport:
            for endpoint in self._desk.endpoints():
                listed = self._of_first_api if endpoint.api == "v1" else self._of_second_api
                try:
                    found = listed(transport, endpoint)
                except WrongPrefixError as wrong:
                    refused.append(wrong.answer)
                    continue
                self._desk.found(endpoint)
                if not found:
                    raise NotFoundError(
                        f"No sessions of user {shorten(self.origin.session_id, 80)}.",
                        cause="The server does not tell whether it knows the user.",
                        cure="Check the user's id, as the page gave it to the tracker; capitals "
                        "count.",
                    )
                return sorted(found.values(), key=lambda each: each.start_ms or 0, reverse=True)
        raise no_api(refused, self.origin.place)

    def _of_first_api(self, transport: Transport, endpoint: Endpoint) -> dict[str, Summary]:
        """Walk through the list, which begins at a moment and ends after 50, oldest first."""
        found: dict[str, Summary] = {}
        start_ms, end_ms = 0, int(time.time() * 1000) + _DAY_MS
        while True:
            url = user_sessions_url(
                endpoint, self._project, self._user, start_ms=start_ms, end_ms=end_ms
            )
            data = self._data(transport, transport.get(url), endpoint)
            rows = data if isinstance(data, list) else []
            listed = [_summary(row) for row in rows if isinstance(row, Mapping)]
            found |= {each.session_id: each for each in listed}
            if len(rows) < _FIRST_API_LIMIT:
                return found
            latest = max(each.start_ms or 0 for each in listed) if listed else start_ms
            # Others may have begun in the same millisecond; but never ask the same twice.
            start_ms = latest if latest > start_ms else start_ms + 1

    def _of_second_api(self, transport: Transport, endpoint: Endpoint) -> dict[str, Summary]:
        if "/" in self._user:
            raise UsageError(
                "This server cannot be asked for a user whose id has a slash in it.",
                cause="Its second API takes the slash for the end of the id.",
                cure="Open the session by its id or replay link.",
            )
        found: dict[str, Summary] = {}
        number, total = 1, 1
        while (number - 1) * _SECOND_API_LIMIT < total:
            answer = transport.post(
                user_sessions_url(endpoint, self._project, self._user),
                {
                    "startTimestamp": EARLIEST_S * 1000,
                    "endTimestamp": int(time.time() * 1000) + _DAY_MS,
                    "limit": _SECOND_API_LIMIT,
                    "page": number,
                    "sortOrder": "asc",
                },
            )
            data = self._data(transport, answer, endpoint)
            told = data if isinstance(data, Mapping) else {}
            # `null` when there are none.
            rows = unescaped(told.get("sessions")) or []
            counted = told.get("total")
            if not rows:
                break
            total = counted if type(counted) is int else 0
            listed = [_short_summary(row) for row in rows if isinstance(row, Mapping)]
            found |= {each.session_id: each for each in listed}
            number += 1
        return found

    def _data(self, transport: Transport, answer: Answer, endpoint: Endpoint) -> object:
        if is_wrong_prefix(answer):
            raise WrongPrefixError(answer)
        base = clean(endpoint.base)
        if answer.status != HTTPStatus.OK:
            raise refusal(answer, self.origin, base, api=endpoint.api)
        try:
            body = read_json(answer.body)
        except NotUnderstoodError:
            body = None
        if not isinstance(body, Mapping) or "data" not in body:
            raise not_a_session(transport.masked(answer), base)
        return body["data"]


def _summary(row: Mapping[str, object]) -> Summary:
    return Summary(
        _words(row, "sessionId"),
        _whole(row, "startTs"),
        _whole(row, "duration"),
        events=_whole(row, "eventsCount"),
        pages=_whole(row, "pagesCount"),
        errors=_whole(row, "errorsCount"),
        browser=_words(row, "userBrowser"),
        system=_words(row, "userOs"),
        country=_words(row, "userCountry"),
    )


def _short_summary(row: Mapping[str, object]) -> Summary:
    start, end = _whole(row, "startTs"), _whole(row, "endTs")
    return Summary(
        _words(row, "sessionId"),
        start,
        None if start is None or end is None else end - start,
        events=_whole(row, "eventsCount"),
        resolution_ms=RESOLUTION_MS,
    )


def _words(row: Mapping[str, object], field: str) -> str:
    value = row.get(field)
    return clean(str(value)) if isinstance(value, str | int) else ""


def _whole(row: Mapping[str, object], field: str) -> int | None:
    value = row.get(field)
    return value if type(value) is int else None
