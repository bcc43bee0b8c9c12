"""Failures with message, reason, hint and exit code.

The text of a failure goes to the terminal as it is, so foreign text in it must be cleaned first
(`eventview.session.text.clean`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import ClassVar, NamedTuple

INTERRUPTED_EXIT_CODE = 130
"""Exit code of a process that ctrl+c ended, as shells expect it: 128 + SIGINT."""


class Retype(NamedTuple):
    """Means to replace a typed API key that was refused."""

    place: str
    """Host that the key is for, cleaned."""
    take: Callable[[str], None]
    """Function that takes the key; raises a `UsageError` for an invalid one."""


class EventviewError(Exception):
    """Failure with a message, the reason as far as known, and a hint.

    Args:
        message: sentence on what happened.
        reason: cause; "" if unknown.
        hint: action that the user can try; "" if there is none.
    """

    exit_code: ClassVar[int] = 1
    """Exit code of a process that this failure ends."""
    retype: Retype | None = None
    """Means to type another API key, if the refused one had been typed; else None."""

    def __init__(self, message: str, *, reason: str = "", hint: str = "") -> None:
        super().__init__(message, reason, hint)
        self.message = message
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        """Return the failure as one paragraph."""
        return " ".join(part for part in (self.message, self.reason, self.hint) if part)


class UsageError(EventviewError):
    """Invalid command line or configuration."""

    exit_code = 2


class NotAuthorisedError(EventviewError):
    """API key that is missing or that the server refused."""

    exit_code = 3


class NotFoundError(EventviewError):
    """Project or session that does not exist, or a session without events."""

    exit_code = 4


class UnavailableError(EventviewError):
    """Network or server that did not respond, or not in time."""

    exit_code = 5


class InvalidDataError(EventviewError):
    """Response or file that does not hold the events of a session."""

    exit_code = 6


class InternalError(EventviewError):
    """Bug in eventview that some data triggered.

    The reason names the place of the bug and no values, because these could be keys.

    Args:
        error: the exception that was raised.
    """

    exit_code = InvalidDataError.exit_code

    def __init__(self, error: BaseException) -> None:
        place, trace = "", error.__traceback__
        while trace is not None:
            file = PurePath(trace.tb_frame.f_code.co_filename)
            place, trace = f" in {file.name}, line {trace.tb_lineno}", trace.tb_next
        super().__init__(
            "This data triggered a bug in eventview.",
            reason=f"{type(error).__name__}{place}.",
            hint="Please report it with this message; --format text or another session may work.",
        )


class CancelledError(EventviewError):
    """Work that the user cancelled."""

    exit_code = INTERRUPTED_EXIT_CODE
