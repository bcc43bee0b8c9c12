"""Feeds: a source in a thread of its own, and the events that its listener gets."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from queue import Queue
from typing import Any

import pytest
from textual.message_pump import MessagePump

from eventview.errors import InternalError, UnavailableError
from eventview.session.events import Event
from eventview.session.source import Batch, OnStatus, SessionRef, ignore_status
from eventview.tui.feed import Feed, FeedEvent, Finished, StatusText
from eventview.tui.system.threads import give_way
from tests.conftest import Named

SECONDS = 30.0
"""Seconds enough for any machine; only a broken feed makes a test wait so long."""

ONE, TWO, THREE = (Batch([Event("TAP", number, {})], total=3) for number in (1, 2, 3))


class Scripted(Named):
    """Source that gives its batches, waits at each gate, then ends or fails."""

    session_ref = SessionRef("scripted")

    def __init__(self, *steps: Batch | Exception | threading.Event) -> None:
        self._steps = steps
        self.threads: list[threading.Thread] = []
        self.waits = threading.Event()

    def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        self.threads.append(threading.current_thread())
        for step in self._steps:
            match step:
                case Exception():
                    raise step
                case threading.Event():
                    self.waits.set()
                    assert step.wait(SECONDS)
                case batch:
                    yield batch

    def rest(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
        """Yield only the last step, after another status message."""
        on_status("the rest")
        for step in self._steps[-1:]:
            assert isinstance(step, Batch)
            yield step


class Listener(MessagePump):
    """Screen on which the events of a feed arrive: those from before it listens, then the others.

    Args:
        feed: the feed to listen to.
    """

    is_attached = True

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.callbacks: Queue[Callable[[], None]] = Queue()
        self.news: list[FeedEvent] = []
        self.before = list(feed.listen(self, self.news.append))

    def call_later(self, callback: Any, *args: Any, **kwargs: Any) -> bool:
        self.callbacks.put(partial(callback, *args, **kwargs))
        return True

    def until_end(self) -> list[FeedEvent]:
        """Return all events up to the end, which comes last and once."""
        while not (heard := self.before + self.news) or isinstance(heard[-1], Batch | StatusText):
            self.callbacks.get(timeout=SECONDS)()
        return heard


def test_events_from_before_anybody_listens_come_first_and_at_once() -> None:
    gate = threading.Event()
    source = Scripted(ONE, TWO, gate, THREE)
    feed = Feed(source).start()
    assert source.waits.wait(SECONDS)
    listener = Listener(feed)
    assert listener.before == [ONE, TWO]
    gate.set()
    *batches, end = listener.until_end()
    assert batches == [ONE, TWO, THREE]
    assert isinstance(end, Finished)
    (thread,) = source.threads
    assert thread is not threading.current_thread()


@pytest.mark.parametrize("error", [None, UnavailableError("Down."), ZeroDivisionError()])
@pytest.mark.parametrize("listens_first", [True, False])
def test_all_events_come_in_order_and_the_end_as_it_was(
    error: Exception | None, *, listens_first: bool
) -> None:
    source = Scripted(ONE, TWO, *([error] if error else []))
    feed = Feed(source)
    if listens_first:
        listener = Listener(feed)
        assert (listener.before, source.threads) == ([], [])
        feed.start()
    else:
        listener = Listener(feed.start())
    first, second, end = listener.until_end()
    assert (first, second) == (ONE, TWO)
    match error:
        case None:
            assert isinstance(end, Finished)
        case ZeroDivisionError():
            assert isinstance(end, InternalError), "no traceback, whose values may be secret"
            assert "ZeroDivisionError in test_feed.py, line " in end.reason
        case _:
            assert end is error
    source.threads[0].join(SECONDS)
    assert listener.callbacks.empty()


ABANDONED_FEED = """
from eventview.tui.feed import Feed
from eventview.session.source import SessionRef

class Stuck:
    session_ref = SessionRef("stuck")
    rest = None
    batches = staticmethod(wait)

Feed(Stuck()).start()
assert is_waiting.wait()
print("leaving")
"""

ABANDONED_WORK = """
import asyncio
from eventview.tui.system.threads import run_in_thread

async def main():
    work = asyncio.ensure_future(run_in_thread(wait))
    assert is_waiting.wait()
    print("leaving")

asyncio.run(main())
"""

WAITING = """
import threading
is_waiting = threading.Event()

def wait(*_):
    is_waiting.set()
    threading.Event().wait()
"""


@pytest.mark.parametrize("script", [ABANDONED_FEED, ABANDONED_WORK])
def test_a_process_ends_without_waiting_for_an_abandoned_thread(script: str) -> None:
    command = [sys.executable, "-c", WAITING + script]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS)  # noqa: S603
    assert (ended.stdout, ended.stderr) == ("leaving\n", "")


def test_the_rest_is_another_request_and_status_texts_come_between_batches() -> None:
    listener = Listener(Feed(Scripted(ONE, TWO), rest=True).start())
    text, batch, end = listener.until_end()
    assert (text, batch) == (StatusText("the rest"), TWO)
    assert isinstance(end, Finished)


def test_a_stopped_feed_is_heard_no_more_and_ends_at_its_next_status_text() -> None:
    gate, ended = threading.Event(), threading.Event()

    class Waiting(Scripted):
        def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
            try:
                yield ONE
                self.waits.set()
                assert gate.wait(SECONDS)
                on_status("trying again")
                yield TWO
            finally:
                ended.set()

    source = Waiting()
    feed = Feed(source)
    listener = Listener(feed)
    feed.start()
    assert source.waits.wait(SECONDS)
    feed.stop()
    gate.set()
    assert ended.wait(SECONDS)
    listener.callbacks.get_nowait()()
    assert (listener.news, listener.callbacks.empty()) == ([], True), "also what was under way"


def test_a_failure_after_a_stop_is_nobodys() -> None:
    gate = threading.Event()
    source = Scripted(gate, UnavailableError("Down."))
    feed = Feed(source).start()
    listener = Listener(feed)
    assert source.waits.wait(SECONDS)
    feed.stop()
    gate.set()
    source.threads[0].join(SECONDS)
    assert not source.threads[0].is_alive()
    assert listener.callbacks.empty()


def test_work_that_gives_way_goes_on_while_another_never_rests() -> None:
    is_over = threading.Event()

    def work() -> None:
        while not is_over.is_set():
            pass

    other = threading.Thread(target=work, daemon=True)
    other.start()
    parts = iter([ONE, TWO, THREE])
    assert list(give_way(parts)) == [ONE, TWO, THREE]
    is_over.set()
    other.join(SECONDS)


def test_a_source_is_read_no_further_once_the_screen_has_closed() -> None:
    read: list[Batch] = []
    ended = threading.Event()

    class Watched(Scripted):
        def batches(self, on_status: OnStatus = ignore_status) -> Iterator[Batch]:
            try:
                for batch in (ONE, TWO, THREE):
                    read.append(batch)
                    yield batch
            finally:
                ended.set()

    class Closed(Listener):
        def call_later(self, callback: Any, *args: Any, **kwargs: Any) -> bool:
            return False

    feed = Feed(Watched())
    Closed(feed)
    feed.start()
    assert ended.wait(SECONDS)
    assert read == [ONE]
