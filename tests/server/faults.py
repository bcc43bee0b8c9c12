"""Ways a server, or something on the way to it, goes wrong.

A fault is a small value; `OpenReplay.faults` and `OpenReplay.always` say which request meets it.
It is told what the server would have answered. Imports the standard library and `wire`.
"""

import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from tests.server.wire import Exchange, ServerResponse


class Fault(Protocol):
    """Something that happens to a request in place of its answer."""

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        """Let it happen; `answer` is what the client would have got."""


@dataclass(frozen=True)
class Status:
    """An error page: of the server, a gateway, a rate limiter."""

    status: int
    body: bytes = b"Internal Server Error"
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(ServerResponse(self.status, self.body, self.content_type, self.headers))


@dataclass(frozen=True)
class Redirect:
    """The API is said to be elsewhere, as by a login proxy or a forced https."""

    location: str
    status: int = 302

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(
            ServerResponse(self.status, content_type=None, headers=(("location", self.location),))
        )


@dataclass(frozen=True)
class HtmlPage:
    """The web app's page with status 200: what a deployment says to a path outside its API."""

    body: bytes = (
        b"<!doctype html><html><head><title>OpenReplay</title></head>"
        b'<body><div id="app"></div><script src="/app.js"></script></body></html>'
    )

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(ServerResponse(200, self.body, "text/html; charset=utf-8"))


@dataclass(frozen=True)
class Verbatim:
    """Bytes as they are, then the end of the connection: what was recorded elsewhere."""

    data: bytes

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send_more(self.data)
        exchange.hang_up()


BASIC_LOGIN = Status(
    401,
    b"<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n"
    b"<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n"
    b"</body>\r\n</html>\r\n",
    "text/html",
    (("www-authenticate", 'Basic realm="Restricted Content"'),),
)
"""nginx with `auth_basic` in front of everything."""

PROXY_LOGIN = Status(
    407,
    b"<html><head><title>ERROR: Cache Access Denied</title></head><body>Squid</body></html>",
    "text/html",
    (("proxy-authenticate", 'Basic realm="Squid proxy-caching web server"'),),
)
"""A proxy on the way that wants to know who asks."""

LOGIN_PAGE = HtmlPage(
    b"<!doctype html><html><head><title>Sign in &#183; Contoso</title></head><body>"
    b'<form><input name="user"><input type="password" name="password"></form></body></html>'
)
"""Single sign-on that answers any address with its form."""

LOGIN_REDIRECT = Redirect("https://sso.contoso.example/login?next=%2Fv2%2Fapi")
"""Single sign-on at an address of its own."""


@dataclass(frozen=True)
class NotJson:
    """Status 200 and a content type of JSON, over a body that is not."""

    body: bytes = b'{"data":[{"type":"CLICK",'

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(ServerResponse(200, self.body))


@dataclass(frozen=True)
class GzipBomb:
    """A small compressed body that grows to so many megabytes of valid JSON: no events, blanks.

    Sent compressed whatever the client accepts.
    """

    megabytes: int

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        headers = (("content-encoding", "gzip"), ("vary", "Accept-Encoding"))
        exchange.send(ServerResponse(200, _bomb(self.megabytes), headers=headers))


@cache
def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    blanks = b" " * 1_000_000
    parts = [packer.compress(b'{"data":[')]
    parts += [packer.compress(blanks) for _ in range(megabytes)]
    parts += [packer.compress(b"]}"), packer.flush()]
    return b"".join(parts)


@dataclass(frozen=True)
class CutOff:
    """The connection closes after so many bytes of the body, at the latest before its last.

    Bytes as sent, so of the compressed body if the client takes gzip.
    """

    after_bytes: int

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(answer, _short_of_all(self.after_bytes, answer))
        exchange.hang_up()


@dataclass(frozen=True)
class Hang:
    """The request is taken and nothing comes back.

    Lasts until the client leaves or the server stops, and `seconds` at most; then it closes.
    """

    seconds: float = 60.0

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.ended_within(self.seconds)
        exchange.hang_up()


@dataclass(frozen=True)
class Stall:
    """The head and so many bytes of the body come, then nothing, until the client leaves."""

    after_bytes: int = 100

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(answer, _short_of_all(self.after_bytes, answer))
        exchange.ended_within()


@dataclass(frozen=True)
class Drip:
    """The body comes one byte each `interval` seconds, and its last byte never.

    So no wait between two bytes is long, but the whole takes as long as the client stays.
    """

    interval: float = 0.05

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(answer, 0)
        for byte in answer.body[:-1]:
            if exchange.ended_within(self.interval):
                return
            exchange.send_more(bytes([byte]))
        exchange.ended_within()


@dataclass(frozen=True)
class Endless:
    """Bytes as they are, and then others again and again until the client leaves."""

    first: bytes
    again: bytes
    interval: float = 0.005

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send_more(self.first)
        while not exchange.ended_within(self.interval):
            exchange.send_more(self.again)


@dataclass(frozen=True)
class Echo:
    """The key that was sent comes back in the body, in whatever form."""

    body: Callable[[str], bytes]
    status: int = 500
    content_type: str = "text/plain"

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        key = exchange.request.headers.get("authorization", "").removeprefix("Bearer ")
        exchange.send(ServerResponse(self.status, self.body(key), self.content_type))


@dataclass(frozen=True)
class Hold:
    """The right answer, but only once `until` is set: a slow server whose slowness a test ends.

    Up to `after_bytes` of the body come before that, as sent; None holds back the head too.
    """

    until: threading.Event
    after_bytes: int | None = None

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        if self.after_bytes is not None:
            exchange.send(answer, self.after_bytes)
        while not self.until.is_set():
            if exchange.ended_within(0.01):
                return
        if self.after_bytes is None:
            exchange.send(answer)
        else:
            exchange.send_more(answer.body[self.after_bytes :])


@dataclass(frozen=True)
class Rate:
    """The right answer over a slow line: so many bytes a second, in 50 parts of each second."""

    bytes_per_second: int

    def play(self, exchange: Exchange, answer: ServerResponse) -> None:
        exchange.send(answer, 0)
        size = max(1, self.bytes_per_second // 50)
        for start in range(0, len(answer.body), size):
            if exchange.ended_within(0.02):
                return
            exchange.send_more(answer.body[start : start + size])


def _short_of_all(size: int, answer: ServerResponse) -> int:
    return max(0, min(size, len(answer.body) - 1))
