"""How a query is typed: reads a text into terms, or says where it is none and what would be.

May import `eventview.model` only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from eventview.model.moments import MomentError, Spot
from eventview.model.query import QueryError
from eventview.model.query_terms import (
    FIELDS,
    FIGURES,
    KINDS,
    OPERATORS,
    SYNONYMS,
    AnyText,
    Comparison,
    FieldText,
    Kinds,
    Pattern,
    Term,
    Time,
    Types,
)

_LITERALLY: Final = "For the text itself put it in quotes."
_TEXT_WANTED: Final = "say what to look for."
_WANTED: Final = {
    "type": "say which, as in type:click,input.",
    "is": "say which signal, as in is:rage,error.",
    "after": "say when: +3:15, 09:42:10 or #42.",
    "before": "say when: +3:15, 09:42:10 or #42.",
}
NAMES: Final[Sequence[str]] = (*FIELDS, "type", "is", "after", "before")
"""What may stand before a colon."""

_PRINTED: Final = re.compile(
    r"(?:(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2} )?"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?: UTC(?![+-])| [A-Z]{1,6} \(UTC[0-9:+-]+\)| (?:UTC|GMT)[+-][0-9:]+)?(?=\s|$)"
    r"|-?[0-9]+ ms since 1970(?: \(beyond the calendar\))?(?=\s|$)"
)
"""A time of day with date and zone, and a moment that no calendar has, with spaces between."""

_SPACE: Final = re.compile(r"\s*")
_TOKEN: Final = re.compile(r"\S+")
_PHRASE: Final = re.compile(r'"((?:[^"\\]|\\.|\\$)*)(?:"|$)')
_LISTED: Final = re.compile(rf"(?:{_PHRASE.pattern}|[^\s\"])*")
"""Words and phrases with commas between them."""

_LISTED_ONE: Final = re.compile(rf"(?:{_PHRASE.pattern}|[^,])*")
_REGEX: Final = re.compile(
    # One that holds no space may hold slashes, as paths do; one with spaces must escape them.
    r"/((?:\\\S|[^\s\\])+)/(?=\s|$)|/((?:\\.|[^/\\])+)/(?=\s|$)",
    re.DOTALL,
)
_NAMED: Final = re.compile(r"([A-Za-z]+):(?!//)")
_COMPARED: Final = re.compile(r"([A-Za-z_]+)(>=|<=|==|!=|>|<|=)(\S*)")
_SIGNS_ALONE: Final = frozenset({*OPERATORS, "==", "!="})
_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)([A-Za-z]*)")

_TIMES: Final = {"": 1, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_SIZES: Final = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_TOO_MUCH: Final = Decimal(10**15)
"""More than `_AMOUNT` could read again."""

_UNITS: Final = {"ms": _TIMES, "bytes": _SIZES, "": {"": 1}}
"""The units that a number may be typed with, and how much of the figure's own each is."""


def terms_of(text: str) -> Sequence[Term]:
    """The terms of a query, in the order in which they are typed.

    Args:
        text: the query, cleaned.

    Raises:
        QueryError: it is none.
    """
    return _Reader(text).terms()


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def terms(self) -> list[Term]:
        found = []
        while self._skip_space():
            found.append(self._term())
        return [term for term in found if term is not None]

    def _skip_space(self) -> bool:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._at < len(self._text)

    def _term(self) -> Term | None:
        text, start = self._text, self._at
        is_negated = text[start] in "-!" and bool(_TOKEN.match(text, start + 1))
        if is_negated:
            self._at += 1
        named = _NAMED.match(text, self._at)
        if named:
            term = self._named(named, is_negated=is_negated)
            if term is not None:
                return term
        compared = _COMPARED.match(text, self._at)
        if compared:
            term = self._compared(compared, is_negated=is_negated)
            if term is not None:
                return term
        pattern = self._pattern()
        return AnyText(is_negated, pattern) if pattern.text else None

    def _pattern(self) -> Pattern:
        """A phrase, an expression, or a word."""
        phrase = _PHRASE.match(self._text, self._at)
        if phrase:
            self._at = phrase.end()
            return Pattern(_unescaped(phrase[1]))
        regex = _REGEX.match(self._text, self._at)
        if regex:
            return self._regex(regex)
        token = _TOKEN.match(self._text, self._at)
        word = token[0] if token else ""
        before = self._text[: self._at].split()
        if word in _SIGNS_ALONE and before and before[-1].lower().lstrip("-!") in FIGURES:
            raise self._wrong(
                f"Write a comparison without spaces, as in {before[-1]}>3. {_LITERALLY}",
                self._at,
                self._at + len(word),
            )
        self._at += len(word)
        return Pattern(word)

    def _regex(self, match: re.Match[str]) -> Pattern:
        source = match[1] or match[2]
        pattern = Pattern(source, is_regex=True)
        try:
            pattern.compiled  # noqa: B018  # for what it raises
        except (re.error, OverflowError, RecursionError, ValueError) as error:
            place = getattr(error, "pos", None) or 0
            start = min(match.start() + 1 + place, match.end() - 1)
            what = getattr(error, "msg", None) or "it is beyond what can be searched for"
            raise self._wrong(
                f"The expression is not understood: {what}. {_LITERALLY}", start, match.end() - 1
            ) from None
        self._at = match.end()
        return pattern

    def _named(self, match: re.Match[str], *, is_negated: bool) -> Term | None:
        name, start = match[1].lower(), match.end()
        token = _TOKEN.match(self._text, start)
        value = token[0] if token else ""
        if name not in NAMES:
            if not value or (value[0].isdigit() and name not in FIGURES):
                # As in `localhost:8080` and in a label that is pasted.
                return None
            raise self._wrong(
                f"There is no field {match[1]}; {_nearest_field(name)} {_LITERALLY}",
                match.start(),
                match.start() + len(name),
            )
        if not value:
            raise self._wrong(f"{name}: {_WANTED.get(name, _TEXT_WANTED)}", match.start(), start)
        self._at = start
        if name in FIELDS:
            pattern = self._pattern()
            if not pattern.text:
                raise self._wrong(f"{name}: {_TEXT_WANTED}", match.start(), self._at)
            return FieldText(is_negated, name, pattern)
        if name == "type":
            return Types(is_negated, self._listed())
        if name == "is":
            return Kinds(is_negated, self._listed([*KINDS, *SYNONYMS]))
        return Time(is_negated, name == "after", self._moment(value))

    def _moment(self, word: str) -> Spot:
        """A moment: a phrase, or as many words as make one as the program prints it."""
        start = self._at
        self._at = start + len(word)
        if phrase := _PHRASE.match(self._text, start):
            self._at, word = phrase.end(), _unescaped(phrase[1])
        elif printed := _PRINTED.match(self._text, start):
            self._at, word = printed.end(), printed[0]
        try:
            return Spot.parse(word)
        except MomentError as error:
            raise self._wrong(str(error), start, self._at) from None

    def _listed(self, known: Sequence[str] = ()) -> tuple[str, ...]:
        """The words of a list with commas, each once; any words where none are known."""
        value = _LISTED.match(self._text, self._at)
        end = value.end() if value else self._at
        found = set()
        while True:
            start = self._at
            word = _LISTED_ONE.match(self._text, start, end)
            self._at = word.end() if word else end
            name = _PHRASE.sub(lambda phrase: _unescaped(phrase[1]), self._text[start : self._at])
            if not name:
                raise self._wrong("Say what to look for between the commas.", start, self._at)
            if known and name.lower() not in known:
                raise self._wrong(
                    f"Nothing is {name}; {_nearest(name.lower(), known)}", start, self._at
                )
            found.add(SYNONYMS.get(name.lower(), name.lower()) if known else name.lower())
            if self._at == end:
                return tuple(sorted(found))
            self._at += 1

    def _compared(self, match: re.Match[str], *, is_negated: bool) -> Term | None:
        typed, sign, value = match.groups()
        name, amount = typed.lower(), _AMOUNT.fullmatch(value)
        if name in FIGURES and sign in {"==", "!="}:
            right = f"{name}={value}" if sign == "==" else f"-{name}={value}"
            raise self._wrong(f"There is no {sign}; write {right}.", match.start(2), match.end(2))
        if name not in FIGURES:
            if (
                sign in {"=", "==", "!="}
                or not amount
                or amount[2].lower() not in {*_TIMES, *_SIZES}
            ):
                # As in the query of an address, and in a selector.
                return None
            raise self._wrong(
                f"There is no figure {typed}; {_nearest(name, list(FIGURES))} {_LITERALLY}",
                match.start(1),
                match.end(1),
            )
        if sign == "=" and not value[:1].isdecimal():
            return None
        units = _UNITS[FIGURES[name].unit]
        if not amount or amount[2].lower() not in units:
            named = ", ".join(unit for unit in units if unit)
            with_unit = f" and may end with {named}" if named else " without a unit"
            raise self._wrong(
                f"{name}{sign} wants a number: digits, perhaps with a point{with_unit}.",
                match.start(3) if value else match.start(),
                match.end(),
            )
        self._at = match.end()
        exact = (Decimal(amount[1]) * units[amount[2].lower()]).normalize()
        if exact >= _TOO_MUCH:
            raise self._wrong(f"No {name} is as much as that.", match.start(3), match.end())
        return Comparison(is_negated, name, sign, exact)

    def _wrong(self, message: str, start: int, end: int) -> QueryError:
        return QueryError(message, max(0, start), min(end, len(self._text)), self._text)


def _unescaped(phrase: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", phrase)


def _nearest_field(name: str) -> str:
    if name in FIGURES:
        return f"a figure is compared, as in {name}>3."
    return _nearest(name, NAMES)


def _nearest(word: str, words: Sequence[str]) -> str:
    # Here, because it takes as long to load as all that is needed without a mistake.
    import difflib

    started = [known for known in words if word and known.startswith(word)]
    close = started or difflib.get_close_matches(word, words, n=1)
    return f"the nearest is {close[0]}." if close else f"there is {', '.join(words)}."
