"""HTTP on a loopback socket: requests in, answers out, whole or broken. Knows no OpenReplay.

Imports the standard library only.
"""

import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol


@dataclass(frozen=True)
class Received:
    """A request as it arrived.

    Attributes:
        path: As sent: percent-encoded, with the query.
        headers: By lower-case name; of a repeated header the first, which is what counts.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class ServerResponse:
    """An answer as it should arrive; `body` is what goes over the wire, so compressed if at all."""

    status: int
    body: bytes = b""
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def head(self) -> bytes:
        """Status line and headers, announcing the whole body."""
        # Python renames phrases between releases; a deployed server keeps its own.
        phrase = {422: "Unprocessable Entity"}.get(self.status) or responses.get(self.status, "")
        headers = [
            ("date", formatdate(usegmt=True)),
            ("server", "uvicorn"),
            *self.headers,
            ("content-length", str(len(self.body))),
        ]
        if self.content_type is not None:
            headers.append(("content-type", self.content_type))
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {text}" for name, text in headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Exchange:
    """One request and the open connection it came by.

    Attributes:
        request: What was asked.
        client_left: The client closed the connection before the server did.
        hung_up: The connection is to be closed once the exchange is over.
        before_sending: Called before each time something is sent.
    """

    def __init__(
        self, request: Received, connection: socket.socket, stopping: threading.Event
    ) -> None:
        self.request = request
        self.client_left = False
        self.hung_up = False
        self.before_sending: Callable[[], None] = lambda: None
        self._connection = connection
        self._stopping = stopping

    def send(self, answer: ServerResponse, size: int | None = None) -> None:
        """Send the answer, or its whole head and only the first `size` bytes of its body."""
        body = b"" if self.request.method == "HEAD" else answer.body[:size]
        self.send_more(answer.head() + body)

    def send_more(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.before_sending()
        try:
            self._connection.sendall(data)
        except OSError:
            self._ended()

    def ended_within(self, seconds: float | None = None) -> bool:
        """Wait until the client leaves or the server stops; False if neither does in time."""
        self._connection.settimeout(seconds)
        try:
            # What a client sends meanwhile is not looked at; only its end is.
            while self._connection.recv(4096):
                pass
        except (TimeoutError, BlockingIOError):  # the latter for 0 seconds
            return False
        except OSError:
            pass  # a reset is an end as well
        finally:
            self._connection.settimeout(None)
        self._ended()
        return True

    def hang_up(self) -> None:
        """Have the connection closed, however much of the answer is still owed."""
        self.hung_up = True

    def _ended(self) -> None:
        self.client_left = not self._stopping.is_set()
        self.hang_up()


class Application(Protocol):
    """Whatever answers requests; called in many threads at once."""

    def handle(self, exchange: Exchange) -> None:
        """Answer one request, well or badly."""


@contextmanager
def listening(application: Application, *, port: int, idle_seconds: float) -> Iterator[int]:
    """Serve on 127.0.0.1 while the context is open; gives the port (a free one for 0)."""
    listener = _Listener(application, port, idle_seconds)
    # The interval is how long closing may take, so what each test that serves pays.
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield listener.server_address[1]
    finally:
        listener.shutdown()
        thread.join()
        listener.close_connections()
        listener.server_close()


class _Listener(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, application: Application, port: int, idle_seconds: float) -> None:
        self.application = application
        self.idle_seconds = idle_seconds
        self.stopping = threading.Event()
        self._open: dict[threading.Thread, socket.socket] = {}
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask the system for this host's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        self._open[thread] = request
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._open[threading.current_thread()]

    def close_connections(self) -> None:
        """End every exchange, so that no thread or socket outlives the server."""
        self.stopping.set()
        for thread, connection in list(self._open.items()):
            with suppress(OSError):  # closed by its own thread meanwhile
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong in here, but not that a client left while it was read."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def handle(self) -> None:
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.connection.settimeout(self.server.idle_seconds)
            self.handle_one_request()

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The base class looks for `do_GET` and the like; the application knows every method.
        if name.startswith("do_"):
            return self._exchange
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Say nothing: a test reads `requests`, not a log."""

    def _exchange(self) -> None:
        self.connection.settimeout(None)
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), value)
        body = self.rfile.read(int(headers.get("content-length", "0")))
        request = Received(self.command, self.path, headers, body)
        exchange = Exchange(request, self.connection, self.server.stopping)
        self.server.application.handle(exchange)
        self.close_connection = self.close_connection or exchange.hung_up
