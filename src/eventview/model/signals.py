"""What is striking in a session: where somebody hammered, waited, failed, or ran into an error.

Finds signals and nothing else: their words are in `eventview.model.signal_words`, the thresholds
in `eventview.model.rules`. What is not sure is not found: a false alarm costs more trust than a
signal that is missing. May import `eventview.model`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from eventview.model.events import (
    ISSUE,
    Click,
    Crash,
    Error,
    Event,
    Input,
    Issue,
    Location,
    Performance,
    Request,
)
from eventview.model.ratings import Number, Rating

if TYPE_CHECKING:
    from eventview.model.session import Session


class Severity(Enum):
    """How much a signal says that something went wrong."""

    SEVERE = "severe"
    NOTABLE = "notable"
    NEUTRAL = "neutral"
    """Worth seeing at a glance, and nothing wrong."""


class Kind(Enum):
    """The kinds of signal, the gravest first; the value is what `is:` calls them."""

    CRASH = "crash"
    ERROR = "error"
    ERROR_CLICK = "error-click"
    RAGE = "rage"
    FAILED = "failed"
    INCIDENT = "incident"
    SLOW = "slow"
    DEAD = "dead"
    THRASHING = "thrashing"
    BACK_AND_FORTH = "back"
    GAP = "gap"
    ISSUE = "issue"
    HESITATION = "hesitation"
    REPEAT = "repeat"

    @property
    def severity(self) -> Severity:
        """How much this kind says that something went wrong."""
        if self is Kind.REPEAT:
            return Severity.NEUTRAL
        return Severity.SEVERE if self in _SEVERE else Severity.NOTABLE


_SEVERE: Final = frozenset(
    {
        Kind.CRASH, Kind.ERROR, Kind.ERROR_CLICK, Kind.RAGE, Kind.FAILED, Kind.INCIDENT, Kind.SLOW,
    }
)  # fmt: skip

_GRAVITY: Final = {kind: place for place, kind in enumerate(Kind)}


class Signal(NamedTuple):
    """Something striking."""

    kind: Kind
    at: int
    """Index of the event that carries it: the first it is about, or the one that ends a
    silence."""
    events: tuple[int, ...]
    """Indexes of all events it covers, in order."""
    amount: Number | None = None
    """How much: clicks of a rage or a run, milliseconds of a silence, a hesitation, from a click
    to its error or of a stay; None where there is no figure."""
    is_server: bool = False
    """Found by the server rather than here."""

    @property
    def severity(self) -> Severity:
        """How much it says that something went wrong."""
        return self.kind.severity


@dataclass(frozen=True)
class Signals:
    """All signals of a session, in the order of the events that carry them."""

    found: Sequence[Signal] = ()

    @cached_property
    def _places(self) -> Sequence[int]:
        return [signal.at for signal in self.found]

    @cached_property
    def _further(self) -> Mapping[int, Sequence[Signal]]:
        """The signals that cover an event without being carried by it."""
        covering: dict[int, list[Signal]] = {}
        for signal in self.found:
            if len(signal.events) > 1:
                for index in _covered(signal):
                    if index != signal.at:
                        covering.setdefault(index, []).append(signal)
        return covering

    def of(self, index: int) -> Sequence[Signal]:
        """The signals that cover an event, the gravest first."""
        first = bisect_left(self._places, index)
        carried = self.found[first : bisect_right(self._places, index, first)]
        further = self._further.get(index)
        if not further and len(carried) < 2:
            return carried
        return sorted([*carried, *(further or ())], key=lambda signal: _GRAVITY[signal.kind])

    def covered(self, *kinds: Kind) -> frozenset[int]:
        """Indexes of the events that signals of some kinds cover."""
        wanted = frozenset(kinds)
        return frozenset(
            index for signal in self.found if signal.kind in wanted for index in _covered(signal)
        )

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        """How many there are of each kind, the gravest kind first."""
        counted = Counter(signal.kind for signal in self.found)
        return {kind: counted[kind] for kind in Kind if kind in counted}

    @cached_property
    def silences(self) -> Mapping[int, Signal]:
        """The silences by the index of the event that ends them, in order."""
        return {signal.at: signal for signal in self.found if signal.kind is Kind.GAP}


def _covered(signal: Signal) -> tuple[int, ...]:
    # What ends a silence did not begin it.
    return (signal.at,) if signal.kind is Kind.GAP else signal.events


def find(session: Session) -> Signals:
    """All signals of a session, by its own rules."""
    found = [
        *_single_events(session),
        *_rage(session),
        *_back_and_forth(session),
        *_gaps(session),
    ]
    _add_issues(session, found)
    raging = {index for s in found if s.kind is Kind.RAGE for index in s.events}
    found.extend(_repeats(session, raging))
    found.sort(key=attrgetter("at"))
    return Signals(found)


def _single_events(session: Session) -> Iterator[Signal]:
    """What one event tells by itself, or with the click before it."""
    hesitation_ms = session.rules.hesitation_ms
    click: int | None = None
    for index, event in enumerate(session.events):
        # In the order of their numbers: most events are clicks.
        if isinstance(event, Click | Input):
            if isinstance(event, Click):
                click = index
            if event.hesitation_ms is not None and event.hesitation_ms > hesitation_ms:
                yield Signal(Kind.HESITATION, index, (index,), event.hesitation_ms)
        elif isinstance(event, Location):
            judged = session.verdict(index)
            if judged is not None and judged.rating is Rating.POOR:
                yield Signal(Kind.SLOW, index, (index,), judged.value)
        elif isinstance(event, Error):
            yield Signal(Kind.ERROR, index, (index,))
            if click is not None:
                yield from _error_click(session, click, index)
        elif isinstance(event, Crash):
            yield Signal(Kind.CRASH, index, (index,))
        elif isinstance(event, Request) and _has_failed(event, session.rules.failed_status):
            yield Signal(Kind.FAILED, index, (index,), event.status)


def _has_failed(request: Request, failed_status: int) -> bool:
    if request.status is not None:
        return request.status >= failed_status
    return request.is_success is False


def _error_click(session: Session, click: int, error: int) -> Iterator[Signal]:
    later = session.between_ms(click, error)
    # Where times are whole seconds, events of neighbouring ones may be almost two seconds apart.
    most = session.rules.error_after_click_ms - (session.resolution_ms - 1)
    if (
        later is None
        or later > most
        or not session.behind_gaps.isdisjoint(range(click + 1, error + 1))
    ):
        return
    yield Signal(Kind.ERROR_CLICK, click, (click, error), later)


def _rage(session: Session) -> Iterator[Signal]:
    """Hammering, by OpenReplay's own rule.

    Its handler looks at the clicks alone, one after another, whatever else happened between them,
    and a click without a label ends a series.
    """
    if session.resolution_ms > session.rules.rage_apart_ms:
        # Whole seconds say nothing of it; the server's own issues do.
        return
    apart_ms, behind_gaps = session.rules.rage_apart_ms, session.behind_gaps
    series: list[int] = []
    label, latest = "", 0
    for index, event in enumerate(session.events):
        if index in behind_gaps:
            yield from _raged(session, series)
            series = []
        if not isinstance(event, Click):
            continue
        time = event.time_ms
        if series and time is not None and event.label == label and time - latest < apart_ms:
            series.append(index)
            latest = time
            continue
        if len(series) > 1:
            yield from _raged(session, series)
        series = [index] if time is not None and event.label.strip() else []
        label, latest = event.label, time or 0
    yield from _raged(session, series)


def _raged(session: Session, series: Sequence[int]) -> Iterator[Signal]:
    if len(series) >= session.rules.rage_clicks and not _is_usual(session, series[0]):
        yield Signal(Kind.RAGE, series[0], tuple(series), len(series))


def _is_usual(session: Session, index: int) -> bool:
    """Whether fast clicks are how the thing is used: a stepper, paging, a text field."""
    event = session.events[index]
    if not isinstance(event, Click):
        return False
    element = event.selector.rpartition(">")[2].split()
    is_field = bool(element) and element[-1].startswith(("input", "textarea"))
    is_button = is_field and any(word in element[-1] for word in _BUTTONS)
    if is_field and not is_button:
        # Three clicks select the text.
        return True
    return event.label.strip().lower() in session.rules.neutral_labels


_BUTTONS: Final = ("submit", "button", "checkbox", "radio", "reset", "image")


def _repeats(session: Session, raging: set[int]) -> Iterator[Signal]:
    for run in session.runs:
        if raging.isdisjoint(range(run.start, run.end)):
            covered = tuple(range(run.start, run.end))
            yield Signal(Kind.REPEAT, run.start, covered, len(covered))


def _gaps(session: Session) -> Iterator[Signal]:
    before = -1
    latest: int | None = None
    silence_ms, behind_gaps = session.rules.silence_ms, session.behind_gaps
    for index, event in enumerate(session.events):
        # The page samples itself whether or not anybody is there.
        if isinstance(event, Performance):
            continue
        time = event.time_ms
        if time is not None and latest is not None:
            length = time - latest
            if length >= silence_ms and index not in behind_gaps:
                yield Signal(Kind.GAP, index, (before, index), length)
        before, latest = index, time


def _back_and_forth(session: Session) -> Iterator[Signal]:
    """A → B → A and on, each stay elsewhere short."""
    visits = session.visits
    turns: list[int] = []
    for first, (here, there) in enumerate(pairwise(visits)):
        back = visits[first + 2] if first + 2 < len(visits) else None
        is_turn = (
            back is not None
            and here.end == there.start
            and there.end == back.start
            and session.address(here.start) == session.address(back.start)
            and session.address(here.start) != session.address(there.start)
        )
        away = session.between_ms(there.start, back.start) if back is not None else None
        if is_turn and away is not None and away <= session.rules.back_and_forth_ms:
            turns.append(first)
        elif turns:
            yield _turned(session, turns)
            turns = []
    if turns:
        yield _turned(session, turns)


def _turned(session: Session, turns: Sequence[int]) -> Signal:
    opened = [visit.start for visit in session.visits[turns[0] : turns[-1] + 3]]
    return Signal(
        Kind.BACK_AND_FORTH, opened[0], tuple(opened), session.between_ms(opened[1], opened[-1])
    )


_ISSUE_KINDS: Final = {
    "click_rage": Kind.RAGE,
    "tap_rage": Kind.RAGE,
    "dead_click": Kind.DEAD,
    "mouse_thrashing": Kind.THRASHING,
    "incident": Kind.INCIDENT,
    "crash": Kind.CRASH,
    "app_crash": Kind.CRASH,
    "bad_request": Kind.FAILED,
    "js_exception": Kind.ERROR,
}


def _add_issues(session: Session, found: list[Signal]) -> None:
    """Add the server's own findings, each with the events it was made of where they are known.

    What it found in an event that is a signal already joins that one: it is the same thing.
    """
    known = {(signal.kind, signal.at): place for place, signal in enumerate(found)}
    if ISSUE not in session.type_counts:
        return
    for index, event in enumerate(session.events):
        if not isinstance(event, Issue):
            continue
        kind = _ISSUE_KINDS.get(event.issue_type, Kind.ISSUE)
        twins = (place for place in _near(session, index) if _is_twin(event, session.events[place]))
        twin = next((known[kind, place] for place in twins if (kind, place) in known), None)
        if twin is not None:
            signal = found[twin]
            found[twin] = signal._replace(events=tuple(sorted({*signal.events, index})))
            continue
        covered = sorted({index, *_partners(session, index, event, kind)})
        amount = event.count if kind is Kind.RAGE else event.duration_ms
        found.append(Signal(kind, covered[0], tuple(covered), amount, is_server=True))


def _near(session: Session, index: int, later_ms: float = 0) -> Iterator[int]:
    """Indexes of the events about the time of another, to some time later."""
    for step in (-1, 1):
        place = index + step
        while 0 <= place < len(session.events):
            later = session.between_ms(index, place)
            if later is None or not -session.resolution_ms < later <= later_ms:
                break
            yield place
            place += step


def _is_twin(issue: Issue, event: Event) -> bool:
    """Whether an issue is the server's name for an event."""
    match event:
        case Error():
            return not issue.context or event.message in issue.context
        case Request():
            return bool(issue.context) and event.url.startswith(issue.context.partition("?")[0])
        case Crash():
            return True
        case _:
            return False


def _partners(session: Session, index: int, issue: Issue, kind: Kind) -> Iterator[int]:
    """The clicks that an issue was made of: those on its label about its time."""
    label = issue.context or issue.label
    if kind not in {Kind.RAGE, Kind.DEAD} or not label:
        return
    # A server dates a rage by its first click.
    lasts_ms = float(issue.count or 0) * session.rules.rage_apart_ms if kind is Kind.RAGE else 0
    for place in _near(session, index, lasts_ms):
        event = session.events[place]
        if isinstance(event, Click) and event.label == label:
            yield place
