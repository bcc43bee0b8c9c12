"""Options, environment and profile: who wins, what is refused; and the profile of a link."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventview.config import settings
from eventview.config.settings import ConnectionOptions
from eventview.errors import UsageError
from tests.configured import BANK, DEFAULT, KEY, NO_OPTIONS, SHOP, configured, link
from tests.sources import assert_well_said
from tests.tables import each_row


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@each_row(
    ("text", "options", "environment", "url"),
    [
        (
            SHOP,
            ConnectionOptions("o.example"),
            {"OPENREPLAY_URL": "e.example"},
            ("o.example", "--url"),
        ),
        (
            SHOP,
            ConnectionOptions(),
            {"OPENREPLAY_URL": "\te.example "},
            ("e.example", "OPENREPLAY_URL"),
        ),
        (
            SHOP,
            ConnectionOptions(),
            {"OPENREPLAY_URL": " "},
            ("https://shop.example", "profile shop"),
        ),
        (SHOP + BANK, ConnectionOptions(), {}, None),
        (
            SHOP + BANK,
            ConnectionOptions(profile="bank"),
            {},
            ("https://bank.example/api", "profile bank"),
        ),
        (
            SHOP + BANK + DEFAULT,
            ConnectionOptions(),
            {},
            ("https://default.example", "profile default"),
        ),
        ("", ConnectionOptions(), {}, None),
    ],
)
def test_option_beats_environment_beats_profile(
    folder: Path,
    text: str,
    options: ConnectionOptions,
    environment: dict[str, str],
    url: tuple[str, str] | None,
) -> None:
    known = configured(folder, text, options, **environment)
    assert known.url == url
    if url is None:
        with pytest.raises(UsageError, match="OPENREPLAY_URL") as caught:
            settings.require_url(known)
        assert_well_said(caught.value)
    else:
        assert settings.require_url(known) == url[0]


def test_every_setting_says_where_it_is_from(folder: Path) -> None:
    known = configured(folder, SHOP, ConnectionOptions(api="v2"), OPENREPLAY_PROJECT=" other ")
    assert known.project == ("other", "OPENREPLAY_PROJECT")
    assert known.project_id == ("12", "profile shop")
    assert known.api == ("v2", "--api")
    assert configured(folder, SHOP).api == ("auto", "default")
    assert configured(folder, BANK).api == ("v1", "profile bank")
    assert settings.require_project(configured(folder, SHOP)) == "SHOPKEY"
    with pytest.raises(UsageError, match="eventview PROJECT SESSION"):
        settings.require_project(configured(folder, BANK))


def test_without_a_file_the_environment_is_all_there_is() -> None:
    known = settings.read_settings(ConnectionOptions(), {"OPENREPLAY_URL": "https://e.example"})
    assert (known.file, known.profile_name) == (None, "")
    with pytest.raises(UsageError, match="does not exist"):
        settings.read_settings(ConnectionOptions(profile="shop"), {})
    with pytest.raises(UsageError, match="EVENTVIEW_CONFIG"):
        settings.read_settings(ConnectionOptions(), {"EVENTVIEW_CONFIG": "/nowhere/config.toml"})


def test_a_profile_that_is_not_there_has_its_likeliest_name_said(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"no profile shpo.*The nearest there is: shop"):
        configured(folder, SHOP + BANK, ConnectionOptions(profile="shpo"))
    with pytest.raises(UsageError, match="There is: shop, bank"):
        configured(folder, SHOP + BANK, ConnectionOptions(profile="zzz"))


# Links


OTHER = SHOP.replace("shop]", "other]").replace("12", "13").replace("SHOPKEY", "OTHERKEY")


@each_row(
    ("text", "environment", "number", "project", "name"),
    [
        (SHOP + BANK, {}, "12", "SHOPKEY", "shop"),
        (SHOP + OTHER, {}, "13", "OTHERKEY", "other"),
        # Another project of that server: its key is to be looked up.
        (SHOP + BANK, {}, "99", None, "shop"),
        (
            BANK,
            {"OPENREPLAY_URL": "https://shop.example/v2", "OPENREPLAY_PROJECT": "P"},
            "12",
            None,
            "bank",
        ),
        (SHOP, {"OPENREPLAY_URL": "https://shop.example"}, "99", None, "shop"),
        # What is configured anyway is of the server, but not known to be of the project.
        (SHOP.replace("project_id = 12", ""), {}, "12", None, "shop"),
        (
            SHOP,
            {"OPENREPLAY_URL": "https://shop.example", "OPENREPLAY_PROJECT": "P"},
            "12",
            "SHOPKEY",
            "shop",
        ),
        # One that fits goes before the default, which is of the same server.
        (DEFAULT.replace("default.", "shop.") + OTHER, {}, "13", "OTHERKEY", "other"),
        (DEFAULT + SHOP, {}, "12", "SHOPKEY", "shop"),
        # One that cannot be used is not in the way.
        (SHOP + '[profiles.odd]\nurl = "ftp://x"\n', {}, "12", "SHOPKEY", "shop"),
        (SHOP.replace("shop.example", "shop.example:443"), {}, "12", "SHOPKEY", "shop"),
    ],
)
def test_a_links_host_and_number_find_the_profile(  # noqa: PLR0917  # a row of the table
    folder: Path,
    text: str,
    environment: dict[str, str],
    number: str,
    project: str | None,
    name: str,
) -> None:
    known = configured(folder, text, NO_OPTIONS, **environment)
    found = settings.settings_for_link(link("shop.example", number), ConnectionOptions(), known)
    assert found.url is not None
    assert "shop.example" in found.url.value
    assert (found.project.value if found.project else None) == project
    assert found.profile_name == name


def assert_pasted(advice: str, folder: Path, url: str, *, is_insecure: bool) -> None:
    """The profile in a piece of advice does what it should once it is in the file."""
    _, profile, _ = advice.split("\n\n")
    known = configured(folder, profile)
    assert known.url == (url, "profile NAME")
    assert known.project_id is not None
    assert known.project_id.value == "12"
    assert known.insecure_origin == ("profile NAME" if is_insecure else "")


def test_a_link_to_an_unknown_host_says_which_profile_to_write(folder: Path) -> None:
    known = configured(folder, SHOP, OPENREPLAY_API_KEY=KEY)
    bare = link("evil.example:8080", "12")._replace(url="http://evil.example:8080")
    with pytest.raises(UsageError, match=r"=http://evil\.example:8080 and .*--insecure") as caught:
        settings.settings_for_link(bare, ConnectionOptions(), known)
    assert_pasted(caught.value.hint, folder, "http://evil.example:8080", is_insecure=True)
    with pytest.raises(UsageError) as caught:
        settings.settings_for_link(link("evil.example", "12"), ConnectionOptions(), known)
    assert caught.value.exit_code == 2
    assert str(folder / "config.toml") in caught.value.hint
    assert_pasted(caught.value.hint, folder, "https://evil.example", is_insecure=False)
    assert KEY not in str(caught.value)


def test_one_of_several_profiles_has_to_be_chosen(folder: Path) -> None:
    known = configured(folder, SHOP + BANK)
    for required in (settings.require_url, settings.require_project):
        with pytest.raises(UsageError, match=r"several profiles.*shop, bank.*--profile"):
            required(known)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ConnectionOptions(url="https://bank.example"), "--url names another server"),
        (
            ConnectionOptions(profile="bank"),
            "profile bank is not for shop.example.*server are: shop, other",
        ),
    ],
)
def test_a_link_is_not_opened_on_another_server_than_was_asked_for(
    folder: Path, options: ConnectionOptions, message: str
) -> None:
    known = configured(folder, SHOP + OTHER + BANK, options)
    with pytest.raises(UsageError, match=message):
        settings.settings_for_link(link("shop.example", "12"), options, known)


@pytest.mark.parametrize(
    "options", [ConnectionOptions(url="shop.example/api"), ConnectionOptions(profile="other")]
)
def test_a_link_is_opened_as_was_asked_for(folder: Path, options: ConnectionOptions) -> None:
    known = configured(folder, SHOP + OTHER, options)
    found = settings.settings_for_link(link("shop.example", "12"), options, known)
    assert found.profile_name != "shop"
    assert found.project is None, "to be looked up"


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        (ConnectionOptions(url="https://bank.example"), {}),
        (NO_OPTIONS, {"OPENREPLAY_URL": "https://bank.example"}),
    ],
)
def test_a_link_is_not_opened_in_the_project_of_another_servers_profile(
    folder: Path, options: ConnectionOptions, environment: dict[str, str]
) -> None:
    known = configured(folder, SHOP, options, **environment)
    found = settings.settings_for_link(link("bank.example", "12"), options, known)
    assert found.project is None, "12 is another project there"
