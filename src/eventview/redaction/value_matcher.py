"""Search for known values in texts, and the rule for which values are searched for.

A search takes time linear in the text, however many values begin with the same words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from typing import Final, NamedTuple

from eventview.redaction.patterns import EntityType
from eventview.session.folding import fold, fold_with_places
from eventview.session.urls import UUID

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, Japanese, Chinese. Each of their
characters counts as a word, or no name would be found in them."""

_WORDS: Final = re.compile(rf"[^\W_{_UNSPACED}]+|.", re.DOTALL)
"""Words, and single characters between them; together the whole text."""

_SHORTEST: Final = 3
"""Fewest characters of a value that is searched for outside its own field."""

_SHORTEST_IN_ANY_CASE: Final = 6
"""Fewest characters of a value that is found in another case: `Ann` is not part of `ANN-12`."""

_SHORTEST_NUMBER: Final = 5
"""Fewest digits of a path id that is searched for elsewhere; `404` and `2024` are rarely ids."""

_SHORTEST_PROJECT: Final = 12
"""Fewest characters of a project key; shorter session names are ordinary words."""

_LONGEST_PLAIN: Final = 12
"""Most letters of a plain word such as `payment`, `open` or `description`, which pages and searches
are full of; nearly all English words are within it."""

_MAY_BE_PLAIN: Final = frozenset(
    {
        EntityType.REFERENCE, EntityType.QUERY, EntityType.INPUT, EntityType.SECRET,
        EntityType.NAME, EntityType.PERSONAL, EntityType.PLACE, EntityType.EMAIL,
    }
)  # fmt: skip
"""Types whose values may be plain words, which are not searched for."""

_MOST_WORDS: Final = 16
"""Words and separators by which a longer value is recognised."""

_STEP: Final = 64
"""Characters compared first between two long texts; doubled with each step."""


class ValueMatch(NamedTuple):
    """Place of a known value in a text."""

    start: int
    end: int
    spelling: str
    """Spelling of the value; the text may have another case, or only its beginning."""


class ValueMatcher:
    """Search for a fixed set of values.

    Args:
        spellings: all values, each in the case in which it is found, with their entity types.
    """

    def __init__(self, spellings: Iterable[tuple[str, EntityType | None]]) -> None:
        self._caseless: set[str] = set()
        self._spelled: defaultdict[str, dict[str, str]] = defaultdict(dict)
        long: defaultdict[str, set[str]] = defaultdict(set)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for spelling, kind in spellings:
            visible = fold(spelling, is_encoded=False)
            folded = _fold_case(visible)
            words = [match[0] for match in islice(_WORDS.finditer(folded), _MOST_WORDS)]
            if not words:
                continue
            beginning = "".join(words)
            if beginning != folded:
                long[beginning].add(folded)
            self._spelled[folded].setdefault(visible, spelling)
            lengths[words[0]].add(len(words))
            # A host of one word may be an ordinary word of the page.
            is_long = len(spelling) >= _SHORTEST_IN_ANY_CASE
            if not spelling.isalpha() if kind is EntityType.HOST else is_long:
                self._caseless.add(spelling)
        self._long = {beginning: sorted(values) for beginning, values in long.items()}
        self._lengths = {word: sorted(counts, reverse=True) for word, counts in lengths.items()}

    def find(self, text: str) -> Iterator[ValueMatch]:
        """Yield the values in a text, in order and without overlap.

        A value begins and ends at word borders; the longest of several at one place wins. The
        beginning of a long value is enough, because servers cut texts. The text is searched with
        and without invisible characters, because these may divide words.
        """
        visible = fold(text, is_encoded=False)
        places = list(self._find(visible))
        if visible != text:
            if places:
                folded = fold_with_places(text, is_exact=True, is_encoded=False)
                places = [ValueMatch(*folded.span(p.start, p.end), p.spelling) for p in places]
            places = sorted([*places, *self._find(text)], key=lambda p: (p.start, -p.end))
        free_from = 0
        for place in places:
            if place.start >= free_from:
                yield place
                free_from = place.end

    def _find(self, text: str) -> Iterator[ValueMatch]:
        # A regular expression of all values would try each of them at each character.
        folded = _fold_case(text)
        words = _WORDS.findall(folded)
        if self._lengths.keys().isdisjoint(words):
            return
        starts = [0, *accumulate(map(len, words))]
        free_from = 0
        for number, word in enumerate(words):
            counts = self._lengths.get(word)
            if counts is not None and starts[number] >= free_from:
                found = self._find_longest(text, folded, starts, number, counts)
                if found is not None:
                    yield found
                    free_from = found.end

    def _find_longest(
        self, text: str, folded: str, starts: Sequence[int], number: int, counts: Sequence[int]
    ) -> ValueMatch | None:
        start = starts[number]
        for count in counts:
            if number + count >= len(starts):
                continue
            end = starts[number + count]
            long = self._long.get(folded[start:end], ())
            value, shared = _find_nearest(long, folded, start) if long else ("", end - start)
            end = start + shared
            # While it was typed, a value was sent several times; one of them may end here.
            spelled = self._spelled.get(folded[start:end], {})
            spelling = spelled.get(text[start:end])
            if spelling is None:
                spelling = next((each for each in spelled.values() if each in self._caseless), None)
            if spelling is None and value:
                spelling = next(iter(self._spelled[value].values()))
            if spelling is not None:
                return ValueMatch(start, end, spelling)
        return None


def is_searched(kind: EntityType | None, value: str) -> bool:
    """Return whether a value is searched for in texts other than its own field."""
    # The placeholder of an invisible character has letters that are not part of the value.
    value = fold(value, is_encoded=False)
    if len(value) < _SHORTEST or not any(map(str.isalnum, value)):
        return False
    if kind is EntityType.PROJECT:
        return len(value) >= _SHORTEST_PROJECT
    if kind is EntityType.HOST:
        return "/" not in value
    # UUIDs are recognised by their pattern in any text.
    if kind in {None, EntityType.FILE, EntityType.BODY} or UUID.fullmatch(value):
        return False
    is_id = kind in {EntityType.ID, EntityType.REFERENCE}
    if is_id and value.isdecimal() and len(value) < _SHORTEST_NUMBER:
        return False
    if kind is EntityType.QUERY and (value.startswith("/") or "://" in value):
        # Paths stay, and the values in them are searched for on their own.
        return False
    is_plain = len(value) <= _LONGEST_PLAIN and value.isalpha() and value.islower()
    return not is_plain or kind not in _MAY_BE_PLAIN


def _fold_case(text: str) -> str:
    """Return a text in lower case, each character at its old place."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(
            small if len(small := character.lower()) == 1 else character for character in text
        )
    # The lower case of a sigma depends on the letter behind it.
    return lower.replace("ς", "σ")


def _find_nearest(values: Sequence[str], text: str, start: int) -> tuple[str, int]:
    """Return the one of sorted values that shares the longest start with a text, and its length."""
    best, most = values[0], -1
    first, end = 0, len(values)
    while first < end:
        middle = (first + end) // 2
        value = values[middle]
        shared = _count_shared(text, start, value)
        if shared > most:
            best, most = value, shared
        at = start + shared
        if shared == len(value) or (at < len(text) and value[shared] < text[at]):
            first = middle + 1
        else:
            end = middle
    return best, most


def _count_shared(text: str, start: int, value: str) -> int:
    """Return how many characters of a value's beginning stand at a place of a text."""
    fits, step = 0, _STEP
    # The steps grow, because a value may be far longer than what is shared.
    while text.startswith(part := value[fits : fits + step], start + fits):
        fits, step = fits + len(part), 2 * step
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
