"""Folding: texts that look the same become the same, for search, comparison and counts.

Folded text is never shown. All input has been through `eventview.session.text.clean`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from eventview.session.text import clean

_PLACEHOLDER: Final = r"<U\+([0-9A-F]{4,6})>"
"""The placeholder that `clean` puts for an invisible character."""

_CHARACTERS: Final = f"(?s){_PLACEHOLDER}|."

_BREAKS: Final = frozenset({"0085", "2028", "2029"})
_SPACES: Final = " {2,}"

_OTHER_MEANING: Final = ("<super>", "<sub>", "<fraction>", "<circle>")
"""Compatibility forms with a meaning of their own: `m²` is not `m2`, nor `½` `1/2`. All others
(full and half width, ligatures, `…`, Arabic presentation forms, letters of other fonts) become what
NFKC makes of them."""

_EQUIVALENTS: Final = {
    **dict.fromkeys("\u2010\u2011", "-"),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u05f3", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u05f4", '"'),
    "\n": "\n",
}
"""Hyphens and quotation marks, which NFKC distinguishes and a browser's search does not; a line
break stays, because it separates the fields of an event."""


class Shapes(dict[int, str]):
    """The plain form of each character, computed on first use."""

    joins_spaces = True
    """True if a run of spaces becomes one."""

    def __missing__(self, code: int) -> str:
        shape = self[code] = self.shape(chr(code))
        return shape

    def shape(self, character: str) -> str:
        """Return the plain form of a character; "" for an invisible one."""
        if character in _EQUIVALENTS:
            return _EQUIVALENTS[character]
        # Cleaning turns line breaks and tabs into their control pictures.
        if character.isspace() or "\u2409" <= character <= "\u240d":
            return " "
        # Cleaning drops what only shapes the glyph before it.
        shown = clean(f"a{character}a")[1:-1]
        if not shown or re.fullmatch(_PLACEHOLDER, shown):
            return ""
        tag, *codes = unicodedata.decomposition(character).split() or [""]
        if not tag.startswith("<") or tag in _OTHER_MEANING:
            return character
        shape = "".join(self[int(code, 16)] for code in codes)
        # An accent of its own decomposes into a space and a mark, but is no space.
        return character if shape.startswith(" ") else shape


_SHAPES: Final = Shapes()

_OTHER: Final = (
    r"[^\n -~\u00b7\u00bb-\u0131\u014a-\u017e\u0180-\u01c3\u01cd-\u01f0\u03a3-\u03cf\u03fa-\u0482"
    r"\u048a-\u052f\u0531-\u0556\u05d0-\u05ea\u0621-\u064a\u0904-\u0939\u0e01-\u0e30\u1e00-\u1e99"
    r"\u3041-\u3096\u30a1-\u30fa]"
)
"""All but the common letters of many alphabets, which are their own plain form: looking up each of
them would take ten times as long. Ranges of ideographs would take 6 ms to compile."""


def fold(text: str, *, is_encoded: bool = True) -> str:
    """Return a text without invisible differences; case and line breaks stay.

    The result has one normal form, one space for a run of spaces, one kind of hyphen and quotation
    mark, no invisible characters, and percent-encoding only where it carries a meaning.

    Args:
        text: a text, cleaned or not.
        is_encoded: False leaves percent signs as they are.
    """
    if not is_encoded:
        return _fold_text(text)
    if _is_plain(text):
        return text
    return "\n".join(map(_fold_line, text.split("\n")))


def _is_plain(text: str, shapes: Shapes = _SHAPES) -> bool:
    """Return True for a text that folding certainly leaves unchanged."""
    return not ("%" in text or "<U+" in text or "  " in text or _has_other(text, shapes))


def _has_other(text: str, shapes: Shapes = _SHAPES) -> bool:
    """Return True for a text in which a character differs from its plain form."""
    if text.isascii() and text.isprintable():
        return False
    return re.search(_OTHER, text) is not None and (
        any(shapes[ord(character)] != character for character in set(text))
        or not unicodedata.is_normalized("NFC", text)
    )


# The events of a session share many lines, so a cache saves most of the work.
@lru_cache(maxsize=4096)
def _fold_line(text: str) -> str:
    return _fold_text(re.sub(_ESCAPES, _decode, text) if "%" in text else text)


def _fold_text(text: str) -> str:
    if "<U+" in text:
        text = re.sub(_PLACEHOLDER, _replace_invisible, text)
    if _has_other(text):
        text = unicodedata.normalize("NFC", text.translate(_SHAPES))
    return re.sub(_SPACES, " ", text) if "  " in text else text


def _replace_invisible(match: re.Match[str]) -> str:
    return " " if match[1] in _BREAKS else ""


def fold_case(text: str) -> str:
    """Return folded text without its case: `Straße` becomes `strasse`, and `ı` becomes `i`.

    The dotted and the dotless letter are one, because `I` is the capital of both, by language.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFC", text.casefold())
    return text.replace("i\u0307", "i").replace("ı", "i")


# A session repeats its labels, and comparisons and runs ask for each of them often.
@lru_cache(maxsize=2048)
def fold_label(text: str) -> str:
    """Return a whole text, such as a label, folded without percent-decoding or outer space."""
    return _fold_text(text).strip()


@lru_cache(maxsize=2048)
def fold_word(text: str) -> str:
    """Return one form for all spellings of a name or a label, in any case."""
    return fold_case(fold_label(text))


@lru_cache(maxsize=2048)
def fold_address(address: str) -> str:
    """Return one form for all spellings of an address or a part of one."""
    return fold(address).strip()


# --- percent-encoding

_ESCAPES: Final = r"(?<!%)(?<!%[0-9A-Fa-f])(?:%[0-9A-Fa-f]{2})+"
"""Percent-encoded characters, except after text with which they would decode to a new escape."""

_DELIMITERS: Final = frozenset("/?#%&=+;\\")
"""ASCII whose meaning in an address depends on its encoding; a backslash is a slash to browsers
(WHATWG URL)."""

_SHOWN_ENCODED: Final = _DELIMITERS | frozenset(":@")
"""ASCII to show encoded: also what would look like another host, as ECMAScript's `decodeURI`."""


def _split_escapes(escapes: str) -> Sequence[tuple[str, str]]:
    """Return encoded characters, each with its escapes; bytes that are no UTF-8 as surrogates."""
    found, start = [], 0
    for character in bytes.fromhex(escapes.replace("%", "")).decode("utf-8", "surrogateescape"):
        end = start + 3 * len(character.encode("utf-8", "surrogateescape"))
        found.append((character, escapes[start:end]))
        start = end
    return found


def _decode(match: re.Match[str]) -> str:
    return "".join(_decode_character(*encoded) for encoded in _split_escapes(match[0]))


def _decode_character(character: str, escapes: str) -> str:
    is_kept = character in _DELIMITERS or unicodedata.category(character) in {"Cc", "Cs"}
    return escapes.upper() if is_kept else character


def fold_expression(source: str) -> str:
    """Return the source of a regular expression, adapted to folded texts.

    Only the normal form, spaces, quotation marks, percent-encoding and invisible characters are
    folded; the rest of folding would change the meaning of an expression.
    """
    if "%" in source:
        source = re.sub(_ESCAPES, _decode_in_expression, source)
    source = re.sub(_PLACEHOLDER, _replace_invisible, source)
    # Hyphens are left out, because one may stand for a range.
    shapes = {
        character: shape
        for character in set(source)
        if (shape := _SHAPES[ord(character)]) in " '\"" and shape
    }
    return unicodedata.normalize("NFC", "".join(shapes.get(letter, letter) for letter in source))


def _decode_in_expression(match: re.Match[str]) -> str:
    return "".join(
        re.escape(decoded) if (decoded := _decode_character(*encoded)) == encoded[0] else decoded
        for encoded in _split_escapes(match[0])
    )


@lru_cache(maxsize=2048)
def decode_address(address: str) -> str:
    """Return an address or a part of one for display, decoded where that is safe.

    Delimiters, controls, bytes that are no UTF-8 and characters that would not show as themselves
    (a space at an end, other spaces, accents without a letter) stay encoded. The result is clean
    if the address is.
    """
    if "%" not in address:
        return address
    shown, start = "", 0
    for match in re.finditer(_ESCAPES, address):
        shown += address[start : match.start()]
        start = match.end()
        encoded = _split_escapes(match[0])
        decoded = "".join(character for character, _ in encoded)
        around = f"{shown[-1:] or ' '}{decoded}{address[start : start + 1] or ' '}"
        for place, (character, escapes) in enumerate(encoded):
            is_seen = _is_seen(character, around[place], around[place + 2])
            shown += character if is_seen else escapes
    return shown + address[start:]


def _is_seen(character: str, before: str, after: str) -> bool:
    """Return True for a character that shows as itself between two others."""
    if character == " ":
        return not before.isspace() and not after.isspace()
    if _is_mark(character) and not (before.isalnum() or _is_mark(before)):
        return False
    return (
        character not in _SHOWN_ENCODED
        and character.isprintable()
        and clean(f"a{character}a") == f"a{character}a"
    )


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


# --- offsets in the original text


class Folded(NamedTuple):
    """A folded text with the offsets of its characters in the original."""

    text: str
    places: Sequence[int]
    """The offset in the original of each character, and of the end."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return start and end in the original of a part of the folded text, at its widest."""
        first, last = self.places[start], self.places[end]
        if start < end and last == self.places[end - 1]:
            # A part of a letter, such as one of a ligature, stands for the whole letter.
            last = next((place for place in self.places[end:] if place > last), last)
        return first, last


def fold_with_places(
    text: str, *, is_exact: bool, is_encoded: bool = True, shapes: Shapes = _SHAPES
) -> Folded:
    """Return a folded text with the offsets of its characters in the original.

    Args:
        text: a text, cleaned or not.
        is_exact: True keeps the case.
        is_encoded: False leaves percent signs as they are.
        shapes: the plain form of each character.
    """
    if _is_plain(text, shapes) and (is_exact or text.isascii()):
        return Folded(text if is_exact else text.lower(), range(len(text) + 1))
    plain, starts = _decode_with_places(text) if is_encoded else (text, range(len(text)))
    folded, places = "", list[int]()
    for units in _split_letters(plain, shapes):
        letter = "".join([shape for shape, _ in units])
        if not letter.isascii():
            letter = unicodedata.normalize("NFC", letter)
        letter = letter if is_exact else fold_case(letter)
        if shapes.joins_spaces:
            letter = re.sub(_SPACES, " ", letter) if "  " in letter else letter
            letter = letter.removeprefix(" ") if folded.endswith(" ") else letter
        folded += letter
        places += [starts[units[0][1]]] * len(letter)
    return Folded(folded, [*places, len(text)])


def _decode_with_places(text: str) -> tuple[str, Sequence[int]]:
    """Return a text without percent-encoding and the offset of each of its characters."""
    plain, starts, start = "", list[int](), 0
    for match in re.finditer(_ESCAPES, text):
        plain += text[start : match.start()]
        starts += range(start, match.start())
        start = match.start()
        for character, escapes in _split_escapes(match[0]):
            decoded = _decode_character(character, escapes)
            plain += decoded
            starts += [start] if len(decoded) == 1 else range(start, start + len(escapes))
            start += len(escapes)
    return plain + text[start:], [*starts, *range(start, len(text))]


def _split_letters(plain: str, shapes: Shapes) -> Iterator[Sequence[tuple[str, int]]]:
    """Yield the shapes of one letter each, with their offsets in the text."""
    units: list[tuple[str, int]] = []
    is_blank = False
    for match in re.finditer(_CHARACTERS, plain):
        shape = _replace_invisible(match) if match[1] else shapes[ord(match[0])]
        is_continued = not shape or (
            not shape.isascii() and (_is_mark(shape[0]) or "\u1160" <= shape[0] <= "\u11ff")
        )
        is_joined = shapes.joins_spaces and is_blank and shape == " "
        if units and not is_continued and not is_joined:
            yield units
            units = []
        if shape:
            # A flag saves a search of the units, which may be as many as the spaces of a text.
            is_blank = shape.isspace() and (is_blank or not any(seen for seen, _ in units))
        units.append((shape, match.start()))
    if units:
        yield units
