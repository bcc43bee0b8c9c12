"""Reading a source in a background thread, so that the screen never waits for a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from threading import Event as Flag
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final, Self

from eventview.errors import EventviewError, InternalError
from eventview.progress import Progress
from eventview.session.source import Batch, Listing, OnStatus, SessionList, Source
from eventview.tui.system.threads import give_way

if TYPE_CHECKING:
    from textual.message_pump import MessagePump


_LONGEST_HOLD_S: Final = 5.0
"""Seconds after which a file is read on though its head has not been shown."""


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
    """Fetch in a daemon thread whose events are processed in the thread of a screen.

    The process can end without waiting for the thread; one of a Textual worker would keep it until
    a server has answered.

    Args:
        fetch: returns batches or lists; its argument is called with status messages.
    """

    def __init__(self, fetch: Callable[[OnStatus], Iterable[Batch | SessionList]]) -> None:
        self._fetch = fetch
        self._lock = Lock()
        self._kept: list[FeedEvent] = []
        self._forward: Callable[[FeedEvent], object] = self._kept.append
        self._is_stopped = False
        self._has_picture = Flag()
        """Set when the screen has shown what had come before it was there."""

    def start(self) -> Self:
        """Start the fetch and return the object itself."""
        Thread(target=self._run, name="feed", daemon=True).start()
        return self

    def listen(
        self, screen: MessagePump, process: Callable[[FeedEvent], object]
    ) -> Sequence[FeedEvent]:
        """Return the events so far; process later ones in order, as callbacks of a screen."""

        def deliver(event: FeedEvent) -> None:
            if screen.is_attached and not self._is_stopped:
                process(event)

        def forward(event: FeedEvent) -> None:
            # The application may have ended meanwhile.
            with suppress(RuntimeError):
                if not screen.call_later(deliver, event):
                    # The screen has closed, and to read on would hold up the end.
                    raise _FetchStoppedError

        with self._lock:
            self._forward = forward
        screen.call_after_refresh(self._has_picture.set)
        return self._kept

    def stop(self) -> None:
        """Process no more events, and end the fetch at its next status message or batch.

        Only the fetching thread still waits for a response that is under way.
        """
        with self._lock:
            self._is_stopped = True

    def _run(self) -> None:
        end: FeedEvent = Finished()
        try:
            for batch in self._fetch(lambda text: self._post(StatusText(text))):
                self._post(batch)
                if isinstance(batch, Batch) and batch.gaps and batch.total is None:
                    # The rest of a file would compete with the import of the interface, and so
                    # hold up the first row. No picture means that there is no screen any more.
                    self._has_picture.wait(_LONGEST_HOLD_S)
        except _FetchStoppedError:
            return
        except EventviewError as failure:
            end = failure
        except Exception as error:  # noqa: BLE001  # the screen shows it
            end = InternalError(error)
        with suppress(_FetchStoppedError):
            self._post(end)

    def _post(self, event: FeedEvent) -> None:
        with self._lock:
            if self._is_stopped:
                raise _FetchStoppedError
            self._forward(event)


class Feed(BackgroundFetch):
    """Session source that is read in the background.

    Args:
        source: the source to read.
        rest: True to read only events that are missing or new.
    """

    def __init__(self, source: Source, *, rest: bool = False) -> None:
        self.source = source
        fetch = source.rest if rest else source.batches
        # A server's events come in parts anyway, and naps would hold up the next request.
        is_file = not source.session_ref.session_id
        super().__init__((lambda on_status: give_way(fetch(on_status))) if is_file else fetch)


class _ProgressStatus(Progress):
    """Progress of a fetch, as status messages."""

    def __init__(self, on_status: OnStatus) -> None:
        super().__init__()
        self._on_status = on_status

    def show(self, text: str) -> None:
        """Show a step with its figure in place of the one before."""
        self._on_status(text)


class ListingFeed(BackgroundFetch):
    """Source of a list of sessions that is read in the background.

    Args:
        listing: the source to read.
    """

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        super().__init__(
            lambda on_status: [_ProgressStatus(on_status).run(lambda: listing.sessions(on_status))]
        )
