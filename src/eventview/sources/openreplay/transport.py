"""Requests to one server, with limits of time, size and attempts; the only module with httpx."""

from __future__ import annotations

import math
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from itertools import takewhile
from threading import Event as Flag
from threading import Lock, Thread
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx

from eventview import __version__
from eventview.errors import EventviewError, InvalidDataError, UnavailableError, UsageError
from eventview.session.text import clean
from eventview.sources.openreplay.base_urls import host, server_root
from eventview.sources.openreplay.connection import Server
from eventview.sources.openreplay.http_errors import connect_failure, proxy_login
from eventview.sources.openreplay.network import Proxy, proxy_for, refuse_plain_http, tls_context
from eventview.sources.openreplay.request_log import mask_key_in
from eventview.sources.openreplay.responses import HttpRequest, Response

CONNECT_TIMEOUT_S: Final = 10.0
"""Limit for accepting a connection and for the TLS handshake, in seconds."""

_WHOLE_ANSWER: Final = 3
"""Limit for a whole answer, in timeouts: a server that drips is cut off."""

_WORTH_RETRYING: Final = frozenset({429, 502, 503, 504})
"""Statuses of a server or proxy that is busy or restarting. A 500 is retried once: release 1.21
answers it to the first request after its database was away, but also to what it cannot do."""

_STEP_BYTES: Final = 2**20
"""Limit of bytes unpacked at once, as a network packet can expand a thousandfold."""

_GZIP: Final = zlib.MAX_WBITS | 16

_REFUSAL_BYTES: Final = 64 * 1024
"""Limit of bytes read of an error's body, whose message is at its start."""

_LOCATION: Final = "location header"
"""Part of httpx's message for an invalid redirect; its type is that of a broken connection."""

Result = TypeVar("Result")


class _TemporaryError(Exception):
    """An attempt failed and may be repeated.

    Args:
        reason: the reason, for the status message.
        outcome: the failure, or the answer to return after the last attempt.
        pause_s: least wait in seconds; 0 for as long as the answer asks for.
    """

    def __init__(
        self, reason: str, outcome: Response | EventviewError, pause_s: float = 0.0
    ) -> None:
        super().__init__(reason)
        self.outcome = outcome
        answer = outcome if isinstance(outcome, Response) else None
        self.pause_s = pause_s or (answer.retry_after_s if answer else 0.0)
        # The server failed, rather than being busy or unreachable.
        self.is_for_500 = answer is not None and answer.status == HTTPStatus.INTERNAL_SERVER_ERROR


class Transport:
    """A client for one server; a context manager, safe in several threads.

    Args:
        server: the server and its settings.
        on_status: callback for status messages (retries, slow answers); "" clears them.
        sleep: waits some seconds between two attempts; by default until the connection is closed.

    Raises:
        UsageError: the environment's proxies or certificates cannot be used, or the key would go
            to another machine unencrypted.
    """

    def __init__(
        self,
        server: Server,
        on_status: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._server = server
        self._on_status = on_status
        self._is_closed = Flag()
        self._sleep = sleep or self._is_closed.wait
        self._lock = Lock()
        self._waiting = 0
        self._announced = 0
        base = server_root(server.url)
        self._base = urlsplit(base)[:2]
        self._place = clean(host(server.url))
        if not server.is_insecure:
            refuse_plain_http(server.url)
        self._proxy = proxy_for(base)
        self._client = _client(base, self._proxy, server.timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Close the connections, end waits, and mask the key in a failure that leaves."""
        self._is_closed.set()
        self._client.close()
        if isinstance(error, EventviewError):
            mask_key_in(error, self._server.key)

    def send(self, request: HttpRequest) -> Response:
        """Send a request, again if its failure may pass.

        Raises:
            UnavailableError: no connection, or no answer in time, for all attempts.
            InvalidDataError: the answer is damaged or too large.
            UsageError: the request cannot be sent.
        """
        if urlsplit(request.url)[:2] != self._base:
            raise UsageError(
                f"The API key is for {self._place} only.",
                reason="The request was for another host.",
            )
        policy = self._server.retry_policy
        number, failed = 1, 0
        while True:
            try:
                return self._send_once(request, number)
            except _TemporaryError as error:
                failed += error.is_for_500
                if (
                    failed > 1
                    or self._is_closed.is_set()
                    or number >= policy.attempts
                    or error.pause_s > policy.longest_asked_s
                ):
                    if isinstance(error.outcome, Response):
                        return error.outcome
                    raise error.outcome from None
                wait_s = max(policy.wait_s(number), error.pause_s)
                self._announce_retry(error, number, wait_s)
            self._pause(wait_s)
            number += 1

    def _announce_retry(self, error: _TemporaryError, number: int, wait_s: float) -> None:
        with self._lock:
            self._waiting += 1
            if self._waiting > 1 and number <= self._announced:
                # One message is enough for several requests that wait for the same.
                return
            self._announced = number
        attempts = number + 1 if error.is_for_500 else self._server.retry_policy.attempts
        self._on_status(
            f"{error}; trying again in {wait_s:.0f} s (attempt {number + 1} of {attempts})"
        )

    def _pause(self, seconds: float) -> None:
        self._sleep(seconds)
        with self._lock:
            self._waiting -= 1
            if self._waiting:
                return
            self._announced = 0
        self._on_status("")

    def _send_once(self, request: HttpRequest, number: int) -> Response:
        if self._is_closed.is_set():
            raise UnavailableError("The request was cancelled.", hint="Try again.")
        started = time.monotonic()
        # A socket's timeout starts over with each byte, so this thread does not read.
        limit_s = self._server.timeout_s * _WHOLE_ANSWER
        is_under_way, is_abandoned = Flag(), Flag()
        outcome = "no answer"
        try:
            work = partial(self._exchange, request, is_under_way.set, is_abandoned)
            exchange = run_in_thread(work, "request")
            exchange.add_done_callback(lambda _: is_under_way.set())
            is_under_way.wait(limit_s)
            self._server.on_request()
            answer = exchange.result(limit_s)
            outcome = str(answer.status)
        except TimeoutError:
            raise UnavailableError(
                f"{self._place} sends too slowly.",
                reason=f"Its answer was incomplete after {limit_s:g} s.",
                hint="Try again; give a slow server more time with --timeout SECONDS.",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            outcome = type(error).__name__
            failure = _describe_failure(error, request.url, self._proxy, self._server.timeout_s)
            if _is_temporary(error):
                raise _TemporaryError(failure.message.rstrip("."), failure) from None
            raise failure from None
        except EventviewError as failure:
            outcome = failure.message
            raise
        finally:
            is_abandoned.set()
            elapsed_ms = round((time.monotonic() - started) * 1000)
            tried = f"{request.method} {request.url} {outcome} {elapsed_ms} ms attempt {number}"
            self._server.log.write(tried, self._server.key)
        reason = f"{self._place} answers {answer.status}"
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            pause_s = request.pause_s if request.pause_s <= limit_s else math.inf
            reason += f": {request.pause_reason}" if request.pause_reason else ""
            raise _TemporaryError(reason, answer, pause_s)
        if answer.status in _WORTH_RETRYING:
            raise _TemporaryError(reason, answer)
        return answer

    def _exchange(
        self, request: HttpRequest, on_connect: Callable[[], object], is_abandoned: Flag
    ) -> Response:
        """Send a request and read its answer, unless it is abandoned."""
        key = self._server.key.value.encode()
        # Bytes, because httpx quotes a header that is not ASCII in its error message.
        headers = {b"Authorization": b"Bearer " + key if request.is_bearer else key}
        with self._client.stream(
            request.method,
            request.url,
            headers=headers,
            json=request.payload,
            # httpcore calls it at each step; the first is to connect, if it is not connected yet.
            extensions={"trace": lambda *_: on_connect()},
        ) as response:
            status, header = response.status_code, response.headers.get
            sent = takewhile(lambda _: not is_abandoned.is_set(), response.iter_raw())
            body = _read_body(
                unpack(sent, header("content-encoding", ""), self._place),
                min(request.max_bytes, self._server.max_bytes),
                is_refusal=status != HTTPStatus.OK,
                on_part=request.on_part if status == HTTPStatus.OK else None,
            )
            return Response(
                status,
                content_type=header("content-type", ""),
                location=header("location", ""),
                body=body,
                retry_after=header("retry-after", ""),
                login=header("www-authenticate", "") or header("proxy-authenticate", ""),
                server=header("server", ""),
            )


def run_in_thread(work: Callable[[], Result], name: str) -> Future[Result]:
    """Run work in a daemon thread, which does not keep the process alive as an executor's do."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # the caller gets it
            future.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()
    return future


def _is_temporary(error: Exception) -> bool:
    """Tell whether a retry may help; a timeout only gives the server the same work again."""
    if isinstance(error, httpx.RemoteProtocolError):
        return _LOCATION not in str(error)
    if not isinstance(error, httpx.ConnectError):
        return isinstance(error, httpx.ConnectTimeout | httpx.NetworkError)
    # An unknown host or a TLS mismatch would fail every attempt.
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, socket.gaierror | ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, socket.gaierror):
        return cause.errno == socket.EAI_AGAIN
    # A restarting server breaks off a handshake.
    return cause is None or isinstance(cause, ssl.SSLEOFError)


def _client(base: str, proxy: Proxy | None, timeout_s: float) -> httpx.Client:
    """Return an httpx client for one server that ignores the environment.

    Raises:
        UsageError: the environment's proxy or certificates cannot be used.
    """
    agent = {"User-Agent": f"eventview/{__version__}"}
    through = None
    is_tls_to_proxy = proxy is not None and proxy.url.startswith("https:")
    context = (
        tls_context()
        if base.startswith("https:") or is_tls_to_proxy
        # Unused, but without it httpx would read certificates.
        else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    try:
        if proxy is not None:
            tls = context if is_tls_to_proxy else None
            through = httpx.Proxy(proxy.url, ssl_context=tls, headers=agent)
        return httpx.Client(
            # OpenReplay knows no other encoding.
            headers={**agent, "Accept": "application/json", "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
            follow_redirects=False,
            proxy=through,
            verify=context,
            trust_env=False,
        )
    except (ValueError, httpx.InvalidURL):
        # The address may hold a password, so it is not quoted.
        variable = proxy.variable if proxy else "the environment"
        raise UsageError(
            f"The proxy of {variable} cannot be used.",
            reason="Its address is not valid.",
            hint=f"Set {variable} to an address such as http://proxy.example:3128, or unset it.",
        ) from None


def _describe_failure(
    error: Exception, url: str, proxy: Proxy | None, timeout_s: float
) -> EventviewError:
    """Return the failure for an exception; others than system and TLS errors may quote headers."""
    message = clean(str(error))
    place = clean(host(url))
    through = f" It is asked through the proxy {proxy.place} of {proxy.variable}." if proxy else ""
    match error:
        case httpx.ConnectTimeout():
            return connect_failure(message, place, through, min(CONNECT_TIMEOUT_S, timeout_s))
        case httpx.ConnectError():
            return connect_failure(message, place, through)
        case httpx.TimeoutException():
            return UnavailableError(
                f"{place} did not answer within {timeout_s:g} s.",
                hint="Try again; give a slow server more time with --timeout SECONDS.",
            )
        case httpx.ProxyError() if message.startswith("407"):
            return proxy_login()
        case httpx.ProxyError():
            return UnavailableError(
                f"The proxy refused to connect to {place}.",
                reason=f"{message}.{through}",
                hint=f"Check {proxy.variable if proxy else 'HTTPS_PROXY'} and NO_PROXY.",
            )
        case httpx.RemoteProtocolError() if _LOCATION in message:
            return InvalidDataError(
                f"{place} redirects requests elsewhere.",
                reason="The redirect has no valid address.",
                hint="The key is never sent to another host; set --url to the right address.",
            )
        case httpx.RemoteProtocolError() | httpx.NetworkError():
            # A TLS port answers plain HTTP with a TLS alert or with nothing.
            is_for_tls = url.startswith("http:") and (
                "illegal request line" in message or "without sending" in message
            )
            return UnavailableError(
                f"{place} broke off before its answer was complete.",
                reason=f"{message.rstrip('.') or type(error).__name__}.{through}",
                hint="Try again."
                + " If its port has TLS, write https:// before its address." * is_for_tls,
            )
    return UsageError(
        f"No request can be made to {place}.",
        reason=f"{type(error).__name__}.",
        hint="Check --url, the project and the session id.",
    )


def unpack(sent: Iterable[bytes], encoding: str, place: str) -> Iterator[bytes]:
    """Yield the parts of a body, unpacked; a gzip body may have several members.

    Args:
        sent: the parts as sent.
        encoding: the answer's `Content-Encoding`; "" for none.
        place: the server, cleaned.

    Raises:
        InvalidDataError: the body is damaged, or its encoding was not requested.
    """
    if encoding.strip().lower() in {"", "identity"}:
        yield from sent
        return
    if encoding.strip().lower() not in {"gzip", "x-gzip"}:
        # This includes gzip in gzip, which expands a few bytes to gigabytes.
        raise _damaged(place, "Its compression is not the one that was requested.")
    unpacker = zlib.decompressobj(_GZIP)
    is_empty = True
    try:
        for part in sent:
            is_empty = is_empty and not part
            rest = part
            while rest:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(rest, _STEP_BYTES)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
        yield unpacker.flush()
    except zlib.error:
        raise _damaged(place, "Its compressed data cannot be unpacked.") from None
    if not unpacker.eof and not is_empty:
        raise _damaged(place, "Its compressed data ends too early.")


def _damaged(place: str, reason: str) -> InvalidDataError:
    return InvalidDataError(
        f"The answer from {place} is damaged.",
        reason=reason,
        hint="Try again; something between here and the server may change its data.",
    )


def _read_body(
    parts: Iterable[bytes],
    max_bytes: int,
    *,
    is_refusal: bool,
    on_part: Callable[[bytes], object] | None = None,
) -> bytes:
    """Return a body; of a refusal its start, as far as it can be unpacked.

    With `on_part`, that gets the parts, and only the start is returned.

    Raises:
        InvalidDataError: the body is larger than `max_bytes`, or damaged.
    """
    limit = _REFUSAL_BYTES if is_refusal else max_bytes
    chunks: list[bytes] = []
    size = 0
    # A refusal's status is enough if its message cannot be unpacked.
    with suppress(*[InvalidDataError] if is_refusal else ()):
        if on_part is not None:
            on_part(b"")
        for chunk in parts:
            if on_part is None or size < _REFUSAL_BYTES:
                chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                break
            if on_part is not None and chunk:
                on_part(chunk)
    if size > limit and not is_refusal:
        raise InvalidDataError(
            "The answer is too large for a session.",
            reason=f"It holds more than {max_bytes // 2**20} MiB; the rest was not read.",
            hint="If it is what you expect, allow more with --max-size." if on_part else "",
        )
    return b"".join(chunks)
