"""Events in a few words, and all the text of one that a search looks through."""

from eventview.session.event_text import describe_event, searchable_text
from eventview.session.events import Click, Event, Input, Location
from tests.tables import each_row


@each_row(
    ("event", "words"),
    [
        (Location("LOCATION", 0, {}, path="/cart"), "/cart"),
        (Location("LOCATION", 0, {}, host="h", path="/cart", query="a=1&b=2"), "/cart?a=1&b=2"),
        (Location("LOCATION", 0, {}, host="shop.example"), "shop.example"),
        (Location("LOCATION", 0, {}), "(no path)"),
        (Click("CLICK", 0, {}, label="Shop", selector="#shop"), "Shop"),
        (Click("CLICK", 0, {}, label="  ", selector="#shop"), "(no label) #shop"),
        (Click("CLICK", 0, {}), "(no label)"),
        (Input("INPUT", 0, {}, label="Email", value="***@**"), "Email = ***@**"),
        (Input("INPUT", 0, {}, label="Email", value=""), "Email"),
        (Input("INPUT", 0, {}, label="Email"), "Email"),
        (Input("INPUT", 0, {}, label=" ", value="***"), "(no label) = ***"),
        (Event("CUSTOM", 0, {"name": "signup", "message": "m"}), "signup"),
        (Event("ERROR", 0, {"name": " ", "message": "boom\x1b[31m"}), "boom␛[31m"),
        (Event("REQUEST", 0, {"url": "/api", "status": 500}), "/api"),
        (Event("X", 0, {"label": 5, "name": None, "path": "/p"}), "/p"),
        (Event("X", 0, {"other": "text"}), ""),
        (Event("(no type)", None, "a line\nof text"), "a line␊of text"),
        (Event("(no type)", None, 17), ""),
        (Event("(no type)", None, None), ""),
    ],
)
def test_an_event_is_told_in_a_few_words(event: Event, words: str) -> None:
    assert describe_event(event) == words


def test_the_text_of_an_event_is_its_type_and_each_text_in_it_once_cleaned() -> None:
    raw = {
        "label": "Pay\u202e",
        "sessionId": "3045",
        "webVitals": '{"LCP":"555"}',
        "path": "/cart",
        "url": "/cart",
        "status": 500,
        "ok": True,
        "payload": {"items": [{"sku": "boot-42"}, "loose"], "webVitals": "x", "sessionId": "y"},
        "nothing": None,
    }
    assert searchable_text(Event("CUSTOM", 0, raw)).split("\n") == [
        "CUSTOM",
        "Pay<U+202E>",
        "/cart",
        "boot-42",
        "loose",
    ]


def test_an_event_that_is_no_object_is_searched_all_the_same() -> None:
    assert searchable_text(Event("(no type)", None, ["a\nb", ["c"]])) == "(no type)\na␊b\nc"
    assert searchable_text(Event("(no type)", None, "words")) == "(no type)\nwords"
    assert searchable_text(Event("(no type)", None, 5)) == "(no type)"
