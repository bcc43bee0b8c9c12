"""A source running in a thread of its own, so that a server is waited for while other work goes on.

May import `eventview.model`.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread

from eventview.model.source import Batch, Source


class Finished:
    """The source has given all it has."""


class Word(str):
    """What is being waited for beyond the ordinary; "" when that is over."""

    __slots__ = ()


News = Batch | Word | Finished | Exception
"""What a feed tells: batches and words, then that it is finished or what stopped it. That is an
`EventviewError`, or else a mistake of ours, for the listener to raise where it is seen."""


class Feed:
    """Runs a source once and tells a listener what comes, including what came before it listened.

    The thread is a daemon: a process that ends does not wait for a server.

    Args:
        source: what to run.
        rest: whether only what is missing or new is wanted of it.
    """

    def __init__(self, source: Source, *, rest: bool = False) -> None:
        self.source = source
        self._fetch = source.rest if rest else source.batches
        self._lock = Lock()
        self._kept: list[News] = []
        self._listener: Callable[[News], None] | None = None
        self._thread = Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> Feed:
        """Begin to fetch, now."""
        self._thread.start()
        return self

    def listen(self, listener: Callable[[News], None]) -> None:
        """Tell all news, past and to come, in order.

        Args:
            listener: called in this thread for what has come, in the feed's for what comes.
        """
        with self._lock:
            self._listener = listener
            for news in self._kept:
                listener(news)
            self._kept.clear()

    def _run(self) -> None:
        try:
            for batch in self._fetch(lambda text: self._tell(Word(text))):
                self._tell(batch)
        except Exception as error:  # noqa: BLE001  # handed on whole, see `News`
            self._tell(error)
        else:
            self._tell(Finished())

    def _tell(self, news: News) -> None:
        with self._lock:
            if self._listener is None:
                self._kept.append(news)
            else:
                self._listener(news)
