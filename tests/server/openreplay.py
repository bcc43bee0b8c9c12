"""A server that behaves like a real OpenReplay, for tests and for trying eventview by hand.

It answers as the recorded server did (`tests/recordings/`), request for request, and fails on
demand. It listens on 127.0.0.1 only and holds invented data. How it is put together:

    recordings  what was recorded, as data          wire    HTTP, knowing no OpenReplay
    v1          what the v1 API says to a request    faults  ways for it to go wrong

None of it may import eventview: what is tested must not decide what the test expects.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.server import v1
from tests.server.faults import Fault
from tests.server.recordings import API_KEY, PROJECT_KEY, RECORDINGS, SESSION_IDS, Store
from tests.server.wire import Answer, Exchange, Received, listening

__all__ = [
    "API_KEY",
    "PROJECT_KEY",
    "RECORDINGS",
    "SESSION_IDS",
    "Answer",
    "OpenReplay",
    "Received",
    "Running",
    "serve",
]


@dataclass
class OpenReplay(Store):
    """One deployment: its data, the faults it has, and a log of what it was asked.

    Attributes:
        faults: What happens to the next requests, one each; None lets one pass.
        always: What happens to every request once `faults` is used up.
        idle_seconds: How long a connection may rest between two requests, as on the real one.
        requests: All that arrived, oldest first.
        client_left: Set when a client closed its connection before it had its answer.
    """

    faults: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    idle_seconds: float = 5.0
    requests: list[Received] = field(default_factory=list, init=False)
    client_left: threading.Event = field(default_factory=threading.Event, init=False)
    _arrival: threading.Condition = field(
        default_factory=threading.Condition, init=False, repr=False
    )

    def answer(self, request: Received) -> Answer:
        """What it says to a request when nothing goes wrong."""
        return v1.answer(self, request)

    def handle(self, exchange: Exchange) -> None:
        """Log a request, then answer it or let a fault happen to it."""
        with self._arrival:
            self.requests.append(exchange.request)
            fault = self.faults.pop(0) if self.faults else self.always
            self._arrival.notify_all()
        answer = self.answer(exchange.request)
        if fault is None:
            exchange.send(answer)
        else:
            fault.play(exchange, answer)
        if exchange.client_left:
            self.client_left.set()

    def wait_for_requests(self, count: int, seconds: float = 30.0) -> None:
        """Block until so many requests have arrived in all; TimeoutError if they do not.

        In a test that runs an event loop, call it by `asyncio.to_thread`.
        """
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests arrived")


@dataclass(frozen=True)
class Running:
    """A deployment that is being served."""

    openreplay: OpenReplay
    port: int

    @property
    def host_url(self) -> str:
        """Where the web app of a real deployment would be."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where its API is, as the documentation writes it."""
        return f"{self.host_url}/api"


@contextmanager
def serve(openreplay: OpenReplay | None = None, *, port: int = 0) -> Iterator[Running]:
    """Serve a deployment (a fresh one by default) in the background while the context is open."""
    deployment = OpenReplay() if openreplay is None else openreplay
    with listening(deployment, port=port, idle_seconds=deployment.idle_seconds) as bound:
        yield Running(deployment, bound)
