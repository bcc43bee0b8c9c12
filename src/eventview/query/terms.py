"""The terms of a query: small immutable values that match events and say themselves.

How they are typed is the business of `eventview.query.grammar`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import SignalKind
from eventview.query.expressions import (
    NO_PATTERN,
    Expression,
    Pattern,
    SlowTextError,
    current_search,
)
from eventview.query.fields import FIELDS, FIGURES, KIND_WORDS, KINDS, OPERATORS, NumberField
from eventview.session import timefmt
from eventview.session.events import (
    KNOWN_TYPES,
)
from eventview.session.folding import (
    same_word,
)
from eventview.session.position import Position, absent, outside
from eventview.session.session import Session
from eventview.session.width import width

if TYPE_CHECKING:
    pass


_NEEDS_CASE: Final = re.compile(r"\[|\\[0-9xu]|\(\?")
"""What an expression may have that finds something else in a text in lower case, beside capitals:
ranges, letters by their number, flags."""


@dataclass(frozen=True)
class Term:
    """One condition of a query."""

    is_negated: bool = False

    rank = 0
    """The dearer to check, the later."""

    def keep(self, analysis: Analysis, candidates: Sequence[int]) -> Sequence[int]:
        """Those of some indexes of events that match."""
        test, search, found = self._test(analysis), current_search(), []
        for index in candidates:
            try:
                if test(index) is not self.is_negated:
                    found.append(index)
            except SlowTextError:
                search.leave_out(index, self.written())
        return found

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        raise NotImplementedError

    def written(self) -> str:
        """Return it as typed in a query."""
        return f"-{self._written()}" if self.is_negated else self._written()

    def _written(self) -> str:
        raise NotImplementedError

    def words(self) -> str:
        """Return it as read in a sentence."""
        return f"not: {self._words()}" if self.is_negated else self._words()

    def _words(self) -> str:
        raise NotImplementedError

    def remark(self, session: Session) -> str:  # noqa: ARG002  # for terms with one
        """Say what is not plain about it in a session, in a sentence; "" for nothing."""
        return ""

    def nowhere(self, session: Session) -> str:  # noqa: ARG002  # for terms with a moment
        """Say why a session has no moment that it names, in a sentence; "" where it has."""
        return ""

    def everywhere(self, session: Session) -> Term:  # noqa: ARG002  # for terms with a moment
        """Return the same term as any machine understands it."""
        return self

    def words_of_many(self) -> str:
        """The same where other terms stand beside it."""
        return self.words()

    def leaves(self) -> Sequence[Term]:
        """The terms that an event may match it by; itself where it has none within it."""
        return (self,)

    @property
    def marked(self) -> Pattern | None:
        """Return what stands out where it is shown; None for what has no text to show."""
        return None


@dataclass(frozen=True)
class TextTerm(Term):
    """A text in any text of an event."""

    pattern: Pattern = NO_PATTERN
    rank = 4

    def keep(self, analysis: Analysis, candidates: Sequence[int]) -> Sequence[int]:
        """Those of some indexes of events that match."""
        if self.pattern.is_regex:
            return super().keep(analysis, candidates)
        # Without a function call for each event: this is what is typed most.
        session = analysis.session
        texts = session.seen_texts if self.pattern.is_exact else session.folded_texts
        needle = self.pattern.needle
        if self.pattern.is_unseen:
            texts = session.texts
        if self.is_negated:
            return [index for index in candidates if needle not in texts[index]]
        return [index for index in candidates if needle in texts[index]]

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        source, session = self.pattern.text, analysis.session
        pattern, texts, seen = self.pattern, session.texts, session.seen_texts
        is_same = pattern.compiled_folded is pattern.compiled
        plain_texts, search = texts, pattern.compiled.search
        if source == source.lower() and not _NEEDS_CASE.search(source):
            # Two to four times as fast as letting the expression ignore case.
            plain_texts, search = session.folded_texts, Expression(source).search

        def holds(index: int) -> bool:
            text = texts[index]
            if is_same and text is seen[index] and text.isascii():
                return search(plain_texts[index])
            return pattern.is_in(text, seen[index])

        return holds

    def _written(self) -> str:
        return self.pattern.written()

    def _words(self) -> str:
        if self.pattern.is_regex:
            return f"any text matches {self.pattern.words()}"
        return f"{self.pattern.words()} in any text"

    def words(self) -> str:
        """Return it as read in a sentence."""
        return f"without {self.pattern.words()}" if self.is_negated else self._words()

    @property
    def marked(self) -> Pattern | None:
        """The text itself."""
        return None if self.is_negated else self.pattern


@dataclass(frozen=True)
class AnyOf(Term):
    """Any of some alternatives, of each of which all terms have to match."""

    alternatives: tuple[tuple[Term, ...], ...] = ()
    rank = 5

    def keep(self, analysis: Analysis, candidates: Sequence[int]) -> Sequence[int]:
        """Those of some indexes of events that match."""
        found: set[int] = set()
        for terms in self.alternatives:
            rest: Sequence[int] = [index for index in candidates if index not in found]
            for term in sorted(terms, key=lambda term: term.rank):
                rest = term.keep(analysis, rest)
            found.update(rest)
        if self.is_negated:
            # Of what took too long in a term it is not known either that none matches.
            found.update(current_search().left_out)
        return [index for index in candidates if (index in found) is not self.is_negated]

    def _all(self) -> Sequence[Term]:
        return [term for terms in self.alternatives for term in terms]

    def _written(self) -> str:
        written = (" ".join(term.written() for term in terms) for terms in self.alternatives)
        return f"({' OR '.join(written)})"

    def words(self) -> str:
        """Return it as read in a sentence."""
        return f"not: ({self._words()})" if self.is_negated else self._words()

    def words_of_many(self) -> str:
        """The same where other terms stand beside it."""
        return self.words() if self.is_negated else f"({self._words()})"

    def _words(self) -> str:
        texts = [term for term in self._all() if type(term) is TextTerm and not term.is_negated]
        if len(texts) == len(self.alternatives) == len(self._all()):
            # Said once rather than of each.
            return f"{_or(text.pattern.words() for text in texts)} in any text"
        said = [" and ".join(t.words_of_many() for t in terms) for terms in self.alternatives]
        if len(said) > 1:
            said = [
                f"({words})" if len(terms) > 1 else words
                for words, terms in zip(said, self.alternatives, strict=True)
            ]
        return _or(said)

    def remark(self, session: Session) -> str:
        """Say what is not plain about its terms in a session."""
        return " ".join(filter(None, (term.remark(session) for term in self._all())))

    def nowhere(self, session: Session) -> str:
        """Say why a session has no moment that one of its terms names."""
        return " ".join(filter(None, (term.nowhere(session) for term in self._all())))

    def everywhere(self, session: Session) -> Term:
        """Return the same term as any machine understands it."""
        told = [tuple(term.everywhere(session) for term in terms) for terms in self.alternatives]
        return replace(self, alternatives=tuple(told))

    def leaves(self) -> Sequence[Term]:
        """The terms that an event may match it by."""
        return () if self.is_negated else [leaf for term in self._all() for leaf in term.leaves()]


class _Known(dict[str | None, bool]):
    """Whether a text has a pattern, each text asked once: a session repeats its labels."""

    def __init__(self, pattern: Pattern) -> None:
        super().__init__()
        self._pattern = pattern

    def __missing__(self, text: str | None) -> bool:
        found = self[text] = text is not None and self._pattern.is_in(text)
        return found


@dataclass(frozen=True)
class FieldTerm(Term):
    """A text in one field."""

    field: str = ""
    pattern: Pattern = NO_PATTERN
    rank = 3

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        events, readers, known = analysis.session.events, FIELDS[self.field], _Known(self.pattern)

        def holds(index: int) -> bool:
            event = events[index]
            read = readers.get(type(event))
            return read is not None and known[read(event)]

        return holds

    def _written(self) -> str:
        return f"{self.field}:{self.pattern.written()}"

    def _words(self) -> str:
        verb = "matches" if self.pattern.is_regex else "has"
        return f"{self.field} {verb} {self.pattern.words()}"

    @property
    def marked(self) -> Pattern | None:
        """The text itself."""
        return None if self.is_negated else self.pattern


@dataclass(frozen=True)
class TypeTerm(Term):
    """Any of some types."""

    names: tuple[str, ...] = ()
    """As `same_word` has them."""

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        session = analysis.session
        events = session.events
        wanted = {name for name in session.type_counts if same_word(name) in self.names}
        return lambda index: events[index].type in wanted

    def remark(self, session: Session) -> str:
        """Say which type there is for one that neither the session has nor OpenReplay."""
        return unknown_types(self.names, session)

    def _written(self) -> str:
        return f"type:{','.join(Pattern(name).written() for name in self.names)}"

    def _words(self) -> str:
        return f"type is {_or(name.upper() for name in self.names)}"


@dataclass(frozen=True)
class SignalTerm(Term):
    """Any of some kinds of signal."""

    names: tuple[str, ...] = ()
    """Of `KINDS`."""
    rank = 2

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        kinds = frozenset[SignalKind]().union(*(KINDS[name] for name in self.names))
        return analysis.signals.covered(*kinds).__contains__

    def _written(self) -> str:
        return f"is:{','.join(self.names)}"

    def _words(self) -> str:
        words = (KIND_WORDS.get(n) or (descriptions.name(SignalKind(n)),) for n in self.names)
        said = dict.fromkeys(word for several in words for word in several)
        return f"is {_or(said)}"


@dataclass(frozen=True)
class NumberTerm(Term):
    """A figure beside a number; an event without the figure does not match."""

    figure: str = ""
    """Of `FIGURES`."""
    sign: str = ""
    """Of `OPERATORS`."""
    amount: Decimal = Decimal(0)
    """In the figure's unit, exactly as typed."""
    rank = 1

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        read, (compare, _) = FIGURES[self.figure].of, OPERATORS[self.sign]
        amount, session = float(self.amount), analysis.session

        def holds(index: int) -> bool:
            value = read(session, index)
            return value is not None and compare(value, amount)

        return holds

    def _written(self) -> str:
        return f"{self.figure}{self.sign}{self.amount:f}"

    def _words(self) -> str:
        figure, (_, words) = FIGURES[self.figure], OPERATORS[self.sign]
        return f"{figure.name} {words} {self._said(figure)}"

    def _said(self, figure: NumberField) -> str:
        seconds, rest = divmod(self.amount, 1000)
        # Nothing is rounded in a whole number of seconds under an hour, but for their tenths.
        if figure.is_span and not rest and 10 <= seconds < 3600:
            return timefmt.span(int(self.amount))
        return f"{self.amount:,f} {figure.unit}".rstrip()


_START: Final = Position(offset_ms=0)


@dataclass(frozen=True)
class TimeTerm(Term):
    """Not earlier, or not later, than a moment."""

    is_after: bool = True
    position: Position = _START
    rank = 1

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        number, session = self.position.number, analysis.session
        if number is not None:
            # By the order of events: those of one second are not all the same moment.
            if self.is_after:
                return lambda index: session.number(index) >= number
            is_there = not self._is_absent(session)
            return lambda index: is_there and session.number(index) <= number
        moment, events = self.position.time_ms(session, is_bound=True), session.events
        # Among stamped milliseconds a whole second is one by chance, and exact.
        step_ms = session.step_ms()

        def holds(index: int) -> bool:
            time = events[index].time_ms
            if time is None or moment is None:
                return False
            if not self.is_after:
                return time <= moment
            # Rounded down, an event of the moment's own second may have been after it.
            return time >= (moment if time % step_ms else moment - step_ms + 1)

        return holds

    def _is_absent(self, session: Session) -> bool:
        """Return True if no event has the number, as far as a part of a session tells."""
        number, partial_export = self.position.number, session.partial_export
        total = len(session.events) if partial_export is None else partial_export.total
        return number is not None and total is not None and number > total

    def remark(self, session: Session) -> str:
        """Say why nothing is before or after an event, or which of several moments is meant."""
        if self._is_absent(session):
            return absent(self.position.number or 0, session)
        moment = self.position.time_ms(session, is_bound=True)
        if moment is None:
            return self.nowhere(session)
        said = (self.position.choice(session, UTC, moment), self._outside(moment, session))
        return " ".join(filter(None, said))

    def _outside(self, moment_ms: int, session: Session) -> str:
        return "" if self.position.number is not None else outside(moment_ms, session)

    def nowhere(self, session: Session) -> str:
        """Say why a session has no moment that it names, in a sentence; "" where it has."""
        # Numbers are compared, whatever events are here.
        return "" if self.position.number is not None else self.position.nowhere(session)

    def everywhere(self, session: Session) -> Term:
        """Return the same term as any machine understands it."""
        if not self.position.zone_name:
            return self
        return replace(self, position=self.position.everywhere(session, is_bound=True))

    def _written(self) -> str:
        moment = self.position.written()
        quoted = f'"{moment}"' if " " in moment else moment
        return f"{'after' if self.is_after else 'before'}:{quoted}"

    def _words(self) -> str:
        return f"{'after' if self.is_after else 'before'} {self.position.words()}"


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


class QueryError(ValueError):
    """A text that is no query.

    Args:
        message: what is wrong and what would be right, a sentence or two.
        start: where in the text it is wrong, in characters.
        end: behind that.
        text: the query, cleaned.

    Both places are within the text.
    """

    def __init__(self, message: str, start: int, end: int, text: str) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.text = text

    def pointing(self) -> str:
        """The text, and below it a line that points at the place."""
        before = width(self.text[: self.start])
        length = max(1, width(self.text[self.start : self.end]))
        return f"{self.text}\n{' ' * before}{'^' * length}"


def unknown_types(names: Iterable[str], session: Session) -> str:
    """Say which type comes nearest to those that neither a session has nor OpenReplay.

    Args:
        names: of types, as `same_word` has them.
        session: where they are looked for.

    Returns:
        A sentence for each; "" where all are known.
    """
    known = list(dict.fromkeys(map(same_word, [*session.type_counts, *KNOWN_TYPES])))
    unknown = [name for name in names if name not in known]
    if not unknown:
        return ""
    # Here, because most types are known.
    import difflib

    said = []
    for name in unknown:
        near = [word for word in known if word.startswith(name)]
        near = near or difflib.get_close_matches(name, known, n=1)
        nearest = f" The nearest is {near[0]}." if near else ""
        has = ", ".join(session.type_counts) or "no events"
        said.append(f"There are no events of type {name}.{nearest} This session has {has}.")
    return " ".join(said)
