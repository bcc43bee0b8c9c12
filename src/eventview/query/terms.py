"""The terms of a query: small immutable values that match events and say themselves.

How they are typed is the business of `eventview.query.grammar`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.signals import ERRORS, WENT_WRONG, Kind, Severity
from eventview.query.expressions import Expression, SlowTextError, current_search
from eventview.query.query import unknown_types
from eventview.session import timefmt
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
    Swipe,
    Tap,
)
from eventview.session.folding import (
    Folded,
    fold,
    fold_case,
    fold_expression,
    folded_places,
    same_word,
)
from eventview.session.metrics import CATALOGUE, Metric
from eventview.session.position import Spot, absent, outside
from eventview.session.session import Session
from eventview.session.urls import other_readings
from eventview.session.values import Number

_STAND_IN: Final = re.compile(r"<U\+[0-9A-F]{4,6}>")
_NO_CAPITALS: Final = re.compile(rf"{_STAND_IN.pattern}|%[0-9A-F]{{2}}")
_NO_LETTERS: Final = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)|\(\?P[<=][^>)]*[>)]"
)
"""What has letters in an expression and looks for none of them: escapes, names of groups."""

_NEEDS_CASE: Final = re.compile(r"\[|\\[0-9xu]|\(\?")
"""What an expression may have that finds something else in a text in lower case, beside capitals:
ranges, letters by their number, flags."""


@dataclass(frozen=True)
class Pattern:
    """A text to look for: a word, a phrase, or a regular expression."""

    text: str
    """Cleaned; for an expression its source."""
    is_regex: bool = False

    @cached_property
    def is_exact(self) -> bool:
        """Return whether case counts: only where a capital was typed, as in vim and ripgrep.

        The stand-in of an invisible character, what is escaped in an expression, and what stays
        percent-encoded are none.
        """
        text = _NO_LETTERS.sub("", self.text) if self.is_regex else fold(self.text)
        return any(letter.isupper() for letter in _NO_CAPITALS.sub("", text))

    @cached_property
    def is_unseen(self) -> bool:
        """Return whether it is nothing but what folding leaves out, such as a soft hyphen."""
        return not fold(self.text).strip()

    @cached_property
    def needle(self) -> str:
        """The text to look for with `in`, in a folded text, one without case unless case counts."""
        if self.is_unseen:
            return self.text
        return fold(self.text) if self.is_exact else fold_case(fold(self.text))

    @cached_property
    def compiled(self) -> Expression:
        """The expression, for texts as they are; `^` and `$` are the ends of each field.

        Raises:
            re.error, OverflowError, RecursionError, ValueError: the source is none.
        """
        # The stand-in of an invisible character is that and no expression.
        source = _STAND_IN.sub(lambda found: re.escape(found[0]), self.text)
        return Expression(source, re.NOFLAG if self.is_exact else re.IGNORECASE)

    @cached_property
    def compiled_folded(self) -> Expression:
        """The expression, for folded texts; the same where folding would change what it means."""
        source = fold_expression(self.text)
        if source == self.text:
            return self.compiled
        try:
            return Expression(source, re.NOFLAG if self.is_exact else re.IGNORECASE)
        except (re.error, OverflowError, RecursionError, ValueError):
            return self.compiled

    def is_in(self, text: str, seen: str | None = None) -> bool:
        """Return whether a text has it, folded; an expression may match the text as it is, too.

        Args:
            text: where to look.
            seen: the same text folded, where that is known.
        """
        seen = fold(text) if seen is None else seen
        if self.is_regex:
            return self.compiled.search(text) or (
                self._differs(text, seen) and self.compiled_folded.search(seen)
            )
        if self.is_unseen:
            return self.needle in text
        return self.needle in (seen if self.is_exact else fold_case(seen))

    def _differs(self, text: str, seen: str) -> bool:
        """Return True if an expression may find in a folded text what it does not in the text."""
        return seen != text or self.compiled_folded is not self.compiled

    def spans(self, shown: str) -> Iterator[tuple[int, int]]:
        """Yield where it stands in a text that is shown, as (start, end) in characters."""
        if self.is_regex:
            yield from self.compiled.spans(shown)
            folded = folded_places(shown, is_exact=True)
            if self._differs(shown, folded.text):
                yield from (folded.span(*span) for span in self.compiled_folded.spans(folded.text))
            return
        folded = folded_places(shown, is_exact=self.is_exact)
        if self.is_unseen:
            folded = Folded(shown, range(len(shown) + 1))
        for match in re.finditer(re.escape(self.needle), folded.text):
            if match[0]:
                yield folded.span(*match.span())

    def written(self) -> str:
        """Return it as typed in a query."""
        if self.is_regex:
            return f"/{self.text}/"
        if _PLAIN.fullmatch(self.text):
            return self.text
        return '"' + self.text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def words(self) -> str:
        """Return it as read in a sentence."""
        return f"/{self.text}/" if self.is_regex else f"“{self.text}”"


_PLAIN: Final = re.compile(r"(?!(?i:or|and|not)\Z)[^\W_][\w.-]*")
"""A word that nothing else can be meant by."""


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
class AnyText(Term):
    """A text in any text of an event."""

    pattern: Pattern = Pattern("")
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


def _address(event: Location) -> str:
    place = f"{event.path}?{event.query}" if event.query else event.path
    # A dot at its end changes no host.
    addresses = dict.fromkeys(host + place for host in (event.host, event.host.removesuffix(".")))
    # Not all servers tell the scheme; who pastes an address has it.
    schemes = ("https://", "http://", "")
    return _read("\n".join(f"{scheme}{each}" for each in addresses for scheme in schemes))


def _read(address: str) -> str:
    return "\n".join([address, *other_readings(address)])


def _url(event: Click | Request | Issue | Performance) -> str:
    return _read(event.url)


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
        texts = [term for term in self._all() if type(term) is AnyText and not term.is_negated]
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


# By class rather than by asking each event what it is: a keystroke asks 100,000.
FIELDS: Final[Mapping[str, Mapping[type[Event], Callable[..., str | None]]]] = {
    "label": dict.fromkeys((Click, Input, Tap, Swipe, Issue), attrgetter("label")),
    "url": {
        Location: _address,
        **dict.fromkeys((Click, Request, Issue, Performance), _url),
    },
    "title": {Location: attrgetter("title")},
    "value": {Input: attrgetter("value")},
    "selector": {Click: attrgetter("selector")},
    "message": {Error: attrgetter("message"), Crash: attrgetter("reason")},
    "name": dict.fromkeys((Error, Crash, Custom, GraphQL), attrgetter("name")),
}
"""The fields that can be looked in by name: what reads them from the events that have them."""


class _Known(dict[str | None, bool]):
    """Whether a text has a pattern, each text asked once: a session repeats its labels."""

    def __init__(self, pattern: Pattern) -> None:
        super().__init__()
        self._pattern = pattern

    def __missing__(self, text: str | None) -> bool:
        found = self[text] = text is not None and self._pattern.is_in(text)
        return found


@dataclass(frozen=True)
class FieldText(Term):
    """A text in one field."""

    field: str = ""
    pattern: Pattern = Pattern("")
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
class Types(Term):
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


KINDS: Final[Mapping[str, frozenset[Kind]]] = {
    **{kind.value: frozenset({kind}) for kind in Kind},
    Kind.ERROR.value: ERRORS,
    "severe": frozenset(kind for kind in Kind if kind.severity is Severity.SEVERE),
    "signal": frozenset(kind for kind in Kind if kind.severity is not Severity.NEUTRAL),
    "wrong": WENT_WRONG,
}
"""What `is:` and `--fail-on` know, and the kinds of signal that are meant."""

SYNONYMS: Final[Mapping[str, str]] = {"silence": Kind.GAP.value}
"""What the screen calls some of them."""

_KIND_WORDS: Final = {
    Kind.ERROR.value: ("error", "crash"),
    "wrong": ("anything that went wrong",),
    "severe": ("anything severe",),
    "signal": ("any signal",),
}


@dataclass(frozen=True)
class Kinds(Term):
    """Any of some kinds of signal."""

    names: tuple[str, ...] = ()
    """Of `KINDS`."""
    rank = 2

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        kinds = frozenset[Kind]().union(*(KINDS[name] for name in self.names))
        return analysis.signals.covered(*kinds).__contains__

    def _written(self) -> str:
        return f"is:{','.join(self.names)}"

    def _words(self) -> str:
        words = (_KIND_WORDS.get(n) or (descriptions.name(Kind(n)),) for n in self.names)
        said = dict.fromkeys(word for several in words for word in several)
        return f"is {_or(said)}"


class Figure(NamedTuple):
    """A number that events have."""

    name: str
    """In words."""
    unit: str
    """`ms`, `bytes`, or "" for a number without unit."""
    is_span: bool
    """Whether it is said in seconds and minutes, as the timeline has it."""
    of: Callable[[Session, int], Number | None]
    """The number of an event; None where it has none."""


def _metric(metric: Metric) -> Callable[[Session, int], Number | None]:
    def read(session: Session, index: int) -> Number | None:
        event = session.events[index]
        return metric.read(event.load) if isinstance(event, Location) else None

    return read


def _hesitation(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.hesitation_ms if isinstance(event, Click | Input) else None


def _duration(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.duration_ms if isinstance(event, Input | Request | Issue) else None


def _status(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.status if isinstance(event, Request) else None


def _size(session: Session, index: int) -> Number | None:
    event = session.events[index]
    return event.size_bytes if isinstance(event, Request) else None


FIGURES: Final[Mapping[str, Figure]] = {
    **{
        metric.key: Figure(
            metric.short if metric.short.isupper() else metric.name,
            metric.unit,
            is_span=False,
            of=_metric(metric),
        )
        for metric in CATALOGUE
    },
    "delta": Figure("Δ", "ms", is_span=True, of=Session.delta_ms),
    "hesitation": Figure("hesitation", "ms", is_span=True, of=_hesitation),
    "duration": Figure("duration", "ms", is_span=True, of=_duration),
    "status": Figure("status", "", is_span=False, of=_status),
    "size": Figure("size", "bytes", is_span=False, of=_size),
}
"""The numbers that can be compared, by the name they are typed by."""

OPERATORS: Final[Mapping[str, tuple[Callable[[float, float], bool], str]]] = {
    ">=": (operator.ge, "at least"),
    "<=": (operator.le, "at most"),
    ">": (operator.gt, "over"),
    "<": (operator.lt, "under"),
    "=": (operator.eq, "exactly"),
}
"""How numbers are compared, and how that is said."""


@dataclass(frozen=True)
class Comparison(Term):
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

    def _said(self, figure: Figure) -> str:
        seconds, rest = divmod(self.amount, 1000)
        # Nothing is rounded in a whole number of seconds under an hour, but for their tenths.
        if figure.is_span and not rest and 10 <= seconds < 3600:
            return timefmt.span(int(self.amount))
        return f"{self.amount:,f} {figure.unit}".rstrip()


_START: Final = Spot(offset_ms=0)


@dataclass(frozen=True)
class Time(Term):
    """Not earlier, or not later, than a moment."""

    is_after: bool = True
    spot: Spot = _START
    rank = 1

    def _test(self, analysis: Analysis) -> Callable[[int], bool]:
        number, session = self.spot.number, analysis.session
        if number is not None:
            # By the order of events: those of one second are not all the same moment.
            if self.is_after:
                return lambda index: session.number(index) >= number
            is_there = not self._is_absent(session)
            return lambda index: is_there and session.number(index) <= number
        moment, events = self.spot.time_ms(session, is_bound=True), session.events
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
        number, excerpt = self.spot.number, session.excerpt
        total = len(session.events) if excerpt is None else excerpt.total
        return number is not None and total is not None and number > total

    def remark(self, session: Session) -> str:
        """Say why nothing is before or after an event, or which of several moments is meant."""
        if self._is_absent(session):
            return absent(self.spot.number or 0, session)
        moment = self.spot.time_ms(session, is_bound=True)
        if moment is None:
            return self.nowhere(session)
        said = (self.spot.choice(session, UTC, moment), self._outside(moment, session))
        return " ".join(filter(None, said))

    def _outside(self, moment_ms: int, session: Session) -> str:
        return "" if self.spot.number is not None else outside(moment_ms, session)

    def nowhere(self, session: Session) -> str:
        """Say why a session has no moment that it names, in a sentence; "" where it has."""
        # Numbers are compared, whatever events are here.
        return "" if self.spot.number is not None else self.spot.nowhere(session)

    def everywhere(self, session: Session) -> Term:
        """Return the same term as any machine understands it."""
        if not self.spot.zone_name:
            return self
        return replace(self, spot=self.spot.everywhere(session, is_bound=True))

    def _written(self) -> str:
        moment = self.spot.written()
        quoted = f'"{moment}"' if " " in moment else moment
        return f"{'after' if self.is_after else 'before'}:{quoted}"

    def _words(self) -> str:
        return f"{'after' if self.is_after else 'before'} {self.spot.words()}"


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
