"""Foreign text in Markdown that nothing can break: for GitHub, GitLab, Zendesk and their like.

What a browser sent stands in code spans and nowhere else. There it is no emphasis, link, image,
HTML, mention, issue number or emoji for any of them, also where a site looks for those in the text
that is left after Markdown (as GitHub does for `@name`), which no backslash prevents. May import
`eventview.model` and its neighbour `markup`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Final

from eventview.model.text import clean, shorten
from eventview.output.markup import LIMIT, address

_BACKTICKS: Final = re.compile("`+")


def code(text: str, limit: int = LIMIT) -> str:
    """A foreign text as a code span.

    Args:
        text: anything; "" gives "".
        limit: characters from which it is cut, with the number of those left out.
    """
    shown = shorten(clean(text), limit)
    return _span(shown) if shown.strip() else ""


def cell_code(text: str, limit: int = LIMIT) -> str:
    """A foreign text as a code span for a table's cell; see `code`."""
    shown = shorten(clean(text), limit)
    # A table is split at its pipes before code is looked for, so they are escaped even there; one
    # that stands behind a backslash is for some parsers escaped already, for others not.
    return _span(re.sub(r"(\\*)\|", _pipe, shown)) if shown.strip() else ""


def _span(shown: str) -> str:
    fence = "`" * (max(map(len, _BACKTICKS.findall(shown)), default=0) + 1)
    # A backtick at either end would be taken for a part of the fence, a backslash at the end for
    # one that escapes it, where a table is split without regard to code.
    is_padded = shown[0] in " `" or shown[-1] in " `\\"
    return f"{fence} {shown} {fence}" if is_padded else f"{fence}{shown}{fence}"


def _pipe(match: re.Match[str]) -> str:
    return f"{match[1]} \\|" if match[1] else "\\|"


_OWN: Final = re.compile(r"([\\`*_\[\]<>|~])")


class Markdown:
    """Markdown with GitHub's tables."""

    def own(self, text: str) -> str:
        """Words of ours, which mean themselves."""
        return _OWN.sub(r"\\\1", text)

    def foreign(self, text: str) -> str:
        """Foreign text as a code span."""
        return code(text)

    def cell(self, text: str) -> str:
        """The same for a table's cell."""
        return cell_code(text)

    def strong(self, text: str) -> str:
        """Words of ours in bold."""
        return f"**{self.own(text)}**"

    def link(self, text: str, url: str) -> str:
        """A link."""
        return f"[{self.own(text)}]({address(url)})"

    def heading(self, level: int, markup: str) -> str:
        """A heading."""
        return f"{'#' * level} {markup}"

    def table(
        self,
        titles: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        figures: Set[int] = frozenset(),
    ) -> Iterator[str]:
        """A table, its titles first.

        Args:
            titles: what stands above the columns.
            rows: a cell for each of them.
            figures: the columns, counted from 0, that are aligned at the right.
        """
        yield _row(titles)
        yield _row("---:" if column in figures else "---" for column in range(len(titles)))
        for cells in rows:
            yield _row(cells)

    def items(self, items: Iterable[str], *, are_numbered: bool = False) -> Iterator[str]:
        """A list."""
        for number, item in enumerate(items, start=1):
            yield f"{number}. {item}" if are_numbered else f"- {item}"

    def block(self, text: str) -> Iterator[str]:
        """A block of code, fenced by more backticks than are in it."""
        fence = "`" * max(3, max(map(len, _BACKTICKS.findall(text)), default=0) + 1)
        yield f"{fence}sh"
        yield clean(text)
        yield fence


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
