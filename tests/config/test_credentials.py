"""The API key: where it comes from, whom it is for, and that it stays secret."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from eventview.config import credentials, settings
from eventview.config.credentials import get_api_key
from eventview.config.settings import ConnectionOptions
from eventview.errors import UsageError
from tests.configured import DEFAULT, KEY, NO_OPTIONS, SHOP, configured, link
from tests.sources import assert_well_said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_the_key_of_the_environment_is_taken_bare_and_nobody_is_asked(folder: Path) -> None:
    known = configured(folder, SHOP + 'api_key_file = "gone"', OPENREPLAY_API_KEY=f" {KEY}\n")
    key = get_api_key(known, lambda: pytest.fail("asked"))
    assert (key.secret.value, key.origin) == (KEY, "OPENREPLAY_API_KEY")
    assert KEY not in f"{key} {key!r} {known!r}".replace(repr(known), "")
    assert key.masked() == "****NuEa"


def test_without_a_key_somebody_is_asked(folder: Path) -> None:
    known = configured(folder, SHOP)
    assert get_api_key(known, lambda: f"{KEY} ").secret.value == KEY
    for ask in (None, str):  # nobody there; nothing typed
        with pytest.raises(UsageError, match="Set OPENREPLAY_API_KEY") as caught:
            get_api_key(known, ask)
        assert_well_said(caught.value)


@pytest.mark.parametrize("control", ["\n", "\r\nX-Evil: 1", "\0", "\x1b", "\x7f", "\x85", "\udcff"])
def test_a_key_no_header_can_carry_is_refused_without_showing_it(
    folder: Path, control: str
) -> None:
    key = f"{KEY}{control}{KEY}"
    with pytest.raises(UsageError, match=r"a control character|a line break") as caught:
        get_api_key(configured(folder, SHOP), lambda: key)
    assert "from the prompt" in caught.value.reason
    assert_well_said(caught.value, KEY)


@pytest.mark.parametrize(
    ("text", "has", "hint"),
    [
        (f"{KEY} {KEY}", "a blank", "Give only the key"),
        (f"Bearer {KEY}", "a blank", "Leave out the word before the key"),
        (f"Authorization: {KEY}", "a blank", "Leave out the word before the key"),
        (f"{KEY}\n{KEY}", "a line break", "Give only the key"),
        (f"{KEY}\t{KEY}", "a control character", "Give only the key"),
        (f"{KEY}\N{NO-BREAK SPACE}{KEY}", "a control character", "Give only the key"),
        (f"{KEY}\N{ZERO WIDTH SPACE}", "a control character", "Give only the key"),
    ],
)
def test_a_key_with_blanks_is_refused_with_where_it_came_from(
    folder: Path, text: str, has: str, hint: str
) -> None:
    (folder / "key.txt").write_text(text, "utf-8")
    (folder / "key.txt").chmod(0o600)
    in_file = SHOP + 'api_key_file = "key.txt"'
    for known, origin in (
        (configured(folder, SHOP, OPENREPLAY_API_KEY=text), "OPENREPLAY_API_KEY"),
        (configured(folder, in_file), "profile shop, api_key_file"),
    ):
        with pytest.raises(UsageError, match=f"The API key holds {has}") as caught:
            get_api_key(known, None)
        assert f"this one is from {origin}." in caught.value.reason
        assert hint in caught.value.hint
        assert_well_said(caught.value, KEY)


@pytest.mark.parametrize(
    ("command", "is_hinted"),
    [
        (f"echo {KEY} | head -1", True),
        (f"echo {KEY} > /dev/stderr; true", True),
        ("cat ~/gone", True),
        ("cat $HOME/gone", True),
        ("TOKEN=1 gone", True),
        ("cat gone", False),
        (f"echo {KEY} more", False),
        ("sh -c 'exit 3 | exit 4'", False),
    ],
)
def test_a_command_that_wants_a_shell_is_told_that_there_is_none(
    folder: Path, command: str, *, is_hinted: bool
) -> None:
    known = configured(folder, SHOP + f'api_key_command = "{command}"')
    with pytest.raises(UsageError) as caught:
        get_api_key(known, None)
    assert ("without a shell" in caught.value.hint) is is_hinted
    assert_well_said(caught.value, KEY)


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666, 0o777])
@pytest.mark.parametrize("setting", ["api_key_command = 'touch ran'", "api_key_file = 'key.txt'"])
def test_a_configuration_that_others_can_write_runs_and_reads_nothing(
    folder: Path, setting: str, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    known = configured(folder, SHOP + setting)
    file = folder / "config.toml"
    file.chmod(mode)
    with pytest.raises(UsageError, match="Others may write") as caught:
        get_api_key(known, None)
    assert caught.value.hint == f"chmod go-w {file}"
    assert not (folder / "ran").exists()
    # It is in nobody's way whose key is from elsewhere.
    known = configured(folder, SHOP, OPENREPLAY_API_KEY=KEY)
    assert get_api_key(known, None).secret.value == KEY


def test_a_short_key_shows_nothing_of_itself(folder: Path) -> None:
    key = get_api_key(configured(folder, SHOP), lambda: "short")
    assert key.masked() == "****"


def test_a_command_gives_the_key_in_its_first_line(folder: Path) -> None:
    command = f"{sys.executable} -c \\\"print('{KEY}'); print('more')\\\""
    known = configured(folder, SHOP + f'api_key_command = "{command}"')
    key = get_api_key(known, None)
    assert key.secret.value == KEY
    assert key.origin == "profile shop, api_key_command"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (f"{sys.executable} -c 'import sys; print(7); sys.exit(3)'", "status 3"),
        (f"{sys.executable} -c 'print()'", "printed nothing"),
        ("/nowhere/pass show", "No such file"),
        ("'open", "not a command line"),
        ("", "not a command line"),
    ],
)
def test_a_command_that_gives_no_key_is_named_by_its_profile(
    folder: Path, command: str, message: str
) -> None:
    known = configured(folder, SHOP + f'api_key_command = "{command}"')
    with pytest.raises(UsageError, match="api_key_command of profile shop") as caught:
        get_api_key(known, None)
    assert message in caught.value.reason


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
        assert get_api_key(known, None).secret.value == KEY
        return
    with pytest.raises(UsageError, match="Others may read") as caught:
        get_api_key(known, None)
    assert caught.value.hint == f"chmod 600 {file}"
    assert KEY not in repr(caught.value)


def test_a_key_file_that_is_not_there_is_named(folder: Path) -> None:
    known = configured(folder, SHOP + 'api_key_file = "gone.txt"')
    with pytest.raises(UsageError, match=r"gone\.txt"):
        get_api_key(known, None)
    (folder / "gone.txt").write_bytes(b"\xff")
    (folder / "gone.txt").chmod(0o600)
    with pytest.raises(UsageError, match="not UTF-8"):
        get_api_key(known, None)


def test_a_profiles_key_is_for_its_own_host_only(folder: Path) -> None:
    file = folder / "key.txt"
    file.write_text("of-the-shop-itself")
    file.chmod(0o600)
    text = SHOP + 'api_key_file = "key.txt"'
    for options, environment in (
        (ConnectionOptions(url="https://bank.example"), {}),
        (NO_OPTIONS, {"OPENREPLAY_URL": "https://bank.example"}),
        (ConnectionOptions(profile="shop"), {"OPENREPLAY_URL": "https://bank.example"}),
    ):
        known = configured(folder, text, options, **environment)
        with pytest.raises(UsageError, match=r"for https://shop\.example") as caught:
            get_api_key(known, None)
        assert "of-the-shop" not in str(caught.value)
    known = configured(folder, text, ConnectionOptions(url="https://shop.example/api"))
    assert get_api_key(known, None).secret.value == "of-the-shop-itself"


def test_the_environments_key_is_not_for_a_link_to_another_host(folder: Path) -> None:
    environment = {"OPENREPLAY_URL": "https://bank.example", "OPENREPLAY_API_KEY": KEY}
    known = configured(folder, SHOP, NO_OPTIONS, **environment)
    found = settings.settings_for_link(link("shop.example", "12"), ConnectionOptions(), known)
    with pytest.raises(UsageError, match="No API key is configured"):
        get_api_key(found, None)


def test_the_environments_key_goes_with_the_environments_server(folder: Path) -> None:
    environment = {"OPENREPLAY_URL": "https://bank.example/api", "OPENREPLAY_API_KEY": KEY}
    known = configured(folder, SHOP, NO_OPTIONS, **environment)
    found = settings.settings_for_link(link("shop.example", "12"), ConnectionOptions(), known)
    with pytest.raises(UsageError, match="No API key is configured"):
        get_api_key(found, None)
    for options in (
        ConnectionOptions(),
        ConnectionOptions(url="https://bank.example"),
        ConnectionOptions(url="shop.example"),
    ):
        known = configured(folder, SHOP, options, **environment)
        assert get_api_key(known, None).secret.value == KEY


def test_a_profile_that_is_asked_for_brings_its_own_key(folder: Path) -> None:
    (folder / "key.txt").write_text("\ufeffof-the-shop-itself\n", "utf-8")
    (folder / "key.txt").chmod(0o600)
    text = SHOP + 'api_key_file = "key.txt"'
    known = configured(folder, text, ConnectionOptions(profile="shop"), OPENREPLAY_API_KEY=KEY)
    key = get_api_key(known, None)
    assert key.secret.value == "of-the-shop-itself"
    assert key.origin == "profile shop, api_key_file"
    known = configured(folder, SHOP, ConnectionOptions(profile="shop"), OPENREPLAY_API_KEY=KEY)
    assert get_api_key(known, None).secret.value == KEY


def test_a_key_file_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "key.txt", 0o600)
    with pytest.raises(UsageError, match="is not a regular file"):
        get_api_key(configured(folder, SHOP + 'api_key_file = "key.txt"'), None)


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
    assert get_api_key(known, None).secret.value == KEY
    for thread in threading.enumerate():
        if thread.name == "key":
            thread.join(30)


def test_a_command_that_does_not_end_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "COMMAND_TIMEOUT_S", 0.1)
    known = configured(folder, SHOP + 'api_key_command = "sleep 100"')
    with pytest.raises(UsageError, match="did not end within"):
        get_api_key(known, None)


def test_the_environments_key_is_not_for_the_host_of_a_profile_that_has_its_own(
    folder: Path,
) -> None:
    file = folder / "key.txt"
    file.write_text("of-the-shop-itself")
    file.chmod(0o600)
    environment = {"OPENREPLAY_URL": "https://bank.example", "OPENREPLAY_API_KEY": KEY}
    text = SHOP + 'api_key_file = "key.txt"'
    known = configured(folder, text, NO_OPTIONS, **environment)
    found = settings.settings_for_link(link("shop.example", "12"), ConnectionOptions(), known)
    assert get_api_key(found, None).secret.value == "of-the-shop-itself"


def test_a_link_moves_no_key_to_another_host(folder: Path) -> None:
    text = DEFAULT + SHOP
    known = configured(folder, text, OPENREPLAY_API_KEY=KEY)
    assert get_api_key(known, None).secret.value == KEY
    found = settings.settings_for_link(link("shop.example", "12"), ConnectionOptions(), known)
    with pytest.raises(UsageError, match="may be for another server"):
        get_api_key(found, None)


def test_a_key_for_https_is_not_sent_in_clear(folder: Path) -> None:
    (folder / "key.txt").write_text("of-the-shop-itself")
    (folder / "key.txt").chmod(0o600)
    text = SHOP + 'api_key_file = "key.txt"'
    for url, is_sent in (("http://shop.example", False), ("https://shop.example/api", True)):
        known = configured(folder, text, NO_OPTIONS, OPENREPLAY_URL=url)
        if is_sent:
            assert get_api_key(known, None).secret.value == "of-the-shop-itself"
            continue
        with pytest.raises(UsageError, match="Unset OPENREPLAY_URL") as caught:
            get_api_key(known, None)
        assert "overrides the profile's" in caught.value.reason
