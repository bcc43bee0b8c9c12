"""Checks of the configuration and the server, for `eventview --doctor`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from eventview import terminal
from eventview.cli import resolve
from eventview.cli.output import progress_line
from eventview.config import credentials, settings
from eventview.config.settings import Setting, Settings
from eventview.errors import EventviewError, NotAuthorisedError, NotFoundError, UsageError
from eventview.progress import begin_step
from eventview.session.source import OnStatus
from eventview.session.text import clean, shorten
from eventview.sources.openreplay import links, projects
from eventview.sources.openreplay.api import Api
from eventview.sources.openreplay.base_urls import Endpoint, server_root
from eventview.sources.openreplay.connection import Connection
from eventview.sources.openreplay.http_errors import FailingError
from eventview.sources.openreplay.links import Link
from eventview.sources.openreplay.network import proxy_for, refuse_plain_http
from eventview.sources.openreplay.projects import Project
from eventview.sources.openreplay.request_log import mask_key
from eventview.sources.openreplay.responses import HttpRequest
from eventview.sources.openreplay.sessions import RemoteSession
from eventview.sources.openreplay.users import UserSessions

_VERSIONS = {"v1": "v1 (releases up to 1.26)", "v2": "v2 (releases from 1.27, and the cloud)"}

_MAX_NAMED = 10
"""Most projects that a failure names."""

_NO_PROJECT = "-"
"""Key that no project has."""


class _CheckResult(NamedTuple):
    """Result of one check."""

    name: str
    value: str
    source: str = ""
    """Source of the value; may be empty."""
    failure: EventviewError | None = None
    """Failure of the check; None if it passed."""
    is_warning: bool = False
    """True if all that was asked for works in spite of the failure."""


class _CheckRequest(NamedTuple):
    """Project, session and user to check on a server."""

    connection: Connection
    on_status: OnStatus
    """Callback for status messages."""
    project: Setting | None
    """Project's key."""
    number: Setting | None
    """Project's number, as configured for that key and server."""
    link: Link | None
    session: str
    user: str


class _ProjectLookup(NamedTuple):
    """Response of a server to a request for its projects."""

    project: Project | None = None
    """Requested project; None if none was requested or it is unknown."""
    listed: Sequence[Project] = ()
    is_listed: bool = False
    failure: FailingError | None = None
    """Failure to list the projects; None if they are listed or were not needed."""


def run(arguments: argparse.Namespace) -> int:
    """Print what is configured and whether it works; return the exit code.

    Raises:
        UsageError: a file of the command line cannot be written.
    """
    request = resolve.read_request(arguments)
    terminal.raise_on_signals()
    code = 0
    with progress_line(arguments):
        for result in _run_checks(request):
            with terminal.PROGRESS_LINE.hidden():
                _print_result(result)
            if result.failure is not None and not result.is_warning:
                code = result.failure.exit_code
    return code


def _print_result(result: _CheckResult) -> None:
    name, value, source, failure, is_warning = result
    mark = "ok  " if failure is None else "warn" if is_warning else "FAIL"
    print(f"{mark}  {name:<19} {value}{f'  ({source})' if source else ''}", flush=True)
    if failure is not None:
        for part in filter(None, (failure.message, failure.reason, failure.hint)):
            print(f"      {part}", flush=True)


def _run_checks(request: resolve.SourceRequest) -> Iterator[_CheckResult]:
    """Run one check after the other, up to a failure that prevents the rest."""
    step = "command line"
    try:
        link, project, session = _read_targets(request)
        step = "configuration file"
        known = settings.read_settings(request.options, request.context.environment)
        yield _check_file(known)
        if link is not None:
            step = "link"
            known = settings.settings_for_link(link, request.options, known)
            yield _CheckResult("link", f"project number {link.project_id}", clean(link.host))
        step = "server"
        url = settings.require_url(known)
        yield from _check_server(url, known)
        yield _CheckResult("API asked for", *known.api)
        step = "API key"
        key = credentials.get_api_key(known, None)
        yield _CheckResult("API key", key.masked(), key.origin)
        step = "project"
        chosen = Setting(project, "the command line") if project else known.project
        connection = resolve.make_connection(known, request, chosen.value if chosen else None, key)
    except EventviewError as failure:
        yield _CheckResult(step, "cannot be used", failure=failure)
        return
    number = known.project_id
    if number and not (chosen and known.url and chosen.origin == known.url.origin == number.origin):
        # The number belongs to another project or another server.
        number = None
    user = (request.user or "").strip()
    yield from _check_api(
        _CheckRequest(connection, request.context.on_status, chosen, number, link, session, user)
    )


def _read_targets(request: resolve.SourceRequest) -> tuple[Link | None, str, str]:
    """Return the link, the project's key and the session's id that a command line names.

    Raises:
        UsageError: it names something else.
    """
    targets = [target.strip() for target in request.targets]
    if request.is_demo or len(targets) > 2 or (len(targets) == 2 and links.is_link(targets[0])):
        raise UsageError(
            "--doctor checks a project, a session or a link, and takes nothing else.",
            hint="For instance: eventview PROJECT SESSION --doctor.",
        )
    match targets:
        case [target] if links.is_link(target):
            link = links.parse_link(target)
            return link, "", links.session_id(link.session_id)
        case [target] if target.isdecimal():
            return None, "", links.session_id(target)
        case [target]:
            return None, links.project_key(target), ""
        case [first, second]:
            return None, links.project_key(first), links.session_id(second)
    return None, "", ""


def _check_server(url: str, known: Settings) -> Iterator[_CheckResult]:
    """Check the address, the encryption and the proxy of the server.

    Raises:
        UsageError: the proxy cannot be used, or the key would be sent unencrypted.
    """
    base = server_root(url)
    allowed_by = known.insecure_origin
    if not allowed_by:
        refuse_plain_http(url)
    yield _CheckResult("server", base, known.url.origin if known.url else "")
    if allowed_by and base.startswith("http:"):
        yield _CheckResult("encryption", "none, the key is sent unencrypted", allowed_by)
    proxy = proxy_for(base)
    if proxy is not None:
        yield _CheckResult("proxy", proxy.place, proxy.variable)


def _check_file(known: Settings) -> _CheckResult:
    if known.file is None:
        default = clean(str(settings.default_config_path()))
        return _CheckResult("configuration file", f"none at {default}")
    profile = f"profile {clean(known.profile_name or 'none')}"
    return _CheckResult("configuration file", clean(str(known.file)), profile)


def _check_api(target: _CheckRequest) -> Iterator[_CheckResult]:
    step = "API found"
    begin_step(f"waiting for {target.connection.place}")
    try:
        with Api(target.connection, target.on_status) as api:
            lookup = _look_up_project(target, api)
            yield _CheckResult("API found", _VERSIONS[api.endpoint.api], clean(api.endpoint.base))
            yield _measure_round_trip(api, lookup)
            step = "project"
            if target.project is None and target.link is None:
                if lookup.failure is not None:
                    yield _CheckResult(
                        "projects", "not listed", failure=lookup.failure, is_warning=True
                    )
                if target.session or target.user:
                    raise UsageError(
                        "No project is named.",
                        reason="A session or a user is searched for in a project.",
                        hint="Give the project's key, or set it in a profile.",
                    )
                yield _CheckResult("project", "none named", "give one, or set it in a profile")
                return
            project = _require_project(target, api, lookup)
    except EventviewError as error:
        if isinstance(error, FailingError) and step == "API found":
            yield from _check_without_project(target, api.endpoint, error)
        else:
            yield _CheckResult(step, "does not answer as it should", failure=error)
        return
    source = target.project.origin if target.project else "the link"
    secret = target.connection.server.key
    label = mask_key(f"{project.name}, number {project.number}", secret)
    key = mask_key(project.key, secret)
    yield _CheckResult("project", label, f"{key}, {source}")
    number = target.number
    if number is not None and number.value != project.number:
        failure = UsageError(
            f"The profile's project_id is {number.value}, the server says {project.number}.",
            hint="Correct project_id: replay links are matched by it.",
        )
        yield _CheckResult("project_id", number.value, number.origin, failure)
    yield from _check_in_project(target, project.key)


def _look_up_project(target: _CheckRequest, api: Api) -> _ProjectLookup:
    """Find the API and the project, by its key if that is known.

    Raises:
        FailingError: the server gives neither a list of projects nor a project.
        EventviewError: there is no API, or it refuses the key.
    """
    if target.project is not None:
        # A second API that refuses the project may refuse the key; only its list shows which.
        with suppress(NotFoundError, NotAuthorisedError):
            return _ProjectLookup(projects.fetch_project(api, target.project.value))
    elif target.link is not None:
        known = projects.find_remembered(api, target.link.project_id)
        if known is not None:
            return _ProjectLookup(known)
    try:
        listed = projects.list_projects(api, is_patient=target.link is not None)
    except FailingError as failure:
        endpoint = api.endpoint
        if endpoint.api == "v2":
            raise
        try:
            # The server says that there is no such project only to an accepted key.
            projects.fetch_project(api, _NO_PROJECT)
        except NotFoundError:
            api.endpoint = endpoint
        return _ProjectLookup(failure=failure)
    return _ProjectLookup(listed=listed, is_listed=True)


def _measure_round_trip(api: Api, lookup: _ProjectLookup) -> _CheckResult:
    keys = [each.key for each in (lookup.project, *lookup.listed) if each is not None]
    url = api.endpoint.url("projects", keys[0] if keys else _NO_PROJECT)
    started = time.monotonic()
    # Any response will do; some releases refuse the list right after they have given it.
    api.send(HttpRequest(url))
    elapsed_ms = round((time.monotonic() - started) * 1000)
    listed = f"{len(lookup.listed)} projects listed" if lookup.is_listed else "one request"
    return _CheckResult("round trip", f"{elapsed_ms} ms", listed)


def _check_without_project(
    target: _CheckRequest, endpoint: Endpoint, failure: FailingError
) -> Iterator[_CheckResult]:
    """Check session and user although the server does not return the project."""
    key = target.project.value if target.project else ""
    results = [*_check_in_project(target, key)] if key else []
    if not results:
        yield _CheckResult("API found", "does not answer as it should", failure=failure)
        return
    works = all(result.failure is None for result in results)
    yield _CheckResult("API found", _VERSIONS[endpoint.api], clean(endpoint.base))
    yield _CheckResult(
        "project", "not returned by the server", clean(key), failure, is_warning=works
    )
    yield from results


def _check_in_project(target: _CheckRequest, project: str) -> Iterator[_CheckResult]:
    connection, on_status = target.connection, target.on_status
    if target.session:
        session = clean(target.session)
        try:
            # The first batch gives the number of events, so the others are not fetched.
            source = RemoteSession(connection, project, target.session)
            batches = iter(source.batches(on_status))
            batch = next(batches)
            if batch.total is None:
                # An answer that is read while it arrives has its number at its end.
                *_, batch = batches
        except EventviewError as failure:
            yield _CheckResult("session", shorten(session, 40), failure=failure)
        else:
            number = batch.total or len(batch.events)
            yield _CheckResult("session", f"{number:,} events", session)
    if target.user:
        user = clean(target.user)
        try:
            found, shortfall = UserSessions(connection, project, target.user).sessions(on_status)
        except EventviewError as failure:
            yield _CheckResult("user", shorten(user, 40), failure=failure)
        else:
            yield _CheckResult("user", f"{len(found):,} sessions", shortfall or user)


def _require_project(target: _CheckRequest, api: Api, lookup: _ProjectLookup) -> Project:
    if lookup.project is not None:
        return lookup.project
    if target.project is None:
        if lookup.failure is not None:
            raise lookup.failure
        number = target.link.project_id if target.link else ""
        return projects.find_by_number(api, lookup.listed, number)
    listed = lookup.listed
    names = ", ".join(f"{each.name} ({each.key})" for each in listed[:_MAX_NAMED]) or "none"
    more = f" and {len(listed) - _MAX_NAMED} more" if len(listed) > _MAX_NAMED else ""
    raise NotFoundError(
        f"This API key opens no project {shorten(clean(target.project.value), 80)}.",
        reason=f"It opens: {names}{more}."
        if lookup.failure is None
        else "The server does not list the projects that it opens.",
        hint="Check the project's key; capitals count.",
    )
