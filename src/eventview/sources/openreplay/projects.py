"""The projects of a server: their keys, names and numbers.

May import `eventview.errors`, `eventview.model` and `eventview.sources`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

from eventview.errors import EventviewError, NotFoundError, NotUnderstoodError
from eventview.model.source import Origin, Say, nobody
from eventview.model.text import clean
from eventview.sources.body import read_json
from eventview.sources.openreplay.addresses import Endpoint, projects_url
from eventview.sources.openreplay.desk import Desk, WrongPrefixError
from eventview.sources.openreplay.refusals import (
    Answer,
    is_wrong_prefix,
    no_api,
    not_a_session,
    refusal,
)
from eventview.sources.openreplay.transport import Transport

_MOST_LISTED: Final = 100
"""Projects that the second API lists, without a word that there are more."""


class Project(NamedTuple):
    """One project; all texts cleaned."""

    key: str
    name: str
    number: str
    """As in replay links; "" where it is not known."""


def reach(desk: Desk, transport: Transport) -> tuple[Endpoint, Sequence[Project]]:
    """Find out which API a server has, by asking for its projects.

    Raises:
        EventviewError: what `eventview.sources.openreplay.client` says of a session.
    """
    refused: list[Answer] = []
    for endpoint in desk.endpoints():
        try:
            data = _ask(transport, endpoint)
        except WrongPrefixError as wrong:
            refused.append(wrong.answer)
            continue
        desk.found(endpoint)
        rows = data if isinstance(data, list) else []
        return endpoint, [_project(row) for row in rows if isinstance(row, Mapping)]
    raise no_api(refused, transport.place, api=desk.server.api)


def one(transport: Transport, endpoint: Endpoint, key: str) -> Project:
    """A project by its key, with its number.

    Raises:
        EventviewError: the server does not know it, or refuses to say.
    """
    try:
        data = _ask(transport, endpoint, key)
    except WrongPrefixError as wrong:
        raise not_a_session(wrong.answer, clean(endpoint.base)) from None
    if not isinstance(data, Mapping):
        raise NotUnderstoodError("The server's answer is no project.", cause="It has other fields.")
    return _project(data)


def key_of(desk: Desk, number: str, say: Say = nobody) -> str:
    """The key of the project with a number, as replay links have it.

    Raises:
        NotFoundError: this API key opens no such project.
        EventviewError: the server cannot be asked.
    """
    with Transport(desk.server, say) as transport:
        endpoint, projects = reach(desk, transport)
        return numbered(transport, endpoint, projects, number).key


def number_of(desk: Desk, key: str, say: Say = nobody) -> str:
    """The number of the project with a key, as replay links have it.

    Raises:
        NotFoundError: the server does not know the project, or not its number.
        EventviewError: the server cannot be asked.
    """
    with Transport(desk.server, say) as transport:
        endpoint, listed = reach(desk, transport)
        known = next((project for project in listed if project.key == key), None)
        if known is None or not known.number:
            known = one(transport, endpoint, key)
    if not (known.number.isascii() and known.number.isdecimal()):
        raise NotFoundError(
            "The server does not tell the project's number.",
            cause="A replay link needs it.",
            cure="Write it into a profile as project_id, beside url and project.",
        )
    return known.number


def numbered(
    transport: Transport, endpoint: Endpoint, projects: Sequence[Project], number: str
) -> Project:
    """The project among those listed that has a number.

    Raises:
        NotFoundError: none of them has it.
        EventviewError: the server cannot be asked.
    """
    for project in projects:
        # The first API's list has no numbers; they come one project at a time.
        known = project if project.number else one(transport, endpoint, project.key)
        if known.number == number:
            return known
    raise NotFoundError(
        f"The server has no project with the number {clean(number)}.",
        cause=(
            "None of the projects that this API key opens has it."
            if len(projects) < _MOST_LISTED
            else f"None of the first {_MOST_LISTED} has it, and the server lists no more."
        ),
        cure="Check the link, and that the key is of the same organisation; or give the project's "
        "key: eventview PROJECT SESSION.",
    )


def _ask(transport: Transport, endpoint: Endpoint, key: str = "") -> object:
    url = projects_url(endpoint, key)
    answer = transport.get(url, bearer=endpoint.api == "v2")
    if is_wrong_prefix(answer):
        raise WrongPrefixError(answer)
    if answer.status != HTTPStatus.OK:
        raise _refusal(answer, endpoint, key, transport.place)
    try:
        body = read_json(answer.body)
    except NotUnderstoodError:
        body = None
    if not isinstance(body, Mapping) or "data" not in body:
        raise not_a_session(answer, clean(endpoint.base))
    return body["data"]


def _refusal(answer: Answer, endpoint: Endpoint, key: str, place: str) -> EventviewError:
    # Without a project in the question, a refusal can only be about the key.
    api = endpoint.api if key else "v1"
    return refusal(answer, Origin(clean(key), place=place), clean(endpoint.base), api=api)


def _project(row: Mapping[str, object]) -> Project:
    def words(field: str) -> str:
        value = row.get(field)
        return clean(str(value)) if isinstance(value, str | int) else ""

    return Project(words("projectKey"), words("name"), words("projectId"))
