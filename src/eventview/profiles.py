"""The configuration file: named sets of settings, a table each.

    [profiles.shop]
    url = "https://openreplay.example.com"
    project = "k5Jm2pQ8vXr1nT6wZb3C"
    project_id = 12
    api = "auto"
    api_key_command = "pass show openreplay/shop"

It never holds a key itself, only where to get one. May import `eventview.errors`,
`eventview.model` and pydantic.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eventview.errors import UsageError
from eventview.model.text import clean, shorten

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


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

    @property
    def has_own_key(self) -> bool:
        """Whether it says where to get the API key."""
        return self.api_key_command is not None or self.api_key_file is not None


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
    return profiles


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
    "model_type": "It has to be a table: [profiles.NAME].",
    "dict_type": "It has to be tables: [profiles.NAME].",
}
"""What pydantic says in its own terms."""


def _not_valid(place: str, problem: ErrorDetails) -> UsageError:
    path = [str(part) for part in problem["loc"]]
    key = shorten(clean(".".join(path)), 120)
    if problem["type"] == "extra_forbidden":
        if path[-1] == "api_key":
            return UsageError(
                f"{place}: {key} holds a key, which does not belong into this file.",
                cure="Use api_key_command, or api_key_file with a file that only you can read.",
            )
        known = _File.model_fields if len(path) == 1 else Profile.model_fields
        return UsageError(f"{place}: {key} is no setting.", cure=nearest(path[-1], known))
    return UsageError(
        f"{place}: {key} is not valid.",
        cause=_WORDS.get(problem["type"]) or f"{clean(problem['msg'])}.",
        cure="The README shows a profile with all its settings.",
    )
