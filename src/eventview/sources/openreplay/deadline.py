"""Work that is left when it takes too long, whatever it is waiting for.

A timeout of a socket starts anew with each byte that comes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event as Flag
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


class LateError(Exception):
    """The work was not done in time."""


def within(limit_s: float, work: Callable[[Flag], Result]) -> Result:
    """Do something in a thread, and leave it there if it is not done in time.

    Args:
        limit_s: seconds it may take.
        work: what to do; is given a flag that is set once nobody waits for it any more.

    Raises:
        LateError: it was not done in time.
        BaseException: what the work raised.
    """
    result: Future[Result] = Future()
    is_left = Flag()

    def run() -> None:
        try:
            result.set_result(work(is_left))
        except BaseException as error:  # noqa: BLE001  # handed on whole
            result.set_exception(error)

    # A process that ends does not wait for it either.
    Thread(target=run, name="request", daemon=True).start()
    try:
        error = result.exception(limit_s)
    except TimeoutError:
        raise LateError from None
    finally:
        is_left.set()
    if error is not None:
        raise error
    return result.result()
