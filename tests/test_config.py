"""Options, environment and prompt: who wins, what is refused, and that the key stays secret."""

from __future__ import annotations

import pytest

from eventview import config
from eventview.errors import UsageError
from tests.sources import assert_well_said

KEY = "Zq7fT1mWcXo3bLr9NuEa"


@pytest.mark.parametrize(
    ("option", "environment", "url"),
    [
        ("https://option.example", {"OPENREPLAY_URL": "https://env.example"}, "option"),
        (" https://option.example\n", {}, "option"),
        (None, {"OPENREPLAY_URL": "\thttps://env.example "}, "env"),
        (None, {"OPENREPLAY_URL": "  "}, None),
        ("", {"OPENREPLAY_URL": "https://env.example"}, None),  # said, and empty
        (None, {}, None),  # there is no default
    ],
)
def test_the_server_is_the_options_then_the_environments_and_never_guessed(
    option: str | None, environment: dict[str, str], url: str | None
) -> None:
    if url is not None:
        assert config.server_url(option, environment) == f"https://{url}.example"
        return
    with pytest.raises(UsageError, match="OPENREPLAY_URL") as caught:
        config.server_url(option, environment)
    assert_well_said(caught.value)


def test_the_key_of_the_environment_is_taken_bare_and_nobody_is_asked() -> None:
    key = config.api_key({"OPENREPLAY_API_KEY": f" {KEY}\n"}, lambda: pytest.fail("asked"))
    assert key.get_secret_value() == KEY
    assert KEY not in f"{key} {key!r}"
    assert config.api_key({"OPENREPLAY_API_KEY": "ключ"}, None).get_secret_value() == "ключ"


@pytest.mark.parametrize("environment", [{}, {"OPENREPLAY_API_KEY": " "}])
def test_without_a_key_somebody_is_asked(environment: dict[str, str]) -> None:
    assert config.api_key(environment, lambda: f"{KEY} ").get_secret_value() == KEY
    for ask in (None, str):  # nobody there; nothing typed
        with pytest.raises(UsageError, match="Set OPENREPLAY_API_KEY") as caught:
            config.api_key(environment, ask)
        assert_well_said(caught.value)


@pytest.mark.parametrize("control", ["\n", "\r\nX-Evil: 1", "\0", "\x1b", "\x7f", "\x85", "\udcff"])
def test_a_key_no_header_can_carry_is_refused_without_showing_it(control: str) -> None:
    key = f"{KEY}{control}{KEY}"
    for environment in ({}, {"OPENREPLAY_API_KEY": key}):
        with pytest.raises(UsageError, match="control character") as caught:
            config.api_key(environment, lambda: key)
        assert_well_said(caught.value, KEY)


def test_the_project_comes_from_the_environment_or_is_missed() -> None:
    assert config.project_key({"OPENREPLAY_PROJECT": " acme "}) == "acme"
    for environment in ({}, {"OPENREPLAY_PROJECT": " "}):
        with pytest.raises(UsageError, match="eventview PROJECT SESSION") as caught:
            config.project_key(environment)
        assert_well_said(caught.value)
