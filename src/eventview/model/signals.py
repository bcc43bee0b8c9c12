"""What is striking in a session: where somebody hammered, waited, failed, or ran into an error.

Finds signals and nothing else: their words are in `eventview.model.signal_words`, the thresholds
in `eventview.model.rules`. What is not sure is not found: a false alarm costs more trust than a
signal that is missing. So where times are whole seconds, a span counts as the longest or the
shortest it may have been, whichever makes no signal. May import `eventview.model`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from eventview.model.rules import RULES

if TYPE_CHECKING:
    from eventview.model.session import Session, Visit


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

    # By identity, which is what tells members apart: Enum's own, in Python, is called once for each
    # of some 70,000 signals wherever they are counted or looked up by kind.
    __hash__ = object.__hash__

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

# By a name of its own: Python takes long to look up a member, and every signal is compared with it.
_GAP: Final = Kind.GAP

GRAVITY: Final[Mapping[Kind, int]] = {kind: place for place, kind in enumerate(Kind)}
"""Where each kind comes among them, the gravest at 0."""

QUIET: Final = frozenset({Kind.HESITATION, Kind.REPEAT})
"""Kinds that every session is full of, and that are no trouble by themselves."""


class Signal(NamedTuple):
    """Something striking."""

    kind: Kind
    at: int
    """Index of the event that carries it: the first it is about, or the one that ends a
    silence."""
    events: tuple[int, ...]
    """Indexes of all events it covers, in order."""
    amount: Number | None = None
    """How much: clicks of a rage or a run, milliseconds of a silence, of a hesitation, from a
    click to the first of its errors or from leaving a page to being back; the status of a request;
    the figure of a load that says most. None where there is no figure."""
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
                for index in about(signal):
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
        return by_gravity([*carried, *(further or ())])

    def carried(self, start: int, end: int) -> Sequence[Signal]:
        """The signals that events from one index to before another carry."""
        return self.found[bisect_left(self._places, start) : bisect_left(self._places, end)]

    def covered(self, *kinds: Kind) -> frozenset[int]:
        """Indexes of the events that signals of some kinds cover."""
        wanted = frozenset(kinds)
        return frozenset(
            index for signal in self.found if signal.kind in wanted for index in about(signal)
        )

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        """How many there are of each kind, the gravest kind first."""
        counted = Counter(signal.kind for signal in self.found)
        return {kind: counted[kind] for kind in Kind if kind in counted}

    @cached_property
    def silences(self) -> Mapping[int, Signal]:
        """The silences by the index of the event that ends them, in order."""
        return {signal.at: signal for signal in self.found if signal.kind is _GAP}


def about(signal: Signal) -> tuple[int, ...]:
    """Indexes of the events that a signal is seen at."""
    # What ends a silence did not begin it.
    return (signal.at,) if signal.kind is _GAP else signal.events


def by_gravity(signals: Iterable[Signal]) -> Sequence[Signal]:
    """Signals with the gravest first."""
    return sorted(signals, key=lambda signal: GRAVITY[signal.kind])


def find(session: Session) -> Signals:
    """All signals of a session, by its own rules."""
    found = [
        *_single_events(session),
        *_rage(session),
        *_back_and_forth(session),
        *_gaps(session),
    ]
    _add_issues(session, found)
    told = {Kind.RAGE, Kind.REPEAT}
    raging = {index for s in found if s.kind in told for index in s.events}
    found.extend(_repeats(session, raging))
    found.sort(key=attrgetter("at"))
    return Signals(found)


def _single_events(session: Session) -> Iterator[Signal]:
    """What one event tells by itself, or with the click before it."""
    hesitation_ms, hesitation = session.rules.hesitation_ms, Kind.HESITATION
    click: int | None = None
    came_of: dict[int, list[int]] = {}
    for index, event in enumerate(session.events):
        # In the order of their numbers: most events are clicks.
        if isinstance(event, Click):
            click = index
            if event.hesitation_ms is not None and event.hesitation_ms > hesitation_ms:
                yield Signal(hesitation, index, (index,), event.hesitation_ms)
        elif isinstance(event, Input):
            if event.hesitation_ms is not None and event.hesitation_ms > hesitation_ms:
                yield Signal(hesitation, index, (index,), event.hesitation_ms)
        elif isinstance(event, Location):
            judged = session.verdict(index)
            if judged is not None and judged.rating is Rating.POOR:
                yield Signal(Kind.SLOW, index, (index,), judged.value)
        elif isinstance(event, Error):
            yield Signal(Kind.ERROR, index, (index,))
            if click is not None and _may_come_of(session, click, index):
                came_of.setdefault(click, []).append(index)
        elif isinstance(event, Crash):
            yield Signal(Kind.CRASH, index, (index,))
        elif isinstance(event, Request) and _has_failed(event, session.rules.failed_status):
            yield Signal(Kind.FAILED, index, (index,), event.status)
    # One for a click, however many errors came of it: it is one thing that does not work.
    for cause, errors in came_of.items():
        first_ms = session.between_ms(cause, errors[0])
        yield Signal(Kind.ERROR_CLICK, cause, (cause, *errors), first_ms)


def _has_failed(request: Request, failed_status: int) -> bool:
    if request.status is not None:
        return request.status >= failed_status
    return request.is_success is False


def _may_come_of(session: Session, click: int, error: int) -> bool:
    later = session.between_ms(click, error)
    most = session.rules.error_after_click_ms - _slack_ms(session)
    return later is not None and later <= most and _is_whole(session, click, error)


def _slack_ms(session: Session) -> int:
    """By how much the time between two events may be longer, or shorter, than it looks."""
    return session.resolution_ms - 1


def _is_whole(session: Session, first: int, last: int) -> bool:
    """Whether all events between two have come."""
    return session.behind_gaps.isdisjoint(range(first + 1, last + 1))


def _rage(session: Session) -> Iterator[Signal]:
    """Hammering, by OpenReplay's own rule.

    Its handler looks at the clicks alone, one after another, whatever else happened between them,
    and a click without a label ends a series.
    """
    apart_ms, behind_gaps = session.rules.rage_apart_ms - _slack_ms(session), session.behind_gaps
    if apart_ms <= 0:
        # Whole seconds say nothing of it; the server's own issues do.
        return
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
    # Three clicks select a text.
    is_field = _is_text_field(event.selector) or event.label in session.field_labels
    return is_field or _is_neutral(session, event.label)


_AROUND_WORDS: Final = " .…‹›«»<>→←↑↓▲▼◀▶#"
_STEPPED: Final = frozenset({"increase", "decrease", "increment", "decrement"})


def _is_neutral(session: Session, label: str) -> bool:
    """Whether a label is that of a stepper or of paging, arrows around it or not: `Next ›`."""
    named = label.strip().lower()
    bare = named.strip(_AROUND_WORDS)
    neutral = session.rules.neutral_labels
    is_step = named[:1] in "+-−" and named[1:].strip().isdecimal()
    return named in neutral or bare in neutral or is_step or bare.split(" ")[0] in _STEPPED


_PARTS: Final = re.compile(r"(?P<between>[\s>+~]+)|\[[^\]]{0,500}\]|\([^)]{0,500}\)|[^\s>+~\[(]+|.")
"""What stands between the elements of a selector, which is not what is inside brackets; and all
else. Bounded, so that a hostile one costs no more than its length."""

_FIELD: Final = re.compile(r"(?:input|textarea)(?![\w-])", re.IGNORECASE)
_TYPE: Final = re.compile(r"\[type[~|^$*]?=[\"']?(\w+)", re.IGNORECASE)
_BUTTON_TYPES: Final = frozenset({"submit", "button", "reset", "image", "checkbox", "radio"})
_BUTTON_NAME: Final = re.compile(
    r"(?<![a-z])(?:submit|button|btn|checkbox|radio)(?![a-z])", re.IGNORECASE
)


def _is_text_field(selector: str) -> bool:
    """Whether a CSS selector ends in an element to type into, as far as it says."""
    selector = selector.strip()
    start = max((part.end() for part in _PARTS.finditer(selector) if part["between"]), default=0)
    element = selector[start:]
    found = _FIELD.match(element)
    if found is None:
        return False
    if found[0].lower() == "textarea":
        return True
    typed = _TYPE.search(element)
    if typed is not None:
        return typed[1].lower() not in _BUTTON_TYPES
    return _BUTTON_NAME.search(element) is None


def _repeats(session: Session, raging: set[int]) -> Iterator[Signal]:
    for run in session.runs:
        places = range(run.start, run.end)
        clicks = tuple(places)
        if len(clicks) > run.clicks:
            clicks = tuple(index for index in places if isinstance(session.events[index], Click))
        if raging.isdisjoint(clicks):
            yield Signal(Kind.REPEAT, run.start, clicks, run.clicks)


def _gaps(session: Session) -> Iterator[Signal]:
    least_ms = session.rules.silence_ms + _slack_ms(session)
    for index, delta_ms in enumerate(session.deltas_ms):
        if delta_ms is None or delta_ms < least_ms:
            continue
        # The page samples itself whether or not anybody is there.
        if not isinstance(session.events[index], Performance):
            yield Signal(Kind.GAP, index, (_happened_before(session, index), index), delta_ms)


def _happened_before(session: Session, index: int) -> int:
    before = range(index - 1, -1, -1)
    return next(i for i in before if not isinstance(session.events[i], Performance))


def _back_and_forth(session: Session) -> Iterator[Signal]:
    """A → B → A and on, each stay elsewhere short."""
    visits = session.visits
    turns: list[int] = []
    for first, (here, there) in enumerate(pairwise(visits)):
        back = visits[first + 2] if first + 2 < len(visits) else None
        if back is not None and _is_turn(session, here, there, back):
            turns.append(first)
        elif turns:
            yield _turned(session, turns)
            turns = []
    if turns:
        yield _turned(session, turns)


def _is_turn(session: Session, here: Visit, there: Visit, back: Visit) -> bool:
    home = session.address(here.start)
    if home != session.address(back.start) or home == session.address(there.start):
        return False
    stay, away = (
        session.between_ms(first.start, second.start)
        for first, second in ((here, there), (there, back))
    )
    if away is None or away > session.rules.back_and_forth_ms - _slack_ms(session):
        return False
    # Which of two pages of one second came first is not known, and who is back at once has been
    # sent there and back.
    is_in_order = away >= _REDIRECT_MS and (session.resolution_ms == 1 or bool(stay))
    return is_in_order and _is_whole(session, here.start, back.start)


_REDIRECT_MS: Final = 1_000
"""A stay shorter than this is no person's; our own choice."""


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
    if ISSUE not in session.type_counts:
        return
    places: defaultdict[tuple[Kind, int | None], list[int]] = defaultdict(list)
    raging: dict[int, int] = {}
    for place, signal in enumerate(found):
        places[signal.kind, session.events[signal.at].time_ms].append(place)
        if signal.kind is Kind.RAGE:
            raging.update(dict.fromkeys(signal.events, place))
    clicks = _timed_clicks(session)
    for index, event in enumerate(session.events):
        if not isinstance(event, Issue):
            continue
        kind = _ISSUE_KINDS.get(event.issue_type, Kind.ISSUE)
        partners = _partners(session, event, kind, clicks)
        known = (raging[place] for place in partners if place in raging)
        twins = known if kind is Kind.RAGE else _twins(session, event, kind, found, places)
        twin = next(twins, None)
        if twin is not None:
            signal = found[twin]
            found[twin] = signal._replace(events=tuple(sorted({*signal.events, index})))
            continue
        covered = sorted({index, *partners})
        amount = event.count if kind is Kind.RAGE else event.duration_ms
        if kind is Kind.RAGE and _is_neutral(session, event.context or event.label):
            kind = Kind.REPEAT
        found.append(Signal(kind, covered[0], tuple(covered), amount, is_server=True))


def _twins(
    session: Session,
    issue: Issue,
    kind: Kind,
    found: Sequence[Signal],
    places: Mapping[tuple[Kind, int | None], Sequence[int]],
) -> Iterator[int]:
    """Places of the signals in the very thing that an issue is about, the likeliest first.

    The server dates both alike.
    """
    alike = () if issue.time_ms is None else places.get((kind, issue.time_ms), ())
    twins = [place for place in alike if _is_twin(issue, session.events[found[place].at])]
    return iter(sorted(twins, key=lambda place: not _is_named(issue, session, found[place].at)))


def _is_named(issue: Issue, session: Session, index: int) -> bool:
    event = session.events[index]
    return isinstance(event, Request) and event.url == issue.context


def _is_twin(issue: Issue, event: Event) -> bool:
    """Whether an issue is the server's name for an event."""
    about = issue.context
    match event:
        case Error():
            said = event.message or event.name
            return not about or (bool(said) and (said in about or about in said))
        case Request():
            return bool(about) and event.url.partition("?")[0] == about.partition("?")[0]
        case Crash():
            return True
        case _:
            return False


class _Clicks(NamedTuple):
    """The clicks on one label, in order."""

    times_ms: list[int]
    indexes: list[int]


def _timed_clicks(session: Session) -> Mapping[str, _Clicks]:
    clicks: dict[str, _Clicks] = {}
    for index, event in enumerate(session.events):
        if isinstance(event, Click) and event.label.strip() and event.time_ms is not None:
            own = clicks.setdefault(event.label, _Clicks([], []))
            own.times_ms.append(event.time_ms)
            own.indexes.append(index)
    return clicks


def _partners(
    session: Session, issue: Issue, kind: Kind, clicks: Mapping[str, _Clicks]
) -> Sequence[int]:
    """The clicks that an issue was made of: those on its label about its time."""
    own = clicks.get(issue.context or issue.label)
    if own is None or kind not in {Kind.RAGE, Kind.DEAD} or issue.time_ms is None:
        return ()
    lasts_ms: Number = 0
    if kind is Kind.RAGE:
        # The server dates a rage by its first click, and by its own rule, whatever ours is.
        spans = (issue.count or RULES.rage_clicks) - 1
        lasts_ms = spans * RULES.rage_apart_ms + _slack_ms(session)
    first = bisect_left(own.times_ms, issue.time_ms)
    return own.indexes[first : bisect_right(own.times_ms, issue.time_ms + lasts_ms, first)]
