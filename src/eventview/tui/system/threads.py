"""Work in background threads.

The interface stays responsive meanwhile and can end without waiting for the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

_Result = TypeVar("_Result")


def start_in_thread(work: Callable[[], _Result]) -> Future[_Result]:
    """Start work in a daemon thread and return its future.

    The threads of `asyncio.to_thread` and of Textual's workers would keep the process from ending
    until a server has answered.
    """
    done: Future[_Result] = Future()
    # What waits for it may be cancelled, but not the work.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised again by `result`
            done.set_exception(error)

    Thread(target=run, name="work", daemon=True).start()
    return done


def run_in_thread(work: Callable[[], _Result]) -> asyncio.Future[_Result]:
    """Start work in a daemon thread and return its future, to be awaited."""
    return asyncio.wrap_future(start_in_thread(work))
