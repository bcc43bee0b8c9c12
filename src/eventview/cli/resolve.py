"""The words of a command line resolved to a source, or to a list of sessions."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TextIO

from eventview import terminal
from eventview.config import settings
from eventview.config.settings import ConnectionOptions, Settings
from eventview.errors import NotAuthorisedError, Retype, UsageError
from eventview.export.atomic import check_writable
from eventview.progress import begin_step
from eventview.session.source import (
    Listing,
    OnStatus,
    ReplayOffset,
    SessionSummary,
    Source,
    ignore_status,
)
from eventview.session.text import clean, shorten
from eventview.sources import MAX_BYTES
from eventview.sources.openreplay import links
from eventview.sources.openreplay.base_urls import candidate_endpoints, host, parse_api_choice
from eventview.sources.openreplay.links import Link
from eventview.sources.recorder import ResponseRecorder

# Imports in functions are those that only some sources need: a server httpx, a file its readers.
if TYPE_CHECKING:
    from eventview.analysis.rules import Rules
    from eventview.config.credentials import ApiKey
    from eventview.sources.openreplay.connection import Connection, Server

_MAX_KEY_ATTEMPTS: Final = 3
"""Number of times an API key can be typed for a link's project, the same as with sudo and ssh."""


class RunContext(NamedTuple):
    """Environment of a run, in which a command line is resolved."""

    environment: Mapping[str, str]
    leads_to_terminal: Callable[[TextIO], bool]
    """Returns True for a stream that leads to a terminal."""
    on_status: OnStatus = ignore_status
    """Callback for status messages."""


class SourceRequest(NamedTuple):
    """The part of a command line that chooses a source."""

    targets: tuple[str, ...]
    """Command line without its options."""
    context: RunContext
    recorder: ResponseRecorder
    """Recorder of the untouched responses while the source is read."""
    server_facts: dict[str, object]
    """Facts that this run has found out about servers; see `ApiVersionCache`."""
    typed_servers: dict[str, list[Server]]
    """Servers whose API key was typed, by host; those of a host share the key."""
    is_demo: bool = False
    options: ConnectionOptions = ConnectionOptions()
    timeout_s: float | None = None
    max_bytes: int = MAX_BYTES
    """Limit of an answer, a pipe or an unpacked file."""
    log: Path | None = None
    user: str | None = None
    """Id of the user whose sessions to list."""
    on_request: Callable[[], object] = lambda: None
    """Callback of a server's requests; see `Server`."""


class Target(NamedTuple):
    """Source to read, with the moment to begin at."""

    source: Source
    moment: ReplayOffset | None = None
    """Moment that a link names; None for none."""
    known: Settings | None = None
    """Settings whose rules apply; None for the built-in rules."""

    @property
    def rules(self) -> Rules:
        """Rules for the session's analysis."""
        from eventview.analysis.rules import RULES

        return RULES if self.known is None else self.known.rules


class SessionPicker(NamedTuple):
    """List of sessions to choose from."""

    listing: Listing
    open_one: Callable[[SessionSummary], Source]
    known: Settings
    """Settings whose rules apply."""


def read_request(
    arguments: argparse.Namespace, on_request: Callable[[], object] = lambda: None
) -> SourceRequest:
    """Return the request that a command line makes here; `on_request` is that of `Server`.

    Raises:
        UsageError: the file for the output or the responses cannot be written.
    """
    for file in (arguments.save, arguments.output):
        if file is not None:
            # A file that cannot be written is refused before anything is fetched.
            check_writable(file)
    return SourceRequest(
        tuple(arguments.target),
        RunContext(os.environ, terminal.is_terminal, status_callback(arguments)),
        ResponseRecorder(arguments.save),
        server_facts={},
        typed_servers={},
        is_demo=arguments.demo,
        options=ConnectionOptions(
            arguments.url, arguments.api, arguments.profile, arguments.insecure_http
        ),
        timeout_s=arguments.timeout,
        max_bytes=arguments.max_size or MAX_BYTES,
        log=arguments.log,
        user=arguments.user,
        on_request=on_request,
    )


def status_callback(arguments: argparse.Namespace) -> OnStatus:
    """Return the callback for status messages: standard error, or nothing with `--quiet`."""
    return ignore_status if arguments.quiet else terminal.write_message


def find_sessions(request: SourceRequest) -> SessionPicker:
    """Return the list of a user's sessions that a command line names.

    Raises:
        UsageError: it names more than the project, or something that cannot be used.
    """
    from eventview.sources.openreplay import sessions, users

    user = (request.user or "").strip()
    if not user or set(user) == {"."}:
        raise UsageError("The user's id is missing.", hint="For instance: --user jane@example.com.")
    if len(request.targets) > 1 or request.is_demo:
        raise UsageError(
            "--user lists the sessions of a project's user and takes no session.",
            hint="For instance: eventview PROJECT --user jane@example.com.",
        )
    known = _read_settings(request)
    usage = "eventview PROJECT --user USER"
    project = links.project_key(
        request.targets[0] if request.targets else settings.require_project(known, usage)
    )
    number = _find_project_number(project, known)
    server = make_connection(known, request, project)
    return SessionPicker(
        users.UserSessions(server, project, user),
        lambda summary: sessions.RemoteSession(server, project, summary.session_id, number, user),
        known,
    )


def find_target(request: SourceRequest) -> Target:
    """Return the target that a command line names.

    Raises:
        UsageError: it names none, more than one, or one that cannot be used.
        EventviewError: a link's project could not be looked up.
    """
    match request.targets, request.is_demo:
        case (), True:
            from eventview.sources.files import open_demo

            demo = open_demo(request.recorder, _make_command(request, "--demo"))
            # The demo is the same for everyone, unless a profile's rules are asked for.
            has_profile = request.options.profile is not None
            return Target(demo, known=_read_settings(request) if has_profile else None)
        case _, True:
            raise UsageError("--demo shows the bundled session and takes nothing else to read.")
        case ("",), False:
            raise UsageError(
                "The session's name is empty.",
                reason="Perhaps a variable has no value.",
                hint="Try: eventview PROJECT SESSION, eventview FILE, or eventview --demo.",
            )
        case ("-",), False:
            piped = _open_standard_input(request)
            return Target(piped, known=_read_settings(request))
        case (target,), False if not _exists(target) and links.is_link(target):
            return _find_link(target, request)
        case targets, False if len(targets) > 1 and any(map(links.is_link, targets)):
            raise UsageError(
                "A replay link needs nothing else, and more than that is named.",
                hint="Give the link alone; it holds the project and the session.",
            )
        case (target,), False if not _is_id(target):
            return Target(_open_file(target, request), known=_read_settings(request))
        case (session,), False:
            return _find_remote(None, session, request)
        case (project, session), False:
            return _find_remote(project, session, request)
    raise UsageError(
        "No session given." if not request.targets else "Too many sessions or files given.",
        hint="Try: eventview PROJECT SESSION, eventview FILE, or eventview --demo; "
        "eventview --help lists everything.",
    )


def find_pair(request: SourceRequest, text: str) -> tuple[Target, Target]:
    """Return the targets of two sessions to compare.

    An id alone is a session of the project, or of the server and project of the link, that the
    other is given with.

    Args:
        request: the request of the command line, for the first session.
        text: the second session: a link, a file, `-`, or a session's id.

    Raises:
        UsageError: one of them is not named or cannot be used.
        EventviewError: a link's project could not be looked up.
    """
    first: tuple[str, ...] = request.targets
    second: tuple[str, ...] = (text,)
    if _is_id(text) and len(first) == 2:
        second = (first[0], text)
    elif len(first) == 1:
        first, second = (_as_link_like(first[0], text),), (_as_link_like(text, first[0]),)
    found = (
        find_target(request._replace(targets=first)),
        find_target(request._replace(targets=second, is_demo=False)),
    )
    if any(target.moment for target in found):
        request.context.on_status(
            "a comparison begins at the start: the moment of a link (jumpto) does not count"
        )
    return found


def _is_id(text: str) -> bool:
    return text.strip().isdecimal() and not _exists(text)


def _as_link_like(text: str, other: str) -> str:
    """Return a session's id as a link if the other session is given by one; else the text."""
    if not _is_id(text) or not links.is_link(other) or _exists(other):
        return text
    link = links.parse_link(other)
    return links.replay_url(link.url, link.project_id, links.session_id(text))


def _make_command(request: SourceRequest, target: str) -> tuple[str, ...]:
    """Return a command line that shows a target by the same profile again."""
    name = request.options.profile
    return ("eventview", *(() if name is None else ("--profile", name)), target)


def _open_standard_input(request: SourceRequest) -> Source:
    from eventview.sources.files import open_stream

    if sys.stdin is None or request.context.leads_to_terminal(sys.stdin):
        raise UsageError(
            "Nothing is piped in.", hint="For instance: curl … | eventview -, or eventview FILE."
        )
    # The interface takes standard input for the keys, so the data get a descriptor of their own.
    stream = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    command = _make_command(request, "-")
    return open_stream(stream, request.recorder, command, request.max_bytes)


def _exists(target: str) -> bool:
    try:
        return Path(target).exists()
    except (OSError, ValueError):
        # The name may be too long, or its folder may not be readable.
        return False


def _open_file(target: str, request: SourceRequest) -> Source:
    if not _exists(target):
        raise UsageError(
            f"{shorten(clean(target), 80)} is neither a file here nor a session's id.",
            reason="A session's id is a number.",
            hint="Try: eventview PROJECT SESSION, eventview PROJECT --user USER, eventview FILE, "
            "or eventview --demo.",
        )
    from eventview.sources.files import open_file

    name = f"./{target}" if target.startswith("-") else target
    command = _make_command(request, name)
    return open_file(Path(target), request.recorder, command, request.max_bytes)


def _read_settings(request: SourceRequest) -> Settings:
    return settings.read_settings(request.options, request.context.environment)


def _find_remote(project: str | None, session: str, request: SourceRequest) -> Target:
    from eventview.sources.openreplay import sessions

    session = links.session_id(session)
    known = _read_settings(request)
    key = links.project_key(settings.require_project(known) if project is None else project)
    number = _find_project_number(key, known)
    server = make_connection(known, request, key)
    return Target(sessions.RemoteSession(server, key, session, number), known=known)


def _find_project_number(project: str, known: Settings) -> str:
    """Return a project's number in replay links if a profile has it; else ""."""
    is_its = known.project is not None and known.project.value == project
    return known.project_id.value if is_its and known.project_id is not None else ""


def _find_link(text: str, request: SourceRequest) -> Target:
    from eventview.sources.openreplay import sessions

    on_status = request.context.on_status
    link = links.parse_link(text)
    known = settings.settings_for_link(link, request.options, _read_settings(request))
    session = links.session_id(link.session_id)
    server = make_connection(known, request)
    project = known.project.value if known.project else _find_project(link, server, on_status)
    source = sessions.RemoteSession(server, project, session, link.project_id)
    if remark := links.describe_ignored(text):
        on_status(remark)
    if link.jump_ms is None:
        return Target(source, known=known)
    moment = ReplayOffset(link.jump_ms, sessions.start_ms_of_id(session))
    return Target(source, moment, known)


def _find_project(link: Link, server: Connection, on_status: OnStatus) -> str:
    """Return the key of a link's project; ask again for an API key that was typed and refused."""
    from eventview.sources.openreplay.projects import fetch_project_key

    is_shown = on_status is not ignore_status and terminal.has_progress_line()
    number = 1
    while True:
        try:
            with terminal.PROGRESS_LINE.as_current() if is_shown else nullcontext():
                begin_step(f"waiting for {server.place}")
                return fetch_project_key(server, link.project_id, on_status)
        except NotAuthorisedError as failure:
            if failure.retype is None or number == _MAX_KEY_ATTEMPTS:
                raise
            on_status(str(failure))
            typed = terminal.ask_for_key(failure.retype.place)
            if not typed.strip():
                raise
            failure.retype.take(typed)
            number += 1


def make_connection(
    known: Settings,
    request: SourceRequest,
    project: str | None = None,
    key: ApiKey | None = None,
) -> Connection:
    """Make the connection to the configured server.

    Args:
        known: the settings.
        request: the request of the command line.
        project: the key of the project that is requested; None if unknown.
        key: the API key; None to look it up or to ask for it.

    Raises:
        UsageError: the server or its key is not configured, or cannot be used as it is.
    """
    from eventview.config import credentials
    from eventview.sources.openreplay import connection, network, request_log

    url, api = settings.require_url(known), parse_api_choice(known.api.value)
    # A wrong address is refused before anybody types a key for it.
    candidate_endpoints(url, api)
    is_insecure = bool(known.insecure_origin)
    if not is_insecure:
        network.refuse_plain_http(url)
    siblings = request.typed_servers.setdefault(host(url), [])
    if key is None:
        ask: Callable[[], str] | None = None
        if siblings:
            ask = partial(str, siblings[0].key.value)
        elif request.context.leads_to_terminal(sys.stdin):
            ask = partial(terminal.ask_for_key, host(url))
        key = credentials.get_api_key(known, ask)
    _refuse_project_key(key, project)
    log = request_log.RequestLog(request.log)
    log.check()
    timeout_s = request.timeout_s or connection.ANSWER_TIMEOUT_S
    server = connection.Server(
        url, key.secret, timeout_s=timeout_s, api=api, log=log, is_insecure=is_insecure,
        max_bytes=request.max_bytes, on_request=request.on_request,
    )  # fmt: skip
    path = settings.default_cache_path(request.context.environment)
    cache = connection.ApiVersionCache(path, request.server_facts)

    def take(text: str) -> None:
        typed = credentials.get_api_key(known, lambda: text)
        _refuse_project_key(typed, project)
        for sibling in siblings:
            sibling.key = typed.secret

    retype = None
    if key.origin == credentials.PROMPT:
        siblings.append(server)
        retype = Retype(clean(host(url)), take)
    options = _server_options(known, request)
    return connection.Connection(server, cache, options, request.recorder, key.description, retype)


def _refuse_project_key(key: ApiKey, project: str | None) -> None:
    if key.secret.value == project:
        raise UsageError(
            "The project's key is the API key.",
            reason=f"The API key is from {key.origin}.",
            hint="Both have 20 letters and digits; the project's is in OpenReplay under "
            "Preferences > Projects.",
        )


def _server_options(known: Settings, request: SourceRequest) -> tuple[str, ...]:
    """Return the options of a command line that lead to this server and these rules again."""
    found: list[str] = []
    is_of_profile = known.url is not None and known.url.origin.startswith("profile ")
    if known.has_profile_option or is_of_profile:
        found += ["--profile", known.profile_name]
    # The environment takes precedence over a profile.
    if known.url is not None and (
        not is_of_profile or request.context.environment.get(settings.URL_VARIABLE, "").strip()
    ):
        found += ["--url", known.url.value]
    if request.options.api is not None:
        found += ["--api", request.options.api]
    if known.has_insecure_option:
        found.append("--insecure-http")
    return tuple(found)
