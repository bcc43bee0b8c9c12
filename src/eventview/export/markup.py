"""What the outputs for tickets are made of, whichever markup a tracker wants.

Foreign text in Markdown that nothing can break: for GitHub, GitLab, Zendesk and their like.

A backslash stands before what Markdown gives a meaning. What sites look for in the text that is
left after Markdown (mentions, numbers of issues, addresses, emoji), no backslash prevents: a text
that has any of it stands in a code span.

Text in Jira's wiki markup that nothing can break.

A character is written as an HTML entity, which Jira's renderers pass on, only where it means
something there: to the renderer of Jira Data Center (com.atlassian.renderer.v2.components) or to
the one that turns wiki markup into Jira Cloud's documents (editor-wikimarkup-transformer).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Final, Protocol
from urllib.parse import quote

from eventview.session.text import clean, shorten

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


_REFERENCE: Final = re.compile(
    "|".join(
        (
            # Mentions, mail addresses.
            r"@",
            # Issues, labels, merge requests, snippets, epics, milestones, alerts: GitLab's list.
            r"[#!$&~%^]\d|(?<![^\W_])[#~%$!&](?=[\w\"'])|\bGH-\d|[A-Z][A-Z0-9_]+-\d",
            # Addresses.
            r"\w:/|://|\bwww\.|(?i:\b(?:mailto|xmpp|ftp|javascript|data):)",
            # Emoji, formulas, commits.
            r":[\w+-]+:|\$.*\$|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b",
        )
    )
)

_MEANING: Final = re.compile(
    "|".join(
        (
            r"[\\`\[<|~]",
            # Emphasis begins before something; an underscore inside a word is none.
            r"\*(?=\**(?:[^\s*]|$))|^\*",
            r"(?<![^\W_])_|_(?![^\W_])",
            # An entity, also one that the text behind this one would complete.
            r"&(?=#?\w*(?:;|$))",
            # A heading, quotation, list or rule at the start of a line or of an item.
            r"^#(?=#{0,5}(?:\s|$))|^>|^[+-](?=\s|$)|^-(?=--)|^=(?==*$)",
            r"(?<=^\d)[.)](?=\s|$)|(?<=^\d\d)[.)](?=\s|$)",
        )
    )
)


class Markdown:
    """Markdown with GitHub's tables."""

    tracker = "an issue on GitHub"
    limit = 65_536
    """Characters, says GitHub's answer to more; GitLab takes 1,048,576."""

    def own(self, text: str) -> str:
        """Words of ours, which mean themselves."""
        return _MEANING.sub(r"\\\g<0>", text)

    def foreign(self, text: str) -> str:
        """Foreign text, as a code span only where a backslash is not enough."""
        shown = clean(text).strip()
        return code(shown) if _REFERENCE.search(shown) else _escaped(shown)

    def cell(self, text: str) -> str:
        """The same for a table's cell."""
        shown = clean(text).strip()
        return cell_code(shown) if _REFERENCE.search(shown) else _escaped(shown)

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

    def block(self, lines: Sequence[str], language: str = "text") -> Sequence[str]:
        """A block of code, fenced by more backticks than are in it."""
        inner = [clean(line) for line in lines]
        longest = max((len(run) for line in inner for run in _BACKTICKS.findall(line)), default=0)
        fence = "`" * max(3, longest + 1)
        return (f"{fence}{language}", *inner, fence)

    def fold(self, summary: str) -> tuple[Sequence[str], Sequence[str]]:
        """HTML's own fold, which GitHub and GitLab have; blank lines let Markdown in."""
        return ("<details>", f"<summary>{summary}</summary>", ""), ("", "</details>")


def _escaped(text: str) -> str:
    return _MEANING.sub(r"\\\g<0>", shorten(text, LIMIT))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


_LETTER: Final = r"[A-Za-z0-9À-ÖØ-öø-ʯЀ-ҁҊ-ԯ]"
"""Letters and digits between which a mark of emphasis is none; others are taken for none."""

_JIRA_MEANING: Final = re.compile(
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
        return _jira_escaped(text)

    def foreign(self, text: str) -> str:
        """Foreign text."""
        return _jira_escaped(shorten(clean(text).strip(), LIMIT))

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


def _jira_escaped(text: str) -> str:
    escaped, before = _JIRA_MEANING.sub(lambda match: f"&#{ord(match[0])};", text), ""
    while escaped != before:
        # The end of an entity winks at a bracket behind it.
        before = escaped
        escaped = _WINK.sub(lambda match: f"{match[1]}&#{ord(match[2])};", escaped)
    return escaped
