"""Which value has which stand-in, and where in a text a known value is.

First everything that identifies is claimed, so that a value is known before the first text that
holds it is told again; then stand-ins are given out, numbered as they are needed. May import the
standard library and `eventview.model.text`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import accumulate
from typing import Final, NamedTuple, Protocol
from urllib.parse import unquote_plus

from eventview.model.text import clean


class Kind(Enum):
    """What a value is, the most telling first: what is several things is the first of them.

    Values of queries and inputs share the name of their stand-ins, as they are often the same.
    """

    USER = ("user", "user")
    DEVICE = ("device", "device")
    VISITOR = ("user", "visitor")
    SESSION = ("session", "session")
    PROJECT = ("project", "project")
    FILE = ("file", "file")
    HOST = ("host", "host")
    EMAIL = ("email", "e-mail address")
    EVENT = ("event", "event id")
    ID = ("id", "id")
    PLACE = ("place", "place")
    INPUT = ("value", "input value")
    QUERY = ("value", "query value")
    BODY = ("body", "body")

    @property
    def stem(self) -> str:
        """What its stand-ins are called, before their number."""
        return self.value[0]

    @property
    def noun(self) -> str:
        """What one of them is called in a sentence."""
        return self.value[1]

    def counted(self, number: int) -> str:
        """So many of them: `1 user`, `12 query values`."""
        if number == 1:
            return f"1 {self.noun}"
        ending = "es" if self.noun.endswith("s") else "s"
        plural = f"{self.noun[:-1]}ies" if self.noun.endswith("y") else self.noun + ending
        return f"{number:,} {plural}"


_RANKS: Final = {kind: rank for rank, kind in enumerate(Kind)}

_STAND_IN: Final = re.compile(
    rf"\b(?:{'|'.join(sorted({kind.stem for kind in Kind}))})-\d+", re.IGNORECASE
)

UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

_ALONE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""The scripts that do not put spaces between words: Thai, Lao, Myanmar, Khmer, Japanese, Chinese.
Each character counts as a word, or no name would ever be found in them."""

_WORDS: Final = re.compile(rf"[^\W_{_ALONE}]+|.", re.DOTALL)
"""Words, and whatever is between them character by character: all of a text."""

SHORTEST: Final = 3
"""Characters that a value must have to be looked for in other texts than its own field: what is
shorter is everywhere."""

_SHORTEST_NUMBER: Final = 5
"""Digits of an id in a path to be looked for elsewhere: `404` and `2024` are mostly no ids."""

_SHORTEST_PROJECT: Final = 12
"""A project's key is longer; what else a session may be called is an ordinary word."""

_MOST_WORDS: Final = 16
"""What a longer text is recognised by, counting what is between words."""

_MOST_ALIKE: Final = 16
"""Of so many texts that begin alike the right one is found; of more, one of them."""

_ORDINARY: Final = frozenset(
    {
        "anonymous", "button", "checkbox", "false", "guest", "image", "input", "nan", "none",
        "null", "radio", "reset", "select", "submit", "text", "textarea", "true", "undefined",
        "unknown", "yes",
    }
)  # fmt: skip
"""Words that are values now and then and name nobody: the parts of a page that selectors and
signals go by, and what stands for no value."""


def canonical(kind: Kind, value: str) -> str:
    """What makes two spellings one value: case, and what a URL encodes."""
    if kind is Kind.QUERY and ("%" in value or "+" in value):
        value = unquote_plus(value)
    if kind is Kind.HOST or "@" in value or UUID.fullmatch(value):
        return value.lower()
    return value


class Known(NamedTuple):
    """A place in a text that a known value takes up."""

    start: int
    end: int
    key: str
    """What it is known by; in the text may be another spelling, or a beginning of it."""
    kind: Kind


class Values(Protocol):
    """What is done with the values that identify."""

    is_collecting: bool
    """Whether it is only noted which there are."""

    def of(self, kind: Kind, value: str) -> str:
        """What to write for a value of a kind."""
        ...

    def find(self, text: str) -> Sequence[Known]:
        """Where known values are in a text, in order and apart from each other."""
        ...

    def known(self, found: Known) -> str:
        """What to write for one of those."""
        ...

    def notice(self, text: str) -> None:
        """Hear of a text before anything in it is replaced."""
        ...


class Claims:
    """What identifies, as it is come upon."""

    is_collecting = True

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}
        self._spellings: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, kind: Kind, value: str) -> str:
        """Claim a value as something of a kind; gives it back."""
        key = canonical(kind, value)
        known = self._kinds.get(key)
        if known is None:
            self.notice(key)
        if known is None or _RANKS[kind] < _RANKS[known]:
            self._kinds[key] = kind
        if value != key:
            self._spellings[value] = key
        if not (value.isascii() and value.isprintable() and key.isprintable()):
            shown = clean(value)
            for spelling in {shown, canonical(kind, shown), clean(key)} - {key}:
                self._spellings[spelling] = key
        return value

    def notice(self, text: str) -> None:
        """Keep what looks like a stand-in, and is none, from being one."""
        if "-" in text:
            self._taken.update(map(str.lower, _STAND_IN.findall(text)))

    def find(self, text: str) -> Sequence[Known]:  # noqa: ARG002  # not yet
        """Nothing: not all is known yet."""
        return ()

    def known(self, found: Known) -> str:
        """The value itself."""
        return found.key

    def stand_ins(self, ordinary: Iterable[str] = ()) -> StandIns:
        """Stand-ins for all of it.

        Args:
            ordinary: further words, in lower case, that are not looked for in other texts.
        """
        kinds = dict(self._kinds)
        for spelling, key in self._spellings.items():
            if spelling in kinds:
                # A value that is a spelling of another one is that one.
                kinds[key] = min(kinds[key], kinds[spelling], key=_RANKS.__getitem__)
        return StandIns(kinds, self._spellings, self._taken, _ORDINARY.union(ordinary))


class StandIns:
    """A stand-in for every value, the same for the same one, given when it is first needed.

    Args:
        kinds: all values that are known, and what they are.
        spellings: other spellings of these.
        taken: what must not be a stand-in, in lower case.
        ordinary: values that are not looked for, in lower case.
    """

    is_collecting = False

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        spellings: Mapping[str, str],
        taken: frozenset[str] | set[str],
        ordinary: frozenset[str],
    ) -> None:
        self._kinds, self._spellings, self._taken = kinds, spellings, taken
        self._given: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self._counts: Counter[Kind] = Counter()
        self._beginnings: defaultdict[str, list[str]] = defaultdict(list)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for spelling in (*kinds, *spellings):
            if _is_sought(self._kind(spelling), spelling) and spelling.lower() not in ordinary:
                words = [match[0] for match in _beginning(spelling)]
                self._beginnings["".join(words)].append(spelling)
                lengths[words[0]].add(len(words))
        self._lengths = {word: sorted(counts, reverse=True) for word, counts in lengths.items()}

    def _key(self, spelling: str) -> str:
        # Twice: `Shop%2Eexample` is `Shop.example`, which is `shop.example`.
        key = self._spellings.get(spelling, spelling)
        return self._spellings.get(key, key)

    def _kind(self, spelling: str) -> Kind | None:
        return self._kinds.get(self._key(spelling))

    def of(self, kind: Kind, value: str) -> str:
        """The stand-in of a value.

        Args:
            kind: what it is, where nothing more telling is known of it.
            value: in any of its spellings.
        """
        return self._of(self._key(canonical(kind, value)), kind)

    def known(self, found: Known) -> str:
        """The stand-in of a known value."""
        return self._of(found.key, found.kind)

    def notice(self, text: str) -> None:
        """Nothing: which texts there are is known."""

    def _of(self, key: str, kind: Kind) -> str:
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
    def counts(self) -> Mapping[Kind, int]:
        """How many values have got a stand-in, by what they are."""
        return {kind: self._counts[kind] for kind in Kind if kind in self._counts}

    def find(self, text: str) -> Sequence[Known]:
        """Where known values are in a text, in order and apart from each other.

        A value begins and ends where words do; of several that begin at one place it is the
        longest. Of a long one its beginning is enough: servers cut texts.
        """
        # A compiled alternation of all values would try each of them at each character.
        words = _WORDS.findall(text)
        if self._lengths.keys().isdisjoint(words):
            return ()
        starts = [0, *accumulate(map(len, words))]
        found: list[Known] = []
        free_from = 0
        for place, word in enumerate(words):
            counts = self._lengths.get(word)
            if counts is not None and starts[place] >= free_from:
                known = self._longest(text, starts, place, counts)
                if known is not None:
                    found.append(known)
                    free_from = known.end
        return found

    def _longest(
        self, text: str, starts: Sequence[int], place: int, counts: Sequence[int]
    ) -> Known | None:
        start = starts[place]
        for count in counts:
            if place + count >= len(starts):
                continue
            alike = self._beginnings.get(text[start : starts[place + count]])
            if alike:
                length, spelling = max((_shared(text, start, s), s) for s in alike[:_MOST_ALIKE])
                key = self._key(spelling)
                return Known(start, start + length, key, self._kinds[key])
        return None


def _is_sought(kind: Kind | None, value: str) -> bool:
    """Whether a value is looked for in texts that are not its own field."""
    if len(value) < SHORTEST or not any(map(str.isalnum, value)):
        return False
    match kind:
        case None | Kind.FILE | Kind.BODY:
            return False
        case Kind.PROJECT:
            return len(value) >= _SHORTEST_PROJECT
        case Kind.HOST:
            return "/" not in value
        case Kind.ID:
            is_long = not value.isdecimal() or len(value) >= _SHORTEST_NUMBER
        case Kind.QUERY:
            # Paths are told as they are, and what is in them is looked for by itself.
            is_long = not value.startswith("/") and "://" not in value
        case _:
            is_long = True
    # Those are recognised wherever they are.
    return is_long and UUID.fullmatch(value) is None


def _beginning(value: str) -> Iterator[re.Match[str]]:
    for _, match in zip(range(_MOST_WORDS), _WORDS.finditer(value), strict=False):
        yield match


def _shared(text: str, start: int, value: str) -> int:
    """How many characters of a value stand at a place of a text."""
    if text.startswith(value, start):
        return len(value)
    fits, too_long = 0, len(value)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text.startswith(value[fits:middle], start + fits):
            fits = middle
        else:
            too_long = middle
    return fits
