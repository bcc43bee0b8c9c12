"""Addresses as an engineer reads them: where first, then on which host.

May import the standard library only.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit


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
