"""Markup languages for tickets: Markdown and Jira's wiki markup, safe for foreign text.

In Markdown (GitHub, GitLab, Zendesk and others) a backslash escapes special characters. It does not
prevent mentions, issue numbers, addresses and emoji, so a text with any of them is a code span. In
Jira, special characters become HTML entities, but only where they mean something to the renderer of
Data Center (com.atlassian.renderer.v2.components) or of Cloud (editor-wikimarkup-transformer).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain
from typing import Final, Protocol
from urllib.parse import quote

from eventview.session.text import clean, shorten

LIMIT: Final = 200
"""Characters of one foreign text in a ticket."""


def quote_address(url: str) -> str:
    """Quote the characters of an address that mean something in a markup."""
    return quote(url, safe="/:?=&%-._")


class Markup(Protocol):
    """A markup language; `text` parameters are plain text, results are markup."""

    tracker: str
    """Field of the tracker that takes the document, for messages."""
    limit: int
    """UTF-16 units of a whole document, a line end counted as two."""

    def own(self, text: str) -> str:
        """Escape our own text."""
        ...

    def foreign(self, text: str) -> str:
        """Escape foreign text."""
        ...

    def cell(self, text: str) -> str:
        """Escape foreign text for a table's cell."""
        ...

    def strong(self, text: str) -> str:
        """Return our own text in bold."""
        ...

    def link(self, text: str, url: str) -> str:
        """Return a link with our own text."""
        ...

    def heading(self, level: int, markup: str) -> str:
        """Return a heading; its text is markup already."""
        ...

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """Yield a table, one line per row; its cells are markup already."""
        ...

    def items(self, items: Iterable[str], *, are_numbered: bool = False) -> Iterator[str]:
        """Yield a list, one line per item; its items are markup already."""
        ...

    def block(self, lines: Sequence[str], language: str = "text") -> Sequence[str]:
        """Return preformatted lines between an opening and a closing line."""
        ...

    def fold(self, summary: str) -> tuple[Sequence[str], Sequence[str]]:
        """Return the lines before and after a folded part; () for both if it cannot fold."""
        ...


_BACKTICKS: Final = re.compile("`+")


def code_span(text: str) -> str:
    """Return foreign text as a code span; "" for a blank text."""
    shown = shorten(clean(text), LIMIT)
    return _code_span(shown) if shown.strip() else ""


def cell_code_span(text: str) -> str:
    """Return foreign text as a code span for a table's cell; "" for a blank text."""
    shown = shorten(clean(text), LIMIT)
    # Parsers split a table at its pipes before they find code, so pipes are escaped in code too.
    # They disagree on a pipe after a backslash, so a space goes between the two.
    escaped = shown.replace("\\|", "\\ |").replace("|", "\\|")
    return _code_span(escaped) if shown.strip() else ""


def _code_span(shown: str) -> str:
    fence = "`" * (max(map(len, _BACKTICKS.findall(shown)), default=0) + 1)
    # Parsers would take a backtick at either end for a part of the fence, and those that split a
    # table without regard to code a backslash at the end for an escape of it.
    is_padded = shown[0] in " `" or shown[-1] in " `\\"
    return f"{fence} {shown} {fence}" if is_padded else f"{fence}{shown}{fence}"


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
            # Emphasis begins before a character; an underscore inside a word is not emphasis.
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
    """Limit in GitHub's error message; GitLab takes 1,048,576."""

    def own(self, text: str) -> str:
        """Escape our own text."""
        return _MEANING.sub(r"\\\g<0>", text)

    def foreign(self, text: str) -> str:
        """Escape foreign text, as a code span only if a backslash is not enough."""
        shown = clean(text).strip()
        is_code = _REFERENCE.search(shown)
        return code_span(shown) if is_code else self.own(shorten(shown, LIMIT))

    def cell(self, text: str) -> str:
        """Escape foreign text for a table's cell."""
        shown = clean(text).strip()
        is_code = _REFERENCE.search(shown)
        return cell_code_span(shown) if is_code else self.own(shorten(shown, LIMIT))

    def strong(self, text: str) -> str:
        """Return our own text in bold."""
        return f"**{self.own(text)}**"

    def link(self, text: str, url: str) -> str:
        """Return a link."""
        return f"[{self.own(text)}]({quote_address(url)})"

    def heading(self, level: int, markup: str) -> str:
        """Return a heading."""
        return f"{'#' * level} {markup}"

    def table(
        self,
        titles: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        figures: Set[int] = frozenset(),
    ) -> Iterator[str]:
        """Yield a table.

        Args:
            titles: titles of the columns.
            rows: rows with one cell per column.
            figures: indexes of the columns that are aligned at the right.
        """
        rules = ["---:" if column in figures else "---" for column in range(len(titles))]
        for cells in chain((titles, rules), rows):
            yield f"| {' | '.join(cells)} |"

    def items(self, items: Iterable[str], *, are_numbered: bool = False) -> Iterator[str]:
        """Yield a list."""
        for number, item in enumerate(items, start=1):
            yield f"{number}. {item}" if are_numbered else f"- {item}"

    def block(self, lines: Sequence[str], language: str = "text") -> Sequence[str]:
        """Return a code block, fenced by more backticks than are in it."""
        inner = [clean(line) for line in lines]
        longest = max((len(run) for line in inner for run in _BACKTICKS.findall(line)), default=0)
        fence = "`" * max(3, longest + 1)
        return (f"{fence}{language}", *inner, fence)

    def fold(self, summary: str) -> tuple[Sequence[str], Sequence[str]]:
        """Return HTML's `details`, for GitHub and GitLab; blank lines allow Markdown inside."""
        return ("<details>", f"<summary>{summary}</summary>", ""), ("", "</details>")


_LETTER: Final = r"[A-Za-z0-9À-ÖØ-öø-ʯЀ-ҁҊ-ԯ]"
"""Characters that Jira takes for letters or digits, between which there is no emphasis."""

_JIRA_MEANING: Final = re.compile(
    "|".join(
        (
            # Line breaks and escapes, macros, links, cells.
            r"[\\{}\[|]",
            # Bold text begins before a visible character.
            r"\*(?=\**(?:[^ *]|$))",
            # Other emphasis ends after a visible character and not before a letter.
            rf"(?:^|(?<=[^ ]))[-+_^~](?!{_LETTER})",
            # Citations and pictures begin with these.
            r"\?(?=\?)",
            r"!(?=[^ ]|$)",
            # A list, a rule, a heading, a quotation at the start; a dash of two or three.
            r"^[*#-](?=[*#-]*(?:\s|$))|^-(?=---)|(?<=^h[1-6])\.|(?<=^bq)\.",
            r"(?<![^\s])-(?=--?(?:\s|$))",
            # Addresses, and mentions as older releases had them.
            r":(?=//)|(?i:(?<=mailto)|(?<=news)|(?<=nntp)|(?<=irc)|(?<=file)|(?<=skype)):(?=[^ ])",
            r"(?i:(?<=\bwww))\.",
            r"(?:(?<![A-Za-z0-9])|(?<=:[PpDd])|(?<=:-[PpDd]))@(?=\w)",
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
        """Escape our own text."""
        escaped, before = _JIRA_MEANING.sub(lambda match: f"&#{ord(match[0])};", text), ""
        while escaped != before:
            # The semicolon of an entity and a bracket after it would be a smiley.
            before = escaped
            escaped = _WINK.sub(lambda match: f"{match[1]}&#{ord(match[2])};", escaped)
        return escaped

    def foreign(self, text: str) -> str:
        """Escape foreign text."""
        return self.own(shorten(clean(text).strip(), LIMIT))

    def cell(self, text: str) -> str:
        """Escape foreign text for a table's cell."""
        return self.foreign(text)

    def strong(self, text: str) -> str:
        """Return our own text in bold."""
        return f"*{self.own(text)}*"

    def link(self, text: str, url: str) -> str:
        """Return a link."""
        return f"[{self.own(text)}|{quote_address(url)}]"

    def heading(self, level: int, markup: str) -> str:
        """Return a heading."""
        return f"h{level}. {markup}"

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """Yield a table; Jira needs a space in an empty cell."""
        yield f"||{'||'.join(title or ' ' for title in titles)}||"
        for cells in rows:
            yield f"|{'|'.join(cell or ' ' for cell in cells)}|"

    def items(self, items: Iterable[str], *, are_numbered: bool = False) -> Iterator[str]:
        """Yield a list."""
        for item in items:
            yield f"{'#' if are_numbered else '*'} {item}"

    def block(self, lines: Sequence[str], language: str = "text") -> Sequence[str]:  # noqa: ARG002
        """Return a block without formatting; a space breaks an end marker inside it."""
        return (_NO_FORMAT, *(_END.sub("{ ", clean(line)) for line in lines), _NO_FORMAT)

    def fold(self, summary: str) -> tuple[Sequence[str], Sequence[str]]:  # noqa: ARG002
        """Return (), because wiki markup cannot fold."""
        return (), ()
