"""Requests and answers: messages of servers, and the marks of web pages and login pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple

from eventview.errors import InvalidDataError
from eventview.session.text import clean, shorten, unescape_entities
from eventview.sources import MAX_BYTES

KEY_STATUSES: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

MESSAGE_FIELDS: Final = frozenset({"errors", "detail", "error"})

_MESSAGE_LIMIT = 300
"""Limit of quoted characters of a server's message, as it may echo its whole input."""

_TITLES: Final = [
    re.compile(rf"<{tag}\b[^>]*>(.*?)</{tag}\s*>".encode(), re.IGNORECASE | re.DOTALL)
    for tag in ("title", "h1")
]

_LOGIN_MARKS: Final = (
    r"(?i)log[-_ ]?[io]n|sign[-_ ]?in|\bsso\b|\bsaml|oauth|openid|\bauth|\bidp\b|anmeld|connexion|"
    r"acceso"
)

_PASSWORD: Final = rb"(?i)type\s*=\s*[\"']?password"

_REALM: Final = r"(?i)realm\s*=\s*(?:\"([^\"]*)\"|([^\s,]+))"


class HttpRequest(NamedTuple):
    """A request to the server's own host, which may be sent several times."""

    url: str
    payload: Mapping[str, object] | None = None
    """JSON document to POST; None for a GET request."""
    is_bearer: bool = False
    """True to send the key as a bearer token, for the second API."""
    max_bytes: int = MAX_BYTES
    pause_s: float = 0.0
    """Seconds before a 500 is retried; no retry if that exceeds the time limit."""
    pause_reason: str = ""
    """Reason for that pause, for the status message."""
    on_part: Callable[[bytes], object] | None = None
    """Callback for the parts of a successful answer's body, which then has only its start; in
    another thread. An empty part begins each answer, because an attempt may be repeated."""

    @property
    def method(self) -> str:
        """HTTP method."""
        return "GET" if self.payload is None else "POST"


class Response(NamedTuple):
    """An answer of a server, as far as it was read."""

    status: int
    content_type: str
    location: str
    """Target of a redirect, as sent; else ""."""
    body: bytes
    """Decompressed body; only its start unless the status is 200."""
    retry_after: str = ""
    """`Retry-After` as sent; else ""."""
    login: str = ""
    """`WWW-Authenticate` or `Proxy-Authenticate` as sent; else ""."""
    server: str = ""
    """`Server` header as sent: the software that answers."""

    @property
    def retry_after_s(self) -> float:
        """Requested wait in seconds, from a number or a date; 0 for none."""
        if self.retry_after.isascii() and self.retry_after.isdecimal():
            return float(self.retry_after)
        with suppress(ValueError, OverflowError):
            date = parsedate_to_datetime(self.retry_after)
            # HTTP's dates are in UTC, and one of their three forms has no zone.
            zoned = date if date.tzinfo else date.replace(tzinfo=UTC)
            return max(0.0, (zoned - datetime.now(UTC)).total_seconds())
        return 0.0


def is_web_page(answer: Response) -> bool:
    """Tell whether an answer is HTML, as proxies and OpenReplay's web application send it."""
    return "html" in answer.content_type.lower() or answer.body.lstrip()[:1] == b"<"


def title_of(answer: Response) -> str:
    """Return the title or first heading of an answer's web page, cleaned; "" for none."""
    if not is_web_page(answer):
        return ""
    found = next((match for title in _TITLES if (match := title.search(answer.body))), None)
    if found is None:
        return ""
    text = unescape_entities(re.sub(rb"<[^>]*>", b" ", found[1]).decode("utf-8", "replace"))
    return shorten(clean(" ".join(text.split())), 100)


def is_login(text: str, body: bytes = b"") -> bool:
    """Tell whether a page asks for a login, by its title or address and its form."""
    return re.search(_LOGIN_MARKS, text) is not None or re.search(_PASSWORD, body) is not None


def login_method(header: str) -> str:
    """Return the kind of login a server asks for, such as `Basic, for "intranet"`.

    Args:
        header: `WWW-Authenticate` or `Proxy-Authenticate`, as sent; "" gives "".
    """
    scheme, _, rest = header.partition(" ")
    realm = re.search(_REALM, rest)
    name = shorten(clean((realm[1] or realm[2] or "").strip()), 80) if realm else ""
    return shorten(clean(scheme.rstrip(",")), 20) + (f', for "{name}"' if name else "")


def status_sentence(answer: Response, message: str = "", api: str = "") -> str:
    """Return a sentence with a refusal's status and its message or title."""
    if message:
        return f'The server says "{message}" (status {answer.status}).'
    if title := title_of(answer):
        return f'It is the page "{title}" (status {answer.status}).'
    if api and answer.status in KEY_STATUSES and (api, answer.status) != ("v2", 401):
        return (
            f"Status {answer.status} without a message, unlike OpenReplay's {api} API: "
            "something in front of it may have answered."
        )
    return f"Status {answer.status}."


def any_message(answer: Response) -> str:
    """Return a refusal's message or text, cleaned and shortened; "" for a web page."""
    if is_web_page(answer):
        return ""
    from eventview.sources.json_reader import read_json  # noqa: PLC0415  # after the request

    with suppress(InvalidDataError):
        if message := error_message(read_json(answer.body)):
            return message
    return shorten(clean(answer.body.decode("utf-8", "replace").strip()), _MESSAGE_LIMIT)


def refusal_message(body: bytes, fields: Set[str] = MESSAGE_FIELDS) -> str:
    """Return the message of a body with one field out of `fields`; "" for other bodies."""
    from eventview.sources.json_reader import read_json  # noqa: PLC0415  # after the request

    with suppress(InvalidDataError):
        answer = read_json(body)
        if isinstance(answer, Mapping) and len(answer) == 1 and answer.keys() <= fields:
            return error_message(answer)
    return ""


def text_field(row: Mapping[str, object], field: str) -> str:
    """Return a text or whole number of a decoded answer, cleaned; "" for anything else."""
    value = row.get(field)
    return clean(str(value)) if isinstance(value, str | int) else ""


def error_message(answer: object) -> str:
    """Return the message of a decoded error body, cleaned and shortened; "" for other bodies.

    OpenReplay has three forms: `{"errors": [text]}`, `{"detail": text}` and
    `{"detail": [{"msg": text, …}]}`.
    """
    if not isinstance(answer, Mapping):
        return ""
    entries = answer.get("errors") or answer.get("detail") or answer.get("error")
    if isinstance(entries, str):
        entries = [entries]
    if not isinstance(entries, list):
        return ""
    texts = [entry.get("msg") if isinstance(entry, Mapping) else entry for entry in entries]
    text = "; ".join(clean(each) for each in texts if isinstance(each, str))
    return shorten(text.rstrip("."), _MESSAGE_LIMIT)
