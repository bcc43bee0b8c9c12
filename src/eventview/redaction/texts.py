"""Redaction of texts: URLs, JSON and free text.

Recognised by pattern: URLs with hosts, queries and ids; e-mail and network addresses; UUIDs; cards,
accounts and phones. Fields of JSON are recognised by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final
from urllib.parse import quote, unquote

from eventview.redaction import patterns
from eventview.redaction.field_names import FIELDS, FIGURES, kind_in_json
from eventview.redaction.patterns import EntityMatch, EntityType, is_card
from eventview.redaction.pseudonyms import KnownValue, PseudonymStore
from eventview.redaction.recognizers import Pass, build_passes, find_marks, find_path_ids
from eventview.session.text import clean, decode_json

FIGURE: Final = re.compile(
    r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?", re.ASCII
)
"""Number or time in the servers' notation."""

_MOST_LEVELS: Final = 6
"""Levels of texts within texts that are parsed, such as addresses encoded in addresses."""
_MOST_DECODED: Final = 2
"""Levels of JSON within texts; each may be as deep as `eventview.session.text` allows."""

WHOLE: Final = frozenset(
    {EntityType.BODY, EntityType.SECRET, EntityType.NAME, EntityType.PERSONAL, EntityType.PLACE}
)
"""Types whose fields are replaced with everything inside them."""

_LISTS: Final = WHOLE | {EntityType.PHONE, EntityType.CARD, EntityType.IBAN, EntityType.EMAIL}
"""Types whose fields may hold a list."""


class Memo(dict[str, str]):
    """Cache of the texts that `make` returns; sessions repeat most of theirs many times."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> str:
        made = self[text] = self._make(text)
        return made


class TextRedactor:
    """Redact texts, with one cache for each kind of text.

    Args:
        values: store of the replacements.
        level: number of texts around these. The result depends on it, so each level has its own
            caches.
        region: two-letter country whose phone numbers may lack a `+`; "" for none.
    """

    def __init__(self, values: PseudonymStore, level: int = 0, region: str = "") -> None:
        self._values = values
        self._level = level
        self._region = region
        self._passes = build_passes(region)
        self._passes_of_path = (*self._passes, find_path_ids)
        self._inner: TextRedactor | None = None
        self.text = Memo(self._redact_text)
        """Free text, JSON, or a single address."""
        self.address = Memo(self._redact_address)
        """A URL, possibly without scheme, host or path."""
        self.host = Memo(self._redact_host)
        """A host with user, password and port, if there are any."""
        self.query = Memo(self._redact_query)
        """A query without its question mark, with its fragment if there is one."""
        self.lines = Memo(self._redact_lines)
        """Free text line by line."""
        self._segment = Memo(self._redact_segment)

    def replace(self, kind: EntityType, value: str) -> str:
        """Return the replacement of a whole value; "" stays."""
        return value and self._values.replace(kind, value, self._region)

    # --- free text

    def _redact_text(self, text: str) -> str:
        self._values.reserve(text)
        if self._level < _MOST_DECODED and patterns.JSON_START.match(text):
            value = decode_json(text)
            if isinstance(value, dict | list):
                payload, redacted = self.redact_payload(value), text
                if payload != value:
                    separators = (", ", ": ") if '": ' in text else (",", ":")
                    is_ascii = text.isascii()
                    redacted = json.dumps(payload, ensure_ascii=is_ascii, separators=separators)
                if (cleaned := _clean(text)) != text:
                    # A cleaned text has pictures for its line ends and is no JSON any more.
                    self.text[cleaned] = clean(redacted)
                return redacted
        if patterns.WHOLE_ADDRESS.fullmatch(text) and not patterns.HOME.match(text):
            return self.address[text]
        return self._match_cleaned(text, self._redact_marks(text, self._passes), self.text)

    def _match_cleaned(self, text: str, redacted: str, role: Memo) -> str:
        """Return a redacted raw text, or the redacted cleaned text if the two disagree.

        They disagree if invisible characters in the raw text hide a value.
        """
        cleaned = _clean(text)
        return redacted if cleaned == text or clean(redacted) == role[cleaned] else role[cleaned]

    def _redact_marks(self, text: str, passes: Sequence[Pass] = ()) -> str:
        """Replace known values and what the passes find."""
        folded = patterns.fold_to_ascii(text)
        plain = folded.text
        known = self._values.find(plain)
        marks = list(find_marks(plain, passes)) if known else []
        replacements: list[tuple[int, int, str]] = []
        place = 0
        for found, end in _join_addresses(plain, _skip_contained(known, marks)):
            replacements += self._find_replacements(plain, place, found.start, passes)
            replacements.append((found.start, end, self._redact_known(plain, found, end)))
            place = end
        replacements += self._find_replacements(plain, place, len(plain), passes)
        replacements = [(a, b, new) for a, b, new in replacements if new != plain[a:b]]
        if plain == text:
            return _replace_ranges(text, replacements)
        replacements = [(*folded.span(a, b), clean(new)) for a, b, new in replacements]
        # An invisible character may also separate two values.
        return _replace_ranges(text, replacements, self._replace_known)

    def _replace_known(self, text: str) -> str:
        """Replace the known values in a part of a raw text."""
        values = self._values
        found = [(each.start, each.end, values.replace_known(each)) for each in values.find(text)]
        return _replace_ranges(text, found)

    def _find_replacements(
        self, text: str, start: int, end: int, passes: Sequence[Pass]
    ) -> Iterator[tuple[int, int, str]]:
        for mark in find_marks(text[start:end], passes):
            if mark.end > mark.start:
                yield start + mark.start, start + mark.end, self._redact_mark(mark)

    def _redact_known(self, text: str, found: KnownValue, end: int) -> str:
        behind = patterns.BEHIND_HOST.fullmatch(text, found.end, end)
        if found.kind is not EntityType.HOST or behind is None:
            return self._values.replace_known(found) + text[found.end : end]
        host = self.host[text[found.start : found.end] + behind[1]]
        return host + self.address[behind[2] or ""]

    def _redact_mark(self, mark: EntityMatch) -> str:
        found = mark.text
        match mark.kind:
            case "address":
                address = found.rstrip(patterns.SENTENCE_END)
                return self.address[address] + found[len(address) :]
            case "encoded":
                return self._redact_encoded(found, safe="+")
            case "login":
                return self.host[found]
            case "email":
                return self._values.replace(EntityType.EMAIL, patterns.normalize_email(found))
            case "token" | "basic":
                return self._values.replace(EntityType.SECRET, found)
            case "id" | "part" | "mac":
                return self._values.replace(EntityType.ID, found)
            case EntityType() as kind:
                return self._values.replace(kind, found)
            case _:
                return self._values.replace(EntityType.HOST, found)

    def _redact_inner(self, text: str) -> str:
        """Redact a text inside another one; below `_MOST_LEVELS` only known values are replaced."""
        if self._level >= _MOST_LEVELS:
            return self._redact_marks(text)
        if self._inner is None:
            self._inner = TextRedactor(self._values, self._level + 1, self._region)
        return self._inner.text[text]

    def _redact_encoded(self, text: str, safe: str = "") -> str:
        """Redact a text that may be percent-encoded, and encode the result in the same way."""
        inner = unquote(text) if "%" in text else text
        redacted = self._redact_inner(inner)
        if inner == text:
            return redacted
        return text if redacted == inner else _quote_like(redacted, text, safe)

    def _redact_lines(self, text: str) -> str:
        ended = zip(text.splitlines(), text.splitlines(keepends=True), strict=True)
        return "".join(self.text[line] + whole[len(line) :] for line, whole in ended)

    # --- addresses

    def _redact_address(self, text: str) -> str:
        found = patterns.BEHIND_PATH.search(text)
        end = len(text) if found is None else found.start()
        place, (query, hash_sign, fragment) = text[:end], text[end:].partition("#")
        # The addresses of archives and proxies contain other addresses.
        own = patterns.HOST.match(place)
        inner = patterns.INNER_ADDRESS.finditer(place, 1 if own is None else own.end())
        starts = [0, *(found.start() for found in inner), end]
        redacted = [self._redact_place(place[start:stop]) for start, stop in pairwise(starts)]
        if query:
            redacted.append("?" + self._redact_pairs(query[1:]))
        redacted += [hash_sign, self._redact_fragment(fragment)]
        return self._match_cleaned(text, "".join(redacted), self.address)

    def _redact_place(self, text: str) -> str:
        """Redact the part before the query: scheme, host and path, as far as present."""
        found = patterns.HOST.match(text) or patterns.BARE_HOST.match(text)
        if (file := patterns.FILE.match(text)) is not None:
            # The path is one of a machine, with the folders of people.
            return file[0] + self._redact_marks(text[file.end() :], self._passes)
        if found is None:
            head, slash, path = text.partition("/")
            return self._redact_inner(head) + self._redact_path(slash + path)
        start, end = found.span("host")
        return text[:start] + self.host[text[start:end]] + self._redact_path(text[end:])

    def _redact_path(self, path: str) -> str:
        parts, place = [], 0
        for found in self._values.find(path):
            if "/" in path[found.start : found.end]:
                parts.append(self._redact_segments(path[place : found.start]))
                parts.append(self._values.replace_known(found))
                place = found.end
        return "".join(parts) + self._redact_segments(path[place:])

    def _redact_segments(self, path: str) -> str:
        found = patterns.OTHER_HOST.match(path)
        host = "" if found is None else "//" + self.host[found["host"]]
        rest = path if found is None else path[found.end() :]
        return host + "/".join([self._segment[segment] for segment in rest.split("/")])

    def _redact_segment(self, segment: str) -> str:
        self._values.reserve(segment)
        # Java servers put the session id behind a semicolon.
        name, *parameters = segment.split(";") if "=" in segment else [segment]
        inner = unquote(name) if "%" in name else name
        is_more = patterns.IS_MORE.search(inner)
        passes = self._passes_of_path
        new = self._redact_inner(inner) if is_more else self._redact_marks(inner, passes)
        if inner != name:
            new = name if new == inner else _quote_like(new, name)
        return ";".join([new, *map(self._redact_pair, parameters)])

    def _redact_query(self, text: str) -> str:
        query, hash_sign, fragment = text.partition("#")
        redacted = self._redact_pairs(query) + hash_sign + self._redact_fragment(fragment)
        return self._match_cleaned(text, redacted, self.query)

    def _redact_fragment(self, text: str) -> str:
        if patterns.ROUTE.match(text):
            # Single-page applications may have their addresses in the fragment.
            path, mark, query = text.partition("?")
            return self._redact_path(path) + mark + self._redact_pairs(query)
        return self._redact_pairs(text) if "=" in text else self.replace(EntityType.QUERY, text)

    def _redact_pairs(self, text: str) -> str:
        return "&".join(map(self._redact_pair, text.split("&")))

    def _redact_pair(self, text: str) -> str:
        name, equals, value = text.partition("=")
        if not equals and not patterns.FLAG.fullmatch(name):
            return self._values.replace(EntityType.QUERY, name)
        if value and self._values.is_collecting:
            # Other texts may hold a part of the value, which has to be collected too.
            self._redact_encoded(value)
        return self._redact_encoded(name) + equals + self.replace(EntityType.QUERY, value)

    def _redact_host(self, text: str) -> str:
        user, at, host = text.rpartition("@")
        name, colon, password = user.partition(":")
        login = self.replace(EntityType.USER, name) + colon
        login += self.replace(EntityType.QUERY, password) + at
        return self._match_cleaned(text, login + self.replace(EntityType.HOST, host), self.host)

    # --- JSON

    def redact_payload(self, value: Any, parent: str = "") -> Any:
        """Redact the JSON in a field `parent`, by the names of its fields and as free text."""
        if isinstance(value, str):
            return self._redact_inner(value)
        if isinstance(value, list):
            items = []
            for inner in value:
                items.append(self.redact_payload(inner, parent))  # noqa: PERF401  # a frame less a level
            return items
        if isinstance(value, dict):
            fields: dict[Any, Any] = {}
            for name, inner in value.items():
                kind = kind_in_json(name, parent)
                is_nested = isinstance(inner, dict | list) and kind not in _LISTS
                is_nested = is_nested or (isinstance(inner, dict) and kind not in WHOLE)
                is_single = isinstance(inner, str) or _is_number(inner)
                if is_nested:
                    new = self.redact_payload(inner, name)
                elif kind is not None:
                    new = self.redact_field(kind, inner)
                elif name in FIGURES and is_single and FIGURE.fullmatch(str(inner)):
                    new = inner
                else:
                    new = self.redact_payload(inner)
                fields[self.redact_name(name, fields)] = new
            return fields
        return self.redact_number(value)

    def redact_name(self, name: Any, others: Mapping[Any, Any]) -> Any:
        """Redact the name of a field and keep it distinct from the names before it."""
        is_known = not isinstance(name, str) or name in FIELDS
        new = name if is_known else self._redact_inner(name)
        while new in others:
            new = f"{new} {len(others)}"
        return new

    def redact_field(self, kind: EntityType, value: Any) -> Any:
        """Redact the value of a field whose name says what it holds."""
        if kind is EntityType.BODY:
            return self._redact_body(value)
        if kind in WHOLE:
            return self._redact_all(kind, value)
        if kind is EntityType.EMAIL and not (isinstance(value, str) and "@" in value):
            return self.redact_payload(value)
        if isinstance(value, list):
            return [self.redact_field(kind, inner) for inner in value]
        is_single = isinstance(value, str) or _is_number(value)
        return self._redact_single(kind, value) if is_single else self.redact_payload(value)

    def _redact_single(self, kind: EntityType, value: Any) -> Any:
        """Redact a text, unless a tracker has masked it, or a number; any other value stays."""
        if isinstance(value, str):
            return value if patterns.MASKED.fullmatch(value) else self.replace(kind, value)
        return self.replace(kind, str(value)) if _is_number(value) else value

    def _redact_all(self, kind: EntityType, value: Any) -> Any:
        if isinstance(value, dict):
            fields: dict[Any, Any] = {}
            for name, inner in value.items():
                fields[self.redact_name(name, fields)] = self._redact_all(kind, inner)
            return fields
        if isinstance(value, list):
            items = []
            for inner in value:
                items.append(self._redact_all(kind, inner))  # noqa: PERF401  # a frame less a level
            return items
        return self._redact_single(kind, value)

    def _redact_body(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.replace(EntityType.BODY, value)
        if not value or isinstance(value, bool):
            return value
        # Readers distinguish texts from other values, so the result must not be a text.
        try:
            pseudonym = self._values.replace(EntityType.BODY, json.dumps(value))
        except ValueError:
            pseudonym = self._values.replace(EntityType.BODY, "a number of too many digits")
        return {"redacted": pseudonym} if isinstance(value, dict) else [pseudonym]

    def redact_number(self, value: Any) -> Any:
        """Return the replacement of a number that is a known value or a card; else the number."""
        if not _is_number(value):
            return value
        digits = str(value)
        found = self._values.find(digits)
        if found and (found[0].start, found[0].end) == (0, len(digits)):
            return self._values.replace_known(found[0])
        return self._values.replace(EntityType.CARD, digits) if is_card(digits) else value


def _replace_ranges(
    text: str, ranges: Iterable[tuple[int, int, str]], convert: Callable[[str], str] = str
) -> str:
    """Replace ranges of a text, given in order, and convert the rest."""
    parts, place = [], 0
    for start, end, new in ranges:
        parts += [convert(text[place:start]), new]
        place = end
    return "".join([*parts, convert(text[place:])])


def _clean(text: str) -> str:
    # `clean` has a cache, which would be useless for so many different texts.
    return text if text.isascii() and text.isprintable() else clean(text)


def _quote_like(text: str, like: str, safe: str = "") -> str:
    """Percent-encode a text as another one is, with or without its letters."""
    encode = partial(quote, safe=safe, errors="surrogatepass")
    return encode(text) if like.isascii() else patterns.NO_WORD.sub(lambda m: encode(m[0]), text)


def _skip_contained(
    known: Sequence[KnownValue], marks: Sequence[EntityMatch]
) -> Iterator[KnownValue]:
    """Yield the known values that are not inside a larger mark, which is redacted on its own."""
    later = iter(marks)
    mark = next(later, None)
    for value in known:
        while mark is not None and mark.end <= value.start:
            mark = next(later, None)
        start, end = (0, 0) if mark is None else mark[:2]
        if not (start <= value.start and value.end <= end) or (start, end) == value[:2]:
            yield value


def _join_addresses(text: str, known: Iterable[KnownValue]) -> Iterator[tuple[KnownValue, int]]:
    """Yield known values with their ends; a host ends where its address does."""
    host: KnownValue | None = None
    end = 0
    for found in known:
        if found.end <= end:
            continue
        if host is not None:
            yield host, min(end, found.start)
            host = None
        end = found.end
        is_host = found.kind is EntityType.HOST
        behind = patterns.BEHIND_HOST.match(text, end) if is_host else None
        if behind is not None:
            host, end = found, behind.end()
        else:
            yield found, end
    if host is not None:
        yield host, end


def _is_number(value: object) -> bool:
    """Return whether a value is a number that Python can print."""
    return type(value) is float or (type(value) is int and value.bit_length() < 1000)
