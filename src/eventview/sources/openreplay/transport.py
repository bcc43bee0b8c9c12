"""Requests to one server: bounded in time, size and number of tries; failures in words.

The only module that imports httpx.
"""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import takewhile
from threading import Event as Flag
from threading import Lock
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from eventview import __version__
from eventview.errors import EventviewError, InvalidDataError, UnavailableError, UsageError
from eventview.session.text import clean
from eventview.sources.json_reader import MAX_BYTES
from eventview.sources.openreplay.base_urls import ApiChoice, host, root
from eventview.sources.openreplay.download import read_start, read_whole, unpacked
from eventview.sources.openreplay.http_errors import certificate_hint, proxy_login
from eventview.sources.openreplay.network import Proxy, proxy_for, refuse_plain_http, tls_context
from eventview.sources.openreplay.request_log import NO_LOG, RequestLog, conceal_in
from eventview.sources.openreplay.responses import Response
from eventview.sources.openreplay.retries import (
    DEFAULT_POLICY,
    LateError,
    RetryPolicy,
    TemporaryError,
    asked_pause_s,
    retry_reason,
    within,
)

CONNECT_TIMEOUT_S: Final = 10.0
"""A server that takes longer to accept a connection, or a TLS handshake, is as good as down."""

ANSWER_TIMEOUT_S: Final = 40.0
"""Between two parts of an answer. OpenReplay gives its own database 30 s before it answers 500,
and that answer says more than a timeout here would."""

_WHOLE_ANSWER: Final = 3
"""Number of these timeouts that an answer may take in all, from the connection to its last byte: a
server that drips is cut off, whether it does so in the head, in the body or behind it."""


_WORTH_RETRYING: Final = frozenset({429, 502, 503, 504})
"""Statuses of a server or proxy that is busy or being restarted. 500 is asked again once: release
1.21 answers so to the first request after its database was away, but also to what it cannot do.
Every other refusal is meant."""

_USER_AGENT: Final = f"eventview/{__version__}"

_LOCATION: Final = "location header"
"""In httpx's words for a redirect to what is no address; nothing else tells it from a connection
that broke off."""


_NO_TLS: Final = (
    "If it has no TLS, write http:// before its address; another machine's takes --insecure-http."
)

_HAS_TLS: Final = "If its port has TLS, write https:// before its address."


@dataclass(slots=True)
class Server:
    """A server and how to talk to it; the key alone may change, where another is typed."""

    url: str
    """The base URL as the user wrote it."""
    key: SecretStr
    timeout_s: float = ANSWER_TIMEOUT_S
    """Seconds to wait for the next part of an answer."""
    api: ApiChoice = "auto"
    is_insecure: bool = False
    """True where the key may go unencrypted to another machine."""
    patience: RetryPolicy = DEFAULT_POLICY
    log: RequestLog = NO_LOG


class _Call(NamedTuple):
    """One request, however often it is sent."""

    method: str
    url: str
    payload: Mapping[str, object] | None
    is_bearer: bool
    max_bytes: int
    pause_s: float = 0.0
    """The least time to wait after a 500, in seconds; infinite for not asking again."""
    pause_reason: str = ""
    """The reason for that, as a status message gives it."""


class Transport:
    """An open line to a server; a context manager, to be used by several threads at once.

    Args:
        server: where to ask, and with which key.
        on_status: told in words what is being waited for; "" when the wait is over.

    Raises:
        UsageError: the environment's proxies or certificates cannot be used, or the key would go
            unencrypted to another machine.
    """

    def __init__(self, server: Server, on_status: Callable[[str], None] = lambda _: None) -> None:
        self._server = server
        self._on_status = on_status
        self._is_closed = Flag()
        self._lock = Lock()
        self._waiting = 0
        self._announced = 0
        base = root(server.url)
        self._base = urlsplit(base)[:2]
        self.place = clean(host(server.url))
        if not server.is_insecure:
            refuse_plain_http(server.url)
        self._proxy = proxy_for(base)
        self._client = _client(base, self._proxy, server.timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Hang up; a wait between two attempts ends at once.

        No failure leaves with the key in its words: a server may say it back.
        """
        self._is_closed.set()
        self._client.close()
        if isinstance(error, EventviewError):
            conceal_in(error, self._server.key)

    def get(
        self,
        url: str,
        *,
        bearer: bool = False,
        max_bytes: int = MAX_BYTES,
        pause_s: float = 0.0,
        pause_reason: str = "",
    ) -> Response:
        """Ask for a resource.

        Args:
            url: on the server's own host.
            bearer: whether the key goes as a bearer token, as the second API has it.
            max_bytes: the most that is read of an answer, decompressed.
            pause_s: seconds after which a 500 is asked again; where an answer may not take so
                long, it is not.
            pause_reason: the reason for such a pause, for the status message.

        Raises:
            UnavailableError: no connection, or no answer in time, for all attempts.
            InvalidDataError: the answer is damaged or too large.
            UsageError: no such request can be sent.
        """
        return self._patiently(_Call("GET", url, None, bearer, max_bytes, pause_s, pause_reason))

    def post(
        self, url: str, payload: Mapping[str, object], *, max_bytes: int = MAX_BYTES
    ) -> Response:
        """Ask with a JSON document and the key as a bearer token; otherwise as `get`."""
        return self._patiently(_Call("POST", url, payload, is_bearer=True, max_bytes=max_bytes))

    def _patiently(self, call: _Call) -> Response:
        if urlsplit(call.url)[:2] != self._base:
            raise UsageError(f"The key is for {self.place} only.", reason="Another host was asked.")
        failed = 0

        def is_over(state: RetryCallState) -> bool:
            nonlocal failed
            error = retry_reason(state)
            failed += error is not None and error.is_for_500
            return failed > 1 or self._is_over(state)

        attempts = Retrying(
            retry=retry_if_exception_type(TemporaryError),
            stop=is_over,
            wait=self._wait_s,
            sleep=self._rest,
            before_sleep=self._announce,
            reraise=True,
        )
        try:
            for attempt in attempts:
                with attempt:
                    return self._once(call, attempt.retry_state.attempt_number)
        except TemporaryError as last:
            if last.failure is not None:
                raise last.failure from None
            if last.answer is not None:
                return last.answer
        raise AssertionError  # pragma: no cover  # an attempt returns or raises

    def _is_over(self, state: RetryCallState) -> bool:
        asked = asked_pause_s(state)
        return (
            self._is_closed.is_set()
            or stop_after_attempt(self._server.patience.attempts)(state)
            or (asked is not None and asked > self._server.patience.longest_asked_s)
        )

    def _wait_s(self, state: RetryCallState) -> float:
        patience = self._server.patience
        own = wait_exponential_jitter(
            multiplier=patience.first_wait_s,
            max=patience.longest_wait_s,
            jitter=patience.first_wait_s,
        )(state)
        return max(own, asked_pause_s(state) or 0.0)

    def _announce(self, state: RetryCallState) -> None:
        with self._lock:
            self._waiting += 1
            if self._waiting > 1 and state.attempt_number <= self._announced:
                # Of several requests that wait for the same, one is enough to hear of.
                return
            self._announced = state.attempt_number
        wait_s = state.next_action.sleep if state.next_action else 0
        error, number = retry_reason(state), state.attempt_number + 1
        attempts = number if error and error.is_for_500 else self._server.patience.attempts
        self._on_status(f"{error}; trying again in {wait_s:.0f} s (attempt {number} of {attempts})")

    def _rest(self, seconds: float) -> None:
        self._is_closed.wait(seconds)
        with self._lock:
            self._waiting -= 1
            if self._waiting:
                return
            self._announced = 0
        self._on_status("")

    def _once(self, call: _Call, number: int) -> Response:
        if self._is_closed.is_set():
            raise UnavailableError("The request was given up.", hint="Ask again.")
        started = time.monotonic()
        limit_s = self._server.timeout_s * _WHOLE_ANSWER
        outcome = "no answer"
        try:
            answer = within(limit_s, partial(self._exchange, call))
            outcome = str(answer.status)
        except LateError:
            raise UnavailableError(
                f"{self.place} sends too slowly.",
                reason=f"Its answer was not complete after {limit_s:g} s.",
                hint="Try again; give a slow server more time with --timeout SECONDS.",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            outcome = type(error).__name__
            failure = _failure(error, call.url, self._proxy, self._server.timeout_s)
            if _is_passing(error):
                raise TemporaryError(failure=failure, why=failure.message.rstrip(".")) from None
            raise failure from None
        except EventviewError as failure:
            outcome = failure.message
            raise
        finally:
            taken_ms = round((time.monotonic() - started) * 1000)
            line = (call.method, call.url, outcome, taken_ms, number)
            self._server.log.write(line, self._server.key)
        why = f"{self.place} answers {answer.status}"
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            pause_s = call.pause_s if call.pause_s <= limit_s else math.inf
            why += f": {call.pause_reason}" if call.pause_reason else ""
            raise TemporaryError(answer=answer, why=why, pause_s=pause_s)
        if answer.status in _WORTH_RETRYING:
            raise TemporaryError(answer=answer, why=why)
        return answer

    def _exchange(self, call: _Call, is_left: Flag) -> Response:
        """Send a request and read its answer, until nobody waits for it any more."""
        with self._client.stream(
            call.method,
            call.url,
            headers=self._headers(bearer=call.is_bearer),
            json=call.payload,
        ) as response:
            coming = unpacked(
                takewhile(lambda _: not is_left.is_set(), response.iter_raw()),
                response.headers.get("content-encoding", ""),
                self.place,
            )
            is_data = response.status_code == httpx.codes.OK
            return Response(
                response.status_code,
                content_type=response.headers.get("content-type", ""),
                location=response.headers.get("location", ""),
                body=read_whole(coming, call.max_bytes) if is_data else read_start(coming),
                retry_after=response.headers.get("retry-after", ""),
                login=response.headers.get("www-authenticate", "")
                or response.headers.get("proxy-authenticate", ""),
                server=response.headers.get("server", ""),
            )

    def _headers(self, *, bearer: bool) -> Mapping[bytes, bytes]:
        key = self._server.key.get_secret_value().encode()
        return {
            # As bytes, because httpx refuses a header's text outside ASCII with the text itself
            # in its message.
            b"Authorization": b"Bearer " + key if bearer else key,
            # Of the encodings httpx knows, OpenReplay has just this one.
            b"Accept-Encoding": b"gzip",
            b"Accept": b"application/json",
            b"User-Agent": _USER_AGENT.encode(),
        }


def _is_passing(error: Exception) -> bool:
    """Tell whether a failed connection is worth another attempt.

    One that waited its full time for an answer is not: the server is at work on it, and would get
    the same work again.
    """
    if isinstance(error, httpx.ConnectError):
        return not _is_lasting(error)
    if isinstance(error, httpx.RemoteProtocolError):
        return _LOCATION not in str(error)
    return isinstance(error, httpx.ConnectTimeout | httpx.NetworkError)


def _is_lasting(error: BaseException | None) -> bool:
    """Tell whether a name that no host has, or TLS that does not match, fails each attempt."""
    while error is not None and not isinstance(error, socket.gaierror | ssl.SSLError):
        error = error.__cause__ or error.__context__
    if isinstance(error, socket.gaierror):
        return error.errno != socket.EAI_AGAIN
    # A server that is being restarted hangs up in the middle of a handshake.
    return error is not None and not isinstance(error, ssl.SSLEOFError)


def _client(base: str, proxy: Proxy | None, timeout_s: float) -> httpx.Client:
    """Return a client for one server that reads nothing of the environment by itself.

    Raises:
        UsageError: the environment's proxy or certificates cannot be used.
    """
    connect_s = min(CONNECT_TIMEOUT_S, timeout_s)
    through = None
    is_tls_to_proxy = proxy is not None and proxy.url.startswith("https:")
    context = (
        tls_context()
        if base.startswith("https:") or is_tls_to_proxy
        # Never used, but httpx would read certificates for it.
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
        # Not quoted: a proxy's address may hold a password.
        variable = proxy.variable if proxy else "the environment"
        raise UsageError(
            f"The proxy of {variable} cannot be used.",
            reason="Its address is not one.",
            hint=f"Set {variable} to an address such as http://proxy.example:3128, or unset it.",
        ) from None


def _failure(error: Exception, url: str, proxy: Proxy | None, timeout_s: float) -> EventviewError:
    """Return the failure that an exception of httpx stands for.

    Only exceptions of the operating system and of TLS are quoted: those about the request may
    repeat its headers.
    """
    said = clean(str(error))
    place = clean(host(url))
    through = f" It is asked through the proxy {proxy.place} of {proxy.variable}." if proxy else ""
    connect_s = min(CONNECT_TIMEOUT_S, timeout_s)
    match error:
        case httpx.ConnectTimeout() if "handshake" in said:
            return UnavailableError(
                f"{place} did not complete the TLS handshake within {connect_s:g} s.",
                reason=f"It accepted the connection and was silent then.{through}",
                hint=f"Check the port. {_NO_TLS}",
            )
        case httpx.ConnectTimeout():
            return UnavailableError(
                f"{place} did not accept a connection within {connect_s:g} s.",
                reason=through.strip(),
                hint="Check the address and the network (VPN, proxy), then try again.",
            )
        case httpx.TimeoutException():
            return UnavailableError(
                f"{place} did not answer within {timeout_s:g} s.",
                hint="Try again; give a slow server more time with --timeout SECONDS.",
            )
        case httpx.ConnectError() if "CERTIFICATE" in said.upper():
            return UnavailableError(
                f"The TLS certificate of {place} is not trusted.",
                reason=f"{said}.",
                hint=certificate_hint(said.lower()),
            )
        case httpx.ConnectError():
            return UnavailableError(
                f"{place} cannot be reached.",
                reason=f"{said or 'Connection failed'}.{through}",
                hint="Check --url, that the server is up, and the network (VPN, proxy)."
                + f" {_NO_TLS}" * ("SSL" in said),
            )
        case httpx.ProxyError() if said.startswith("407"):
            return proxy_login()
        case httpx.ProxyError():
            return UnavailableError(
                f"The proxy refused to connect to {place}.",
                reason=f"{said}.{through}",
                hint=f"Check {proxy.variable if proxy else 'HTTPS_PROXY'} and NO_PROXY.",
            )
        case httpx.RemoteProtocolError() if _LOCATION in said:
            return InvalidDataError(
                f"{place} sends requests elsewhere.",
                reason="Where to is not an address.",
                hint="The key is never sent along; set --url to the right address.",
            )
        case httpx.RemoteProtocolError() | httpx.NetworkError():
            # A TLS port answers plain words with an alert, which begins no line of HTTP, or not.
            is_for_tls = url.startswith("http:") and (
                "illegal request line" in said or "without sending" in said
            )
            return UnavailableError(
                f"{place} broke off before its answer was complete.",
                reason=f"{said.rstrip('.') or type(error).__name__}.{through}",
                hint="Try again." + f" {_HAS_TLS}" * is_for_tls,
            )
    return UsageError(
        f"No request can be made to {place}.",
        reason=f"{type(error).__name__}.",
        hint="Check --url, the project and the session id.",
    )
