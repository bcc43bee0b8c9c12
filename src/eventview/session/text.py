"""The one door for foreign text.

Everything an event, a server or a file name says is hostile until it went through `clean` (for
places that show text) or `json_text` (for places that show raw JSON).

JSON inside texts, and how deep a value may be nested.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2"
)
"""Format characters and others that occupy no ink: Unicode's categories Cf, Zl and Zp and the
property Default_Ignorable_Code_Point (Unicode 16, UCD files UnicodeData and
DerivedCoreProperties), less the variation selectors, which `_PRESENTATION` holds."""

_CONTROLS = "\x00-\x1f\x7f-\x9f"
_SURROGATES = "\ud800-\udfff"
_PRESENTATION = "\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff"
"""Variation selectors and skin tones: they shape the glyph before them and nothing else."""

_PICTOGRAPH = "\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
_JOINING_SCRIPTS = (
    "\u0620-\u06d5\u06ee-\u06ff\u0710-\u088f\u08a0-\u08e1\u08e3-\u0dff\u0f00-\u109f"
    "\u1780-\u17b3\u17b6-\u17ff\u1820-\u18af"
)
"""The scripts whose spelling needs the zero-width joiner and non-joiner: Arabic and its kin, the
Indic scripts, Tibetan, Myanmar, Khmer, Mongolian."""

_PRESENTATION_ONLY = re.compile(
    f"(?<=.)[{_PRESENTATION}]+|(?<=[{_PICTOGRAPH}{_PRESENTATION}])\u200d(?=[{_PICTOGRAPH}])",
    re.DOTALL,
)
_UNSAFE = re.compile(
    f"[{_CONTROLS}{_SURROGATES}]"
    f"|(?![\u200c\u200d])[{_INVISIBLE}]"
    f"|(?<![{_JOINING_SCRIPTS}])[\u200c\u200d]"
    f"|[\u200c\u200d](?![{_JOINING_SCRIPTS}])"
)
_UNSAFE_IN_JSON = re.compile(f"[{_CONTROLS}{_SURROGATES}{_INVISIBLE}{_PRESENTATION}]")
_ASCII = bytes(range(0x7F))
"""All of it but DEL, the one of its controls that JSON does not escape."""


# A session repeats its labels, selectors and addresses over and over: remembering them makes
# reading 100,000 events four times as fast.
@lru_cache(maxsize=2048)
def clean(text: str) -> str:
    """Make foreign text safe and legible on one line of a terminal.

    Controls become their Unicode control pictures (a newline ␊, an escape ␛), every other
    character that would act without being seen its number, as in `<U+202E>`. What merely
    selects a glyph's presentation (variation selectors, skin tones, the joiners inside an
    emoji family) is left out, because terminals disagree about its width and a wrong width
    breaks the whole line. Idempotent.

    Args:
        text: anything a server, a browser or a file name said.

    Returns:
        The text to show; the same object when nothing had to change.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_stand_in, _PRESENTATION_ONLY.sub("", text))


def _stand_in(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


_BREAKS: Final = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_BROKEN: Final = re.compile(f"[{_BREAKS}]+")


def as_one_line(text: str) -> str:
    """Return a text that was typed or pasted on one line: line breaks and tabs part its words.

    Those at its ends, as whole lines are copied with, are left out.
    """
    return _BROKEN.sub(" ", text.strip(_BREAKS))


def shorten(text: str, limit: int) -> str:
    """Cut text to `limit` characters, saying how many were left out.

    Text that the remark would make no shorter stays whole. For messages and panes; columns of cells
    are cut by `eventview.session.width.clip`.
    """
    more = len(text) - limit
    if more <= 0:
        return text
    cut = f"{text[:limit]}… ({more:,} more characters)"
    return cut if len(cut) < len(text) else text


def json_text(value: object, *, indent: int | None = None) -> str:
    r"""Write a value as JSON that is exact and yet harmless to show.

    Letters of every script stay readable; what `clean` would replace or leave out is written as
    JSON's own `\u` escape, so that the value read back is the value the server sent. A number
    beyond the range of a float, for which JSON readers have no value, is written as the text
    "Infinity".

    Args:
        value: what `json.loads` returned.
        indent: as for `json.dumps`; None writes one line.
    """
    separators = (",", ":") if indent is None else None
    try:
        written = json.dumps(
            value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators
        )
    except ValueError:
        written = json.dumps(
            _finite(value), ensure_ascii=False, indent=indent, separators=separators
        )
    return _harmless(written)


def fast_json_writer() -> Callable[[object], str]:
    """`json_text` on one line, and ten times as fast, for who has many values to write.

    Numbers are the same values, and may be spelt otherwise: 1e-7 for 1e-07.
    """
    from pydantic_core import PydanticSerializationError, to_json

    def write(value: object) -> str:
        try:
            written = to_json(value, inf_nan_mode="strings")
        except (PydanticSerializationError, UnicodeError):
            # Half a surrogate pair, for one.
            return json_text(value)
        text = written.decode()
        if text.isascii():
            is_harmless = "\x7f" not in text
        else:
            # Without its ASCII, so that little is left to look through.
            doubtful = written.translate(None, _ASCII).decode()
            is_harmless = _UNSAFE_IN_JSON.search(doubtful) is None
        return text if is_harmless else _harmless(text)

    return write


def _harmless(written: str) -> str:
    # The writers escape C0 themselves; of what is left, only DEL is ASCII.
    if written.isascii() and "\x7f" not in written:
        return written
    lines = [_UNSAFE_IN_JSON.sub(_json_escape, line) for line in written.split("\n")]
    return "\n".join(lines)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {field: _finite(inner) for field, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _json_escape(match: re.Match[str]) -> str:
    # Through UTF-16, as JSON escapes characters beyond the basic plane as a surrogate pair.
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


MAX_DEPTH: Final = 200
"""Levels of nesting: as deep as pydantic's reader goes, and safe for whatever recurses later."""


def is_deeper(value: object, levels: int = MAX_DEPTH) -> bool:
    """Whether lists and objects stand in each other more than so many levels deep."""
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def decoded(text: str) -> object:
    """The JSON in a text; None when there is none in it, or too deep a nesting."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    # Most texts have not even so many brackets.
    may_be_deep = text.count("{") + text.count("[") > MAX_DEPTH
    return None if may_be_deep and is_deeper(value) else value
