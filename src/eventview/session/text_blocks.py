"""Searchable texts of many events, in blocks that a session keeps while it grows."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Container, Iterable, Mapping, Sequence
from enum import Enum, auto
from itertools import accumulate, chain, compress, pairwise
from operator import is_
from threading import Lock
from typing import Final

from eventview.session.event_text import join_texts, list_texts
from eventview.session.events import Event
from eventview.session.folding import fold, fold_case

_BLOCK: Final = 1000
"""Events of a block: preparing one takes 5 ms."""

_MOST_CHARACTERS: Final = 2**18
"""Characters of different texts that are kept together, at least those of a block: so many are made
searchable in 10 ms."""

_LEAST_CHARACTERS: Final = 10
"""Characters that a text counts at least, so that the numbers of all texts fit into 16 bits."""


class TextForm(Enum):
    """A form of the searchable texts."""

    SENT = auto()
    """The texts as `searchable_text` returns them."""
    SEEN = auto()
    """Folded, so that texts which look the same are the same."""
    CASELESS = auto()
    """Folded and without case."""


class Texts:
    """Texts of many events, each once, and the lines that they are made of, each once.

    Folding changes each line by itself, so that the lines of all forms have the same numbers.

    Args:
        texts: the texts as `searchable_text` returns them, at least one.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        split = [text.split("\n") for text in texts]
        # Each line by itself, because folding them all at once may hold the interpreter too long.
        seen = {line: fold(line) for line in dict.fromkeys(chain.from_iterable(split))}
        plain = [line for line, folded in seen.items() if line.isascii() and folded == line]
        for line in plain:
            del seen[line]
        numbers = {line: number for number, line in enumerate(chain(plain, seen))}
        holders: list[list[int]] = [[] for _ in numbers]
        for number, lines in enumerate(split):
            for line in lines:
                holders[numbers[line]].append(number)
        self._plain = _pack(plain)
        """The lines of ASCII that folding leaves as they are, compressed."""
        self._others = {
            TextForm.SENT: _pack(seen),
            TextForm.SEEN: _pack(seen.values()),
            TextForm.CASELESS: _pack(map(fold_case, seen.values())),
        }
        """The lines after those in each form, compressed."""
        self._numbers = zlib.compress(
            array("I", [numbers[line] for lines in split for line in lines]), _QUICKLY
        )
        """For one text after the other, the numbers of its lines, compressed."""
        self._ends = array("I", accumulate(map(len, split)))
        """For each text, where its `_numbers` end."""
        self._holders = array("H", chain.from_iterable(holders))
        """For one line after the other, the numbers of the texts with it."""
        self._starts = array("I", accumulate(map(len, holders), initial=0))
        """For each line, where its `_holders` start; then their number."""

    def __len__(self) -> int:
        return len(self._ends)

    def _read_lines(self, form: TextForm) -> str:
        """Return the lines in a form, joined."""
        plain = _unpack(self._plain)
        # Folding leaves ASCII nothing to do but the case.
        parts = [plain.lower() if form is TextForm.CASELESS else plain] if self._plain else []
        parts += [_unpack(self._others[form])] if self._others[form] else []
        return "\n".join(parts)

    def read(self, form: TextForm) -> Sequence[str]:
        """Return the texts in a form, by their numbers."""
        lines, numbers = self._read_lines(form).split("\n"), array("I")
        numbers.frombytes(zlib.decompress(self._numbers))
        ordered = [lines[number] for number in numbers]
        return ["\n".join(ordered[start:end]) for start, end in pairwise([0, *self._ends])]

    def find(self, needle: str, form: TextForm) -> frozenset[int]:
        """Return the numbers of the texts with a text, which has no line break, in a form."""
        joined, holders, starts = self._read_lines(form), self._holders, self._starts
        if needle not in joined:
            return frozenset()
        found = set[int]()
        for number, line in enumerate(joined.split("\n")):
            if needle in line:
                found.update(holders[starts[number] : starts[number + 1]])
        return frozenset(found)


_QUICKLY: Final = 1
"""Level of compression: a higher one takes twice as long and saves a fifth."""


def _pack(lines: Iterable[str]) -> bytes:
    """Return lines, compressed; b"" for none, but not for an empty one."""
    listed = list(lines)
    joined = "\n".join(listed).encode("utf-8", "surrogatepass")
    return zlib.compress(joined, _QUICKLY) if listed else b""


def _unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode("utf-8", "surrogatepass") if packed else ""


class _TextPage:
    """The texts of consecutive blocks, collected until there are many or a search needs them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], int] = {}
        """The number of each text by what it is made of; empty once they can be searched."""
        self._size = 0
        self._texts: Texts | None = None

    @property
    def is_full(self) -> bool:
        return self._texts is not None or self._size > _MOST_CHARACTERS

    def add(self, events: Iterable[Event]) -> array[int]:
        """Return the number of each event's text, new or known."""
        known, numbers = self._known, array("H")
        for made_of in map(list_texts, events):
            number = known.get(made_of)
            if number is None:
                number = known[made_of] = len(known)
                # Small texts count more, so that their number stays small.
                self._size += _LEAST_CHARACTERS + sum(map(len, made_of))
            numbers.append(number)
        return numbers

    def texts(self) -> Texts:
        """Return the texts; no others can be added from then on."""
        if self._texts is None:
            self._texts = Texts(map(join_texts, self._known))
            self._known = {}
        return self._texts


class TextBlock:
    """The searchable texts of some consecutive events, made on first use.

    Args:
        events: the events, at least one.
        blocks: the other blocks of the session, some of which may share texts with this one.
    """

    def __init__(self, events: Sequence[Event], blocks: TextBlocks) -> None:
        self.events = events
        self._blocks = blocks
        self._made: tuple[_TextPage, Sequence[int]] | None = None
        """The page of the texts, and the number of each event's text."""

    def _make(self) -> tuple[_TextPage, Sequence[int]]:
        with self._blocks.lock:
            if self._made is None:
                page = self._blocks.open_page()
                self._made = page, page.add(self.events)
            return self._made

    def prepare(self) -> None:
        """Read the texts of the events now, so that the first search is fast."""
        self._make()

    @property
    def text_numbers(self) -> Sequence[int]:
        """For each event, the number of its text in `texts`; several may share one."""
        return self._make()[1]

    def keep(self, numbers: frozenset[int], indexes: Sequence[int], first: int) -> Iterable[int]:
        """Return those of some indexes of events whose texts have some numbers.

        Args:
            numbers: the numbers in `texts`.
            indexes: indexes in the session, in order, all in this block.
            first: the index of the block's first event.
        """
        if not numbers or len(numbers) == len(self.texts):
            return indexes if numbers else ()
        if len(indexes) == len(self.events):
            return compress(indexes, map(numbers.__contains__, self.text_numbers))
        of_events = self.text_numbers
        return (index for index in indexes if of_events[index - first] in numbers)

    @property
    def texts(self) -> Texts:
        """The texts of the events and of some others; blocks in sequence may share them."""
        page, _ = self._make()
        with self._blocks.lock:
            return page.texts()


class TextBlocks:
    """The blocks of a session, which its later states use again for the events that they share."""

    def __init__(self) -> None:
        self._known: Mapping[int, TextBlock] = {}
        """The blocks of the latest state by the identity of their first event."""
        self._page = _TextPage()
        self.lock = Lock()
        """To be held by a thread that makes texts."""

    def open_page(self) -> _TextPage:
        """Return the page that takes further texts."""
        if self._page.is_full:
            self._page.texts()
            self._page = _TextPage()
        return self._page

    def divide(self, events: Sequence[Event]) -> Sequence[TextBlock]:
        """Return the blocks of all events, in order: known ones where they fit."""
        known, blocks, start = self._known, list[TextBlock](), 0
        while start < len(events):
            block = known.get(id(events[start]))
            if block is None or not _fits(block, events, start, known):
                last = min(start + _BLOCK, len(events))
                ends = (end for end in range(start + 1, last) if id(events[end]) in known)
                block = TextBlock(events[start : next(ends, last)], self)
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
