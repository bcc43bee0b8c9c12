"""A session on an OpenReplay server, from either of its APIs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from eventview.errors import InvalidDataError, NotFoundError, UsageError
from eventview.session.source import (
    EARLIEST_MS,
    Batch,
    OnStatus,
    Replay,
    SessionRef,
    ignore_status,
)
from eventview.session.text import clean, shorten
from eventview.sources.openreplay.api import Api, WrongPrefixError
from eventview.sources.openreplay.base_urls import Endpoint
from eventview.sources.openreplay.connection import Connection
from eventview.sources.openreplay.links import replay_url
from eventview.sources.openreplay.page_requests import PAGE_SIZE, PageRequest, TimeSpan
from eventview.sources.openreplay.paging import Pager
from eventview.sources.openreplay.projects import fetch_project_number
from eventview.sources.openreplay.responses import HttpRequest
from eventview.sources.openreplay.transport import run_in_thread

if TYPE_CHECKING:
    from eventview.sources.row_stream import ArrivingAnswer
    from eventview.wire.v2 import EventsPage

# The modules that read an answer are imported once the request is under way.

_COLUMNS: Final = (
    "$properties", "properties", "$auto_captured", "$current_url", "$duration_s", "$user_id",
    "issue_type", "issue_id", "error_id", "$referrer", "$browser", "$os", "$device", "$country",
)  # fmt: skip
"""Columns to request of the second API, in addition to the five that are always sent."""

_PAGE_BYTES: Final = 32 * 2**20
"""Limit of one page: 200 events whose two bodies and addresses the server cuts at 8,000 bytes each,
six times as much when escaped, and stacks."""

_DAY_S: Final = 24 * 60 * 60
_BEFORE_S: Final = _DAY_S
_AFTER_S: Final = 7 * _DAY_S
"""Span around the start in a session's id that is searched first: clocks are off, offline events
come late, sessions last hours. If it is empty, all of time is searched."""

_EPOCH_MS: Final = 1_550_000_000_000
_NEW_LAYOUT: Final = 2**56
"""A session's id holds its start in milliseconds since this epoch, above 24 bits from release
1.15 on and above 16 before; ids of the new layout are larger than this (`backend/pkg/flakeid`)."""


_ID: Final = r"[0-9]{1,20}"


class RemoteSession:
    """A session on an OpenReplay server.

    Args:
        connection: the server.
        project: the project's key.
        session: the session's id, a decimal number.
        project_id: the project's number in replay links; "" if unknown.
        user: the session's user; "" if unknown.

    Raises:
        UsageError: the server's address cannot be used.
    """

    def __init__(
        self,
        connection: Connection,
        project: str,
        session: str,
        project_id: str = "",
        user: str = "",
    ) -> None:
        self._connection = connection
        self._project = project
        self._session = session
        self._path = (project, "sessions", session, "events")
        self._project_id = project_id
        self._pager = Pager()
        self._endpoint: Endpoint | None = None
        self._open: set[Api] = set()
        try:
            connection.endpoints()[0].url(*self._path)
        except UnicodeError:
            raise UsageError(
                "No request can be made from this project and session.",
                hint="Check the project's key and the session's id for stray characters.",
            ) from None
        self.session_ref = SessionRef(clean(project), clean(session), connection.place, clean(user))
        self.command = ("eventview", *connection.options, project, session)

    def replay(self, on_status: OnStatus = ignore_status) -> Replay:
        """Return the replay; ask the server once for the project's number if unknown.

        Raises:
            EventviewError: the server does not give the number.
        """
        if not self._project_id:
            self._project_id = fetch_project_number(self._connection, self._project, on_status)
        url = replay_url(self._connection.root, self._project_id, self._session)
        return Replay(url, start_ms_of_id(self._session))

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Fetch all events from the server; see `eventview.session.source.Source`.

        Raises:
            NotFoundError: no such project or API, or no events.
            EventviewError: as `Api.fetch`.
        """
        with self._open_api(on_status) as api:
            for batch in api.try_endpoints(partial(self._read, api)):
                self._endpoint = api.endpoint
                yield batch

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Yield the events that are missing or new; see `eventview.session.source.Source`.

        All events are fetched again from the first API, while a cancelled fetch is still running,
        and if the server has another API by now.

        Raises:
            EventviewError: see `batches`.
        """
        endpoint = self._endpoint
        if endpoint is not None and endpoint.api == "v2" and not self._open:
            # A server that was upgraded may have its API elsewhere by now.
            with self._open_api(on_status, endpoint) as api, suppress(WrongPrefixError):
                yield from self._pager.rest(partial(self._fetch_page, api), int(time.time()))
                return
        yield from self.batches(on_status)

    @contextmanager
    def _open_api(self, on_status: OnStatus, endpoint: Endpoint | None = None) -> Iterator[Api]:
        with Api(self._connection, on_status, endpoint) as api:
            self._open.add(api)
            try:
                yield api
            finally:
                self._open.discard(api)

    def _read(self, api: Api) -> Iterator[Batch]:
        return self._from_first_api(api) if api.endpoint.api == "v1" else self._from_second_api(api)

    def _from_first_api(self, api: Api) -> Iterator[Batch]:
        batches: SimpleQueue[Batch | None] = SimpleQueue()

        @cache
        def answer() -> ArrivingAnswer:
            from eventview.sources.row_stream import ArrivingAnswer  # noqa: PLC0415  # after the request

            return ArrivingAnswer(batches.put, self._connection.recorder)

        request = HttpRequest(
            api.endpoint.url(*self._path), on_part=lambda part: answer().take(part)
        )
        # The events are yielded here while the answer arrives in that thread.
        fetched = run_in_thread(
            lambda: api.fetch(request, "session", self.session_ref, lambda _: answer().finish()),
            "answer",
        )
        fetched.add_done_callback(lambda _: batches.put(None))
        while (batch := batches.get()) is not None:
            yield batch
        last = fetched.result()
        if last.starts_over and not last.events:
            raise self._no_events()
        yield last

    def _from_second_api(self, api: Api) -> Iterator[Batch]:
        fetch_page = partial(self._fetch_page, api)
        pager = self._pager = Pager()
        self._connection.recorder.begin()
        # No event is later, even if clocks differ.
        everything = TimeSpan(EARLIEST_MS // 1000, int(time.time()) + _DAY_S)
        likely = _likely_span(self._session, everything)
        for span in dict.fromkeys((likely, everything)):
            is_empty = True
            for batch in pager.first(fetch_page, span):
                is_empty = False
                yield batch
            if not is_empty:
                return
        raise self._no_events()

    def _fetch_page(self, api: Api, wanted: PageRequest) -> EventsPage:
        def read(body: bytes) -> EventsPage:
            from eventview.sources.json_reader import read_rows  # noqa: PLC0415  # after the request
            from eventview.wire import v2  # noqa: PLC0415  # after the request

            self._connection.recorder.take(body)
            return v2.read_page(read_rows(body))

        payload = {
            "startTimestamp": wanted.start_ms,
            "endTimestamp": wanted.end_ms,
            "limit": wanted.limit,
            "page": wanted.page,
            "sortBy": "event_id" if wanted.by_id else "created_at",
            "sortOrder": wanted.order,
            "columns": _COLUMNS,
        }
        request = HttpRequest(api.endpoint.url(*self._path), payload, max_bytes=_PAGE_BYTES)
        page = api.fetch(request, "session", self.session_ref, read)
        if len(page.rows) > PAGE_SIZE:
            raise InvalidDataError(
                f"The answer from {clean(api.endpoint.base)} has more events than requested.",
                reason=f"It holds {len(page.rows):,} events; a page has {PAGE_SIZE} at most.",
                hint="Check --url; something else may be answering there.",
            )
        return page

    def _no_events(self) -> NotFoundError:
        if self.session_ref.user:
            return NotFoundError(
                "The session has no events yet.",
                reason=f"The server lists session {shorten(self.session_ref.session_id, 80)} among "
                "those of the user, but gives no events.",
                hint="Try again once the session has ended, or choose another one.",
            )
        return NotFoundError(
            "No events: unknown session, or nothing recorded yet; the server does not say which.",
            reason=f"Asked for session {shorten(self.session_ref.session_id, 80)}.",
            hint="Check the session id, or try again once the session has ended.",
        )


def start_ms_of_id(session: str) -> int:
    """Return the start in a session's id, in epoch milliseconds by the server's clock."""
    number = int(session)
    return (number >> (24 if number >= _NEW_LAYOUT else 16)) + _EPOCH_MS


def _likely_span(session: str, everything: TimeSpan) -> TimeSpan:
    """Return the likely span of a session's events; all of time if its id has no valid start."""
    if not re.fullmatch(_ID, session):
        return everything
    start_s = start_ms_of_id(session) // 1000
    if not everything.start_s <= start_s <= everything.end_s:
        return everything
    return TimeSpan(start_s - _BEFORE_S, min(start_s + _AFTER_S, everything.end_s))
