"""Log of requests for `--log FILE`, and masking of the API key in every text.

A server may repeat the key in many notations, so all of them are masked.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from eventview.errors import EventviewError, UsageError
from eventview.export.atomic import append_text
from eventview.session.text import clean

MASK: Final = "***"

_SHORTEST: Final = 8
"""Length of the start of a key that is masked even if the rest is cut off."""

_URL_SAFE: Final = str.maketrans("+/", "-_")


class Secret:
    """A text that its representation leaves out; pydantic's takes 60 ms to import."""

    def __init__(self, value: str) -> None:
        self.value = value


class RequestLog(NamedTuple):
    """A log of requests in a file; a log without a path records nothing."""

    path: Path | None = None

    def check(self) -> None:
        """Create the file, readable by its owner only.

        Raises:
            UsageError: the file cannot be written.
        """
        try:
            self._append("")
        except OSError as error:
            raise UsageError(
                f"{clean(str(self.path))} cannot be written.",
                reason=f"{error.strerror or error}.",
                hint="Choose a file for --log that can be written.",
            ) from None

    def write(self, text: str, key: Secret) -> None:
        """Record one attempt in a line with its time, and mask the key in it."""
        line = f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {clean(text)}"
        # A log that can no longer be written must not fail the request.
        with suppress(OSError, UsageError):
            self._append(mask_key(line, key) + "\n")

    def _append(self, text: str) -> None:
        if self.path is not None:
            append_text(self.path, text)


NO_LOG = RequestLog()


def mask_key(text: str, key: Secret) -> str:
    """Return a text with the key masked, in all notations that are easily read.

    These are either case, spaced out, cut off at its end, backwards, escaped as in URLs, JSON and
    HTML, hexadecimal and base64.
    """
    for pattern in _key_patterns(key.value):
        text = pattern.sub(MASK, text)
    return text


def mask_key_in(failure: EventviewError, key: Secret) -> None:
    """Mask the key in a failure's message, reason and hint."""
    failure.message, failure.reason, failure.hint = failure.args = tuple(
        mask_key(part, key) for part in (failure.message, failure.reason, failure.hint)
    )


@cache
def _key_patterns(secret: str) -> Sequence[re.Pattern[str]]:
    if not secret:
        return ()
    found = [_spaced_pattern([re.escape(letter) for letter in secret])]
    if len(secret) < _SHORTEST:
        # The other notations of a short key occur in any text.
        return found
    # Each letter may be escaped: %5a, x5a, u005a, #90, #x5a.
    escaped = [
        rf"(?:(?:%(?:25)*|#?x0*|u0*){ord(letter):x}|#0*{ord(letter)}|{re.escape(letter)})"
        for letter in secret
    ]
    found.append(_spaced_pattern(escaped))
    sent = secret.encode("utf-8", "surrogatepass")
    texts = {secret[::-1], sent.hex()}
    for before in range(3):
        # Text before the key shifts it by up to two bytes; only its whole letters count.
        start, end = -(-before * 4 // 3), (before + len(sent)) * 4 // 3
        text = base64.b64encode(bytes(before) + sent).decode()[start:end]
        texts |= {text, text.translate(_URL_SAFE)}
    return [
        *found,
        *(_spaced_pattern([re.escape(letter) for letter in text]) for text in sorted(texts)),
    ]


def _spaced_pattern(letters: Sequence[str]) -> re.Pattern[str]:
    # UTF-16 read as UTF-8 has a character between any two letters.
    start, rest = letters[:_SHORTEST], letters[_SHORTEST:]
    end = ""
    for letter in reversed(rest):
        end = rf"(?:\W{{0,3}}?{letter}{end})?"
    return re.compile(r"\W{0,3}?".join(start) + end, re.IGNORECASE)
