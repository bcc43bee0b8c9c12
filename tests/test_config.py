"""Options, environment, profile and prompt: who wins, what is refused, and the key stays secret."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from eventview import config
from eventview.config import Options
from eventview.errors import UsageError
from tests.sources import assert_well_said

KEY = "Zq7fT1mWcXo3bLr9NuEa"
SHOP = '[profiles.shop]\nurl = "https://shop.example"\nproject = "SHOPKEY"\nproject_id = 12\n'
BANK = '[profiles.bank]\nurl = "https://bank.example/api"\napi = "v1"\n'
DEFAULT = '[profiles.default]\nurl = "https://default.example"\n'


NO_OPTIONS = Options()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def configured(
    folder: Path,
    text: str,
    options: Options = NO_OPTIONS,
    **environment: str,
) -> config.Settings:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return config.settings(options, {"EVENTVIEW_CONFIG": str(file)} | environment)


@pytest.mark.parametrize(
    ("text", "options", "environment", "url"),
    [
        (SHOP, Options("o.example"), {"OPENREPLAY_URL": "e.example"}, ("o.example", "--url")),
        (SHOP, Options(), {"OPENREPLAY_URL": "\te.example "}, ("e.example", "OPENREPLAY_URL")),
        (SHOP, Options(), {"OPENREPLAY_URL": " "}, ("https://shop.example", "profile shop")),
        (SHOP + BANK, Options(), {}, None),
        (SHOP + BANK, Options(profile="bank"), {}, ("https://bank.example/api", "profile bank")),
        (SHOP + BANK + DEFAULT, Options(), {}, ("https://default.example", "profile default")),
        ("", Options(), {}, None),
    ],
)  # fmt: skip
def test_option_beats_environment_beats_profile(
    folder: Path,
    text: str,
    options: Options,
    environment: dict[str, str],
    url: tuple[str, str] | None,
) -> None:
    known = configured(folder, text, options, **environment)
    assert known.url == url
    if url is None:
        with pytest.raises(UsageError, match="OPENREPLAY_URL") as caught:
            config.required_url(known)
        assert_well_said(caught.value)
    else:
        assert config.required_url(known) == url[0]


def test_every_setting_says_where_it_is_from(folder: Path) -> None:
    known = configured(folder, SHOP, Options(api="v2"), OPENREPLAY_PROJECT=" other ")
    assert known.project == ("other", "OPENREPLAY_PROJECT")
    assert known.project_id == ("12", "profile shop")
    assert known.api == ("v2", "--api")
    assert configured(folder, SHOP).api == ("auto", "default")
    assert configured(folder, BANK).api == ("v1", "profile bank")
    assert config.required_project(configured(folder, SHOP)) == "SHOPKEY"
    with pytest.raises(UsageError, match="eventview PROJECT SESSION"):
        config.required_project(configured(folder, BANK))


def test_without_a_file_the_environment_is_all_there_is() -> None:
    known = config.settings(Options(), {"OPENREPLAY_URL": "https://e.example"})
    assert (known.file, known.profile_name) == (None, "")
    with pytest.raises(UsageError, match="does not exist"):
        config.settings(Options(profile="shop"), {})
    with pytest.raises(UsageError, match="EVENTVIEW_CONFIG"):
        config.settings(Options(), {"EVENTVIEW_CONFIG": "/nowhere/config.toml"})


def test_a_profile_that_is_not_there_has_its_likeliest_name_said(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"no profile shpo.*The nearest there is: shop"):
        configured(folder, SHOP + BANK, Options(profile="shpo"))
    with pytest.raises(UsageError, match="There is: shop, bank"):
        configured(folder, SHOP + BANK, Options(profile="zzz"))


# The key


def test_the_key_of_the_environment_is_taken_bare_and_nobody_is_asked(folder: Path) -> None:
    known = configured(folder, SHOP + 'api_key_file = "gone"', OPENREPLAY_API_KEY=f" {KEY}\n")
    key = config.api_key(known, lambda: pytest.fail("asked"))
    assert (key.secret.get_secret_value(), key.origin) == (KEY, "OPENREPLAY_API_KEY")
    assert KEY not in f"{key} {key!r} {known!r}".replace(repr(known), "")
    assert key.masked() == "****NuEa"


def test_without_a_key_somebody_is_asked(folder: Path) -> None:
    known = configured(folder, SHOP)
    assert config.api_key(known, lambda: f"{KEY} ").secret.get_secret_value() == KEY
    for ask in (None, str):  # nobody there; nothing typed
        with pytest.raises(UsageError, match="Set OPENREPLAY_API_KEY") as caught:
            config.api_key(known, ask)
        assert_well_said(caught.value)


@pytest.mark.parametrize("control", ["\n", "\r\nX-Evil: 1", "\0", "\x1b", "\x7f", "\x85", "\udcff"])
def test_a_key_no_header_can_carry_is_refused_without_showing_it(
    folder: Path, control: str
) -> None:
    key = f"{KEY}{control}{KEY}"
    with pytest.raises(UsageError, match="control character") as caught:
        config.api_key(configured(folder, SHOP), lambda: key)
    assert_well_said(caught.value, KEY)


def test_a_short_key_shows_nothing_of_itself(folder: Path) -> None:
    key = config.api_key(configured(folder, SHOP), lambda: "short")
    assert key.masked() == "****"


def test_a_command_gives_the_key_in_its_first_line(folder: Path) -> None:
    command = f"{sys.executable} -c \\\"print('{KEY}'); print('more')\\\""
    known = configured(folder, SHOP + f'api_key_command = "{command}"')
    key = config.api_key(known, None)
    assert key.secret.get_secret_value() == KEY
    assert key.origin == "profile shop, api_key_command"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{sys.executable} -c 'import sys; print(7); sys.exit(3)'", "status 3"),
        (f"{sys.executable} -c 'print()'", "printed nothing"),
        ("/nowhere/pass show", "No such file"),
        ("'open", "no command line"),
        ("", "no command line"),
    ],
)
def test_a_command_that_gives_no_key_is_named_by_its_profile(
    folder: Path, command: str, words: str
) -> None:
    known = configured(folder, SHOP + f'api_key_command = "{command}"')
    with pytest.raises(UsageError, match="api_key_command of profile shop") as caught:
        config.api_key(known, None)
    assert words in caught.value.cause


@pytest.mark.parametrize(("mode", "is_taken"), [(0o600, True), (0o400, True), (0o640, False),
                                               (0o604, False), (0o777, False)])  # fmt: skip
def test_a_key_file_that_others_may_read_is_refused_with_the_cure(
    folder: Path, mode: int, is_taken: bool
) -> None:
    file = folder / "key.txt"
    file.write_text(f"{KEY}\n")
    file.chmod(mode)
    known = configured(folder, SHOP + 'api_key_file = "key.txt"')
    if is_taken:
        assert config.api_key(known, None).secret.get_secret_value() == KEY
        return
    with pytest.raises(UsageError, match="Others may read") as caught:
        config.api_key(known, None)
    assert caught.value.cure == f"chmod 600 {file}"
    assert KEY not in repr(caught.value)


def test_a_key_file_that_is_not_there_is_named(folder: Path) -> None:
    known = configured(folder, SHOP + 'api_key_file = "gone.txt"')
    with pytest.raises(UsageError, match=r"gone\.txt"):
        config.api_key(known, None)
    (folder / "gone.txt").write_bytes(b"\xff")
    (folder / "gone.txt").chmod(0o600)
    with pytest.raises(UsageError, match="not UTF-8"):
        config.api_key(known, None)


# Links


OTHER = SHOP.replace("shop]", "other]").replace("12", "13").replace("SHOPKEY", "OTHERKEY")


@pytest.mark.parametrize(
    ("text", "environment", "number", "project", "name"),
    [
        (SHOP + BANK, {}, "12", "SHOPKEY", "shop"),
        (SHOP + OTHER, {}, "13", "OTHERKEY", "other"),
        # Another project of that server: its key is to be looked up.
        (SHOP + BANK, {}, "99", None, "shop"),
        (BANK, {"OPENREPLAY_URL": "https://shop.example/v2", "OPENREPLAY_PROJECT": "P"}, "12",
         "P", "bank"),
        (SHOP, {"OPENREPLAY_URL": "https://shop.example"}, "99", None, "shop"),
    ],
)  # fmt: skip
def test_a_links_host_and_number_find_the_profile(  # noqa: PLR0917  # a row of the table
    folder: Path,
    text: str,
    environment: dict[str, str],
    number: str,
    project: str | None,
    name: str,
) -> None:
    known = configured(folder, text, NO_OPTIONS, **environment)
    found = config.for_link("shop.example", number, Options(), known)
    assert found.url is not None
    assert "shop.example" in found.url.value
    assert (found.project.value if found.project else None) == project
    assert found.profile_name == name


def test_a_link_to_an_unknown_host_says_which_profile_to_write(folder: Path) -> None:
    known = configured(folder, SHOP, OPENREPLAY_API_KEY=KEY)
    with pytest.raises(UsageError) as caught:
        config.for_link("evil.example", "12", Options(), known)
    assert caught.value.exit_code == 2
    assert str(folder / "config.toml") in caught.value.cure
    assert '[profiles.NAME]\nurl = "https://evil.example"\nproject_id = 12' in caught.value.cure
    assert KEY not in str(caught.value)


def test_a_profiles_key_is_for_its_own_host_only(folder: Path) -> None:
    file = folder / "key.txt"
    file.write_text("of-the-shop-itself")
    file.chmod(0o600)
    text = SHOP + 'api_key_file = "key.txt"'
    for options, environment in (
        (Options(url="https://bank.example"), {}),
        (NO_OPTIONS, {"OPENREPLAY_URL": "https://bank.example"}),
        (Options(profile="shop"), {"OPENREPLAY_URL": "https://bank.example"}),
    ):
        known = configured(folder, text, options, **environment)
        with pytest.raises(UsageError, match=r"for https://shop\.example") as caught:
            config.api_key(known, None)
        assert "of-the-shop" not in str(caught.value)
    known = configured(folder, text, Options(url="https://shop.example/api"))
    assert config.api_key(known, None).secret.get_secret_value() == "of-the-shop-itself"


def test_the_environments_key_is_not_for_a_link_to_another_host(folder: Path) -> None:
    environment = {"OPENREPLAY_URL": "https://bank.example", "OPENREPLAY_API_KEY": KEY}
    known = configured(folder, SHOP, NO_OPTIONS, **environment)
    found = config.for_link("shop.example", "12", Options(), known)
    with pytest.raises(UsageError, match="No API key is configured"):
        config.api_key(found, None)


def test_the_environments_key_goes_with_the_environments_server(folder: Path) -> None:
    environment = {"OPENREPLAY_URL": "https://bank.example/api", "OPENREPLAY_API_KEY": KEY}
    link = config.for_link(
        "shop.example", "12", Options(), configured(folder, SHOP, NO_OPTIONS, **environment)
    )
    with pytest.raises(UsageError, match="No API key is configured"):
        config.api_key(link, None)
    for options in (Options(), Options(url="https://bank.example"), Options(url="shop.example")):
        known = configured(folder, SHOP, options, **environment)
        assert config.api_key(known, None).secret.get_secret_value() == KEY


def test_a_profile_that_is_asked_for_brings_its_own_key(folder: Path) -> None:
    (folder / "key.txt").write_text("\ufeffof-the-shop-itself\n", "utf-8")
    (folder / "key.txt").chmod(0o600)
    text = SHOP + 'api_key_file = "key.txt"'
    known = configured(folder, text, Options(profile="shop"), OPENREPLAY_API_KEY=KEY)
    key = config.api_key(known, None)
    assert key.secret.get_secret_value() == "of-the-shop-itself"
    assert key.origin == "profile shop, api_key_file"
    known = configured(folder, SHOP, Options(profile="shop"), OPENREPLAY_API_KEY=KEY)
    assert config.api_key(known, None).secret.get_secret_value() == KEY


def test_one_of_several_profiles_has_to_be_chosen(folder: Path) -> None:
    known = configured(folder, SHOP + BANK)
    for required in (config.required_url, config.required_project):
        with pytest.raises(UsageError, match=r"several profiles.*shop, bank.*--profile"):
            required(known)


def test_a_key_file_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "key.txt", 0o600)
    with pytest.raises(UsageError, match="is no file"):
        config.api_key(configured(folder, SHOP + 'api_key_file = "key.txt"'), None)


@pytest.mark.parametrize(
    "script",
    [
        # Prints without end what nobody wants, and leaves somebody behind who holds the pipe.
        f"print('{KEY}'); print('x' * 10_000_000)",
        f"import subprocess; print('{KEY}', flush=True); subprocess.Popen(['sleep', '2'])",
    ],
)
def test_a_command_is_not_waited_for_longer_than_it_runs(folder: Path, script: str) -> None:
    (folder / "give.py").write_text(script)
    command = f"{sys.executable} {folder / 'give.py'}"
    known = configured(folder, SHOP + f'api_key_command = "{command}"')
    assert config.api_key(known, None).secret.get_secret_value() == KEY
    for thread in threading.enumerate():
        if thread.name == "key":
            thread.join(30)


def test_a_command_that_does_not_end_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "_COMMAND_TIMEOUT_S", 0.1)
    known = configured(folder, SHOP + 'api_key_command = "sleep 100"')
    with pytest.raises(UsageError, match="was not done after"):
        config.api_key(known, None)


def test_the_environments_key_is_not_for_the_host_of_a_profile_that_has_its_own(
    folder: Path,
) -> None:
    file = folder / "key.txt"
    file.write_text("of-the-shop-itself")
    file.chmod(0o600)
    environment = {"OPENREPLAY_URL": "https://bank.example", "OPENREPLAY_API_KEY": KEY}
    text = SHOP + 'api_key_file = "key.txt"'
    known = configured(folder, text, NO_OPTIONS, **environment)
    found = config.for_link("shop.example", "12", Options(), known)
    assert config.api_key(found, None).secret.get_secret_value() == "of-the-shop-itself"
