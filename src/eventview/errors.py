"""Failures a user can meet, each with its words and its exit code.

The text of a failure is ready for a terminal: whoever builds one from foreign text cleans that text
first (`eventview.session.text.clean`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import ClassVar, NamedTuple

INTERRUPTED_EXIT_CODE = 130
"""What a shell expects of a process ended by ctrl+c: 128 + SIGINT."""


class Retype(NamedTuple):
    """Another API key in place of one that was typed."""

    place: str
    """The host that the key is for, cleaned."""
    take: Callable[[str], None]
    """Takes the key; raises a `UsageError` for a text that is none."""


class EventviewError(Exception):
    """A failure that names what happened, why as far as known, and the way out.

    Args:
        message: one sentence that names the event.
        reason: the cause, as far as it is known; "" if unknown.
        hint: an action the user can try; "" if there is none.
    """

    exit_code: ClassVar[int] = 1
    """The process's exit code when this failure ends it."""
    retype: Retype | None = None
    """Takes another API key, where the one that was refused had been typed; else None."""

    def __init__(self, message: str, *, reason: str = "", hint: str = "") -> None:
        super().__init__(message, reason, hint)
        self.message = message
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        """The failure as one paragraph."""
        return " ".join(part for part in (self.message, self.reason, self.hint) if part)


class UsageError(EventviewError):
    """The command line or the configuration cannot be used as given."""

    exit_code = 2


class NotAuthorisedError(EventviewError):
    """The server refused the API key, or got none."""

    exit_code = 3


class NotFoundError(EventviewError):
    """The project or the session does not exist, or the session has no events."""

    exit_code = 4


class UnavailableError(EventviewError):
    """The network, or the server behind it, did not deliver in time or at all."""

    exit_code = 5


class InvalidDataError(EventviewError):
    """Something answered, or a file was read, but it is not a session's events."""

    exit_code = 6


class InternalError(EventviewError):
    """A mistake of ours, met with what a server or a file holds.

    Says where it was and nothing of what was there: a traceback with its values would show keys.

    Args:
        error: what was raised.
    """

    exit_code = InvalidDataError.exit_code

    def __init__(self, error: BaseException) -> None:
        # Here, because it is rarely needed and takes its time to load.
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        place = (
            f" in {PurePath(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
        )
        super().__init__(
            "What came led to a mistake in eventview.",
            reason=f"{type(error).__name__}{place}.",
            hint="Please report it with these words; --format text or another session may work.",
        )


class CancelledError(EventviewError):
    """The user did not want to wait any longer."""

    exit_code = INTERRUPTED_EXIT_CODE
