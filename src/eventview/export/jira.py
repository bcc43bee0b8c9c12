"""Text in Jira's wiki markup that nothing can break.

A character is written as an HTML entity, which Jira's renderers pass on, only where it means
something there: to the renderer of Jira Data Center (com.atlassian.renderer.v2.components) or to
the one that turns wiki markup into Jira Cloud's documents (editor-wikimarkup-transformer).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from eventview.export.markup import LIMIT, address
from eventview.session.text import clean, shorten

_LETTER: Final = r"[A-Za-z0-9À-ÖØ-öø-ʯЀ-ҁҊ-ԯ]"
"""Letters and digits between which a mark of emphasis is none; others are taken for none."""

_MEANING: Final = re.compile(
    "|".join(
        (
            # Line breaks and escapes, macros, links, cells.
            r"[\\{}\[|]",
            # No start of what is bold here too: before ink.
            r"\*(?=\**(?:[^ *]|$))",
            # No end of other emphasis, behind ink and before no letter.
            rf"(?:^|(?<=[^ ]))[-+_^~](?!{_LETTER})",
            # Citations; pictures, whose start is needed.
            r"\?(?=\?)",
            r"!(?=[^ ]|$)",
            # A list, a rule, a heading, a quotation at the start; a dash of two or three.
            r"^[*#-](?=[*#-]*(?:\s|$))|^-(?=---)|(?<=^h[1-6])\.|(?<=^bq)\.",
            r"(?<![^\s])-(?=--?(?:\s|$))",
            # Addresses, and mentions as older releases had them.
            r":(?=//)|(?i:(?<=mailto)|(?<=news)|(?<=nntp)|(?<=irc)|(?<=file)|(?<=skype)):(?=[^ ])",
            r"(?i:(?<=\bwww))\.",
            r"(?<![A-Za-z0-9])@(?=\w)",
            # The key of an issue.
            r"(?<=[A-Z0-9_])(?<=[A-Z][A-Z0-9_])-(?=\d)",
            # An entity, also one that the text behind this one would complete.
            r"&(?=#?\w*(?:;|$))",
            # Smileys.
            r"\((?=(?i:!|x|/|\?|i|\+|-|on|off|\*[rgby]?|y|n|flag|flagoff)\))",
            r"(?<=[:;])[()]|(?<=[:;]-)[()]|(?<=:)[PpDd](?!\w)|(?<=:-)[PpDd](?!\w)|<(?=/?3)",
        )
    )
)
_WINK: Final = re.compile(r"(&#\d+;-?)([()])")
_NO_FORMAT: Final = "{noformat}"
_END: Final = re.compile(r"\{(?=noformat)", re.IGNORECASE)


class Jira:
    """Jira's wiki markup."""

    tracker = "a description in Jira"
    limit = 32_767
    """Java's characters, which are UTF-16 units; jira.text.field.character.limit."""

    def own(self, text: str) -> str:
        """Words of ours, which mean themselves."""
        return _escaped(text)

    def foreign(self, text: str) -> str:
        """Foreign text."""
        return _escaped(shorten(clean(text).strip(), LIMIT))

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

    def block(self, lines: Sequence[str], language: str = "text") -> Sequence[str]:  # noqa: ARG002
        """Lines as they are; what would end them, with a space in it."""
        return (_NO_FORMAT, *(_END.sub("{ ", clean(line)) for line in lines), _NO_FORMAT)

    def fold(self, summary: str) -> tuple[Sequence[str], Sequence[str]]:  # noqa: ARG002
        """Nothing, as it folds nothing away."""
        return (), ()


def _escaped(text: str) -> str:
    escaped, before = _MEANING.sub(lambda match: f"&#{ord(match[0])};", text), ""
    while escaped != before:
        # The end of an entity winks at a bracket behind it.
        before = escaped
        escaped = _WINK.sub(lambda match: f"{match[1]}&#{ord(match[2])};", escaped)
    return escaped
