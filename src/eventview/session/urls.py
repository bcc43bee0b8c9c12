"""Addresses as an engineer reads them: where first, then on which host.

Which tokens of a path are one thing's id, rather than a word for things of a kind.

The one notion of it: redaction replaces such ids, and a comparison takes paths that differ in them
only for the same page.
"""

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


UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

STEMS: Final = (
    "body", "device", "email", "event", "file", "host", "id", "phone", "place", "project",
    "session", "user", "value",
)  # fmt: skip
"""What the stand-ins of redaction are called, before their number."""

_STAND_IN: Final = rf"(?:{'|'.join(STEMS)})-[0-9]+"
STAND_IN: Final = re.compile(rf"(?:(?<![^\W_])|(?<=%[0-9A-Fa-f]{{2}})){_STAND_IN}")
"""A stand-in in a text; behind a percent-encoded character too, which ends in letters or digits."""

LONG: Final = 16
"""Characters of a token with letters and digits that is an id: a shorter one may be a name, as
`utf8` is."""

NUMBERED: Final = r"[A-Za-z]{1,12}(?:[-_][0-9]+)+"
"""Letters and then groups of digits, as orders and invoices are numbered: `INV-2024-0017`."""

_SURE: Final = re.compile(rf"[0-9]+|{UUID.pattern}|[0-9a-f]{{12,}}|{_STAND_IN}", re.IGNORECASE)
_NUMBERED: Final = re.compile(NUMBERED)
_YEAR: Final = re.compile(r"[a-z]+[-_](?:19|20)[0-9]{2}")
_LONG: Final = re.compile(rf"[\w-]{{{LONG},}}")
_JOINT: Final = re.compile(r"[-_]")

LEAST_DIGITS: Final = 4
"""Digits of a number behind letters: `step-2` is no order."""

_LONGEST_SIZE: Final = 4
"""Characters of the one group with digits that the name of a product may have: `2l`, `2024`."""


def is_id(token: str) -> bool:
    """Whether a token is one thing's id.

    Digits, a UUID, long hexadecimal, an order number, a long token with letters and digits that is
    no name made of words; or a stand-in for one of these.
    """
    if _SURE.fullmatch(token):
        return True
    digits = sum(map(str.isdecimal, token))
    if _NUMBERED.fullmatch(token):
        # `summer-2024` is a season.
        return digits >= LEAST_DIGITS and not _YEAR.fullmatch(token)
    is_mixed = digits > 0 and any(map(str.isalpha, token))
    return is_mixed and _LONG.fullmatch(token) is not None and not _is_slug(token)


def _is_slug(token: str) -> bool:
    """Whether a token is words joined by hyphens, with at most one short group with digits."""
    groups = _JOINT.split(token)
    names = [group for group in groups if group.isalpha()]
    others = [group for group in groups if not group.isalpha()]
    return (
        bool(names)
        and len(others) <= 1
        and all(0 < len(group) <= _LONGEST_SIZE for group in others)
        and all(map(_is_word, names))
    )


def _is_word(letters: str) -> bool:
    # What mixes cases is rather chosen by chance.
    return letters[1:] in {letters[1:].lower(), letters[1:].upper()}


def without_stand_ins(text: str) -> str:
    """A text with all stand-ins alike: another session numbers the same values otherwise."""
    return STAND_IN.sub("*", text) if "-" in text else text
