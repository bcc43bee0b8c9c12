"""Identifiers in free text, found in passes, each over what earlier ones left.

The passes look for the patterns of `eventview.redaction.patterns`; for cards, accounts, phones,
coordinates and values behind a label; for base64 with secrets in it; and for ids in paths. Numbers
with a check digit count only if the digit is right.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final

from eventview.redaction import patterns
from eventview.redaction.field_names import kind_in_json, kind_in_text
from eventview.redaction.patterns import EntityMatch, EntityType, is_card, is_iban, plain_number
from eventview.session.urls import PLACEHOLDER, is_id

Pass = Callable[[str], Iterator[EntityMatch]]
"""Function that yields the marks in a text, in order and without overlap."""

_BASE64: Final = re.compile(r"(?<![\w+/=-])[A-Za-z0-9_+/-]{12,1024}={0,2}(?![\w+/=-])")
_ADDRESS_INSIDE: Final = re.compile(r"[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]*")
_ENCODED_SECRET: Final = re.compile(r"\"(?:email|password|token|phone|sub|iban)\"\s*:")

_IDENTIFIERS: Final = re.compile(
    r"""
    (?P<home> (?<![\w:]) (?<!\w[.-]) (?: /home/ | /Users/ | /var/home/ ) (?= [\w.-] )
      | (?<![^\W_]) [a-z]:[\\/]{1,4} (?: users | documents\ and\ settings | benutzer ) [\\/]{1,4} )
    | (?P<iban> (?<![^\W_]) [a-z]{2}\d{2} (?: [ -]? [a-z0-9] ){11,30} (?![^\W_]) )
    | (?P<named> (?<![^\W_]) (?<!\$) (?<![\w$][.-]) [^\W\d_][\w.$-]{1,40}+
        ["'\]]{0,2} \ {0,2} (?: => | := | [:=] ) \ {0,2} ["'\[(]{0,2} )
    | (?P<labelled> (?<![^\W_])
        (?: vat | ust-?id(?:nr|-nr)? | tax | tin | ssn | social\ security | passport | reisepass
          | passeport | pasaporte | imei | serial | dob | born | geb | geboren | geburtsdatum
          | otp | pin | tan | cvv2? | cvc2? | passcode | (?: your | verification | security | sms
            | confirmation | login | access | one-time | dein | ihr | votre | su | seu ) \ code )
        \.? (?: \ (?: id | no | nr | number | code | is | ist | est | es | on | am ) \b \.? ){0,3}
        [\ :\#=]{1,3} )
    | (?P<code> (?<![^\W_]) \d{4,8} (?= \ (?: is | ist | est | es | è | é | to ) \ (?: your | dein
        | ihr | votre | tu | su | seu | il\ tuo | o\ seu | verify | log ) \b ) )
    | (?P<hex> (?<![^\W_]) (?: 0x )? (?= [a-f]*[0-9] ) (?= [0-9]*[a-f] ) [0-9a-f]{24,} (?![^\W_]) )
    | (?P<ulid> (?<![^\W_]) (?-i: [0-7] (?= [A-Z]*[0-9] ) [0-9A-HJKMNP-TV-Z]{25} ) (?![^\W_]) )
    | (?P<vat> (?<![^\W_]) (?-i: AT U? | BE | BG | CY | CZ | DE | DK | EE | EL | ES [A-Z]? | FI
        | FR [0-9A-Z]{0,2} | GB | HR | HU | IE | IT | LT | LU | LV | MT | NL | PL | PT | RO | SE
        | SI | SK ) [0-9]{8,12} (?: B[0-9]{2} )? (?![^\W_]) )
    | (?P<place> (?<![\w-]) (?<!\d\.) \(? -?\d{1,2}\.\d{4,} \ ?,\ ? -?\d{1,3}\.\d{4,} (?!\d) )
    | (?P<digits> (?<![^\W_]) (?<!\d[.,]) [+(]{0,2} \d (?: [ .()/-]{0,3} \d ){5,40} (?![^\W_]) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MAY_HAVE_IDENTIFIERS: Final = re.compile(
    r"\d(?:\D{0,3}\d){2}|[:=]|home/|users[\\/]|benutzer[\\/]|settings[\\/]", re.IGNORECASE
)
"""Quick test that rules out most texts in a fraction of the time."""

_CODE: Final = re.compile(r"code|otp|pin|tan|cv[vc]", re.IGNORECASE)
_LONGEST_CARD: Final = 19
_SHORTEST_CARD: Final = 13
"""Digits of a payment card (ISO/IEC 7812 and the card networks)."""

_SOCIAL: Final = re.compile(r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}")
"""Numbers that the US Social Security Administration gives out (its randomization rules)."""

_DATE: Final = re.compile(
    r"(?:19|20)\d\d([-./ ])[01]?\d\1[0-3]?\d(?!\d)"
    r"|[0-3]?\d([-./])[0-3]?\d\2(?:19|20)?\d\d(?![-./]?\d)"
)
_NO_PHONE: Final = ("#", "-", "/", "_", "$", "€", "£", "=")
"""Characters before a number that is not a phone number."""

_PHONE_WORD: Final = re.compile(
    r"""(?: \b (?: tel | telephone? | phone | telef[oó]no? | telefone | telefon\w* | telefoon | call
        | fax | mobile | mobil\w* | handy | cell\w* | whats ?app | sms | hotline | rufnummer
        | anrufen | ruf | appele[rz] | llama\w* | ligue | chiama\w* | bel | m[oó]vil | dzwo\w*
        | ring | phonenumber ) | телефон | 电话 | 電話 | 手机 | 전화 )
        \b [ ]? (?: nr | no | number | nummer | us | to | at | on | uns | an ){0,2} [\s.:#=)-]{0,4}$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORD_BEFORE: Final = 32
"""Characters before a number that are searched for a word that says what it is."""

_REGIONS: Final = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "SE", "BR", "PT", "AT", "CH", "BE", "AU", "IN",
    "JP",
)  # fmt: skip
"""Countries whose grouping of digits identifies a phone number without a word before it."""

_LONGEST_SPELLED: Final = 60
"""Characters of a number with its separators."""

_INTERNATIONAL: Final = re.compile(r"\(?(?:\+|00)[1-9]")
_LEAST_GROUPS: Final = 3
_SHORTEST_PHONE: Final = 7
_LONGEST_PHONE: Final = 15
"""Digits of a telephone number with its country (ITU-T E.164)."""

_FOLDER: Final = re.compile(
    r"(?!(?:public|default|shared)\b)[^\\/\s\"'<>:*?|]{1,64}", re.IGNORECASE
)
_FOLDER_OF_WINDOWS: Final = re.compile(
    r"(?!(?:public|default|shared|all users)\b)"
    r"(?:[^\\/\r\n\"'<>:*?|]{1,64}(?=[\\/])|[^\\/\s\"'<>:*?|]{1,64})",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(r"[^\s\"'<>,;&|)\]}]{1,400}")
_PAIRS: Final = re.compile(r"[^\s=]{1,100}=[^\r\n\"<>]{1,4000}")
_NUMBER: Final = re.compile(r"[+(]{0,2}[\dA-Za-z](?:[ ./()-]{0,2}[\dA-Za-z]){2,40}")
_DIGITS: Final = re.compile(r"[+(]{0,2}\d(?:[ ./()-]{0,3}\d){3,40}")
_WORDS: Final = re.compile(r"[^\W\d_][\w'.-]*(?:[ ]+(?!\d)[A-ZÀ-Þ][\w'.-]*){0,3}")
_ADDRESS: Final = re.compile(r"[^\r\n\"<>;|]{1,120}")
_BEFORE: Final = re.compile(r"(?:[^\W\d_]\w{0,20}[ _-]){1,3}$")
_LABELLED: Final = re.compile(r"(?=[\w./-]*\d[\w./-]*\d[\w./-]*\d)[\w./-]{3,30}(?<![.-])")
_FULL_NAME: Final = re.compile(r"[A-ZÀ-Þ][\w'.-]+ [A-ZÀ-Þ][\w'-]")
_SENTENCE: Final = re.compile(r"[^\W\dA-Z]+ [^\W\d]")
"""Two words, the first in lower case: the start of a sentence."""

_SCHEMED: Final = re.compile(r"(?:[A-Za-z][\w-]{1,20} +(?=[^\s,;]*\d))?[^\s\"'<>,;&|)\]}]{1,400}")
_NO_VALUE: Final = re.compile(
    r"""(?: bearer | basic | digest | negotiate | required | invalid | missing | expired | incorrect
        | wrong | undefined | null | none | true | false | not | is | must | should | cannot | can
        | the | your | please | enter | failed | declined | unknown | yes | no | ok | optional
        | hover | focus | focus-within | focus-visible | active | visited | link | checked
        | disabled | enabled | empty | root | target | valid | read-only | placeholder-shown
        | default | before | after | host | scope | autofill | password | text | tel | email
        | function | object | string | number | array | nan | \*+ | •+ | x+
        | (?: nth | first | last | only ) -[a-z-]+ .* | (?: not | has | is | where ) \( .* )
        [.:!?]{0,2}""",
    re.VERBOSE | re.IGNORECASE,
)
"""Words behind a name and a colon that are not its value, CSS pseudo-classes included."""


def build_passes(region: str) -> tuple[Pass, ...]:
    """Return the passes for any text of a session from a two-letter country; "" for none."""
    return (_find_patterns, partial(_find_identifiers, region=region), _find_base64)


def _find_patterns(text: str) -> Iterator[EntityMatch]:
    if not patterns.MAY_BE_MARKED.search(text) and not patterns.MAY_BE_TOKEN.search(text):
        return
    for mark in patterns.MARKS.finditer(text):
        kind, found = mark.lastgroup or "", mark[0]
        if kind == "network" and not patterns.is_network_address(found):
            continue
        if kind == "email" and PLACEHOLDER.match(found):
            # `user-1:value-1@host-1` has been redacted before.
            continue
        if kind == "basic" and ":" not in _decode(found) and not found.endswith("="):
            # The word behind `Basic` is no user and password in base64.
            continue
        yield EntityMatch(*mark.span(), kind, found)


def find_path_ids(text: str) -> Iterator[EntityMatch]:
    """Yield what may be an id in a segment of a path."""
    for mark in patterns.PATH_ID.finditer(text):
        if is_id(mark[0]) and not PLACEHOLDER.fullmatch(mark[0]):
            yield EntityMatch(*mark.span(), "part", mark[0])


def find_marks(text: str, passes: Sequence[Pass]) -> Iterator[EntityMatch]:
    """Yield the marks of all passes; each pass sees only what earlier ones left."""
    if not passes or not text:
        return
    place = 0
    for mark in passes[0](text):
        for inner in find_marks(text[place : mark.start], passes[1:]):
            yield inner._replace(start=inner.start + place, end=inner.end + place)
        yield mark
        place = mark.end
    for inner in find_marks(text[place:], passes[1:]):
        yield inner._replace(start=inner.start + place, end=inner.end + place)


def _find_base64(text: str) -> Iterator[EntityMatch]:
    """Yield base64 or hexadecimal digits that hold an e-mail address or JSON with secrets."""
    for mark in _BASE64.finditer(text):
        inner = _decode(mark[0])
        if _ADDRESS_INSIDE.fullmatch(inner.strip()):
            yield EntityMatch(*mark.span(), EntityType.EMAIL, inner.strip())
        elif _ADDRESS_INSIDE.search(inner) or _ENCODED_SECRET.search(inner):
            yield EntityMatch(*mark.span(), EntityType.SECRET, mark[0])


@lru_cache(maxsize=1024)
def _decode(text: str) -> str:
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text):
        inner = bytes.fromhex(text)
        if b"@" in inner:
            return inner.decode("utf-8", "replace")
    bare = text.rstrip("=")
    if len(bare) % 4 == 1:
        return ""
    padded = bare + "=" * (-len(bare) % 4)
    decode = urlsafe_b64decode if "-" in text or "_" in text else b64decode
    try:
        return decode(padded).decode("utf-8")
    except ValueError:
        return ""


def _find_identifiers(text: str, region: str) -> Iterator[EntityMatch]:
    """Yield the identifiers in a text, in order and without overlap.

    Args:
        text: folded by `patterns.fold_to_ascii`.
        region: two-letter country whose phone numbers may lack a `+`; "" for none.
    """
    if _MAY_HAVE_IDENTIFIERS.search(text) is None:
        return
    place = 0
    while (mark := _IDENTIFIERS.search(text, place)) is not None:
        # A match for an IBAN may be ordinary words with other identifiers in them.
        place = mark.start() + 4 if mark.lastgroup == "iban" else mark.end()
        for identifier in _read_mark(mark, text, region):
            place = max(place, identifier.end)
            yield identifier


def _read_mark(mark: re.Match[str], text: str, region: str) -> Iterator[EntityMatch]:
    found, (start, end) = mark[0], mark.span()
    match mark.lastgroup:
        case "home":
            name = (_FOLDER if found[0] == "/" else _FOLDER_OF_WINDOWS).match(text, end)
            if name is not None:
                yield EntityMatch(*name.span(), EntityType.NAME, name[0])
        case "iban":
            yield from _find_account(found, start, text, region)
        case "named":
            yield from _find_labelled(mark, text, region)
        case "labelled":
            value = _LABELLED.match(text, end)
            if value is not None and PLACEHOLDER.fullmatch(value[0]) is None:
                kind = EntityType.SECRET if _CODE.search(found) else EntityType.PERSONAL
                yield EntityMatch(*value.span(), kind, value[0])
        case "code":
            yield EntityMatch(start, end, EntityType.SECRET, found)
        case "hex" | "ulid":
            yield EntityMatch(start, end, EntityType.ID, found)
        case "vat":
            yield EntityMatch(start, end, EntityType.PERSONAL, found)
        case "place":
            place = found.removeprefix("(")
            yield EntityMatch(end - len(place), end, EntityType.PLACE, place)
        case "digits":
            yield from _find_numbers(found, start, text, region)


def _find_account(run: str, start: int, text: str, region: str) -> Iterator[EntityMatch]:
    """Yield the account number that starts a run, or else the numbers in the run."""
    # It ends with a group of digits; the longest wins.
    breaks = (place for place in range(len(run) - 1, -1, -1) if run[place] in " -")
    for length in (len(run), *breaks):
        if is_iban(run[:length]):
            yield EntityMatch(start, start + length, EntityType.IBAN, plain_number(run[:length]))
            return
    digits = _DIGITS.search(run)
    if digits is not None:
        yield from _find_numbers(digits[0], start + digits.start(), text, region)


# --- values behind a label


def _find_labelled(mark: re.Match[str], text: str, region: str) -> Iterator[EntityMatch]:
    name = mark[0].rstrip(" \"'[(:=>]")
    before = _BEFORE.search(text, max(0, mark.start() - 48), mark.start())
    words = [] if before is None else re.split(r"[ _-]", before[0])[:-1]
    kind = kind_in_json(name)
    for count in range(1, len(words) + 1):
        kind = kind_in_text(" ".join([*words[-count:], name])) or kind
    start = mark.end()
    if kind is None and not words and name.lower() == "name" and _FULL_NAME.match(text, start):
        kind = EntityType.NAME
    if kind is None:
        return
    value = _match_value(kind, name, text, start)
    if value is None or _NO_VALUE.fullmatch(value[0]) or PLACEHOLDER.search(value[0]):
        return
    if not any(map(str.isalnum, value[0])):
        return
    if sum(map(str.isdecimal, value[0])) < _LEAST_DIGITS.get(kind, 0):
        return
    if kind is not EntityType.SECRET and mark[0].endswith(" ") and _SENTENCE.match(text, start):
        # `address: please …` is an error message and not an address.
        return
    for identifier in _find_numbers(value[0], start, text, region):
        is_half = len(identifier.text) >= len(value[0]) // 2
        if is_half and identifier.kind in {EntityType.CARD, EntityType.PHONE}:
            yield identifier
            return
    shown = value[0].rstrip(" .,")
    yield EntityMatch(start, start + len(shown), kind, shown)


_LEAST_DIGITS: Final = {
    EntityType.PHONE: 4, EntityType.CARD: 4, EntityType.IBAN: 4, EntityType.REFERENCE: 3,
    EntityType.SESSION: 3, EntityType.ID: 3, EntityType.EVENT: 3, EntityType.PROJECT: 3,
    EntityType.DEVICE: 3, EntityType.VISITOR: 3, EntityType.PLACE: 3,
}  # fmt: skip
"""Fewest digits of a value behind such a name; fewer is a remark: `card: declined`."""


_VALUES: Final[Mapping[EntityType, re.Pattern[str]]] = {
    EntityType.PHONE: _DIGITS, EntityType.CARD: _DIGITS, EntityType.IBAN: _NUMBER,
    EntityType.NAME: _WORDS, EntityType.PERSONAL: _ADDRESS,
}  # fmt: skip
"""Values behind a label by their type, if not `_VALUE`."""


def _match_value(kind: EntityType, name: str, text: str, start: int) -> re.Match[str] | None:
    if kind is EntityType.BODY or kind is EntityType.EMAIL:
        return None
    pattern = _VALUES.get(kind, _VALUE)
    if kind is EntityType.SECRET and name.lower() in {"cookie", "set-cookie"}:
        pattern = _PAIRS
    elif kind is EntityType.SECRET and name.lower().endswith("authorization"):
        pattern = _SCHEMED
    return pattern.match(text, start)


# --- numbers


def _find_numbers(run: str, start: int, text: str, region: str) -> Iterator[EntityMatch]:
    """Yield the cards, the US social security number or the phone number in a run of digits."""
    is_long = sum(map(str.isdecimal, run)) >= _SHORTEST_CARD
    is_abroad = run.lstrip("(")[0] == "+" or text.endswith("+", 0, start)
    groups = list(re.finditer(r"[0-9]+", run)) if is_long and not is_abroad else []
    first = 0
    is_any = False
    while first < len(groups):
        last = _find_card_end(groups, first)
        if last is None:
            first += 1
            continue
        begin, end = groups[first].start(), groups[last].end()
        digits = plain_number(run[begin:end])
        kind = EntityType.CARD if patterns.CARD.fullmatch(digits) else EntityType.ID
        yield EntityMatch(start + begin, start + end, kind, digits)
        first, is_any = last + 1, True
    if is_any:
        return
    if _SOCIAL.fullmatch(run):
        yield EntityMatch(start, start + len(run), EntityType.PERSONAL, run)
    else:
        yield from _find_phones(run, start, text, region)


def _find_card_end(groups: list[re.Match[str]], first: int) -> int | None:
    if first > 0 and groups[first].string[groups[first].start() - 1] == ".":
        # Digits behind a decimal point are a fraction and no card.
        return None
    digits = ""
    best = None
    for last in range(first, len(groups)):
        if last > first and groups[last].start() - groups[last - 1].end() > 2:
            break
        digits += groups[last][0]
        if len(digits) > _LONGEST_CARD:
            break
        is_imei = first == last and len(digits) == 15
        if (is_imei or patterns.CARD.fullmatch(digits)) and patterns.has_check_digit(digits):
            best = last
    return best


def normalize_number(value: str, region: str = "", *, is_phone: bool = False) -> str:
    """Return one spelling for a card, account or phone number; any other text unchanged.

    Args:
        value: a whole field.
        region: two-letter country whose phone numbers may lack a `+`; "" for none.
        is_phone: whether the value is known to be a phone number.
    """
    if len(value) > _LONGEST_SPELLED or not any(map(str.isdecimal, value)):
        return value
    if is_iban(value):
        return plain_number(value)
    if not _DIGITS.fullmatch(value):
        return value
    digits = plain_number(value)
    if is_card(digits):
        return digits
    if is_phone or value.lstrip("(")[0] == "+":
        found = _parse_phone(value, "ZZ") if _INTERNATIONAL.match(value) else None
        found = found or (_parse_phone(value, region) if region else None)
        return found[2] if found else digits if value.lstrip("(")[0] != "+" else f"+{digits}"
    return value


def _find_phones(run: str, start: int, text: str, region: str) -> Iterator[EntityMatch]:
    count = sum(map(str.isdecimal, run))
    before = text[max(0, start - _WORD_BEFORE) : start]
    if count < _SHORTEST_PHONE - 1 or _DATE.match(run):
        return
    is_international = run.lstrip("(")[0] == "+" or before.endswith("+")
    if is_international or re.match(r"\(?00[1-9]", run):
        found = _parse_phone(run, "ZZ")
        if found is None and _SHORTEST_PHONE < count <= _LONGEST_PHONE and "." not in run:
            found = 0, len(run), "+" + plain_number(run).lstrip("0")
    elif _PHONE_WORD.search(before) is not None and count <= _LONGEST_PHONE:
        found = _parse_phone(run, region) if region else None
        found = 0, len(run), plain_number(run) if found is None else found[2]
    else:
        is_grouped = len(re.findall(r"\d+", run)) >= _LEAST_GROUPS - (run[0] in "0(")
        behind = text[start + len(run) : start + len(run) + 2].strip()
        if before.endswith(_NO_PHONE) or behind[:1] in {"$", "€", "£", "%"}:
            return
        is_national = region and (is_grouped or run[0] == "0")
        found = _parse_phone(run, region) if is_national else None
        if found is None and is_grouped:
            found = _parse_phone(run, None)
    if found is not None:
        yield EntityMatch(start + found[0], start + found[1], EntityType.PHONE, found[2])


@lru_cache(maxsize=4096)
def _parse_phone(run: str, region: str | None) -> tuple[int, int, str] | None:
    """Return start, end and E.164 form of the first phone number in a run of digits.

    Args:
        run: digits and separators.
        region: country to read them for; "ZZ" for international numbers; None for numbers grouped
            exactly as in one of `_REGIONS`.
    """
    import phonenumbers  # noqa: PLC0415  # slow to import, and few sessions have such numbers

    extra = 0
    if region == "ZZ" and (zeros := re.match(r"\(?00", run)) is not None:
        run, extra = "+" + run[zeros.end() :], zeros.end() - 1
    elif region == "ZZ" and not run.lstrip("(").startswith("+"):
        run, extra = "+" + run, -1
    levels = phonenumbers.Leniency
    leniency = levels.POSSIBLE if region == "ZZ" else levels.VALID
    if region is None:
        leniency = levels.EXACT_GROUPING
    for each in _REGIONS if region is None else (region,):
        for match in phonenumbers.PhoneNumberMatcher(run, each, leniency=leniency, max_tries=8):
            start = 0 if region == "ZZ" else max(0, match.start + extra)
            spelling = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            return start, match.end + extra, spelling
    return None
