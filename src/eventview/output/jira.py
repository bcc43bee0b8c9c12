"""Text in Jira's wiki markup that nothing can break.

Jira reads links, mentions and macros inside its monospaced text too, and takes a backslash for half
of what it marks up with. So every character that could mean something is written as an HTML entity,
which its renderer passes on. May import `eventview.model` and its neighbours `markdown` and
`markup`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from eventview.model.text import clean, shorten
from eventview.output.markup import LIMIT, address

_MEANING: Final = re.compile(r"[^\w\s]|_", re.ASCII)
"""The dot too, as in www.example.com."""

_OWN_MEANING: Final = re.compile(r"(?!(?<=\w)-(?=\w))[^\w\s,.;:/%=]|_", re.ASCII)
"""In our own words there are no addresses, and a hyphen inside a word strikes nothing out."""
_ASCII: Final = re.compile(r"[\x21-\x7e]")


class Jira:
    """Jira's wiki markup."""

    def own(self, text: str) -> str:
        """Words of ours, which mean themselves."""
        return _OWN_MEANING.sub(_entity, text)

    def foreign(self, text: str) -> str:
        """Foreign text, monospaced."""
        shown = shorten(clean(text), LIMIT)
        return f"{{{{{_escaped(shown)}}}}}" if shown.strip() else ""

    def cell(self, text: str) -> str:
        """The same for a table's cell."""
        return self.foreign(text)

    def strong(self, text: str) -> str:
        """Words of ours in bold."""
        return f"*{self.own(text)}*"

    def link(self, text: str, url: str) -> str:
        """A link."""
        return f"[{self.own(text)}|{address(url)}]"

    def heading(self, level: int, markup: str) -> str:
        """A heading."""
        return f"h{level}. {markup}"

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """A table, its titles first; an empty cell needs a space."""
        yield f"||{'||'.join(title or ' ' for title in titles)}||"
        for cells in rows:
            yield f"|{'|'.join(cell or ' ' for cell in cells)}|"

    def items(self, items: Iterable[str], *, are_numbered: bool = False) -> Iterator[str]:
        """A list."""
        for item in items:
            yield f"{'#' if are_numbered else '*'} {item}"

    def block(self, text: str) -> Iterator[str]:
        """A block of text as it is, or in line where it would end the block."""
        shown = clean(text)
        if "{noformat" in shown:
            yield f"{{{{{_escaped(shown)}}}}}"
        else:
            yield from ("{noformat}", shown, "{noformat}")


def _escaped(text: str) -> str:
    return _MEANING.sub(_entity, text)


def _entity(match: re.Match[str]) -> str:
    # Beyond ASCII nothing means anything to it.
    return f"&#{ord(match[0])};" if _ASCII.match(match[0]) else match[0]
