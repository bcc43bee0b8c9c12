"""The organisation's API key: whose it is, where it comes from, which server it is meant for.

A key is never an option, so that it is in no list of processes, and goes to no server but the one
it is configured for.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from eventview.config.settings import KEY_VARIABLE, URL_VARIABLE, Setting, Settings
from eventview.errors import UsageError
from eventview.session.text import clean

if TYPE_CHECKING:
    from pydantic import SecretStr

    from eventview.config.profiles import Profile

COMMAND_TIMEOUT_S: Final = 60
"""A password manager may have to ask its user something first."""

_KEY_BYTES: Final = 64 * 1024
"""How much is read of what should hold a key and nothing else."""


PROMPT: Final = "the prompt"
"""The origin of a key that was typed."""


class ApiKey(NamedTuple):
    """An API key and where it came from, in words."""

    secret: SecretStr
    origin: str

    @property
    def words(self) -> str:
        """The key by where it is from, and can be changed."""
        profile, _, setting = self.origin.partition(", ")
        if self.origin == PROMPT:
            return "the API key that was typed"
        return f"the {setting} of {profile}" if setting else self.origin

    def masked(self) -> str:
        """The key as it may be shown: its last characters, where that gives nothing away."""
        text = self.secret.get_secret_value()
        return f"****{text[-4:]}" if len(text) >= 16 else "****"


def api_key(known: Settings, ask: Callable[[], str] | None) -> ApiKey:
    """The organisation's API key: from the environment, the profile, or whoever is there to ask.

    Args:
        known: what is configured.
        ask: prompts for the key without echo; None when there is nobody to ask.

    Raises:
        UsageError: there is none, where it should be cannot be used, or it holds what no header
            can carry.
    """
    key = _key(known, ask)
    text = key.secret.get_secret_value()
    if not text:
        raise UsageError(
            "No API key is configured.",
            reason=(
                f"{KEY_VARIABLE} is not set, and no profile says where the key is."
                if known.environment is not None
                else f"{KEY_VARIABLE} may be for another server, and {_origin(known)} does not say "
                "where the key is."
            ),
            hint=f"Set {KEY_VARIABLE}, or run eventview on a terminal to be asked. The key is in "
            "OpenReplay under Preferences > Account.",
        )
    if any(character.isspace() or not character.isprintable() for character in text):
        raise _not_a_key(key, known)
    return key


def _not_a_key(key: ApiKey, known: Settings) -> UsageError:
    """Return the failure for a text with blanks or control characters, quoting nothing of it."""
    text = key.secret.get_secret_value()
    hint = "Give the key alone; it has 20 letters and digits."
    if not text.isprintable():
        has = "a line break" if "\n" in text or "\r" in text else "a control character"
    else:
        has = "a blank"
        if text.lower().startswith(("bearer ", "basic ", "authorization:")):
            hint = "Leave out the word before the key; eventview adds what the server wants."
    command = (known.profile and known.profile.api_key_command) or ""
    if key.origin.endswith(_COMMAND) and _is_for_shell(command):
        hint = _SHELL_ADVICE
    return UsageError(
        f"The API key holds {has}.",
        reason=f"No key of OpenReplay does. It is from {key.origin}.",
        hint=hint,
    )


_COMMAND: Final = "api_key_command"

_SHELL_ADVICE: Final = (
    "The command is run without a shell: for a pipe, a variable or ~ write sh -c '…' around it."
)


def _is_for_shell(command: str) -> bool:
    """Tell whether a command has words that only a shell understands; one may be quoted."""
    with suppress(ValueError):
        words = shlex.split(command)
        is_shell = bool(words) and "-c" in words[1:]
        return not is_shell and re.search(r"[|&;<>`$~]|^\w+=", " ".join(words)) is not None
    return False


def _key(known: Settings, ask: Callable[[], str] | None) -> ApiKey:
    # Here, because who shows a file needs no key, and pydantic takes its time to load.
    from pydantic import SecretStr

    profile, origin = known.profile, _origin(known)
    environment = known.environment or {}
    said = environment.get(KEY_VARIABLE, "").strip()
    if said and not (known.is_profile_asked_for and profile is not None and profile.has_own_key):
        meant_for = environment.get(URL_VARIABLE, "").strip()
        # Whoever types an address means the key at hand for it.
        is_typed = known.url is not None and known.url.origin == "--url"
        if is_typed or _is_same_host(meant_for, known):
            return ApiKey(SecretStr(said), KEY_VARIABLE)
        if profile is None or not profile.has_own_key:
            raise UsageError(
                f"No key is configured for {clean(known.url.value if known.url else '')}.",
                reason=f"{KEY_VARIABLE} is for the server in {URL_VARIABLE}, {clean(meant_for)}.",
                hint=f"Set both for this server, or unset {URL_VARIABLE}.",
            )
    if profile is not None and not _is_for(profile, known):
        asked = known.url or Setting("", "")
        raise UsageError(
            f"No key is configured for {clean(asked.value)}.",
            reason=f"That address is from {asked.origin}, which goes before the profile's; the key "
            f"of {origin} is for {clean(profile.url or '')} only.",
            hint=f"Unset {URL_VARIABLE} to use the profile."
            if asked.origin == URL_VARIABLE
            else f"Set {KEY_VARIABLE}, or choose the profile of that server with --profile.",
        )
    if profile is not None and profile.has_own_key and known.file is not None:
        _refuse_foreign_hands(known.file)
    if profile is not None and profile.api_key_command is not None:
        secret = SecretStr(_from_command(profile.api_key_command, origin))
        return ApiKey(secret, f"{origin}, {_COMMAND}")
    if profile is not None and profile.api_key_file is not None:
        folder = known.file.parent if known.file else Path()
        path = folder / Path(profile.api_key_file).expanduser()
        return ApiKey(SecretStr(_from_file(path, origin)), f"{origin}, api_key_file")
    return ApiKey(SecretStr(ask().strip() if ask else ""), PROMPT)


def _refuse_foreign_hands(file: Path) -> None:
    """Refuse a configuration file that others can write, as ssh does.

    It names a command that is run, or the server that a key goes to.
    """
    if os.name != "posix":
        return
    mode = file.stat().st_mode
    place = clean(str(file))
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(
            f"Others may write to the configuration file {place}.",
            reason="It says where the API key is from and where it goes; its permissions are "
            f"{stat.S_IMODE(mode):04o}.",
            hint=f"chmod go-w {shlex.quote(place)}",
        )


def _is_for(profile: Profile, known: Settings) -> bool:
    """Whether a profile's own key, if it has one, may go to the server that is asked."""
    if not profile.has_own_key or not profile.url or known.url is None:
        return True
    from eventview.sources.openreplay.base_urls import root

    is_bared = root(profile.url).startswith("https:") and root(known.url.value).startswith("http:")
    return _is_same_host(profile.url, known) and not is_bared


def _origin(known: Settings) -> str:
    return f"profile {clean(known.profile_name)}"


def _is_same_host(url: str, known: Settings) -> bool:
    """Whether an address is on the host that is asked; one that is not given is."""
    from eventview.sources.openreplay.base_urls import host

    return not url or known.url is None or host(url) == host(known.url.value)


def _from_command(command: str, origin: str) -> str:
    def failed(reason: str) -> UsageError:
        return UsageError(
            f"The api_key_command of {origin} gave no key.",
            reason=reason,
            hint=_SHELL_ADVICE
            if _is_for_shell(command)
            else "Run it by hand: the first line it prints has to be the key.",
        )

    try:
        status, output = _output_of(shlex.split(command))
    except subprocess.TimeoutExpired:
        raise failed(f"It was not done after {COMMAND_TIMEOUT_S} s.") from None
    except (OSError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) else "It is no command line"
        raise failed(f"{reason or 'It cannot be run'}.") from None
    if status:
        raise failed(f"It ended with status {status}.")
    lines = output.decode("utf-8-sig", "replace").splitlines()
    secret = lines[0].strip() if lines else ""
    if not secret:
        raise failed("It printed nothing, or an empty first line.")
    return secret


def _output_of(words: Sequence[str]) -> tuple[int, bytes]:
    """Run a command; gives its status and the start of what it prints."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE)  # noqa: S603  # the user's own command, and no shell
    kept = bytearray()

    def drain(stream: IO[bytes]) -> None:
        with stream:
            while part := os.read(stream.fileno(), _KEY_BYTES):
                kept.extend(part[: _KEY_BYTES - len(kept)])

    # In a thread, because an agent that the command leaves behind may hold the pipe for ever.
    thread = Thread(target=drain, args=(process.stdout,), name="key", daemon=True)
    thread.start()
    try:
        status = process.wait(COMMAND_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        thread.join(1)
    return status, bytes(kept)


def _from_file(path: Path, origin: str) -> str:
    place = clean(str(path))
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            # Reading a pipe would wait for whoever writes to it.
            raise UsageError(
                f"The api_key_file of {origin} is no file: {place}.",
                hint="Name a file that holds the key, or use api_key_command.",
            )
        if mode & (stat.S_IRWXG | stat.S_IRWXO) and os.name == "posix":
            raise UsageError(
                f"Others may read the API key in {place}.",
                reason=f"It is the api_key_file of {origin}, and its permissions are "
                f"{stat.S_IMODE(mode):04o}.",
                hint=f"chmod 600 {shlex.quote(place)}",
            )
        with path.open("rb") as file:
            text = file.read(_KEY_BYTES).decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "It is not UTF-8 text"
        raise UsageError(
            f"The api_key_file of {origin} cannot be read: {place}.",
            reason=f"{reason}.",
            hint="Write the key into it and make it readable for yourself only.",
        ) from None
    return text
