"""The view as CSV: a row an event, for spreadsheets.

UTF-8 with a byte order mark, without which Excel takes it for something else. No cell begins with
what a spreadsheet takes for a formula: such a one is led by an apostrophe, which Excel and
LibreOffice show and do not run (OWASP, CSV Injection).
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
from eventview.session.events import Click, Event, Input, Location, Swipe, Tap, url_of, what_sent
from eventview.session.text import shorten

COLUMNS: Final = (
    "n", "time", "utc", "offset_ms", "delta_ms", "type", "what", "label", "value", "selector",
    "url", "page", "page_n", "load", "signals", "hit", "title",
    "context",
)  # fmt: skip
"""The columns, in order; later versions may add some at the end."""

_CELL_LIMIT: Final = 32_000
"""Characters of a cell: Excel takes 32,767."""

_GUARDED: Final = re.compile(
    r"(^|[;|\t])(?=[\s\"\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]*"
    r"[=+\-@\t\r＝＋－＠﹢﹣﹦﹫])"
)
"""The places where a cell may begin with a formula: the start of the text, and behind what other
readers take for commas (Excel takes semicolons in half of Europe). Blanks, quotes and characters
without ink are no protection, as readers drop them; signs in full width and small ones are those
that LibreOffice reads in some locales."""


def lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """Titles and rows."""
    view = snapshot.flat().view
    session = view.session
    # The mark belongs to the first line: there is nothing before it.
    yield "\ufeff" + _written(COLUMNS)
    for index in view.rows:
        event = session.events[index]
        time, number, page = event.time_ms, session.visit_number(index), session.page(index)
        yield _written(
            (
                session.number(index),
                rows.moment(session, index, snapshot.clock),
                "" if time is None else timefmt.date_clock(time, UTC, session.step_ms(time)),
                None if session.is_stray(index) else session.offset_ms(index),
                session.delta_ms(index),
                event.type,
                what_sent(event),
                *_own(event),
                url_of(event),
                "" if page is None else what_sent(page),
                None if number is None else number + 1,
                descriptions.load_words(view.analysis, index),
                " ".join(signal.kind.value for signal in view.analysis.signals.of(index)),
                ("yes" if view.is_hit(index) else "no") if view.options.find else "",
                event.title if isinstance(event, Location) else "",
                ("yes" if view.is_around(index) else "no") if any(view.options.reach) else "",
            )
        )


def _own(event: Event) -> tuple[str, str, str]:
    """Label, value and selector of an event."""
    match event:
        case Click():
            return event.label, "", event.selector
        case Input():
            return event.label, event.value or "", ""
        case Tap() | Swipe():
            return event.label, "", ""
    return "", "", ""


def _written(cells: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    # Shortened last, as the apostrophes count: what is too long for Excel goes on in a new cell.
    return shorten(_GUARDED.sub(r"\1'", value), _CELL_LIMIT)
