"""The ticket, laid out: the same in every markup.

May import `eventview.model` and its neighbour `markup`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventview.model.handover.handout import Handout
from eventview.model.handover.steps import Quoted, Words
from eventview.model.handover.ticket import Figure, Line, Ticket, ticket
from eventview.output.markup import Markup


def lines(handout: Handout, markup: Markup) -> Iterator[str]:
    """The ticket of a handout."""
    made = ticket(handout)
    yield markup.heading(2, _written(made.title, markup))
    yield ""
    yield from markup.items(
        [*(f"{markup.strong(name)}: {_written(words, markup)}" for name, words in made.facts)]
        + [_replay(made, markup)]
        + [markup.own(note) for note in made.notes]
    )
    yield from _part(made.rows_title, markup)
    yield from markup.table(
        [markup.own("#"), markup.own(made.time_title), "Δ", "type", "what", "signal"],
        (_row(line, markup) for line in made.rows),
    )
    if made.steps:
        yield from _part("How to reproduce", markup)
        if made.is_cut:
            yield markup.own("What was done before these steps is left out.")
            yield ""
        yield from markup.items(
            (_written(step.words, markup) for step in made.steps), are_numbered=True
        )
    yield from _load(made, markup)
    yield from _signals(made, markup)
    if made.command:
        yield from _part("See it in the terminal", markup)
        yield from markup.block(made.command)


def _part(title: str, markup: Markup) -> Iterator[str]:
    yield ""
    yield markup.heading(3, markup.own(title))
    yield ""


def _written(words: Words, markup: Markup) -> str:
    return "".join(
        markup.foreign(part.text) if isinstance(part, Quoted) else markup.own(part)
        for part in words
    )


def _replay(made: Ticket, markup: Markup) -> str:
    name = markup.strong("replay")
    if made.link:
        return f"{name}: {markup.link('watch it at this moment', made.link)}"
    return f"{name}: {_written(made.no_link, markup)}"


def _row(line: Line, markup: Markup) -> Sequence[str]:
    return (
        markup.own(f"{line.number} ←" if line.is_focus else line.number),
        markup.own(line.time),
        markup.own(line.delta),
        markup.cell(line.type.text),
        markup.cell(line.what.text),
        "".join(
            markup.cell(part.text) if isinstance(part, Quoted) else markup.own(part)
            for part in line.signal
        ),
    )


def _load(made: Ticket, markup: Markup) -> Iterator[str]:
    if not made.load and not made.load_note:
        return
    yield from _part("Page load", markup)
    if made.page:
        yield _written(made.page, markup)
        yield ""
    if made.load_note:
        yield markup.own(made.load_note)
        yield ""
    if made.load:
        yield from markup.table(
            ["metric", "value", "rating", "bounds"],
            (_figure(figure, markup) for figure in made.load),
        )


def _figure(figure: Figure, markup: Markup) -> Sequence[str]:
    return [
        markup.own(figure.name),
        markup.own(figure.value),
        markup.strong(figure.rating) if figure.rating == "poor" else markup.own(figure.rating),
        markup.own(figure.note),
    ]


def _signals(made: Ticket, markup: Markup) -> Iterator[str]:
    if not made.signals:
        return
    yield from _part("What stands out", markup)
    yield from markup.items(
        f"{markup.strong(found.name)}: {markup.foreign(found.sentence.text)}, "
        f"{markup.own('rule: ' + found.rule)}"
        for found in made.signals
    )
    if made.more_signals:
        yield ""
        yield markup.own(f"And {made.more_signals:,} more.")
