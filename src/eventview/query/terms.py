"""The terms of a query: immutable values that find events and describe themselves."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.query.regular_expressions import (
    NO_PATTERN,
    Pattern,
    SlowTextError,
    current_search,
)
from eventview.query.vocabulary import FIELDS, FIGURES, KIND_WORDS, KINDS, OPERATORS
from eventview.session import timefmt
from eventview.session.events import KNOWN_TYPES
from eventview.session.folding import fold_word
from eventview.session.position import Position, describe_absent, describe_outside
from eventview.session.session import Session
from eventview.session.text import find_nearest_word
from eventview.session.text_blocks import TextBlock, TextForm, Texts

_AT_ONCE: Final = 1000
"""Events to check before the next look for a cancelled search: some milliseconds."""


class Term(Struct, frozen=True):
    """One condition of a query."""

    is_negated: bool = False

    rank = 0
    """Order of checking, the cheapest terms first."""

    def keep(self, analysis: Analysis, candidates: Sequence[int]) -> Sequence[int]:
        """Return those of some indexes of events that match.

        Args:
            analysis: the session with its signals.
            candidates: the indexes, in order.

        Raises:
            SearchDroppedError: the current search was cancelled.
        """
        return self._keep(self._test(analysis), candidates)

    def _keep(self, test: Callable[[int], bool], candidates: Sequence[int]) -> Sequence[int]:
        search, found = current_search(), list[int]()
        for start in search.parts(range(0, len(candidates), _AT_ONCE)):
            for index in candidates[start : start + _AT_ONCE]:
                try:
                    if test(index) is not self.is_negated:
                        found.append(index)
                except SlowTextError:
                    search.leave_out(index, self.to_query())
        return found

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        raise NotImplementedError

    def to_query(self) -> str:
        """Return the term as typed in a query."""
        return f"-{self._to_query()}" if self.is_negated else self._to_query()

    def _to_query(self) -> str:
        raise NotImplementedError

    def words(self) -> str:
        """Return the term in words, as in a sentence."""
        return f"not: {self._words()}" if self.is_negated else self._words()

    def _words(self) -> str:
        raise NotImplementedError

    def remark(self, session: Session) -> str:  # noqa: ARG002  # some terms override it
        """Return a sentence on anything unexpected about the term in a session, else ""."""
        return ""

    def nowhere(self, session: Session) -> str:  # noqa: ARG002  # some terms override it
        """Explain in a sentence why a session does not have the term's time; "" if it does."""
        return ""

    def everywhere(self, session: Session) -> Term:  # noqa: ARG002  # some terms override it
        """Return the same term without the time zone of this machine."""
        return self

    def words_in_brackets(self) -> str:
        """Return the term in words, in brackets where other terms before or after need them."""
        return self.words()

    def leaves(self) -> Sequence[Term]:
        """Return the term itself, or the terms in a group."""
        return (self,)

    def highlights(self) -> Sequence[Pattern]:
        """Return the texts to highlight where events are shown: those that an event must have."""
        return ()


class TextTerm(Term, frozen=True):
    """Text anywhere in an event."""

    pattern: Pattern = NO_PATTERN
    rank = 4

    def keep(self, analysis: Analysis, candidates: Sequence[int]) -> Sequence[int]:
        """Return those of some indexes of events that match; raises as `Term.keep` does."""
        # A letter may hit every event, and a list takes nine times the memory of an array.
        search, pattern, found = current_search(), self.pattern, array("I")
        blocks = list(analysis.session.text_blocks(candidates))
        for block, *_ in search.parts(blocks, "reading texts"):
            block.prepare()
        for texts, group in groupby(search.parts(blocks), key=lambda each: each[0].texts):
            if pattern.is_regex:
                make_test = self._test_texts(texts)
                for block, first, indexes in group:
                    found.extend(self._keep(make_test(block, first), indexes))
            else:
                numbers = self._find_texts(texts)
                for block, first, indexes in group:
                    found.extend(block.keep(numbers, indexes, first))
        return found

    def _find_texts(self, texts: Texts) -> frozenset[int]:
        """Return the numbers of the texts that match a word or a phrase."""
        pattern = self.pattern
        form = TextForm.SEEN if pattern.is_exact else TextForm.CASELESS
        found = texts.find(pattern.needle, TextForm.SENT if pattern.is_unseen else form)
        return frozenset(range(len(texts))) - found if self.is_negated else found

    def _test_texts(self, texts: Texts) -> Callable[[TextBlock, int], Callable[[int], bool]]:
        """Return a function from a block with the texts to a test of an expression by index."""
        pattern, sent, seen = self.pattern, texts.read(TextForm.SENT), texts.read(TextForm.SEEN)
        lower, is_same = pattern.compiled_lower, pattern.compiled_folded is pattern.compiled
        plain_texts = sent if lower is None else texts.read(TextForm.CASELESS)
        search = (lower or pattern.compiled).search

        @cache
        def matches(number: int) -> bool:
            # A session repeats its texts.
            if is_same and sent[number].isascii() and sent[number] == seen[number]:
                return search(plain_texts[number])
            return pattern.is_in(sent[number], seen[number])

        def make_test(block: TextBlock, first: int) -> Callable[[int], bool]:
            numbers = block.text_numbers
            return lambda index: matches(numbers[index - first])

        return make_test

    def _to_query(self) -> str:
        return self.pattern.to_query()

    def _words(self) -> str:
        if self.pattern.is_regex:
            return f"any text matches {self.pattern.words()}"
        return f"{self.pattern.words()} in any text"

    def words(self) -> str:
        """Return the term in words, as in a sentence."""
        return f"without {self.pattern.words()}" if self.is_negated else self._words()

    def highlights(self) -> Sequence[Pattern]:
        """Return the texts to highlight where events are shown: those that an event must have."""
        return () if self.is_negated else (self.pattern,)


class AnyOf(Term, frozen=True):
    """Alternatives, one of which must match with all its terms."""

    alternatives: tuple[tuple[Term, ...], ...] = ()
    rank = 5

    def keep(self, analysis: Analysis, candidates: Sequence[int]) -> Sequence[int]:
        """Return those of some indexes of events that match."""
        search, found = current_search(), set[int]()
        for terms in search.parts(self.alternatives):
            rest: Sequence[int] = [index for index in candidates if index not in found]
            for term in search.parts(sorted(terms, key=lambda term: term.rank)):
                rest = term.keep(analysis, rest)
            found.update(rest)
        if self.is_negated:
            # An event that took too long in some term may still match it, so it is no result.
            found.update(search.left_out)
        return [index for index in candidates if (index in found) is not self.is_negated]

    def _to_query(self) -> str:
        typed = (" ".join(term.to_query() for term in terms) for terms in self.alternatives)
        return f"({' OR '.join(typed)})"

    def words(self) -> str:
        """Return the term in words, as in a sentence."""
        return f"not: ({self._words()})" if self.is_negated else self._words()

    def words_in_brackets(self) -> str:
        """Return the term in words, in brackets unless it is negated."""
        return self.words() if self.is_negated else f"({self._words()})"

    def _words(self) -> str:
        inner = [term for terms in self.alternatives for term in terms]
        texts = [term for term in inner if type(term) is TextTerm and not term.is_negated]
        if len(texts) == len(self.alternatives) == len(inner):
            # "in any text" reads better once than after each alternative.
            return f"{_or(text.pattern.words() for text in texts)} in any text"
        described = [
            " and ".join(t.words_in_brackets() for t in terms) for terms in self.alternatives
        ]
        if len(described) > 1:
            described = [
                f"({words})" if len(terms) > 1 else words
                for words, terms in zip(described, self.alternatives, strict=True)
            ]
        return _or(described)

    def everywhere(self, session: Session) -> Term:
        """Return the same term without the time zone of this machine."""
        portable = (
            tuple(term.everywhere(session) for term in terms) for terms in self.alternatives
        )
        return replace(self, alternatives=tuple(portable))

    def leaves(self) -> Sequence[Term]:
        """Return the terms in the group, those in groups within it too."""
        return [leaf for terms in self.alternatives for term in terms for leaf in term.leaves()]

    def highlights(self) -> Sequence[Pattern]:
        """Return the texts to highlight where events are shown: none if the group is negated."""
        inner = (term for terms in self.alternatives for term in terms)
        return () if self.is_negated else [each for term in inner for each in term.highlights()]


class FieldTerm(Term, frozen=True):
    """Text in one field of an event."""

    field: str = ""
    pattern: Pattern = NO_PATTERN
    rank = 3

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        events, readers = analysis.session.events, FIELDS[self.field]

        @cache
        def matches(text: str | None) -> bool:
            # A session repeats its labels.
            return text is not None and self.pattern.is_in(text)

        def holds(index: int) -> bool:
            event = events[index]
            read = readers.get(type(event))
            return read is not None and matches(read(event))

        return holds

    def _to_query(self) -> str:
        return f"{self.field}:{self.pattern.to_query()}"

    def _words(self) -> str:
        verb = "matches" if self.pattern.is_regex else "has"
        return f"{self.field} {verb} {self.pattern.words()}"

    def highlights(self) -> Sequence[Pattern]:
        """Return the texts to highlight where events are shown: those that an event must have."""
        return () if self.is_negated else (self.pattern,)


class TypeTerm(Term, frozen=True):
    """One of some types of event."""

    names: tuple[str, ...] = ()
    """In the form of `fold_word`."""

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        session = analysis.session
        events = session.events
        wanted = {name for name in session.type_counts if fold_word(name) in self.names}
        return lambda index: events[index].type in wanted

    def remark(self, session: Session) -> str:
        """Return a sentence on each type that is unknown, with the nearest; "" for none."""
        return describe_unknown_types(self.names, session)

    def _to_query(self) -> str:
        return f"type:{','.join(Pattern(name).to_query() for name in self.names)}"

    def _words(self) -> str:
        return f"type is {_or(name.upper() for name in self.names)}"


class SignalTerm(Term, frozen=True):
    """One of some kinds of signal."""

    names: tuple[str, ...] = ()
    """Keys of `KINDS`."""
    rank = 2

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        kinds = (kind for name in self.names for kind in KINDS[name])
        return analysis.signals.covered(*kinds).__contains__

    def _to_query(self) -> str:
        return f"is:{','.join(self.names)}"

    def _words(self) -> str:
        words = (word for name in self.names for word in KIND_WORDS[name])
        return f"is {_or(dict.fromkeys(words))}"


class NumberTerm(Term, frozen=True):
    """A comparison of a figure with a number; an event without the figure does not match."""

    figure: str = ""
    """Key of `FIGURES`."""
    sign: str = ""
    """Key of `OPERATORS`."""
    amount: Decimal = Decimal(0)
    """In the figure's unit, exactly as typed."""
    rank = 1

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        read, (compare, _) = FIGURES[self.figure].read, OPERATORS[self.sign]
        amount, session = float(self.amount), analysis.session

        def holds(index: int) -> bool:
            value = read(session, index)
            return value is not None and compare(value, amount)

        return holds

    def _to_query(self) -> str:
        return f"{self.figure}{self.sign}{self.amount:f}"

    def _words(self) -> str:
        figure, (_, words) = FIGURES[self.figure], OPERATORS[self.sign]
        amount = f"{self.amount:,f} {figure.unit}".rstrip()
        seconds, rest = divmod(self.amount, 1000)
        # A span of 10 s to 1 h is shown in whole seconds, so only whole seconds stay exact.
        if figure.is_span and not rest and 10 <= seconds < 3600:
            amount = timefmt.format_span(int(self.amount))
        return f"{figure.name} {words} {amount}"


_START: Final = Position(offset_ms=0)


class TimeTerm(Term, frozen=True):
    """A bound in time: events not before, or not after, a position."""

    is_after: bool = True
    position: Position = _START
    rank = 1

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        number, session = self.position.number, analysis.session
        if number is not None:
            # Events of one second share their time, so event numbers compare by order instead.
            if self.is_after:
                return lambda index: session.number(index) >= number
            is_there = not self._is_absent(session)
            return lambda index: is_there and session.number(index) <= number
        bound_ms, events = self.position.time_ms(session, is_bound=True), session.events
        # A server that stamps milliseconds may send a whole second by chance, which is exact.
        step_ms = session.step_ms()

        def holds(index: int) -> bool:
            time = events[index].time_ms
            if time is None or bound_ms is None:
                return False
            if not self.is_after:
                return time <= bound_ms
            # An event whose time is rounded down to the bound's second may have been after it.
            return time >= (bound_ms if time % step_ms else bound_ms - step_ms + 1)

        return holds

    def _is_absent(self, session: Session) -> bool:
        """Return True if no event has the number; a partial export may not know."""
        number, partial_export = self.position.number, session.partial_export
        total = len(session.events) if partial_export is None else partial_export.total
        return number is not None and total is not None and number > total

    def remark(self, session: Session) -> str:
        """Explain why no event has the number, or which of several times it takes, else ""."""
        if self._is_absent(session):
            return describe_absent(self.position.number or 0, session)
        bound_ms = self.position.time_ms(session, is_bound=True)
        if bound_ms is None:
            return self.nowhere(session)
        beyond = "" if self.position.number is not None else describe_outside(bound_ms, session)
        return f"{self.position.describe_ambiguity(session, UTC, bound_ms)} {beyond}".strip()

    def nowhere(self, session: Session) -> str:
        """Explain in a sentence why a session does not have the term's time; "" if it does."""
        # An event number is a bound even if the session does not have that event.
        return "" if self.position.number is not None else self.position.nowhere(session)

    def everywhere(self, session: Session) -> Term:
        """Return the same term without the time zone of this machine."""
        if not self.position.zone_name:
            return self
        return replace(self, position=self.position.everywhere(session, is_bound=True))

    def _to_query(self) -> str:
        position = self.position.to_query()
        quoted = f'"{position}"' if " " in position else position
        return f"{'after' if self.is_after else 'before'}:{quoted}"

    def _words(self) -> str:
        return f"{'after' if self.is_after else 'before'} {self.position.words()}"


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


def describe_unknown_types(names: Iterable[str], session: Session) -> str:
    """Return sentences on the types that neither a session nor OpenReplay has, else "".

    Args:
        names: types, in the form of `fold_word`.
        session: the session to look in.
    """
    known = list(dict.fromkeys(map(fold_word, [*session.type_counts, *KNOWN_TYPES])))
    unknown = [name for name in names if name not in known]
    if not unknown:
        return ""
    sentences = []
    for name in unknown:
        near = find_nearest_word(name, known, may_complete=True)
        nearest = f" The nearest is {near}." if near else ""
        has = ", ".join(session.type_counts) or "no events"
        sentences.append(f"There are no events of type {name}.{nearest} This session has {has}.")
    return " ".join(sentences)
