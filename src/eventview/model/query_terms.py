"""The terms of a query: small immutable values that match events and say themselves.

How they are typed is the business of `eventview.model.query`. May import `eventview.model`.
"""

from __future__ import annotations

import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple

from eventview.model import signal_words
from eventview.model.events import (
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
from eventview.model.metrics import CATALOGUE
from eventview.model.moments import Spot
from eventview.model.ratings import Number
from eventview.model.session import Session
from eventview.model.signals import Kind, Severity

_STAND_IN: Final = re.compile(r"<U\+[0-9A-F]{4,6}>")
_ESCAPED: Final = re.compile(r"\\.")


@dataclass(frozen=True)
class Pattern:
    """A text to look for: a word, a phrase, or a regular expression."""

    text: str
    """Cleaned; for an expression its source."""
    is_regex: bool = False

    @cached_property
    def is_exact(self) -> bool:
        """Whether case counts: only where a capital was typed, as in vim and ripgrep.

        The stand-in of an invisible character and what is escaped in an expression are none.
        """
        text = _ESCAPED.sub("", self.text) if self.is_regex else self.text
        return any(letter.isupper() for letter in _STAND_IN.sub("", text))

    @cached_property
    def needle(self) -> str:
        """The text to look for with `in`, in a text that is in lower case unless case counts."""
        return self.text if self.is_exact else self.text.lower()

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern as a regular expression.

        Raises:
            re.error, OverflowError, RecursionError: the source is none.
        """
        source = self.text if self.is_regex else re.escape(self.text)
        with warnings.catch_warnings():
            # What may change its meaning one day has one today.
            warnings.simplefilter("ignore")
            return re.compile(source, re.NOFLAG if self.is_exact else re.IGNORECASE)

    def is_in(self, text: str) -> bool:
        """Whether a text has it."""
        if self.is_regex:
            return self.compiled.search(text) is not None
        return self.needle in (text if self.is_exact else text.lower())

    def written(self) -> str:
        """As typed in a query."""
        if self.is_regex:
            return f"/{self.text}/"
        if _PLAIN.fullmatch(self.text):
            return self.text
        return '"' + self.text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def words(self) -> str:
        """As read in a sentence."""
        return f"/{self.text}/" if self.is_regex else f"“{self.text}”"


_PLAIN: Final = re.compile(r"[^\W_][\w.]*")
"""A word that nothing else can be meant by."""


@dataclass(frozen=True)
class Term:
    """One condition of a query."""

    is_negated: bool = False

    rank = 0
    """The dearer to check, the later."""

    def keep(self, session: Session, candidates: Sequence[int]) -> Sequence[int]:
        """Those of some indexes of events that match."""
        test = self._test(session)
        if self.is_negated:
            return [index for index in candidates if not test(index)]
        return [index for index in candidates if test(index)]

    def _test(self, session: Session) -> Callable[[int], bool]:
        raise NotImplementedError

    def written(self) -> str:
        """As typed in a query."""
        return f"-{self._written()}" if self.is_negated else self._written()

    def _written(self) -> str:
        raise NotImplementedError

    def words(self) -> str:
        """As read in a sentence."""
        return f"not: {self._words()}" if self.is_negated else self._words()

    def _words(self) -> str:
        raise NotImplementedError

    @property
    def marked(self) -> Pattern | None:
        """What stands out where it is shown; None for what is no text, or must not be there."""
        return None


@dataclass(frozen=True)
class AnyText(Term):
    """A text in any text of an event."""

    pattern: Pattern = Pattern("")
    rank = 4

    def keep(self, session: Session, candidates: Sequence[int]) -> Sequence[int]:
        """Those of some indexes of events that match."""
        if self.pattern.is_regex:
            return super().keep(session, candidates)
        # Without a function call for each event: this is what is typed most.
        texts = session.texts if self.pattern.is_exact else session.folded_texts
        needle = self.pattern.needle
        if self.is_negated:
            return [index for index in candidates if needle not in texts[index]]
        return [index for index in candidates if needle in texts[index]]

    def _test(self, session: Session) -> Callable[[int], bool]:
        texts, search = session.texts, self.pattern.compiled.search
        return lambda index: search(texts[index]) is not None

    def _written(self) -> str:
        return self.pattern.written()

    def _words(self) -> str:
        return f"{self.pattern.words()} in any text"

    @property
    def marked(self) -> Pattern | None:
        """The text itself."""
        return None if self.is_negated else self.pattern


def _labels(event: Event) -> Sequence[str]:
    return (event.label,) if isinstance(event, Click | Input | Tap | Swipe | Issue) else ()


def _urls(event: Event) -> Sequence[str]:
    if isinstance(event, Location):
        query = f"?{event.query}" if event.query else ""
        return (f"{event.host}{event.path}{query}",)
    return (event.url,) if isinstance(event, Click | Request | Issue | Performance) else ()


def _values(event: Event) -> Sequence[str]:
    return (event.value or "",) if isinstance(event, Input) else ()


def _selectors(event: Event) -> Sequence[str]:
    return (event.selector,) if isinstance(event, Click) else ()


def _messages(event: Event) -> Sequence[str]:
    if isinstance(event, Error):
        return (event.message,)
    return (event.reason,) if isinstance(event, Crash) else ()


def _names(event: Event) -> Sequence[str]:
    return (event.name,) if isinstance(event, Error | Crash | Custom | GraphQL) else ()


FIELDS: Final[Mapping[str, Callable[[Event], Sequence[str]]]] = {
    "label": _labels,
    "url": _urls,
    "value": _values,
    "selector": _selectors,
    "message": _messages,
    "name": _names,
}
"""The fields that can be looked in by name, and what an event has there."""


@dataclass(frozen=True)
class FieldText(Term):
    """A text in one field."""

    field: str = ""
    pattern: Pattern = Pattern("")
    rank = 3

    def _test(self, session: Session) -> Callable[[int], bool]:
        events, texts_of, is_in = session.events, FIELDS[self.field], self.pattern.is_in
        return lambda index: any(map(is_in, texts_of(events[index])))

    def _written(self) -> str:
        return f"{self.field}:{self.pattern.written()}"

    def _words(self) -> str:
        return f"{self.field} has {self.pattern.words()}"

    @property
    def marked(self) -> Pattern | None:
        """The text itself."""
        return None if self.is_negated else self.pattern


@dataclass(frozen=True)
class Types(Term):
    """Any of some types."""

    names: tuple[str, ...] = ()
    """In lower case."""

    def _test(self, session: Session) -> Callable[[int], bool]:
        events = session.events
        wanted = {name for name in session.type_counts if name.lower() in self.names}
        return lambda index: events[index].type in wanted

    def _written(self) -> str:
        return f"type:{','.join(self.names)}"

    def _words(self) -> str:
        return f"type is {_or(name.upper() for name in self.names)}"


KINDS: Final[Mapping[str, frozenset[Kind]]] = {
    **{kind.value: frozenset({kind}) for kind in Kind},
    "severe": frozenset(kind for kind in Kind if kind.severity is Severity.SEVERE),
    "signal": frozenset(kind for kind in Kind if kind.severity is not Severity.NEUTRAL),
}
"""What `is:` knows, and the kinds of signal that are meant."""

_KIND_WORDS: Final = {"severe": "anything severe", "signal": "any signal"}


@dataclass(frozen=True)
class Kinds(Term):
    """Any of some kinds of signal."""

    names: tuple[str, ...] = ()
    """Of `KINDS`."""
    rank = 2

    def _test(self, session: Session) -> Callable[[int], bool]:
        kinds = frozenset[Kind]().union(*(KINDS[name] for name in self.names))
        return session.signals.covered(*kinds).__contains__

    def _written(self) -> str:
        return f"is:{','.join(self.names)}"

    def _words(self) -> str:
        said = (_KIND_WORDS.get(n) or signal_words.name(Kind(n)) for n in self.names)
        return f"is {_or(said)}"


class Figure(NamedTuple):
    """A number that events have."""

    name: str
    """In words."""
    unit: str
    """`ms`, `bytes`, or "" for a number without unit."""
    of: Callable[[Session, int], Number | None]
    """The number of an event; None where it has none."""


def _metric(field: str) -> Callable[[Session, int], Number | None]:
    def read(session: Session, index: int) -> Number | None:
        event = session.events[index]
        return getattr(event.load, field) if isinstance(event, Location) else None

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
            _metric(metric.field),
        )
        for metric in CATALOGUE
    },
    "delta": Figure("Δ", "ms", Session.delta_ms),
    "hesitation": Figure("hesitation", "ms", _hesitation),
    "duration": Figure("duration", "ms", _duration),
    "status": Figure("status", "", _status),
    "size": Figure("size", "bytes", _size),
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

    def _test(self, session: Session) -> Callable[[int], bool]:
        read, (compare, _) = FIGURES[self.figure].of, OPERATORS[self.sign]
        amount = float(self.amount)

        def holds(index: int) -> bool:
            value = read(session, index)
            return value is not None and compare(value, amount)

        return holds

    def _written(self) -> str:
        return f"{self.figure}{self.sign}{self.amount:f}"

    def _words(self) -> str:
        figure, (_, words) = FIGURES[self.figure], OPERATORS[self.sign]
        return f"{figure.name} {words} {self.amount:,f} {figure.unit}".rstrip()


_START: Final = Spot(offset_ms=0)


@dataclass(frozen=True)
class Time(Term):
    """Not earlier, or not later, than a moment."""

    is_after: bool = True
    spot: Spot = _START
    rank = 1

    def _test(self, session: Session) -> Callable[[int], bool]:
        moment, events = self.spot.time_ms(session), session.events

        def holds(index: int) -> bool:
            time = events[index].time_ms
            if time is None or moment is None:
                return False
            return time >= moment if self.is_after else time <= moment

        return holds

    def _written(self) -> str:
        return f"{'after' if self.is_after else 'before'}:{self.spot.written()}"

    def _words(self) -> str:
        utc = " UTC" if self.spot.clock is not None else ""
        return f"{'after' if self.is_after else 'before'} {self.spot.written()}{utc}"


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
