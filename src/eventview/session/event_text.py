"""An event in words: its row, the element or URL it is about, and the text a search looks in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
    Swipe,
    Tap,
)
from eventview.session.folding import decode_address, fold_address, fold_case, fold_label
from eventview.session.text import clean, json_text
from eventview.session.urls import decode_host, format_path_first, other_spellings

NOT_SEARCHED = frozenset(
    {
        "sessionId", "session_id", "event_id", "distinct_id", "$device_id", "created_at",
        "createdAt", "webVitals", "web_vitals", "cls", "inp", "lcp", "ttfb",
        "$user_id", "$browser", "$os", "$device", "$country", "$referrer",
        "user_device", "user_device_type", "page_title",
    }
)  # fmt: skip
"""Text fields that a search skips: ids and facts of the session, which every event repeats, and
numbers and times that the server sends as text. A page's title, which all its events repeat, is
searched in its LOCATION."""

_PAYLOAD_LIMIT = 500
"""Most characters of a custom event's payload that follow its name."""


def identify_target(press: Click | Tap) -> tuple[str, str]:
    """Return the label as seen and the selector that identify a click's or tap's element.

    One of them is "", or both if nothing identifies the element.
    """
    return _identify(press.label, press.selector if type(press) is Click else "")


# Signals and runs ask for the target of every click, and a session repeats its targets.
@lru_cache(maxsize=4096)
def _identify(label: str, selector: str) -> tuple[str, str]:
    label = fold_label(label)
    return (label, "") if label else ("", fold_label(selector))


@lru_cache(maxsize=2048)
def identify_page(address: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return a page's host, path and query in one form for all their spellings."""
    host, path, query = map(fold_address, address)
    return fold_case(decode_host(host.removesuffix("."))), path, query


def selector_of(press: Click | Tap) -> str:
    """Return the selector of a click's element; "" for none, and for a tap, which has none."""
    return fold_label(press.selector) if isinstance(press, Click) else ""


def describe_event(event: Event) -> str:
    """Return the event in a few words for people, its address decoded where that is safe."""
    # The label of an incident is no address.
    is_address = isinstance(event, Location | Request | Issue) and not getattr(event, "label", "")
    return decode_address(describe_event_raw(event)) if is_address else describe_event_raw(event)


def describe_event_raw(event: Event) -> str:
    """Return the words of `describe_event` with the address as the server sent it."""
    return _WORDS[type(event)](event)


def _describe_location(event: Location) -> str:
    address = event.path or event.host or "(no path)"
    return f"{address}?{event.query}" if event.query else address


def _describe_click(event: Click) -> str:
    return event.label if event.label.strip() else f"(no label) {event.selector}".rstrip()


def _describe_input(event: Input) -> str:
    label = event.label if event.label.strip() else "(no label)"
    return f"{label} = {event.value}" if event.value else label


def _describe_request(event: Request) -> str:
    status = "" if event.status is None else str(event.status or "no answer")
    parts = (event.method, status, format_path_first(event.url))
    return " ".join(part for part in parts if part)


def _describe_issue(event: Issue) -> str:
    kind = event.issue_type.replace("_", " ")
    return _join(kind, event.label or format_path_first(event.context))


def _describe_custom(event: Custom) -> str:
    sent = event.payload
    text = sent if isinstance(sent, str) else json_text(sent)
    payload = "" if sent in (None, {}, []) else clean(text)[:_PAYLOAD_LIMIT]
    return f"{event.name} {payload}".strip() or "(no name)"


def _describe_performance(event: Performance) -> str:
    fps, cpu, heap = event.fps.average, event.cpu_percent.average, event.used_heap_bytes.average
    parts = [f"{fps} fps"] if fps is not None else []
    parts += [f"{cpu} % CPU"] if cpu is not None else []
    parts += [f"{heap / 2**20:.0f} MiB heap"] if heap is not None else []
    return " · ".join(parts)


def _describe_other(event: Event) -> str:
    raw = event.raw
    if isinstance(raw, str):
        return clean(raw)
    names = ("label", "name", "message", "url", "path")
    texts = _find_texts(names, raw, _properties_of(raw))
    return next((clean(text) for text in texts if text.strip()), "")


# A look-up by class is faster than a match, and a search describes every event.
_WORDS: Final[Mapping[type[Event], Callable[[Any], str]]] = {
    Event: _describe_other,
    Location: _describe_location,
    Click: _describe_click,
    Input: _describe_input,
    Tap: lambda event: event.label or "(no label)",
    Swipe: lambda event: " ".join(filter(None, (event.direction, event.label))),
    Request: _describe_request,
    GraphQL: lambda event: event.name or "(no name)",
    Error: lambda event: _join(event.name, event.message),
    Crash: lambda event: _join(event.name, event.reason),
    Issue: _describe_issue,
    Custom: _describe_custom,
    Performance: _describe_performance,
}


def _join(name: str, text: str) -> str:
    return f"{name}: {text}" if name and text and not text.startswith(name) else text or name


def _properties_of(raw: object) -> object:
    return raw.get("$properties") if isinstance(raw, Mapping) else None


def _find_texts(names: Sequence[str], *places: object) -> Iterator[str]:
    """Yield the texts in some fields of those places that are objects."""
    for fields in places:
        if isinstance(fields, Mapping):
            yield from (text for name in names if isinstance(text := fields.get(name), str))


def url_of(event: Event) -> str:
    """Return the URL of an event, without a scheme if the server sent none; "" for none."""
    if isinstance(event, Click | Request | Performance | Issue):
        return event.url
    texts = _find_texts(("url", "$current_url"), _properties_of(event.raw), event.raw)
    url = next((clean(text) for text in texts if text.startswith(("https://", "http://"))), "")
    if isinstance(event, Location) and event.path and not url:
        return f"{event.host}{describe_event_raw(event)}"
    return url


def searchable_text(event: Event) -> str:
    """Return the text that find and filter search: the event's row and texts, a field a line."""
    return join_texts(list_texts(event))


def list_texts(event: Event) -> tuple[str, ...]:
    """Return what the searchable text of an event is made of: its type, row, title, sent texts."""
    title = (event.title,) if type(event) is Location and event.title else ()
    sent: list[str] = []
    _add_texts(event.raw, sent)
    return (event.type, describe_event_raw(event) or event.type, *title, *sent)


def join_texts(texts: Sequence[str]) -> str:
    """Return the searchable text of an event from what `list_texts` returns."""
    joined = "".join(texts)
    # Cleaning leaves such texts as they are; to ask it of each of them takes five times as long.
    is_clean = joined.isascii() and joined.isprintable()
    text = "\n".join(dict.fromkeys(texts if is_clean else map(clean, texts)))
    return "\n".join([text, *other_spellings(text)])


def _add_texts(value: object, texts: list[str]) -> None:
    """Add the texts in a sent value to a list."""
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            # Texts need no call of their own: most values are flat, and the first key of a search
            # waits for all of them. JSON has no subclasses, which would take twice as long.
            kind = type(inner)
            if kind is str:
                if name not in NOT_SEARCHED:
                    texts.append(inner)
            elif kind is dict or kind is list:
                _add_texts(inner, texts)
    elif isinstance(value, list):
        for inner in value:
            _add_texts(inner, texts)
