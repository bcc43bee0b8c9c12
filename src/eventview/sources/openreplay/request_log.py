"""A record of the requests that were sent, for `--log FILE`: a line each, never the key.

Keeping the API key out of every text, though a server may say it back in many ways.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from eventview.errors import EventviewError, UsageError
from eventview.export.atomic import append
from eventview.session.text import clean

MASK: Final = "***"

_SHORTEST: Final = 8
"""Characters of the start of a key that are masked even where the rest is cut off; less of it is
no use to anybody."""

_URL_SAFE: Final = str.maketrans("+/", "-_")


@dataclass(frozen=True, slots=True)
class RequestLog:
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
                reason=f"{error.strerror or error}.",
                hint="Name a file with --log that can be.",
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


NO_LOG = RequestLog()


def concealed(text: str, key: SecretStr) -> str:
    """Return a finished text without the key, as it is or in a notation that is easily read.

    Those are capitals or none, spaced out, cut off at its end, backwards, escaped as in URLs, JSON
    and HTML, as hexadecimal digits and in base64.
    """
    for pattern in _patterns(key.get_secret_value()):
        text = pattern.sub(MASK, text)
    return text


def conceal_in(failure: EventviewError, key: SecretStr) -> None:
    """Take the key out of a failure's words."""
    failure.message, failure.reason, failure.hint = failure.args = tuple(
        concealed(part, key) for part in (failure.message, failure.reason, failure.hint)
    )


@cache
def _patterns(secret: str) -> Sequence[re.Pattern[str]]:
    if not secret:
        return ()
    found = [_spaced([re.escape(letter) for letter in secret])]
    if len(secret) < _SHORTEST:
        # Its other notations would be found in any text.
        return found
    found.append(_spaced([_escaped(letter) for letter in secret]))
    sent = secret.encode("utf-8", "surrogatepass")
    texts = {secret[::-1], sent.hex()}
    for before in range(3):
        # What stands before it shifts it by up to two bytes; only whole letters of it count.
        start, end = -(-before * 4 // 3), (before + len(sent)) * 4 // 3
        text = base64.b64encode(bytes(before) + sent).decode()[start:end]
        texts |= {text, text.translate(_URL_SAFE)}
    return [*found, *(_spaced([re.escape(letter) for letter in text]) for text in sorted(texts))]


def _escaped(letter: str) -> str:
    """Return a pattern for a letter or one of its escapes: %5a, x5a, u005a, #90, #x5a."""
    code = ord(letter)
    return rf"(?:(?:%(?:25)*|#?x0*|u0*){code:x}|#0*{code}|{re.escape(letter)})"


def _spaced(letters: Sequence[str]) -> re.Pattern[str]:
    # A text in UTF-16 that is read as UTF-8 has something between any two letters.
    start, rest = letters[:_SHORTEST], letters[_SHORTEST:]
    end = ""
    for letter in reversed(rest):
        end = rf"(?:\W{{0,3}}?{letter}{end})?"
    return re.compile(r"\W{0,3}?".join(start) + end, re.IGNORECASE)
