"""Redaction of a session: which field holds what.

Users, devices, hosts, addresses, ids, inputs, queries and bodies get pseudonyms, in their fields
and wherever else they appear; `value_matcher` lists the values replaced in their own field alone.
Event types, times, numbers, schemes and the words of paths stay, ports are dropped. A pseudonym
that the session already holds is not assigned again, so redacting twice only changes numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from eventview.analysis.analysis import Analysis
from eventview.analysis.detectors.control_labels import WORDS, ControlUse, find_use
from eventview.progress import track
from eventview.redaction import patterns
from eventview.redaction.field_names import FIELDS, kind_in_json
from eventview.redaction.patterns import EntityType
from eventview.redaction.pseudonyms import PseudonymCollector, Pseudonyms
from eventview.redaction.texts import FIGURE, WHOLE, Memo, TextRedactor
from eventview.session.events import (
    NUMBER_ROLES,
    Click,
    Custom,
    Event,
    Location,
    Role,
    Tap,
    all_fields,
)
from eventview.session.folding import fold_word
from eventview.session.metrics import CATALOGUE
from eventview.session.session import Session
from eventview.session.source import SessionRef
from eventview.session.urls import UUID, split_url
from eventview.wire.detect import read_raws

_ADDRESSES: Final = (
    "basePath", "url_path", "url_hostpath", "baseReferrer", "$initial_referrer", "$current_path",
    "$or_api_endpoint",
)  # fmt: skip
_HOSTS: Final = ("url_host", "$referring_domain", "$initial_referring_domain")
_PLACES: Final = (
    "$city", "$state", "$ip", "city", "state", "ip", "userCity", "userState", "user_city",
    "user_state",
)  # fmt: skip
_QUERY_VALUES: Final = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "$search_engine_keyword",
)  # fmt: skip
_WORDS: Final = (
    "$browser", "$browser_version", "$os", "$os_version", "$device", "$country", "$source",
    "$search_engine", "user_device_type", "userBrowser", "userOs", "userDeviceType", "userCountry",
)  # fmt: skip
"""Fields with one of a few words, which identify nobody."""


def _names_of(*roles: Role) -> Iterator[str]:
    """Yield the names on the wires of all fields of the catalogue with some roles."""
    for _, _, info in all_fields():
        for sent in (info.v1, info.v2) if info.role in roles else ():
            names = (sent,) if isinstance(sent, str) else sent or ()
            yield from (name.removeprefix("row.") for name in names if name)


_FIGURES: Final = frozenset(
    {
        "timestamp", "created_at", "createdAt", "$time", "$timezone", "messageId", "webVitals",
        "web_vitals", "$screen_width", "$screen_height", "fcpTime", "request_start",
    }
    | {name for metric in CATALOGUE for name in metric.wire if name}
    | {*_names_of(*NUMBER_ROLES)}
    | {f"{part}_{name}" for part in ("min", "avg", "max") for name in _names_of("range")}
)  # fmt: skip
"""Fields with a number or a time that is never replaced. `messageId` counts messages or nodes of a
page, and identifies v1."""

_WORD: Final = re.compile(r"[^@:/\\]{1,40}")

_OTHER_NAMES: Final = frozenset(
    {
        "value", "title", "payload", "properties", "$properties", "context", "operation_name",
        "hitCount", "sessionId", "session", "code",
    }
)  # fmt: skip
"""Other fields of the servers, which hold what the event is about and not what their name says."""

_PLAIN_NAME: Final = re.compile(r"\$?[a-z]+(?:[A-Z_][A-Za-z_]*)?")
"""Field name of one word, or of words run together."""

_COUNTRIES: Final = ("$country", "userCountry", "user_country")
_REGION: Final = re.compile(r"[A-Za-z]{2}")

_INPUT_TYPES: Final[Mapping[EntityType, EntityType]] = {
    kind: kind
    for kind in (
        EntityType.EMAIL, EntityType.PHONE, EntityType.CARD, EntityType.IBAN, EntityType.SECRET,
        EntityType.NAME, EntityType.PERSONAL,
        EntityType.PLACE,
    )
} | {EntityType.USER: EntityType.NAME}  # fmt: skip
"""Types of an input's value by the type that its label announces."""

NOT_LOOKED_FOR: Final = (
    "not looked for: names of people, streets, dates of birth, passport and order numbers, bare "
    "digits, e-mail addresses like “name at host.example”, tokens without a known beginning, "
    "handles and host names in free text and paths, where no word or field before them says what "
    "they are; other words of paths; pictures"
)
"""Sentence on what redaction does not replace."""

_AT_ONCE: Final = 1000
"""Redacted events that are read at once, so that their number shows the progress of both."""

_OURS: Final = frozenset({"demo", "standard input", "the bundled session"})
"""Names that eventview itself gives to sessions and their places."""


class Redacted(Struct, frozen=True):
    """A redacted session, and the means to redact further texts about it."""

    session: Session
    texts: TextRedactor
    pseudonyms: Pseudonyms

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of replaced values by entity type: `{"user": 1, "host": 3}`."""
        return {kind.noun: number for kind, number in self.pseudonyms.counts.items()}

    def text(self, text: str) -> str:
        """Redact another text about the session, such as a title, with the same pseudonyms."""
        return self.texts.text[text]

    @property
    def words(self) -> str:
        """Sentence on what was replaced and what was not looked for."""
        counts = self.pseudonyms.counts.items()
        replaced = ", ".join(kind.format_count(number) for kind, number in counts)
        result = f"{replaced} replaced by placeholders" if replaced else "nothing found to replace"
        return f"redacted: {result}; {NOT_LOOKED_FOR}"


def redact_session(analysis: Analysis) -> Redacted:
    """Return the session with pseudonyms in all texts of its events, raw ones included."""
    # Values are collected first, because one entered at the end may stand in an earlier text.
    session = analysis.session
    collector = PseudonymCollector()
    region = _find_region(session)
    collecting = _EventRedactor(TextRedactor(collector, region=region))
    collecting.redact_session_ref(session.session_ref)
    number = len(session.events)
    for event in track(session.events, "finding what to redact in", number):
        collecting.redact_raw(event)
    neutral = {
        fold_word(event.label)
        for event in session.events
        if isinstance(event, Click | Tap)
        and find_use(event.label) is not ControlUse.ONCE
        and any(map(str.isalpha, event.label))
    }
    pseudonyms = collector.build(WORDS | neutral | analysis.rules.neutral_labels)
    texts = TextRedactor(pseudonyms, region=region)
    redactor = _EventRedactor(texts)
    raws = map(redactor.redact_raw, track(session.events, "redacting", number))
    if session.reread is None:
        events = read_raws(list(raws)).events
    else:
        parts = iter(lambda: list(islice(raws, _AT_ONCE)), [])
        events = list(chain.from_iterable(map(session.reread, parts)))
    session_ref = redactor.redact_session_ref(session.session_ref)
    redacted_session = replace(session, session_ref=session_ref, events=events)
    return Redacted(redacted_session, texts, pseudonyms)


def _find_region(session: Session) -> str:
    """Return the two-letter country of a session; "" if unknown."""
    events = track(session.events, "finding the country in", len(session.events))
    raws = (raw for event in events if isinstance(raw := event.raw, Mapping))
    for sent in (raw.get(name) for raw in raws for name in _COUNTRIES):
        if isinstance(sent, str) and _REGION.fullmatch(sent):
            return sent.upper()
    return ""


class _EventRedactor:
    """Redact events, with one cached function for the role of each field."""

    def __init__(self, texts: TextRedactor) -> None:
        self._texts = texts
        text, address = texts.text, texts.address
        kinds = {kind: Memo(partial(texts.redact_field, kind)) for kind in EntityType}
        same = Memo(lambda sent: sent)
        word = Memo(lambda sent: sent if _WORD.fullmatch(sent) else text[sent])
        figure = Memo(lambda sent: sent if FIGURE.fullmatch(sent) else text[sent])
        body = kinds[EntityType.BODY]
        self._roles: dict[str, Memo] = {
            **dict.fromkeys(_names_of("text", "selector"), text),
            **dict.fromkeys(_names_of("address", "referrer"), address),
            **dict.fromkeys(_names_of("host"), texts.host),
            **dict.fromkeys(_names_of("query"), texts.query),
            **dict.fromkeys(_names_of("word"), word),
            **dict.fromkeys(_names_of("body"), body),
            **dict.fromkeys(_names_of("lines"), texts.lines),
            **{name: kinds[kind] for name, kind in FIELDS.items()},
            **dict.fromkeys(_ADDRESSES, address),
            **dict.fromkeys(_HOSTS, texts.host),
            **dict.fromkeys(_PLACES, kinds[EntityType.PLACE]),
            **dict.fromkeys(_QUERY_VALUES, kinds[EntityType.QUERY]),
            **dict.fromkeys(_WORDS, word),
            **dict.fromkeys(_FIGURES, figure),
            "type": same,
            "$event_name": same,
            "distinct_id": Memo(self._redact_visitor),
        }
        self._roles_of_location = self._roles | {"value": address}
        self._roles_of_custom = self._roles | {"$event_name": text}

    def _redact_visitor(self, sent: str) -> str:
        # A tracker sends the browser's UUID until the page says who the user is.
        kind = EntityType.DEVICE if UUID.fullmatch(sent) else EntityType.VISITOR
        return self._texts.replace(kind, sent)

    def redact_session_ref(self, session_ref: SessionRef) -> SessionRef:
        """Redact the names of a session and drop the place, unless both are ours."""
        name, session_id, place, user, _ = session_ref
        replaced = self._texts.replace
        is_file = not session_id and place.endswith(name)
        if name not in _OURS:
            name = replaced(EntityType.FILE if is_file else EntityType.PROJECT, name)
        session_id, user = replaced(EntityType.SESSION, session_id), replaced(EntityType.USER, user)
        return SessionRef(name, session_id, place if place in _OURS else "", user)

    def redact_raw(self, event: Event) -> object:
        """Return the redacted raw event."""
        raw = event.raw
        if not isinstance(raw, dict):
            return self._texts.redact_payload(raw)
        if isinstance(event, Location):
            return self._redact_object(raw, self._roles_of_location)
        if isinstance(event, Custom) and raw.get("$auto_captured") is False:
            return self._redact_object(raw, self._roles_of_custom)
        return self._redact_object(raw, self._roles, is_input=event.type == "INPUT")

    def _redact_input(self, label: object, value: Any) -> Any:
        """Redact the value of an input; its label may say what it is."""
        kind = _INPUT_TYPES.get(kind_in_json(label) or EntityType.INPUT, EntityType.INPUT)
        if not isinstance(value, str):
            return self._texts.redact_field(EntityType.INPUT, value)
        is_masked = patterns.MASKED.fullmatch(value)
        return value if is_masked else self._texts.replace(kind, value)

    def _redact_object(
        self, sent: Mapping[str, Any], roles: Mapping[str, Memo], *, is_input: bool = False
    ) -> dict[str, Any]:
        redacted: dict[str, Any] = {}
        # The server repeats the address in lower case.
        lower = _derive_lower_case(sent["url"]) if isinstance(sent.get("url"), str) else {}
        for name, value in sent.items():
            if name in roles or name in _OTHER_NAMES or _PLAIN_NAME.fullmatch(name):
                new = name
            else:
                new = self._texts.redact_name(name, redacted)
            if name == "value" and is_input:
                redacted[new] = self._wrap_replacement(
                    value, self._redact_input(sent.get("label"), value)
                )
            elif isinstance(value, str):
                is_derived = lower and lower.get(name) == value
                redacted[new] = value if is_derived else self._redact_text_field(name, value, roles)
            elif value is None:
                redacted[new] = None
            elif name == "$properties" and isinstance(value, dict):
                redacted[new] = self._redact_object(value, roles, is_input=is_input)
            else:
                redacted[new] = self._redact_other_field(name, value)
        if lower:
            derived = _derive_lower_case(redacted["url"])
            redacted |= {name: derived[name] for name in lower if sent.get(name) == lower[name]}
        return redacted

    def _redact_text_field(self, name: str, value: str, roles: Mapping[str, Memo]) -> str:
        role = roles.get(name)
        if role is None and name not in _OTHER_NAMES and (kind := kind_in_json(name)) is not None:
            redacted = self._texts.redact_field(kind, value)
            return redacted if isinstance(redacted, str) else value
        return (self._texts.text if role is None else role)[value]

    def _redact_other_field(self, name: str, value: Any) -> Any:
        kind = FIELDS.get(name)
        if kind is None and name not in _FIGURES and name not in _OTHER_NAMES:
            kind = kind_in_json(name)
        if kind is not None and name in FIELDS:
            return self._texts.redact_field(kind, value)
        if isinstance(value, dict | list):
            if kind is not None and (isinstance(value, list) or kind in WHOLE):
                return self._texts.redact_field(kind, value)
            return self._texts.redact_payload(value, name)
        if kind is not None:
            return self._wrap_replacement(value, self._texts.redact_field(kind, value))
        new = value if name in _FIGURES else self._texts.redact_number(value)
        return self._wrap_replacement(value, new)

    def _wrap_replacement(self, value: Any, redacted: Any) -> Any:
        # Readers recognise events by the types of values, so a number must not become a text.
        return redacted if redacted == value or isinstance(value, str) else [redacted]


@lru_cache(maxsize=1024)
def _derive_lower_case(url: str) -> Mapping[str, str]:
    """Return the fields that the second API derives from an address."""
    host, path, query = split_url(url.partition("#")[0])
    if not host:
        return {}
    return {
        "url_path": (f"{path}?{query}" if query else path).lower(),
        "url_hostpath": f"{host}{path}".lower(),
    }
