"""Sanitising of foreign text, its width in terminal cells, and JSON in texts.

Every text of an event, a server or a file name is hostile until it has been through `clean` (to
show text) or `json_text` (to show raw JSON). A character takes no, one or two cells by the table of
the terminal interface (`rich.cells`), so that plain output and screen agree.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Final, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2"
)
"""Format characters and others without ink: Unicode's categories Cf, Zl and Zp and the
property Default_Ignorable_Code_Point (Unicode 16, UCD files UnicodeData and
DerivedCoreProperties), except the variation selectors, which are in `_PRESENTATION`."""

_CONTROLS = "\x00-\x1f\x7f-\x9f"
_SURROGATES = "\ud800-\udfff"
_PRESENTATION = "\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff"
"""Variation selectors and skin tones, which only shape the glyph before them."""

_PICTOGRAPH = "\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_JOINING_SCRIPTS = (
    "\u0620-\u06d5\u06ee-\u06ff\u0710-\u088f\u08a0-\u08e1\u08e3-\u0dff\u0f00-\u109f"
    "\u1780-\u17b3\u17b6-\u17ff\u1820-\u18af"
)
"""The scripts whose spelling needs the zero-width joiner and non-joiner: Arabic and its kin, the
Indic scripts, Tibetan, Myanmar, Khmer, Mongolian."""

_PRESENTATION_ONLY = (
    f"(?s)(?<=.)[{_PRESENTATION}]+|(?<=[{_PICTOGRAPH}{_PRESENTATION}])\u200d(?=[{_PICTOGRAPH}])"
)
_UNSAFE = (
    f"[{_CONTROLS}{_SURROGATES}]"
    f"|(?![\u200c\u200d])[{_INVISIBLE}]"
    f"|(?<![{_JOINING_SCRIPTS}])[\u200c\u200d]"
    f"|[\u200c\u200d](?![{_JOINING_SCRIPTS}])"
)
_UNSAFE_IN_JSON = f"[{_CONTROLS}{_SURROGATES}{_INVISIBLE}{_PRESENTATION}]"
_ASCII = bytes(range(0x7F))
"""ASCII without DEL, the only control that JSON does not escape."""


# A session repeats its labels, selectors and addresses, so that a cache makes the reading of
# 100,000 events four times as fast.
@lru_cache(maxsize=2048)
def clean(text: str) -> str:
    """Make foreign text safe and legible on one line of a terminal.

    Controls become their Unicode control pictures (a newline ␊, an escape ␛), and other
    invisible characters that have an effect become their number, as in `<U+202E>`. Those that
    only select a glyph's presentation (variation selectors, skin tones, the joiners inside an
    emoji family) are left out, because terminals disagree about their width, and a wrong width
    breaks the whole line. Cleaning twice changes nothing.

    Returns:
        The text to show; the same object if nothing had to change.
    """
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_UNSAFE, _replace, re.sub(_PRESENTATION_ONLY, "", text))


def _replace(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


_BREAKS: Final = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_BROKEN: Final = f"[{_BREAKS}]+"


def join_lines(text: str) -> str:
    """Return typed or pasted text on one line, with a space for each run of line breaks and tabs.

    Those at its ends, with which whole lines are copied, are left out.
    """
    return re.sub(_BROKEN, " ", text.strip(_BREAKS))


def shorten(text: str, limit: int) -> str:
    """Cut text to `limit` characters and append the number of those left out.

    A text that this would not make shorter stays whole. Columns of cells need `clip` instead.
    """
    more = len(text) - limit
    if more <= 0:
        return text
    cut = f"{text[:limit]}… ({more:,} more characters)"
    return cut if len(cut) < len(text) else text


class UserText(NamedTuple):
    """Foreign text inside our own, which markup must escape."""

    text: str


Inline = tuple[str | UserText, ...]
"""Sentence or part of one: our own text and foreign text."""

_USER_TEXT_LIMIT: Final = 120
"""Characters of one foreign text in a sentence; trackers take 255 for a whole title."""


def shorten_user_text(text: str) -> UserText:
    """Return foreign text, shortened to the limit for one in a sentence."""
    return UserText(shorten(text, _USER_TEXT_LIMIT))


def unescape_entities(text: str) -> str:
    """Return a text with its HTML entities decoded once."""
    if "&" not in text:
        return text
    from html import unescape  # noqa: PLC0415  # its table takes 1 ms, and few texts need it

    return unescape(text)


def find_nearest_word(word: str, known: Iterable[str], *, may_complete: bool = False) -> str:
    """Return the known word that was perhaps meant; "" if none is near.

    Args:
        word: the unknown word.
        known: the known words.
        may_complete: True if a known word that begins with the word is always near.
    """
    from difflib import get_close_matches  # noqa: PLC0415  # only a mistake needs it

    known = list(known)
    begun = [each for each in known if each.startswith(word)] if may_complete else []
    return next(iter(begun or get_close_matches(word, known, n=1)), "")


def json_text(value: object, *, indent: int | None = None) -> str:
    r"""Return a value as JSON that is exact and harmless to show.

    Letters of every script stay readable. Characters that `clean` would replace or leave out become
    JSON's own `\u` escapes, so that the value read back is the value sent. A number beyond the
    range of a float, for which JSON readers have no value, becomes the text "Infinity".

    Args:
        value: a value from `json.loads`.
        indent: as for `json.dumps`; None for one line.
    """
    separators = (",", ":") if indent is None else None
    write = partial(json.dumps, ensure_ascii=False, indent=indent, separators=separators)
    try:
        written = write(value, allow_nan=False)
    except ValueError:
        written = write(_replace_infinities(value))
    return _escape(written)


def write_json(value: object) -> str:
    """Return a value as `json_text` does on one line, ten times as fast.

    Numbers have the same values but may be spelt differently: 1e-7 for 1e-07.
    """
    # Only exports write much JSON, and pydantic_core takes 30 ms to import.
    from pydantic_core import PydanticSerializationError, to_json  # noqa: PLC0415

    try:
        written = to_json(value, inf_nan_mode="strings").decode()
    except (PydanticSerializationError, UnicodeError):
        # The fast writer refuses half a surrogate pair, for example.
        return json_text(value)
    return escape_harmful(written)


def escape_harmful(written: str) -> str:
    """Return JSON on one line with the characters escaped that `json_text` escapes."""
    if written.isascii():
        is_harmless = "\x7f" not in written
    else:
        # ASCII goes first, so that little is left to search.
        suspicious = written.encode().translate(None, _ASCII).decode()
        is_harmless = re.search(_UNSAFE_IN_JSON, suspicious) is None
    return written if is_harmless else _escape(written)


def _escape(written: str) -> str:
    # The writers escape C0 themselves, which leaves DEL as the only unsafe ASCII.
    if written.isascii() and "\x7f" not in written:
        return written
    return "\n".join(
        re.sub(_UNSAFE_IN_JSON, lambda unsafe: json.dumps(unsafe[0])[1:-1], line)
        for line in written.split("\n")
    )


def _replace_infinities(value: object) -> object:
    if isinstance(value, dict):
        return {field: _replace_infinities(inner) for field, inner in value.items()}
    if isinstance(value, list):
        return [_replace_infinities(inner) for inner in value]
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


MAX_DEPTH: Final = 200
"""Most levels of nesting: the limit of pydantic's reader, and safe for recursive functions."""


def is_nested_deeper(value: object) -> bool:
    """Return True if lists and objects are nested more than `MAX_DEPTH` deep."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def decode_json(text: str) -> object:
    """Return the JSON value in a text; None if there is none or it is nested too deep."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    # Most texts have fewer brackets than that, which saves a walk through the value.
    may_be_deep = text.count("{") + text.count("[") > MAX_DEPTH
    return None if may_be_deep and is_nested_deeper(value) else value


_CHARACTERS_PER_CELL = 8
"""Most characters read for each cell. It bounds stacked combining marks, far above what any script
uses, so that a hostile label costs no more to paint than another."""


def width(text: str) -> int:
    """Return the number of cells that a text takes."""
    # The table is searched for each character, and most texts have only letters of one cell.
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


def clip(text: str, cells: int) -> str:
    """Cut text to at most `cells` cells, with an ellipsis if anything was cut."""
    if cells <= 0:
        return ""
    head = text[: cells * _CHARACTERS_PER_CELL]
    if len(head) == len(text) and width(text) <= cells:
        return text
    return set_cell_size(head, min(cells - 1, width(head))).rstrip() + "…"


def fit(text: str, cells: int) -> str:
    """Clip text or pad it on the right to exactly `cells` cells."""
    if len(text) <= cells and text.isascii() and text.isprintable():
        return text.ljust(cells)
    clipped = clip(text, cells)
    return clipped + " " * (cells - width(clipped))


def fit_right(text: str, cells: int) -> str:
    """Clip text or pad it on the left to exactly `cells` cells."""
    clipped = clip(text, cells)
    return " " * (cells - width(clipped)) + clipped


_BREAKABLE = r"\S*?[/?&,;]+|\S+|\s+"
"""Words and parts of addresses, after which a line may end."""


def wrap(text: str, cells: int) -> list[str]:
    """Break text into lines of at most `cells` cells, at spaces or within addresses if possible.

    There is at least one cell, because a window can be narrower than the margins in it.
    """
    cells = max(1, cells)
    # A long text has many parts, and each is measured.
    measure = len if text.isascii() and text.isprintable() else cell_len
    if measure(text) <= cells:
        return [text.rstrip()]
    lines = [""]
    for part in re.findall(_BREAKABLE, text):
        if measure(lines[-1]) + measure(part) <= cells:
            lines[-1] += part
        elif part.isspace():
            # The line break replaces the space.
            lines.append("")
        else:
            if not lines[-1]:
                lines.pop()
            lines.extend(chop_cells(part, cells))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return [line.rstrip() for line in lines]
