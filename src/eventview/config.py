"""What the user configured: server, project and key, from options, environment and profile.

Precedence: option, environment, profile. Nothing is read at import. May import
`eventview.errors`, `eventview.model`, `eventview.profiles` and pydantic.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Final, Literal, NamedTuple

from eventview.errors import UsageError
from eventview.model.text import clean, shorten

if TYPE_CHECKING:
    from pydantic import SecretStr

    from eventview.profiles import Profile, Profiles

URL_VARIABLE: Final = "OPENREPLAY_URL"
KEY_VARIABLE: Final = "OPENREPLAY_API_KEY"
PROJECT_VARIABLE: Final = "OPENREPLAY_PROJECT"
FILE_VARIABLE: Final = "EVENTVIEW_CONFIG"

_DEFAULT_PROFILE: Final = "default"
_COMMAND_TIMEOUT_S: Final = 60
"""A password manager may have to ask its user something first."""

_KEY_BYTES: Final = 64 * 1024
"""How much is read of what should hold a key and nothing else."""


class Setting(NamedTuple):
    """A value and where it came from, in words."""

    value: str
    origin: str


class Key(NamedTuple):
    """An API key and where it came from, in words."""

    secret: SecretStr
    origin: str

    def masked(self) -> str:
        """The key as it may be shown: its last characters, where that gives nothing away."""
        text = self.secret.get_secret_value()
        return f"****{text[-4:]}" if len(text) >= 16 else "****"


class Options(NamedTuple):
    """What the command line says of the configuration; None where it is silent."""

    url: str | None = None
    api: Literal["auto", "v1", "v2"] | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to ask, for what, and where that was said."""

    url: Setting | None
    project: Setting | None
    project_id: Setting | None
    api: Setting
    profile_name: str = ""
    profile: Profile | None = None
    file: Path | None = None
    """The configuration file; None when there is none."""
    environment: Mapping[str, str] | None = None
    """Where a key may be; None when that is not meant for this server."""
    is_profile_asked_for: bool = False
    """Whether the command line names the profile."""
    others: tuple[str, ...] = ()
    """The profiles there are, where none of them is chosen."""


def config_file(environment: Mapping[str, str]) -> Path | None:
    """The configuration file; None when there is none.

    Raises:
        UsageError: the environment names one that is not there.
    """
    named = environment.get(FILE_VARIABLE, "").strip()
    if named:
        path = Path(named).expanduser()
        if not path.exists():
            raise UsageError(
                f"{clean(named)} does not exist.",
                cause=f"{FILE_VARIABLE} names it as the configuration file.",
                cure=f"Write it, or unset {FILE_VARIABLE}.",
            )
        return path
    path = config_path()
    return path if path.exists() else None


def settings(options: Options, environment: Mapping[str, str]) -> Settings:
    """Everything that is configured, but for the key, which is fetched when it is needed.

    Raises:
        UsageError: the configuration file or the choice of a profile cannot be used.
    """
    file = config_file(environment)
    profiles = _profiles(file)
    name, profile = _chosen(options.profile, profiles, file)
    origin = f"profile {clean(name)}"

    def first(option: str | None, flag: str, variable: str, own: object) -> Setting | None:
        if option is not None and option.strip():
            return Setting(option.strip(), flag)
        said = environment.get(variable, "").strip()
        if said:
            return Setting(said, variable)
        return None if own is None else Setting(str(own).strip(), origin)

    return Settings(
        url=first(options.url, "--url", URL_VARIABLE, profile and profile.url),
        project=first(None, "", PROJECT_VARIABLE, profile and profile.project),
        project_id=first(None, "", "", profile and profile.project_id),
        api=first(options.api, "--api", "", profile and profile.api) or Setting("auto", "default"),
        profile_name=name,
        profile=profile,
        file=file,
        environment=environment,
        is_profile_asked_for=options.profile is not None,
        others=() if profile else tuple(profiles),
    )


def _profiles(file: Path | None) -> Profiles:
    if file is None:
        return {}
    # Here, because most runs have no file, and reading one is a matter of pydantic.
    from eventview.profiles import load

    return load(file)


def _chosen(
    wanted: str | None, profiles: Profiles, file: Path | None
) -> tuple[str, Profile | None]:
    if wanted is None:
        wanted = _DEFAULT_PROFILE if _DEFAULT_PROFILE in profiles else ""
        if not wanted and len(profiles) == 1:
            wanted = next(iter(profiles))
        return wanted, profiles.get(wanted)
    if wanted not in profiles:
        from eventview.profiles import nearest

        raise UsageError(
            f"There is no profile {shorten(clean(wanted), 40)}.",
            cause=f"Profiles are in {clean(str(file or config_path()))}"
            + ("." if file else ", which does not exist."),
            cure=nearest(wanted, profiles),
        )
    return wanted, profiles[wanted]


def for_link(link_host: str, project_id: str, options: Options, known: Settings) -> Settings:
    """The settings for a replay link's host.

    Where the URL is configured for that host, nothing changes. Else a profile for that host is
    taken; a key from the environment is then not used unless the profile has none of its own,
    since it may be meant for another server.

    Args:
        link_host: host and port, as `addresses.host` writes them.
        project_id: the project's number in the link.
        options: the command line's.
        known: what `settings` gave.

    Raises:
        UsageError: no such host is configured; says which profile to write.
    """
    from eventview.sources.openreplay.addresses import host

    if known.url is not None and host(known.url.value) == link_host:
        own_id = known.project_id
        if own_id is not None and own_id.value != project_id:
            return _without_project(known)
        return known
    fitting = {
        name: profile
        for name, profile in _profiles(known.file).items()
        if profile.url is not None and host(profile.url) == link_host
    }
    if options.profile is not None or not fitting:
        raise _unknown_host(link_host, project_id, known)
    name = min(
        fitting,
        key=lambda name: (
            str(fitting[name].project_id) != project_id,
            fitting[name].project_id is not None,
        ),
    )
    profile = fitting[name]
    origin = f"profile {clean(name)}"
    # Whoever names a server in the environment names its key there too.
    is_elsewhere = known.url is not None and known.url.origin in {"--url", URL_VARIABLE}
    found = Settings(
        url=Setting(profile.url or "", origin),
        project=None if profile.project is None else Setting(profile.project, origin),
        project_id=None if profile.project_id is None else Setting(str(profile.project_id), origin),
        api=Setting(options.api or profile.api or "auto", "--api" if options.api else origin),
        profile_name=name,
        profile=profile,
        file=known.file,
        environment=None if _has_key(profile) or is_elsewhere else known.environment,
    )
    return found if str(profile.project_id) == project_id else _without_project(found)


def _without_project(known: Settings) -> Settings:
    """Another project of the same server: only its number is known, from the link."""
    return replace(known, project=None, project_id=None)


def _unknown_host(link_host: str, project_id: str, known: Settings) -> UsageError:
    shown = clean(link_host)
    return UsageError(
        f"No key is configured for {shown}.",
        cause="The link's server is neither that of --url or OPENREPLAY_URL nor of a profile.",
        cure=f"Write this into {clean(str(known.file or config_path()))}:\n\n"
        f"[profiles.NAME]\n"
        f'url = "https://{shown}"\n'
        f"project_id = {project_id}\n"
        f'project = "PROJECT KEY"\n'
        f'api_key_file = "key.txt"\n\n'
        f"or set {URL_VARIABLE}=https://{shown} and {KEY_VARIABLE}.",
    )


def config_path() -> Path:
    """Where the configuration file is looked for: the platform's folder."""
    from platformdirs import user_config_path

    return user_config_path("eventview") / "config.toml"


def required_url(known: Settings) -> str:
    """The server's base URL as the user wrote it.

    There is no default: a key meant for one server must not reach another by an omission.

    Raises:
        UsageError: none is configured.
    """
    if known.url is None and known.others:
        raise UsageError(
            "No server is configured.",
            cause=f"There are several profiles and none is chosen: {_names(known)}.",
            cure=f"Choose one with --profile, call one of them default, or set {URL_VARIABLE}.",
        )
    if known.url is None:
        raise UsageError(
            "No server is configured.",
            cause=f"Neither --url nor {URL_VARIABLE} nor a profile's url is set.",
            cure=f"For instance: export {URL_VARIABLE}=https://openreplay.example.com, or "
            "https://api.openreplay.com for OpenReplay's cloud. eventview --demo needs none.",
        )
    return known.url.value


def required_project(known: Settings) -> str:
    """The project's key for a command line that names none.

    Raises:
        UsageError: none is configured.
    """
    if known.project is None and known.others:
        raise UsageError(
            "No project is named.",
            cause=f"There are several profiles and none is chosen: {_names(known)}.",
            cure="Choose one with --profile, or give both: eventview PROJECT SESSION.",
        )
    if known.project is None:
        raise UsageError(
            "No project is named.",
            cause=f"The command line has none, {PROJECT_VARIABLE} is not set, and no profile "
            "names one.",
            cure="Give both: eventview PROJECT SESSION.",
        )
    return known.project.value


def _names(known: Settings) -> str:
    return shorten(clean(", ".join(known.others)), 200)


def api_key(known: Settings, ask: Callable[[], str] | None) -> Key:
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
            cause=f"{KEY_VARIABLE} is not set, and no profile says where the key is.",
            cure=f"Set {KEY_VARIABLE}, or run eventview on a terminal to be asked. The key is in "
            "OpenReplay under Preferences > Account.",
        )
    if any(not character.isprintable() for character in text):
        raise UsageError(
            "The API key holds a control character.",
            cause=f"No HTTP header can carry it. It is from {key.origin}.",
            cure="Give the key alone; it has 20 letters and digits.",
        )
    return key


def _key(known: Settings, ask: Callable[[], str] | None) -> Key:
    # Here, because who shows a file needs no key, and pydantic takes its time to load.
    from pydantic import SecretStr

    profile, origin = known.profile, f"profile {clean(known.profile_name)}"
    environment = known.environment or {}
    said = environment.get(KEY_VARIABLE, "").strip()
    if said and not (known.is_profile_asked_for and profile is not None and _has_key(profile)):
        meant_for = environment.get(URL_VARIABLE, "").strip()
        # Whoever types an address means the key at hand for it.
        is_typed = known.url is not None and known.url.origin == "--url"
        if is_typed or _is_same_host(meant_for, known):
            return Key(SecretStr(said), KEY_VARIABLE)
        if profile is None or not _has_key(profile):
            raise UsageError(
                f"No key is configured for {clean(known.url.value if known.url else '')}.",
                cause=f"{KEY_VARIABLE} is for the server in {URL_VARIABLE}, {clean(meant_for)}.",
                cure=f"Set both for this server, or unset {URL_VARIABLE}.",
            )
    if profile is not None and not _is_for(profile, known):
        raise UsageError(
            f"No key is configured for {clean(known.url.value if known.url else '')}.",
            cause=f"The key of {origin} is for {clean(profile.url or '')} only.",
            cure=f"Set {KEY_VARIABLE}, or choose the profile of that server with --profile.",
        )
    if profile is not None and profile.api_key_command is not None:
        secret = SecretStr(_from_command(profile.api_key_command, origin))
        return Key(secret, f"{origin}, api_key_command")
    if profile is not None and profile.api_key_file is not None:
        folder = known.file.parent if known.file else Path()
        path = folder / Path(profile.api_key_file).expanduser()
        return Key(SecretStr(_from_file(path, origin)), f"{origin}, api_key_file")
    return Key(SecretStr(ask().strip() if ask else ""), "the prompt")


def _is_for(profile: Profile, known: Settings) -> bool:
    """Whether a profile's own key, if it has one, may go to the server that is asked."""
    return not _has_key(profile) or _is_same_host(profile.url or "", known)


def _has_key(profile: Profile) -> bool:
    return profile.api_key_command is not None or profile.api_key_file is not None


def _is_same_host(url: str, known: Settings) -> bool:
    """Whether an address is on the host that is asked; one that is not given is."""
    from eventview.sources.openreplay.addresses import host

    return not url or known.url is None or host(url) == host(known.url.value)


def _from_command(command: str, origin: str) -> str:
    def failed(cause: str) -> UsageError:
        return UsageError(
            f"The api_key_command of {origin} gave no key.",
            cause=cause,
            cure="Run it by hand: the first line it prints has to be the key.",
        )

    try:
        status, output = _output_of(shlex.split(command))
    except subprocess.TimeoutExpired:
        raise failed(f"It was not done after {_COMMAND_TIMEOUT_S} s.") from None
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
        status = process.wait(_COMMAND_TIMEOUT_S)
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
                cure="Name a file that holds the key, or use api_key_command.",
            )
        if mode & (stat.S_IRWXG | stat.S_IRWXO) and os.name == "posix":
            raise UsageError(
                f"Others may read the API key in {place}.",
                cause=f"It is the api_key_file of {origin}, and its permissions are "
                f"{stat.S_IMODE(mode):04o}.",
                cure=f"chmod 600 {shlex.quote(place)}",
            )
        with path.open("rb") as file:
            text = file.read(_KEY_BYTES).decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "It is not UTF-8 text"
        raise UsageError(
            f"The api_key_file of {origin} cannot be read: {place}.",
            cause=f"{reason}.",
            cure="Write the key into it and make it readable for yourself only.",
        ) from None
    return text
