"""Work that may take long, done aside: the interface goes on, and ends without waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TypeVar

_Result = TypeVar("_Result")


def begin(work: Callable[[], _Result]) -> Future[_Result]:
    """Begin some work in a thread that a process's end does not wait for.

    `asyncio.to_thread` would keep a process from ending until a server has answered.
    """
    done: Future[_Result] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as raised:  # noqa: BLE001  # handed on
            done.set_exception(raised)

    Thread(target=run, name="aside", daemon=True).start()
    return done


async def ended(work: Future[_Result]) -> _Result:
    """Wait for the result of some work.

    Raises:
        Exception: what the work raised.
    """
    loop = asyncio.get_running_loop()
    is_over = asyncio.Event()

    def tell(_: Future[_Result]) -> None:
        # The interface may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(is_over.set)

    work.add_done_callback(tell)
    await is_over.wait()
    return work.result()


async def aside(work: Callable[[], _Result]) -> _Result:
    """Begin some work and wait for its result; see `begin` and `ended`."""
    return await ended(begin(work))
