"""The configuration file: named sets of settings, a table each.

    [profiles.shop]
    url = "https://openreplay.example.com"
    project = "k5Jm2pQ8vXr1nT6wZb3C"
    project_id = 12
    api = "auto"
    api_key_command = "pass show openreplay/shop"

    [profiles.shop.bands]
    lcp = [1200, 2400]

    [profiles.shop.thresholds]
    silence_ms = 60000
    neutral_labels = ["Roll dice"]

It never holds a key itself, only where to get one. May import `eventview.errors`,
`eventview.model`, pydantic and pydantic_core.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eventview.errors import UsageError
from eventview.model.folding import as_seen, fold_case
from eventview.model.metrics import CATALOGUE
from eventview.model.ratings import Band, Number
from eventview.model.rules import RULES, Rules
from eventview.model.text import clean, shorten

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


_Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[int, Field(ge=1)]
_Several = Annotated[int, Field(ge=2)]


class Thresholds(BaseModel):
    """What one table `thresholds` says; None where it says nothing.

    The settings are those of `eventview.model.rules.Rules`, which has their meaning.
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

    bands: dict[str, Annotated[list[_Bound], Field(min_length=2, max_length=2)]] = {}
    """By the key of a metric: the greatest value that is good, the greatest that is not poor."""
    thresholds: Thresholds = Thresholds()

    @property
    def rules(self) -> Rules:
        """By which sessions are read: the built-in rules with what the profile changes."""
        own = self.thresholds.model_dump(exclude_none=True, exclude={"neutral_labels"})
        # As labels are compared: cleaned as an event's are, in lower case.
        neutral = {fold_case(as_seen(clean(label))) for label in self.thresholds.neutral_labels}
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
        raise UsageError(f"The configuration file {place} is no file.", cure="Name one that is.")
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(
            f"The configuration file {place} cannot be read.",
            cause=f"{error.strerror or error}.",
            cure="Check its permissions.",
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"The configuration file {place} is not TOML.",
            # Of TOML's messages only the place is sure to hold nothing of the file.
            cause=_toml_place(error),
            cure="A profile is a table such as [profiles.NAME]; a text stands in quotes.",
        ) from None
    try:
        profiles = _File.model_validate(content).profiles
    except ValidationError as error:
        raise _not_valid(place, error.errors(include_url=False, include_input=False)[0]) from None
    for name, profile in profiles.items():
        if profile.api_key_command is not None and profile.api_key_file is not None:
            raise UsageError(
                f"{place}: profiles.{clean(name)} has both api_key_command and api_key_file.",
                cure="Leave one of them out.",
            )
        _check_bands(f"{place}: profiles.{clean(name)}.bands", profile)
    return profiles


def _check_bands(place: str, profile: Profile) -> None:
    keys = [metric.key for metric in CATALOGUE]
    for key, (good, poor) in profile.bands.items():
        shown = f"{place}.{shorten(clean(key), 80)}"
        if key not in keys:
            raise UsageError(f"{shown} is no metric.", cure=nearest(key.lower(), keys))
        if good > poor:
            raise UsageError(
                f"{shown} is not valid.",
                cause=f"{_plain(good)} is more than {_plain(poor)}.",
                cure="The first number is up to where it is good, the second over what it is poor.",
            )


def nearest(word: str, words: Iterable[str]) -> str:
    """A sentence that names the likeliest of some words, or all of them."""
    known = list(words)
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"The nearest there is: {clean(close[0])}."
    return f"There is: {clean(', '.join(known))}." if known else "It has no profile at all."


def _toml_place(error: Exception) -> str:
    said = str(error)
    start = said.rfind("(at ")
    match error:
        case RecursionError():
            return "It is nested too deeply."
        case UnicodeDecodeError():
            return "It is not UTF-8 text."
        case _ if start >= 0:
            return f"{said[start:].strip('()').capitalize()}."
    return "It has a number of more digits than can be read."


_WORDS = {
    "string_type": "It has to be a text, in quotes.",
    "int_type": "It has to be a whole number, without quotes.",
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
                cure="Use api_key_command, or api_key_file with a file that only you can read.",
            )
        return UsageError(f"{place}: {key} is no setting.", cure=nearest(path[-1], _settings(path)))
    return UsageError(
        f"{place}: {key} is not valid.",
        cause=_in_words(path, problem),
        cure="The README shows a profile with all its settings.",
    )
