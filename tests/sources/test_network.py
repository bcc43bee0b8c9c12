"""Proxies and certificates of the environment, and where the key may go unencrypted."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import certifi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import UsageError
from eventview.sources.openreplay.network import (
    is_plain_http,
    proxy_for,
    refuse_plain_http,
    tls_context,
)
from tests.sources import assert_well_said
from tests.tables import each_row

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("entries", "url", "is_direct"),
    [
        ("localhost,127.0.0.1,[::1]", "http://127.0.0.1:80", True),
        ("localhost,127.0.0.1,[::1]", "http://[::1]:80", True),
        ("localhost,127.0.0.1,[::1]", "https://or.example", False),
        ("::1", "http://[::1]", True),
        ("::1/128", "http://[::1]:8080", True),
        ("[::1]/128", "http://[::1]", True),
        ("[::1/128]", "http://[::1]", True),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("[::1]:8080", "http://[::1]:8081", False),
        ("0:0:0:0:0:0:0:1", "http://[::1]", True),
        ("fe80::/10", "http://[fe80::12]", True),
        ("[fe80::]/10", "http://[fe80::12]", True),
        ("fe80::/10", "http://[fec0::1]", False),
        ("127.0.0.0/8", "http://127.1.2.3", True),
        ("127.0.0.0/8", "http://[::ffff:127.0.0.1]", True),
        ("127.0.0.1/8", "http://127.1.2.3", True),
        ("10.0.0.0/255.0.0.0", "http://10.9.8.7", True),
        ("10.0.0.0/8", "http://11.0.0.1", False),
        ("10.0.0.0/8:8080", "http://10.1.1.1:8080", True),
        ("10.*", "http://10.9.8.7", True),
        ("0.1", "http://10.0.0.1", False),
        ("192.168.0.0/33,or.example", "https://or.example", True),
        ("example.com", "https://or.example.com", True),
        ("example.com", "https://example.com", True),
        ("example.com", "https://notexample.com", False),
        (".example.com", "https://or.example.com", True),
        (".example.com", "https://example.com", True),
        ("*.example.com", "https://or.example.com", True),
        ("*.example.com", "https://example.com", False),
        ("EXAMPLE.com.", "https://Or.Example.Com", True),
        ("or.example:443", "https://or.example", True),
        ("or.example:8080", "https://or.example", False),
        ("or.example:8080", "https://or.example:8080", True),
        ("https://or.example", "https://or.example", True),
        ("http://or.example/", "http://or.example", True),
        ("http://or.example", "https://or.example", False),
        ("*", "https://or.example", True),
        ("a.example,*", "https://or.example", True),
        (" a.example , , or.example ,", "https://or.example", True),
        ("a.example or.example", "https://or.example", True),
        ("bücher.example", "https://xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "https://bücher.example", True),
        ("", "https://or.example", False),
        (",", "https://or.example", False),
        ("[::1", "https://or.example", False),
        ("]:[,::1]:x,:::,%,.,..", "https://or.example", False),
        (f"{'a' * 70}.example", "https://or.example", False),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_an_exception_is_honoured_or_skipped(
    entries: str, url: str, name: str, monkeypatch: pytest.MonkeyPatch, *, is_direct: bool
) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv(name, entries)
    found = proxy_for(url)
    assert (found is None) is is_direct
    if found is not None:
        assert found.place == "proxy.example:3128"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_no_exception_is_a_failure(entries: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", PROXY)
        patch.setenv("NO_PROXY", f"{entries},10.0.0.0/8")
        assert proxy_for("https://10.0.0.1") is None


@pytest.mark.parametrize(
    ("environment", "url", "variable"),
    [
        ({"HTTP_PROXY": PROXY}, "http://or.example", "HTTP_PROXY"),
        ({"http_proxy": PROXY}, "http://or.example", "http_proxy"),
        ({"HTTP_PROXY": PROXY}, "https://or.example", None),
        ({"HTTPS_PROXY": PROXY}, "https://or.example", "HTTPS_PROXY"),
        ({"HTTPS_PROXY": PROXY, "https_proxy": PROXY}, "https://or.example", "https_proxy"),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": PROXY}, "https://or.example", "HTTPS_PROXY"),
        ({"all_proxy": PROXY}, "https://or.example", "all_proxy"),
        ({"HTTPS_PROXY": ""}, "https://or.example", None),
        ({"HTTPS_PROXY": "  "}, "https://or.example", None),
        # As in urllib, an empty one in lower case takes the other back.
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, "https://or.example", None),
        # A web server makes it of a header that anybody may send.
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, "http://or.example", None),
        ({"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, "http://or.example", "http_proxy"),
    ],
)
def test_the_variable_that_counts_is_named(
    environment: dict[str, str],
    url: str,
    variable: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(url)
    assert (found and found.variable) == variable


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1:3128", "http://127.0.0.1:3128"),
        ("proxy.example", "http://proxy.example"),
        (" http://proxy.example:3128/ ", "http://proxy.example:3128"),
        ("HTTPS://proxy.example", "https://proxy.example"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://u:p@proxy.example:1", "http://u:p@proxy.example:1"),
        ("u:p@proxy.example:1", "http://u:p@proxy.example:1"),
        ("http://u:a@b#c/d?e@proxy.example:1", "http://u:a%40b%23c%2Fd%3Fe@proxy.example:1"),
        ("http://u:100%@proxy.example", "http://u:100%25@proxy.example"),
        ("http://u:100%25@proxy.example", "http://u:100%25@proxy.example"),
        ("http://u:ä://ö@proxy.example", "http://u:%C3%A4:%2F%2F%C3%B6@proxy.example"),
        ("http://DOMAIN\\u:p w@proxy.example", "http://DOMAIN%5Cu:p%20w@proxy.example"),
    ],
)
def test_a_proxy_is_understood_as_people_write_it(
    address: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    found = proxy_for("https://or.example")
    assert found is not None
    assert found.url == url
    assert "@" not in found.place


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("gopher://u:secret7@proxy.example", "not an http, https or socks5"),
        ("socks4://u:secret7@proxy.example", "not an http, https or socks5"),
        ("socks5://u:secret7@proxy.example", "socksio"),
        ("socks5h://proxy.example:1080", "socksio"),
        ("http://", "no host or no valid port"),
        ("http://u:secret7@", "no host or no valid port"),
        ("http://u:secret7@:3128", "no host or no valid port"),
        ("http://u:secret7@proxy.example:port", "no host or no valid port"),
        ("http://u:secret7@proxy.example:99999", "no host or no valid port"),
        ("http://u:secret7@proxy.example:0", "no host or no valid port"),
        ("http://u:secret7@[::1", "no host or no valid port"),
        ("http://proxy .example", "no host or no valid port"),
        ("://proxy.example", "not an http"),
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable_and_not_quoted(
    address: str, words: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, address)
    with pytest.raises(UsageError) as caught:
        proxy_for("https://or.example")
    assert f"The proxy of {variable} cannot be used." in str(caught.value)
    assert words in str(caught.value)
    assert_well_said(caught.value, "secret7")
    # It is in nobody's way who does not need it.
    monkeypatch.setenv("NO_PROXY", "or.example")
    assert proxy_for("https://or.example") is None


# Where the key may go unencrypted


@each_row(
    ("url", "is_plain"),
    [
        ("https://or.example", False),
        ("or.example", False),
        ("http://or.example", True),
        ("HTTP://or.example/api", True),
        ("http://127.0.0.1:8080", False),
        ("http://127.8.9.10", False),
        ("http://[::1]:8080/api", False),
        ("http://[0:0::1]", False),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://localhost", False),
        ("http://LOCALHOST.:80", False),
        ("http://[::ffff:10.0.0.1]", True),
        ("http://10.0.0.1", True),
        ("http://0.0.0.0", True),
        ("http://127.0.0.1.evil.example", True),
        ("http://127.1", True),
        ("http://2130706433", True),
        ("http://localhost.evil.example", True),
        ("http://notlocalhost", True),
        ("http://localhost.localdomain", True),
        ("http://１２７.0.0.1", True),
    ],
)
def test_plain_http_is_for_this_machine_only(url: str, *, is_plain: bool) -> None:
    assert is_plain_http(url) is is_plain
    if not is_plain:
        refuse_plain_http(url)
        return
    with pytest.raises(UsageError, match="unencrypted") as caught:
        refuse_plain_http(url)
    for way_out in ("https://", "--insecure-http", "insecure_http = true"):
        assert way_out in caught.value.hint
    assert_well_said(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]"])
@pytest.mark.parametrize("proxy", [PROXY, "http://127.0.0.1:3128"])
def test_a_proxy_makes_another_machine_of_this_one(
    url: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(UsageError, match="HTTP_PROXY sends requests") as caught:
        refuse_plain_http(url)
    assert proxy.removeprefix("http://") in caught.value.reason
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.0/8,[::1]")
    refuse_plain_http(url)


# Certificates


def test_the_systems_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    context = tls_context()
    assert context is tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize(
    ("variable", "named", "words"),
    [
        ("SSL_CERT_FILE", "gone.pem", "No such file"),
        ("SSL_CERT_FILE", "empty.pem", "no certificates in PEM"),
        ("SSL_CERT_DIR", "gone", "not a folder"),
        ("SSL_CERT_DIR", "empty.pem", "not a folder"),
    ],
)
def test_certificates_that_cannot_be_read_are_named(
    variable: str, named: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.pem").touch()
    monkeypatch.setenv(variable, str(tmp_path / named))
    with pytest.raises(UsageError, match=r"network settings cannot be used") as caught:
        tls_context()
    assert f"{variable} cannot be read: {tmp_path / named}" in caught.value.reason
    assert words in caught.value.reason
    assert_well_said(caught.value)


BARE = """
import pathlib
import ssl
ssl.SSLContext.load_default_certs = lambda *_: None  # as a Python built elsewhere has it
ssl.get_default_verify_paths = lambda: ssl.DefaultVerifyPaths(None, {folder!r}, "", "", "", "")
is_file = pathlib.Path.is_file
pathlib.Path.is_file = lambda self: self == pathlib.Path({store!r}) and is_file(self)
from eventview.sources.openreplay.network import tls_context
print(len(tls_context().get_ca_certs()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="others have a store that is no file")
@pytest.mark.parametrize("store", ["", "/etc/ssl/certs/ca-certificates.crt"])
def test_certificates_are_found_without_those_of_openssl(store: str, tmp_path: Path) -> None:
    file = store if Path(store).is_file() else certifi.where()
    expected = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    expected.load_verify_locations(file)
    script = BARE.format(folder=str(tmp_path), store=store)
    environment = {"PATH": os.environ["PATH"]}
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment
    )
    assert int(ran.stdout) == len(expected.get_ca_certs()) > 0
