"""Places in a text that look like identifiers, found in passes over what is still unmarked."""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

from eventview.redaction import identifiers, patterns
from eventview.redaction.patterns import EntityMatch, EntityType
from eventview.session.urls import PLACEHOLDER, is_id

Pass = Callable[[str], Iterator[EntityMatch]]
"""Function that yields the marks in a text, in order and without overlap."""

_BASE64: Final = re.compile(r"(?<![\w+/=-])[A-Za-z0-9_+/-]{12,1024}={0,2}(?![\w+/=-])")
_ADDRESS_INSIDE: Final = re.compile(r"[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]*")
_ENCODED_SECRET: Final = re.compile(r"\"(?:email|password|token|phone|sub|iban)\"\s*:")


def build_passes(region: str) -> tuple[Pass, ...]:
    """Return the passes for any text of a session from a two-letter country; "" for none."""
    return (_find_patterns, partial(identifiers.find_identifiers, region=region), _find_base64)


def _find_patterns(text: str) -> Iterator[EntityMatch]:
    if not patterns.MAY_BE_MARKED.search(text) and not patterns.MAY_BE_TOKEN.search(text):
        return
    for mark in patterns.MARKS.finditer(text):
        kind, found = mark.lastgroup or "", mark[0]
        if kind == "network" and not patterns.is_network_address(found):
            continue
        if kind == "email" and PLACEHOLDER.match(found):
            # `user-1:value-1@host-1` has been redacted before.
            continue
        if kind == "basic" and not _is_credentials(found):
            continue
        yield EntityMatch(*mark.span(), kind, found)


def find_path_ids(text: str) -> Iterator[EntityMatch]:
    """Yield what may be an id in a segment of a path."""
    for mark in patterns.PATH_ID.finditer(text):
        if is_id(mark[0]) and not PLACEHOLDER.fullmatch(mark[0]):
            yield EntityMatch(*mark.span(), "part", mark[0])


def find_marks(text: str, passes: Sequence[Pass]) -> Iterator[EntityMatch]:
    """Yield the marks of all passes; each pass sees only what earlier ones left."""
    if not passes or not text:
        return
    place = 0
    for mark in passes[0](text):
        for inner in find_marks(text[place : mark.start], passes[1:]):
            yield inner._replace(start=inner.start + place, end=inner.end + place)
        yield mark
        place = mark.end
    for inner in find_marks(text[place:], passes[1:]):
        yield inner._replace(start=inner.start + place, end=inner.end + place)


def _find_base64(text: str) -> Iterator[EntityMatch]:
    """Yield base64 or hexadecimal digits that hold an e-mail address or JSON with secrets."""
    for mark in _BASE64.finditer(text):
        found = mark[0]
        inner = _decode(found)
        if _ADDRESS_INSIDE.search(inner) is None and _ENCODED_SECRET.search(inner) is None:
            continue
        is_whole = _ADDRESS_INSIDE.fullmatch(inner.strip()) is not None
        if is_whole:
            yield EntityMatch(*mark.span(), EntityType.EMAIL, inner.strip())
        else:
            yield EntityMatch(*mark.span(), EntityType.SECRET, found)


def _is_credentials(text: str) -> bool:
    """Return whether the word behind `Basic` is a user and a password in base64."""
    return ":" in _decode(text) or text.endswith("=")


@lru_cache(maxsize=1024)
def _decode(text: str) -> str:
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
