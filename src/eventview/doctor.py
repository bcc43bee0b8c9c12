"""What is configured and whether it works, for `eventview --doctor`.

May import `eventview.config`, `eventview.errors`, `eventview.model` and `eventview.sources`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from eventview import config, targets
from eventview.config import Setting, Settings
from eventview.errors import EventviewError, NotFoundError
from eventview.model.text import clean
from eventview.sources.openreplay import projects
from eventview.sources.openreplay.addresses import root
from eventview.sources.openreplay.client import Desk
from eventview.sources.openreplay.transport import Transport

_VERSIONS = {"v1": "v1 (releases up to 1.26)", "v2": "v2 (releases from 1.27, and the cloud)"}


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    value: str
    origin: str = ""
    """Where the value is from; may be empty."""
    failure: EventviewError | None = None
    """Why it does not work; None where it does."""


def findings(
    request: targets.Request,
    around: targets.Surroundings,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Finding]:
    """Look at one thing after the other, up to the first that the others need and that fails.

    Args:
        request: the command line; its first word may be a project's key.
        around: where to look.
        clock: seconds, to tell how long the server takes.
    """
    try:
        known = config.settings(request.options or config.Options(), around.environment)
    except EventviewError as failure:
        yield Finding("configuration file", "cannot be used", failure=failure)
        return
    yield _file(known)
    try:
        url = config.required_url(known)
        yield Finding("server", root(url), known.url.origin if known.url else "")
        yield Finding("API asked for", *known.api)
        key = config.api_key(known, None)
        yield Finding("API key", key.masked(), key.origin)
        desk = targets.desk(known, request, around)
    except EventviewError as failure:
        yield Finding("settings", "incomplete", failure=failure)
        return
    named, own_id = known.project, known.project_id
    if request.words:
        named = Setting(request.words[0].strip(), "the command line")
        if known.project is not None and known.project.value != named.value:
            # It is another project's.
            own_id = None
    yield from _asked(desk, named, own_id, clock)


def _file(known: Settings) -> Finding:
    if known.file is None:
        return Finding("configuration file", f"none at {clean(str(config.config_path()))}")
    name = known.profile_name or "none"
    return Finding("configuration file", clean(str(known.file)), f"profile {clean(name)}")


def _asked(
    desk: Desk, named: Setting | None, own_id: Setting | None, clock: Callable[[], float]
) -> Iterator[Finding]:
    try:
        with Transport(desk.server) as transport:
            endpoint, listed = projects.reach(desk, transport)
            yield Finding("API found", _VERSIONS[endpoint.api], clean(endpoint.base))
            started = clock()
            projects.reach(desk, transport)
            taken_ms = round((clock() - started) * 1000)
            yield Finding("round trip", f"{taken_ms} ms", f"{len(listed)} projects listed")
            if named is None:
                yield Finding("project", "none named", "give one, or set it in a profile")
                return
            found = next((each for each in listed if each.key == clean(named.value)), None)
            if found is None:
                known = ", ".join(f"{each.name} ({each.key})" for each in listed)
                raise NotFoundError(
                    f"This API key opens no project {clean(named.value)}.",
                    cause=f"It opens: {known or 'none'}.",
                    cure="Check the project's key; capitals count.",
                )
            if not found.number:
                found = projects.one(transport, endpoint, found.key)
    except EventviewError as error:
        yield Finding("server", "does not answer as it should", failure=error)
        return
    told = f"{found.name}, number {found.number}"
    yield Finding("project", told, f"{found.key}, {named.origin}")
    if own_id is not None and own_id.value != found.number:
        failure = NotFoundError(
            f"The profile's project_id is {own_id.value}, the server says {found.number}.",
            cure="Correct project_id: replay links are matched by it.",
        )
        yield Finding("project_id", own_id.value, own_id.origin, failure)


def lines(finding: Finding) -> Iterator[str]:
    """A finding as lines of text."""
    mark = "ok  " if finding.failure is None else "FAIL"
    origin = f"  ({finding.origin})" if finding.origin else ""
    yield f"{mark}  {finding.name:<19} {finding.value}{origin}"
    if finding.failure is not None:
        for part in (finding.failure.what, finding.failure.cause, finding.failure.cure):
            if part:
                yield f"      {part}"
