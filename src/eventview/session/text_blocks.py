"""Searchable texts of many events, in blocks that a session keeps while it grows."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Container, Iterable, Mapping, Sequence
from enum import Enum, auto
from functools import cached_property
from itertools import accumulate, chain, pairwise
from operator import is_
from typing import Final, NamedTuple

from eventview.session.event_text import searchable_text
from eventview.session.events import Event
from eventview.session.folding import fold, fold_case

_BLOCK: Final = 1000
"""Events of a block: making one takes 10 ms, and searching one 60 µs."""


class TextForm(Enum):
    """A form of the searchable texts."""

    SENT = auto()
    """The texts as `searchable_text` returns them."""
    SEEN = auto()
    """Folded, so that texts which look the same are the same."""
    CASELESS = auto()
    """Folded and without case."""


class _Lines(NamedTuple):
    """The lines of a block's texts, each once, and the texts that they make up, each once.

    Folding changes each line by itself, so that the lines of all forms have the same numbers.
    """

    packed: Mapping[TextForm, bytes]
    """The lines in each form, compressed."""
    numbers: bytes
    """For one text after the other, the numbers of its lines, compressed."""
    ends: array[int]
    """For each text, where its `numbers` end."""
    holders: array[int]
    """For one line after the other, the numbers of the texts with it."""
    starts: array[int]
    """For each line, where its `holders` start; then their number."""
    texts: array[int]
    """For each event, the number of its text."""


class TextBlock:
    """The searchable texts of some consecutive events, made on first use.

    Args:
        events: the events, at least one.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events

    @cached_property
    def _lines(self) -> _Lines:
        texts, lines = dict[str, int](), dict[str, int]()
        of_events = [
            texts.setdefault(text, len(texts)) for text in map(searchable_text, self.events)
        ]
        numbers, ends, holders = array("I"), array("I"), list[list[int]]()
        for text, number in texts.items():
            own = [lines.setdefault(line, len(lines)) for line in text.split("\n")]
            holders.extend([] for _ in range(len(holders), len(lines)))
            for line in own:
                holders[line].append(number)
            numbers.extend(own)
            ends.append(len(numbers))
        # Each line by itself, because folding them all at once may hold the interpreter too long.
        seen = list(map(fold, lines))
        packed = {TextForm.SENT: _pack(lines), TextForm.CASELESS: _pack(map(fold_case, seen))}
        packed[TextForm.SEEN] = packed[TextForm.SENT] if seen == list(lines) else _pack(seen)
        return _Lines(
            packed,
            zlib.compress(numbers, _QUICKLY),
            ends,
            array("H", chain.from_iterable(holders)),
            array("I", accumulate(map(len, holders), initial=0)),
            array("H", of_events),
        )

    def prepare(self) -> None:
        """Make the texts now, so that the first search is fast."""
        _ = self._lines

    @property
    def text_numbers(self) -> Sequence[int]:
        """For each event, the number of its text; several may share one."""
        return self._lines.texts

    def _read(self, form: TextForm) -> str:
        """Return the lines in a form, joined."""
        return zlib.decompress(self._lines.packed[form]).decode("utf-8", "surrogatepass")

    def texts(self, form: TextForm) -> Sequence[str]:
        """Return the texts in a form, by their numbers."""
        lines, ends = self._read(form).split("\n"), self._lines.ends
        ordered = [lines[number] for number in array("I", zlib.decompress(self._lines.numbers))]
        return ["\n".join(ordered[start:end]) for start, end in pairwise([0, *ends])]

    def find(self, needle: str, form: TextForm) -> Sequence[bool]:
        """Return True for each event with a text, which has no line break, and False for others."""
        joined, (_, _, _, holders, starts, texts) = self._read(form), self._lines
        if needle not in joined:
            return [False] * len(texts)
        lines = enumerate(joined.split("\n"))
        numbers = (number for number, line in lines if needle in line)
        having = frozenset().union(*(holders[starts[n] : starts[n + 1]] for n in numbers))
        return list(map(having.__contains__, texts))


_QUICKLY: Final = 1
"""Level of compression: a higher one takes twice as long and saves a fifth."""


def _pack(lines: Iterable[str]) -> bytes:
    return zlib.compress("\n".join(lines).encode("utf-8", "surrogatepass"), _QUICKLY)


class TextBlocks:
    """The blocks of a session, which its later states use again for the events that they share."""

    def __init__(self) -> None:
        self._known: Mapping[int, TextBlock] = {}
        """The blocks of the latest state by the identity of their first event."""

    def divide(self, events: Sequence[Event]) -> Sequence[TextBlock]:
        """Return the blocks of all events, in order: known ones where they fit."""
        known, blocks, start = self._known, list[TextBlock](), 0
        while start < len(events):
            block = known.get(id(events[start]))
            if block is None or not _fits(block, events, start, known):
                last = min(start + _BLOCK, len(events))
                ends = (end for end in range(start + 1, last) if id(events[end]) in known)
                block = TextBlock(events[start : next(ends, last)])
            blocks.append(block)
            start += len(block.events)
        self._known = {id(block.events[0]): block for block in blocks}
        return blocks


def _fits(block: TextBlock, events: Sequence[Event], start: int, known: Container[int]) -> bool:
    """Return True for a block of the events from an index on, unless it could be longer now."""
    end = start + len(block.events)
    is_whole = len(block.events) == _BLOCK or end == len(events)
    return (
        end <= len(events)
        and (is_whole or id(events[end]) in known)
        and all(map(is_, block.events, events[start:end]))
    )
