"""Queries and chosen types: one language for the filter, the find, and the command line.

A query is a list of terms that must all match: `eventview.query.terms` has their meaning,
`eventview.query.grammar` their syntax.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.query.regular_expressions import Search
from eventview.session.events import Performance, type_of
from eventview.session.folding import fold_word
from eventview.session.session import Session
from eventview.session.text import clean, join_lines

if TYPE_CHECKING:
    from eventview.query.terms import Term


class Query(Struct, frozen=True, eq=False):
    """Terms that an event must all match; equal terms make equal queries, however typed."""

    text: str = ""
    """The text as typed, cleaned."""
    terms: tuple[Term, ...] = ()
    hint: str = ""
    """A sentence on text that may be meant otherwise; "" for none."""

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read a query as typed; an open quote ends with the text.

        Raises:
            QueryError: the text is not a query.
        """
        # A space goes before it, because some characters change the one before them. Pasted line
        # breaks and tabs become spaces.
        cleaned = clean(f" {join_lines(text)}")[1:].rstrip()
        if not cleaned.strip():
            return cls()
        # Most runs have no query, and the grammar takes 10 ms to load.
        from eventview.query.grammar import read  # noqa: PLC0415

        terms, hint = read(cleaned)
        return cls(cleaned.lstrip(), tuple(terms), hint)

    @classmethod
    def of(cls, terms: Sequence[Term]) -> Query:
        """Make a query of some terms."""
        query = cls(terms=tuple(terms))
        return replace(query, text=query.to_query())

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def matching(
        self, analysis: Analysis, candidates: Sequence[int], search: Search | None = None
    ) -> Sequence[int]:
        """Return those of some indexes of events that match every term.

        `search` limits the time, and collects the events left out because of that.

        Raises:
            SearchDroppedError: the search was cancelled.
        """
        found, search = candidates, search or Search()
        with search.as_current():
            for term in search.parts(sorted(self.terms, key=lambda term: term.rank)):
                found = term.keep(analysis, found)
        search.settle(found)
        return found

    def spans(self, shown: str) -> Sequence[tuple[int, int]]:
        """Return the places of its texts in a shown text: (start, end) in characters, apart."""
        patterns = (pattern for term in self.terms for pattern in term.highlights())
        found = sorted(span for pattern in patterns for span in pattern.spans(shown))
        apart: list[tuple[int, int]] = []
        for start, end in found:
            if apart and start < apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((start, end))
        return apart

    def to_query(self) -> str:
        """Return the query in a spelling that `parse` reads as an equal query."""
        return " ".join(term.to_query() for term in self.terms)

    def words(self) -> str:
        """Return the query in words."""
        alone = len(self.terms) == 1
        return " and ".join(
            term.words() if alone else term.words_in_brackets() for term in self.terms
        )

    def remark(self, session: Session) -> str:
        """Explain why terms find nothing in a session, or how they were read; else ""."""
        remarks = (leaf.remark(session) for term in self.terms for leaf in term.leaves())
        return " ".join(filter(None, (self.hint, *remarks)))

    def nowhere(self, session: Session) -> str:
        """Explain in sentences which times of its terms a session does not have, else ""."""
        reasons = (leaf.nowhere(session) for term in self.terms for leaf in term.leaves())
        return " ".join(filter(None, reasons))

    def everywhere(self, session: Session) -> Query:
        """Return the same query without the time zone of this machine."""
        terms = tuple(term.everywhere(session) for term in self.terms)
        return self if terms == self.terms else Query.of(terms)

    def without(self, number: int) -> Query:
        """Return the query without one term, by its number from 0."""
        terms = list(self.terms)
        del terms[number]
        return Query.of(terms)


NO_QUERY = Query()


class TypeChoice(Struct, frozen=True):
    """The types of event to show. Case never counts: `--type click` means CLICK."""

    listed: frozenset[str] = frozenset()
    """Types, in the form of `fold_word`."""
    only: bool = False
    """True shows just the listed types, False all others."""

    def shows(self, event_type: str) -> bool:
        """Return True if events of a type are shown."""
        return (fold_word(event_type) in self.listed) is self.only

    def toggled(self, event_type: str) -> TypeChoice:
        """Show one type if it is hidden, and hide it if it is shown."""
        return TypeChoice(self.listed ^ {fold_word(event_type)}, self.only)

    def words(self, session: Session) -> str:
        """Return the choice in words; "" if it hides no event of the session."""
        if self.only:
            return f"only {', '.join(sorted(self.listed)) or 'nothing'}"
        hidden = sorted(name.lower() for name in session.type_counts if not self.shows(name))
        return f"without {', '.join(hidden)}" if hidden else ""

    def remark(self, session: Session) -> str:
        """Return sentences on chosen types that are unknown, with the nearest; else ""."""
        if not self.only:
            return ""
        from eventview.query.terms import describe_unknown_types  # noqa: PLC0415  # as in `parse`

        return describe_unknown_types(sorted(self.listed), session)

    def __bool__(self) -> bool:
        return self.only or bool(self.listed)


ALL_TYPES = TypeChoice()

STARTING_TYPES = TypeChoice(frozenset({fold_word(type_of(Performance))}))
"""The types to show until the user chooses: samples of the page's speed, one in two minutes, would
hide what happened."""
