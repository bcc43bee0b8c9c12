"""The organisation's API key: its source, and the server that it is meant for.

A key is never a command line option, because lists of processes would show it, and goes only to the
server it is configured for.
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
from typing import IO, Final, NamedTuple

from eventview.config.settings import KEY_VARIABLE, URL_VARIABLE, Settings
from eventview.errors import UsageError
from eventview.session.text import clean
from eventview.sources.openreplay.base_urls import host, server_root
from eventview.sources.openreplay.request_log import Secret

COMMAND_TIMEOUT_S: Final = 60
"""Seconds for a command, which may be a password manager that asks its user first."""

_KEY_BYTES: Final = 64 * 1024
"""Most bytes that are read of a file or an output with a key."""


PROMPT: Final = "the prompt"
"""Origin of a typed key."""


class ApiKey(NamedTuple):
    """API key with its origin in words."""

    secret: Secret
    origin: str

    @property
    def description(self) -> str:
        """Words for the place where the key can be changed."""
        profile, _, setting = self.origin.partition(", ")
        if self.origin == PROMPT:
            return "the API key that was typed"
        return f"the {setting} of {profile}" if setting else self.origin

    def masked(self) -> str:
        """Return the key with only its last four characters; none of a short key."""
        text = self.secret.value
        return f"****{text[-4:]}" if len(text) >= 16 else "****"


def get_api_key(known: Settings, ask: Callable[[], str] | None) -> ApiKey:
    """Return the organisation's API key from the environment, the profile or the prompt.

    Args:
        known: the settings.
        ask: prompts for the key without echo; None if nobody can be asked.

    Raises:
        UsageError: there is no key, its source cannot be used, or it has characters that no header
            can carry.
    """
    key = _find_key(known, ask)
    text = key.secret.value
    if not text:
        reason = f"{KEY_VARIABLE} is not set, and no profile says where the key is."
        if known.environment is None:
            reason = f"{KEY_VARIABLE} may be for another server, and {known.profile_origin} does "
            reason += "not say where the key is."
        raise UsageError(
            "No API key is configured.",
            reason=reason,
            hint=f"Set {KEY_VARIABLE}, or run eventview on a terminal to be asked. The key is in "
            "OpenReplay under Preferences > Account.",
        )
    if any(character.isspace() or not character.isprintable() for character in text):
        raise _make_invalid_error(key, known)
    return key


def _make_invalid_error(key: ApiKey, known: Settings) -> UsageError:
    """Return the failure for a key with blanks or control characters, without quoting it."""
    text = key.secret.value
    hint = "Give only the key: 20 letters and digits."
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
        reason=f"OpenReplay keys have none; this one is from {key.origin}.",
        hint=hint,
    )


_COMMAND: Final = "api_key_command"

_SHELL_ADVICE: Final = (
    "The command runs without a shell; wrap it in sh -c '…' for a pipe, a variable or ~."
)


def _is_for_shell(command: str) -> bool:
    """Return whether a command has syntax that only a shell understands, outside `sh -c`."""
    with suppress(ValueError):
        words = shlex.split(command)
        is_shell = bool(words) and "-c" in words[1:]
        return not is_shell and re.search(r"[|&;<>`$~]|^\w+=", " ".join(words)) is not None
    return False


def _find_key(known: Settings, ask: Callable[[], str] | None) -> ApiKey:
    profile, origin, url = known.profile, known.profile_origin, known.url
    environment = known.environment or {}
    value = environment.get(KEY_VARIABLE, "").strip()
    if value and not (known.has_profile_option and profile is not None and profile.has_own_key):
        meant_for = environment.get(URL_VARIABLE, "").strip()
        # A typed address is meant for the key of the environment.
        if (
            url is None
            or not meant_for
            or url.origin == "--url"
            or host(meant_for) == host(url.value)
        ):
            return ApiKey(Secret(value), KEY_VARIABLE)
        if profile is None or not profile.has_own_key:
            raise UsageError(
                f"No key is configured for {clean(url.value)}.",
                reason=f"{KEY_VARIABLE} is for the server in {URL_VARIABLE}, {clean(meant_for)}.",
                hint=f"Set both for this server, or unset {URL_VARIABLE}.",
            )
    if profile is None or not profile.has_own_key:
        return ApiKey(Secret(ask().strip() if ask else ""), PROMPT)
    if url is not None and profile.url and not _may_go_to(url.value, profile.url):
        raise UsageError(
            f"No key is configured for {clean(url.value)}.",
            reason=f"That address is from {url.origin}, which overrides the profile's; the key "
            f"of {origin} is for {clean(profile.url)} only.",
            hint=f"Unset {URL_VARIABLE} to use the profile."
            if url.origin == URL_VARIABLE
            else f"Set {KEY_VARIABLE}, or choose the profile of that server with --profile.",
        )
    if known.file is not None:
        _check_permissions(known.file)
    if profile.api_key_command is not None:
        secret = Secret(_run_command(profile.api_key_command, origin))
        return ApiKey(secret, f"{origin}, {_COMMAND}")
    folder = known.file.parent if known.file else Path()
    path = folder / Path(profile.api_key_file or "").expanduser()
    return ApiKey(Secret(_read_file(path, origin)), f"{origin}, api_key_file")


def _check_permissions(file: Path) -> None:
    """Refuse a configuration file that others can write, as ssh does.

    The file names a command to run, or the server that gets the key.
    """
    if os.name != "posix":
        return
    mode = file.stat().st_mode
    place = clean(str(file))
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(
            f"Others may write to the configuration file {place}.",
            reason="It says where the API key comes from and where it goes; its permissions are "
            f"{stat.S_IMODE(mode):04o}.",
            hint=f"chmod go-w {shlex.quote(place)}",
        )


def _may_go_to(url: str, own_url: str) -> bool:
    """Return whether the key for `own_url` may go to an address: same host, no loss of TLS."""
    own, configured = server_root(own_url), server_root(url)
    is_downgrade = own.startswith("https:") and configured.startswith("http:")
    return host(own_url) == host(url) and not is_downgrade


def _run_command(command: str, origin: str) -> str:
    def failed(reason: str) -> UsageError:
        return UsageError(
            f"The api_key_command of {origin} gave no key.",
            reason=reason,
            hint=_SHELL_ADVICE
            if _is_for_shell(command)
            else "Run it by hand: the first line of its output must be the key.",
        )

    try:
        status, output = _read_output(shlex.split(command))
    except subprocess.TimeoutExpired:
        raise failed(f"It did not end within {COMMAND_TIMEOUT_S} s.") from None
    except (OSError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) else "It is not a command line"
        raise failed(f"{reason or 'It cannot be run'}.") from None
    if status:
        raise failed(f"It ended with status {status}.")
    lines = output.decode("utf-8-sig", "replace").splitlines()
    secret = lines[0].strip() if lines else ""
    if not secret:
        raise failed("It printed nothing, or an empty first line.")
    return secret


def _read_output(words: Sequence[str]) -> tuple[int, bytes]:
    """Run a command and return its exit status and the start of its output."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE)  # noqa: S603  # the user's own command, and no shell
    kept = bytearray()

    def drain(stream: IO[bytes]) -> None:
        with stream:
            while part := os.read(stream.fileno(), _KEY_BYTES):
                kept.extend(part[: _KEY_BYTES - len(kept)])

    # A thread reads, because an agent that the command leaves behind may keep the pipe open.
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


def _read_file(path: Path, origin: str) -> str:
    place = clean(str(path))
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            # Reading a pipe would block until something is written to it.
            raise UsageError(
                f"The api_key_file of {origin} is not a regular file: {place}.",
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
