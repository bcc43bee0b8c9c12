"""Fetching a session over HTTP: one request, bounded in time and size, its failures in words.

The only module that imports httpx. May import `eventview.model`, `eventview.errors` and its
neighbours in `sources`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from eventview.errors import (
    EventviewError,
    NotFoundError,
    NotUnderstoodError,
    UnavailableError,
    UsageError,
)
from eventview.model.events import Event
from eventview.model.source import Batch, Origin
from eventview.model.text import clean, shorten
from eventview.sources.batches import whole
from eventview.sources.body import MAX_BYTES, read_json
from eventview.sources.openreplay.addresses import bases, events_url
from eventview.sources.openreplay.refusals import (
    Answer,
    is_wrong_prefix,
    not_a_session,
    refusal,
)
from eventview.sources.openreplay.v1 import events_of

CONNECT_TIMEOUT_S = 10.0
"""A server that takes longer to accept a connection is as good as down."""

ANSWER_TIMEOUT_S = 40.0
"""Between two parts of an answer. OpenReplay gives its own database 30 s before it answers 500,
and that answer says more than a timeout here would."""

_REFUSAL_BYTES = 64 * 1024
"""How much of an error's body is read; its words are at its start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server and how to talk to it."""

    url: str
    """The base URL as the user wrote it."""
    key: SecretStr
    timeout_s: float = ANSWER_TIMEOUT_S
    """Seconds to wait for the next part of an answer."""


class RemoteSession:
    """A session on an OpenReplay server that speaks the v1 API.

    Args:
        server: where to ask.
        project: the project's key.
        session: the session's id.

    Raises:
        UsageError: the server's address cannot be used.
    """

    def __init__(self, server: Server, project: str, session: str) -> None:
        self._server = server
        self._project = project
        self._session = session
        self._bases = bases(server.url)
        try:
            httpx.URL(events_url(self._bases[-1], project, session))
            host = httpx.URL(self._bases[0]).netloc.decode("ascii")
        except (httpx.InvalidURL, UnicodeError):
            raise UsageError(
                "No request can be made from this address, project and session.",
                cure="Check --url, the project's key and the session's id for stray characters.",
            ) from None
        self.origin = Origin(clean(project), clean(session), place=clean(host))

    def batches(self) -> Iterator[Batch]:
        """Ask the server for all events; see `eventview.model.source.Source`.

        Raises:
            NotAuthorisedError: the key was refused.
            NotFoundError: no such project or endpoint, or no events.
            UsageError: the server cannot read the session id.
            UnavailableError: no connection, no answer in time, a failing server.
            NotUnderstoodError: an answer that is not a session's events.
        """
        with _client(self._server.timeout_s) as client:
            for base in self._bases:
                answer = self._ask(client, base)
                if not is_wrong_prefix(answer):
                    break
        yield from whole(
            self._understand(answer, base),
            if_none=NotFoundError(
                "No events: unknown session, or nothing recorded yet; the server does not "
                "tell which.",
                cause=f"Asked for session {shorten(self.origin.session_id, 80)}.",
                cure="Check the session id, or try again once the session has ended.",
            ),
        )

    def _ask(self, client: httpx.Client, base: str) -> Answer:
        headers = {
            # As bytes, because httpx refuses a header's text outside ASCII with the text itself
            # in its message.
            b"Authorization": self._server.key.get_secret_value().encode(),
            # Of the encodings httpx knows, OpenReplay has just this one.
            b"Accept-Encoding": b"gzip",
            b"Accept": b"application/json",
        }
        url = events_url(base, self._project, self._session)
        try:
            with client.stream("GET", url, headers=headers) as response:
                ok = response.status_code == httpx.codes.OK
                return Answer(
                    response.status_code,
                    content_type=response.headers.get("content-type", ""),
                    location=response.headers.get("location", ""),
                    body=_whole(response) if ok else _start(response),
                )
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise _failure(error, self.origin.place, self._server.timeout_s) from None

    def _understand(self, answer: Answer, base: str) -> Sequence[Event]:
        url = clean(base)
        if answer.status != httpx.codes.OK:
            raise refusal(answer, self.origin, url)
        try:
            return events_of(read_json(answer.body))
        except NotUnderstoodError:
            raise not_a_session(answer, url) from None


def _client(timeout_s: float) -> httpx.Client:
    """A client with the proxies and certificates that the environment names.

    Raises:
        UsageError: the environment names some that cannot be used.
    """
    timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
    try:
        return httpx.Client(timeout=timeout, follow_redirects=False)
    except (OSError, ValueError, ImportError, httpx.InvalidURL):
        # Not quoted: a proxy's address may hold a password.
        raise UsageError(
            "The environment's network settings cannot be used.",
            cause="A certificate file cannot be read, or a proxy's address is not one.",
            cure="Check SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and "
            "NO_PROXY.",
        ) from None


def _whole(response: httpx.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BYTES:
            raise NotUnderstoodError(
                "The answer is too large for a session.",
                cause=f"It holds more than {MAX_BYTES // 2**20} MiB; the rest was not read.",
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _start(response: httpx.Response) -> bytes:
    body = b""
    # The status says what happened even where the words cannot be unpacked.
    with suppress(httpx.DecodingError):
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) >= _REFUSAL_BYTES:
                break
    return body


def _failure(error: Exception, place: str, timeout_s: float) -> EventviewError:
    """The failure that an exception of httpx stands for.

    Only exceptions of the operating system and of TLS are quoted: those about the request may
    repeat its headers.
    """
    match error:
        case httpx.ConnectTimeout():
            return UnavailableError(
                f"{place} did not accept a connection within {CONNECT_TIMEOUT_S:g} s.",
                cure="Check the address and the network (VPN, proxy), then try again.",
            )
        case httpx.TimeoutException():
            return UnavailableError(
                f"{place} did not answer within {timeout_s:g} s.",
                cure="Try again; give a slow server more time with --timeout SECONDS.",
            )
        case httpx.ConnectError() if "CERTIFICATE" in str(error).upper():
            return UnavailableError(
                f"The TLS certificate of {place} is not trusted.",
                cause=f"{clean(str(error))}.",
                cure="If it was issued by your own authority, name that in SSL_CERT_FILE.",
            )
        case httpx.ConnectError():
            return UnavailableError(
                f"{place} cannot be reached.",
                cause=f"{clean(str(error)) or 'Connection failed'}.",
                cure="Check --url, that the server is up, and the network (VPN, proxy).",
            )
        case httpx.ProxyError():
            return UnavailableError(
                f"The proxy refused to connect to {place}.",
                cause=f"{clean(str(error))}.",
                cure="Check HTTPS_PROXY and NO_PROXY.",
            )
        case httpx.DecodingError():
            return NotUnderstoodError(
                f"The answer from {place} is damaged.",
                cause="Its compressed data cannot be unpacked.",
                cure="Try again; something between here and the server may be changing it.",
            )
        case httpx.RemoteProtocolError() | httpx.NetworkError():
            return UnavailableError(
                f"{place} broke off before its answer was complete.",
                cause=f"{clean(str(error)) or type(error).__name__}.",
                cure="Try again.",
            )
    return UsageError(
        f"No request can be made to {place}.",
        cause=f"{type(error).__name__}.",
        cure="Check --url, the project and the session id.",
    )
