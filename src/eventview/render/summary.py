"""Overview of a session: duration, pages, signals, user and browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from eventview.analysis import descriptions
from eventview.analysis.analysis import Analysis
from eventview.analysis.load_verdicts import LOADING_METRICS, Verdict, find_verdict
from eventview.analysis.signals import Severity
from eventview.progress import track
from eventview.render import rows
from eventview.render.event_fields import Field
from eventview.session import timefmt
from eventview.session.event_text import describe_event, identify_page
from eventview.session.events import Event, Location
from eventview.session.folding import decode_address
from eventview.session.session import Session
from eventview.session.text import clean, shorten
from eventview.view.view import View

_PAGE_LIMIT = 60
"""Characters of a page's address, enough to recognise it."""

_STRAY_LIMIT = 5
"""Stray events listed after the first."""

_SEVERITY_NAMES = {
    Severity.SEVERE: "went wrong",
    Severity.NOTABLE: "noticeable",
    Severity.NEUTRAL: "in passing",
}

_ATTRIBUTES = (
    ("user", "$user_id"),
    ("browser", "$browser"),
    ("system", "$os"),
    ("platform", "$device"),
    ("country", "$country"),
)
"""Session attributes and their fields in the events of API v2; v1 sends none."""


def summary_fields(analysis: Analysis) -> Sequence[Field]:
    """Return the overview as fields, the most important first."""
    session = analysis.session
    started = rows.format_date(session, session.start_ms)
    missing = rows.describe_missing(session)
    notes = [f"incomplete: {missing}"] if missing else []
    notes += [rows.describe_duplicates(session)] if session.doubled else []
    return [
        Field("duration", rows.format_length(session), f"from {started}" if started else ""),
        *_stray_fields(session),
        Field("events", f"{len(session.events):,}", " · ".join(notes)),
        *_page_fields(session),
        _slowest_field(analysis),
        _silence_field(analysis),
        *_signal_fields(analysis),
        *(Field(name, value) for name, value in session_attributes(session)),
    ]


def _stray_fields(session: Session) -> Iterator[Field]:
    if not session.strays:
        return
    first, *others = session.strays
    clock = rows.format_date(session, session.events[first].time_ms)
    note = f"#{session.number(first)} is at {clock}, {rows.describe_stray(session, first)}"
    if others:
        numbers = ", ".join(f"#{session.number(index)}" for index in others[:_STRAY_LIMIT])
        note += f"; {numbers}{' …' if len(others) > _STRAY_LIMIT else ''} too"
    total = rows.pluralize(len(session.strays), "event")
    yield Field("stray times", total, f"not credible: {note}")


def _page_fields(session: Session) -> Iterator[Field]:
    distinct = len({identify_page(session.address(visit.start)) for visit in session.visits})
    note = f"{distinct:,} different" if distinct < len(session.visits) else ""
    yield Field("pages", f"{len(session.visits):,}", note)
    if session.visits:
        yield Field("entry", _page(session, session.visits[0].start))
        yield Field("exit", _page(session, session.visits[-1].start))


def _page(session: Session, index: int) -> str:
    """Return a page's address without its query."""
    event = session.events[index]
    path = event.path if isinstance(event, Location) else ""
    return shorten(decode_address(path) or describe_event(event), _PAGE_LIMIT)


def find_slowest_load(analysis: Analysis) -> tuple[int, Verdict] | None:
    """Return the page whose load exceeds its bound the most, and the verdict on it.

    INP and CLS are left out, because they measure the page after its load.

    Returns:
        The index of its LOCATION and the verdict; None if no load was rated.
    """
    bands, found = analysis.rules.bands, None
    most = -1.0
    visits = analysis.session.visits
    for visit in track(visits, "rating", len(visits), "page loads", is_part=True):
        verdict = find_verdict(analysis.own_load(visit.start), bands, LOADING_METRICS)
        if verdict is None or verdict.rating is None:
            continue
        share = verdict.value / (bands[verdict.metric.key].poor or 1)
        if share > most:
            found, most = (visit.start, verdict), share
    return found


def _slowest_field(analysis: Analysis) -> Field:
    session = analysis.session
    found = find_slowest_load(analysis)
    if found is None:
        return Field("slowest load", "none was measured")
    index, verdict = found
    place = f"{_page(session, index)} at {rows.format_time(session, index)}"
    return Field("slowest load", descriptions.format_verdict(verdict), place)


def _silence_field(analysis: Analysis) -> Field:
    session = analysis.session
    silences = analysis.signals.silences.values()
    if not silences:
        limit = timefmt.format_span(analysis.rules.silence_ms)
        return Field("silence", f"none of {limit} or more")
    longest = max(silences, key=lambda signal: signal.amount or 0)
    ends = f"until {rows.format_time(session, longest.at)}"
    return Field(
        "silence",
        timefmt.format_span(round(longest.amount or 0), session.resolution_ms),
        f"the longest of {len(silences):,}, {ends}" if len(silences) > 1 else ends,
    )


def _signal_fields(analysis: Analysis) -> Iterator[Field]:
    counts = analysis.signals.counts
    if not counts:
        yield Field("signals", "none")
    for severity, name in _SEVERITY_NAMES.items():
        own = {kind: number for kind, number in counts.items() if kind.severity is severity}
        if own:
            yield Field(name, descriptions.describe_counts(own))


def session_attributes(session: Session) -> Iterator[tuple[str, str]]:
    """Yield the attributes of the session that were sent, such as user, browser and country."""
    found = _find_attributes(session.events)
    for name, field in _ATTRIBUTES:
        value = found.get(field, "")
        if name == "user":
            value = value or session.session_ref.user
        if value:
            yield name, clean(value)


def _find_attributes(events: Sequence[Event]) -> Mapping[str, str]:
    """Return the first text that is not blank of each attribute's field."""
    found: dict[str, str] = {}
    missing = [field for _, field in _ATTRIBUTES]
    for event in track(events, "looking for attributes in", len(events), is_part=True):
        if isinstance(event.sent, msgspec.Raw):
            # Decoding every event of a session that lacks one would take longer than reading it.
            text = bytes(event.sent)
            # All of the names begin with this.
            if b'"$' not in text or not any(f'"{name}"'.encode() in text for name in missing):
                continue
        raw = event.raw
        if isinstance(raw, Mapping):
            sent = {field: raw.get(field) for field in missing}
            found |= {f: text for f, text in sent.items() if isinstance(text, str) and text.strip()}
            missing = [field for field in missing if field not in found]
        if not missing:
            break
    return found


def summary_line(view: View) -> str:
    """Describe the session, and how much of it is shown, in one line."""
    session = view.session
    parts = [
        rows.session_name(session),
        rows.format_length(session),
        rows.describe_counts(view),
        rows.describe_pages(session),
    ]
    if session.visits:
        entry, end = (_page(session, session.visits[place].start) for place in (0, -1))
        parts.append(f"{entry} → {end}")
    missing = rows.describe_missing(session)
    parts += [f"incomplete: {missing}"] if missing else []
    parts.append(rows.describe_duplicates(session))
    if session.strays:
        parts.append(f"stray times: {rows.pluralize(len(session.strays), 'event')}")
    found = find_slowest_load(view.analysis)
    if found is not None:
        index, verdict = found
        load = descriptions.format_verdict(verdict)
        parts.append(f"slowest load {load} ({_page(session, index)})")
    if view.analysis.signals.silences:
        parts.append(f"longest silence {_silence_field(view.analysis).value}")
    parts.append(descriptions.describe_counts(view.analysis.signals.counts))
    attributes = dict(session_attributes(session))
    parts.append(", ".join(attributes[k] for k in ("browser", "country") if k in attributes))
    started = rows.format_date(session, session.start_ms)
    parts += [f"from {started}"] if started else []
    return " · ".join(part for part in parts if part)
