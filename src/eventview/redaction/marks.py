"""Where a text looks like something that identifies: one pass after the other over what is left."""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

from eventview.redaction import identifiers, patterns
from eventview.redaction.patterns import EntityMatch, EntityType
from eventview.session.urls import STAND_IN, is_id

Pass = Callable[[str], Iterator[EntityMatch]]
"""Finds marks in a text, in order and apart from each other."""

_BASE64: Final = re.compile(r"(?<![\w+/=-])[A-Za-z0-9_+/-]{12,1024}={0,2}(?![\w+/=-])")
_ADDRESS_INSIDE: Final = re.compile(r"[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]*")
_ENCODED_SECRET: Final = re.compile(r"\"(?:email|password|token|phone|sub|iban)\"\s*:")


def passes(region: str) -> tuple[Pass, ...]:
    """Return what looks through any text.

    Args:
        region: the country of the session, as two letters; "" for none.
    """
    return (_looks, partial(identifiers.find, region=region), _in_base64)


def _looks(text: str) -> Iterator[EntityMatch]:
    if not patterns.MAY_BE_MARKED.search(text) and not patterns.MAY_BE_TOKEN.search(text):
        return
    for mark in patterns.MARKS.finditer(text):
        what, found = mark.lastgroup or "", mark[0]
        if what == "network" and not patterns.is_network_address(found):
            continue
        if what == "email" and STAND_IN.match(found):
            # Of a user, a password and a host, told before.
            continue
        if what == "basic" and not _is_credentials(found):
            continue
        yield EntityMatch(*mark.span(), what, found)


def parts(text: str) -> Iterator[EntityMatch]:
    """Find what may be one thing's id in a segment of a path."""
    for mark in patterns.PART.finditer(text):
        if is_id(mark[0]) and not STAND_IN.fullmatch(mark[0]):
            yield EntityMatch(*mark.span(), "part", mark[0])


def marks_of(text: str, passes: Sequence[Pass]) -> Iterator[EntityMatch]:
    """Yield what a text looks like to hold: of each pass what those before it left."""
    if not passes or not text:
        return
    place = 0
    for mark in passes[0](text):
        for inner in marks_of(text[place : mark.start], passes[1:]):
            yield inner._replace(start=inner.start + place, end=inner.end + place)
        yield mark
        place = mark.end
    for inner in marks_of(text[place:], passes[1:]):
        yield inner._replace(start=inner.start + place, end=inner.end + place)


def _in_base64(text: str) -> Iterator[EntityMatch]:
    """Find what is an e-mail address, or JSON with such, in base64 or hexadecimal digits."""
    for mark in _BASE64.finditer(text):
        found = mark[0]
        inner = _decoded(found)
        if _ADDRESS_INSIDE.search(inner) is None and _ENCODED_SECRET.search(inner) is None:
            continue
        is_whole = _ADDRESS_INSIDE.fullmatch(inner.strip()) is not None
        kind, written = (
            (EntityType.EMAIL, inner.strip()) if is_whole else (EntityType.SECRET, found)
        )
        yield EntityMatch(*mark.span(), kind, written)


def _is_credentials(text: str) -> bool:
    """Return whether a word behind `Basic` is a user and a password in base64."""
    return ":" in _decoded(text) or text.endswith("=")


@lru_cache(maxsize=1024)
def _decoded(text: str) -> str:
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text):
        inner = bytes.fromhex(text)
        if b"@" in inner:
            return inner.decode("utf-8", "replace")
    bare = text.rstrip("=")
    if len(bare) % 4 == 1:
        return ""
    padded = bare + "=" * (-len(bare) % 4)
    decode = urlsafe_b64decode if "-" in text or "_" in text else b64decode
    try:
        return decode(padded).decode("utf-8")
    except ValueError:
        return ""
