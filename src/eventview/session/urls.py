"""Addresses as an engineer reads them: where first, then on which host."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


_QUERY: Final = re.compile(r"/[^\s\"'<>?/]*\?([^\s\"'<>]+)")
_ESCAPED_PLUS: Final = re.compile("%2b", re.IGNORECASE)
_PUNYCODE: Final = re.compile(r"\bxn--([a-z0-9-]{1,59})", re.IGNORECASE)


def other_readings(text: str) -> Iterator[str]:
    """Yield what addresses in a text read as where that is not how they are spelled.

    A query as forms mean it, a space for a plus (WHATWG URL, application/x-www-form-urlencoded),
    and a line with the letters of an internationalised host (RFC 3492).
    """
    if "+" in text or "%2" in text:
        for query in _QUERY.findall(text):
            read = _ESCAPED_PLUS.sub("+", query.replace("+", " "))
            if read != query:
                yield read
    if "--" in text:
        yield from (read for line in text.split("\n") if (read := host_in_letters(line)) != line)


def host_in_letters(host: str) -> str:
    """Return a host, or a text with hosts, with the letters that Punycode stands for."""
    return _PUNYCODE.sub(_letters, host) if "--" in host else host


def _letters(match: re.Match[str]) -> str:
    try:
        return match[1].encode().decode("punycode")
    except UnicodeError:
        return match[0]
