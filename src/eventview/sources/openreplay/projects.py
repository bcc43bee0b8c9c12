"""The projects of a server: their keys, names and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from eventview.errors import InvalidDataError, NotAuthorisedError, NotFoundError
from eventview.session.source import OnStatus, SessionRef, ignore_status
from eventview.session.text import clean
from eventview.sources.openreplay.api import Api, read_data
from eventview.sources.openreplay.connection import Connection
from eventview.sources.openreplay.http_errors import FailingError, Subject
from eventview.sources.openreplay.request_log import mask_key
from eventview.sources.openreplay.responses import HttpRequest, text_field

_KEY: Final = r"(?a)[\w.-]{1,64}"
"""Form of keys that are remembered; OpenReplay's have 20 letters and digits."""

_NUMBER: Final = r"[0-9]{1,9}"
"""Form of numbers that are remembered, as in replay links."""

_MOST_LISTED: Final = 100
"""Limit of projects in the second API's list, which does not say that there are more."""


class Project(NamedTuple):
    """A project; all texts cleaned."""

    key: str
    name: str
    number: str
    """Number in replay links; "" if unknown."""


def list_projects(api: Api, *, is_patient: bool = True) -> Sequence[Project]:
    """Find a server's API, and list its projects.

    Releases 1.23 to 1.26 list them once in 20 s and process, and answer 500 in between, because
    their route removes the numbers from the list that it caches.

    Args:
        api: the server.
        is_patient: True to wait until that pause is over.

    Raises:
        FailingError: the API exists but does not list the projects.
        EventviewError: the request failed, as in `RemoteSession.batches`.
    """
    data = _find_api(api, is_patient=is_patient)
    rows = data if isinstance(data, list) else []
    listed = [_read_project(row) for row in rows if isinstance(row, Mapping)]
    _remember(api.connection, listed)
    return listed


def fetch_project(api: Api, key: str) -> Project:
    """Find a server's API, and return one project by its key, which has no pause.

    Raises:
        NotFoundError: the server does not know the project, or has no API.
        NotAuthorisedError: the second API does not know the project, or refuses the key.
        FailingError: the API exists but answers 500.
        EventviewError: the request failed.
    """
    data = _find_api(api, key)
    if not isinstance(data, Mapping):
        raise InvalidDataError(
            "The server's answer is not a project.",
            reason="Its data have another form.",
            hint="Check --url; something else may be answering there.",
        )
    project = _read_project(data)
    _remember(api.connection, [project])
    return project


def fetch_project_key(
    connection: Connection, number: str, on_status: OnStatus = ignore_status
) -> str:
    """Return the key of the project with a number from a replay link.

    Raises:
        NotFoundError: this API key opens no such project.
        EventviewError: the server cannot be asked.
    """
    with Api(connection, on_status) as api:
        known = find_remembered(api, number) or find_by_number(api, list_projects(api), number)
        return known.key


def fetch_project_number(
    connection: Connection, key: str, on_status: OnStatus = ignore_status
) -> str:
    """Return the number in replay links of the project with a key.

    Raises:
        NotFoundError: the server does not know the project, or not its number.
        EventviewError: the server cannot be asked.
    """
    with Api(connection, on_status) as api:
        known = fetch_project(api, key)
    if not (known.number.isascii() and known.number.isdecimal()):
        raise NotFoundError(
            "The server does not give the project's number.",
            reason="A replay link needs it.",
            hint="Add it to a profile as project_id, with url and project.",
        )
    return known.number


def find_remembered(api: Api, number: str) -> Project | None:
    """Return a remembered project by its number; None for none.

    The server is asked to confirm it, as another server may be at this address by now.

    Raises:
        EventviewError: the server cannot be asked.
    """
    kept = api.connection.api_cache.project_numbers(api.connection.root)
    # A project with this number comes before those without a known number.
    for key in sorted(kept, key=lambda key: kept[key] != number):
        if kept[key] not in {number, ""}:
            continue
        try:
            project = fetch_project(api, key)
        except (NotFoundError, InvalidDataError):
            continue
        except (NotAuthorisedError, FailingError):
            # All projects are asked for next, and that answer is the one to report.
            return None
        if project.number == number:
            return project
    return None


def find_by_number(api: Api, projects: Sequence[Project], number: str) -> Project:
    """Return the listed project that has a number.

    Raises:
        NotFoundError: none of them has it.
        EventviewError: the server cannot be asked.
    """
    kept = api.connection.api_cache.project_numbers(api.connection.root)
    for project in projects:
        # The first API's list has no numbers; they come one project at a time.
        if (project.number or kept.get(project.key) or number) != number:
            continue
        known = project if project.number else fetch_project(api, project.key)
        if known.number == number:
            return known
    is_cut_off = api.endpoint.api == "v2" and len(projects) >= _MOST_LISTED
    raise NotFoundError(
        f"The server has no project with the number {clean(number)}.",
        reason=f"None of the first {_MOST_LISTED} has it, and the server lists no more."
        if is_cut_off
        else "None of the projects that this API key opens has it.",
        hint="Check the link, and that the key is from the same organisation; or give the "
        "project's key: eventview PROJECT SESSION.",
    )


def _find_api(api: Api, key: str = "", *, is_patient: bool = True) -> object:
    """Return the data on one project, or on all for "", of the endpoint that answers."""
    subject: Subject = "project" if key else "projects"
    session_ref = SessionRef(clean(key), place=api.connection.place)

    def ask() -> Iterator[object]:
        pause_s, reason = 0.0, ""
        if api.endpoint.api == "v1" and not key:
            pause_s = api.connection.server.retry_policy.list_pause_s if is_patient else math.inf
            reason = f"releases 1.23 to 1.26 list their projects once in {pause_s:g} s"
        url = api.endpoint.url("projects", *[key] if key else [])
        request = HttpRequest(url, pause_s=pause_s, pause_reason=reason)
        yield api.fetch(request, subject, session_ref, read_data)

    [data] = api.try_endpoints(ask)
    return data


def _remember(connection: Connection, projects: Iterable[Project]) -> None:
    """Remember the numbers of projects for the next link, if they are well-formed.

    A server may repeat the API key, which must not be written to a file.
    """
    numbers = {
        each.key: each.number if re.fullmatch(_NUMBER, each.number) else ""
        for each in projects
        if re.fullmatch(_KEY, each.key) and mask_key(each.key, connection.server.key) == each.key
    }
    connection.api_cache.remember_numbers(connection.root, numbers)


def _read_project(row: Mapping[str, object]) -> Project:
    return Project(
        text_field(row, "projectKey"), text_field(row, "name"), text_field(row, "projectId")
    )
