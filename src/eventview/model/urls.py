"""Addresses as an engineer reads them: where first, then on which host.

May import the standard library only.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_HOST: Final = re.compile(
    r"(?:[\w-]+(?:\.[\w-]+)+|localhost|\[[0-9a-f:.]+\]|[\w-]+(?=:))(?::\d+)?\.?(?=[/?#])",
    re.IGNORECASE,
)
"""A host at the start of an address: a dot, a port or brackets and what follows tell it from a path
or the name of an app's view."""


class Address(NamedTuple):
    """The parts of a page's URL, as an engineer names them."""

    host: str
    path: str
    query: str


def split_url(url: str) -> Address:
    """Split a full URL; what is none is all path.

    The scheme is left in the raw value: releases on Postgres do not send it, and the same page
    must read the same whatever server it comes from.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return Address("", url, "")
    if not parts.scheme or not parts.netloc:
        return Address("", url, "")
    path, query = parts.path or "/", parts.query
    # A fragment comes last, whatever there is before it.
    if parts.fragment and query:
        query = f"{query}#{parts.fragment}"
    elif parts.fragment:
        path = f"{path}#{parts.fragment}"
    return Address(parts.netloc, path, query)


def path_first(url: str) -> str:
    """A full URL with its host behind its path, where a narrow column cuts it; else unchanged."""
    host, path, query = split_url(url)
    shown = f"{path}?{query}" if query else path
    return f"{shown} · {host}" if host else shown


def with_scheme(url: str, host: str = "") -> str:
    """Return an address that a browser opens, with https where no scheme was sent.

    Servers on Postgres keep only host and path. Where the result differs from `url`, its scheme is
    inferred, and whoever shows it says so. An address without a host comes back unchanged.

    Args:
        url: the address as sent.
        host: the host it is known to begin with; "" to judge by its looks.
    """
    if "://" in url.partition("?")[0].partition("#")[0]:
        return url
    if url.startswith("//"):
        return f"https:{url}"
    is_led_by_host = bool(host) and re.match(rf"{re.escape(host)}(?=[/?#]|$)", url)
    return f"https://{url}" if is_led_by_host or _HOST.match(url) else url


def spaced(address: str) -> str:
    """Return an address and, on a line of its own, its query as forms mean it: a space for a plus.

    The address alone where its query has no plus (WHATWG URL, application/x-www-form-urlencoded).
    """
    query = address.partition("?")[2]
    return f"{address}\n{query.replace('+', ' ')}" if "+" in query else address
