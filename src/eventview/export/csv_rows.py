"""Export of a view as CSV for spreadsheets, one row per event.

The encoding is UTF-8 with a byte order mark, which Excel needs to recognise it. A cell that a
spreadsheet would run as a formula begins with an apostrophe, which Excel and LibreOffice show
instead (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Final

from eventview.analysis import descriptions
from eventview.export.snapshot import ExportSnapshot
from eventview.render import rows
from eventview.session import timefmt
from eventview.session.events import (
    Click,
    Event,
    Input,
    Location,
    Swipe,
    Tap,
    describe_event_raw,
    url_of,
)
from eventview.session.text import shorten

COLUMNS: Final = (
    "n", "time", "utc", "offset_ms", "delta_ms", "type", "what", "label", "value", "selector",
    "url", "page", "page_n", "load", "signals", "hit", "title",
    "context",
)  # fmt: skip
"""Columns in order; later versions may add some at the end."""

_CELL_LIMIT: Final = 32_000
"""Characters of a cell; Excel takes 32,767."""

_GUARDED: Final = re.compile(
    r"(^|[;|\t])(?=[\s\"\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]*"
    r"[=+\-@\t\r＝＋－＠﹢﹣﹦﹫])"
)
"""Places where a formula may begin: the start of the text, and after separators of other readers
(Excel splits at semicolons in half of Europe). Readers drop blanks, quotes and invisible characters
before it; LibreOffice also reads full-width and small signs in some locales."""


def csv_lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """Yield the titles and the rows."""
    view = snapshot.flat().view
    session = view.session
    yield "\ufeff" + _format_row(COLUMNS)
    for index in view.rows:
        event = session.events[index]
        time, number, page = event.time_ms, session.visit_number(index), session.page(index)
        yield _format_row(
            (
                session.number(index),
                rows.format_time(session, index, snapshot.clock),
                "" if time is None else timefmt.format_date_clock(time, UTC, session.step_ms(time)),
                None if session.is_stray(index) else session.offset_ms(index),
                session.delta_ms(index),
                event.type,
                describe_event_raw(event),
                *_label_value_selector(event),
                url_of(event),
                "" if page is None else describe_event_raw(page),
                None if number is None else number + 1,
                descriptions.describe_load(view.analysis, index),
                " ".join(signal.kind.value for signal in view.analysis.signals.of(index)),
                ("yes" if view.is_hit(index) else "no") if view.options.find else "",
                event.title if isinstance(event, Location) else "",
                ("yes" if view.is_around(index) else "no") if any(view.options.reach) else "",
            )
        )


def _label_value_selector(event: Event) -> tuple[str, str, str]:
    match event:
        case Click():
            return event.label, "", event.selector
        case Input():
            return event.label, event.value or "", ""
        case Tap() | Swipe():
            return event.label, "", ""
    return "", "", ""


def _format_row(cells: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_guard(cell) for cell in cells])
    return line.getvalue()


def _guard(value: object) -> object:
    if not isinstance(value, str):
        return value
    # The apostrophes count towards the limit, beyond which Excel begins a new cell.
    return shorten(_GUARDED.sub(r"\1'", value), _CELL_LIMIT)
