"""The syntax of queries: read a text into terms, or point at the mistake and its correction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from eventview.query.regular_expressions import Pattern, QueryError
from eventview.query.terms import (
    AnyOf,
    FieldTerm,
    NumberTerm,
    SignalTerm,
    Term,
    TextTerm,
    TimeTerm,
    TypeTerm,
)
from eventview.query.vocabulary import FIELDS, FIGURES, KINDS, OPERATORS, SYNONYMS
from eventview.session.folding import fold_word
from eventview.session.position import Position, PositionError
from eventview.session.text import find_nearest_word
from eventview.session.timefmt import parse_duration

_QUOTE_HINT: Final = "To find the text itself, put it in quotes."
_BRACKETS_HINT: Final = (
    f"Brackets group terms, as in (a OR b), and are not part of the text. {_QUOTE_HINT}"
)
_FOREIGN_CONNECTIVE_HINTS: Final[Mapping[str, str]] = {
    "or": "To match either of two terms, write OR in capitals, as in a OR b.",
    "and": "All terms have to match: leave out the word between them.",
    "&&": "All terms have to match: leave out the sign between them.",
    "not": "A term that must not match begins with a dash, as in -a.",
}
"""Words that join terms in other languages, and the way to write them here."""

_MAX_DEPTH: Final = 50
"""Brackets within brackets: more than anybody types, and far fewer than Python can recurse."""

_MISSING_TEXT: Final = "say what to look for."
_MISSING: Final = {
    "type": "say which, as in type:click,input.",
    "is": "say which signal, as in is:rage,error.",
    "after": "say when: +3:15, 09:42:10 or #42.",
    "before": "say when: +3:15, 09:42:10 or #42.",
}
NAMES: Final[Sequence[str]] = (*FIELDS, "type", "is", "after", "before")
"""The words that may come before a colon."""

_PRINTED: Final = re.compile(
    r"(?:(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2} )?"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?: UTC(?![+-])| [A-Z]{1,6} \(UTC[0-9:+-]+\)| (?:UTC|GMT)[+-][0-9:]+)?(?=[\s)]|$)"
    r"|-?[0-9]+ ms since 1970(?: \(beyond the calendar\))?(?=[\s)]|$)"
)
"""A time with spaces as eventview shows it: with date and zone, or beyond the calendar."""

_SPACE: Final = re.compile(r"\s*")
_TOKEN: Final = re.compile(r"\S+")
_PHRASE: Final = re.compile(
    r'"((?:[^"\\]|\\.|\\$)*)(?:"|$)'
    # Phones and word processors type these. A single one may be an apostrophe, an angle the arrow
    # of a label: they are quotes only in pairs, and only where a word could end.
    r"|[“„”]([^“”]*)(?:[“”]|$)"
    r"|«([^«»]+)»(?![^\s),])|»([^«»]+)«(?![^\s),])"
    r"|‹([^‹›]+)›(?![^\s),])|›([^‹›]+)‹(?![^\s),])"
    r"|[‘‚]((?:[^‘’]|’(?=\w))+)[’‘](?!\w)|'((?:[^']|'(?=\w))+)'(?!\w)"
)
"""A phrase in quotes; an open double quote ends with the text."""

_LIST: Final = re.compile(rf"(?:{_PHRASE.pattern}|[^\s\"()|]|\([^\s()|]*\))*")
"""Words and phrases separated by commas."""

_LIST_ITEM: Final = re.compile(rf"(?:{_PHRASE.pattern}|[^,])*")
_REGEX: Final = re.compile(
    # Without spaces it may contain slashes, as paths do; with spaces it must escape them.
    r"/((?:\\\S|[^\s\\])+)/(?=\)*(?:\s|$))|/((?:\\.|[^/\\])+)/(?=\)*(?:\s|$))",
    re.DOTALL,
)
_FIELD_NAME: Final = re.compile(r"([A-Za-z]+):(?!//)")
_COMPARISON: Final = re.compile(r"([A-Za-z_]+)(>=|<=|==|!=|>|<|=)(\S*)")
_SIGNS: Final = frozenset({*OPERATORS, "==", "!="})
_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})([A-Za-z]*)")
_CONNECTIVE: Final = re.compile(r"(?:OR|AND|\|\|?)(?=[\s()]|$)")
_FOREIGN_CONNECTIVE: Final = re.compile(r"(?:(?i:or|and)|NOT|&&)(?=[\s()]|$)")
_BRACKET: Final = re.compile(r"[()]")

_TIME_UNITS: Final = {"": 1, "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SIZE_UNITS: Final = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_AMOUNT_LIMIT: Final = Decimal(10**15)
"""More digits than `_AMOUNT` can read."""

_UNITS: Final = {"ms": _TIME_UNITS, "bytes": _SIZE_UNITS, "": {"": 1}}
"""Typed units with their factors, by the unit of the figure."""


def read(text: str) -> tuple[Sequence[Term], str]:
    """Read terms from cleaned text, and a sentence on brackets that may be text; "" for none.

    Raises:
        QueryError: the text is not a query.
    """
    reader = _Reader(text)
    return reader.read_terms(), reader.remark


class _Reader:
    """A reader that goes through one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self.remark = ""

    def read_terms(self) -> Sequence[Term]:
        """Read the terms up to the end, or up to the bracket that closes a group."""
        start, has_only_texts = self._at, False
        alternatives: list[tuple[Term, ...]] = []
        found: list[Term] = []
        waiting: re.Match[str] | None = None
        while self._skip_to_term():
            here = self._at
            connective = _CONNECTIVE.match(self._text, here)
            if connective and (waiting or not found):
                raise self._misplaced_error(connective)
            if connective:
                waiting, self._at = connective, connective.end()
                if connective[0] != "AND":
                    alternatives.extend(_as_alternatives(found))
                    found = []
                continue
            self._refuse_foreign_connective(start)
            more = self._read_term()
            found.extend(more)
            waiting = None if more else waiting
            has_only_texts |= self._text[here] == "(" and not any(
                term.is_negated or not isinstance(term, TextTerm) for term in more
            )
        if waiting:
            raise self._misplaced_error(waiting)
        if alternatives:
            return [AnyOf(alternatives=(*alternatives, *_as_alternatives(found)))]
        if has_only_texts:
            self.remark = _BRACKETS_HINT
        return found

    def _skip_to_term(self) -> bool:
        """Skip to the next term; return False at the end of the text or of a group."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        if not self._text.startswith(")", self._at):
            return self._at < len(self._text)
        if not self._depth:
            raise self._text_error("Nothing opens this bracket.", self._at, self._at + 1)
        return False

    def _misplaced_error(self, connective: re.Match[str]) -> QueryError:
        words = f"{connective[0]} goes between two terms, as in a {connective[0]} b."
        return self._text_error(words, *connective.span())

    def _refuse_foreign_connective(self, start: int) -> None:
        """Raise a QueryError for a connective of another language, unless it is the whole query.

        Args:
            start: first character of the query or the group.
        """
        connective = _FOREIGN_CONNECTIVE.match(self._text, self._at)
        if connective is None:
            return
        is_all = not self._text[start : self._at].strip() and (
            self._text[connective.end() :].lstrip()[:1] in {"", ")"}
        )
        if not is_all:
            raise self._text_error(
                _FOREIGN_CONNECTIVE_HINTS[connective[0].lower()], *connective.span()
            )

    def _read_term(self) -> Sequence[Term]:
        """Read one term, the terms of a group, or none for empty quotes."""
        text, start = self._text, self._at
        is_negated = text[start] in "-!" and text[start + 1 : start + 2].strip() not in {"", ")"}
        if is_negated:
            self._at += 1
        if text.startswith("(", self._at):
            return self._read_group(is_negated=is_negated)
        named = _FIELD_NAME.match(text, self._at)
        if named and (term := self._read_named(named, is_negated=is_negated)):
            return [term]
        compared = _COMPARISON.match(text, self._at, self._at + len(self._find_token(self._at)))
        if compared and (term := self._read_comparison(compared, is_negated=is_negated)):
            return [term]
        pattern = self._read_pattern()
        return [TextTerm(is_negated, pattern)] if pattern.text else []

    def _read_group(self, *, is_negated: bool) -> Sequence[Term]:
        """Read the terms between brackets, or one term with the opposite meaning."""
        start = self._at
        if self._depth == _MAX_DEPTH:
            words = f"Brackets can be nested {_MAX_DEPTH} deep at most."
            raise self._error(words, start, start + 1)
        self._depth += 1
        self._at += 1
        terms = self.read_terms()
        if self._at == len(self._text):
            raise self._unclosed_error(start)
        self._depth -= 1
        self._at += 1
        if not terms:
            raise self._text_error("There is nothing between these brackets.", start, self._at)
        if not is_negated:
            return terms
        if len(terms) > 1:
            return [AnyOf(is_negated=True, alternatives=(tuple(terms),))]
        opposite = replace(terms[0], is_negated=not terms[0].is_negated)
        alternatives = _as_alternatives([opposite])
        return alternatives[0] if len(alternatives) == 1 else [opposite]

    def _unclosed_error(self, start: int) -> QueryError:
        return self._text_error("This bracket is not closed.", start, start + 1)

    def _find_token(self, start: int) -> str:
        """Return the characters up to a space, or up to a bracket that closes an outer group."""
        token = _TOKEN.match(self._text, start)
        word, depth = token[0] if token else "", 0
        for bracket in _BRACKET.finditer(word):
            depth += 1 if bracket[0] == "(" else -1
            if depth < 0:
                return word[: bracket.start()]
        return word

    def _read_word(self) -> str:
        """Read a word.

        Raises:
            QueryError: it contains signs that may not be meant as text.
        """
        word, start = self._find_token(self._at), self._at
        signs = word.lstrip("-!")
        if signs.startswith("(") and signs != word:
            words = "One dash before a bracket is enough."
            raise self._text_error(words, start, start + len(word))
        if word.startswith("/") and re.search(r"[|(]", word) and word.count("/") == 1:
            words = "An expression ends with a slash, as in /pay|buy/."
            raise self._text_error(words, start, start + len(word))
        opened: list[int] = []
        for bracket in _BRACKET.finditer(word):
            if bracket[0] == "(":
                opened.append(start + bracket.start())
            else:
                opened.pop()
        if opened:
            raise self._unclosed_error(opened[-1])
        if "|" in word:
            place = start + word.index("|")
            words = (
                "To match either of two terms, write OR between them, or | with spaces around it."
            )
            raise self._text_error(words, place, place + 1)
        return word

    def _read_pattern(self) -> Pattern:
        """Read a phrase, an expression, or a word."""
        phrase = _PHRASE.match(self._text, self._at)
        if phrase:
            self._at = phrase.end()
            return Pattern(_unquote(phrase))
        regex = _REGEX.match(self._text, self._at)
        if regex:
            return self._read_regex(regex)
        word = self._read_word()
        before = self._text[: self._at].split()[-1:] if word in _SIGNS else []
        if before and before[-1].lower().lstrip("-!(") in FIGURES:
            words = f"Write a comparison without spaces, as in {before[-1]}>3."
            raise self._text_error(words, self._at, self._at + len(word))
        self._at += len(word)
        return Pattern(word)

    def _read_regex(self, match: re.Match[str]) -> Pattern:
        source = match[1] or match[2]
        pattern = Pattern(source, is_regex=True)
        try:
            pattern.compiled  # noqa: B018  # compiles it
        except (re.error, OverflowError, RecursionError, ValueError) as error:
            place = getattr(error, "pos", None) or 0
            start = min(match.start() + 1 + place, match.end() - 1)
            reason = getattr(error, "msg", None) or "it is too complex"
            words = f"The expression is not understood: {reason}."
            raise self._text_error(words, start, match.end() - 1) from None
        self._at = match.end()
        return pattern

    def _read_named(self, match: re.Match[str], *, is_negated: bool) -> Term | None:
        name, start = match[1].lower(), match.end()
        value = self._find_token(start)
        if name not in NAMES:
            if not value or (value[0].isdigit() and name not in FIGURES):
                # `localhost:8080` and pasted labels are text.
                return None
            words = f"There is no field {match[1]}; {_suggest_field(name)}"
            raise self._text_error(words, match.start(), match.start() + len(name))
        if not value:
            raise self._error(f"{name}: {_MISSING.get(name, _MISSING_TEXT)}", match.start(), start)
        if value[0] == "(" and name not in {"after", "before"}:
            either = f"{name}:a OR {name}:b" if name in FIELDS else f"{name}:a,b"
            raise self._text_error(f"To match either of two, write {either}.", start, start + 1)
        self._at = start
        if name in FIELDS:
            pattern = self._read_pattern()
            if not pattern.text:
                raise self._error(f"{name}: {_MISSING_TEXT}", match.start(), self._at)
            return FieldTerm(is_negated, name, pattern)
        if name == "type":
            return TypeTerm(is_negated, self._read_list())
        if name == "is":
            return SignalTerm(is_negated, self._read_list([*KINDS, *SYNONYMS]))
        return TimeTerm(is_negated, name == "after", self._read_position(value))

    def _read_position(self, word: str) -> Position:
        """Read a position: a phrase, a time as eventview shows it, or a word."""
        start = self._at
        self._at = start + len(word)
        if phrase := _PHRASE.match(self._text, start):
            self._at, word = phrase.end(), _unquote(phrase)
        elif printed := _PRINTED.match(self._text, start):
            self._at, word = printed.end(), printed[0]
        try:
            return Position.parse(word)
        except PositionError as error:
            raise self._error(str(error), start, self._at) from None

    def _read_list(self, known: Sequence[str] = ()) -> tuple[str, ...]:
        """Read a list with commas, each word once; without known words, any are right."""
        value = _LIST.match(self._text, self._at)
        end = value.end() if value else self._at
        found = set()
        while True:
            start = self._at
            match = _LIST_ITEM.match(self._text, start, end)
            self._at = match.end() if match else end
            name = _PHRASE.sub(_unquote, self._text[start : self._at])
            if not name:
                raise self._error("Say what to look for between the commas.", start, self._at)
            word = fold_word(name)
            if known and word not in known:
                raise self._error(
                    f"There is no signal {name}; {_suggest(word, known)}", start, self._at
                )
            found.add(SYNONYMS.get(word, word) if known else word)
            if self._at == end:
                return tuple(sorted(found))
            self._at += 1

    def _read_comparison(self, match: re.Match[str], *, is_negated: bool) -> Term | None:
        typed, sign, value = match.groups()
        name = typed.lower()
        if name in FIGURES and sign in {"==", "!="}:
            right = f"{name}={value}" if sign == "==" else f"-{name}={value}"
            raise self._error(f"There is no {sign}; write {right}.", *match.span(2))
        if name not in FIGURES:
            amounts = [_parse_amount(value, units) for units in (_TIME_UNITS, _SIZE_UNITS)]
            if sign in {"=", "==", "!="} or amounts == [None, None]:
                # The query of an address and selectors have such signs, too.
                return None
            words = f"There is no figure {typed}; {_suggest(name, list(FIGURES))}"
            raise self._text_error(words, *match.span(1))
        if sign == "=" and not value.removeprefix(".")[:1].isdecimal():
            return None
        units = _UNITS[FIGURES[name].unit]
        exact = _parse_amount(value, units)
        if exact is None:
            names = ", ".join(unit for unit in units if unit)
            ending = f" and may end with {names}" if names else " without a unit"
            words = f"{name}{sign} needs a number: digits that may have a point{ending}."
            raise self._error(words, match.start(3 if value else 0), match.end())
        self._at = match.end()
        if exact >= _AMOUNT_LIMIT:
            raise self._error(f"No {name} is that large.", match.start(3), match.end())
        return NumberTerm(is_negated, name, sign, exact)

    def _text_error(self, message: str, start: int, end: int) -> QueryError:
        return self._error(f"{message} {_QUOTE_HINT}", start, end)

    def _error(self, message: str, start: int, end: int) -> QueryError:
        return QueryError(message, max(0, start), min(end, len(self._text)), self._text)


def _as_alternatives(terms: Sequence[Term]) -> Sequence[tuple[Term, ...]]:
    """Return the alternatives of a lone group, else one alternative of all the terms."""
    if len(terms) == 1 and isinstance(terms[0], AnyOf) and not terms[0].is_negated:
        return terms[0].alternatives
    return [tuple(terms)]


def _parse_amount(value: str, units: Mapping[str, int]) -> Decimal | None:
    """Return a typed number in the unit of its figure; None if it is no number."""
    number = _AMOUNT.fullmatch(value)
    if number and number[2].lower() in units:
        return (Decimal(number[1]) * units[number[2].lower()]).normalize()
    # Durations are shown in two units, such as 3m20s.
    exact = parse_duration(value) if units is _TIME_UNITS and "," not in value else None
    return None if exact is None else exact.normalize()


def _unquote(phrase: re.Match[str]) -> str:
    """Return the text between the quotes of a phrase."""
    if phrase[1] is not None:
        return re.sub(r'\\(["\\])', r"\1", phrase[1])
    text = next(text for text in phrase.groups() if text is not None)
    # French puts spaces inside its quotes.
    return text.strip() if phrase[0][0] in "«‹" else text


def _suggest_field(name: str) -> str:
    if name in FIGURES:
        return f"a figure is compared, as in {name}>3."
    return _suggest(name, NAMES)


def _suggest(word: str, words: Sequence[str]) -> str:
    nearest = find_nearest_word(word, words, may_complete=word != "")
    return f"the nearest is {nearest}." if nearest else f"there is {', '.join(words)}."
