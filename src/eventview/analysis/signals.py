"""Signals, and the type of their kinds; `eventview.analysis.signal_kinds` has all kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple

from msgspec import Struct, field

from eventview.analysis.measured_session import MeasuredSession
from eventview.analysis.rules import Rules
from eventview.session.metrics import Number
from eventview.session.text import Inline


class Severity(Enum):
    """Degrees to which a signal means that something went wrong."""

    SEVERE = "severe"
    NOTABLE = "notable"
    NEUTRAL = "neutral"
    """Worth seeing, but nothing went wrong."""


class Shortcut(NamedTuple):
    """A key on the keyboard that goes to signals."""

    key: str
    """Lower-case letter for the next one; the upper-case letter goes to the previous one."""
    target: str
    """Description of one for the help."""
    footer: str = ""
    """Label in the footer; "" leaves it out."""
    absent: str = ""
    """Words for none of them; "" for the plural."""


class SignalWord(Struct, frozen=True, kw_only=True, eq=False):
    """A word of `is:`, for a kind of signal or for a group of kinds.

    Compared by identity, because a session may have 70,000 signals to count and look up by kind.
    """

    key: str
    """The word, and the name in JSON."""
    name: str
    """Name in texts, singular."""
    one: str = ""
    """Name after the number 1; "" for `name`."""
    several: str = ""
    """Name after other numbers; "" for that of one with an s."""
    shortcut: Shortcut | None = None

    @property
    def plural(self) -> str:
        """Name of several."""
        return self.several or f"{self.one or self.name}s"

    def format_count(self, number: int) -> str:
        """Return a number of them in words: `1 rage click`, `3 rage clicks`."""
        return f"{number:,} {(self.one or self.name) if number == 1 else self.plural}"


class SignalKind(SignalWord, frozen=True, kw_only=True, eq=False):
    """A kind of signal: its words, its looks and its rule."""

    letter: str
    """Letter or sign in the histogram, one cell wide."""
    severity: Severity
    words: tuple[str, ...] = ()
    """Further words of `is:` that include it: synonyms, other kinds, groups of kinds."""
    badge: str | Callable[[MeasuredSession, Signal], str] | None = ""
    """Two or three words for a row; "" for its name, None if the page load's badge shows it."""
    sentence: Callable[[MeasuredSession, Signal], str] | None = None
    """Function that returns a sentence with figures; None for its name and event."""
    rule: str | Callable[[Rules, int], str] = ""
    """The rule behind it, by the thresholds and the resolution of the times in milliseconds; ""
    if only the server finds it."""
    title: str | Callable[[MeasuredSession, Signal], Inline] = ""
    """Headline in tickets; "" for its sentence."""
    is_page_in_title: bool = False
    """True if the headline of an event that is no page needs no page after it."""
    is_named_in_title: bool = True
    """True if the headline needs no name before it."""
    issues: Mapping[str, str] = field(default_factory=dict)
    """The server's names for it, each with the server's rule as far as known, else ""."""
    is_background: bool = False
    """True if it means no trouble by itself."""
    is_of_clicks: bool = False
    """True if it is about a series of clicks, and its amount is their number."""

    @property
    def is_wrong(self) -> bool:
        """True if it means that something does not work."""
        return self.severity is Severity.SEVERE or "wrong" in self.words


class Signal(NamedTuple):
    """Something that stands out in a session."""

    kind: SignalKind
    at: int
    """Index of the event that carries it: its first event, or the one that ends a silence."""
    events: tuple[int, ...]
    """Indexes of all events it covers, in order."""
    amount: Number | None = None
    """The figure, None without one: the number of clicks; milliseconds of a silence, of a
    hesitation, from a click to its first error or from leaving a page to being back; the status of
    a request; the worst value of a load."""
    is_server: bool = False
    """True if the server found it."""
