"""Where a server's endpoints are, from the base URL as a user writes it.

May import `eventview.model`, `eventview.errors` and the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

from eventview.errors import UsageError
from eventview.model.text import clean, shorten

_HOST_ONLY_PREFIX = "/api"
"""Where a self-hosted server has its v1 API when the user names the host alone."""


def bases(url: str) -> Sequence[str]:
    """The base URLs to ask, in turn, for `{base}/v1/…`.

    A trailing slash and a trailing `/v1` are not part of the base. A host alone may be the API
    itself or a self-hosted OpenReplay, whose API is under `/api`.

    Args:
        url: as the user wrote it; without a scheme, https is meant.

    Raises:
        UsageError: it is no http or https address, or holds a user name or a query.
    """
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise UsageError(
            "The server's address holds a user name or a password.",
            cure="Leave it out of --url and OPENREPLAY_URL; the API asks for its key only.",
        )
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise _unusable(url, "Its host or port cannot be read.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not has_port:
        raise _unusable(url, "It is no http or https address.")
    if parts.query or parts.fragment:
        raise _unusable(url, "It has a query or a fragment.")
    path = re.sub(r"/+(v1/*)?$", "", parts.path)
    base = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return (base,) if path else (base, base + _HOST_ONLY_PREFIX)


def events_url(base: str, project: str, session: str) -> str:
    """The v1 endpoint of a session's events."""
    return f"{base}/v1/{quote(project, safe='')}/sessions/{quote(session, safe='')}/events"


def _unusable(url: str, cause: str) -> UsageError:
    return UsageError(
        f"{shorten(clean(url), 80)} is not a usable server address.",
        cause=cause,
        cure="Set --url or OPENREPLAY_URL to the API's address, such as "
        "https://openreplay.example.com/api.",
    )
