"""Where in a text a known value is, whatever its length, and which values are looked for at all.

Costs a text no more than its length, however many values begin alike.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from eventview.redaction.patterns import EntityType
from eventview.session.folding import fold, folded_places
from eventview.session.urls import UUID

_ALONE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""The scripts that do not put spaces between words: Thai, Lao, Myanmar, Khmer, Japanese, Chinese.
Each character counts as a word, or no name would ever be found in them."""

_WORDS: Final = re.compile(rf"[^\W_{_ALONE}]+|.", re.DOTALL)
"""Words, and whatever is between them character by character: all of a text."""

_SHORTEST: Final = 3
"""Characters that a value must have to be looked for in other texts than its own field: what is
shorter is everywhere."""

_SHORTEST_IN_ANY_CASE: Final = 6
"""Characters that a value must have to be found in another case: `Ann` is no part of `ANN-12`."""

_SHORTEST_NUMBER: Final = 5
"""Digits of an id in a path to be looked for elsewhere: `404` and `2024` are mostly no ids."""

_SHORTEST_PROJECT: Final = 12
"""A project's key is longer; what else a session may be called is an ordinary word."""

_LONGEST_PLAIN: Final = 12
"""Letters of a plain word, as `payment`, `open` and `description` are: the words that pages are
made of, and that are typed into a search. Nearly all of English have no more."""

_MOST_WORDS: Final = 16
"""What a longer text is recognised by, counting what is between words."""

_STEP: Final = 64
"""Characters compared at first of two long texts; then twice as many, and so on."""


class Place(NamedTuple):
    """A place in a text that a known value takes up."""

    start: int
    end: int
    spelling: str
    """Of the value; in the text may be another case, or a beginning of it."""


class ValueMatcher:
    """Values that are looked for.

    Args:
        spellings: of all of them, in the case in which each is found, with what they are.
    """

    def __init__(self, spellings: Iterable[tuple[str, EntityType | None]]) -> None:
        self._in_any_case: set[str] = set()
        self._spelled: defaultdict[str, dict[str, str]] = defaultdict(dict)
        long: defaultdict[str, set[str]] = defaultdict(set)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for spelling, kind in spellings:
            seen = fold(spelling, is_encoded=False)
            folded = _folded(seen)
            words = [match[0] for match in _beginning(folded)]
            if not words:
                continue
            beginning = "".join(words)
            if beginning != folded:
                long[beginning].add(folded)
            self._spelled[folded].setdefault(seen, spelling)
            lengths[words[0]].add(len(words))
            if _is_in_any_case(kind, spelling):
                self._in_any_case.add(spelling)
        self._long = {beginning: sorted(values) for beginning, values in long.items()}
        self._lengths = {word: sorted(counts, reverse=True) for word, counts in lengths.items()}

    def find(self, text: str) -> Iterator[Place]:
        """Yield where they are in a text, in order and apart from each other.

        A value begins and ends where words do; of several that begin at one place it is the
        longest. Of a long one its beginning is enough: servers cut texts. Words are those that
        are seen and those that are sent, which something invisible may part.
        """
        seen = fold(text, is_encoded=False)
        places = list(self._find(seen))
        if seen != text:
            if places:
                folded = folded_places(text, is_exact=True, is_encoded=False)
                places = [Place(*folded.span(p.start, p.end), p.spelling) for p in places]
            places = sorted([*places, *self._find(text)], key=lambda p: (p.start, -p.end))
        free_from = 0
        for place in places:
            if place.start >= free_from:
                yield place
                free_from = place.end

    def _find(self, text: str) -> Iterator[Place]:
        # A compiled alternation of all values would try each of them at each character.
        folded = _folded(text)
        words = _WORDS.findall(folded)
        if self._lengths.keys().isdisjoint(words):
            return
        starts = [0, *accumulate(map(len, words))]
        free_from = 0
        for number, word in enumerate(words):
            counts = self._lengths.get(word)
            if counts is not None and starts[number] >= free_from:
                found = self._longest(text, folded, starts, number, counts)
                if found is not None:
                    yield found
                    free_from = found.end

    def _longest(
        self, text: str, folded: str, starts: Sequence[int], number: int, counts: Sequence[int]
    ) -> Place | None:
        start = starts[number]
        for count in counts:
            if number + count >= len(starts):
                continue
            end = starts[number + count]
            long = self._long.get(folded[start:end], ())
            value, shared = _nearest(long, folded, start) if long else ("", end - start)
            end = start + shared
            # Of what grew while it was typed, the one that ends here.
            spelling = self._spelling(folded[start:end], text[start:end])
            if spelling is None and value:
                spelling = next(iter(self._spelled[value].values()))
            if spelling is not None:
                return Place(start, end, spelling)
        return None

    def _spelling(self, folded: str, written: str) -> str | None:
        """The value that is written so; or else one that is, but for its case."""
        spelled = self._spelled.get(folded, {})
        if written in spelled:
            return spelled[written]
        return next((value for value in spelled.values() if value in self._in_any_case), None)


def is_sought(kind: EntityType | None, value: str) -> bool:
    """Tell whether a value is looked for in texts that are not its own field."""
    # The placeholder of an invisible character has letters, and what is looked for has none.
    value = fold(value, is_encoded=False)
    if len(value) < _SHORTEST or not any(map(str.isalnum, value)):
        return False
    match kind:
        case None | EntityType.FILE | EntityType.BODY:
            return False
        case EntityType.PROJECT:
            return len(value) >= _SHORTEST_PROJECT
        case EntityType.HOST:
            return "/" not in value
        case EntityType.ID:
            is_telling = not value.isdecimal() or len(value) >= _SHORTEST_NUMBER
        case EntityType.REFERENCE:
            is_long = not value.isdecimal() or len(value) >= _SHORTEST_NUMBER
            is_telling = is_long and not is_plain(value)
        case EntityType.QUERY:
            # Paths are told as they are, and what is in them is looked for by itself.
            is_address = value.startswith("/") or "://" in value
            is_telling = not is_address and not is_plain(value)
        case (
            EntityType.INPUT
            | EntityType.SECRET
            | EntityType.NAME
            | EntityType.PERSONAL
            | EntityType.PLACE
        ):
            is_telling = not is_plain(value)
        case EntityType.EMAIL:
            is_telling = "@" in value or not is_plain(value)
        case _:
            is_telling = True
    # Those are recognised wherever they are.
    return is_telling and UUID.fullmatch(value) is None


def is_plain(value: str) -> bool:
    """Return whether a value is a short word in lower case, which a page may say of itself."""
    return len(value) <= _LONGEST_PLAIN and value.isalpha() and value.islower()


def _is_in_any_case(kind: EntityType | None, value: str) -> bool:
    if kind is EntityType.HOST:
        # A host of one word may be a word of the page.
        return not value.isalpha()
    return len(value) >= _SHORTEST_IN_ANY_CASE


def _folded(text: str) -> str:
    """A text in one case, each character where it was."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(
            small if len(small := character.lower()) == 1 else character for character in text
        )
    # Its form in lower case depends on what is behind it.
    return lower.replace("ς", "σ")


def _beginning(value: str) -> Iterator[re.Match[str]]:
    for _, match in zip(range(_MOST_WORDS), _WORDS.finditer(value), strict=False):
        yield match


def _nearest(values: Sequence[str], text: str, start: int) -> tuple[str, int]:
    """Which of sorted values begins most as a text does at a place, and how many characters."""
    best, most = values[0], -1
    first, end = 0, len(values)
    while first < end:
        middle = (first + end) // 2
        value = values[middle]
        shared = _shared(text, start, value)
        if shared > most:
            best, most = value, shared
        at = start + shared
        if shared == len(value) or (at < len(text) and value[shared] < text[at]):
            first = middle + 1
        else:
            end = middle
    return best, most


def _shared(text: str, start: int, value: str) -> int:
    """Return how many characters of a value stand at a place of a text."""
    fits, step = 0, _STEP
    # Not the whole value at once: it may be far longer than what is shared.
    while text.startswith(piece := value[fits : fits + step], start + fits):
        fits, step = fits + len(piece), 2 * step
        if fits == len(value):
            return fits
    too_long = min(fits + step, len(value))
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text.startswith(value[fits:middle], start + fits):
            fits = middle
        else:
            too_long = middle
    return fits
