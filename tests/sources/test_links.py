"""Replay links, and the projects that their numbers stand for."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventview.errors import EventviewError, NotFoundError, UsageError
from eventview.sources.openreplay.connection import Connection, RetryPolicy, Server
from eventview.sources.openreplay.links import Link, describe_ignored, is_link, parse_link
from eventview.sources.openreplay.projects import fetch_project_key
from eventview.sources.openreplay.request_log import Secret
from tests.server.faults import NotJson, Status
from tests.server.openreplay import API_KEY, PROJECT_KEY, OpenReplay, Release, serve
from tests.sources import assert_well_said
from tests.tables import each_row


def link(host: str, number: str, session: str, jump_ms: int | None, scheme: str = "https") -> Link:
    return Link(host, number, session, jump_ms, f"{scheme}://{host}")


@each_row(
    ("text", "normal"),
    [
        ("https://or.example/12/session/4813?jumpto=57600",
         link("or.example", "12", "4813", 57600)),
        (" HTTPS://OR.example:8443/1/session/7/ ", link("or.example:8443", "1", "7", None)),
        ("http://or.example/x/3/assist/9#y", link("or.example", "3", "9", None, "http")),
        ("<https://or.example/12/session/4813>", link("or.example", "12", "4813", None)),
        ("https://or.example/12/session/4813).", link("or.example", "12", "4813", None)),
        ("https://or.example:443/12/session/4813", link("or.example", "12", "4813", None)),
        ("or.example:8443/12/session/4813", link("or.example:8443", "12", "4813", None)),
        ("https://app.openreplay.com/5/session/1?note=3&jumpto=1731502800000",
         link("api.openreplay.com", "5", "1", 1731502800000)),
        ("https://or.example/0012/session/004813", link("or.example", "12", "4813", None)),
        (f"https://or.example/0/session/{'0' * 30}7", link("or.example", "0", "7", None)),
        ("https://or.example/000/session/000", link("or.example", "0", "0", None)),
        ("https://or.example/5/session/1?jumpto=12.75", link("or.example", "5", "1", 12)),
        ("https://or.example/5/session/1?jumpto=-4", link("or.example", "5", "1", None)),
        ("https://or.example/5/session/1?jumpto=x", link("or.example", "5", "1", None)),
    ],
)  # fmt: skip
def test_a_link_tells_server_project_session_and_moment(text: str, normal: Link) -> None:
    assert is_link(text)
    assert parse_link(text) == normal


CASES = Path(__file__).parents[1] / "cases"

BASE = "https://or.example.com/12/session/3638922241865582801"
ENCODED = quote(f"{BASE}?jumpto=57600", safe="")
PASTED = {
    # What is put around it
    f'"{BASE}"': None, f"'{BASE}'": None, f"`{BASE}`": None, f"“{BASE}”": None,
    f"‘{BASE}’,": None, f"«{BASE}»": None, f"„{BASE}“": None, f"「{BASE}」": None,
    f"({BASE}?jumpto=57600).": 57600, f"（{BASE}）": None, f"[{BASE}]": None,
    f"{{{BASE}}}": None, f"<{BASE}>": None, f"<URL:{BASE}>": None, f"【{BASE}】": None,
    f"[replay]({BASE}?jumpto=57600)": 57600, f"[{BASE}]({BASE}?jumpto=57600)": 57600,
    f"![{BASE}?jumpto=57600]": 57600, f"[1]: {BASE} 'the replay'": None,
    f"<{BASE}|replay>": None, f"[replay|{BASE}]": None, f"[{BASE}|{BASE}|smart-link]": None,
    f'<a href="{BASE}?jumpto=57600">replay</a>': 57600, f"<{BASE}?jumpto=57600|replay>": 57600,
    f"|{BASE}|": None, f"*{BASE}*": None, f"_{BASE}?jumpto=57600_": 57600, f"~~{BASE}~~": None,
    f"**{BASE}?jumpto=57600**": 57600, f"- {BASE}": None, f"> {BASE}": None,
    # Punctuation behind it
    **{f"{BASE}{mark}": None for mark in ".,;:!?…。、！？，；：»)]}>*~|\\'\"-–—"},
    **{f"{BASE}?jumpto=57600{mark}": 57600 for mark in ".,;:!?…。、！？，；»)]}>*~|'\""},
    # Characters that cannot be seen
    f"\ufeff{BASE}\u200b": None, f"\u200e{BASE}\u200f": None, f"\u202a{BASE}\u202c": None,
    f"\u2066{BASE}?jumpto=57600\u2069": 57600, f"\u00a0{BASE}\u00a0": None,
    f"{BASE[:30]}\u200b{BASE[30:]}": None, f"{BASE[:40]}\u00ad{BASE[40:]}": None,
    f"{BASE}\u3000です": None, f"{BASE}です": None, f"\t{BASE}\r\n": None,
    # Words around it
    f"See {BASE}, thanks": None, f"Replay:{BASE}": None, f"jane@shop.example: {BASE}": None,
    f"mailto:jane@shop.example?body={ENCODED}": 57600, f"url={BASE}": None,
    f"{BASE}?jumpto=57600 (Pay now)": 57600, f"{BASE}?jumpto=57600\nthanks": 57600,
    f"{BASE}\n\nRegards\nJane": None, f"Look:\n{BASE}?jumpto=57600\n2 users said so": 57600,
    # Lines that a mail or a terminal has broken
    f"{BASE[:40]}\n{BASE[40:]}": None, f"{BASE[:40]}\r\n  {BASE[40:]}": None,
    f"> {BASE[:40]}\n> {BASE[40:]}": None, f"{BASE[:45]}\n{BASE[45:]}?jumpto=57600": 57600,
    f"{BASE}\n?jumpto=57600": 57600, f"{BASE}?jumpto=57\n600": 57600,
    f"{BASE[:40]}=\n{BASE[40:]}?jumpto=3D57600": 57600,
    f"<{BASE[:40]}=\r\n{BASE[40:]}?note=3D5&jumpto=3D57600>": 57600,
    # Encodings and redirects
    f"{BASE}?note=5&amp;jumpto=57600": 57600, f"{BASE}?note=5&#38;jumpto=57600": 57600,
    f"{BASE}?note=5&amp;amp;jumpto=57600": 57600, f"&quot;{BASE}&quot;": None,
    f"&lt;{BASE}?jumpto=57600&gt;": 57600,
    ENCODED: 57600, quote(ENCODED, safe=""): 57600, f"{BASE}%3Fjumpto%3D57600": 57600,
    f"{BASE}?jumpto%3D57600": 57600, f"{BASE}%20": None, f"{BASE}%E2%80%8B": None,
    f"{BASE}?%6Aumpto=%357600": 57600,
    f"https://nam02.safelinks.protection.outlook.com/?url={ENCODED}&data=05%7C01&reserved=0": 57600,
    f"https://nam02.safelinks.protection.outlook.com/?url={ENCODED}&amp;data=05%7C01": 57600,
    f"https://www.google.com/url?q={ENCODED}&sa=D&source=x": 57600,
    f"https://www.google.com/url?q={BASE}?jumpto%3D57600&sa=D": 57600,
    f"https://slack-redir.net/link?url={ENCODED}": 57600,
    f"https://l.facebook.com/l.php?u={ENCODED}&h=AT0": 57600,
    f"https://urldefense.com/v3/__{BASE}?jumpto=57600__;!!AbC!xyz$": 57600,
    f"https://urldefense.com/v3/__{BASE}*jumpto=57600__;Iw!!AbC!xyz$": 57600,
    f"https://urldefense.us/v3/__{BASE}?n=**Bx*y&jumpto=57600__;w6TDtsO8IQ==!!AbC!xyz$": 57600,
    f"https://urldefense.com/v3/__{BASE.replace('//', '/')}?jumpto=57600__;!!AbC!xyz$": 57600,
    f"https://urldefense.com/v3/__{BASE}?n=***&jumpto=57600__;_!!AbC!xyz$": 57600,
    "https://urldefense.com/v3/__https:*2F*2For.example.com*2F12*2Fsession*2F"
    "3638922241865582801*3Fjumpto=57600__;JSUlJSUl!!AbC!xyz$": 57600,
    f"https://urldefense.com/v3/__{BASE[:40]}\n{BASE[40:]}*jumpto=57600__;\nPw!!AbC!xyz$": 57600,
    f"https://eur01.safelinks.protection.outlook.com/?url="
    f"{quote(f'https://urldefense.com/v3/__{BASE}*jumpto=57600__;Pw!!A!b$', safe='')}": 57600,
    "https://urldefense.com/v3/__https://eur01.safelinks.protection.outlook.com/?url="
    f"{ENCODED.replace('%', '*')}&data=05__;{b64encode(b'%' * ENCODED.count('%')).decode()}"
    "!!AbC!xyz$": 57600,
    "https://eu-west-1.protection.sophos.com?d=or.example.com&u="
    f"{b64encode(f'{BASE}?jumpto=57600'.encode()).decode()}&i=x": 57600,
    "https://www.bing.com/ck/a?u=a1"
    f"{urlsafe_b64encode(f'{BASE}?jumpto=57600'.encode()).decode().rstrip('=')}&ntb=1": 57600,
    f"https://protect-us.mimecast.com/r/abc?url={ENCODED}": 57600,
    f"https://linkprotect.cudasvc.com/url?a={ENCODED}&c=E,1,x": 57600,
    f"https://secure-web.cisco.com/1abc/{ENCODED}": 57600,
    f"https://statics.teams.cdn.office.net/safelinks/1/atp-safelinks.html?url={ENCODED}": 57600,
    f"https://urldefense.proofpoint.com/v1/url?u={ENCODED}&k=AbC": 57600,
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__or.example.com_12_session_"
    "3638922241865582801-3Fjumpto-3D57600&d=DwMFaQ&c=x": 57600,
    f"https://login.example.net/?next={quote(f'/r?u={ENCODED}')}": 57600,
    f"https://web.archive.org/web/2025/{BASE}": None,
    # Schemes
    "hxxps://or[.]example[.]com/12/session/3638922241865582801": None,
    "hxxps[:]//or.example.com/12/session/3638922241865582801": None,
    BASE.replace("https", "HTTPS"): None, BASE.replace("https", "Https"): None,
    BASE.removeprefix("https://"): None, BASE.removeprefix("https:"): None,
    f"see {BASE.removeprefix('https://')}.": None, f"<{BASE.removeprefix('https:')}>": None,
    # Ends, and moments
    f"{BASE}/": None, f"{BASE}//?jumpto=57600": 57600, f"{BASE}/?jumpto=57600": 57600,
    f"{BASE}#notes": None, f"{BASE}#jumpto=57600": 57600, f"{BASE}#/x?jumpto=57600": 57600,
    f"{BASE}?jumpto=57600#x": 57600, f"{BASE}?a=1&jumpto=57600&freeze=true": 57600,
    f"{BASE}?jumpto=57600.0": 57600, f"{BASE}?jumpto=57600.9": 57600,
    f"{BASE}?jumpto=5.76e4": 57600,
    f"{BASE}?jumpto=5.76E+4": 57600, f"{BASE}?jumpTo=57600": 57600, f"{BASE}?JUMPTO=57600": 57600,
    f"{BASE}?jumpto=+57600": 57600, f"{BASE}?jumpto=%2057600": 57600, f"{BASE}?jumpto=0": 0,
    f"{BASE}?jumpto=57600&jumpto=1": 57600, f"{BASE}?jumpto=&jumpto=57600": 57600,
    f"{BASE}?xjumpto=1&jumpto=57600": 57600, f"{BASE}?": None,
}  # fmt: skip


@each_row("text", PASTED)
def test_a_link_opens_at_its_moment_with_what_it_was_pasted_with(text: str) -> None:
    assert is_link(text)
    expected = link("or.example.com", "12", "3638922241865582801", PASTED[text])
    assert parse_link(text) == expected
    assert describe_ignored(text) == ""


@each_row("text", (CASES / "l01-links.txt").read_text("utf-8").split("\n")[:-1])
def test_the_links_of_the_cases_open(text: str) -> None:
    found = parse_link(text)
    assert (found.project_id, found.session_id) == ("12", "3638922241865582801")
    assert found.host == ("[::1]:8080" if "::1" in text else "or.example.com")
    assert found.jump_ms == (57600 if "jumpto" in text.lower() else None)
    assert describe_ignored(text) == ""


@each_row(
    ("text", "host"),
    [("[::1]:8080/12/session/4", "[::1]:8080"), ("http://[::1]/12/session/4", "[::1]"),
     ("127.0.0.1:8080/12/session/4", "127.0.0.1:8080"), ("localhost:9/12/session/4", "localhost:9"),
     ("https://OR.example.com:443/12/session/4", "or.example.com"),
     ("//or.example.com:8443/x/12/session/4", "or.example.com:8443"),
     ("https://bücher.example/12/session/4", "bücher.example")],
)  # fmt: skip
def test_hosts_and_ports_are_read_with_and_without_a_scheme(text: str, host: str) -> None:
    assert parse_link(text)[:3] == (host, "12", "4")


@each_row(
    "value",
    ["", "-4", "-0.5", "NaN", "Infinity", "1e99", "x", "57600ms", "1:30", "57,600", "0x10", "--1"],
)
def test_a_moment_that_is_none_is_told(value: str) -> None:
    text = f"{BASE}?jumpto={value}"
    assert parse_link(text).jump_ms is None
    assert "jumpto is not understood" in describe_ignored(text)


def test_of_several_links_the_first_is_opened_and_told() -> None:
    text = f"{BASE}\nhttps://or.example.com/12/session/7?jumpto=5"
    assert parse_link(text) == link("or.example.com", "12", "3638922241865582801", None)
    normal = "the text has 2 replay links; the first is opened: 3638922241865582801"
    assert describe_ignored(text) == normal
    assert describe_ignored(f"{BASE} {BASE}?jumpto=5") == ""


@given(
    st.text(alphabet="htps:/0123456789[]@%?#&=.x\n \\<>-_", max_size=80).map(BASE.__add__)
    | st.text()
)
def test_any_text_is_a_link_of_the_host_it_names_or_refused(text: str) -> None:
    try:
        found = parse_link(text)
    except UsageError:
        return
    assert found.session_id.isdecimal()
    assert "@" not in found.url
    describe_ignored(text)


@each_row(
    "text",
    ["https://or.example", "https://or.example/a/session/4", "https://or.example/1/session/x",
     "https://or.example/1/sessions", "http://[::1/1/session/4", "https://u:p@or.example/1/session/4",
     "https://or.example/١/session/٤"],
)  # fmt: skip
def test_another_link_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_link(text)
    assert_well_said(caught.value, "u:p@")


@each_row("text", ["4813", "file.json", "-", "ftp://x/1/session/2", "a/b/session/4"])
def test_other_targets_are_no_links(text: str) -> None:
    assert not is_link(text)


def connection(url: str, key: str = API_KEY) -> Connection:
    return Connection(Server(url, Secret(key), retry_policy=RetryPolicy(attempts=1)))


@each_row("release", ["1.21", "1.25", "1.27", "cloud"])
def test_a_projects_number_leads_to_its_key(release: Release) -> None:
    with serve(OpenReplay(release=release, projects_pause_seconds=0)) as running:
        number = str(running.openreplay.projects[PROJECT_KEY]["projectId"])
        assert fetch_project_key(connection(running.url), number) == PROJECT_KEY
        with pytest.raises(NotFoundError, match="number 999") as caught:
            fetch_project_key(connection(running.url), "999")
        assert_well_said(caught.value)
        with pytest.raises(EventviewError) as refused:
            fetch_project_key(connection(running.url, "wr0ng"), number)
        assert refused.value.exit_code == 3
        with pytest.raises(EventviewError) as lost:
            fetch_project_key(connection(f"{running.host_url}/nowhere"), number)
        assert lost.value.exit_code in {4, 6}


@pytest.mark.parametrize(("fault", "code"), [(NotJson(), 6), (Status(500), 5),
                                            (NotJson(b'{"data": null}'), 4)])  # fmt: skip
def test_a_server_that_does_not_tell_its_projects_is_an_error(fault, code) -> None:  # type: ignore[no-untyped-def]
    with (
        serve(OpenReplay(always=fault)) as running,
        pytest.raises(EventviewError) as caught,
    ):
        fetch_project_key(connection(running.url), "1")
    assert caught.value.exit_code == code
