"""Identifying values in every shape and place: those replaced, and those that stay."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

from eventview.analysis.analysis import Analysis
from eventview.export.formats import FORMATS
from eventview.export.snapshot import ExportSnapshot
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.view.view import View
from eventview.wire.v2 import read_event
from tests.tables import each_row


class Shape(NamedTuple):
    """One way in which somebody's data are written."""

    name: str
    text: str
    needle: str
    """The identifying part, in lower case."""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


KEY: Final = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"
SHAPES: Final = (
    Shape("e-mail", "jane.doe01@corp.example", "jane.doe01"),
    Shape("e-mail with +", "jane.doe02+shop@corp.example", "jane.doe02"),
    Shape("e-mail in capitals", "JANE.DOE03@CORP.EXAMPLE", "jane.doe03"),
    Shape("e-mail, %40", "jane.doe04%40corp.example", "jane.doe04"),
    Shape("e-mail, %2540", "jane.doe05%2540corp.example", "jane.doe05"),
    Shape("e-mail, letters of a language", "zoë.quíll06@corp.example", "quíll06"),
    Shape("e-mail, NFD", "zoe\u0308.quill07@corp.example", "quill07"),
    Shape("e-mail, IDN", "jane.doe08@käsebox.example", "jane.doe08"),
    Shape("e-mail, mailto", "mailto:jane.doe09@corp.example", "jane.doe09"),
    Shape("e-mail at an address", "jane.doe10@[10.1.2.3]", "jane.doe10"),
    Shape("e-mail, zero width", "jane.doe11\u200b@corp.example", "jane.doe11"),
    Shape("e-mail, soft hyphen", "jane.d\u00adoe12@corp.example", "oe12"),
    Shape("e-mail, wide @", "jane.doe13＠corp.example", "jane.doe13"),
    Shape("e-mail, quoted", '"jane doe14"@corp.example', "jane doe14"),
    Shape("e-mail, [at]", "jane.doe15 [at] corp [dot] example", "jane.doe15"),
    Shape("e-mail, (at)", "jane.doe16(at)corp.example", "jane.doe16"),
    Shape("e-mail, &#64;", "jane.doe17&#64;corp.example", "jane.doe17"),
    Shape("e-mail, \\u0040", "jane.doe18\\u0040corp.example", "jane.doe18"),
    Shape("e-mail, at and dot", "jane19 at corp dot example", "jane19"),
    Shape("e-mail, intranet", "jane.doe20@intranet", "jane.doe20"),
    Shape("e-mail in base64", _base64("jane.doe21@corp.example"), "amfuzs5kb2uymu"),
    Shape("e-mail in hex", b"jane.doe22@corp.example".hex(), "6a616e652e"),
    Shape("phone, +49", "+49 151 23456723", "23456723"),
    Shape("phone, +49 without blanks", "+4915123456724", "23456724"),
    Shape("phone, 0049", "0049 151 23456725", "23456725"),
    Shape("phone, (415)", "(415) 555-0126", "555-0126"),
    Shape("phone, +1-415", "+1-415-555-0127", "555-0127"),
    Shape("phone, French", "06 12 34 56 28", "12 34 56 28"),
    Shape("phone beside its word", "Tel. 030 1234529", "1234529"),
    Shape("phone, bare digits", "015123456730", "015123456730"),
    Shape("IBAN", "DE89 3704 0044 0532 0130 00", "3704 0044"),
    Shape("IBAN without blanks", "GB82WEST12345698765432", "12345698765432"),
    Shape("IBAN in lower case", "nl91abna0417164300", "abna0417164300"),
    Shape("card", "4111 1111 1111 1111", "4111 1111"),
    Shape("card without blanks", "4012888888881881", "4012888888881881"),
    Shape("card with dashes", "5500-0000-0000-0004", "0000-0000"),
    Shape("card with dots", "5105.1051.0510.5100", "5105.1051"),
    Shape("card of 15 digits", "3782 822463 10005", "822463"),
    Shape("card, no-break spaces", "6011\u00a01111\u00a01111\u00a01117", "6011"),
    Shape("card, wide digits", "４２２２２２２２２２２２２", "４２２２"),
    Shape("card, Arabic digits", "٥٥٥٥٥٥٥٥٥٥٥٥٤٤٤٤", "٥٥٥٥"),
    Shape("SSN", "078-05-1142", "078-05-1142"),
    Shape("VAT number", "DE123456743", "123456743"),
    Shape("passport", "C01X00T44", "c01x00t44"),
    Shape("passport beside its word", "passport no. C01X00T45", "c01x00t45"),
    Shape("date of birth", "1946-01-17", "1946-01-17"),
    Shape("date of birth beside its word", "born 1947-01-17", "1947-01-17"),
    Shape("name", "Jane Quillson", "quillson"),
    Shape("street", "12 Quillway Street", "quillway"),
    Shape("place", "52.5200501,13.4049501", "52.52005"),
    Shape("IMEI", "490154203237518", "490154203237518"),
    Shape("MAC", "aa:bb:cc:dd:ee:52", "cc:dd:ee:52"),
    Shape("MAC with dashes", "AA-BB-CC-DD-EE-53", "cc-dd-ee-53"),
    Shape("IPv4", "203.0.113.54", "203.0.113.54"),
    Shape("IPv4 with a port", "203.0.113.55:8080", "203.0.113.55"),
    Shape("IPv4 as a number", "3405803832", "3405803832"),
    Shape("IPv6", "2001:db8:85a3:0:0:8a2e:370:7357", "8a2e:370:7357"),
    Shape("IPv6, short", "2001:db8::7358", "db8::7358"),
    Shape("IPv6 in brackets", "[2001:db8::7359]:443", "db8::7359"),
    Shape("host", "quillhost60.corp.example", "quillhost60"),
    Shape("URL with a host", "https://quillhost61.example/a", "quillhost61"),
    Shape("user and password at a host", "https://quill62:pa55@h.example/x", "quill62"),
    Shape("handle", "@jane_quill63", "jane_quill63"),
    Shape("md5", "9e107d9d372bb6826bd81d3542a41964", "9e107d9d"),
    Shape("sha1", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb65", "2fd4e1c6"),
    Shape("sha256", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e566", "d7a8fbb3"),
    Shape("ObjectId", "507f1f77bcf86cd799439067", "507f1f77"),
    Shape("ULID", "01ARZ3NDEKTSV4RRFFQ69G5F68", "ndektsv4"),
    Shape("UUID", "3f2504e0-4f89-41d3-9a0c-0305e82c3369", "3f2504e0-4f89-41d3"),
    Shape("UUID without dashes", "3f2504e04f8941d39a0c0305e82c3370", "3f2504e04f89"),
    Shape("UUID in braces", "{3f2504e0-4f89-41d3-9a0c-0305e82c3371}", "305e82c3371"),
    Shape("id of ten digits", "1000023472", "1000023472"),
    Shape("order number", "ORD-2024-000773", "000773"),
    Shape("slug", "jane-doe-40474", "40474"),
    Shape("JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3NSJ9.c2lnc2lnc2ln", "eyjzdwiioii3nsj9"),
    Shape("Bearer", "Bearer abcDEF123456ghiJ76", "abcdef123456ghij76"),
    Shape("Basic", f"Basic {_base64('quill:pa5577')}", "cxvpbgw6cge1ntc3"),
    Shape("AWS", "AKIAIOSFODNN7EXAMP78", "akiaiosfodnn7examp78"),
    Shape("GitHub", "ghp_16C7e42F292c6912E7710c838347Ae178B79", "e7710c838347ae178b79"),
    Shape("Stripe", "sk_live_4eC39HqLyjWDarjtT1zdp780", "4ec39hqlyjwdarjtt1zdp780"),
    Shape("Slack", "xoxb-123456781-abcdefghij81", "abcdefghij81"),
    Shape("Google", "AIzaSyA1234567890abcdefghijklmnopqrstu82", "1234567890abcdefghij"),
    Shape("api_key=", "api_key=quillkey83", "quillkey83"),
    Shape("password:", "password: hunter84", "hunter84"),
    Shape("cookie", "JSESSIONID=ABCDEF0123456789ABCDEF0123456785", "0123456785"),
    Shape("PEM", f"-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----", KEY.lower()),
    Shape("one-time code", "Your code is 839287", "839287"),
    Shape("home folder", "/home/quill88/report.pdf", "quill88"),
    Shape("home folder of Windows", "C:\\Users\\quill89\\a.pdf", "quill89"),
    Shape("wallet", "0x52908400098527886E0F7030069857D2E4169E90", "0f7030069857"),
)


def _row(name: str, sent: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"$event_name": name, "created_at": 1_762_772_400_000, "$properties": sent, **more}


def _custom(payload: Mapping[str, Any]) -> dict[str, Any]:
    return _row("saved", {}, **{"$auto_captured": False, "properties": payload})


def _page(url: str, **more: Any) -> dict[str, Any]:
    return _row("LOCATION", {"url": url}, **{"$current_url": url, **more})


PLACES: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "label": lambda text: _row("CLICK", {"label": f"See {text}", "selector": "#b"}),
    "selector": lambda text: _row("CLICK", {"label": "x", "selector": f"a[title='{text}']"}),
    "title": lambda text: _page("https://shop.example/a") | {"title": f"See {text}"},
    "message": lambda text: _row("ERROR", {"name": "E", "message": f"Failed for {text}"}),
    "payload": lambda text: _custom({"note": text}),
    "JSON in a payload": lambda text: _custom(
        {"note": json.dumps({"note": text}, ensure_ascii=False)}
    ),
    "nested name": lambda text: _custom({"notes": {text: 1}}),
    "top-level name": lambda text: _row("SCROLL", {}, **{text: 1}),
    "path": lambda text: _page(f"https://shop.example/x/{quote(text, safe='')}"),
    "query": lambda text: _page(f"https://shop.example/x?q={quote(text, safe='')}"),
    "referrer": lambda text: _page(
        "https://shop.example/a", **{"$referrer": f"https://ref.example/x/{quote(text, safe='')}"}
    ),
    "input": lambda text: _row("INPUT", {"label": "Search", "value": text}),
    "user id": lambda text: _row("CLICK", {"label": "x"}, **{"$user_id": text}),
}


def outputs(place: str, *, is_redacted: bool) -> str:
    """All formats of a session with every shape in a place, as text, decoded and not."""
    events = [read_event(PLACES[place](shape.text)) for shape in SHAPES]
    snapshot = ExportSnapshot(View(Analysis(Session.of(SessionRef("demo"), events))))
    snapshot = snapshot.prepare_export(is_redacted=is_redacted, ask=None)
    redacted_text = "\n".join("\n".join(write(snapshot)) for write in FORMATS.values()).lower()
    once = unquote(redacted_text)
    return "\n".join((redacted_text, once, unquote(once)))


TEXTS: Final = frozenset(
    {"label", "selector", "title", "message", "payload", "JSON in a payload", "nested name",
     "top-level name"}
)  # fmt: skip
PATHS: Final = frozenset({"path", "referrer"})
STAY: Final[Mapping[str, frozenset[str]]] = {
    "phone, bare digits": TEXTS,
    "passport": TEXTS | PATHS,
    "date of birth": TEXTS | PATHS,
    "name": TEXTS | PATHS,
    "street": TEXTS | PATHS,
    "IPv4 as a number": TEXTS,
    "host": TEXTS | PATHS,
    "handle": TEXTS | PATHS,
    "id of ten digits": TEXTS,
    "order number": TEXTS,
    "slug": TEXTS | PATHS,
}
"""Where what stays as it is: the notice of an export names all of it."""


@each_row("place", PLACES)
def test_what_belongs_to_somebody_is_replaced_but_for_what_is_said_not_to_be(place: str) -> None:
    before = outputs(place, is_redacted=False)
    after = outputs(place, is_redacted=True)
    assert not [shape.name for shape in SHAPES if shape.needle not in before]
    left = {shape.name for shape in SHAPES if shape.needle in after}
    assert left == {name for name, places in STAY.items() if place in places}
