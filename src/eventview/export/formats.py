"""Export formats of a session by name and by file ending, with the rows of text and CSV.

CSV is UTF-8 with a byte order mark, which Excel needs to recognise it. A cell that a spreadsheet
would run as a formula begins with an apostrophe, which Excel and LibreOffice show instead (OWASP,
CSV Injection).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Final

from eventview.analysis import descriptions
from eventview.export import json_records
from eventview.export.snapshot import ExportSnapshot
from eventview.progress import track
from eventview.render import rows, summary
from eventview.session.event_text import describe_event_raw, url_of
from eventview.session.events import Event, Location, all_fields, fields_of
from eventview.session.text import fit, shorten, width
from eventview.view import time_display
from eventview.view.view import View

_WHAT_LIMIT: Final = 1000
"""Characters of one event's text; the JSON formats have all of it."""

_COLUMN_LIMIT: Final = 24
"""Width limit of a column, so that one long type does not push the texts off the screen."""

_TEXT_COLUMNS: Final = ("TIME", "Δ", "TYPE", "SIGNAL", "WHAT")


def plain_lines(snapshot: ExportSnapshot) -> Iterator[str]:
    """Yield the head, the column titles and the rows."""
    snapshot = snapshot.flat()
    view = snapshot.view
    yield from _head(snapshot)
    if not view.rows:
        return
    cells = [_TEXT_COLUMNS]
    for index in track(view.rows, "preparing", len(view.rows)):
        row = rows.build_row(view.analysis, index, snapshot.clock)
        # The most severe badge is first, because the column may cut the others.
        badges = " · ".join(badge.text for badge in reversed(row.badges))
        cells.append((row.time, row.delta, row.type, badges, row.what))
    # Most cells recur.
    time, delta, kind, signal = (
        max(map(width, set(column))) for column in list(zip(*cells, strict=True))[:4]
    )
    fit_known = lru_cache(maxsize=4096)(fit)
    kind, signal = min(kind, _COLUMN_LIMIT), min(signal, _COLUMN_LIMIT)
    silences = dict(view.silence_lines)
    for number, texts in enumerate(cells, start=-1):
        if number >= 0 and view.rows[number] in view.group_starts:
            # Groups of lines are separated as in grep's output.
            yield "--"
        if number in silences:
            silence = descriptions.describe_silence(view.session, silences[number])
            yield f"{'':{time + delta + 3}}  ┄┄ {silence} ┄┄"
        parts = (
            # All characters of a time take one cell.
            (" " if number < 0 else _mark(view, view.rows[number])) + texts[0].rjust(time),
            texts[1].rjust(delta),
            fit_known(texts[2], kind),
            fit_known(texts[3], signal),
            shorten(texts[4], _WHAT_LIMIT),
        )
        yield "  ".join(parts).rstrip()


def _mark(view: View, index: int) -> str:
    """Return `>` for the event of `--at`, `*` for a hit, `·` for context near a match."""
    if view.about == index:
        return ">"
    if view.is_hit(index):
        return "*"
    return "·" if view.is_around(index) else " "


def _head(snapshot: ExportSnapshot) -> Iterator[str]:
    view = snapshot.view
    yield summary.summary_line(view)
    options = snapshot.described()
    if options:
        yield f"{options} · {rows.describe_hits(view)} marked *" if view.options.find else options
    if snapshot.clock != time_display.SINCE_START:
        yield f"times: {rows.time_display_name(view.session, snapshot.clock)}"
    if snapshot.redaction:
        yield snapshot.redaction
    yield ""


_COLUMNS: Final = (
    "n", "time", "utc", "offset_ms", "delta_ms", "type", "what", "label", "value", "selector",
    "url", "page", "page_n", "load", "signals", "hit", "title", "context",
)  # fmt: skip

CSV_COLUMNS: Final = tuple(
    dict.fromkeys([*_COLUMNS, *(info.column for _, _, info in all_fields() if info.column)])
)
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
    import csv  # noqa: PLC0415  # only this format needs it

    # `writerow` returns the result of the file's `write`.
    format_row = csv.writer(SimpleNamespace(write=str), lineterminator="").writerow
    view = snapshot.flat().view
    session, analysis = view.session, view.analysis
    has_find, has_context = bool(view.options.find), any(view.options.reach)
    yield f"\ufeff{format_row(CSV_COLUMNS)}"
    for index in view.rows:
        event = session.events[index]
        number, page = session.visit_number(index), session.page(index)
        cells: dict[str, object] = {
            "n": session.number(index),
            "time": _guard_formula(rows.format_time(session, index, snapshot.clock)),
            "utc": _guard_formula(rows.format_date(session, event.time_ms)),
            "offset_ms": None if session.is_stray(index) else session.offset_ms(index),
            "delta_ms": session.delta_ms(index),
            "type": _guard(event.type),
            "what": _guard(describe_event_raw(event)),
            "url": _guard(url_of(event)),
            "page": "" if page is None else _guard(describe_event_raw(page)),
            "page_n": None if number is None else number + 1,
            "signals": " ".join(signal.kind.key for signal in analysis.signals.of(index)),
        }
        if type(event) is Location:
            cells["load"] = _guard(descriptions.describe_load(analysis, index))
        if has_find:
            cells["hit"] = "yes" if view.is_hit(index) else "no"
        if has_context:
            cells["context"] = "yes" if view.is_around(index) else "no"
        for name, column in _columns_of(type(event)):
            cell = getattr(event, name)
            cells[column] = _guard(cell) if isinstance(cell, str) else cell
        yield format_row(map(cells.get, CSV_COLUMNS))


@cache
def _columns_of(event_class: type[Event]) -> Sequence[tuple[str, str]]:
    """Return the fields of an event type that have a column of their own, each with its column."""
    catalogue = fields_of(event_class).items()
    return [(name, info.column) for name, info in catalogue if info.column]


# Most cells recur; times do not.
@lru_cache(maxsize=4096)
def _guard(cell: str) -> str:
    """Return a cell that no spreadsheet runs, and that is not too long for Excel."""
    # The apostrophes count towards the limit, beyond which Excel begins a new cell.
    return shorten(_guard_formula(cell), _CELL_LIMIT)


def _guard_formula(cell: str) -> str:
    return _GUARDED.sub(lambda start: f"{start[1]}'", cell)


def _ticket(name: str, snapshot: ExportSnapshot) -> Iterator[str]:
    from eventview.export import markup, ticket_text  # noqa: PLC0415  # only tickets need these

    return ticket_text.ticket_lines(
        snapshot, markup.Jira() if name == "jira" else markup.Markdown()
    )


FORMATS: Mapping[str, Callable[[ExportSnapshot], Iterator[str]]] = {
    "text": plain_lines,
    "md": partial(_ticket, "md"),
    "json": json_records.json_lines,
    "ndjson": json_records.ndjson_lines,
    "csv": csv_lines,
    "jira": partial(_ticket, "jira"),
}
"""Formats by their name for `--format`; each yields lines without line ends."""

HAS_REPLAY: Final = frozenset({"md", "json", "jira"})
"""Formats with a link to the replay."""

TICKETS: Final = frozenset({"md", "jira"})
"""Formats that are tickets, about the marked events if there are any."""

ENDINGS: Final = ".md .json .ndjson .csv .txt .jira"
"""File endings with a format, for prompts and messages."""

_ENDINGS: Final = {"txt": "text", "markdown": "md", "jsonl": "ndjson"}


def format_of(path: Path) -> str | None:
    """Return the format for the ending of a file's name; None for any other ending."""
    ending = path.suffix.removeprefix(".").lower()
    name = _ENDINGS.get(ending, ending)
    return name if name in FORMATS else None
