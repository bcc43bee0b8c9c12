"""What in a text tells who somebody is or where something is: found, and told by stand-ins.

The one place for what is recognised by its looks (URLs with their hosts, queries and ids; e-mail
and network addresses; UUIDs; cards, accounts and telephones) or by its name in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final
from urllib.parse import quote, unquote

from eventview.redaction import patterns
from eventview.redaction.field_names import FIELDS, FIGURES, kind_in_json
from eventview.redaction.identifiers import is_card
from eventview.redaction.marks import Pass, marks_of, parts, passes
from eventview.redaction.patterns import EntityMatch, EntityType
from eventview.redaction.pseudonyms import Known, PseudonymStore
from eventview.session.text import clean, decoded

FIGURE: Final = re.compile(
    r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?", re.ASCII
)
"""A number or a time, as servers write them."""

_MOST_LEVELS: Final = 6
"""Texts within texts that are taken apart, such as addresses encoded in addresses."""

_MOST_DECODED: Final = 2
"""Levels of JSON in texts: each may be as deep as `eventview.session.text` lets it be."""


WHOLE: Final = frozenset(
    {EntityType.BODY, EntityType.SECRET, EntityType.NAME, EntityType.PERSONAL, EntityType.PLACE}
)
"""What is replaced with all that is in it."""

_LISTS: Final = WHOLE | {EntityType.PHONE, EntityType.CARD, EntityType.IBAN, EntityType.EMAIL}
"""What a field may hold several of."""


class Memo(dict[str, str]):
    """Texts by what they were made of: sessions repeat most of theirs over and over.

    Args:
        make: makes a text of one that has not been asked for yet.
    """

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> str:
        made = self[text] = self._make(text)
        return made


class TextRedactor:
    """Texts told by stand-ins, each according to what it is.

    Args:
        values: says what to write for what.
        level: how many texts these are in. What a text becomes depends on it, so what is
            remembered at one level says nothing of another.
        region: the country of the session, as two letters, whose telephone numbers are known
            without a `+`; "" for none.
    """

    def __init__(self, values: PseudonymStore, level: int = 0, region: str = "") -> None:
        self._values = values
        self._level = level
        self._region = region
        self._passes = passes(region)
        self._passes_of_path = (*self._passes, parts)
        self._inner: TextRedactor | None = None
        self.text = Memo(self._text)
        """Free text, JSON or not; an address where it is nothing else."""
        self.address = Memo(self._address)
        """A URL, or what there is of one: without a scheme, a host, a path."""
        self.host = Memo(self._host)
        """A host with what may stand around it in a URL: user, password, port."""
        self.query = Memo(self._query)
        """The query of a URL without its question mark, and its fragment if there is one."""
        self.lines = Memo(self._lines)
        """Free text line by line."""
        self._segment = Memo(self._segment_of_path)

    def whole(self, kind: EntityType, value: str) -> str:
        """A value that is replaced as a whole; "" is none."""
        return value and self._values.of(kind, value, self._region)

    # --- free text

    def _text(self, text: str) -> str:
        self._values.notice(text)
        if self._level < _MOST_DECODED and patterns.JSON.match(text):
            value = decoded(text)
            if isinstance(value, dict | list):
                told = self._json(text, value)
                if (cleaned := _cleaned(text)) != text:
                    # With pictures for its line ends it is no JSON any more.
                    self.text[cleaned] = clean(told)
                return told
        if patterns.WHOLE_ADDRESS.fullmatch(text) and not patterns.HOME.match(text):
            return self.address[text]
        return self._as_seen(text, self._told(text, self._passes), self.text)

    def _as_seen(self, text: str, told: str, role: Memo) -> str:
        """Return what is told of a raw text, in accord with what is told of the text that is shown.

        Where characters that nobody sees keep something from being found, the raw text gives way.
        """
        cleaned = _cleaned(text)
        return told if cleaned == text or clean(told) == role[cleaned] else role[cleaned]

    def _told(self, text: str, passes: Sequence[Pass] = ()) -> str:
        """A text with known values replaced, and what looks like something."""
        folded = patterns.folded(text)
        plain = folded.text
        known = self._values.find(plain)
        marks = list(marks_of(plain, passes)) if known else []
        told: list[tuple[int, int, str]] = []
        place = 0
        for found, end in _with_addresses(plain, _outside(known, marks)):
            told += self._marked(plain, place, found.start, passes)
            told.append((found.start, end, self._known(plain, found, end)))
            place = end
        told += self._marked(plain, place, len(plain), passes)
        told = [mark for mark in told if mark[2] != plain[mark[0] : mark[1]]]
        if plain == text:
            return _replaced(text, told)
        told = [(*folded.span(a, b), clean(new)) for a, b, new in told]
        # What nobody sees may also part two values.
        return _replaced(text, told, self._apart)

    def _apart(self, text: str) -> str:
        """A part of a text with known values replaced, just as it is spelled."""
        found = self._values.find(text)
        return _replaced(text, [(each.start, each.end, self._values.known(each)) for each in found])

    def _marked(
        self, text: str, start: int, end: int, passes: Sequence[Pass]
    ) -> Iterator[tuple[int, int, str]]:
        for mark in marks_of(text[start:end], passes):
            if mark.end > mark.start:
                yield start + mark.start, start + mark.end, self._mark(mark)

    def _known(self, text: str, found: Known, end: int) -> str:
        behind = patterns.BEHIND_HOST.fullmatch(text, found.end, end)
        if found.kind is not EntityType.HOST or behind is None:
            return self._values.known(found) + text[found.end : end]
        host = self.host[text[found.start : found.end] + behind[1]]
        return host + self.address[behind[2] or ""]

    def _mark(self, mark: EntityMatch) -> str:
        found = mark.text
        match mark.what:
            case "address":
                address = found.rstrip(patterns.TRAILING)
                return self.address[address] + found[len(address) :]
            case "encoded":
                return self._encoded(found, safe="+")
            case "login":
                return self.host[found]
            case "email":
                return self._values.of(EntityType.EMAIL, patterns.plain_email(found))
            case "token" | "basic":
                return self._values.of(EntityType.SECRET, found)
            case "id" | "part" | "mac":
                return self._values.of(EntityType.ID, found)
            case EntityType() as kind:
                return self._values.of(kind, found)
            case _:
                return self._values.of(EntityType.HOST, found)

    def _deeper(self, text: str) -> str:
        """A text out of another; so many levels down it is not taken apart any more."""
        if self._level >= _MOST_LEVELS:
            return self._told(text)
        if self._inner is None:
            self._inner = TextRedactor(self._values, self._level + 1, self._region)
        return self._inner.text[text]

    def _encoded(self, text: str, safe: str = "") -> str:
        """A text that may be percent-encoded, told in the same encoding."""
        inner = unquote(text) if "%" in text else text
        told = self._deeper(inner)
        if inner == text:
            return told
        return text if told == inner else _quoted(told, text, safe)

    def _lines(self, text: str) -> str:
        ended = zip(text.splitlines(), text.splitlines(keepends=True), strict=True)
        return "".join(self.text[line] + whole[len(line) :] for line, whole in ended)

    # --- addresses

    def _address(self, text: str) -> str:
        found = patterns.BEHIND_PATH.search(text)
        end = len(text) if found is None else found.start()
        place, (query, hash_sign, fragment) = text[:end], text[end:].partition("#")
        # One address may hold another, as archives and proxies have it.
        own = patterns.HOST.match(place)
        inner = patterns.INNER_ADDRESS.finditer(place, 1 if own is None else own.end())
        starts = [0, *(found.start() for found in inner), end]
        told = [self._place(place[start:stop]) for start, stop in pairwise(starts)]
        if query:
            told.append("?" + self._pairs(query[1:]))
        told += [hash_sign, self._fragment(fragment)]
        return self._as_seen(text, "".join(told), self.address)

    def _place(self, text: str) -> str:
        """Return what stands before the query: scheme, host and path, or what there is of them."""
        found = patterns.HOST.match(text) or patterns.BARE_HOST.match(text)
        if (file := patterns.FILE.match(text)) is not None:
            # Its path is one of a machine, with the folders of people.
            return file[0] + self._told(text[file.end() :], self._passes)
        if found is None:
            head, slash, path = text.partition("/")
            return self._deeper(head) + self._path(slash + path)
        start, end = found.span("host")
        return text[:start] + self.host[text[start:end]] + self._path(text[end:])

    def _path(self, path: str) -> str:
        parts = []
        place = 0
        for found in self._values.find(path):
            if "/" in path[found.start : found.end]:
                parts += [self._segments(path[place : found.start]), self._values.known(found)]
                place = found.end
        return "".join(parts) + self._segments(path[place:])

    def _segments(self, path: str) -> str:
        found = patterns.OTHER_HOST.match(path)
        host = "" if found is None else "//" + self.host[found["host"]]
        rest = path if found is None else path[found.end() :]
        return host + "/".join([self._segment[segment] for segment in rest.split("/")])

    def _segment_of_path(self, segment: str) -> str:
        self._values.notice(segment)
        # Java's servers keep the session's id behind a semicolon.
        name, *parameters = segment.split(";") if "=" in segment else [segment]
        inner = unquote(name) if "%" in name else name
        is_more = patterns.IS_MORE.search(inner)
        told = self._deeper(inner) if is_more else self._told(inner, self._passes_of_path)
        if inner != name:
            told = name if told == inner else _quoted(told, name)
        return ";".join([told, *map(self._pair, parameters)])

    def _query(self, text: str) -> str:
        query, hash_sign, fragment = text.partition("#")
        told = self._pairs(query) + hash_sign + self._fragment(fragment)
        return self._as_seen(text, told, self.query)

    def _fragment(self, text: str) -> str:
        if patterns.ROUTE.match(text):
            # Such pages have their addresses there.
            path, mark, query = text.partition("?")
            return self._path(path) + mark + self._pairs(query)
        return self._pairs(text) if "=" in text else self.whole(EntityType.QUERY, text)

    def _pairs(self, text: str) -> str:
        return "&".join(map(self._pair, text.split("&")))

    def _pair(self, text: str) -> str:
        name, equals, value = text.partition("=")
        if not equals and not patterns.FLAG.fullmatch(name):
            return self._values.of(EntityType.QUERY, name)
        if value and self._values.is_collecting:
            # For what is in it, which other texts may hold by itself.
            self._encoded(value)
        return self._encoded(name) + equals + self.whole(EntityType.QUERY, value)

    def _host(self, text: str) -> str:
        user, at, host = text.rpartition("@")
        name, colon, password = user.partition(":")
        told = self.whole(EntityType.USER, name) + colon + self.whole(EntityType.QUERY, password)
        return self._as_seen(text, told + at + self.whole(EntityType.HOST, host), self.host)

    # --- JSON

    def _json(self, text: str, value: Any) -> str:
        told = self.payload(value)
        if told == value:
            return text
        separators = (", ", ": ") if '": ' in text else (",", ":")
        return json.dumps(told, ensure_ascii=text.isascii(), separators=separators)

    def payload(self, value: Any, parent: str = "") -> Any:
        """JSON of no known format: what its fields call so, and free text.

        Args:
            value: the JSON.
            parent: the name of the field that holds it.
        """
        if isinstance(value, str):
            return self._deeper(value)
        if isinstance(value, list):
            items = []
            for inner in value:
                items.append(self.payload(inner, parent))  # noqa: PERF401  # a frame less a level
            return items
        if isinstance(value, dict):
            fields: dict[Any, Any] = {}
            for name, inner in value.items():
                kind = kind_in_json(name, parent)
                is_nested = isinstance(inner, dict | list) and kind not in _LISTS
                is_nested = is_nested or (isinstance(inner, dict) and kind not in WHOLE)
                told = self.payload(inner, name) if is_nested else self._named(kind, name, inner)
                fields[self.name(name, fields)] = told
            return fields
        return self.number(value)

    def name(self, name: Any, others: Mapping[Any, Any]) -> Any:
        """The name of a field, other than those of the fields before it."""
        told = self._deeper(name) if isinstance(name, str) and name not in FIELDS else name
        while told in others:
            told = f"{told} {len(others)}"
        return told

    def _named(self, kind: EntityType | None, name: Any, value: Any) -> Any:
        if kind is not None:
            return self.field(kind, value)
        text = value if isinstance(value, str) else str(value) if _is_number(value) else ""
        return value if name in FIGURES and FIGURE.fullmatch(text) else self.payload(value)

    def field(self, kind: EntityType, value: Any) -> Any:
        """Return what a field holds that says what it is."""
        if kind is EntityType.BODY:
            return self._body(value)
        if kind in WHOLE:
            return self._all(kind, value)
        if kind is EntityType.EMAIL and not (isinstance(value, str) and "@" in value):
            return self.payload(value)
        if isinstance(value, str):
            return value if patterns.MASKED.fullmatch(value) else self.whole(kind, value)
        if _is_number(value):
            return self._values.of(kind, str(value), self._region)
        if isinstance(value, list):
            return [self.field(kind, inner) for inner in value]
        return self.payload(value)

    def _all(self, kind: EntityType, value: Any) -> Any:
        """A value of a kind, with all that is in it."""
        if isinstance(value, dict):
            fields: dict[Any, Any] = {}
            for name, inner in value.items():
                fields[self.name(name, fields)] = self._all(kind, inner)
            return fields
        if isinstance(value, list):
            items = []
            for inner in value:
                items.append(self._all(kind, inner))  # noqa: PERF401  # a frame less a level
            return items
        if isinstance(value, str):
            return value if patterns.MASKED.fullmatch(value) else self.whole(kind, value)
        return self._values.of(kind, str(value)) if _is_number(value) else value

    def _body(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.whole(EntityType.BODY, value)
        if not value or isinstance(value, bool):
            return value
        # What was no text must not become one: readers tell them apart.
        try:
            stand_in = self._values.of(EntityType.BODY, json.dumps(value))
        except ValueError:
            stand_in = self._values.of(EntityType.BODY, "a number of too many digits")
        return {"redacted": stand_in} if isinstance(value, dict) else [stand_in]

    def number(self, value: Any) -> Any:
        """A number, or the stand-in of the known value that it is."""
        if not _is_number(value):
            return value
        digits = str(value)
        found = self._values.find(digits)
        if found and (found[0].start, found[0].end) == (0, len(digits)):
            return self._values.known(found[0])
        return self._values.of(EntityType.CARD, digits) if is_card(digits) else value


def _replaced(
    text: str, told: Iterable[tuple[int, int, str]], rest: Callable[[str], str] = str
) -> str:
    """A text with other texts at some places, in order, and something done with the rest."""
    parts = []
    place = 0
    for start, end, new in told:
        parts += [rest(text[place:start]), new]
        place = end
    return "".join([*parts, rest(text[place:])])


def _cleaned(text: str) -> str:
    # `clean` remembers some: of so many texts, all of them different, it would remember none.
    return text if text.isascii() and text.isprintable() else clean(text)


def _quoted(text: str, like: str, safe: str = "") -> str:
    """A text percent-encoded as another one is: with its letters or without."""
    if like.isascii():
        return quote(text, safe=safe, errors="surrogatepass")
    return patterns.NO_WORD.sub(
        lambda found: quote(found[0], safe=safe, errors="surrogatepass"), text
    )


def _outside(known: Sequence[Known], marks: Sequence[EntityMatch]) -> Iterator[Known]:
    """Known values that are not parts of something larger, which is taken apart by itself."""
    later = iter(marks)
    mark = next(later, None)
    for value in known:
        while mark is not None and mark.end <= value.start:
            mark = next(later, None)
        start, end = (0, 0) if mark is None else mark[:2]
        if not (start <= value.start and value.end <= end) or (start, end) == value[:2]:
            yield value


def _with_addresses(text: str, known: Iterable[Known]) -> Iterator[tuple[Known, int]]:
    """Known values with their ends: of a host, the end of the address that it begins."""
    host: Known | None = None
    end = 0
    for found in known:
        if found.end <= end:
            continue
        if host is not None:
            yield host, min(end, found.start)
            host = None
        end = found.end
        if (
            found.kind is EntityType.HOST
            and (behind := patterns.BEHIND_HOST.match(text, end)) is not None
        ):
            host, end = found, behind.end()
        else:
            yield found, end
    if host is not None:
        yield host, end


def _is_number(value: object) -> bool:
    """Return whether a value is a number that Python will print."""
    return type(value) is float or (type(value) is int and value.bit_length() < 1000)
