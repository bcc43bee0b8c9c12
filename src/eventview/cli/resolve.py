"""Target that a command line names, and the source that delivers it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from eventview.analysis.rules import RULES, Rules
from eventview.errors import NotAuthorisedError, Retype, UsageError
from eventview.session.source import OnStatus, ReplayOffset, ignore_status
from eventview.session.text import clean, shorten
from eventview.sources.recorder import ResponseRecorder

if TYPE_CHECKING:
    from eventview.config.credentials import ApiKey
    from eventview.config.settings import ConnectionOptions, Settings
    from eventview.session.source import Listing, SessionSummary, Source
    from eventview.sources.openreplay.connection import Connection
    from eventview.sources.openreplay.links import Link
    from eventview.sources.openreplay.transport import Server


_MOST_TYPED: Final = 3
"""Number of times a key can be typed before a link's project is given up, as with sudo and ssh."""


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """Request of a command line, as far as it matters to a source."""

    words: tuple[str, ...]
    """The command line without its options."""
    is_demo: bool = False
    options: ConnectionOptions | None = None
    timeout_s: float | None = None
    log: Path | None = None
    user: str | None = None
    """Whose sessions to list."""
    recorder: ResponseRecorder = field(default_factory=ResponseRecorder)
    """Has the untouched answers once the source has been read."""
    learnt: dict[str, object] = field(default_factory=dict)
    """Facts about servers that this run has learnt; see `memory.Memory`."""
    typed: dict[str, list[Server]] = field(default_factory=dict)
    """Servers whose API key was typed, by host: they have one key."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """Environment in which a target is looked up."""

    environment: Mapping[str, str]
    leads_to_terminal: Callable[[TextIO], bool]
    """Tells whether a stream is one that a person is at."""
    on_status: OnStatus = ignore_status
    """Told in words what is being waited for."""


@dataclass(frozen=True, slots=True)
class Target:
    """Source to read, and the moment in it to begin at."""

    source: Source
    moment: ReplayOffset | None = None
    """Moment of a link, to open it at."""
    rules: Rules = RULES
    """By which to read it."""


@dataclass(frozen=True, slots=True)
class SessionPicker:
    """A list of sessions to choose from."""

    listing: Listing
    open_one: Callable[[SessionSummary], Source]
    rules: Rules = RULES
    """By which to read them."""


def find_list(request: SourceRequest, around: RunContext) -> SessionPicker:
    """The list of a user's sessions that a command line names.

    Raises:
        UsageError: it names something else beside the project, or what cannot be used.
    """
    from eventview.config import settings
    from eventview.sources.openreplay import links
    from eventview.sources.openreplay.sessions import RemoteSession
    from eventview.sources.openreplay.users import UserSessions

    user = (request.user or "").strip()
    if not user or set(user) == {"."}:
        raise UsageError("The user's id is missing.", hint="For instance: --user jane@example.com.")
    if len(request.words) > 1 or request.is_demo:
        raise UsageError(
            "--user lists the sessions of a project's user and takes no session.",
            hint="For instance: eventview PROJECT --user jane@example.com.",
        )
    known = _settings(request, around)
    usage = "eventview PROJECT --user USER"
    named = request.words[0] if request.words else settings.required_project(known, usage)
    project = links.project_key(named)
    number = _number_of(project, known)
    place = connection(known, request, around, project)
    return SessionPicker(
        UserSessions(place, project, user),
        lambda summary: RemoteSession(place, project, summary.session_id, number, user),
        known.rules,
    )


def find(request: SourceRequest, around: RunContext) -> Target:
    """The target that a command line names.

    Raises:
        UsageError: it names none, more than one, or one that cannot be used.
        EventviewError: a link's project could not be looked up.
    """
    match request.words, request.is_demo:
        case (), True:
            from eventview.sources.files import Demo

            demo = Demo(request.recorder, ("eventview", *_profile(request), "--demo"))
            return Target(demo, rules=_rules_asked_for(request, around))
        case _, True:
            raise UsageError("--demo shows the bundled session and takes nothing else to read.")
        case ("",), False:
            raise UsageError(
                "The name of what to read is empty.",
                reason="A variable without a value, perhaps.",
                hint="Try: eventview PROJECT SESSION, eventview FILE, or eventview --demo.",
            )
        case ("-",), False:
            return Target(_standard_input(request, around), rules=_settings(request, around).rules)
        case (target,), False if _is_link(target) and not _exists(target):
            return _link(target, request, around)
        case words, False if len(words) > 1 and any(map(_is_link, words)):
            raise UsageError(
                "A replay link says it all, and more than that is named.",
                hint="Give the link alone; it holds the project and the session.",
            )
        case (target,), False if not target.strip().isdecimal() or _exists(target):
            return Target(_saved(target, request), rules=_settings(request, around).rules)
        case (session,), False:
            return _remote(None, session, request, around)
        case (project, session), False:
            return _remote(project, session, request, around)
    raise UsageError(
        "Nothing to read is named." if not request.words else "Too many things to read are named.",
        hint="Try: eventview PROJECT SESSION, eventview FILE, or eventview --demo; "
        "eventview --help tells all.",
    )


def pair(request: SourceRequest, text: str) -> tuple[SourceRequest, SourceRequest]:
    """The requests for two sessions to compare.

    Where one is a replay link and the other an id alone, that is of the link's server and project.

    Args:
        request: what the command line names beside `text`.
        text: a link, a file, `-`, or a session's id: of the project that is named with the first.
    """
    first: tuple[str, ...] = request.words
    second: tuple[str, ...] = (text,)
    if _is_id(text) and len(first) == 2:
        second = (first[0], text)
    elif len(first) == 1:
        first, second = (_beside(first[0], text),), (_beside(text, first[0]),)
    return replace(request, words=first), replace(request, words=second, is_demo=False)


def _is_id(text: str) -> bool:
    return text.strip().isdecimal() and not _exists(text)


def _beside(text: str, other: str) -> str:
    """A session's id as a link to it where the other session is named by one; else the text."""
    if not _is_id(text) or not _is_link(other) or _exists(other):
        return text
    from eventview.sources.openreplay import links

    link = links.parse(other)
    return links.replay_url(link.url, link.project_id, links.session_id(text))


def _is_link(target: str) -> bool:
    # Here as everywhere below: a file is shown without the modules that ask servers.
    from eventview.sources.openreplay.links import is_link

    return is_link(target)


def _profile(request: SourceRequest) -> tuple[str, ...]:
    """The profile as a command line names it, where this one did."""
    name = None if request.options is None else request.options.profile
    return () if name is None else ("--profile", name)


def _standard_input(request: SourceRequest, around: RunContext) -> Source:
    from eventview.sources.files import StandardInput

    if sys.stdin is None or around.leads_to_terminal(sys.stdin):
        raise UsageError(
            "Nothing is piped in.", hint="For instance: curl … | eventview -, or eventview FILE."
        )
    # A descriptor of its own: the interface takes standard input for the keys.
    stream = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    return StandardInput(stream, request.recorder, ("eventview", *_profile(request), "-"))


def _exists(target: str) -> bool:
    try:
        return Path(target).exists()
    except (OSError, ValueError):
        # Longer than any file's name may be, in a folder that is closed to us, …
        return False


def _saved(target: str, request: SourceRequest) -> Source:
    from eventview.sources.files import SavedFile

    if not _exists(target):
        raise UsageError(
            f"{shorten(clean(target), 80)} is neither a file here nor a session's id.",
            reason="A session's id is a number.",
            hint="Try: eventview PROJECT SESSION, eventview PROJECT --user USER, eventview FILE, "
            "or eventview --demo.",
        )
    command = ("eventview", *_profile(request), f"./{target}" if target.startswith("-") else target)
    return SavedFile(Path(target), request.recorder, command)


def _settings(request: SourceRequest, around: RunContext) -> Settings:
    from eventview.config import settings

    return settings.settings(request.options or settings.ConnectionOptions(), around.environment)


def _rules_asked_for(request: SourceRequest, around: RunContext) -> Rules:
    """Those of a profile that is named; the demonstration looks the same to all others."""
    is_asked_for = request.options is not None and request.options.profile is not None
    return _settings(request, around).rules if is_asked_for else RULES


def _remote(
    project: str | None, session: str, request: SourceRequest, around: RunContext
) -> Target:
    from eventview.config import settings
    from eventview.sources.openreplay import links
    from eventview.sources.openreplay.sessions import RemoteSession

    session = links.session_id(session)
    known = _settings(request, around)
    key = links.project_key(settings.required_project(known) if project is None else project)
    number = _number_of(key, known)
    place = connection(known, request, around, key)
    source = RemoteSession(place, key, session, number)
    return Target(source, rules=known.rules)


def _number_of(project: str, known: Settings) -> str:
    """The number of a project in replay links, where a profile has it; else ""."""
    is_its = known.project is not None and known.project.value == project
    return known.project_id.value if is_its and known.project_id is not None else ""


def _link(text: str, request: SourceRequest, around: RunContext) -> Target:
    from eventview.config import settings
    from eventview.sources.openreplay import links
    from eventview.sources.openreplay.sessions import RemoteSession, start_ms

    link = links.parse(text)
    options = request.options or settings.ConnectionOptions()
    known = settings.for_link(link, options, _settings(request, around))
    session = links.session_id(link.session_id)
    place = connection(known, request, around)
    project = known.project.value if known.project else _project_of(link, place, around)
    source = RemoteSession(place, project, session, link.project_id)
    if remark := links.remark(text):
        around.on_status(remark)
    moment = None if link.jump_ms is None else ReplayOffset(link.jump_ms, start_ms(session))
    return Target(source, moment, known.rules)


def _project_of(link: Link, place: Connection, around: RunContext) -> str:
    """Look up the key of a link's project; a refused API key that was typed is typed again."""
    from eventview.sources.openreplay.projects import key_of

    for _ in range(_MOST_TYPED - 1):
        try:
            return key_of(place, link.project_id, around.on_status)
        except NotAuthorisedError as failure:
            if failure.retype is None:
                raise
            around.on_status(str(failure))
            typed = _ask_for_key(failure.retype.place)
            if not typed.strip():
                raise
            failure.retype.take(typed)
    return key_of(place, link.project_id, around.on_status)


def connection(
    known: Settings,
    request: SourceRequest,
    around: RunContext,
    project: str | None = None,
    key: ApiKey | None = None,
) -> Connection:
    """A server with all that a request to it needs.

    Args:
        known: what is configured.
        request: the command line.
        around: where to look, and whom to ask.
        project: the project's key that is going to be asked for.
        key: the API key, where it is at hand already.

    Raises:
        UsageError: the server or its key is not configured, or cannot be used as it is.
    """
    from eventview.config import credentials, settings
    from eventview.sources.openreplay.base_urls import candidates, choice, host
    from eventview.sources.openreplay.network import refuse_plain_http

    url = settings.required_url(known)
    api = choice(known.api.value)
    # Before the key is asked for: nobody types one to learn that the address is wrong.
    candidates(url, api)
    is_insecure = bool(known.insecure_origin)
    if not is_insecure:
        refuse_plain_http(url)
    siblings = request.typed.setdefault(host(url), [])
    if key is None:
        is_there = siblings or around.leads_to_terminal(sys.stdin)
        ask = partial(_ask_for_key, host(url), siblings) if is_there else None
        key = credentials.api_key(known, ask)
    _refuse_key_of_project(key, project)

    from eventview.sources.openreplay.connection import ApiVersionCache, Connection, default_path
    from eventview.sources.openreplay.request_log import RequestLog
    from eventview.sources.openreplay.transport import ANSWER_TIMEOUT_S, Server

    log = RequestLog(request.log)
    log.check()
    timeout_s = request.timeout_s or ANSWER_TIMEOUT_S
    server = Server(url, key.secret, timeout_s=timeout_s, api=api, log=log, is_insecure=is_insecure)
    memory = ApiVersionCache(default_path(around.environment), request.learnt)

    def take(text: str) -> None:
        typed = credentials.api_key(known, lambda: text)
        _refuse_key_of_project(typed, project)
        for sibling in siblings:
            sibling.key = typed.secret

    retype = None
    if key.origin == credentials.PROMPT:
        siblings.append(server)
        retype = Retype(clean(host(url)), take)
    options = _server_options(known, request, around)
    return Connection(server, memory, options, request.recorder, key.words, retype)


def _refuse_key_of_project(key: ApiKey, project: str | None) -> None:
    if key.secret.get_secret_value() == project:
        raise UsageError(
            "The project's key is the API key.",
            reason=f"The API key is from {key.origin}.",
            hint="Both have 20 letters and digits; the project's is in OpenReplay under "
            "Preferences > Projects.",
        )


def _server_options(known: Settings, request: SourceRequest, around: RunContext) -> tuple[str, ...]:
    """The words of a command line that lead to this server and these rules again."""
    from eventview.config import settings

    found: list[str] = []
    is_of_profile = known.url is not None and known.url.origin.startswith("profile ")
    if known.is_profile_asked_for or is_of_profile:
        found += ["--profile", known.profile_name]
    # The environment would go before a profile.
    if known.url is not None and (
        not is_of_profile or around.environment.get(settings.URL_VARIABLE, "").strip()
    ):
        found += ["--url", known.url.value]
    if request.options is not None and request.options.api is not None:
        found += ["--api", request.options.api]
    if known.is_insecure_asked:
        found.append("--insecure-http")
    return tuple(found)


def _ask_for_key(place: str, siblings: Sequence[Server] = ()) -> str:
    if siblings:
        return siblings[0].key.get_secret_value()
    from getpass import getpass

    try:
        return getpass(f"OpenReplay API key for {clean(place)} (not shown): ")
    except EOFError:
        return ""
