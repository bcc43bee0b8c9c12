"""Requests to one server, with limits of time, size and attempts; the only module with httpx."""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from http import HTTPStatus
from itertools import takewhile
from threading import Event as Flag
from threading import Lock, Thread
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_exponential_jitter

from eventview import __version__
from eventview.errors import EventviewError, InvalidDataError, UnavailableError, UsageError
from eventview.session.text import clean
from eventview.sources.json_reader import MAX_BYTES
from eventview.sources.openreplay.base_urls import host, server_root
from eventview.sources.openreplay.connection import Server
from eventview.sources.openreplay.http_errors import connect_failure, proxy_login
from eventview.sources.openreplay.network import Proxy, proxy_for, refuse_plain_http, tls_context
from eventview.sources.openreplay.request_log import mask_key_in
from eventview.sources.openreplay.responses import Response, read_start, read_whole, unpack

CONNECT_TIMEOUT_S: Final = 10.0
"""Limit for accepting a connection and for the TLS handshake, in seconds."""

_WHOLE_ANSWER: Final = 3
"""Limit for a whole answer, in timeouts: a server that drips is cut off."""

_WORTH_RETRYING: Final = frozenset({429, 502, 503, 504})
"""Statuses of a server or proxy that is busy or restarting. A 500 is retried once: release 1.21
answers it to the first request after its database was away, but also to what it cannot do."""

_USER_AGENT: Final = f"eventview/{__version__}"

_LOCATION: Final = "location header"
"""Part of httpx's message for an invalid redirect; its type is that of a broken connection."""

_HAS_TLS: Final = "If its port has TLS, write https:// before its address."


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


class _LateError(Exception):
    """An answer took too long."""


class _Call(NamedTuple):
    """One request, which may be sent several times."""

    method: str
    url: str
    payload: Mapping[str, object] | None
    is_bearer: bool
    max_bytes: int
    pause_s: float = 0.0
    """Least wait after a 500, in seconds; infinite for no retry."""
    pause_reason: str = ""
    """Reason for that wait, for the status message."""


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

    def get(
        self,
        url: str,
        *,
        bearer: bool = False,
        pause_s: float = 0.0,
        pause_reason: str = "",
    ) -> Response:
        """Send a GET request.

        Args:
            url: an address on the server's own host.
            bearer: True to send the key as a bearer token, for the second API.
            pause_s: seconds before a 500 is retried; no retry if that exceeds the time limit.
            pause_reason: reason for the pause, for the status message.

        Raises:
            UnavailableError: no connection, or no answer in time, for all attempts.
            InvalidDataError: the answer is damaged, or larger than the server's `max_bytes`.
            UsageError: the request cannot be sent.
        """
        return self._send_with_retries(
            _Call("GET", url, None, bearer, MAX_BYTES, pause_s, pause_reason)
        )

    def post(
        self, url: str, payload: Mapping[str, object], *, max_bytes: int = MAX_BYTES
    ) -> Response:
        """Send a POST request with a JSON document and a bearer token; otherwise as `get`."""
        return self._send_with_retries(
            _Call("POST", url, payload, is_bearer=True, max_bytes=max_bytes)
        )

    def _send_with_retries(self, call: _Call) -> Response:
        if urlsplit(call.url)[:2] != self._base:
            raise UsageError(
                f"The API key is for {self._place} only.",
                reason="The request was for another host.",
            )
        failed = 0
        policy = self._server.retry_policy

        def is_over(state: RetryCallState) -> bool:
            nonlocal failed
            error = _retry_reason(state)
            failed += error.is_for_500
            return (
                failed > 1
                or self._is_closed.is_set()
                or state.attempt_number >= policy.attempts
                or error.pause_s > policy.longest_asked_s
            )

        backoff = wait_exponential_jitter(
            multiplier=policy.first_wait_s, max=policy.longest_wait_s, jitter=policy.first_wait_s
        )
        attempts = Retrying(
            retry=retry_if_exception_type(_TemporaryError),
            stop=is_over,
            wait=lambda state: max(backoff(state), _retry_reason(state).pause_s),
            sleep=self._pause,
            before_sleep=self._announce_retry,
            reraise=True,
        )
        try:
            for attempt in attempts:
                with attempt:
                    return self._send_once(call, attempt.retry_state.attempt_number)
        except _TemporaryError as last:
            if isinstance(last.outcome, Response):
                return last.outcome
            raise last.outcome from None
        raise AssertionError  # pragma: no cover  # an attempt returns or raises

    def _announce_retry(self, state: RetryCallState) -> None:
        with self._lock:
            self._waiting += 1
            if self._waiting > 1 and state.attempt_number <= self._announced:
                # One message is enough for several requests that wait for the same.
                return
            self._announced = state.attempt_number
        wait_s = state.next_action.sleep if state.next_action else 0
        error, number = _retry_reason(state), state.attempt_number + 1
        attempts = number if error.is_for_500 else self._server.retry_policy.attempts
        self._on_status(f"{error}; trying again in {wait_s:.0f} s (attempt {number} of {attempts})")

    def _pause(self, seconds: float) -> None:
        self._sleep(seconds)
        with self._lock:
            self._waiting -= 1
            if self._waiting:
                return
            self._announced = 0
        self._on_status("")

    def _send_once(self, call: _Call, number: int) -> Response:
        if self._is_closed.is_set():
            raise UnavailableError("The request was cancelled.", hint="Try again.")
        started = time.monotonic()
        limit_s = self._server.timeout_s * _WHOLE_ANSWER
        outcome = "no answer"
        try:
            answer = _run_within(limit_s, partial(self._exchange, call))
            outcome = str(answer.status)
        except _LateError:
            raise UnavailableError(
                f"{self._place} sends too slowly.",
                reason=f"Its answer was incomplete after {limit_s:g} s.",
                hint="Try again; give a slow server more time with --timeout SECONDS.",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            outcome = type(error).__name__
            failure = _describe_failure(error, call.url, self._proxy, self._server.timeout_s)
            if _is_temporary(error):
                raise _TemporaryError(failure.message.rstrip("."), failure) from None
            raise failure from None
        except EventviewError as failure:
            outcome = failure.message
            raise
        finally:
            elapsed_ms = round((time.monotonic() - started) * 1000)
            line = (call.method, call.url, outcome, elapsed_ms, number)
            self._server.log.write(line, self._server.key)
        reason = f"{self._place} answers {answer.status}"
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            pause_s = call.pause_s if call.pause_s <= limit_s else math.inf
            reason += f": {call.pause_reason}" if call.pause_reason else ""
            raise _TemporaryError(reason, answer, pause_s)
        if answer.status in _WORTH_RETRYING:
            raise _TemporaryError(reason, answer)
        return answer

    def _exchange(self, call: _Call, is_abandoned: Flag) -> Response:
        """Send a request and read its answer, unless it is abandoned."""
        key = self._server.key.value.encode()
        headers = {
            # Bytes, because httpx quotes a header that is not ASCII in its error message.
            b"Authorization": b"Bearer " + key if call.is_bearer else key,
            # OpenReplay knows no other encoding.
            b"Accept-Encoding": b"gzip",
            b"Accept": b"application/json",
            b"User-Agent": _USER_AGENT.encode(),
        }
        with self._client.stream(
            call.method, call.url, headers=headers, json=call.payload
        ) as response:
            parts = unpack(
                takewhile(lambda _: not is_abandoned.is_set(), response.iter_raw()),
                response.headers.get("content-encoding", ""),
                self._place,
            )
            is_data = response.status_code == httpx.codes.OK
            max_bytes = min(call.max_bytes, self._server.max_bytes)
            return Response(
                response.status_code,
                content_type=response.headers.get("content-type", ""),
                location=response.headers.get("location", ""),
                body=read_whole(parts, max_bytes) if is_data else read_start(parts),
                retry_after=response.headers.get("retry-after", ""),
                login=response.headers.get("www-authenticate", "")
                or response.headers.get("proxy-authenticate", ""),
                server=response.headers.get("server", ""),
            )


def _retry_reason(state: RetryCallState) -> _TemporaryError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _TemporaryError)  # noqa: S101  # nothing else is retried
    return error


def _run_within(limit_s: float, work: Callable[[Flag], Response]) -> Response:
    """Run work in a thread, and abandon it when it takes too long.

    A socket's timeout is not enough, because it starts over with each byte.

    Args:
        limit_s: the limit in seconds.
        work: called with a flag that is set once the work is abandoned.

    Raises:
        _LateError: the work took too long.
        BaseException: the work raised it.
    """
    result: Future[Response] = Future()
    is_abandoned = Flag()

    def run() -> None:
        try:
            result.set_result(work(is_abandoned))
        except BaseException as error:  # noqa: BLE001  # the caller gets it
            result.set_exception(error)

    # A daemon thread does not keep the process alive.
    Thread(target=run, name="request", daemon=True).start()
    try:
        error = result.exception(limit_s)
    except TimeoutError:
        raise _LateError from None
    finally:
        is_abandoned.set()
    if error is not None:
        raise error
    return result.result()


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
    connect_s = min(CONNECT_TIMEOUT_S, timeout_s)
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
            through = httpx.Proxy(
                proxy.url,
                ssl_context=context if is_tls_to_proxy else None,
                headers={"User-Agent": _USER_AGENT},
            )
        return httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=connect_s),
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
                hint="Try again." + f" {_HAS_TLS}" * is_for_tls,
            )
    return UsageError(
        f"No request can be made to {place}.",
        reason=f"{type(error).__name__}.",
        hint="Check --url, the project and the session id.",
    )
