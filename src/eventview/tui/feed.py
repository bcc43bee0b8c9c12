"""A source read in a thread of its own, so that other work goes on while a server answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock, Thread

from eventview.errors import EventviewError, InternalError
from eventview.session.source import Batch, Listing, OnStatus, SessionList, Source


class Finished:
    """The source has given all it has."""


class StatusText(str):
    """What is being waited for beyond the ordinary; "" when that is over."""

    __slots__ = ()


FeedEvent = Batch | SessionList | StatusText | Finished | EventviewError
"""What is told: batches or a list, and words, then that all has come or what stopped it."""


class _LeftError(Exception):
    """Nobody wants to hear of the fetch any more; passes through the source, which ends."""


class BackgroundFetch:
    """Runs a fetch once and tells a listener what comes, including what came before it listened.

    The thread is a daemon: a process that ends does not wait for a server.

    Args:
        fetch: gives what comes; is given whom to tell what it waits for.
    """

    def __init__(self, fetch: Callable[[OnStatus], Iterator[Batch | SessionList]]) -> None:
        self._fetch = fetch
        self._lock = Lock()
        self._kept: list[FeedEvent] = []
        self._listener: Callable[[FeedEvent], None] | None = None
        self._is_over = False
        self._thread = Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        """Begin to fetch, now."""
        self._thread.start()

    def listen(self, listener: Callable[[FeedEvent], None]) -> None:
        """Tell all news, past and to come, in order.

        Args:
            listener: called in this thread for what has come, in the fetching one for what comes.
        """
        with self._lock:
            self._listener = listener
            for news in self._kept:
                listener(news)
            self._kept.clear()

    def stop(self) -> None:
        """Tell nothing more, and end the fetch at its next word or batch.

        An answer that is under way is still waited for, by nobody but the fetching thread.
        """
        with self._lock:
            self._is_over = True

    def _run(self) -> None:
        try:
            for batch in self._fetch(lambda text: self._tell(StatusText(text))):
                self._tell(batch)
            self._tell(Finished())
        except _LeftError:
            pass
        except EventviewError as failure:
            self._end(failure)
        except Exception as error:  # noqa: BLE001  # told in words, whatever it is
            self._end(InternalError(error))

    def _end(self, failure: EventviewError) -> None:
        with suppress(_LeftError):
            self._tell(failure)

    def _tell(self, news: FeedEvent) -> None:
        with self._lock:
            if self._is_over:
                raise _LeftError
            if self._listener is None:
                self._kept.append(news)
            else:
                self._listener(news)


class Feed:
    """A source that is being fetched, and its news.

    Args:
        source: what to run.
        rest: whether only what is missing or new is wanted of it.
    """

    def __init__(self, source: Source, *, rest: bool = False) -> None:
        self.source = source
        self._telling = BackgroundFetch(source.rest if rest else source.batches)

    def start(self) -> Feed:
        """Begin to fetch, now."""
        self._telling.start()
        return self

    def listen(self, listener: Callable[[FeedEvent], None]) -> None:
        """Tell all news, past and to come; see `BackgroundFetch.listen`."""
        self._telling.listen(listener)

    def stop(self) -> None:
        """Leave the source; see `BackgroundFetch.stop`."""
        self._telling.stop()


def listed(listing: Listing) -> BackgroundFetch:
    """A list of sessions as news, to be fetched in a thread of its own; not yet started."""

    def fetch(on_status: OnStatus) -> Iterator[SessionList]:
        yield listing.sessions(on_status)

    return BackgroundFetch(fetch)
