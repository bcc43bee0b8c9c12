"""How a query that is being typed may go on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from eventview.analysis.analysis import Analysis
from eventview.query.expressions import Pattern
from eventview.query.fields import FIELDS, FIGURES, KINDS
from eventview.query.grammar import NAMES
from eventview.session.folding import fold, fold_case, same_word
from eventview.session.session import Session
from eventview.session.text import as_one_line, clean

_MOST: Final = 20
_LONGEST: Final = 100
"""Characters of a value that is offered; OpenReplay's tracker cuts labels here."""

_QUOTED: Final = r'(?:"(?:[^"\\]|\\.)*"|[“„”][^“”]*[“”])'
_CLOSED: Final = re.compile(
    rf"""[\s()]+
    | [-!](?=\()
    | [-!]?(?:type|is):(?:{_QUOTED}|[^\s"“„”()])*(?=[\s)])
    | [-!]?(?!type:|is:)(?:[A-Z]+:)?(?:{_QUOTED}|/(?:\\.|[^/\\])+/(?=[\s)]))
    | (?![-!]?(?:type:|is:|(?:[A-Z]+:)?["“„”]))[^\s()]+(?=[\s()])""",
    re.IGNORECASE | re.VERBOSE,
)
"""A term that is typed to its end, or what stands between two."""

_OPEN: Final = re.compile(r"[-!]?(?:(?P<name>[A-Za-z]+):(?P<value>.*)|(?P<word>[A-Za-z_]+))")
_LISTED: Final = re.compile(rf'((?:(?:{_QUOTED}|[^,"])*,)*)(.*)')
_LISTED_ONE: Final = re.compile(rf'(?:{_QUOTED}|[^,"])+')

_OFFERED: Final = ("label", "name", "message")
"""The fields whose values are offered: short, and the same again and again."""


def completions(text: str, analysis: Analysis) -> Sequence[str]:
    """Whole texts that go on from a text, the likeliest first; none that is the text itself.

    Where a value must be quoted and the quote was not typed, they have one before what was typed.
    """
    cleaned = clean(as_one_line(text))
    start = 0
    while closed := _CLOSED.match(cleaned, start):
        start = closed.end()
    last = _OPEN.fullmatch(cleaned, start)
    if last is None:
        return []
    if last["word"] is not None:
        head, found = cleaned[: last.start("word")], _names(last["word"])
        if last["word"] == "O" and head.strip("(-! "):
            found = chain(["OR "], found)
    else:
        head, found = cleaned[: last.start("value")], _values(last["name"], last["value"], analysis)
    return [head + word for word in islice(found, _MOST)]


def _names(typed: str) -> Iterator[str]:
    words = (*(f"{name}:" for name in NAMES), *(f"{figure}>" for figure in FIGURES))
    return (word for word in words if word.startswith(typed.lower()))


def _values(name: str, typed: str, analysis: Analysis) -> Iterator[str]:
    session = analysis.session
    name = name.lower()
    listed = _LISTED.fullmatch(typed) if name in {"type", "is"} else None
    if listed:
        done = [same_word(word) for word in _LISTED_ONE.findall(listed[1])]
        known = _types(session) if name == "type" else _kinds(analysis)
        words = [word for word in known if same_word(Pattern(word).written()) not in done]
        return (listed[1] + word for word in _going_on(listed[2], words))
    return _going_on(typed, _texts(name, session) if name in _OFFERED else [])


def _going_on(typed: str, words: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """Yield those of some words that begin with what was typed, quoted where needed."""
    is_quoted = typed.startswith(('"', "“", "„", "”"))
    begun = _folded(re.sub(r'\\(["\\])', r"\1", typed[1:]) if is_quoted else typed)
    for word in words:
        if (folded := _folded(word)).startswith(begun) and folded != begun:
            written = Pattern(word).written()
            yield f'"{word}"' if is_quoted and written == word else written


def _folded(text: str) -> str:
    # Not its ends: a space may be what the next word is typed after.
    return fold_case(fold(text, is_encoded=False))


def _types(session: Session) -> Sequence[str]:
    return list(dict.fromkeys(map(same_word, session.type_counts)))


def _kinds(analysis: Analysis) -> Sequence[str]:
    """Words of this session's signals first; `error` before `error-click`."""
    present = frozenset(analysis.signals.counts)
    return sorted(KINDS, key=lambda word: (present.isdisjoint(KINDS[word]), "-" in word))


def _texts(name: str, session: Session) -> Iterator[str]:
    """Yield what events have in a field, the most frequent first."""
    readers = FIELDS[name]
    counts = Counter(
        read(event) for event in session.events if (read := readers.get(type(event))) is not None
    )
    for text, _ in counts.most_common():
        if text and text.strip() and len(text) <= _LONGEST:
            yield text
