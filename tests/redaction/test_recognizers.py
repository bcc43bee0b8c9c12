"""Identifiers that are found in a text, and lookalikes that stay."""

from __future__ import annotations

import pytest

from eventview.analysis.analysis import Analysis
from eventview.redaction.redact import redact_session
from eventview.session.events import Click, Input
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.session.urls import mask_placeholders
from eventview.wire.detect import read_raws
from eventview.wire.v1 import read_answer
from eventview.wire.v2 import read_event
from tests.redaction.test_redact import session_of_texts
from tests.redaction.test_texts import label_of
from tests.tables import each_row

STAYS = [
    "Order #10002346 confirmed",
    "Order 4711-2024-0017",
    "€ 1.234.567,89",
    "$1,234,567.89",
    "219,80 €",
    "Total: 12 345 678 kr",
    "2025-11-11 12:00:00.000 UTC",
    "2025-11-11T12:00:00+01:00",
    "1762772400000",
    "v1.2.3.4, 8.2.8",
    "12:30:45",
    "Version 10.15.7 (19H2)",
    "Chrome/120.0.6099.109",
    "1920x1080",
    "SKU 123-456-789",
    "ISBN 978-3-16-148410-0",
    "EAN 4006381333931",
    "Invoice 2024-001234",
    "3 of 120 results",
    "Showing 1-24 of 1,024",
    "10000000 items",
    "Article 12.345.678",
    "+15%",
    "+0:12.345",
    "+12,345",
    "-1234567890",
    "0.4111111111111111",
    "1234567",
    "12345678",
    "5 stars (1234 reviews)",
    "WCAG 2.1 AA 2018-06-05",
    "HTTP 503 Service Unavailable",
    "Error code: 1234567",
    "code: ECONNREFUSED",
    "status: failed",
    "Error: card: declined",
    "address: required",
    "Username: is required",
    "email: is invalid",
    "Password: must contain 8 characters",
    "Enter your password",
    "token expired",
    "Unexpected token: }",
    "Unexpected token < in JSON at position 0",
    "TypeError: Cannot read properties of undefined (reading 'user')",
    "user: undefined",
    "session: expired",
    "Login: failed",
    "input#password:focus",
    'input[name="password"]',
    "input[type=password]",
    "#card-number:hover > span",
    "ul.user-list > li:nth-of-type(2)",
    "a.card:first-child",
    'button[data-test-id="submit"]',
    "[data-testid=add-to-cart]",
    "div.address:not(.hidden)",
    'label[for="email"]',
    'input[autocomplete="tel"]',
    'div[class="card-1"]',
    "typescript@next",
    "react@18.2.0",
    "@media screen",
    "@angular/core",
    "3 @ 5",
    "meet at noon",
    "Phone",
    "Telephone (optional)",
    "Call us",
    "Tel.",
    "Add phone number",
    "Mobile app",
    "Card number",
    "Pin this message",
    "pinned: true",
    "shipping: free",
    "hotel: 5 stars",
    "author: Team",
    "Zip file",
    "Public key",
    "key: value",
    "keyboard: down",
    "state: open",
    "country: DE",
    "type: card",
    "at Object.<anonymous> (app.js:1207:31)",
    "Deadbeef",
    "feature-flags",
    "Coordinates: 12, 13",
    "10 : 20",
    "matrix(0.5, 0.25, 0.1, 1, 0, 0)",
    "translate(12.5px, 13.5px)",
    "rgb(120, 130, 140)",
    "#1a2b3c4d",
    "sha: 1a2b3c4",
    "Room 101-202-303",
    "2024-2025",
    "01.02.2025 - 05.02.2025",
    "09:00-17:00 Mo-Fr",
    "Page 1 2 3 4 5 6 7 8",
    "1 2 3 4 5 6 7 8 9 10",
    "7 8 9 4 5 6 1 2 3",
    "width=1024 height=768",
    "a=b",
    "x: 12345678",
    "count=12345678",
    "duration: 1234567 ms",
    "the bearer authentication failed",
    "Basic information",
    "basic authentication",
    "Users/roles",
    "C:\\Windows\\System32",
    "/usr/lib/python3",
    "See /home",
    "/products/12-inch",
    "tan boots",
    "TAN 42",
    "cvv",
    "pin code",
    "sku: 00012345",
    "price: 1234.5678",
    "lat/long",
    "DE 12345",
    "PO Box 1234",
    "DHL 00340434161094042557",
    "Tracking 1Z999AA10123456784",
    "Flight LH 1234 12:30",
    "Gate 12-34-56",
    "0123456",
    "0800 help",
    "Größe 42–44",
    "iPhone 15 Pro Max 256",
    "name: value",
    "title: Foo",
    "name=foo",
    "nome: x",
    "Basket (3)",
    "2 x 4 = 8",
    "A4 210 × 297 mm",
    "5–7 Werktage",
    "Code SUMMER2024",
    "your code is wrong",
    "access code required",
    "12.12.2024, 14:30",
    "IBAN ungültig",
    "1.000.000 Nutzer",
    "0 30 60 90 120 150",
    "Q1 2024 Q2 2024",
    "100-200-300 ml",
    "M8x40 10.9",
    "192.168/16",
    "Ref. 2024/11/0001234",
    "token: string",
    "secret santa: 2024",
    "Bestellnummer: 12",
    "Nr. 5",
    "Telefon: keine Angabe",
    "Handy: ja",
    "mail: none",
    "cookie: accepted",
]
"""Numbers, versions, prices, selectors and messages that belong to nobody."""

GOES = [
    "tel:+49-151-2345-6789",
    "Phone: 555-0132",
    "phone 5550132",
    "Call 415.555.0132 now",
    "415-555-0132",
    "1-800-555-0199",
    "+44 (0)20 7946 0958",
    "+44 20–7946–0958",
    "+44 20 7946 0958",
    "020 7946 0958",
    "0171-2345678",
    "0171/2345678",
    "(030) 123456",
    "030/1234567",
    "Handy 0151-23456789",
    "Mobil: 0151 23456789",
    "téléphone : 06.12.34.56.78",
    "06.12.34.56.78",
    "Teléfono 612 345 678",
    "612 345 678",
    "Tel: 22 123 45 67",
    "+48 22 123 45 67",
    "(11) 91234-5678",
    "+55 11 91234-5678",
    "00 49 151 23456789",
    "＋４９ １５１ ２３４５６７８９",
    "٠٠٤٩١٥١٢٣٤٥٦٧٨٩",
    "+1 (415) 555‑0132",
    "+14155550132 ext. 12",
    "WhatsApp +49151/23456789",
    "+49 (151) 234 567 89",
    "电话 13812345678",
    "Телефон: 8 (912) 345-67-89",
    "+7 912 345-67-89",
    "4111.1111.1111.1111",
    "4111‑1111‑1111‑1111",
    "4111–1111–1111–1111",
    "3714-496353-98431",
    "card 4111111111111111 exp 12/27",
    "4111 1111 1111 1111 12/27 123",
    "6011000990139424",
    "30569309025904",
    "2223003122003222",
    "6759649826438453",
    "CARD:4111111111111111",
    "card=4111111111111111;",
    "#4111111111111111",
    "_4111111111111111_",
    "4111/1111/1111/1111",
    "4111  1111  1111  1111",
    "DE89370400440532013000",
    "de89 3704 0044 0532 0130 00 please",
    "IBAN: FR1420041010050500013M02606",
    "NO93 8601 1117 947",
    "iban=GB29 NWBK 6016 1331 9268 19",
    "DE89-3704-0044-0532-0130-00",
    "MT84MALT011000012345MTLCAST001S",
    "(BE68539007547034)",
    "api_key: abc",
    "api-key=abc123",
    "X-Api-Key: zz9",
    "client_secret=abc",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AccountKey=abc123==;EndpointSuffix=core",
    "password=hunter2",
    "pwd: hunter2",
    "pass: hunter2",
    '"password":"hunter2"',
    "'password': 'hunter2'",
    "{password: hunter2}",
    "password => hunter2",
    "Passwort: geheim1",
    "mot de passe : secret1",
    "contraseña: clave99",
    "hasło: tajne1",
    "PIN: 1234",
    "PIN 1234",
    "OTP 839201",
    "Your verification code is 839201",
    "G-839201 is your Google verification code",
    "839201 is your code",
    "cvv 123",
    "CVV: 123",
    "secret: xyz",
    "Cookie: a=b; c=d",
    "set-cookie: sid=abc123; Path=/",
    "sid=abc",
    "PHPSESSID=abc",
    "csrf_token=abc",
    "access_token=abc",
    "refreshToken: abc",
    "Authorization: Basic dXNlcjpwYXNz",
    "authorization=Token abc123def",
    "Bearer abcdef-12345678",
    "token=abc",
    "token: abc123",
    "session=abc123",
    "sessionId: 77ab12cd",
    "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
    "gho_16C7e42F292c6912E7710c838347Ae178B4a",
    "glpat-AbCdEfGhIjKlMnOpQr12",
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "rk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "xoxp-1234-5678-abcd",
    "xapp-1-A111-222-abc",
    "ya29.a0AfH6SMBabcdef",
    "SG.abcdefgh1234.ijklmnop5678qrst",
    "key-3ax6xnjp29jd6fds4gc373sgvjxteol0",
    "npm_abcdefghijklmnopqrstuvwxyz0123456789",
    "pypi-AgEIcHlwaS5vcmcCJDU",
    "dop_v1_0123456789abcdef0123456789abcdef",
    "hf_AbCdEfGhIjKlMnOpQrStUvWxYz12345678",
    "sk-ant-api03-abcdefgh",
    "sk-proj-abcdefghijkl",
    "sk-abcdefghijklmnopqrstuvwx123",
    "EAACEdEose0cBA1234567890abcdefghij",
    "shpat_0123456789abcdef0123456789abcdef",
    "ASIAIOSFODNN7EXAMPLE",
    "hvs.CAESIJabcdefghijklmnop",
    "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawx",
    "jane@corp",
    "jane @ corp.example",
    "jane＠corp．example",
    "jane{at}corp.example",
    "jane AT corp DOT example",
    "jane(at)corp(dot)example",
    "jane&commat;corp.example",
    "jane&#x40;corp.example",
    "jane%40corp.example",
    "jane.doe+x@sub.corp.co.uk",
    "Jane Doe <jane@corp.example>",
    "jane@corp.example,bob@corp.example",
    "mailto:jane@corp.example?subject=x",
    "j@x.io",
    "user=jane@corp.example",
    "amFuZUBjb3JwLmV4YW1wbGU=",
    "6a616e6540636f72702e6578616d706c65",
    "jane@xn--ksebox-bua.example",
    "jane:pa55@db.corp.example",
    "postgres://jane:pa55@db.corp.example:5432/x",
    "/Users/jane/x.png",
    "/home/jane",
    "file:///home/jane/a.html",
    "C:\\Users\\Jane Doe\\x",
    "c:/users/jane/x",
    "D:\\Benutzer\\jane",
    "SSN 078-05-1120",
    "ssn: 078051120",
    "VAT: DE123456789",
    "ATU12345678",
    "USt-IdNr. DE123456789",
    "Passport: C01X00T47",
    "born 17.01.1980",
    "DOB: 1980-01-17",
    "geb. 17.01.1980",
    "Name: Jane Doe",
    "First name: Jane",
    "Vorname: Jane",
    "username: jane",
    "user=jane",
    "Street: 12 Quill Street",
    "Adresse: Quillweg 5, 12345 Berlin",
    "52.520008, 13.404954",
    "lat=52.52 lng=13.40",
    "aa:bb:cc:dd:ee:0f",
    "2001:DB8::1",
    "::1",
    "fe80::1%eth0",
    "192.168.0.1",
    "1.2.3.4/24",
    "https://user@host.example",
    "customerId: 77123",
    "order_id=12345",
]
"""Each has something of somebody's."""


@each_row("text", STAYS)
def test_what_belongs_to_nobody_stays(text: str) -> None:
    assert label_of(text) == text


@each_row("text", GOES)
def test_what_belongs_to_somebody_goes_and_stays_gone(text: str) -> None:
    once = label_of(text)
    assert once != text
    # Again, only the numbers of pseudonyms may be others.
    assert mask_placeholders(label_of(once)) == mask_placeholders(once)


@each_row(
    ("text", "expected"),
    [
        ("4111 1111 1111 1111, 4111111111111111, 4111-1111-1111-1111", "value-1, value-1, value-1"),
        ("DE89370400440532013000 or de89 3704 0044 0532 0130 00.", "value-1 or value-1."),
        ("+49 151 23456789, 0049151 23456789, +4915123456789", "phone-1, phone-1, phone-1"),
        ("jane@corp.example, jane [at] corp [dot] example", "email-1, email-1"),
        ("jane＠corp.example is amFuZUBjb3JwLmV4YW1wbGU= is jane%40corp.example",
         "email-1 is email-1 is email-1"),
        ("zoë@corp.example is zoe\u0308@corp.example", "email-1 is email-1"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("DE88370400440532013000", "DE88370400440532013000"),
        ("Card: 4111 1111 1111 1111 12/27", "Card: value-1 12/27"),
        ("Größe 5, Tel. 030 1234567, Größe 6", "Größe 5, Tel. phone-1, Größe 6"),
    ],
)  # fmt: skip
def test_one_value_has_one_pseudonym_in_all_its_spellings(text: str, expected: str) -> None:
    assert label_of(text) == expected


def test_a_number_of_the_sessions_country_is_one_without_a_plus() -> None:
    def label(country: str) -> str:
        row = {"$event_name": "CLICK", "created_at": 1, "$country": country,
               "$properties": {"label": "22 12 34 56 or 0151 23456789"}}  # fmt: skip
        (event,) = redact_session(
            Analysis(Session.of(SessionRef("k3y"), list(map(read_event, [row]))))
        ).session.events
        assert isinstance(event, Click)
        return event.label

    assert label("NO").startswith("phone-1 or ")
    assert label("DE").endswith(" or phone-1")


def test_a_label_of_an_input_says_what_was_entered() -> None:
    raws = [
        {"type": "INPUT", "timestamp": 1, "label": "Vorname *", "value": "annabel"},
        {"type": "INPUT", "timestamp": 2, "label": "Phone (optional)", "value": "0151 2345"},
        {"type": "INPUT", "timestamp": 3, "label": "E-Mail", "value": "bob@x.example"},
        {"type": "CLICK", "timestamp": 4, "label": "Hallo Annabel, bob@x.example, 0151 2345"},
    ]
    result = redact_session(Analysis(Session.of(SessionRef("k3y"), read_answer(raws).events)))
    values = [event.value for event in result.session.events if isinstance(event, Input)]
    assert values == ["user-1", "phone-1", "email-1"]
    assert result.session.events[-1].raw["label"] == "Hallo user-1, email-1, phone-1"  # type: ignore[index]
    assert result.counts == {
        "project": 1, "e-mail address": 1, "phone number": 1, "name": 1,
    }  # fmt: skip


def test_a_field_of_no_known_event_is_told_by_its_name_and_its_name_too() -> None:
    raws = [{"type": "x", "timestamp": 1, "jane@corp.example": 1, "otp_code": 4711, "step": "a"}]
    after = redact_session(
        Analysis(Session.of(SessionRef("k3y"), read_answer(raws).events))
    ).session
    assert after.events[0].raw == {
        "type": "x", "timestamp": 1, "email-1": 1, "otp_code": ["value-1"], "step": "a",
    }  # fmt: skip
    assert list(read_raws([after.events[0].raw]).events) == list(after.events)


def test_a_person_in_a_payload_is_told_with_all_that_is_said_of_them() -> None:
    payload = {
        "customer": {"name": "Jane Doe", "phones": ["0151 1", "0151 2"], "since": 2020},
        "address": {"line": "Quillweg 5", "city": "Berlin"},
        "product": {"name": "Tent", "card": {"title": "Sale"}},
        "total": 4111111111111111,
    }
    row = {"$event_name": "saved", "created_at": 1, "$auto_captured": False, "properties": payload}
    (event,) = redact_session(
        Analysis(Session.of(SessionRef("k3y"), list(map(read_event, [row]))))
    ).session.events
    assert event.raw["properties"] == {  # type: ignore[index]  # an object
        "customer": {"name": "user-1", "phones": ["phone-1", "phone-2"], "since": 2020},
        "address": {"line": "value-1", "city": "value-2"},
        "product": {"name": "Tent", "card": {"title": "Sale"}},
        "total": "value-3",
    }


@pytest.mark.slow
@each_row(
    "part",
    ["4111 ", "+49 ", "a=", "password: ", "DE89 ", "-----BEGIN A-----", "jane [at] ", "a.b.", "0a",
     "/home/", "abcd", "code is ", "12.5,", "\u0301", "＠", "٤", "a:b@", "AKIA", "ghp_a"],
)  # fmt: skip
def test_a_huge_text_takes_no_longer_than_its_length(part: str) -> None:
    # Where time grew with the square of the length, this would run for hours.
    text = part * (60_000 // len(part))
    assert len(redact_session(Analysis(session_of_texts(text, f"x {text}"))).session.events) == 3
