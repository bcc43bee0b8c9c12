"""Retries of requests, and a limit for the whole time that one attempt may take.

A socket's timeout is not enough, because it starts over with each byte.
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
    """Number of attempts at a failing request, and the waits between them."""

    attempts: int = 4
    first_wait_s: float = 0.5
    """First wait in seconds; doubled after each attempt, plus a random part."""
    longest_wait_s: float = 8.0
    longest_asked_s: float = 30.0
    """Longest `Retry-After` to wait for, in seconds; a server that asks for more is down."""
    list_pause_s: float = 20.0
    """`PROJECTS_CACHE_TTL_S` of releases 1.23 to 1.26: seconds until they list projects again."""


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
        """True for a server that failed rather than being busy or unreachable."""
        return self.answer is not None and self.answer.status == HTTPStatus.INTERNAL_SERVER_ERROR


def retry_reason(state: RetryCallState) -> TemporaryError | None:
    """Return the error that allows a retry; None for other outcomes."""
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, TemporaryError) else None


def asked_pause_s(state: RetryCallState) -> float | None:
    """Return the requested wait in seconds: a pause, or `Retry-After` as a number or date."""
    error = retry_reason(state)
    if error is not None and error.pause_s:
        return error.pause_s
    said = error.answer.retry_after if error is not None and error.answer else ""
    if said.isascii() and said.isdecimal():
        return float(said)
    with suppress(ValueError, OverflowError):
        moment = parsedate_to_datetime(said)
        # HTTP's dates are in UTC, and one of their three forms has no zone.
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (zoned - datetime.now(UTC)).total_seconds())
    return None


class LateError(Exception):
    """The work took too long."""


def run_within(limit_s: float, work: Callable[[Flag], Result]) -> Result:
    """Run work in a thread, and abandon it when it takes too long.

    Args:
        limit_s: the limit in seconds.
        work: called with a flag that is set once the work is abandoned.

    Raises:
        LateError: the work took too long.
        BaseException: the work raised it.
    """
    result: Future[Result] = Future()
    is_left = Flag()

    def run() -> None:
        try:
            result.set_result(work(is_left))
        except BaseException as error:  # noqa: BLE001  # the caller gets it
            result.set_exception(error)

    # A daemon thread does not keep the process alive.
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
