"""What the user configured: the server and its key, from options and the environment.

Precedence: option, then environment. Nothing is read at import. May import `eventview.errors`,
`eventview.model` and pydantic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from eventview.errors import UsageError

URL_VARIABLE = "OPENREPLAY_URL"
KEY_VARIABLE = "OPENREPLAY_API_KEY"
PROJECT_VARIABLE = "OPENREPLAY_PROJECT"


def server_url(option: str | None, environment: Mapping[str, str]) -> str:
    """The server's base URL as the user wrote it.

    There is no default: a key meant for one server must not reach another by an omission.

    Raises:
        UsageError: neither option nor environment names one.
    """
    url = (environment.get(URL_VARIABLE, "") if option is None else option).strip()
    if not url:
        raise UsageError(
            "No server is configured.",
            cause=f"Neither --url nor {URL_VARIABLE} is set.",
            cure=f"For instance: export {URL_VARIABLE}=https://openreplay.example.com/api, or "
            "https://api.openreplay.com for OpenReplay's cloud. eventview --demo needs none.",
        )
    return url


def api_key(environment: Mapping[str, str], ask: Callable[[], str] | None) -> SecretStr:
    """The organisation's API key.

    Args:
        environment: the process's environment.
        ask: prompts for the key without echo; None when there is nobody to ask.

    Raises:
        UsageError: there is none, or it holds what no header can carry.
    """
    key = SecretStr(environment.get(KEY_VARIABLE, "").strip())
    if not key and ask is not None:
        key = SecretStr(ask().strip())
    if not key:
        raise UsageError(
            "No API key is configured.",
            cause=f"{KEY_VARIABLE} is not set.",
            cure=f"Set {KEY_VARIABLE}, or run eventview on a terminal to be asked. The key is in "
            "OpenReplay under Preferences > Account.",
        )
    if any(not character.isprintable() for character in key.get_secret_value()):
        raise UsageError(
            "The API key holds a control character.",
            cause="No HTTP header can carry it.",
            cure=f"Set {KEY_VARIABLE} to the key alone; it has 20 letters and digits.",
        )
    return key


def project_key(environment: Mapping[str, str]) -> str:
    """The project for a command line that names none.

    Raises:
        UsageError: the environment names none either.
    """
    project = environment.get(PROJECT_VARIABLE, "").strip()
    if not project:
        raise UsageError(
            "No project is named.",
            cause=f"The command line has a session id only, and {PROJECT_VARIABLE} is not set.",
            cure="Give both: eventview PROJECT SESSION.",
        )
    return project
