"""Which tokens of a path are one thing's id, rather than a word for things of a kind.

The one notion of it: redaction replaces such ids, and a comparison takes paths that differ in them
only for the same page.
"""

from __future__ import annotations

import re
from typing import Final

UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

STEMS: Final = (
    "body", "device", "email", "event", "file", "host", "id", "phone", "place", "project",
    "session", "user", "value",
)  # fmt: skip
"""What the stand-ins of redaction are called, before their number."""

_STAND_IN: Final = rf"(?:{'|'.join(STEMS)})-[0-9]+"
STAND_IN: Final = re.compile(rf"(?:(?<![^\W_])|(?<=%[0-9A-Fa-f]{{2}})){_STAND_IN}")
"""A stand-in in a text; behind a percent-encoded character too, which ends in letters or digits."""

LONG: Final = 16
"""Characters of a token with letters and digits that is an id: a shorter one may be a name, as
`utf8` is."""

NUMBERED: Final = r"[A-Za-z]{1,12}(?:[-_][0-9]+)+"
"""Letters and then groups of digits, as orders and invoices are numbered: `INV-2024-0017`."""

_SURE: Final = re.compile(rf"[0-9]+|{UUID.pattern}|[0-9a-f]{{12,}}|{_STAND_IN}", re.IGNORECASE)
_NUMBERED: Final = re.compile(NUMBERED)
_YEAR: Final = re.compile(r"[a-z]+[-_](?:19|20)[0-9]{2}")
_LONG: Final = re.compile(rf"[\w-]{{{LONG},}}")
_JOINT: Final = re.compile(r"[-_]")

LEAST_DIGITS: Final = 4
"""Digits of a number behind letters: `step-2` is no order."""

_LONGEST_SIZE: Final = 4
"""Characters of the one group with digits that the name of a product may have: `2l`, `2024`."""


def is_id(token: str) -> bool:
    """Whether a token is one thing's id.

    Digits, a UUID, long hexadecimal, an order number, a long token with letters and digits that is
    no name made of words; or a stand-in for one of these.
    """
    if _SURE.fullmatch(token):
        return True
    digits = sum(map(str.isdecimal, token))
    if _NUMBERED.fullmatch(token):
        # `summer-2024` is a season.
        return digits >= LEAST_DIGITS and not _YEAR.fullmatch(token)
    is_mixed = digits > 0 and any(map(str.isalpha, token))
    return is_mixed and _LONG.fullmatch(token) is not None and not _is_slug(token)


def _is_slug(token: str) -> bool:
    """Whether a token is words joined by hyphens, with at most one short group with digits."""
    groups = _JOINT.split(token)
    names = [group for group in groups if group.isalpha()]
    others = [group for group in groups if not group.isalpha()]
    return (
        bool(names)
        and len(others) <= 1
        and all(0 < len(group) <= _LONGEST_SIZE for group in others)
        and all(map(_is_word, names))
    )


def _is_word(letters: str) -> bool:
    # What mixes cases is rather chosen by chance.
    return letters[1:] in {letters[1:].lower(), letters[1:].upper()}


def without_stand_ins(text: str) -> str:
    """A text with all stand-ins alike: another session numbers the same values otherwise."""
    return STAND_IN.sub("*", text) if "-" in text else text
