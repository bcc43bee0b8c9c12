"""The configuration file: named profiles, one table each.

    [profiles.shop]
    url = "https://openreplay.example.com"
    project = "k5Jm2pQ8vXr1nT6wZb3C"
    project_id = 12
    api = "auto"
    api_key_command = "pass show openreplay/shop"
    insecure_http = false

    [profiles.shop.bands]
    lcp = [1200, 2400]

    [profiles.shop.thresholds]
    silence_ms = 60000
    neutral_labels = ["Roll dice"]

The file never holds an API key, only the place to get it from.
"""

from __future__ import annotations

import codecs
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from eventview.errors import UsageError
from eventview.session.text import clean, find_nearest_word, shorten

if TYPE_CHECKING:
    from eventview.analysis.rules import Rules
    from eventview.session.metrics import Number


class Profile(NamedTuple):
    """Table of one profile; None stands for a setting that is left out."""

    url: str | None = None
    project: str | None = None
    """Project key."""
    project_id: int | None = None
    """Number of the project in replay links."""
    api: Literal["auto", "v1", "v2"] | None = None
    api_key_command: str | None = None
    """Command whose first line of output is the API key; run without a shell."""
    api_key_file: str | None = None
    """File with the API key, relative to the folder of the configuration file."""
    insecure_http: bool = False
    """True if the key may go unencrypted to `url`, for http on another machine."""
    bands: Mapping[str, tuple[Number, Number]] = {}
    """Greatest good value and greatest value that is not poor, by metric key."""
    thresholds: Mapping[str, Any] = {}
    """Settings of `eventview.analysis.rules.Rules` by name; labels are in addition to the built-in
    ones, and their case is ignored."""

    @property
    def rules(self) -> Rules:
        """Built-in rules with the changes of the profile."""
        # A request must not wait for these modules.
        from msgspec.structs import replace

        from eventview.analysis.rules import RULES
        from eventview.session.folding import fold_word
        from eventview.session.metrics import Band

        own = dict(self.thresholds)
        # The labels of events are cleaned and compared in lower case.
        neutral = {fold_word(clean(label)) for label in own.pop("neutral_labels", ())}
        bands = {key: Band(*bounds, "your profile") for key, bounds in self.bands.items()}
        return replace(
            RULES,
            bands={**RULES.bands, **bands},
            neutral_labels=RULES.neutral_labels | neutral - {""},
            **own,
        )

    @property
    def has_own_key(self) -> bool:
        """True if the profile has a source for the API key."""
        return self.api_key_command is not None or self.api_key_file is not None


Profiles = Mapping[str, Profile]


def load_profiles(path: Path) -> Profiles:
    """Read a configuration file.

    Raises:
        UsageError: the file cannot be read or has invalid settings.
    """
    place = clean(str(path))
    if path.exists() and not path.is_file():
        # Reading a pipe would block until something is written to it.
        raise UsageError(
            f"The configuration file {place} is not a regular file.", hint="Name a regular file."
        )
    text = ""
    try:
        text = path.read_text("utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise UsageError(
            f"The configuration file {place} cannot be read.",
            reason=f"{error.strerror or error}.",
            hint="Check its permissions.",
        ) from None
    except UnicodeDecodeError as error:
        is_utf_16 = error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _make_encoding_error(
            place, "It is UTF-16." if is_utf_16 else f"At line {line}."
        ) from None
    except (ValueError, RecursionError) as error:
        if "\0" in text:
            raise _make_encoding_error(place, "It is UTF-16 or not a text file.") from None
        raise UsageError(
            f"The configuration file {place} is not TOML.",
            reason=_explain_toml_error(text, error),
            hint="A profile is a table such as [profiles.NAME]; texts need quotes.",
        ) from None
    try:
        profiles: Profiles = _read_table(content, (), "[profiles.NAME]", _FILE).get("profiles", {})
    except _InvalidSettingError as error:
        raise _make_invalid_error(place, error) from None
    for name, profile in profiles.items():
        if profile.api_key_command is not None and profile.api_key_file is not None:
            raise UsageError(
                f"{place}: profiles.{clean(name)} has both api_key_command and api_key_file.",
                hint="Leave one of them out.",
            )
        _check_bands(f"{place}: profiles.{clean(name)}.bands", profile)
    return profiles


def _make_encoding_error(place: str, reason: str) -> UsageError:
    return UsageError(
        f"The configuration file {place} is not UTF-8 text.",
        reason=reason,
        hint="Save it as UTF-8; editors name the encoding when they save.",
    )


def _check_bands(place: str, profile: Profile) -> None:
    if not profile.bands:
        return
    from eventview.session.metrics import CATALOGUE  # a request must not wait for it

    keys = [metric.key for metric in CATALOGUE]
    for key, (good, poor) in profile.bands.items():
        shown = f"{place}.{_mask_name(key)}"
        if key not in keys:
            raise UsageError(f"{shown} is not a metric.", hint=suggest(key.lower(), keys))
        if good > poor:
            raise UsageError(
                f"{shown} is not valid.",
                reason=f"{good} is more than {poor}.",
                hint="Values up to the first number are good, values over the second are poor.",
            )


def suggest(word: str, words: Iterable[str]) -> str:
    """Return a sentence with the closest of some words, or with all of them."""
    known = list(words)
    if nearest := find_nearest_word(word, known):
        return f"The nearest there is: {clean(nearest)}."
    return f"There is: {clean(', '.join(known))}." if known else "The file has no profiles."


_CURLY_QUOTES = "“”„‟‘’‚‛«»″′`"

_TOML_REASONS = {
    "Invalid hex value|Unescaped|Escaped character": (
        "a backslash in double quotes begins an escape; write such a path in single quotes: "
        "'C:\\Users\\…'"
    ),
    "(?:Illegal|Found invalid) character '\\\\n'|Unterminated|Expected [\"']['\"]": (
        "a quote is not closed"
    ),
    "Expected '\\]": "a table's name in brackets is not closed, or has a blank but no quotes",
    "Unclosed|Invalid initial": (
        "a list or a table is not closed, or a name with letters other than a-z lacks quotes"
    ),
    "Expected '='": "= is missing after the setting's name, which must not contain blanks",
    "Expected newline": (
        "something follows the value; each setting needs a line of its own, and a number must "
        "not have leading zeros"
    ),
    "Invalid value": "the value is missing or lacks quotes; true and false must be in lower case",
    "Duplicate": "a table in braces has the same name twice",
    "Invalid date": "it is not a valid date",
    "Invalid statement": "a line must begin with a setting's name or with [",
}
"""Reasons in terms of the file, by the beginnings of tomllib's messages."""


def _explain_toml_error(text: str, error: Exception) -> str:
    """Return the place and the reason of a TOML error.

    The result quotes nothing of the file except a setting's name, because a line may hold a key.
    """
    message = str(error)
    if isinstance(error, RecursionError):
        return "It is nested too deeply."
    at = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if at is None:
        return "It has a number of more digits than can be read."
    lines = text.split("\n")
    number = int(at[1]) if at[1] else len(text.rstrip().split("\n"))
    line = lines[number - 1]
    column = int(at[2]) if at[2] else len(line) + 1
    found = line[column - 1 : column]
    reason = next(
        (why for words, why in _TOML_REASONS.items() if re.match(words, message)),
        "a character is not allowed there",
    )
    if re.match("Cannot (?:overwrite|declare|mutate|redefine)", message):
        reason = _describe_duplicate(lines[:number])
    elif (
        found in _CURLY_QUOTES
        if found
        else "Illegal" in message and any(map(line.__contains__, _CURLY_QUOTES))
    ):
        reason = "a text needs straight quotes, \" or ', not curly ones"
    elif found and not found.isprintable():
        reason = f"there is an invisible character, U+{ord(found):04X}"
    elif found == ":" and message.startswith("Expected '='"):
        reason = "a setting's name is followed by =, not by :"
    return f"At line {number}, column {column}: {reason}."


def _describe_duplicate(lines: Sequence[str]) -> str:
    """Return the reason for a last line that repeats a setting or a table."""
    name = re.match(r"\s*(\[+[^]]*\]+|[^=]+?)\s*(?:=|#|$)", lines[-1])
    shown = clean(name[1]) if name else ""
    if not re.fullmatch(r"[\w.\-\[\]\"' ]{1,60}", shown) or _looks_like_key(shown):
        return "a setting or a table appears twice"
    same = re.compile(rf"\s*{re.escape(name[1] if name else '')}\s*(?:=|#|$)")
    before = [number for number, line in enumerate(lines[:-1], 1) if same.match(line)]
    return f"{shown} appears twice" + (f", first in line {before[-1]}" if before else "")


def _looks_like_key(name: str) -> bool:
    """Return whether a name may be a misplaced API key, which must not be repeated."""
    return re.search(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{16,}", name) is not None


class _InvalidSettingError(Exception):
    """A setting cannot be used.

    Args:
        path: names of the setting and of the tables around it.
        reason: sentence that does not quote the value; "" if there is no such setting.
        known: names of the settings that there are instead.
    """

    def __init__(self, path: _Path, reason: str, known: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.path, self.reason, self.known = path, reason, known


_Path = tuple[str, ...]

_Reader = Callable[[Any, _Path], Any]
"""Function that returns the value at a path; raises `_InvalidSettingError`."""


def _read_text(value: object, path: _Path) -> str:
    if not isinstance(value, str):
        raise _InvalidSettingError(path, "It must be a text, in quotes.")
    return value


def _read_texts(value: object, path: _Path) -> Sequence[str]:
    if not isinstance(value, list):
        raise _InvalidSettingError(path, "It must be a list, in square brackets.")
    return [_read_text(text, (*path, str(index))) for index, text in enumerate(value)]


def _read_api(value: object, path: _Path) -> str:
    if value not in ("auto", "v1", "v2"):
        raise _InvalidSettingError(path, "Input should be 'auto', 'v1' or 'v2'.")
    return str(value)


def _read_bool(value: object, path: _Path) -> bool:
    if not isinstance(value, bool):
        raise _InvalidSettingError(path, "It must be true or false, without quotes.")
    return value


def _read_integer(least: int, value: object, path: _Path) -> int:
    if type(value) is not int:
        raise _InvalidSettingError(path, "It must be a whole number, without quotes.")
    _refuse_less(least, value, path)
    return value


def _read_band(value: object, path: _Path) -> tuple[Number, ...]:
    if isinstance(value, list) and len(value) <= 2:
        band = tuple(_read_bound(bound, (*path, str(index))) for index, bound in enumerate(value))
        if len(band) == 2:
            return band
    raise _InvalidSettingError(path, "It must be two numbers: [good up to, poor over].")


def _read_bound(value: Number, path: _Path) -> Number:
    """Return a number; a whole one as int: 1200 rather than 1200.0."""
    if type(value) not in (int, float):
        raise _InvalidSettingError(path, "It must be a number, without quotes.")
    try:
        bound = float(value)
    except OverflowError:
        raise _InvalidSettingError(path, "It must be a number, without quotes.") from None
    if not math.isfinite(bound):
        raise _InvalidSettingError(path, "It must be a finite number.")
    _refuse_less(0, bound, path)
    return int(bound) if bound.is_integer() else bound


def _refuse_less(least: int, value: Number, path: _Path) -> None:
    if value < least:
        raise _InvalidSettingError(path, f"Input should be greater than or equal to {least}.")


def _read_profile(value: object, path: _Path) -> Profile:
    return Profile(**_read_table(value, path, "[profiles.NAME]", _PROFILE))


def _read_bands(value: object, path: _Path) -> Mapping[str, tuple[Number, ...]]:
    return _read_each(value, path, "It must be a table: [profiles.NAME.bands].", _read_band)


def _read_thresholds(value: object, path: _Path) -> Mapping[str, Any]:
    return _read_table(value, path, "[profiles.NAME.thresholds]", _THRESHOLDS)


def _read_profiles(value: object, path: _Path) -> Profiles:
    return _read_each(value, path, "It must be tables: [profiles.NAME].", _read_profile)


def _read_each(value: object, path: _Path, form: str, read: _Reader) -> dict[str, Any]:
    """Return a table of any names, each with a value of one kind."""
    if not isinstance(value, dict):
        raise _InvalidSettingError(path, form)
    return {name: read(each, (*path, name)) for name, each in value.items()}


def _read_table(
    value: object, path: _Path, name: str, readers: Mapping[str, _Reader]
) -> dict[str, Any]:
    """Return a table of known names."""
    if not isinstance(value, dict):
        raise _InvalidSettingError(path, f"It must be a table: {name}.")
    settings = {
        key: read(value[key], (*path, key)) for key, read in readers.items() if key in value
    }
    for key in value:
        if key not in readers:
            raise _InvalidSettingError((*path, key), "", readers)
    return settings


_FILE: Final[Mapping[str, _Reader]] = {"profiles": _read_profiles}

_PROFILE: Final[Mapping[str, _Reader]] = {
    "url": _read_text,
    "project": _read_text,
    "project_id": partial(_read_integer, 0),
    "api": _read_api,
    "api_key_command": _read_text,
    "api_key_file": _read_text,
    "insecure_http": _read_bool,
    "bands": _read_bands,
    "thresholds": _read_thresholds,
}

_THRESHOLDS: Final[Mapping[str, _Reader]] = {
    "rage_clicks": partial(_read_integer, 2),
    "rage_apart_ms": partial(_read_integer, 1),
    "stuck_clicks": partial(_read_integer, 2),
    "stuck_ms": partial(_read_integer, 1),
    "paging_clicks": partial(_read_integer, 2),
    "repeated_clicks": partial(_read_integer, 2),
    "hesitation_ms": partial(_read_integer, 1),
    "error_after_click_ms": partial(_read_integer, 1),
    "failed_status": partial(_read_integer, 1),
    "silence_ms": partial(_read_integer, 1),
    "back_and_forth_ms": partial(_read_integer, 1),
    "neutral_labels": _read_texts,
}


def _mask_name(name: str) -> str:
    """Return a setting's name for a message, masked if it may be a key."""
    return "****" if _looks_like_key(name) else shorten(clean(name), 80)


def _make_invalid_error(place: str, error: _InvalidSettingError) -> UsageError:
    path, reason = error.path, error.reason
    key = shorten(clean(".".join(path)), 120)
    if not reason:
        if path[-1] == "api_key":
            return UsageError(
                f"{place}: {key} holds an API key, which does not belong in this file.",
                hint="Use api_key_command, or api_key_file with a file that only you can read.",
            )
        shown = ".".join([*map(clean, path[:-1]), _mask_name(path[-1])])
        return UsageError(
            f"{place}: {shorten(shown, 200)} is not a setting.",
            hint=suggest(path[-1], error.known),
        )
    return UsageError(
        f"{place}: {key} is not valid.",
        reason=reason,
        hint="The README shows a profile with all its settings.",
    )
