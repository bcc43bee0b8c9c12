"""Arguments that are repeated in messages: nothing in them reaches the terminal and acts there."""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress

import pytest

from eventview.cli.main import main
from tests.conftest import CHECKOUT
from tests.tables import each_row

ACTING = "\x1b]0;x\x07\u202e\x9b31m\u200b\ufeff"
FILE = str(CHECKOUT)
NO_SERVER = ("--url", "http://127.0.0.1:1", "--timeout", "1")


@each_row(
    "words",
    [
        (FILE, "--type", ACTING),
        (FILE, "--type", ACTING, "--format", "md"),
        (FILE, "--type", ACTING, "--with", FILE),
        (FILE, "--format", ACTING),
        (FILE, f"--{ACTING}"),
        (FILE, f"-{ACTING}"),
        (FILE, "--schema", ACTING),
        (FILE, "--before", ACTING),
        (FILE, "--context", ACTING),
        (FILE, "--filter", f"type:{ACTING}"),
        (FILE, "--filter", f"is:{ACTING}"),
        (FILE, "--filter", f"/({ACTING}"),
        (FILE, "--find", f"after:{ACTING}"),
        (FILE, "--at", ACTING),
        (FILE, "--times", ACTING),
        (FILE, "--fail-on", ACTING),
        (FILE, "--profile", ACTING),
        (FILE, "-o", f"/nowhere/{ACTING}.json"),
        (FILE, "--save", f"/nowhere/{ACTING}"),
        (FILE, "--with", ACTING),
        (ACTING, "1", *NO_SERVER),
        ("acme", ACTING, *NO_SERVER),
        ("acme", "1", "--timeout", ACTING),
        ("acme", "1", "--url", f"http://127.0.0.1:1/{ACTING}"),
        ("acme", "--user", ACTING, *NO_SERVER),
        (f"https://{ACTING}/1/session/1",),
        (f"/nowhere/{ACTING}.json",),
    ],
)
@pytest.mark.slow
def test_an_argument_that_is_said_back_does_nothing_to_the_terminal(
    words: Sequence[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENREPLAY_API_KEY", "Zq7fT1mWcXo3bLr9NuEa")
    with suppress(SystemExit):
        main(words)
    said = "".join(capsys.readouterr())
    assert said
    acting = {c for c in said if unicodedata.category(c) in {"Cc", "Cf"}} - {"\n"}
    assert not acting, said


def test_a_type_is_named_as_events_have_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main((FILE, "--type", "\x1b]0;x\x07")) == 0
    said = capsys.readouterr()
    assert "only ␛]0;x␇" in said.out
    assert "no events of type ␛]0;x␇" in said.err
