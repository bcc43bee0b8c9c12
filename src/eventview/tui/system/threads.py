"""Work in background threads.

The interface stays responsive meanwhile and can end without waiting for the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from time import process_time, sleep, thread_time
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import asyncio

    from textual.screen import Screen

    from eventview.progress import Progress

_NAP_S: Final = 0.003

_MOST_NAPS: Final = 16
"""Naps after a part at most."""

_NAP_SHARE: Final = 0.5
"""Longest time of all naps, as a share of the work's processor time: a key that is held down makes
the work half as long again at most."""

_LAST_NAPS: Final = 4
"""Naps after others have worked: between a key and its paint the screen waits for a frame."""

PROGRESS_S: Final = 0.25
"""Seconds after which a figure of the progress is shown, and between two figures."""

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
    import asyncio  # noqa: PLC0415  # a feed's request does not need it

    return asyncio.wrap_future(start_in_thread(work))


@contextmanager
def shown_progress(
    screen: Screen[Any], progress: Progress, show: Callable[[str], object]
) -> Iterator[None]:
    """Pass the progress of a thread's work to a function a few times a second, and "" in the end.

    It is called in the thread of the screen, and no more once the screen is gone.
    """
    timer = screen.set_interval(PROGRESS_S, lambda: show(progress.describe()))
    try:
        yield
    finally:
        timer.stop()
        if screen.is_attached:
            show("")


def give_way(parts: Iterable[_Result]) -> Iterator[_Result]:
    """Yield the parts of a background thread's work, with naps in between while others work.

    Threads that want the interpreter get it in turns: the screen's, which answers a key, would have
    it for a third of the time while two others work.
    """
    others_s, begun_s, napped_s = process_time() - thread_time(), thread_time(), 0.0
    for part in parts:
        yield part
        left = 0
        for _ in range(_MOST_NAPS):
            if napped_s > _NAP_SHARE * (thread_time() - begun_s):
                break
            before_s, others_s = others_s, process_time() - thread_time()
            left = _LAST_NAPS if others_s - before_s > _NAP_S / 2 else left - 1
            if left <= 0:
                break
            sleep(_NAP_S)
            napped_s += _NAP_S
