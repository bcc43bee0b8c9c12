"""Completions of a query that is being typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from eventview.analysis.analysis import Analysis
from eventview.query.grammar import NAMES
from eventview.query.regular_expressions import Pattern
from eventview.query.vocabulary import FIELDS, FIGURES, KINDS
from eventview.session.folding import fold, fold_case, fold_word
from eventview.session.session import Session
from eventview.session.text import clean, join_lines

_MOST: Final = 20
_LONGEST: Final = 100
"""Characters of the longest value to offer; OpenReplay's tracker cuts labels here."""

_QUOTED: Final = r'(?:"(?:[^"\\]|\\.)*"|[“„”][^“”]*[“”])'
_FINISHED: Final = re.compile(
    rf"""[\s()]+
    | [-!](?=\()
    | [-!]?(?:type|is):(?:{_QUOTED}|[^\s"“„”()])*(?=[\s)])
    | [-!]?(?!type:|is:)(?:[A-Z]+:)?(?:{_QUOTED}|/(?:\\.|[^/\\])+/(?=[\s)]))
    | (?![-!]?(?:type:|is:|(?:[A-Z]+:)?["“„”]))[^\s()]+(?=[\s()])""",
    re.IGNORECASE | re.VERBOSE,
)
"""A complete term, or the text between two terms."""

_UNFINISHED: Final = re.compile(r"[-!]?(?:(?P<name>[A-Za-z]+):(?P<value>.*)|(?P<word>[A-Za-z_]+))")
_LIST: Final = re.compile(rf'((?:(?:{_QUOTED}|[^,"])*,)*)(.*)')
_LIST_ITEM: Final = re.compile(rf'(?:{_QUOTED}|[^,"])+')

_OFFERED: Final = ("label", "name", "message")
"""The fields whose values are offered: they are short and repeat."""


FieldValues = dict[str, "Sequence[_Value]"]
"""The values of fields by their names, the most frequent first."""

_Value = tuple[str, str]
"""A word to offer, and its folded form."""


def complete_query(
    text: str, analysis: Analysis, known: FieldValues | None = None
) -> Sequence[str]:
    """Return longer texts that begin with a text, the likeliest first.

    A value that needs quotes gets its first quote even if that was not typed.

    Args:
        text: the text to complete.
        analysis: the session whose words are offered.
        known: keeps the values of the session's fields from one call to the next.
    """
    cleaned = clean(join_lines(text))
    start = 0
    while finished := _FINISHED.match(cleaned, start):
        start = finished.end()
    last = _UNFINISHED.fullmatch(cleaned, start)
    if last is None:
        return []
    if last["word"] is not None:
        start, begun = last.start("word"), last["word"].lower()
        words = (*(f"{name}:" for name in NAMES), *(f"{figure}>" for figure in FIGURES))
        found: Iterator[str] = (word for word in words if word.startswith(begun))
        if last["word"] == "O" and cleaned[:start].strip("(-! "):
            found = chain(["OR "], found)
    else:
        start = last.start("value")
        known = {} if known is None else known
        found = _complete_value(last["name"].lower(), last["value"], analysis, known)
    return [cleaned[:start] + word for word in islice(found, _MOST)]


def _complete_value(
    name: str, typed: str, analysis: Analysis, known_values: FieldValues
) -> Iterator[str]:
    listed = _LIST.fullmatch(typed) if name in {"type", "is"} else None
    if listed:
        done = [fold_word(word) for word in _LIST_ITEM.findall(listed[1])]
        if name == "type":
            known = list(dict.fromkeys(map(fold_word, analysis.session.type_counts)))
        else:
            # Those of this session's signals come first, and `error` before `error-click`.
            present = frozenset(analysis.signals.counts)
            known = sorted(KINDS, key=lambda word: (present.isdisjoint(KINDS[word]), "-" in word))
        words = [word for word in known if fold_word(Pattern(word).to_query()) not in done]
        values = ((word, _fold(word)) for word in words)
        return (listed[1] + word for word in _complete_from(listed[2], values))
    if name in _OFFERED and name not in known_values:
        known_values[name] = list(_list_values(name, analysis.session))
    return _complete_from(typed, known_values.get(name, ()))


def _complete_from(typed: str, values: Iterable[_Value]) -> Iterator[str]:
    """Yield the words that begin with the typed text, quoted where needed."""
    is_quoted = typed.startswith(('"', "“", "„", "”"))
    begun = _fold(re.sub(r'\\(["\\])', r"\1", typed[1:]) if is_quoted else typed)
    for word, folded in values:
        if folded.startswith(begun) and folded != begun:
            quoted = Pattern(word).to_query()
            yield f'"{word}"' if is_quoted and quoted == word else quoted


def _fold(text: str) -> str:
    # Spaces at the ends stay, because the next word may follow one.
    return fold_case(fold(text, is_encoded=False))


def _list_values(name: str, session: Session) -> Iterator[_Value]:
    """Yield the values of a field, the most frequent first."""
    readers = FIELDS[name]
    counts = Counter(
        read(event) for event in session.events if (read := readers.get(type(event))) is not None
    )
    for text, _ in counts.most_common():
        if text and text.strip() and len(text) <= _LONGEST:
            yield text, _fold(text)
