"""Layout of a ticket in any markup, within the length limit of its tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from eventview.export.markup import Markup
from eventview.export.snapshot import ExportSnapshot
from eventview.export.ticket import Ticket, TicketRow, build_ticket
from eventview.export.ticket_evidence import EvidenceFigure
from eventview.session.text import Inline, UserText

_SHORT_BLOCK = 15
"""Lines of a block from which it is folded away, if the markup can."""

CUT: Final = "Cut here"
"""First words of the last line of a ticket that is cut to its tracker's limit."""

_TO_FILL_IN = "(fill in)"
_PRECONDITION = "(fill in: account, data, settings)"


class _Row(NamedTuple):
    """A line of the document."""

    text: str
    closing: Sequence[str] = ()
    """Lines that must follow if the document is cut after this one."""
    part: str = ""
    """Title of the part that begins with it."""


def ticket_lines(snapshot: ExportSnapshot, markup: Markup) -> Iterator[str]:
    """Yield the lines of a snapshot's ticket; a last line says if it is cut to the limit."""
    kept: list[_Row] = []
    size, parts = 0, ["the title"]
    for row in _lay_out(build_ticket(snapshot), markup):
        size += _count_units(row.text)
        if size > markup.limit:
            break
        kept.append(row)
    else:
        yield from (row.text for row in kept)
        return
    size = sum(_count_units(row.text) for row in kept)
    while True:
        parts = [row.part for row in kept if row.part] or parts
        notice = markup.own(
            f"{CUT}: the rest of “{parts[-1]}” and all that follows is left out, because "
            f"{markup.tracker} takes {markup.limit:,} characters."
        )
        closing = [*kept[-1].closing, "", notice]
        if size + sum(map(_count_units, closing)) <= markup.limit:
            break
        size -= _count_units(kept.pop().text)
    yield from (row.text for row in kept)
    yield from closing


def _count_units(line: str) -> int:
    """Return the UTF-16 units of a line; browsers send its end as two."""
    return len(line.encode("utf-16-le", "surrogatepass")) // 2 + 2


def _lay_out(ticket: Ticket, markup: Markup) -> Iterator[_Row]:
    yield _Row(markup.heading(2, _render(ticket.title, markup)))
    yield _Row("")
    facts = [_fact(name, words, markup) for name, words in ticket.facts]
    replay = _fact("replay", ticket.no_link, markup)
    if ticket.link:
        link = markup.link("watch it at this moment", ticket.link)
        replay = f"{markup.strong('replay:')} {link}"
    yield from _plain(markup.items([*facts, replay, *map(markup.own, ticket.notes)]))
    yield from _evidence(ticket, markup)
    if ticket.is_of_page:
        yield from _load(ticket, markup)
    yield from _part(ticket.rows_title, markup)
    yield from _plain(_table(ticket.time_title, ticket.rows, markup))
    yield from _steps(ticket, markup)
    yield from _signals(ticket, markup)
    if not ticket.is_of_page:
        yield from _load(ticket, markup)
    if ticket.command:
        yield from _part("See it in the terminal", markup)
        yield from _block((ticket.command,), markup, "sh")
    if ticket.view_title:
        yield from _view(ticket, markup)


def _plain(texts: Iterable[str]) -> Iterator[_Row]:
    return map(_Row, texts)


def _part(title: str, markup: Markup) -> Iterator[_Row]:
    yield _Row("")
    yield _Row(markup.heading(3, markup.own(title)), part=title)
    yield _Row("")


def _render(words: Inline, markup: Markup) -> str:
    return "".join(
        markup.foreign(part.text) if isinstance(part, UserText) else markup.own(part)
        for part in words
    )


def _fact(name: str, words: Inline, markup: Markup) -> str:
    return f"{markup.strong(f'{name}:')} {_render(words, markup)}"


def _block(text: Sequence[str], markup: Markup, language: str = "text") -> Iterator[_Row]:
    opening, *inner, closing = markup.block(text, language)
    for line in (opening, *inner):
        yield _Row(line, (closing,))
    yield _Row(closing)


def _folded(summary: str, rows: Iterable[_Row], markup: Markup) -> Iterator[_Row]:
    opening, closing = markup.fold(summary)
    for text in opening:
        yield _Row(text, closing)
    for row in rows:
        yield row._replace(closing=[*row.closing, *closing])
    yield from _plain(closing)


def _evidence(ticket: Ticket, markup: Markup) -> Iterator[_Row]:
    found = ticket.evidence
    if found is None:
        return
    yield from _part(found.title, markup)
    yield from _plain(markup.items(_fact(name, words, markup) for name, words in found.facts))
    for number, block in enumerate(found.blocks):
        if number or found.facts:
            yield _Row("")
        rows = _block(block.lines, markup)
        if len(block.lines) > _SHORT_BLOCK and markup.fold("")[0]:
            yield from _folded(f"{block.name}, {len(block.lines)} lines", rows, markup)
        else:
            yield _Row(markup.strong(f"{block.name}:"))
            yield _Row("")
            yield from rows


def _table(time_title: str, rows: Iterable[TicketRow], markup: Markup) -> Iterator[str]:
    titles = ["#", markup.own(time_title), "Δ", "type", "what", "finding"]
    return markup.table(titles, (_cells(line, markup) for line in rows))


def _cells(line: TicketRow, markup: Markup) -> Sequence[str]:
    return (
        markup.own(f"{line.number} ←" if line.is_focus else line.number),
        markup.own(line.time),
        markup.own(line.delta),
        markup.cell(line.type),
        markup.cell(line.what),
        "".join(
            markup.cell(part.text) if isinstance(part, UserText) else markup.own(part)
            for part in line.signal
        ),
    )


def _steps(ticket: Ticket, markup: Markup) -> Iterator[_Row]:
    if not ticket.steps:
        return
    yield from _part("How to reproduce", markup)
    yield from _plain(markup.items([_fact("precondition", (_PRECONDITION,), markup)]))
    yield _Row("")
    if ticket.is_cut:
        yield _Row(markup.own("Earlier steps are left out."))
        yield _Row("")
    steps = (_render(step.words, markup) for step in ticket.steps)
    yield from _plain(markup.items(steps, are_numbered=True))
    yield _Row("")
    expected = _fact("expected", (_TO_FILL_IN,), markup)
    actual = _fact("actual", ticket.actual or (_TO_FILL_IN,), markup)
    yield from _plain(markup.items([expected, actual]))


def _signals(ticket: Ticket, markup: Markup) -> Iterator[_Row]:
    if not ticket.signals:
        return
    yield from _part("What stands out", markup)
    items = [
        f"{markup.foreign(found.number)} {markup.own(found.time)} "
        f"{markup.strong(f'{found.name}:') + ' ' if found.name else ''}"
        f"{_render(found.words, markup)}"
        for found in ticket.signals
    ]
    if ticket.more_signals:
        items.append(markup.own(f"and {ticket.more_signals:,} more"))
    yield from _plain(markup.items(items))


def _load(ticket: Ticket, markup: Markup) -> Iterator[_Row]:
    if not ticket.load and not ticket.load_note:
        return
    yield from _part("Page load", markup)
    if ticket.load_note:
        yield _Row(markup.own(ticket.load_note))
    bad = [figure for figure in ticket.load if figure.is_bad]
    rest = [figure for figure in ticket.load if not figure.is_bad]
    if bad:
        yield from _plain(_figures(bad, markup))
    if not rest:
        return
    if bad:
        yield _Row("")
    good = sum(bool(figure.rating) for figure in rest)
    unrated = len(rest) - good
    counts = [
        f"{good} figure{' is' if good == 1 else 's are'} good" if good else "",
        f"{unrated} {'has' if unrated == 1 else 'have'} no bound" if unrated else "",
    ]
    summary = ", ".join(filter(None, counts))
    if markup.fold("")[0]:
        yield from _folded(summary, _plain(_figures(rest, markup)), markup)
    else:
        yield _Row(markup.own(f"{summary}: left out."))


def _figures(figures: Iterable[EvidenceFigure], markup: Markup) -> Iterator[str]:
    cells = ((each.name, each.value, each.note or each.rating) for each in figures)
    return markup.table(["metric", "value", "rating"], (list(map(markup.own, c)) for c in cells))


def _view(ticket: Ticket, markup: Markup) -> Iterator[_Row]:
    yield from _part("The whole view", markup)
    if markup.fold("")[0]:
        table = _plain(_table(ticket.time_title, ticket.view_rows, markup))
        yield from _folded(ticket.view_title, table, markup)
    else:
        yield _Row(markup.own(f"Left out here: {ticket.view_title}."))
