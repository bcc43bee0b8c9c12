"""What the outputs for tickets are made of, whichever markup a tracker wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol
from urllib.parse import quote

LIMIT: Final = 200
"""Characters of one foreign text in a document that people read."""


def address(url: str) -> str:
    """An address of which no character means anything in any markup."""
    return quote(url, safe="/:?=&%-._")


class Markup(Protocol):
    """A markup language. What it is given is plain text, what it gives is markup."""

    tracker: str
    """Where it is pasted, and what takes no more than `limit`."""
    limit: int
    """UTF-16 units of a whole document, a line end counted as two."""

    def own(self, text: str) -> str:
        """Words of ours, which mean themselves."""
        ...

    def foreign(self, text: str) -> str:
        """Foreign text, which nothing in it may make more than text."""
        ...

    def cell(self, text: str) -> str:
        """The same for a table's cell."""
        ...

    def strong(self, text: str) -> str:
        """Words of ours that stand out."""
        ...

    def link(self, text: str, url: str) -> str:
        """A link of ours; its address goes through `address`."""
        ...

    def heading(self, level: int, markup: str) -> str:
        """A line above a part; what it says is markup already."""
        ...

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """A table, a line a row; its cells are markup already."""
        ...

    def items(self, items: Iterable[str], *, are_numbered: bool = False) -> Iterator[str]:
        """A list, a line an item; its items are markup already."""
        ...

    def block(self, lines: Sequence[str], language: str = "text") -> Sequence[str]:
        """Lines as they are: what opens them, they themselves, what closes them."""
        ...

    def fold(self, summary: str) -> tuple[Sequence[str], Sequence[str]]:
        """Lines around what is folded away under words of ours; () for both where nothing can."""
        ...
