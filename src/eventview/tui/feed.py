"""Reading a source in a background thread, so that the screen never waits for a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock, Thread
from typing import Self

from eventview.errors import EventviewError, InternalError
from eventview.session.source import Batch, Listing, OnStatus, SessionList, Source


class Finished:
    """Event that ends a feed whose source was read whole."""


class StatusText(str):
    """Status message about an unusual wait, such as a retry; "" clears it."""

    __slots__ = ()


FeedEvent = Batch | SessionList | StatusText | Finished | EventviewError
"""Batches or a list, with status messages between them, then `Finished` or the failure."""


class _FetchStoppedError(Exception):
    """Signal that the fetch was stopped; passes through the source and so ends it."""


class BackgroundFetch:
    """Fetch in a daemon thread that passes its events to one listener.

    Events from before `listen` are kept for the listener. The process can end without waiting for
    the thread.

    Args:
        fetch: yields batches or lists; its argument is called with status messages.
    """

    def __init__(self, fetch: Callable[[OnStatus], Iterator[Batch | SessionList]]) -> None:
        self._fetch = fetch
        self._lock = Lock()
        self._kept: list[FeedEvent] = []
        self._listener: Callable[[FeedEvent], None] | None = None
        self._is_stopped = False
        self._thread = Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> Self:
        """Start the fetch and return the object itself."""
        self._thread.start()
        return self

    def listen(self, listener: Callable[[FeedEvent], None]) -> None:
        """Pass all events, past and future, to a listener in order.

        Args:
            listener: called in this thread for past events, in the fetching thread for later ones.
        """
        with self._lock:
            self._listener = listener
            for event in self._kept:
                listener(event)
            self._kept.clear()

    def stop(self) -> None:
        """Pass no more events, and end the fetch at its next status message or batch.

        Only the fetching thread still waits for a response that is under way.
        """
        with self._lock:
            self._is_stopped = True

    def _run(self) -> None:
        try:
            for batch in self._fetch(lambda text: self._post(StatusText(text))):
                self._post(batch)
            self._post(Finished())
        except _FetchStoppedError:
            pass
        except EventviewError as failure:
            self._post_failure(failure)
        except Exception as error:  # noqa: BLE001  # the listener shows it
            self._post_failure(InternalError(error))

    def _post_failure(self, failure: EventviewError) -> None:
        with suppress(_FetchStoppedError):
            self._post(failure)

    def _post(self, event: FeedEvent) -> None:
        with self._lock:
            if self._is_stopped:
                raise _FetchStoppedError
            if self._listener is None:
                self._kept.append(event)
            else:
                self._listener(event)


class Feed(BackgroundFetch):
    """Session source that is read in the background.

    Args:
        source: the source to read.
        rest: True to read only events that are missing or new.
    """

    def __init__(self, source: Source, *, rest: bool = False) -> None:
        self.source = source
        super().__init__(source.rest if rest else source.batches)


def fetch_list(listing: Listing) -> BackgroundFetch:
    """Return a background fetch of a list of sessions, not yet started."""

    def fetch(on_status: OnStatus) -> Iterator[SessionList]:
        yield listing.sessions(on_status)

    return BackgroundFetch(fetch)
