"""How a query is typed: reads a text into terms, or says where it is none and what would be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from eventview.query.expressions import Pattern
from eventview.query.fields import FIELDS, FIGURES, KINDS, OPERATORS, SYNONYMS
from eventview.query.terms import (
    AnyOf,
    FieldTerm,
    NumberTerm,
    QueryError,
    SignalTerm,
    Term,
    TextTerm,
    TimeTerm,
    TypeTerm,
)
from eventview.session.folding import same_word
from eventview.session.position import Position, PositionError
from eventview.session.timefmt import duration_ms

_LITERALLY: Final = "For the text itself put it in quotes."
_IDLE: Final = f"Brackets group terms, as in (a OR b), and are not looked for. {_LITERALLY}"
_JOINED_BY: Final[Mapping[str, str]] = {
    "or": "For either of two terms write OR in capitals, as in a OR b.",
    "and": "All terms have to match: leave out the word between them.",
    "&&": "All terms have to match: leave out the sign between them.",
    "not": "A term that must not match begins with a dash, as in -a.",
}
"""What other languages join terms by, and what is written here."""

_MOST_DEEP: Final = 50
"""Brackets within brackets: more than anybody types, and far fewer than Python can follow."""

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
    r"(?: UTC(?![+-])| [A-Z]{1,6} \(UTC[0-9:+-]+\)| (?:UTC|GMT)[+-][0-9:]+)?(?=[\s)]|$)"
    r"|-?[0-9]+ ms since 1970(?: \(beyond the calendar\))?(?=[\s)]|$)"
)
"""A time of day with date and zone, and a moment that no calendar has, with spaces between."""

_SPACE: Final = re.compile(r"\s*")
_TOKEN: Final = re.compile(r"\S+")
_PHRASE: Final = re.compile(
    r'"((?:[^"\\]|\\.|\\$)*)(?:"|$)'
    # As phones and word processors have them. A single one may be an apostrophe, an angle the
    # arrow of a label: those are quotes only in pairs, and only where a word could end.
    r"|[“„”]([^“”]*)(?:[“”]|$)"
    r"|«([^«»]+)»(?![^\s),])|»([^«»]+)«(?![^\s),])"
    r"|‹([^‹›]+)›(?![^\s),])|›([^‹›]+)‹(?![^\s),])"
    r"|[‘‚]((?:[^‘’]|’(?=\w))+)[’‘](?!\w)|'((?:[^']|'(?=\w))+)'(?!\w)"
)
"""A phrase in quotes; a double one that is left open ends with the text."""

_LISTED: Final = re.compile(rf"(?:{_PHRASE.pattern}|[^\s\"()|]|\([^\s()|]*\))*")
"""Words and phrases with commas between them."""

_LISTED_ONE: Final = re.compile(rf"(?:{_PHRASE.pattern}|[^,])*")
_REGEX: Final = re.compile(
    # One that holds no space may hold slashes, as paths do; one with spaces must escape them.
    r"/((?:\\\S|[^\s\\])+)/(?=\)*(?:\s|$))|/((?:\\.|[^/\\])+)/(?=\)*(?:\s|$))",
    re.DOTALL,
)
_NAMED: Final = re.compile(r"([A-Za-z]+):(?!//)")
_COMPARED: Final = re.compile(r"([A-Za-z_]+)(>=|<=|==|!=|>|<|=)(\S*)")
_SIGNS_ALONE: Final = frozenset({*OPERATORS, "==", "!="})
_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})([A-Za-z]*)")
_JOINT: Final = re.compile(r"(?:OR|AND|\|\|?)(?=[\s()]|$)")
_OTHER_JOINT: Final = re.compile(r"(?:(?i:or|and)|NOT|&&)(?=[\s()]|$)")
_BRACKET: Final = re.compile(r"[()]")

_TIMES: Final = {"": 1, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SIZES: Final = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_TOO_MUCH: Final = Decimal(10**15)
"""More than `_AMOUNT` could read again."""

_UNITS: Final = {"ms": _TIMES, "bytes": _SIZES, "": {"": 1}}
"""The units that a number may be typed with, and how much of the figure's own each is."""


class Typed(NamedTuple):
    """A query as typed."""

    terms: Sequence[Term]
    """In the order in which they are typed."""
    remark: str
    """A sentence about what may have been meant as text; "" for nothing."""


def read(text: str) -> Typed:
    """Read a query.

    Args:
        text: the query, cleaned.

    Raises:
        QueryError: it is none.
    """
    reader = _Reader(text)
    return Typed(reader.terms(), reader.remark)


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self.remark = ""

    def terms(self) -> Sequence[Term]:
        """The terms up to the end, or up to the bracket that ends a group."""
        start, is_idle = self._at, False
        alternatives: list[tuple[Term, ...]] = []
        found: list[Term] = []
        waiting: re.Match[str] | None = None
        while self._goes_on():
            here = self._at
            joint = _JOINT.match(self._text, here)
            if joint and (waiting or not found):
                raise self._alone(joint)
            if joint:
                waiting, self._at = joint, joint.end()
                if joint[0] != "AND":
                    alternatives.extend(_alternatives(found))
                    found = []
                continue
            self._refuse_other_joint(start)
            more = self._term()
            found.extend(more)
            waiting = None if more else waiting
            is_idle |= self._text[here] == "(" and not any(
                term.is_negated or not isinstance(term, TextTerm) for term in more
            )
        if waiting:
            raise self._alone(waiting)
        if alternatives:
            return [AnyOf(alternatives=(*alternatives, *_alternatives(found)))]
        if is_idle:
            self.remark = _IDLE
        return found

    def _goes_on(self) -> bool:
        """Go to the next term; False at the end of the text or of a group."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        if not self._text.startswith(")", self._at):
            return self._at < len(self._text)
        if not self._depth:
            raise self._wrong(f"Nothing opens this bracket. {_LITERALLY}", self._at, self._at + 1)
        return False

    def _alone(self, joint: re.Match[str]) -> QueryError:
        return self._wrong(
            f"{joint[0]} stands between two terms, as in a {joint[0]} b. {_LITERALLY}",
            *joint.span(),
        )

    def _refuse_other_joint(self, start: int) -> None:
        """Refuse what would join terms elsewhere, unless it is all that is looked for.

        Args:
            start: where the query or the group begins.

        Raises:
            QueryError: says how it is written here.
        """
        joint = _OTHER_JOINT.match(self._text, self._at)
        if joint is None:
            return
        is_all = not self._text[start : self._at].strip() and (
            self._text[joint.end() :].lstrip()[:1] in {"", ")"}
        )
        if not is_all:
            said = _JOINED_BY[joint[0].lower()]
            raise self._wrong(f"{said} {_LITERALLY}", *joint.span())

    def _term(self) -> Sequence[Term]:
        """One term, those of a group, or none for a text without anything in it."""
        text, start = self._text, self._at
        is_negated = text[start] in "-!" and text[start + 1 : start + 2].strip() not in {"", ")"}
        if is_negated:
            self._at += 1
        if text.startswith("(", self._at):
            return self._group(is_negated=is_negated)
        named = _NAMED.match(text, self._at)
        if named:
            term = self._named(named, is_negated=is_negated)
            if term is not None:
                return [term]
        compared = _COMPARED.match(text, self._at, self._at + len(self._token(self._at)))
        if compared:
            term = self._compared(compared, is_negated=is_negated)
            if term is not None:
                return [term]
        pattern = self._pattern()
        return [TextTerm(is_negated, pattern)] if pattern.text else []

    def _group(self, *, is_negated: bool) -> Sequence[Term]:
        """The terms between brackets, or the one that is their opposite."""
        start = self._at
        if self._depth == _MOST_DEEP:
            raise self._wrong(
                f"Brackets may stand {_MOST_DEEP} deep within each other, and no deeper.",
                start,
                start + 1,
            )
        self._depth += 1
        self._at += 1
        terms = self.terms()
        if self._at == len(self._text):
            raise self._unclosed(start)
        self._depth -= 1
        self._at += 1
        if not terms:
            raise self._wrong(
                f"There is nothing between these brackets. {_LITERALLY}", start, self._at
            )
        if not is_negated:
            return terms
        if len(terms) > 1:
            return [AnyOf(is_negated=True, alternatives=(tuple(terms),))]
        opposite = replace(terms[0], is_negated=not terms[0].is_negated)
        alternatives = _alternatives([opposite])
        return alternatives[0] if len(alternatives) == 1 else [opposite]

    def _unclosed(self, start: int) -> QueryError:
        return self._wrong(f"This bracket is not closed. {_LITERALLY}", start, start + 1)

    def _token(self, start: int) -> str:
        """The characters up to a space, or up to a bracket that was not opened among them."""
        token = _TOKEN.match(self._text, start)
        word, depth = token[0] if token else "", 0
        for bracket in _BRACKET.finditer(word):
            depth += 1 if bracket[0] == "(" else -1
            if depth < 0:
                return word[: bracket.start()]
        return word

    def _word(self) -> str:
        """A word.

        Raises:
            QueryError: it holds what may be meant for more than text.
        """
        word, start = self._token(self._at), self._at
        signs = word.lstrip("-!")
        if signs.startswith("(") and signs != word:
            raise self._wrong(
                f"One dash before a bracket is enough. {_LITERALLY}", start, start + len(word)
            )
        if word.startswith("/") and re.search(r"[|(]", word) and word.count("/") == 1:
            raise self._wrong(
                f"An expression ends with a slash, as in /pay|buy/. {_LITERALLY}",
                start,
                start + len(word),
            )
        opened: list[int] = []
        for bracket in _BRACKET.finditer(word):
            if bracket[0] == "(":
                opened.append(start + bracket.start())
            else:
                opened.pop()
        if opened:
            raise self._unclosed(opened[-1])
        if "|" in word:
            place = start + word.index("|")
            raise self._wrong(
                "For either of two terms write OR between them, or | with spaces around it. "
                f"{_LITERALLY}",
                place,
                place + 1,
            )
        return word

    def _pattern(self) -> Pattern:
        """A phrase, an expression, or a word."""
        phrase = _PHRASE.match(self._text, self._at)
        if phrase:
            self._at = phrase.end()
            return Pattern(_inside(phrase))
        regex = _REGEX.match(self._text, self._at)
        if regex:
            return self._regex(regex)
        word = self._word()
        before = self._text[: self._at].split()[-1:] if word in _SIGNS_ALONE else []
        if before and before[-1].lower().lstrip("-!(") in FIGURES:
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
        value = self._token(start)
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
        if value[0] == "(" and name not in {"after", "before"}:
            either = f"{name}:a OR {name}:b" if name in FIELDS else f"{name}:a,b"
            raise self._wrong(f"For either of two write {either}. {_LITERALLY}", start, start + 1)
        self._at = start
        if name in FIELDS:
            pattern = self._pattern()
            if not pattern.text:
                raise self._wrong(f"{name}: {_TEXT_WANTED}", match.start(), self._at)
            return FieldTerm(is_negated, name, pattern)
        if name == "type":
            return TypeTerm(is_negated, self._listed())
        if name == "is":
            return SignalTerm(is_negated, self._listed([*KINDS, *SYNONYMS]))
        return TimeTerm(is_negated, name == "after", self._moment(value))

    def _moment(self, word: str) -> Position:
        """A moment: a phrase, or as many words as make one as the program prints it."""
        start = self._at
        self._at = start + len(word)
        if phrase := _PHRASE.match(self._text, start):
            self._at, word = phrase.end(), _inside(phrase)
        elif printed := _PRINTED.match(self._text, start):
            self._at, word = printed.end(), printed[0]
        try:
            return Position.parse(word)
        except PositionError as error:
            raise self._wrong(str(error), start, self._at) from None

    def _listed(self, known: Sequence[str] = ()) -> tuple[str, ...]:
        """The words of a list with commas, each once; any words where none are known."""
        value = _LISTED.match(self._text, self._at)
        end = value.end() if value else self._at
        found = set()
        while True:
            start = self._at
            match = _LISTED_ONE.match(self._text, start, end)
            self._at = match.end() if match else end
            name = _PHRASE.sub(_inside, self._text[start : self._at])
            if not name:
                raise self._wrong("Say what to look for between the commas.", start, self._at)
            word = same_word(name)
            if known and word not in known:
                raise self._wrong(f"Nothing is {name}; {_nearest(word, known)}", start, self._at)
            found.add(SYNONYMS.get(word, word) if known else word)
            if self._at == end:
                return tuple(sorted(found))
            self._at += 1

    def _compared(self, match: re.Match[str], *, is_negated: bool) -> Term | None:
        typed, sign, value = match.groups()
        name = typed.lower()
        if name in FIGURES and sign in {"==", "!="}:
            right = f"{name}={value}" if sign == "==" else f"-{name}={value}"
            raise self._wrong(f"There is no {sign}; write {right}.", match.start(2), match.end(2))
        if name not in FIGURES:
            amounts = [_amount(value, units) for units in (_TIMES, _SIZES)]
            if sign in {"=", "==", "!="} or amounts == [None, None]:
                # As in the query of an address, and in a selector.
                return None
            raise self._wrong(
                f"There is no figure {typed}; {_nearest(name, list(FIGURES))} {_LITERALLY}",
                match.start(1),
                match.end(1),
            )
        if sign == "=" and not value.removeprefix(".")[:1].isdecimal():
            return None
        units = _UNITS[FIGURES[name].unit]
        exact = _amount(value, units)
        if exact is None:
            named = ", ".join(unit for unit in units if unit)
            with_unit = f" and may end with {named}" if named else " without a unit"
            raise self._wrong(
                f"{name}{sign} wants a number: digits, perhaps with a point{with_unit}.",
                match.start(3) if value else match.start(),
                match.end(),
            )
        self._at = match.end()
        if exact >= _TOO_MUCH:
            raise self._wrong(f"No {name} is as much as that.", match.start(3), match.end())
        return NumberTerm(is_negated, name, sign, exact)

    def _wrong(self, message: str, start: int, end: int) -> QueryError:
        return QueryError(message, max(0, start), min(end, len(self._text)), self._text)


def _alternatives(terms: Sequence[Term]) -> Sequence[tuple[Term, ...]]:
    """Terms as alternatives: those of a lone group, else one, of all of them."""
    if len(terms) == 1 and isinstance(terms[0], AnyOf) and not terms[0].is_negated:
        return terms[0].alternatives
    return [tuple(terms)]


def _amount(value: str, units: Mapping[str, int]) -> Decimal | None:
    """The number that is typed, in the figure's own unit; None where it is none."""
    number = _AMOUNT.fullmatch(value)
    if number and number[2].lower() in units:
        return (Decimal(number[1]) * units[number[2].lower()]).normalize()
    # As durations are printed: in two units.
    exact = duration_ms(value) if units is _TIMES and "," not in value else None
    return None if exact is None else exact.normalize()


def _inside(phrase: re.Match[str]) -> str:
    """The text between the quotes of a phrase."""
    if phrase[1] is not None:
        return re.sub(r'\\(["\\])', r"\1", phrase[1])
    text = next(text for text in phrase.groups() if text is not None)
    # As French has it.
    return text.strip() if phrase[0][0] in "«‹" else text


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
