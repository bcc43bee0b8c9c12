"""Pseudonyms of identifying values, the same pseudonym for the same value.

A first pass over a session collects all values, so that each is known before the first text that
holds it is rewritten; a second pass assigns pseudonyms, numbered in the order of use.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from eventview.redaction.patterns import EntityType, fold_to_ascii, normalize_email
from eventview.redaction.recognizers import normalize_number
from eventview.redaction.value_matcher import ValueMatcher, is_searched
from eventview.session.folding import fold, fold_word
from eventview.session.text import clean
from eventview.session.urls import STEMS, UUID

_RANKS: Final = {kind: rank for rank, kind in enumerate(EntityType)}

_PSEUDONYM: Final = re.compile(rf"\b(?:{'|'.join(STEMS)})-\d+", re.IGNORECASE)

_WITH_PORT: Final = re.compile(r"(\[[^\]]*\]|[^:]*):[0-9]{1,5}")

_ORDINARY: Final = frozenset(
    {
        "anonymous", "button", "checkbox", "false", "guest", "image", "input", "nan", "none",
        "null", "radio", "reset", "select", "submit", "text", "textarea", "true", "undefined",
        "unknown", "yes",
    }
)  # fmt: skip
"""Values that name nobody: parts of a page that selectors and signals use, and empty values."""


def normalize(kind: EntityType, value: str, region: str = "") -> str:
    """Return the common form of all spellings of a value.

    Spellings may differ in case, URL encoding, the port of a host, the blanks in a number and
    invisible characters.

    Args:
        kind: entity type of the value.
        value: any spelling.
        region: two-letter country whose phone numbers may lack a `+`; "" for none.
    """
    value = fold_to_ascii(value).text
    if kind is EntityType.QUERY and ("%" in value or "+" in value):
        value = unquote_plus(value)
    if not value.isascii():
        value = fold(value, is_encoded=False)
    if kind is EntityType.HOST:
        host = value.lower()
        if with_port := _WITH_PORT.fullmatch(host):
            host = with_port[1]
        # An IPv6 address may be in brackets.
        return host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if "@" in value or UUID.fullmatch(value):
        return value.lower()
    if kind is EntityType.EMAIL:
        return normalize_email(value)
    return normalize_number(value, region, is_phone=kind is EntityType.PHONE)


class KnownValue(NamedTuple):
    """Place of a known value in a text."""

    start: int
    end: int
    key: str
    """Normalized value; the text may have another spelling, or only its beginning."""
    kind: EntityType


class PseudonymCollector:
    """Store that collects the identifying values and replaces nothing."""

    is_collecting = True
    """True while values are only collected and not replaced."""

    def __init__(self) -> None:
        self._kinds: dict[str, EntityType] = {}
        self._spellings: dict[str, str] = {}
        self._reserved: set[str] = set()

    def replace(self, kind: EntityType, value: str, region: str = "") -> str:
        """Collect a value of a kind and return it unchanged."""
        key = normalize(kind, value, region)
        known = self._kinds.get(key)
        if known is None:
            self.reserve(key)
        if known is None or _RANKS[kind] < _RANKS[known]:
            self._kinds[key] = kind
        if value != key:
            self._spellings[value] = key
        if not (value.isascii() and value.isprintable() and key.isprintable()):
            shown = clean(value)
            for spelling in {shown, normalize(kind, shown, region), clean(key)} - {key}:
                self._spellings[spelling] = key
        if (plain := fold_to_ascii(value).text) != key:
            self._spellings[plain] = key
        if kind is EntityType.NAME and key.islower() and key.isalpha():
            # A name typed in lower case may be greeted in capitals.
            self._spellings.setdefault(key.capitalize(), key)
        return value

    def reserve(self, text: str) -> None:
        """Reserve what looks like a pseudonym, so that it is never assigned."""
        if "-" in text:
            self._reserved.update(map(str.lower, _PSEUDONYM.findall(text)))

    def find(self, text: str) -> Sequence[KnownValue]:  # noqa: ARG002  # as in `Pseudonyms`
        """Return nothing, because not all values are known yet."""
        return ()

    def replace_known(self, found: KnownValue) -> str:
        """Return the value itself."""
        return found.key

    def build(self, ordinary: Iterable[str] = ()) -> Pseudonyms:
        """Return a store with pseudonyms for all collected values.

        Args:
            ordinary: further words that are not searched for, in the form of `fold_word`.
        """
        kinds = dict(self._kinds)
        for spelling, key in self._spellings.items():
            if spelling in kinds:
                # This value is only another spelling of the key.
                kinds[key] = min(kinds[key], kinds[spelling], key=_RANKS.__getitem__)
        return Pseudonyms(kinds, self._spellings, self._reserved, _ORDINARY.union(ordinary))


class Pseudonyms:
    """Store of pseudonyms, each assigned when its value is first needed.

    Args:
        kinds: entity types by known value.
        spellings: known values by their other spellings.
        reserved: names that must not be assigned, in lower case.
        ordinary: values that are not searched for, in the form of `fold_word`.
    """

    is_collecting = False

    def __init__(
        self,
        kinds: Mapping[str, EntityType],
        spellings: Mapping[str, str],
        reserved: frozenset[str] | set[str],
        ordinary: frozenset[str],
    ) -> None:
        self._kinds, self._spellings, self._reserved = kinds, spellings, reserved
        self._assigned: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self._counts: Counter[EntityType] = Counter()
        self._matcher = ValueMatcher(
            (spelling, kind)
            for spelling in dict.fromkeys((*kinds, *spellings))
            if is_searched(kind := kinds.get(self._key(spelling)), spelling)
            and fold_word(spelling) not in ordinary
        )

    def _key(self, spelling: str) -> str:
        # Two steps, because `Shop%2Eexample` is `Shop.example`, which is `shop.example`.
        key = self._spellings.get(spelling, spelling)
        return self._spellings.get(key, key)

    def replace(self, kind: EntityType, value: str, region: str = "") -> str:
        """Return the pseudonym of a value; a more specific kind that is known replaces `kind`."""
        return self._assign(self._key(normalize(kind, value, region)), kind)

    def replace_known(self, found: KnownValue) -> str:
        """Return the pseudonym of a known value."""
        return self._assign(found.key, found.kind)

    def reserve(self, text: str) -> None:
        """Do nothing, because the collector has reserved all names."""

    def _assign(self, key: str, kind: EntityType) -> str:
        given = self._assigned.get(key)
        if given is None:
            kind = self._kinds.get(key, kind)
            while given is None or given in self._reserved:
                self._numbers[kind.stem] += 1
                given = f"{kind.stem}-{self._numbers[kind.stem]}"
            self._assigned[key] = given
            self._counts[kind] += 1
        return given

    @property
    def counts(self) -> Mapping[EntityType, int]:
        """Number of values with a pseudonym, by entity type."""
        return {kind: self._counts[kind] for kind in EntityType if kind in self._counts}

    def find(self, text: str) -> Sequence[KnownValue]:
        """Return the known values in a text, in order and without overlap."""
        found = []
        for start, end, spelling in self._matcher.find(text):
            key = self._key(spelling)
            found.append(KnownValue(start, end, key, self._kinds[key]))
        return found


PseudonymStore = PseudonymCollector | Pseudonyms
"""Store of the first or of the second pass."""
