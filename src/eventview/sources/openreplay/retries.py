"""Work that is left when it takes too long, whatever it is waiting for.

A timeout of a socket starts anew with each byte that comes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Event as Flag
from threading import Thread
from typing import Final, TypeVar

from tenacity import RetryCallState

from eventview.errors import EventviewError
from eventview.sources.openreplay.responses import Response

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Number of attempts at a request that fails, and the waits between them."""

    attempts: int = 4
    first_wait_s: float = 0.5
    """Doubled after each attempt, with up to a second of chance added."""
    longest_wait_s: float = 8.0
    longest_asked_s: float = 30.0
    """The longest `Retry-After` that is waited for; a server that asks for more is down."""
    list_pause_s: float = 20.0
    """Seconds for which releases 1.23 to 1.26 do not list their projects again: their
    `PROJECTS_CACHE_TTL_S`."""


DEFAULT_POLICY: Final = RetryPolicy()


class TemporaryError(Exception):
    """The attempt may be repeated; after `pause_s` seconds at the earliest."""

    def __init__(
        self,
        *,
        answer: Response | None = None,
        failure: EventviewError | None = None,
        why: str,
        pause_s: float = 0.0,
    ) -> None:
        super().__init__(why)
        self.answer = answer
        self.failure = failure
        self.why = why
        self.pause_s = pause_s

    @property
    def is_for_500(self) -> bool:
        """True for a server that failed, rather than being busy or away."""
        return self.answer is not None and self.answer.status == HTTPStatus.INTERNAL_SERVER_ERROR


def retry_reason(state: RetryCallState) -> TemporaryError | None:
    """Return the reason why an attempt may be repeated; None where it may not."""
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, TemporaryError) else None


def asked_pause_s(state: RetryCallState) -> float | None:
    """Return the seconds that a pause or a `Retry-After`, a number or a date, asks for."""
    error = retry_reason(state)
    if error is not None and error.pause_s:
        return error.pause_s
    said = error.answer.retry_after if error is not None and error.answer else ""
    if said.isascii() and said.isdecimal():
        return float(said)
    with suppress(ValueError, OverflowError):
        moment = parsedate_to_datetime(said)
        # One of HTTP's three forms of a date has no zone; all are meant in UTC.
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (zoned - datetime.now(UTC)).total_seconds())
    return None


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
