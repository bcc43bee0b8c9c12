"""URLs in parts and for display, and the ids in their paths.

Redaction replaces such ids, and a comparison ignores them; both need the same notion of an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_HOST: Final = (
    r"(?i)(?:[\w-]+(?:\.[\w-]+)+|localhost|\[[0-9a-f:.]+\]|[\w-]+(?=:))(?::\d+)?\.?(?=[/?#])"
)
"""A host at the start of an address: a dot, a port or brackets, and what follows, distinguish it
from a path or the name of an app's view."""


class Address(NamedTuple):
    """The parts of a page's URL."""

    host: str
    path: str
    query: str


def split_url(url: str) -> Address:
    """Split a full URL into host, path and query; any other text is all path.

    The scheme is dropped, because releases on Postgres do not send it and a page must look the
    same from every server.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return Address("", url, "")
    if not parts.scheme or not parts.netloc:
        return Address("", url, "")
    path, query = parts.path or "/", parts.query
    # A fragment comes last, after the query if there is one.
    if parts.fragment and query:
        query = f"{query}#{parts.fragment}"
    elif parts.fragment:
        path = f"{path}#{parts.fragment}"
    return Address(parts.netloc, path, query)


def format_path_first(url: str) -> str:
    """Return a full URL with its host last, where a narrow column cuts it; other text unchanged."""
    host, path, query = split_url(url)
    shown = f"{path}?{query}" if query else path
    return f"{shown} · {host}" if host else shown


def add_scheme(url: str, host: str = "") -> str:
    """Return an address that a browser opens, with https if no scheme was sent.

    Servers on Postgres keep only host and path. If the result differs from `url`, its scheme is
    inferred, and the user must see that. An address without a host is returned unchanged.

    Args:
        url: the address as sent.
        host: the host that it begins with; "" to infer it.
    """
    if "://" in url.partition("?")[0].partition("#")[0]:
        return url
    if url.startswith("//"):
        return f"https:{url}"
    has_host = bool(host) and re.match(rf"{re.escape(host)}(?=[/?#]|$)", url)
    return f"https://{url}" if has_host or re.match(_HOST, url) else url


_QUERY: Final = r"/[^\s\"'<>?/]*\?([^\s\"'<>]+)"
_ESCAPED_PLUS: Final = "(?i)%2b"
_PUNYCODE: Final = r"(?i)\bxn--([a-z0-9-]{1,59})"


def other_spellings(text: str) -> Iterator[str]:
    """Yield other spellings of the addresses in a text.

    These are a query with spaces for its pluses (WHATWG URL, application/x-www-form-urlencoded) and
    a line with the letters of an internationalised host (RFC 3492).
    """
    if "+" in text or "%2" in text:
        for query in re.findall(_QUERY, text):
            read = re.sub(_ESCAPED_PLUS, "+", query.replace("+", " "))
            if read != query:
                yield read
    if "--" in text:
        yield from (read for line in text.split("\n") if (read := decode_host(line)) != line)


def decode_host(host: str) -> str:
    """Return a host, or a text with hosts, with Punycode decoded to letters."""
    return re.sub(_PUNYCODE, _decode_punycode, host) if "--" in host else host


def _decode_punycode(match: re.Match[str]) -> str:
    try:
        return match[1].encode().decode("punycode")
    except UnicodeError:
        return match[0]


UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

STEMS: Final = (
    "body", "device", "email", "event", "file", "host", "id", "phone", "place", "project",
    "session", "user", "value",
)  # fmt: skip
"""The names of redaction's placeholders, before their number."""

_PLACEHOLDER: Final = rf"(?:{'|'.join(STEMS)})-[0-9]+"
PLACEHOLDER: Final = re.compile(rf"(?:(?<![^\W_])|(?<=%[0-9A-Fa-f]{{2}})){_PLACEHOLDER}")
"""A placeholder in a text, also after a percent-encoded character, which may end in letters."""

LONG: Final = 16
"""Fewest characters of an id with letters and digits: a shorter token may be a name like `utf8`."""

NUMBERED: Final = r"[A-Za-z]{1,12}(?:[-_][0-9]+)+"
"""Letters, then groups of digits, like the number of an order or invoice: `INV-2024-0017`."""

_SURE: Final = rf"(?i)[0-9]+|{UUID.pattern}|[0-9a-f]{{12,}}|{_PLACEHOLDER}"
_YEAR: Final = r"[a-z]+[-_](?:19|20)[0-9]{2}"
_LONG: Final = rf"[\w-]{{{LONG},}}"
_JOINT: Final = r"[-_]"

LEAST_DIGITS: Final = 4
"""Fewest digits of such a number: `step-2` is no order."""

_LONGEST_SIZE: Final = 4
"""Most characters of the one group with digits in the name of a product: `2l`, `2024`."""


def is_id(token: str) -> bool:
    """Return True if a token is an id.

    An id is a number, a UUID, long hexadecimal, an order number, a long token with letters and
    digits that is no name made of words, or a placeholder for one of these.
    """
    if re.fullmatch(_SURE, token):
        return True
    digits = sum(map(str.isdecimal, token))
    if re.fullmatch(NUMBERED, token):
        # `summer-2024` is a season.
        return digits >= LEAST_DIGITS and not re.fullmatch(_YEAR, token)
    is_mixed = digits > 0 and any(map(str.isalpha, token))
    return is_mixed and re.fullmatch(_LONG, token) is not None and not _is_slug(token)


def _is_slug(token: str) -> bool:
    """Return True for words joined by hyphens, with at most one short group with digits."""
    groups = re.split(_JOINT, token)
    words = [group for group in groups if group.isalpha()]
    others = [group for group in groups if not group.isalpha()]
    # A token with mixed cases is more likely random.
    are_words = all(word[1:] in {word[1:].lower(), word[1:].upper()} for word in words)
    is_short = len(others) <= 1 and all(0 < len(group) <= _LONGEST_SIZE for group in others)
    return bool(words) and are_words and is_short


def mask_placeholders(text: str) -> str:
    """Return a text with `*` for each placeholder, since each session numbers its own."""
    return PLACEHOLDER.sub("*", text) if "-" in text else text
