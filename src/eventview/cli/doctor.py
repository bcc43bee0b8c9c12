"""What is configured and whether it works, for `eventview --doctor`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from eventview.cli import resolve
from eventview.config import credentials, settings
from eventview.config.settings import Setting, Settings
from eventview.errors import (
    EventviewError,
    NotAuthorisedError,
    NotFoundError,
    UsageError,
)
from eventview.session.source import OnStatus
from eventview.session.text import clean, shorten
from eventview.sources.openreplay import links, projects
from eventview.sources.openreplay.base_urls import Endpoint, projects_url, root
from eventview.sources.openreplay.connection import Connection
from eventview.sources.openreplay.links import Link
from eventview.sources.openreplay.network import proxy_for, refuse_plain_http
from eventview.sources.openreplay.projects import Project
from eventview.sources.openreplay.request_log import concealed
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.sources.openreplay.transport import Transport
from eventview.sources.openreplay.users import UserSessions

_VERSIONS = {"v1": "v1 (releases up to 1.26)", "v2": "v2 (releases from 1.27, and the cloud)"}

_MOST_NAMED = 10
"""Projects that a failure names."""

_NO_PROJECT = "-"
"""A key that no project has."""


class CheckResult(NamedTuple):
    """One thing that was looked at."""

    name: str
    value: str
    origin: str = ""
    """Where the value is from; may be empty."""
    failure: EventviewError | None = None
    """Why it does not work; None where it does."""
    is_warning: bool = False
    """True where all that was asked for works without it."""


class _Asked(NamedTuple):
    """What the command line and the configuration want to be looked at."""

    project: Setting | None
    """The project's key."""
    number: Setting | None
    """The project's number, as configured for that key and server."""
    link: Link | None
    session: str
    user: str


class _Found(NamedTuple):
    """The answer of a server to a question about its projects."""

    endpoint: Endpoint
    project: Project | None = None
    """The one asked for; None where it was not asked for, or is not known."""
    listed: Sequence[Project] = ()
    is_listed: bool = False
    failure: projects.FailingError | None = None
    """Why it does not list them, where it does not."""


def findings(
    request: resolve.SourceRequest,
    around: resolve.RunContext,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[CheckResult]:
    """Look at one thing after the other, up to the first that the others need and that fails.

    Args:
        request: the command line; a project's key, a session's id, both, or a replay link.
        around: where to look.
        clock: seconds, to tell how long the server takes.
    """
    options = request.options or settings.ConnectionOptions()
    step = "command line"
    try:
        link, project, session = _named(request)
        step = "configuration file"
        known = settings.settings(options, around.environment)
        yield _file(known)
        if link is not None:
            step = "link"
            known = settings.for_link(link, options, known)
            yield CheckResult("link", f"project number {link.project_id}", clean(link.host))
        step = "server"
        url = settings.required_url(known)
        yield from _server(url, known)
        yield CheckResult("API asked for", *known.api)
        step = "API key"
        key = credentials.api_key(known, None)
        yield CheckResult("API key", key.masked(), key.origin)
        step = "project"
        named = Setting(project, "the command line") if project else known.project
        place = resolve.connection(known, request, around, named.value if named else None, key)
    except EventviewError as failure:
        yield CheckResult(step, "cannot be used", failure=failure)
        return
    number = known.project_id
    if number and not (named and known.url and named.origin == known.url.origin == number.origin):
        # It is another project's or another server's.
        number = None
    asked = _Asked(named, number, link, session, (request.user or "").strip())
    yield from _asked(place, asked, around.on_status, clock)


def _named(request: resolve.SourceRequest) -> tuple[Link | None, str, str]:
    """The link, the project's key and the session's id that a command line names.

    Raises:
        UsageError: it names something else.
    """
    words = [word.strip() for word in request.words]
    if request.is_demo or len(words) > 2 or (len(words) == 2 and links.is_link(words[0])):
        raise UsageError(
            "--doctor looks at a project, a session or a link, and takes nothing else.",
            hint="For instance: eventview PROJECT SESSION --doctor.",
        )
    match words:
        case [word] if links.is_link(word):
            link = links.parse(word)
            return link, "", links.session_id(link.session_id)
        case [word] if word.isdecimal():
            return None, "", links.session_id(word)
        case [word]:
            return None, links.project_key(word), ""
        case [first, second]:
            return None, links.project_key(first), links.session_id(second)
    return None, "", ""


def _server(url: str, known: Settings) -> Iterator[CheckResult]:
    """Look at the way to the server.

    Raises:
        UsageError: its proxy cannot be used, or the key would go there unencrypted.
    """
    base = root(url)
    allowed_by = known.insecure_origin
    if not allowed_by:
        refuse_plain_http(url)
    yield CheckResult("server", base, known.url.origin if known.url else "")
    if allowed_by and base.startswith("http:"):
        yield CheckResult("encryption", "none, the key goes in clear", allowed_by)
    proxy = proxy_for(base)
    if proxy is not None:
        yield CheckResult("proxy", proxy.place, proxy.variable)


def _file(known: Settings) -> CheckResult:
    if known.file is None:
        return CheckResult("configuration file", f"none at {clean(str(settings.config_path()))}")
    name = known.profile_name or "none"
    return CheckResult("configuration file", clean(str(known.file)), f"profile {clean(name)}")


def _asked(
    connection: Connection, asked: _Asked, on_status: OnStatus, clock: Callable[[], float]
) -> Iterator[CheckResult]:
    step = "API found"
    try:
        with Transport(connection.server, on_status) as transport:
            found = _find_project(connection, transport, asked)
            yield CheckResult(
                "API found", _VERSIONS[found.endpoint.api], clean(found.endpoint.base)
            )
            yield _measure_round_trip(transport, found, clock)
            step = "project"
            if asked.project is None and asked.link is None:
                if found.failure is not None:
                    yield CheckResult(
                        "projects", "not listed", failure=found.failure, is_warning=True
                    )
                if asked.session or asked.user:
                    raise UsageError(
                        "No project is named.",
                        reason="A session or a user is looked for in a project.",
                        hint="Give the project's key, or set it in a profile.",
                    )
                yield CheckResult("project", "none named", "give one, or set it in a profile")
                return
            project = _project(connection, transport, found, asked)
    except EventviewError as error:
        if isinstance(error, projects.FailingError) and step == "API found":
            yield from _check_without_project(connection, asked, on_status, error)
        else:
            yield CheckResult(step, "does not answer as it should", failure=error)
        return
    origin = asked.project.origin if asked.project else "the link"
    told = concealed(f"{project.name}, number {project.number}", connection.server.key)
    yield CheckResult("project", told, f"{concealed(project.key, connection.server.key)}, {origin}")
    number = asked.number
    if number is not None and number.value != project.number:
        other = UsageError(
            f"The profile's project_id is {number.value}, the server says {project.number}.",
            hint="Correct project_id: replay links are matched by it.",
        )
        yield CheckResult("project_id", number.value, number.origin, other)
    yield from _check_in_project(connection, project.key, asked, on_status)


def _find_project(connection: Connection, transport: Transport, asked: _Asked) -> _Found:
    """Ask for the API and the project, by its key where that is known.

    Raises:
        FailingError: neither the list of projects nor a project can be had.
        EventviewError: there is no API, or it refuses the key.
    """
    if asked.project is not None:
        # A second API that refuses the project may refuse the key; its list says which.
        with suppress(NotFoundError, NotAuthorisedError):
            return _Found(*projects.one(connection, transport, asked.project.value))
    elif asked.link is not None:
        known = projects.find_remembered(connection, transport, asked.link.project_id)
        if known is not None:
            return _Found(*known)
    try:
        endpoint, listed = projects.reach(connection, transport, is_patient=asked.link is not None)
    except projects.FailingError as failure:
        if failure.endpoint.api == "v2":
            raise
        try:
            # Only an accepted key is told that there is no such project.
            endpoint, _ = projects.one(connection, transport, _NO_PROJECT)
        except NotFoundError:
            return _Found(failure.endpoint, failure=failure)
        return _Found(endpoint, failure=failure)
    return _Found(endpoint, listed=listed, is_listed=True)


def _measure_round_trip(
    transport: Transport, found: _Found, clock: Callable[[], float]
) -> CheckResult:
    keys = [each.key for each in (found.project, *found.listed) if each is not None]
    url = projects_url(found.endpoint, keys[0] if keys else _NO_PROJECT)
    started = clock()
    # Any answer will do. The list would be refused by releases that have just given it.
    transport.get(url, bearer=found.endpoint.api == "v2")
    taken_ms = round((clock() - started) * 1000)
    listed = f"{len(found.listed)} projects listed" if found.is_listed else "one request"
    return CheckResult("round trip", f"{taken_ms} ms", listed)


def _check_without_project(
    connection: Connection, asked: _Asked, on_status: OnStatus, failure: projects.FailingError
) -> Iterator[CheckResult]:
    """Look at the session all the same where the server does not tell its project."""
    key = asked.project.value if asked.project else ""
    others = [*_check_in_project(connection, key, asked, on_status)] if key else []
    if not others:
        yield CheckResult("API found", "does not answer as it should", failure=failure)
        return
    endpoint = failure.endpoint
    works = all(finding.failure is None for finding in others)
    yield CheckResult("API found", _VERSIONS[endpoint.api], clean(endpoint.base))
    yield CheckResult("project", "is not told", clean(key), failure, is_warning=works)
    yield from others


def _check_in_project(
    connection: Connection, project: str, asked: _Asked, on_status: OnStatus
) -> Iterator[CheckResult]:
    if asked.session:
        yield _session(connection, project, asked.session, on_status)
    if asked.user:
        yield _user(connection, project, asked.user, on_status)


def _project(connection: Connection, transport: Transport, found: _Found, asked: _Asked) -> Project:
    if found.project is not None:
        return found.project
    if asked.project is None:
        if found.failure is not None:
            raise found.failure
        number = asked.link.project_id if asked.link else ""
        return projects.numbered(connection, transport, found.endpoint, found.listed, number)
    listed = found.listed
    opens = ", ".join(f"{each.name} ({each.key})" for each in listed[:_MOST_NAMED]) or "none"
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    raise NotFoundError(
        f"This API key opens no project {shorten(clean(asked.project.value), 80)}.",
        reason=f"It opens: {opens}{more}."
        if found.failure is None
        else "The server does not list now which it opens.",
        hint="Check the project's key; capitals count.",
    )


def _session(
    connection: Connection, project: str, session: str, on_status: OnStatus
) -> CheckResult:
    try:
        # Its first batch says how many there are; the others need not be waited for.
        batch = next(iter(RemoteSession(connection, project, session).batches(on_status)))
    except EventviewError as failure:
        return CheckResult("session", shorten(clean(session), 40), failure=failure)
    return CheckResult("session", f"{batch.total or len(batch.events):,} events", clean(session))


def _user(connection: Connection, project: str, user: str, on_status: OnStatus) -> CheckResult:
    try:
        sessions, shortfall = UserSessions(connection, project, user).sessions(on_status)
    except EventviewError as failure:
        return CheckResult("user", shorten(clean(user), 40), failure=failure)
    return CheckResult("user", f"{len(sessions):,} sessions", shortfall or clean(user))


def lines(finding: CheckResult) -> Iterator[str]:
    """A finding as lines of text."""
    mark = "ok  " if finding.failure is None else "warn" if finding.is_warning else "FAIL"
    origin = f"  ({finding.origin})" if finding.origin else ""
    yield f"{mark}  {finding.name:<19} {finding.value}{origin}"
    if finding.failure is not None:
        for part in (finding.failure.message, finding.failure.reason, finding.failure.hint):
            if part:
                yield f"      {part}"
