"""A server that behaves like a real OpenReplay, for tests and for trying eventview by hand.

It answers as the recorded servers did (`tests/recordings/`), request for request, and fails on
demand. It listens on 127.0.0.1 only and holds invented data. How it is put together:

    recordings  what was recorded, as data          wire        HTTP, knowing no OpenReplay
    v1          what v1 of 1.21 says to a request    faults      ways for it to go wrong
    clickhouse  the same of 1.24 to 1.26             conversion  recorded events as newer ones
    v2          what v2 says to a request            invented_sessions   sessions nobody recorded
    ingress     which of these a path leads to       deployments what was recorded of 1.26 and later

None of it may import eventview: what is tested must not decide what the test expects.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from tests.server import ingress, v1
from tests.server.faults import Fault
from tests.server.ingress import BASES, RELEASES, Release
from tests.server.invented_sessions import (
    DENSE_SESSION_ID,
    DOUBLED_SESSION_ID,
    MANY_SESSION_ID,
    RICH_SESSION_ID,
    STAMPED_SESSION_ID,
    many_rows,
)
from tests.server.recordings import API_KEY, PROJECT_KEY, RECORDINGS, SESSION_IDS, Store
from tests.server.wire import Exchange, Received, ServerResponse, listening

__all__ = [
    "API_KEY",
    "DENSE_SESSION_ID",
    "DOUBLED_SESSION_ID",
    "MANY_SESSION_ID",
    "PROJECT_KEY",
    "RECORDINGS",
    "RELEASES",
    "RICH_SESSION_ID",
    "SESSION_IDS",
    "STAMPED_SESSION_ID",
    "OpenReplay",
    "Received",
    "Release",
    "Running",
    "ServerResponse",
    "many_rows",
    "serve",
]


@dataclass
class OpenReplay(Store):
    """One deployment: its data, the faults it has, and a log of what it was asked.

    Attributes:
        release: Which OpenReplay it is: the last with Postgres, one with v1 on ClickHouse (1.25),
            the first with v2 alone (1.27), the one after that, or the cloud, which is as 1.27.
        ingress: Whether only the paths a web server passes on reach the API. Release 1.21 is the
            one that can be without, as its application alone was recorded.
        delay_seconds: How long every answer takes, its making included.
        faults: What happens to the next requests, one each; None lets one pass.
        always: What happens to every request once `faults` is used up.
        idle_seconds: How long a connection may rest between two requests, as on the real one.
        requests: All that arrived, oldest first.
        most_in_flight: How many requests were waiting for their answers at once, at the most. An
            answer that has begun ends the waiting.
        on_exchange: Called with `request` and with `answer` as each begins, and the number of
            requests in flight then.
        client_left: Set when a client closed its connection before it had its answer.
    """

    release: Release = "1.21"
    ingress: bool = False
    delay_seconds: float = 0.0
    faults: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    idle_seconds: float = 5.0
    requests: list[Received] = field(default_factory=list, init=False)
    on_exchange: Callable[[str, int], None] = field(default=lambda *_: None, repr=False)
    most_in_flight: int = field(default=0, init=False)
    client_left: threading.Event = field(default_factory=threading.Event, init=False)
    _load_state: threading.Condition = field(
        default_factory=threading.Condition, init=False, repr=False
    )
    _waiting: set[Exchange] = field(default_factory=set, init=False, repr=False)

    def answer(self, request: Received) -> ServerResponse:
        """Return the answer to a request when nothing goes wrong."""
        if self.release == "1.21" and not self.ingress:
            return v1.answer(self, request)
        return ingress.answer(self.release, self, request)

    def handle(self, exchange: Exchange) -> None:
        """Log a request, then answer it or let a fault happen to it."""
        with self._load_state:
            self.requests.append(exchange.request)
            fault = self.faults.pop(0) if self.faults else self.always
            self._waiting.add(exchange)
            self.most_in_flight = max(self.most_in_flight, len(self._waiting))
            self.on_exchange("request", len(self._waiting))
            self._load_state.notify_all()
        # Before and not after: a client may ask again as soon as it has its answer.
        exchange.before_sending = partial(self._stop_waiting, exchange)
        due = monotonic() + self.delay_seconds
        try:
            answer = self.answer(exchange.request)
            if not (self.delay_seconds and exchange.ended_within(max(due - monotonic(), 0.0))):
                self._reply(exchange, answer, fault)
        finally:
            self._stop_waiting(exchange)
        if exchange.client_left:
            self.client_left.set()

    def _stop_waiting(self, exchange: Exchange) -> None:
        with self._load_state:
            if exchange in self._waiting:
                self._waiting.remove(exchange)
                self.on_exchange("answer", len(self._waiting))

    def _reply(self, exchange: Exchange, answer: ServerResponse, fault: Fault | None) -> None:
        if fault is None:
            exchange.send(answer)
        else:
            fault.play(exchange, answer)

    def wait_for_requests(self, count: int, seconds: float = 30.0) -> None:
        """Block until so many requests have arrived in all; TimeoutError if they do not.

        In a test that runs an event loop, call it by `asyncio.to_thread`.
        """
        with self._load_state:
            if not self._load_state.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests arrived")


@dataclass(frozen=True)
class Running:
    """A deployment that is being served."""

    openreplay: OpenReplay
    port: int

    @property
    def host_url(self) -> str:
        """The address of the web app of a real deployment."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address of its API, as the documentation writes it."""
        return f"{self.host_url}{BASES[self.openreplay.release]}"


@contextmanager
def serve(openreplay: OpenReplay | None = None, *, port: int = 0) -> Iterator[Running]:
    """Serve a deployment (a fresh one by default) in the background while the context is open.

    One that was served can be served again, on the same port too: a server that was restarted.
    """
    deployment = OpenReplay() if openreplay is None else openreplay
    with listening(deployment, port=port, idle_seconds=deployment.idle_seconds) as bound:
        yield Running(deployment, bound)
