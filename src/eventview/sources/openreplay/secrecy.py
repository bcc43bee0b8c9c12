"""Keeping the API key out of every text, though a server may say it back in many ways.

May import `eventview.errors`, pydantic and the standard library.
"""

from __future__ import annotations

import re
from typing import Final

from pydantic import SecretStr

from eventview.errors import EventviewError

MASK: Final = "***"

_SHORTEST: Final = 8
"""Characters of the start of a key that are masked even where the rest is cut off; less of it is
no use to anybody."""


def concealed(text: str, key: SecretStr) -> str:
    """A finished text without the key: in capitals or not, spaced out or cut off at its end."""
    secret = key.get_secret_value()
    return _pattern(secret).sub(MASK, text) if secret else text


def conceal_in(failure: EventviewError, key: SecretStr) -> None:
    """Take the key out of a failure's words."""
    failure.what, failure.cause, failure.cure = failure.args = tuple(
        concealed(part, key) for part in (failure.what, failure.cause, failure.cure)
    )


def _pattern(secret: str) -> re.Pattern[str]:
    # A text in UTF-16 that is read as UTF-8 has something between any two letters.
    letters = [re.escape(letter) for letter in secret]
    start, rest = letters[:_SHORTEST], letters[_SHORTEST:]
    end = ""
    for letter in reversed(rest):
        end = rf"(?:\W{{0,3}}{letter}{end})?"
    return re.compile(r"\W{0,3}".join(start) + end, re.IGNORECASE)
