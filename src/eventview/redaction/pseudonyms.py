"""Which value has which stand-in.

First everything that identifies is claimed, so that a value is known before the first text that
holds it is told again; then stand-ins are given out, numbered as they are needed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol
from urllib.parse import unquote_plus

from eventview.redaction.identifiers import normal
from eventview.redaction.patterns import EntityType, folded, plain_email
from eventview.redaction.value_matcher import ValueMatcher, is_sought
from eventview.session.folding import fold, same_word
from eventview.session.text import clean
from eventview.session.urls import STEMS, UUID

_RANKS: Final = {kind: rank for rank, kind in enumerate(EntityType)}

_STAND_IN: Final = re.compile(rf"\b(?:{'|'.join(STEMS)})-\d+", re.IGNORECASE)

_WITH_PORT: Final = re.compile(r"(\[[^\]]*\]|[^:]*):[0-9]{1,5}")

_ORDINARY: Final = frozenset(
    {
        "anonymous", "button", "checkbox", "false", "guest", "image", "input", "nan", "none",
        "null", "radio", "reset", "select", "submit", "text", "textarea", "true", "undefined",
        "unknown", "yes",
    }
)  # fmt: skip
"""Words that are values now and then and name nobody: the parts of a page that selectors and
signals go by, and what stands for no value."""


def canonical(kind: EntityType, value: str, region: str = "") -> str:
    """Return what two spellings of one value have in common.

    That is their case, what a URL encodes, the port of a host, the blanks in a number, and what
    nobody sees.

    Args:
        kind: what it is.
        value: in any spelling.
        region: the country whose telephone numbers need no `+`, as two letters; "" for none.
    """
    value = folded(value).text
    if kind is EntityType.QUERY and ("%" in value or "+" in value):
        value = unquote_plus(value)
    if not value.isascii():
        value = fold(value, is_encoded=False)
    if kind is EntityType.HOST:
        return _host(value.lower())
    if "@" in value or UUID.fullmatch(value):
        return value.lower()
    if kind is EntityType.EMAIL:
        return plain_email(value)
    return normal(value, region, is_phone=kind is EntityType.PHONE)


def _host(value: str) -> str:
    """A host without its port, and without what is around an IPv6 address for the port's sake."""
    with_port = _WITH_PORT.fullmatch(value)
    host = value if with_port is None else with_port[1]
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


class Known(NamedTuple):
    """A place in a text that a known value takes up."""

    start: int
    end: int
    key: str
    """What it is known by; in the text may be another spelling, or a beginning of it."""
    kind: EntityType


class PseudonymStore(Protocol):
    """What is done with the values that identify."""

    is_collecting: bool
    """Whether it is only noted which there are."""

    def of(self, kind: EntityType, value: str, region: str = "") -> str:
        """Return what to write for a value of a kind, in a session of a country."""
        ...

    def find(self, text: str) -> Sequence[Known]:
        """Return where known values are in a text, in order and apart from each other."""
        ...

    def known(self, found: Known) -> str:
        """Return what to write for one of those."""
        ...

    def notice(self, text: str) -> None:
        """Hear of a text before anything in it is replaced."""
        ...


class PseudonymCollector:
    """What identifies, as it is come upon."""

    is_collecting = True

    def __init__(self) -> None:
        self._kinds: dict[str, EntityType] = {}
        self._spellings: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, kind: EntityType, value: str, region: str = "") -> str:
        """Claim a value as something of a kind; gives it back."""
        key = canonical(kind, value, region)
        known = self._kinds.get(key)
        if known is None:
            self.notice(key)
        if known is None or _RANKS[kind] < _RANKS[known]:
            self._kinds[key] = kind
        if value != key:
            self._spellings[value] = key
        if not (value.isascii() and value.isprintable() and key.isprintable()):
            shown = clean(value)
            for spelling in {shown, canonical(kind, shown, region), clean(key)} - {key}:
                self._spellings[spelling] = key
        if (plain := folded(value).text) != key:
            self._spellings[plain] = key
        if kind is EntityType.NAME and key.islower() and key.isalpha():
            # Typed in lower case, and greeted in capitals.
            self._spellings.setdefault(key.capitalize(), key)
        return value

    def notice(self, text: str) -> None:
        """Keep what looks like a stand-in, and is none, from being one."""
        if "-" in text:
            self._taken.update(map(str.lower, _STAND_IN.findall(text)))

    def find(self, text: str) -> Sequence[Known]:  # noqa: ARG002  # as those who know all
        """Nothing: not all is known yet."""
        return ()

    def known(self, found: Known) -> str:
        """The value itself."""
        return found.key

    def pseudonyms(self, ordinary: Iterable[str] = ()) -> Pseudonyms:
        """Stand-ins for all of it.

        Args:
            ordinary: further words that are not looked for, as `same_word` has them.
        """
        kinds = dict(self._kinds)
        for spelling, key in self._spellings.items():
            if spelling in kinds:
                # A value that is a spelling of another one is that one.
                kinds[key] = min(kinds[key], kinds[spelling], key=_RANKS.__getitem__)
        return Pseudonyms(kinds, self._spellings, self._taken, _ORDINARY.union(ordinary))


class Pseudonyms:
    """A stand-in for every value, the same for the same one, given when it is first needed.

    Args:
        kinds: all values that are known, and what they are.
        spellings: other spellings of these.
        taken: what must not be a stand-in, in lower case.
        ordinary: values that are not looked for, as `same_word` has them.
    """

    is_collecting = False

    def __init__(
        self,
        kinds: Mapping[str, EntityType],
        spellings: Mapping[str, str],
        taken: frozenset[str] | set[str],
        ordinary: frozenset[str],
    ) -> None:
        self._kinds, self._spellings, self._taken = kinds, spellings, taken
        self._given: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self._counts: Counter[EntityType] = Counter()
        self._sought = ValueMatcher(
            (spelling, kind)
            for spelling in dict.fromkeys((*kinds, *spellings))
            if is_sought(kind := self._kind(spelling), spelling)
            and same_word(spelling) not in ordinary
        )

    def _key(self, spelling: str) -> str:
        # Twice: `Shop%2Eexample` is `Shop.example`, which is `shop.example`.
        key = self._spellings.get(spelling, spelling)
        return self._spellings.get(key, key)

    def _kind(self, spelling: str) -> EntityType | None:
        return self._kinds.get(self._key(spelling))

    def of(self, kind: EntityType, value: str, region: str = "") -> str:
        """The stand-in of a value.

        Args:
            kind: what it is, where nothing more telling is known of it.
            value: in any of its spellings.
            region: the country of the session.
        """
        return self._of(self._key(canonical(kind, value, region)), kind)

    def known(self, found: Known) -> str:
        """The stand-in of a known value."""
        return self._of(found.key, found.kind)

    def notice(self, text: str) -> None:
        """Nothing: which texts there are is known."""

    def _of(self, key: str, kind: EntityType) -> str:
        given = self._given.get(key)
        if given is None:
            kind = self._kinds.get(key, kind)
            given = self._given[key] = self._next(kind.stem)
            self._counts[kind] += 1
        return given

    def _next(self, stem: str) -> str:
        while True:
            self._numbers[stem] += 1
            name = f"{stem}-{self._numbers[stem]}"
            if name not in self._taken:
                return name

    @property
    def counts(self) -> Mapping[EntityType, int]:
        """Return how many values have got a stand-in, by what they are."""
        return {kind: self._counts[kind] for kind in EntityType if kind in self._counts}

    def find(self, text: str) -> Sequence[Known]:
        """Return where known values are in a text, in order and apart from each other."""
        found = []
        for start, end, spelling in self._sought.find(text):
            key = self._key(spelling)
            found.append(Known(start, end, key, self._kinds[key]))
        return found
