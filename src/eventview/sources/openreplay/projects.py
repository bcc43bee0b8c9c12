"""The projects of a server: their keys, names and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from eventview.errors import (
    EventviewError,
    InvalidDataError,
    NotAuthorisedError,
    NotFoundError,
    UnavailableError,
)
from eventview.session.source import OnStatus, SessionRef, ignore_status
from eventview.session.text import clean
from eventview.sources.openreplay.base_urls import Endpoint, projects_url
from eventview.sources.openreplay.connection import Connection
from eventview.sources.openreplay.http_errors import (
    Subject,
)
from eventview.sources.openreplay.request_log import mask_key
from eventview.sources.openreplay.responses import text_field
from eventview.sources.openreplay.transport import Transport

_KEY: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
"""Form of keys that are remembered; OpenReplay's have 20 letters and digits."""

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
"""Form of numbers that are remembered, as in replay links."""

_MOST_LISTED: Final = 100
"""Limit of projects in the second API's list, which does not say that there are more."""


class Project(NamedTuple):
    """A project; all texts cleaned."""

    key: str
    name: str
    number: str
    """Number in replay links; "" if unknown."""


class FailingError(UnavailableError):
    """The API exists but answers 500 to a request for projects.

    Args:
        failure: the failure to take the message from.
        endpoint: the API that answered.
    """

    def __init__(self, failure: EventviewError, endpoint: Endpoint) -> None:
        super().__init__(failure.message, reason=failure.reason, hint=failure.hint)
        self.endpoint = endpoint


def list_projects(
    connection: Connection, transport: Transport, *, is_patient: bool = True
) -> tuple[Endpoint, Sequence[Project]]:
    """Find a server's API, and list its projects.

    Releases 1.23 to 1.26 list them once in 20 s and process, and answer 500 in between, because
    their route removes the numbers from the list that it caches.

    Args:
        connection: the server.
        transport: an open client for it.
        is_patient: True to wait until that pause is over.

    Raises:
        FailingError: the API exists but does not list the projects.
        EventviewError: the request failed, as in `RemoteSession.batches`.
    """
    endpoint, data = _find_api(connection, transport, is_patient=is_patient)
    rows = data if isinstance(data, list) else []
    listed = [_read_project(row) for row in rows if isinstance(row, Mapping)]
    _remember(connection, listed)
    return endpoint, listed


def fetch_project(
    connection: Connection, transport: Transport, key: str
) -> tuple[Endpoint, Project]:
    """Find a server's API, and return one project by its key, which has no pause.

    Raises:
        NotFoundError: the server does not know the project, or has no API.
        NotAuthorisedError: the second API does not know the project, or refuses the key.
        FailingError: the API exists but answers 500.
        EventviewError: the request failed.
    """
    endpoint, data = _find_api(connection, transport, key)
    if not isinstance(data, Mapping):
        raise InvalidDataError(
            "The server's answer is not a project.",
            reason="Its data have another form.",
            hint="Check --url; something else may be answering there.",
        )
    project = _read_project(data)
    _remember(connection, [project])
    return endpoint, project


def fetch_project_key(
    connection: Connection, number: str, on_status: OnStatus = ignore_status
) -> str:
    """Return the key of the project with a number from a replay link.

    Raises:
        NotFoundError: this API key opens no such project.
        EventviewError: the server cannot be asked.
    """
    with Transport(connection.server, on_status) as transport:
        known = find_remembered(connection, transport, number)
        if known is None:
            endpoint, projects = list_projects(connection, transport)
            return find_by_number(connection, transport, endpoint, projects, number).key
        return known[1].key


def fetch_project_number(
    connection: Connection, key: str, on_status: OnStatus = ignore_status
) -> str:
    """Return the number in replay links of the project with a key.

    Raises:
        NotFoundError: the server does not know the project, or not its number.
        EventviewError: the server cannot be asked.
    """
    with Transport(connection.server, on_status) as transport:
        _, known = fetch_project(connection, transport, key)
    if not (known.number.isascii() and known.number.isdecimal()):
        raise NotFoundError(
            "The server does not give the project's number.",
            reason="A replay link needs it.",
            hint="Add it to a profile as project_id, with url and project.",
        )
    return known.number


def find_remembered(
    connection: Connection, transport: Transport, number: str
) -> tuple[Endpoint, Project] | None:
    """Return a remembered project by its number; None for none.

    The server is asked to confirm it, as another server may be at this address by now.

    Raises:
        EventviewError: the server cannot be asked.
    """
    kept = connection.api_cache.project_numbers(connection.root)
    # A project with this number comes before those without a known number.
    for key in sorted(kept, key=lambda key: kept[key] != number):
        if kept[key] not in {number, ""}:
            continue
        try:
            endpoint, project = fetch_project(connection, transport, key)
        except (NotFoundError, InvalidDataError):
            continue
        except (NotAuthorisedError, FailingError):
            # All projects are asked for next, and that answer is the one to report.
            return None
        if project.number == number:
            return endpoint, project
    return None


def find_by_number(
    connection: Connection,
    transport: Transport,
    endpoint: Endpoint,
    projects: Sequence[Project],
    number: str,
) -> Project:
    """Return the listed project that has a number.

    Raises:
        NotFoundError: none of them has it.
        EventviewError: the server cannot be asked.
    """
    kept = connection.api_cache.project_numbers(connection.root)
    for project in projects:
        # The first API's list has no numbers; they come one project at a time.
        if (project.number or kept.get(project.key) or number) != number:
            continue
        known = project if project.number else fetch_project(connection, transport, project.key)[1]
        if known.number == number:
            return known
    is_cut_off = endpoint.api == "v2" and len(projects) >= _MOST_LISTED
    raise NotFoundError(
        f"The server has no project with the number {clean(number)}.",
        reason=f"None of the first {_MOST_LISTED} has it, and the server lists no more."
        if is_cut_off
        else "None of the projects that this API key opens has it.",
        hint="Check the link, and that the key is from the same organisation; or give the "
        "project's key: eventview PROJECT SESSION.",
    )


def _find_api(
    connection: Connection, transport: Transport, key: str = "", *, is_patient: bool = True
) -> tuple[Endpoint, object]:
    """Return the endpoint that answers, and its data on one project, or on all for ""."""
    subject: Subject = "project" if key else "projects"
    session_ref = SessionRef(clean(key), place=connection.place)

    def ask(endpoint: Endpoint) -> object:
        pause_s, reason = 0.0, ""
        if endpoint.api == "v1" and not key:
            pause_s = connection.server.retry_policy.list_pause_s if is_patient else math.inf
            reason = f"releases 1.23 to 1.26 list their projects once in {pause_s:g} s"
        answer = transport.get(
            projects_url(endpoint, key),
            bearer=endpoint.api == "v2",
            pause_s=pause_s,
            pause_reason=reason,
        )
        try:
            return connection.read_data(answer, session_ref, endpoint, subject)
        except EventviewError as failure:
            if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                raise FailingError(failure, endpoint) from None
            raise

    return connection.try_endpoints(ask)


def _remember(connection: Connection, projects: Iterable[Project]) -> None:
    """Remember the numbers of projects for the next link, if they are well-formed.

    A server may repeat the API key, which must not be written to a file.
    """
    numbers = {
        each.key: each.number if _NUMBER.fullmatch(each.number) else ""
        for each in projects
        if _KEY.fullmatch(each.key) and mask_key(each.key, connection.server.key) == each.key
    }
    connection.api_cache.remember_numbers(connection.root, numbers)


def _read_project(row: Mapping[str, object]) -> Project:
    return Project(
        text_field(row, "projectKey"), text_field(row, "name"), text_field(row, "projectId")
    )
