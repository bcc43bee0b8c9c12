"""Server and project from command line, environment and profile, in this order of precedence."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from eventview.errors import UsageError
from eventview.session.text import clean, shorten
from eventview.sources.openreplay.base_urls import host

if TYPE_CHECKING:
    from eventview.analysis.rules import Rules
    from eventview.config.profiles import Profile, Profiles
    from eventview.sources.openreplay.links import Link

URL_VARIABLE: Final = "OPENREPLAY_URL"
KEY_VARIABLE: Final = "OPENREPLAY_API_KEY"
PROJECT_VARIABLE: Final = "OPENREPLAY_PROJECT"
FILE_VARIABLE: Final = "EVENTVIEW_CONFIG"
CACHE_VARIABLE: Final = "EVENTVIEW_CACHE"

_DEFAULT_PROFILE: Final = "default"


class Setting(NamedTuple):
    """Value with its origin in words."""

    value: str
    origin: str


class ConnectionOptions(NamedTuple):
    """Configuration given on the command line; None for what is not given."""

    url: str | None = None
    api: Literal["auto", "v1", "v2"] | None = None
    profile: str | None = None
    is_insecure: bool = False
    """True if the key may go unencrypted to another machine."""


class Settings(NamedTuple):
    """Server, project and API version, each with its origin."""

    url: Setting | None
    project: Setting | None
    project_id: Setting | None
    api: Setting
    profile_name: str = ""
    profile: Profile | None = None
    file: Path | None = None
    """Configuration file; None if there is none."""
    environment: Mapping[str, str] | None = None
    """Environment that may hold a key; None if its key is not for this server."""
    has_profile_option: bool = False
    """True if the command line names the profile."""
    profiles: Profiles = MappingProxyType({})
    """Profiles of the file, by name."""
    has_insecure_option: bool = False
    """True if the command line lets the key go unencrypted to another machine."""

    @property
    def insecure_origin(self) -> str:
        """Option or profile that lets the key go unencrypted to this server; "" for none."""
        if self.has_insecure_option:
            return "--insecure-http"
        profile = self.profile
        if profile is None or not profile.insecure_http or self.url is None:
            return ""
        # The permission of a profile is for its own server only.
        if profile.url is not None and host(profile.url) != host(self.url.value):
            return ""
        return self.profile_origin

    @property
    def profile_origin(self) -> str:
        """Origin of the profile's values, in words."""
        return f"profile {clean(self.profile_name)}"

    @property
    def rules(self) -> Rules:
        """Rules with the profile's bands and thresholds."""
        from eventview.analysis.rules import RULES  # a request must not wait for it

        return RULES if self.profile is None else self.profile.rules


def find_config_file(environment: Mapping[str, str]) -> Path | None:
    """Return the configuration file; None if there is none.

    Raises:
        UsageError: the environment names a file that does not exist.
    """
    named = environment.get(FILE_VARIABLE, "").strip()
    if named:
        path = Path(named).expanduser()
        if not path.exists():
            raise UsageError(
                f"{clean(named)} does not exist.",
                reason=f"{FILE_VARIABLE} names it as the configuration file.",
                hint=f"Create it, or unset {FILE_VARIABLE}.",
            )
        return path
    path = default_config_path()
    return path if path.exists() else None


def read_settings(options: ConnectionOptions, environment: Mapping[str, str]) -> Settings:
    """Return all settings except the key, which is fetched when it is needed.

    Raises:
        UsageError: the configuration file or the choice of a profile cannot be used.
    """
    file = find_config_file(environment)
    profiles: Profiles = {}
    if file is not None:
        # Most runs have no file.
        from eventview.config.profiles import load_profiles

        profiles = load_profiles(file)
    name, profile = _choose_profile(options.profile, profiles, file)
    origin = f"profile {clean(name)}"

    def first(option: str | None, flag: str, variable: str, own: object) -> Setting | None:
        if option is not None and option.strip():
            return Setting(option.strip(), flag)
        value = environment.get(variable, "").strip()
        if value:
            return Setting(value, variable)
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
        has_profile_option=options.profile is not None,
        profiles=profiles,
        has_insecure_option=options.is_insecure,
    )


def _choose_profile(
    wanted: str | None, profiles: Profiles, file: Path | None
) -> tuple[str, Profile | None]:
    if wanted is None:
        wanted = _DEFAULT_PROFILE if _DEFAULT_PROFILE in profiles else ""
        if not wanted and len(profiles) == 1:
            wanted = next(iter(profiles))
        return wanted, profiles.get(wanted)
    if wanted not in profiles:
        from eventview.config.profiles import suggest

        raise UsageError(
            f"There is no profile {shorten(clean(wanted), 40)}.",
            reason=f"Profiles are in {clean(str(file or default_config_path()))}"
            + ("." if file else ", which does not exist."),
            hint=suggest(wanted, profiles),
        )
    return wanted, profiles[wanted]


def settings_for_link(link: Link, options: ConnectionOptions, known: Settings) -> Settings:
    """Return the settings for a replay link's server.

    The first of these is used: a profile with the link's host and project number, the given
    settings if they are for that host, any profile of that host. A server or profile named on the
    command line is never replaced by another one. A key from the environment is not used if it may
    be for another server.

    Args:
        link: parsed replay link.
        options: command line options.
        known: settings without the link.

    Raises:
        UsageError: the host is not configured, or the command line names another one.
    """
    is_here = known.url is not None and host(known.url.value) == link.host
    fitting = _find_profiles(link.host, known)
    exact = next((n for n, p in fitting.items() if str(p.project_id) == link.project_id), None)
    is_chosen = options.url is not None or options.profile is not None
    if is_here and (is_chosen or exact is None):
        return _restrict_project(link, known)
    if options.url is not None:
        raise UsageError(
            f"The link is to {clean(link.host)}, and --url names another server.",
            hint="Leave out --url: the link contains the address.",
        )
    if options.profile is not None or not fitting:
        raise _make_unknown_host_error(link, known, fitting)
    name = exact or min(fitting, key=lambda name: fitting[name].project_id is not None)
    profile = fitting[name]
    origin = f"profile {clean(name)}"
    may_have_key = is_here or (known.url is None and not profile.has_own_key)
    found = known._replace(
        url=Setting(profile.url or "", origin),
        project=None if profile.project is None else Setting(profile.project, origin),
        project_id=None if profile.project_id is None else Setting(str(profile.project_id), origin),
        api=Setting(options.api or profile.api or "auto", "--api" if options.api else origin),
        profile_name=name,
        profile=profile,
        environment=known.environment if may_have_key else None,
    )
    return _restrict_project(link, found)


def _find_profiles(link_host: str, known: Settings) -> Profiles:
    found = {}
    for name, profile in known.profiles.items():
        # A profile with an invalid URL must not block the others.
        with suppress(UsageError):
            if profile.url is not None and host(profile.url) == link_host:
                found[name] = profile
    return found


def _restrict_project(link: Link, known: Settings) -> Settings:
    """Return the settings without their project, unless it is the link's."""
    key, number, profile = known.project, known.project_id, known.profile
    is_of_server = (
        profile is None
        or profile.url is None
        or known.profile_name in _find_profiles(link.host, known)
    )
    is_one = key and number and key.origin == number.origin and number.value == link.project_id
    if is_of_server and is_one:
        return known
    # The link names only the number of another project on the same server.
    return known._replace(project=None, project_id=None)


def _make_unknown_host_error(link: Link, known: Settings, fitting: Profiles) -> UsageError:
    # Loads ssl and urllib.request, which files do not need.
    from eventview.sources.openreplay.network import is_plain_http

    shown = clean(link.host)
    if fitting:
        return UsageError(
            f"The profile {clean(known.profile_name)} is not for {shown}.",
            reason=f"The profiles for that server are: {clean(', '.join(fitting))}.",
            hint="Leave out --profile: the profile is chosen by the link.",
        )
    is_plain = is_plain_http(link.url)
    return UsageError(
        f"No key is configured for {shown}.",
        reason="The link's server is neither that of --url or OPENREPLAY_URL nor of a profile.",
        hint=f"Write this into {clean(str(known.file or default_config_path()))}:\n\n"
        f"[profiles.NAME]\n"
        f'url = "{clean(link.url)}"\n'
        f"project_id = {link.project_id}\n"
        f'project = "PROJECT KEY"\n'
        f'api_key_file = "key.txt"\n'
        + "insecure_http = true   # the key goes unencrypted; https:// is better\n" * is_plain
        + f"\nor set {URL_VARIABLE}={clean(link.url)} and {KEY_VARIABLE}"
        + (", with --insecure-http." if is_plain else "."),
    )


def default_config_path() -> Path:
    """Return the default path of the configuration file, in the platform's folder."""
    folder = _find_xdg_folder("XDG_CONFIG_HOME", ".config")
    if folder is None:
        from platformdirs import user_config_path

        folder = user_config_path("eventview")
    return folder / "config.toml"


def default_cache_path(environment: Mapping[str, str]) -> Path:
    """Return the path of the cache of servers: in `EVENTVIEW_CACHE`, or the platform's folder."""
    named = environment.get(CACHE_VARIABLE, "").strip()
    folder = Path(named) if named else _find_xdg_folder("XDG_CACHE_HOME", ".cache")
    if folder is None:
        from platformdirs import user_cache_path

        folder = user_cache_path("eventview")
    return folder / "servers.json"


def _find_xdg_folder(variable: str, usual: str) -> Path | None:
    """Return eventview's folder on Linux as platformdirs would, which takes 2 ms to import.

    Args:
        variable: the variable of the XDG Base Directory Specification; only absolute paths count.
        usual: the folder in the user's home without the variable.

    Returns:
        The folder; None on other systems and without a home.
    """
    if sys.platform == "linux":
        for base, folder in (
            (os.environ.get(variable, ""), ""),
            (os.environ.get("HOME", ""), usual),
        ):
            if base.startswith("/"):
                return Path(base, folder, "eventview")
    return None


def require_url(known: Settings) -> str:
    """Return the server's base URL as the user wrote it.

    There is no default, because a key must never reach another server by an omission.

    Raises:
        UsageError: no server is configured.
    """
    if known.url is not None:
        return known.url.value
    undecided = _describe_undecided(known)
    raise UsageError(
        "No server is configured.",
        reason=undecided or f"Neither --url nor {URL_VARIABLE} nor a profile's url is set.",
        hint=f"Choose one with --profile, name one of them default, or set {URL_VARIABLE}."
        if undecided
        else f"For instance: export {URL_VARIABLE}=https://openreplay.example.com, or "
        "https://api.openreplay.com for OpenReplay's cloud. eventview --demo needs none.",
    )


def require_project(known: Settings, usage: str = "eventview PROJECT SESSION") -> str:
    """Return the configured project key, for a command line without one.

    Args:
        known: the settings.
        usage: command line with a project, for the hint of the failure.

    Raises:
        UsageError: no project is configured.
    """
    if known.project is not None:
        return known.project.value
    undecided = _describe_undecided(known)
    raise UsageError(
        "No project is named.",
        reason=undecided
        or f"The command line has none, {PROJECT_VARIABLE} is not set, and no profile names one.",
        hint=f"{'Choose one with --profile, or give' if undecided else 'Give'} both: {usage}.",
    )


def _describe_undecided(known: Settings) -> str:
    """Return a sentence if none of several profiles is chosen; else ""."""
    if known.profile is not None or not known.profiles:
        return ""
    names = shorten(clean(", ".join(known.profiles)), 200)
    return f"There are several profiles and none is chosen: {names}."
