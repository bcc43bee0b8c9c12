"""Work in background threads: slow functions and feeds.

The interface stays responsive meanwhile and can end without waiting for the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread, get_ident
from typing import TypeVar

from textual.message import Message
from textual.screen import Screen

from eventview.tui.feed import BackgroundFetch, FeedEvent

_Result = TypeVar("_Result")


def start_in_thread(work: Callable[[], _Result]) -> Future[_Result]:
    """Start work in a daemon thread and return its future.

    A thread of `asyncio.to_thread` would keep the process from ending until a server has answered.
    """
    done: Future[_Result] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised again by `result`
            done.set_exception(error)

    Thread(target=run, name="work", daemon=True).start()
    return done


async def wait_for_result(work: Future[_Result]) -> _Result:
    """Wait for the result of work.

    Raises:
        Exception: the exception of the work.
    """
    loop = asyncio.get_running_loop()
    is_done = asyncio.Event()

    def set_done(_: Future[_Result]) -> None:
        # The event loop is closed if the interface has ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(is_done.set)

    work.add_done_callback(set_done)
    await is_done.wait()
    return work.result()


async def run_in_thread(work: Callable[[], _Result]) -> _Result:
    """Run work in a daemon thread, and wait for its result without blocking the screen."""
    return await wait_for_result(start_in_thread(work))


@dataclass
class FeedMessage(Message):
    """Message with an event of a feed."""

    feed: BackgroundFetch
    event: FeedEvent


def listen_on_screen(
    screen: Screen[None], feed: BackgroundFetch, process: Callable[[FeedEvent], None]
) -> None:
    """Process a feed's past events now, and post each later one as a `FeedMessage`."""
    here = get_ident()

    def forward(event: FeedEvent) -> None:
        if get_ident() == here:
            process(event)
            return
        # The application may have ended meanwhile.
        with suppress(RuntimeError):
            screen.post_message(FeedMessage(feed, event))

    feed.listen(forward)
