"""Addresses of a server's endpoints, from the base URL as a user writes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from eventview.errors import UsageError
from eventview.session.text import clean, shorten

Api = Literal["v1", "v2"]
ApiChoice = Literal["auto", "v1", "v2"]

CLOUD: Final = "api.openreplay.com"
"""Host of the API of OpenReplay's own cloud."""

CLOUD_APP: Final = "app.openreplay.com"
"""Host of its web application; others have both at one address."""

_CLOUD_HOSTS: Final = frozenset({CLOUD, CLOUD_APP, "openreplay.com"})

PORTS: Final = {"http": 80, "https": 443}
"""Default ports, which need not be written."""

_SPELLINGS: Final = (
    r"(?:/(?P<v2>v2/api/public|v2/api|v2/public|api/v2|v2)|/(?P<v1>api/v1|api|v1))?$"
)
"""Ends of a base URL in OpenReplay's documentation and its web server's configuration."""


class Endpoint(NamedTuple):
    """An address where a server may have one of its two APIs."""

    api: Api
    base: str
    """`{base}/v1/…` for the first, `{base}/public/…` for the second."""

    def url(self, *path: str, **query: int) -> str:
        """Return the address of a resource.

        Raises:
            UnicodeError: a part of the path has characters that a URL cannot hold.
        """
        parts = ["v1" if self.api == "v1" else "public", *(quote(part, safe="") for part in path)]
        return "/".join([self.base, *parts]) + (f"?{urlencode(query)}" if query else "")


def parse_api_choice(text: str) -> ApiChoice:
    """Return the API version that an option or profile names.

    Raises:
        UsageError: there is no such version.
    """
    match text:
        case "auto" | "v1" | "v2":
            return text
    raise UsageError(f"{shorten(clean(text), 20)} is none of auto, v1 and v2.")


def server_root(url: str) -> str:
    """Return the server's address without an end that leads to an API.

    Args:
        url: the URL as typed; https if it has no scheme.

    Raises:
        UsageError: the URL is not http or https, or holds a user name or a query.
    """
    return _parse(url)[0]


def candidate_endpoints(url: str, choice: ApiChoice = "auto") -> Sequence[Endpoint]:
    """Return the endpoints to try, the likeliest first.

    The version that a URL names comes first. A self-hosted server has the second API under
    `/v2/api` and the first under `/api`.

    Args:
        url: the URL as typed.
        choice: `v1` or `v2` to leave out the other.

    Raises:
        UsageError: as `server_root`.
    """
    base, hint = _parse(url)
    second = ["v2"] if urlsplit(base).hostname == CLOUD else ["v2/api", "v2"]
    if hint != "v2":
        del second[1:]
    v2 = [Endpoint("v2", f"{base}/{end}") for end in second]
    v1 = [Endpoint("v1", f"{base}/api"), Endpoint("v1", base)]
    ordered = v1 + v2 if hint == "v1" else v2 + v1
    return [endpoint for endpoint in ordered if choice in ("auto", endpoint.api)]


def host(url: str) -> str:
    """Return a URL's host and port; the cloud's hosts all become its API's.

    Raises:
        UsageError: as `server_root`.
    """
    return urlsplit(server_root(url)).netloc


def _parse(url: str) -> tuple[str, str]:
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    # The search covers the path too, as a password may have a slash; none is ever quoted.
    if "@" in text.partition("://")[2]:
        raise UsageError(
            "The server's address holds a user name or a password.",
            hint="Leave it out of the address; the API needs only its key.",
        )
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise _unusable(url, "Its host or port cannot be read.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not has_port:
        raise _unusable(url, "It is not an http or https address.")
    if parts.query or parts.fragment:
        raise _unusable(url, "It has a query or a fragment.")
    netloc = parts.netloc.lower().removesuffix(f":{PORTS[parts.scheme]}")
    if netloc in _CLOUD_HOSTS:
        netloc = CLOUD
    path = re.sub(r"/+", "/", parts.path).rstrip("/")
    end = re.search(_SPELLINGS, path)
    hint = (end.lastgroup or "") if end else ""
    path = path[: end.start()] if end else path
    return urlunsplit((parts.scheme, netloc, path, "", "")), hint


def _unusable(url: str, reason: str) -> UsageError:
    return UsageError(
        f"{shorten(clean(url), 80)} is not a usable server address.",
        reason=reason,
        hint="Set --url or OPENREPLAY_URL to the server's address, such as "
        "https://openreplay.example.com.",
    )
