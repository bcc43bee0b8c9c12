"""Steps to reproduce, checked against sequences written by hand."""

from __future__ import annotations

from eventview.analysis.analysis import Analysis
from eventview.export.reproduction import find_steps
from eventview.session.session import Session
from eventview.session.text import UserText
from eventview.wire.v1 import read_answer
from tests.conftest import session_of
from tests.formats import sessions

NOON = 1_731_502_800_000


def made(*entries: dict[str, object]) -> Session:
    """A session of some events, two seconds apart where they do not say when."""
    timed = [{"timestamp": NOON + number * 2_000, **entry} for number, entry in enumerate(entries)]
    return session_of(read_answer(timed).events)


def list_steps(session: Session, first: int = 0, last: int | None = None) -> list[str]:
    end = len(session.events) - 1 if last is None else last
    return [
        "".join(word.text if isinstance(word, UserText) else word for word in step.words)
        for step in find_steps(Analysis(session), first, end)
    ]


def page(path: str, **more: object) -> dict[str, object]:
    return {"type": "LOCATION", "host": "acme.example", "path": path, "query": "", **more}


def click(label: str, **more: object) -> dict[str, object]:
    return {"type": "CLICK", "label": label, "selector": "#pay", **more}


def test_what_was_done_reads_as_one_would_tell_it() -> None:
    session = made(
        page("/cart", query="a=1"),
        {"type": "INPUT", "label": "Promo code", "value": "SAVE10"},
        click("Apply"),
        page("/checkout"),
        page("/help"),
        click(""),
        {"type": "INPUT", "label": "  "},
    )
    assert list_steps(session) == [
        "Open https://acme.example/cart?a=1.",
        "Enter something into “Promo code”.",
        "Click “Apply”.",
        "/checkout opens.",
        "Open https://acme.example/help.",
        "Click #pay.",
        "Enter something into a field without a label.",
    ]


def test_the_same_click_again_and_again_is_one_step() -> None:
    session = made(page("/"), click("+"), click("+"), click("+"), click("Pay"))
    assert list_steps(session) == [
        "Open https://acme.example/.",
        "Click “+” 3 times.",
        "Click “Pay”.",
    ]
    assert list_steps(session, last=2) == [
        "Open https://acme.example/.",
        "Click “+”.",
        "Click “+”.",
    ], "cut in its middle"


def test_clicks_on_one_icon_without_a_label_are_one_step() -> None:
    icons = [click("", selector="svg.heart", timestamp=NOON + 400 * n) for n in range(3)]
    assert list_steps(made(page("/"), *icons))[1:] == ["Click svg.heart 3 times."]


def test_a_long_wait_is_told_but_not_before_the_first_step() -> None:
    session = made(page("/"), click("Pay", timestamp=NOON + 48_000))
    assert list_steps(session) == ["Open https://acme.example/.", "Click “Pay”, 48s later."]
    assert list_steps(session, first=1) == ["Click “Pay”."]


def test_of_what_came_of_it_only_what_failed_is_a_step() -> None:
    text = "\n".join(list_steps(sessions()["v2"]))
    assert "The page reports the error TypeError" in text
    assert "is answered with 5" in text
    assert "The app crashes: NSRange" in text
    assert "Tap “" in text
    assert "Swipe left" in text
    assert text.count("The page reports ") == text.count("The page reports the error ")
    assert "is answered with 2" not in text
    assert "click rage" not in text, "what the server found is not what anybody did"


def test_a_label_of_any_length_is_cut() -> None:
    [_, step] = list_steps(made(page("/"), click("x" * 10_000)))
    assert len(step) < 170
