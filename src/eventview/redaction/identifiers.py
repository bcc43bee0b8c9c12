"""Numbers and words in a text that belong to somebody: cards, accounts, phones, labelled values.

What has a check digit is believed only where that is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from eventview.redaction.field_names import kind_in_json, kind_in_text
from eventview.redaction.patterns import EntityMatch, EntityType
from eventview.session.urls import STAND_IN

_DETAILS: Final = re.compile(
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
_MAY_HAVE_DETAILS: Final = re.compile(
    r"\d(?:\D{0,3}\d){2}|[:=]|home/|users[\\/]|benutzer[\\/]|settings[\\/]", re.IGNORECASE
)
"""Most texts hold nothing of the kind, which this tells in a fraction of the time."""

_CARD: Final = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5\d{15}|2[2-7]\d{14}|3[47]\d{13}|3(?:0|6|8|9)\d{12,17}|35\d{14,17}"
    r"|5[06-8]\d{11,17}|6\d{12,18}|81\d{14,17}|9792\d{12}"
)
"""The beginnings and lengths that payment cards have (ISO/IEC 7812 and the networks' own)."""

_GROUP: Final = re.compile(r"[0-9]+")
_IMEI: Final = re.compile(r"\d{15}")
_LONGEST_CARD: Final = 19
_SHORTEST_CARD: Final = 13
_SHORTEST_IBAN: Final = 15
_LONGEST_IBAN: Final = 34
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_SOCIAL: Final = re.compile(r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}")
_DATE: Final = re.compile(
    r"(?:19|20)\d\d([-./ ])[01]?\d\1[0-3]?\d(?!\d)"
    r"|[0-3]?\d([-./])[0-3]?\d\2(?:19|20)?\d\d(?![-./]?\d)"
)
_NO_PHONE: Final = ("#", "-", "/", "_", "$", "€", "£", "=")
"""What stands before a number of another kind."""

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
"""Characters before a number in which a word says what it is."""

_REGIONS: Final = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "SE", "BR", "PT", "AT", "CH", "BE", "AU", "IN",
    "JP",
)  # fmt: skip
"""Countries whose way to group a number tells one from other numbers, where nothing else does."""

_LONGEST_SPELLED: Final = 60
"""Characters of a number with what groups its digits."""

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
"""Words in lower case, as a message has them."""

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
"""What stands behind a name and a colon and is none of its values, CSS's pseudo-classes too."""


def find(text: str, region: str = "") -> Iterator[EntityMatch]:
    """Find what belongs to somebody in a text, in order and apart from each other.

    Args:
        text: as `looks.folded` gives it.
        region: the country whose telephone numbers may stand there without a `+`, as two letters;
            "" for none.
    """
    if _MAY_HAVE_DETAILS.search(text) is None:
        return
    place = 0
    while (mark := _DETAILS.search(text, place)) is not None:
        # What may be an account's number may also be words, with what belongs to others in them.
        place = mark.start() + 4 if mark.lastgroup == "iban" else mark.end()
        for detail in _details(mark, text, region):
            place = max(place, detail.end)
            yield detail


def _details(mark: re.Match[str], text: str, region: str) -> Iterator[EntityMatch]:
    found, (start, end) = mark[0], mark.span()
    match mark.lastgroup:
        case "home":
            name = (_FOLDER if found[0] == "/" else _FOLDER_OF_WINDOWS).match(text, end)
            if name is not None:
                yield EntityMatch(*name.span(), EntityType.NAME, name[0])
        case "iban":
            yield from _accounts(found, start, text, region)
        case "named":
            yield from _named(mark, text, region)
        case "labelled":
            value = _LABELLED.match(text, end)
            if value is not None and STAND_IN.fullmatch(value[0]) is None:
                kind = EntityType.SECRET if _is_code(found) else EntityType.PERSONAL
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
            yield from _numbers(found, start, text, region)


def _accounts(run: str, start: int, text: str, region: str) -> Iterator[EntityMatch]:
    """The number of an account at the beginning of a run, or what else is in that."""
    for length in _ends(run):
        if is_iban(run[:length]):
            yield EntityMatch(start, start + length, EntityType.IBAN, plain_number(run[:length]))
            return
    digits = _DIGITS.search(run)
    if digits is not None:
        yield from _numbers(digits[0], start + digits.start(), text, region)


def _is_code(label: str) -> bool:
    return re.search(r"code|otp|pin|tan|cv[vc]", label, re.IGNORECASE) is not None


def _ends(text: str) -> Iterator[int]:
    """Yield where an account's number may end: at the ends of its groups, the longest first."""
    yield len(text)
    for place in range(len(text) - 1, _SHORTEST_IBAN - 1, -1):
        if text[place] in " -":
            yield place


# --- values that a word before them names


def _named(mark: re.Match[str], text: str, region: str) -> Iterator[EntityMatch]:
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
    value = _value(kind, name, text, start)
    if value is None or _NO_VALUE.fullmatch(value[0]) or STAND_IN.search(value[0]):
        return
    if not any(map(str.isalnum, value[0])):
        return
    if kind in _TELLING_DIGITS and sum(map(str.isdecimal, value[0])) < _TELLING_DIGITS[kind]:
        return
    if kind is not EntityType.SECRET and mark[0].endswith(" ") and _SENTENCE.match(text, start):
        # `address: please …` says what is wrong rather than where somebody lives.
        return
    for detail in _numbers(value[0], start, text, region):
        if (
            detail.what in {EntityType.CARD, EntityType.PHONE}
            and len(detail.text) >= len(value[0]) // 2
        ):
            yield detail
            return
    written = value[0].rstrip(" .,")
    yield EntityMatch(start, start + len(written), kind, written)


_TELLING_DIGITS: Final = {
    EntityType.PHONE: 4, EntityType.CARD: 4, EntityType.IBAN: 4, EntityType.REFERENCE: 3,
    EntityType.SESSION: 3, EntityType.ID: 3,
    EntityType.EVENT: 3, EntityType.PROJECT: 3, EntityType.DEVICE: 3, EntityType.VISITOR: 3,
    EntityType.PLACE: 3,
}  # fmt: skip
"""Digits without which what is behind such a name is a word about it: `card: declined`."""


def _value(kind: EntityType, name: str, text: str, start: int) -> re.Match[str] | None:
    if kind is EntityType.SECRET and name.lower() in {"cookie", "set-cookie"}:
        return _PAIRS.match(text, start)
    if kind is EntityType.SECRET and name.lower().endswith("authorization"):
        return _SCHEMED.match(text, start)
    if kind in {EntityType.PHONE, EntityType.CARD}:
        return _DIGITS.match(text, start)
    if kind is EntityType.IBAN:
        return _NUMBER.match(text, start)
    if kind is EntityType.NAME:
        return _WORDS.match(text, start)
    if kind is EntityType.PERSONAL:
        return _ADDRESS.match(text, start)
    if kind is EntityType.BODY or kind is EntityType.EMAIL:
        return None
    return _VALUE.match(text, start)


# --- numbers


def _numbers(run: str, start: int, text: str, region: str) -> Iterator[EntityMatch]:
    """Yield what a run of digits holds: cards, a number of a social security, a telephone."""
    is_long = sum(map(str.isdecimal, run)) >= _SHORTEST_CARD
    is_abroad = run.lstrip("(")[0] == "+" or text.endswith("+", 0, start)
    groups = list(_GROUP.finditer(run)) if is_long and not is_abroad else []
    first = 0
    is_any = False
    while first < len(groups):
        last = _card_end(groups, first)
        if last is None:
            first += 1
            continue
        begin, end = groups[first].start(), groups[last].end()
        digits = plain_number(run[begin:end])
        kind = EntityType.CARD if _CARD.fullmatch(digits) else EntityType.ID
        yield EntityMatch(start + begin, start + end, kind, digits)
        first, is_any = last + 1, True
    if is_any:
        return
    social = _SOCIAL.fullmatch(run)
    if social is not None:
        yield EntityMatch(start, start + len(run), EntityType.PERSONAL, run)
        return
    yield from _phones(run, start, text, region)


def _card_end(groups: list[re.Match[str]], first: int) -> int | None:
    digits = ""
    best = None
    for last in range(first, len(groups)):
        if last > first and groups[last].start() - groups[last - 1].end() > 2:
            break
        if last == first > 0 and groups[first].string[groups[first].start() - 1] == ".":
            # Behind a decimal point.
            break
        digits += groups[last][0]
        if len(digits) > _LONGEST_CARD:
            break
        is_one = _CARD.fullmatch(digits) or (first == last and _IMEI.fullmatch(digits))
        if is_one and is_checked(digits):
            best = last
    return best


def is_checked(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others (ISO/IEC 7812-1, Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0 and len(set(digits)) > 1


def is_card(digits: str) -> bool:
    """Return whether digits are the number of a payment card."""
    return _CARD.fullmatch(digits) is not None and is_checked(digits)


def is_iban(text: str) -> bool:
    """Return whether a text is the number of an account, its check digits included (ISO 13616)."""
    number = plain_number(text)
    if not _SHORTEST_IBAN <= len(number) <= _LONGEST_IBAN or not _IBAN.fullmatch(number):
        return False
    digits = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return int(digits) % 97 == 1


def plain_number(text: str) -> str:
    """Return a number without what groups its digits, in capitals."""
    return re.sub(r"[\W_]", "", text).upper()


def normal(value: str, region: str = "", *, is_phone: bool = False) -> str:
    """Return a number as it is known however its digits are grouped; any other text as it is.

    Args:
        value: the whole of what may be the number of a card, an account or a telephone.
        region: the country whose telephone numbers need no `+`, as two letters; "" for none.
        is_phone: whether it is known to be a telephone's.
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
        found = _phones_of(value, "ZZ") if _INTERNATIONAL.match(value) else ()
        found = found or (_phones_of(value, region) if region else ())
        return found[0][2] if found else digits if value.lstrip("(")[0] != "+" else f"+{digits}"
    return value


def _phones(run: str, start: int, text: str, region: str) -> Iterator[EntityMatch]:
    count = sum(map(str.isdecimal, run))
    before = text[max(0, start - _WORD_BEFORE) : start]
    if count < _SHORTEST_PHONE - 1 or _DATE.match(run):
        return
    is_international = run.lstrip("(")[0] == "+" or before.endswith("+")
    if is_international or re.match(r"\(?00[1-9]", run):
        for begin, end, number in _phones_of(run, "ZZ"):
            yield EntityMatch(start + begin, start + end, EntityType.PHONE, number)
            return
        if _SHORTEST_PHONE < count <= _LONGEST_PHONE and "." not in run:
            yield EntityMatch(
                start, start + len(run), EntityType.PHONE, "+" + plain_number(run).lstrip("0")
            )
        return
    is_labelled = _PHONE_WORD.search(before) is not None
    if is_labelled and count <= _LONGEST_PHONE:
        found = _phones_of(run, region) if region else ()
        number = found[0][2] if found else plain_number(run)
        yield EntityMatch(start, start + len(run), EntityType.PHONE, number)
        return
    is_grouped = len(re.findall(r"\d+", run)) >= _LEAST_GROUPS - (run[0] in "0(")
    behind = text[start + len(run) : start + len(run) + 2].strip()
    if before.endswith(_NO_PHONE) or behind[:1] in {"$", "€", "£", "%"}:
        return
    if region and (is_grouped or run[0] == "0"):
        for begin, end, number in _phones_of(run, region):
            yield EntityMatch(start + begin, start + end, EntityType.PHONE, number)
            return
    if is_grouped:
        for begin, end, number in _phones_of(run, None):
            yield EntityMatch(start + begin, start + end, EntityType.PHONE, number)
            return


@lru_cache(maxsize=4096)
def _phones_of(run: str, region: str | None) -> tuple[tuple[int, int, str], ...]:
    """Telephone numbers in a run of digits, with their places.

    Args:
        run: digits and what groups them.
        region: the country they are called in; "ZZ" for any, where the number says which; None
            for those that are grouped just as one of some countries does.
    """
    # It takes a while to load, and few sessions have such numbers.
    from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

    extra = 0
    if region == "ZZ" and (zeros := re.match(r"\(?00", run)) is not None:
        run, extra = "+" + run[zeros.end() :], zeros.end() - 1
    elif region == "ZZ" and not run.lstrip("(").startswith("+"):
        run, extra = "+" + run, -1
    if region is None:
        leniency = Leniency.EXACT_GROUPING
    else:
        leniency = Leniency.POSSIBLE if region == "ZZ" else Leniency.VALID
    for each in _REGIONS if region is None else (region,):
        found = [
            (
                max(0, match.start + extra),
                match.end + extra,
                format_number(match.number, PhoneNumberFormat.E164),
            )
            for match in PhoneNumberMatcher(run, each, leniency=leniency, max_tries=8)
        ]
        if found:
            if region == "ZZ":
                found[0] = (0, *found[0][1:])
            return tuple(found)
    return ()
