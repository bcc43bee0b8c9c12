"""A record of the requests that were sent, for `--log FILE`: a line each, never the key."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from eventview.errors import UsageError
from eventview.export.atomic import append
from eventview.session.text import clean
from eventview.sources.openreplay.secrecy import concealed


@dataclass(frozen=True, slots=True)
class Log:
    """Record of requests in a file; of none without a path."""

    path: Path | None = None

    def check(self) -> None:
        """Create the file, readable by its owner only.

        Raises:
            UsageError: it cannot be written.
        """
        try:
            self._append("")
        except OSError as error:
            raise UsageError(
                f"{clean(str(self.path))} cannot be written.",
                cause=f"{error.strerror or error}.",
                cure="Name a file with --log that can be.",
            ) from None

    def write(self, attempt: tuple[str, str, str, int, int], key: SecretStr) -> None:
        """Record one attempt.

        Args:
            attempt: method, URL, the status or what went wrong, milliseconds taken, and the
                number of the attempt.
            key: what must not be in the line.
        """
        method, url, outcome, taken_ms, number = attempt
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = f"{moment} {method} {clean(url)} {clean(outcome)} {taken_ms} ms attempt {number}"
        # A record that can no longer be kept must not cost what it is a record of.
        with suppress(OSError, UsageError):
            self._append(concealed(line, key) + "\n")

    def _append(self, text: str) -> None:
        if self.path is not None:
            append(self.path, text)


NO_LOG = Log()
