"""What a user looks for: one language for the filter, the find, and the command line.

A query is some terms that must all match: `eventview.query.terms` has what they mean,
`eventview.query.grammar` how they are typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eventview.analysis.analysis import Analysis
from eventview.query.expressions import Search
from eventview.query.terms import unknown_types
from eventview.session.events import PERFORMANCE
from eventview.session.folding import same_word
from eventview.session.session import Session
from eventview.session.text import as_one_line, clean

if TYPE_CHECKING:
    from eventview.query.terms import Term


@dataclass(frozen=True)
class Query:
    """Terms that an event must all match. Two are equal that ask the same, however typed."""

    text: str = field(default="", compare=False)
    """As typed, cleaned."""
    terms: tuple[Term, ...] = ()
    hint: str = field(default="", compare=False)
    """A sentence about what was typed and may be meant otherwise; "" for nothing."""

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read a query as typed; a quote left open ends with the text.

        Raises:
            QueryError: it is none.
        """
        # As if something stood before it: what shapes the character before it shapes none here,
        # nor where the query is written otherwise.
        # Line breaks and tabs that are pasted part words.
        cleaned = clean(f" {as_one_line(text)}")[1:].rstrip()
        if not cleaned.strip():
            return cls()
        # Here, because most sessions are opened with nothing to look for, and what reads a query
        # takes as long to load as all else of the model.
        from eventview.query.grammar import read

        typed = read(cleaned)
        return cls(cleaned.lstrip(), tuple(typed.terms), typed.remark)

    @classmethod
    def of(cls, terms: Sequence[Term]) -> Query:
        """The query of some terms."""
        query = cls(terms=tuple(terms))
        return replace(query, text=query.written())

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matching(
        self, analysis: Analysis, candidates: Sequence[int], search: Search | None = None
    ) -> Sequence[int]:
        """Return those of some events that match every term; all without terms.

        Args:
            analysis: of the session that has the events.
            candidates: indexes of events.
            search: bounds the time, and knows afterwards which events were left out for it.

        Raises:
            SearchDroppedError: the search was dropped.
        """
        found, search = candidates, search or Search()
        with search.under_way():
            for term in sorted(self.terms, key=lambda term: term.rank):
                found = term.keep(analysis, found)
        search.settle(found)
        return found

    def spans(self, shown: str) -> Sequence[tuple[int, int]]:
        """Return where its texts stand in a shown text: (start, end) in characters, apart."""
        leaves = [leaf for term in self.terms for leaf in term.leaves()]
        patterns = [term.marked for term in leaves if term.marked is not None]
        found = sorted(span for pattern in patterns for span in pattern.spans(shown))
        apart: list[tuple[int, int]] = []
        for start, end in found:
            if apart and start < apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((start, end))
        return apart

    def written(self) -> str:
        """The query in a spelling that `parse` reads as this very query."""
        return " ".join(self.written_pieces())

    def written_pieces(self) -> Sequence[str]:
        """Each term in that spelling."""
        return [term.written() for term in self.terms]

    def pieces(self) -> Sequence[str]:
        """Each term in words."""
        return [term.words() for term in self.terms]

    def words(self) -> str:
        """All of it in words."""
        alone = len(self.terms) == 1
        return " and ".join(term.words() if alone else term.words_of_many() for term in self.terms)

    def remark(self, session: Session) -> str:
        """Say why a term finds nothing in a session, or what it is taken for; else ""."""
        said = (self.hint, *(term.remark(session) for term in self.terms))
        return " ".join(filter(None, said))

    def nowhere(self, session: Session) -> str:
        """Say why a session has no moment that a term names, in a sentence; "" where it has."""
        return " ".join(filter(None, (term.nowhere(session) for term in self.terms)))

    def everywhere(self, session: Session) -> Query:
        """Return the same query as any machine understands it."""
        terms = tuple(term.everywhere(session) for term in self.terms)
        return self if terms == self.terms else Query.of(terms)

    def without(self, number: int) -> Query:
        """The query less one term."""
        place = range(len(self.terms))[number]
        return Query.of([*self.terms[:place], *self.terms[place + 1 :]])


NO_QUERY = Query()


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """Which types of event are shown. Case never counts: `--type click` means CLICK."""

    listed: frozenset[str] = frozenset()
    """As `same_word` has them."""
    only: bool = False
    """True shows just the listed types, False all but them."""

    def shows(self, event_type: str) -> bool:
        """Return whether events of a type are shown."""
        return (same_word(event_type) in self.listed) is self.only

    def toggled(self, event_type: str) -> TypeChoice:
        """The choice with one type changed over."""
        return TypeChoice(self.listed ^ {same_word(event_type)}, self.only)

    def remark(self, session: Session) -> str:
        """Say which of the chosen types there are not, and which come near; else ""."""
        return unknown_types(sorted(self.listed), session) if self.only else ""

    def __bool__(self) -> bool:
        return self.only or bool(self.listed)


ALL_TYPES = TypeChoice()

STARTING_TYPES = TypeChoice(frozenset({same_word(PERFORMANCE)}))
"""What is shown until the user chooses: samples of the page's speed, one in two minutes, would
drown what happened."""
