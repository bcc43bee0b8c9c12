"""Feeds: a source in a thread of its own, and the events that its listener gets."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from queue import Queue

import pytest

from eventview.errors import InternalError, UnavailableError
from eventview.session.events import Event
from eventview.session.source import Batch, OnStatus, SessionRef, ignore_status
from eventview.tui.feed import Feed, FeedEvent, Finished, StatusText
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


def rest_of(news: Queue[FeedEvent]) -> list[FeedEvent]:
    """Return the events up to the end, which comes last and once."""
    heard = [news.get(timeout=SECONDS)]
    while isinstance(heard[-1], Batch):
        heard.append(news.get(timeout=SECONDS))
    return heard


def test_news_from_before_anybody_listened_come_first_and_at_once() -> None:
    gate = threading.Event()
    source = Scripted(ONE, TWO, gate, THREE)
    feed = Feed(source).start()
    assert source.waits.wait(SECONDS)
    news: Queue[FeedEvent] = Queue()
    feed.listen(news.put)
    assert (news.get_nowait(), news.get_nowait(), news.empty()) == (ONE, TWO, True)
    gate.set()
    third, end = rest_of(news)
    assert third == THREE
    assert isinstance(end, Finished)
    (thread,) = source.threads
    assert thread is not threading.current_thread()


@pytest.mark.parametrize("error", [None, UnavailableError("Down."), ZeroDivisionError()])
@pytest.mark.parametrize("listens_first", [True, False])
def test_all_is_told_in_order_and_the_end_as_it_was(
    error: Exception | None, *, listens_first: bool
) -> None:
    source = Scripted(ONE, TWO, *([error] if error else []))
    feed, news = Feed(source), Queue[FeedEvent]()
    if listens_first:
        feed.listen(news.put)
        assert (news.empty(), source.threads) == (True, [])
        feed.start()
    else:
        feed.start()
        feed.listen(news.put)
    first, second, end = rest_of(news)
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
    assert news.empty()


ABANDONED = """
import threading
from eventview.tui.feed import Feed
from eventview.session.source import SessionRef

class Stuck:
    session_ref = SessionRef("stuck")
    rest = None
    def batches(self, say):
        fetching.set()
        threading.Event().wait()
        yield

fetching = threading.Event()
Feed(Stuck()).start()
assert fetching.wait()
print("leaving")
"""


def test_a_process_ends_without_waiting_for_an_abandoned_feed() -> None:
    command = [sys.executable, "-c", ABANDONED]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS)  # noqa: S603
    assert (ended.stdout, ended.stderr) == ("leaving\n", "")


def test_the_rest_is_another_question_and_words_come_between_batches() -> None:
    news: Queue[FeedEvent] = Queue()
    Feed(Scripted(ONE, TWO), rest=True).start().listen(news.put)
    word, batch, end = (news.get(timeout=SECONDS) for _ in range(3))
    assert (word, batch) == (StatusText("the rest"), TWO)
    assert isinstance(end, Finished)


def test_a_feed_that_is_left_tells_nothing_more_and_ends_at_its_next_word() -> None:
    gate, ended = threading.Event(), threading.Event()
    news: Queue[FeedEvent] = Queue()

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
    feed = Feed(source).start()
    feed.listen(news.put)
    assert source.waits.wait(SECONDS)
    feed.stop()
    gate.set()
    assert ended.wait(SECONDS)
    assert (news.get_nowait(), news.empty()) == (ONE, True)


def test_a_failure_after_the_listener_left_is_nobodys() -> None:
    gate = threading.Event()
    source = Scripted(gate, UnavailableError("Down."))
    feed, news = Feed(source).start(), Queue[FeedEvent]()
    feed.listen(news.put)
    assert source.waits.wait(SECONDS)
    feed.stop()
    gate.set()
    source.threads[0].join(SECONDS)
    assert not source.threads[0].is_alive()
    assert news.empty()
