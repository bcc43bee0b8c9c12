"""The configuration file: named sets of settings, a table each.

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

It never holds a key itself, only where to get one.
"""

from __future__ import annotations

import codecs
import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eventview.analysis.rules import RULES, Rules
from eventview.errors import UsageError
from eventview.session.folding import same_word
from eventview.session.metrics import CATALOGUE
from eventview.session.text import clean, shorten
from eventview.session.values import Band, Number

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


_Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[int, Field(ge=1)]
_Several = Annotated[int, Field(ge=2)]


class Thresholds(BaseModel):
    """What one table `thresholds` says; None where it says nothing.

    The settings are those of `eventview.analysis.rules.Rules`, which has their meaning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rage_clicks: _Several | None = None
    rage_apart_ms: _Positive | None = None
    stuck_clicks: _Several | None = None
    stuck_ms: _Positive | None = None
    paging_clicks: _Several | None = None
    repeated_clicks: _Several | None = None
    hesitation_ms: _Positive | None = None
    error_after_click_ms: _Positive | None = None
    failed_status: _Positive | None = None
    silence_ms: _Positive | None = None
    back_and_forth_ms: _Positive | None = None
    neutral_labels: list[str] = []
    """Labels beside those that are neutral anyway; capitals make no difference."""


class Profile(BaseModel):
    """What one table says; None where it says nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    url: str | None = None
    project: str | None = None
    """The project's key."""
    project_id: Annotated[int, Field(ge=0)] | None = None
    """The number of the project in replay links."""
    api: Literal["auto", "v1", "v2"] | None = None
    api_key_command: str | None = None
    """A command whose first line of output is the API key; run without a shell."""
    api_key_file: str | None = None
    """A file that holds the API key; relative to the configuration file's folder."""
    insecure_http: bool = False
    """Lets the key go unencrypted to `url`, where that is http on another machine."""

    bands: dict[str, Annotated[list[_Bound], Field(min_length=2, max_length=2)]] = {}
    """By the key of a metric: the greatest value that is good, the greatest that is not poor."""
    thresholds: Thresholds = Thresholds()

    @property
    def rules(self) -> Rules:
        """By which sessions are read: the built-in rules with what the profile changes."""
        own = self.thresholds.model_dump(exclude_none=True, exclude={"neutral_labels"})
        # As labels are compared: cleaned as an event's are, in lower case.
        neutral = {same_word(clean(label)) for label in self.thresholds.neutral_labels}
        bands = {
            key: Band(_plain(good), _plain(poor), YOUR_PROFILE)
            for key, (good, poor) in self.bands.items()
        }
        return replace(
            RULES,
            bands={**RULES.bands, **bands},
            neutral_labels=RULES.neutral_labels | neutral - {""},
            **own,
        )

    @property
    def has_own_key(self) -> bool:
        """Whether it says where to get the API key."""
        return self.api_key_command is not None or self.api_key_file is not None


YOUR_PROFILE = "your profile"
"""Who says so, of a band that a profile changes."""


def _plain(bound: float) -> Number:
    """A bound as it was written: 1200 rather than 1200.0."""
    return int(bound) if bound.is_integer() else bound


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    profiles: dict[str, Profile] = {}


Profiles = Mapping[str, Profile]


def load(path: Path) -> Profiles:
    """Read a configuration file.

    Raises:
        UsageError: it cannot be read, or says something that no setting is.
    """
    place = clean(str(path))
    if path.exists() and not path.is_file():
        # Reading a pipe would wait for whoever writes to it.
        raise UsageError(f"The configuration file {place} is no file.", hint="Name one that is.")
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
        raise _not_utf_8(place, "It is UTF-16." if is_utf_16 else f"At line {line}.") from None
    except (ValueError, RecursionError) as error:
        if "\0" in text:
            raise _not_utf_8(place, "It is UTF-16, or no text.") from None
        raise UsageError(
            f"The configuration file {place} is not TOML.",
            reason=_toml_mistake(text, error),
            hint="A profile is a table such as [profiles.NAME]; a text stands in quotes.",
        ) from None
    try:
        profiles = _File.model_validate(content).profiles
    except ValidationError as error:
        raise _not_valid(place, error.errors(include_url=False, include_input=False)[0]) from None
    for name, profile in profiles.items():
        if profile.api_key_command is not None and profile.api_key_file is not None:
            raise UsageError(
                f"{place}: profiles.{clean(name)} has both api_key_command and api_key_file.",
                hint="Leave one of them out.",
            )
        _check_bands(f"{place}: profiles.{clean(name)}.bands", profile)
    return profiles


def _not_utf_8(place: str, reason: str) -> UsageError:
    return UsageError(
        f"The configuration file {place} is not UTF-8 text.",
        reason=reason,
        hint="Save it as UTF-8; editors name the encoding when they save.",
    )


def _check_bands(place: str, profile: Profile) -> None:
    keys = [metric.key for metric in CATALOGUE]
    for key, (good, poor) in profile.bands.items():
        shown = f"{place}.{_shown(key)}"
        if key not in keys:
            raise UsageError(f"{shown} is no metric.", hint=nearest(key.lower(), keys))
        if good > poor:
            raise UsageError(
                f"{shown} is not valid.",
                reason=f"{_plain(good)} is more than {_plain(poor)}.",
                hint="The first number is up to where it is good, the second over what it is poor.",
            )


def nearest(word: str, words: Iterable[str]) -> str:
    """A sentence that names the likeliest of some words, or all of them."""
    known = list(words)
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"The nearest there is: {clean(close[0])}."
    return f"There is: {clean(', '.join(known))}." if known else "It has no profile at all."


_CURLY = "“”„‟‘’‚‛«»″′`"

_TOML_REASONS = {
    "Invalid hex value|Unescaped|Escaped character": (
        "a backslash in double quotes begins an escape; write such a path in single quotes: "
        "'C:\\Users\\…'"
    ),
    "(?:Illegal|Found invalid) character '\\\\n'|Unterminated|Expected [\"']['\"]": (
        "a quote is not closed"
    ),
    "Expected '\\]": "a table's name in brackets is not closed, or has a blank and no quotes",
    "Unclosed|Invalid initial": (
        "a list or a table is not closed, or a name has other letters than a-z and no quotes"
    ),
    "Expected '='": "there is no = after its name, which has no blanks",
    "Expected newline": (
        "something follows the value; each setting has a line of its own, a number no zeros "
        "before it"
    ),
    "Invalid value": "the value is missing or has no quotes; true and false are in small letters",
    "Duplicate": "a table in braces has one name twice",
    "Invalid date": "it is no date",
    "Invalid statement": "a line begins with a setting's name or with [",
}
"""The beginnings of tomllib's messages, and their reasons in words of the file."""

_TWICE = re.compile("Cannot (?:overwrite|declare|mutate|redefine)")


def _toml_mistake(text: str, error: Exception) -> str:
    """Return the place and the reason of a mistake in TOML.

    Of TOML's messages only the place is sure to hold nothing of the file; of its lines nothing is
    quoted but a setting's name.
    """
    said = str(error)
    if isinstance(error, RecursionError):
        return "It is nested too deeply."
    at = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)$", said)
    if at is None:
        return "It has a number of more digits than can be read."
    lines = text.split("\n")
    number = int(at[1]) if at[1] else len(text.rstrip().split("\n"))
    line = lines[number - 1]
    column = int(at[2]) if at[2] else len(line) + 1
    found = line[column - 1 : column]
    reason = next(
        (why for words, why in _TOML_REASONS.items() if re.match(words, said)),
        "a character cannot stand there",
    )
    if _TWICE.match(said):
        reason = _twice(lines[:number])
    elif found in _CURLY if found else "Illegal" in said and any(map(line.__contains__, _CURLY)):
        reason = "a text stands in straight quotes, \" or ', not in curly ones"
    elif found and not found.isprintable():
        reason = f"there is an invisible character, U+{ord(found):04X}"
    elif found == ":" and said.startswith("Expected '='"):
        reason = "a setting's name is followed by =, not by :"
    return f"At line {number}, column {column}: {reason}."


def _twice(lines: Sequence[str]) -> str:
    """Return the words for the setting or the table in the last line, which is there already."""
    name = re.match(r"\s*(\[+[^]]*\]+|[^=]+?)\s*(?:=|#|$)", lines[-1])
    shown = clean(name[1]) if name else ""
    if not re.fullmatch(r"[\w.\-\[\]\"' ]{1,60}", shown) or _looks_like_key(shown):
        return "a setting or a table is there twice"
    same = re.compile(rf"\s*{re.escape(name[1] if name else '')}\s*(?:=|#|$)")
    before = [number for number, line in enumerate(lines[:-1], 1) if same.match(line)]
    return f"{shown} is there twice" + (f", the first time in line {before[-1]}" if before else "")


def _looks_like_key(name: str) -> bool:
    """Tell whether a name may be an API key in the wrong place, which nothing repeats."""
    return re.search(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{16,}", name) is not None


_WORDS = {
    "string_type": "It has to be a text, in quotes.",
    "int_type": "It has to be a whole number, without quotes.",
    "bool_type": "It has to be true or false, without quotes.",
    "float_type": "It has to be a number, without quotes.",
    "finite_number": "It has to be a number that ends.",
    "list_type": "It has to be a list, in square brackets.",
    "model_type": "It has to be a table: [profiles.NAME].",
    "dict_type": "It has to be tables: [profiles.NAME].",
}
"""What pydantic says in its own terms."""

_TWO_NUMBERS = "It has to be two numbers: [good up to, poor over]."


def _in_words(path: list[str], problem: ErrorDetails) -> str:
    kind = problem["type"]
    inner = path[2] if len(path) > 2 else ""
    if kind in {"model_type", "dict_type"} and len(path) == 3:
        return f"It has to be a table: [profiles.NAME.{inner}]."
    if inner == "bands" and kind in {"too_short", "too_long", "list_type"}:
        return _TWO_NUMBERS
    return _WORDS.get(kind) or f"{clean(problem['msg'])}."


def _shown(name: str) -> str:
    """Return a setting's name as a message has it."""
    return "****" if _looks_like_key(name) else shorten(clean(name), 80)


def _settings(path: list[str]) -> Iterable[str]:
    """The settings that a table may have."""
    if len(path) == 1:
        return _File.model_fields
    return Thresholds.model_fields if len(path) > 3 else Profile.model_fields


def _not_valid(place: str, problem: ErrorDetails) -> UsageError:
    path = [str(part) for part in problem["loc"]]
    key = shorten(clean(".".join(path)), 120)
    if problem["type"] == "extra_forbidden":
        if path[-1] == "api_key":
            return UsageError(
                f"{place}: {key} holds a key, which does not belong into this file.",
                hint="Use api_key_command, or api_key_file with a file that only you can read.",
            )
        shown = ".".join([*map(clean, path[:-1]), _shown(path[-1])])
        return UsageError(
            f"{place}: {shorten(shown, 200)} is no setting.",
            hint=nearest(path[-1], _settings(path)),
        )
    return UsageError(
        f"{place}: {key} is not valid.",
        reason=_in_words(path, problem),
        hint="The README shows a profile with all its settings.",
    )
