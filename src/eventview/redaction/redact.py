"""A session with stand-ins for who somebody is and where something is, to be passed on.

Replaced are users, devices, sessions, projects, hosts, e-mail and network addresses, ids, places,
the values of queries and inputs, and bodies: where a field or the looks of a text say what they
are, and wherever else such a value stands. All else stays, so that the session reads as before,
and can be read again. Which field is what is said here; how texts are taken apart, in
`eventview.redaction.texts`.

Kept are the types and built-in names of events, times, figures, schemes and the words of paths. A
value of one or two characters, an ordinary word, a short one in lower case that was only entered or
queried (up to 12 letters), or an address in a query is replaced in its own field alone:
`eventview.redaction.value_matcher` says which. Ports of hosts are left out.

Stand-ins are numbered in the order in which they are first needed. One that the session itself
holds is not given, so redacting twice gives the same with other numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Final

from eventview.analysis.analysis import Analysis
from eventview.analysis.detectors.labels import WORDS, LabelUse, use_of
from eventview.redaction import patterns
from eventview.redaction.field_names import FIELDS, kind_in_json
from eventview.redaction.patterns import EntityType
from eventview.redaction.pseudonyms import PseudonymCollector, Pseudonyms
from eventview.redaction.texts import FIGURE, WHOLE, Memo, TextRedactor
from eventview.session import events
from eventview.session.events import (
    Click,
    Crash,
    Custom,
    Error,
    Event,
    Frame,
    GraphQL,
    Input,
    Issue,
    Location,
    Performance,
    Request,
    Swipe,
    Tap,
)
from eventview.session.folding import same_word
from eventview.session.metrics import CATALOGUE
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.session.urls import UUID, split_url

_ADDRESSES: Final = (
    "url", "path", "basePath", "url_path", "url_hostpath", "referrer", "baseReferrer", "$referrer",
    "$initial_referrer", "$current_url", "$current_path", "$or_api_endpoint",
)  # fmt: skip
_HOSTS: Final = ("host", "url_host", "$referring_domain", "$initial_referring_domain")
_PLACES: Final = (
    "$city", "$state", "$ip", "city", "state", "ip", "userCity", "userState", "user_city",
    "user_state",
)  # fmt: skip
_QUERY_VALUES: Final = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "$search_engine_keyword",
)  # fmt: skip
_WORDS: Final = (
    "method", "source", "direction", "issue_type", "$browser", "$browser_version", "$os",
    "$os_version", "$device", "$country", "$source", "$search_engine", "user_device_type",
    "userBrowser", "userOs", "userDeviceType", "userCountry",
)  # fmt: skip
"""Fields that hold one of some few words, which say nothing of who it was."""

_FIGURES: Final = frozenset(
    {
        "timestamp", "created_at", "createdAt", "$time", "$duration_s", "$timezone", "messageId",
        "duration", "hesitation", "hesitation_time", "normalizedX", "normalizedY", "normalized_x",
        "normalized_y", "x", "y", "status", "transfer_size", "start_time", "end_time",
        "webVitals", "web_vitals", "$screen_width", "$screen_height", "fcpTime", "request_start",
    }
    | {name for metric in CATALOGUE for name in metric.wire if name}
    | {
        f"{part}_{measure}"
        for part in ("min", "avg", "max")
        for measure in ("fps", "cpu", "total_js_heap_size", "used_js_heap_size")
    }
)  # fmt: skip
"""Fields that hold a number or a time, whatever else is alike. `messageId` counts messages, or the
nodes of a page, and v1 is known by it."""

_WORD: Final = re.compile(r"[^@:/\\]{1,40}")

_NAMED: Final = frozenset(
    {
        "label", "selector", "value", "title", "message", "name", "payload", "properties",
        "$properties", "reason", "context", "context_string", "operation_name", "hitCount",
        "sessionId", "session", "code",
    }
)  # fmt: skip
"""Further fields of the servers, which are what the event is and not what their words say."""

_PLAIN_NAME: Final = re.compile(r"\$?[a-z]+(?:[A-Z_][A-Za-z_]*)?")
"""The name of a field that is a word, or words run together."""

_COUNTRIES: Final = ("$country", "userCountry", "user_country")
_REGION: Final = re.compile(r"[A-Za-z]{2}")

_ENTERED: Final[Mapping[EntityType, EntityType]] = {
    kind: kind
    for kind in (
        EntityType.EMAIL, EntityType.PHONE, EntityType.CARD, EntityType.IBAN, EntityType.SECRET,
        EntityType.NAME, EntityType.PERSONAL,
        EntityType.PLACE,
    )
} | {EntityType.USER: EntityType.NAME}  # fmt: skip
"""What a label of an input may say of what was entered."""

NOT_LOOKED_FOR: Final = (
    "not looked for: names of people, streets, dates of birth, passport and order numbers, bare "
    "digits, e-mail addresses like “name at host.example”, tokens without a known beginning, "
    "handles and host names in free text and paths, where no word or field before them says what "
    "they are; other words of paths; pictures"
)
"""What `redacted` leaves as it is, in words."""

_OURS: Final = frozenset({"demo", "standard input", "the bundled session"})
"""What eventview itself calls sessions and the places that they are from."""


@dataclass(frozen=True)
class Redacted:
    """A session, redacted, and how its texts are."""

    session: Session
    texts: TextRedactor
    pseudonyms: Pseudonyms

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many values have been replaced, by what they are: `{"user": 1, "host": 3}`."""
        return {kind.noun: number for kind, number in self.pseudonyms.counts.items()}

    def text(self, text: str) -> str:
        """Any other text about the session, such as a title, with the same stand-ins."""
        return self.texts.text[text]

    @property
    def words(self) -> str:
        """Return what was replaced, and what was not looked for."""
        replaced = [kind.counted(number) for kind, number in self.pseudonyms.counts.items()]
        found = ", ".join(replaced) or "nothing that is looked for was there to be"
        return f"redacted: {found} replaced by stand-ins; {NOT_LOOKED_FOR}"


def redacted(analysis: Analysis) -> Redacted:
    """The session with the same events, and stand-ins in their texts, typed and raw."""
    # Twice: what is entered at the end may stand in a text at the beginning.
    session = analysis.session
    collector = PseudonymCollector()
    region = _region(session)
    collecting = _EventRedactor(TextRedactor(collector, region=region))
    collecting.session_ref(session.session_ref)
    for event in session.events:
        collecting.changes(event)
    usual = {
        same_word(event.label)
        for event in session.events
        if isinstance(event, Click | Tap)
        and use_of(event.label) is not LabelUse.ONCE
        and any(map(str.isalpha, event.label))
    }
    pseudonyms = collector.pseudonyms(WORDS | usual | analysis.rules.neutral_labels)
    texts = TextRedactor(pseudonyms, region=region)
    telling = _EventRedactor(texts)
    session_ref = telling.session_ref(session.session_ref)
    told = replace(session, session_ref=session_ref, events=[*map(telling.event, session.events)])
    return Redacted(told, texts, pseudonyms)


def _region(session: Session) -> str:
    """The country of a session as two letters; "" where it does not say."""
    for event in session.events:
        if isinstance(event.raw, Mapping):
            for name in _COUNTRIES:
                sent = event.raw.get(name)
                if isinstance(sent, str) and _REGION.fullmatch(sent):
                    return sent.upper()
    return ""


class _EventRedactor:
    """Events told by stand-ins.

    Args:
        texts: tells their texts.
    """

    def __init__(self, texts: TextRedactor) -> None:
        self._texts = texts
        text, address, query = texts.text, texts.address, texts.query
        kinds = {kind: Memo(partial(texts.field, kind)) for kind in EntityType}
        same = Memo(lambda sent: sent)
        word = Memo(lambda sent: sent if _WORD.fullmatch(sent) else text[sent])
        figure = Memo(lambda sent: sent if FIGURE.fullmatch(sent) else text[sent])
        self._roles: dict[str, Memo] = {
            **{name: kinds[kind] for name, kind in FIELDS.items()},
            **dict.fromkeys(_ADDRESSES, address),
            **dict.fromkeys(_HOSTS, texts.host),
            **dict.fromkeys(_PLACES, kinds[EntityType.PLACE]),
            **dict.fromkeys(_QUERY_VALUES, kinds[EntityType.QUERY]),
            **dict.fromkeys(_WORDS, word),
            **dict.fromkeys(_FIGURES, figure),
            "type": same,
            "$event_name": same,
            "distinct_id": Memo(self._visitor),
            "query": query,
            "stacktrace": texts.lines,
        }
        self._roles_of_location = self._roles | {"value": address}
        self._values: dict[EntityType, Memo] = {}
        self._roles_of_custom = self._roles | {"$event_name": text}
        body = kinds[EntityType.BODY]
        self._typed: Mapping[type[Event], Mapping[str, Memo]] = {
            Location: {
                "host": texts.host,
                "path": address,
                "query": query,
                "referrer": address,
                "session_referrer": address,
                "title": text,
                "vitals_problem": figure,
            },
            Click: {"label": text, "selector": text, "url": address},
            Input: {"label": text, "value": kinds[EntityType.INPUT]},
            Error: {"source": word, "name": text, "message": text, "payload_problem": text},
            Request: {"method": word, "url": address, "request_body": body, "response_body": body},
            GraphQL: {"name": text, "request_body": body, "response_body": body},
            Performance: {"url": address},
            Issue: {
                "issue_type": word,
                "context": text,
                "label": text,
                "url": address,
                "payload_problem": text,
            },
            Tap: {"label": text},
            Swipe: {"label": text, "direction": word},
            Crash: {"name": text, "reason": text, "stack": texts.lines},
            Custom: {"name": text},
        }

    def _visitor(self, sent: str) -> str:
        # The user, where somebody has said who that is; else the browser.
        return self._texts.whole(
            EntityType.DEVICE if UUID.fullmatch(sent) else EntityType.VISITOR, sent
        )

    def session_ref(self, session_ref: SessionRef) -> SessionRef:
        """Return what the session is called; not where it is from, if that says anything."""
        whole, (name, session_id, place, user, _) = self._texts.whole, session_ref
        is_file = not session_id and place.endswith(name)
        if name not in _OURS:
            name = whole(EntityType.FILE if is_file else EntityType.PROJECT, name)
        place = place if place in _OURS else ""
        return SessionRef(
            name, whole(EntityType.SESSION, session_id), place, whole(EntityType.USER, user)
        )

    def event(self, event: Event) -> Event:
        """An event, its fields and its raw value alike."""
        return replace(event, **self.changes(event))

    def changes(self, event: Event) -> dict[str, Any]:
        """The fields of an event that are told otherwise."""
        changed: dict[str, Any] = {"raw": self._raw(event)}
        for name, role in self._typed.get(type(event), {}).items():
            sent = getattr(event, name)
            if sent:
                changed[name] = role[sent]
        if isinstance(event, Input) and event.value:
            changed["value"] = self._entered(event.label, event.value)
        text = self._texts.text
        if isinstance(event, Error) and event.frames:
            changed["frames"] = tuple(
                Frame(text[function], text[file], line, column)
                for function, file, line, column in event.frames
            )
        elif isinstance(event, Custom):
            changed["payload"] = self._texts.payload(event.payload)
        return changed

    def _raw(self, event: Event) -> object:
        raw = event.raw
        if not isinstance(raw, dict):
            return self._texts.payload(raw)
        match event:
            case Location():
                return self._fields(raw, self._roles_of_location)
            case Custom() if raw.get("$auto_captured") is False:
                return self._fields(raw, self._roles_of_custom)
            case Event(type=events.INPUT):
                return self._fields(raw, self._roles, is_input=True)
        return self._fields(raw, self._roles)

    def _entered(self, label: object, value: Any) -> Any:
        """Return what was entered into a field of a page, which says by its label what that is."""
        kind = _ENTERED.get(kind_in_json(label) or EntityType.INPUT, EntityType.INPUT)
        if isinstance(value, str):
            return value if patterns.MASKED.fullmatch(value) else self._texts.whole(kind, value)
        return self._texts.field(EntityType.INPUT, value)

    def _fields(
        self, sent: Mapping[str, Any], roles: Mapping[str, Memo], *, is_input: bool = False
    ) -> dict[str, Any]:
        told: dict[str, Any] = {}
        # The server itself writes the address once more in lower case.
        lower = _lower_case(sent["url"]) if isinstance(sent.get("url"), str) else {}
        for name, value in sent.items():
            if name in roles or name in _NAMED or _PLAIN_NAME.fullmatch(name):
                new = name
            else:
                new = self._texts.name(name, told)
            if name == "value" and is_input:
                told[new] = self._no_other(value, self._entered(sent.get("label"), value))
            elif isinstance(value, str):
                is_again = lower and lower.get(name) == value
                told[new] = value if is_again else self._text_of(name, value, roles)
            elif value is None:
                told[new] = None
            elif name == "$properties" and isinstance(value, dict):
                told[new] = self._fields(value, roles, is_input=is_input)
            else:
                told[new] = self._no_text(name, value)
        if lower:
            again = _lower_case(told["url"])
            told |= {name: again[name] for name in lower if sent.get(name) == lower[name]}
        return told

    def _text_of(self, name: str, value: str, roles: Mapping[str, Memo]) -> str:
        role = roles.get(name)
        if role is None and name not in _NAMED and (kind := kind_in_json(name)) is not None:
            told = self._texts.field(kind, value)
            return told if isinstance(told, str) else value
        return (self._texts.text if role is None else role)[value]

    def _no_text(self, name: str, value: Any) -> Any:
        kind = FIELDS.get(name)
        if kind is None and name not in _FIGURES and name not in _NAMED:
            kind = kind_in_json(name)
        if kind is not None and name in FIELDS:
            return self._texts.field(kind, value)
        if isinstance(value, dict | list):
            if kind is not None and (isinstance(value, list) or kind in WHOLE):
                return self._texts.field(kind, value)
            return self._texts.payload(value, name)
        if kind is not None:
            return self._no_other(value, self._texts.field(kind, value))
        return self._no_other(value, value if name in _FIGURES else self._texts.number(value))

    def _no_other(self, value: Any, told: Any) -> Any:
        # No text either: readers tell by it what an event is.
        return told if told == value or isinstance(value, str) else [told]


@lru_cache(maxsize=1024)
def _lower_case(url: str) -> Mapping[str, str]:
    """Return what the second API derives from an address."""
    host, path, query = split_url(url.partition("#")[0])
    if not host:
        return {}
    return {
        "url_path": (f"{path}?{query}" if query else path).lower(),
        "url_hostpath": f"{host}{path}".lower(),
    }
