"""Replay links, as OpenReplay's web application makes them.

May import `eventview.model`, `eventview.errors` and its neighbour `addresses`.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from eventview.errors import UsageError
from eventview.model.text import clean, shorten
from eventview.sources.openreplay.addresses import CLOUD, CLOUD_APP, host, root

_PATH = re.compile(r"/0*(?P<project>[0-9]{1,9})/(?:session|assist)/0*(?P<session>[0-9]{1,20})/*$")

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_BARE = re.compile(r"[\w.-]+(:\d+)?/\d+/(session|assist)/\d")
"""As some programs copy links: without the scheme."""


class Link(NamedTuple):
    """What a replay link says."""

    host: str
    """Host and port, as `addresses.host` writes them."""
    project_id: str
    """The project's number, which is not its key."""
    session_id: str
    jump_ms: int | None
    """The moment to open at; see `eventview.model.source.Moment`."""
    url: str
    """The server's address, with its scheme."""


def is_link(text: str) -> bool:
    """Whether a text is meant as a link rather than as a file, project or session."""
    return bool(_SCHEME.match(_bare(text)) or _BARE.match(_bare(text)))


def _bare(text: str) -> str:
    """A link without what a sentence or a mail puts around it."""
    return text.strip().strip("<>").rstrip(").,;")


def parse(text: str) -> Link:
    """Read a replay link.

    Raises:
        UsageError: it is a link to something else.
    """
    try:
        whole = _bare(text)
        parts = urlsplit(whole if _SCHEME.match(whole) else f"https://{whole}")
        found = _PATH.search(parts.path)
    except ValueError:
        found = None
    if found is None:
        raise UsageError(
            f"{shorten(clean(text), 120)} is no replay link.",
            cause="A link to a session ends in a project's number, /session/ and the session's id.",
            cure="For instance: https://openreplay.example.com/12/session/4813023023591169.",
        )
    jump = parse_qs(parts.query).get("jumpto", [""])[0].partition(".")[0]
    server = f"{parts.scheme}://{parts.netloc}"
    return Link(
        host(server),
        found["project"],
        found["session"],
        int(jump) if jump.isascii() and jump.isdecimal() and len(jump) < 20 else None,
        root(server),
    )


def replay_url(server: str, project_id: str, session: str) -> str:
    """The address of a session's replay.

    Args:
        server: the server's address, as `addresses.root` gives it.
        project_id: the project's number.
        session: the session's id.
    """
    web = CLOUD_APP.join(server.rsplit(CLOUD, 1)) if host(server) == CLOUD else server
    return f"{web}/{project_id}/session/{session}"
