"""How a query that is being typed may go on.

May import `eventview.model` only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from eventview.model.query import NAMES
from eventview.model.query_terms import FIELDS, FIGURES, KINDS, Pattern
from eventview.model.session import Session
from eventview.model.signals import Kind

_MOST: Final = 20

_LAST: Final = re.compile(r'(?:^|\s)([-!]?)((?:[A-Za-z]+:"[^"]*)|\S*)$')
"""The term that is being typed, with its negation; a quoted value may hold spaces."""

_COMPLETED: Final = ("label", "name", "message")
"""The fields whose values are offered: short, and the same again and again."""


def completions(text: str, session: Session) -> Sequence[str]:
    """Whole texts that go on from a text, the likeliest first; none that is the text itself."""
    match = _LAST.search(text)
    if match is None or not match[2]:
        return []
    head, typed = text[: match.start(2)], match[2]
    found: dict[str, None] = {}
    for word in _words(typed, session):
        if word.lower().startswith(typed.lower()) and word.lower() != typed.lower():
            found[head + word] = None
        if len(found) == _MOST:
            break
    return list(found)


def _words(typed: str, session: Session) -> Iterator[str]:
    name, colon, value = typed.partition(":")
    if not colon:
        yield from (f"{known}:" for known in NAMES)
        yield from (f"{figure}>" for figure in FIGURES)
        return
    name = name.lower()
    listed, comma, _ = value.rpartition(",")
    done = f"{name}:{listed}{comma}"
    if name == "type":
        yield from (done + known.lower() for known in session.type_counts)
    elif name == "is":
        yield from (done + known for known in _kinds(session))
    elif name in _COMPLETED:
        is_quoted = value.startswith('"')
        for text in _values(name, session):
            written = Pattern(text).written()
            # Without its quotes it would be two words.
            yield f"{name}:" + (f'"{text}"' if is_quoted and written == text else written)
            if not is_quoted and written != text and text.lower().startswith(value.lower()):
                yield f"{name}:{value}{written}" if not value else f"{name}:{written}"


def _kinds(session: Session) -> Iterable[str]:
    present = [kind.value for kind in session.signals.counts]
    return dict.fromkeys(
        [*present, *(k for k in KINDS if k not in Kind._value2member_map_), *KINDS]
    )


def _values(name: str, session: Session) -> Iterable[str]:
    counts = Counter(
        text for event in session.events for text in FIELDS[name](event) if text.strip()
    )
    return (text for text, _ in counts.most_common())
