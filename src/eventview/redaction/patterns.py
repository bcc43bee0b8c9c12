"""Entity types, and the patterns that recognise identifiers in a text.

Every pattern takes time linear in the text, hostile ones included: each alternative begins at
fixed characters or is bounded.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from ipaddress import ip_address
from typing import Final, NamedTuple

from eventview.session.folding import Folded, Shapes, fold_with_places
from eventview.session.urls import LEAST_DIGITS, LONG, NUMBERED, UUID


class EntityType(Enum):
    """Kinds of identifying values; a value of several kinds is the first of them.

    Secrets, card numbers, query values and input values share one stem, because one is often the
    other.
    """

    USER = ("user", "user")
    DEVICE = ("device", "device")
    VISITOR = ("user", "visitor")
    SESSION = ("session", "session")
    PROJECT = ("project", "project")
    FILE = ("file", "file")
    HOST = ("host", "host")
    EMAIL = ("email", "e-mail address")
    PHONE = ("phone", "phone number")
    CARD = ("value", "card number")
    IBAN = ("value", "IBAN")
    EVENT = ("event", "event id")
    ID = ("id", "id")
    REFERENCE = ("id", "reference")
    """Value that a field of the page's own calls an id; it may be a word."""
    PLACE = ("place", "place")
    SECRET = ("value", "secret")
    """Value that a field of JSON calls a password, a token or a code."""
    NAME = ("user", "name")
    """Value that a field calls a person's name, or a person's folder in a path."""
    PERSONAL = ("value", "personal detail")
    """Value that a field calls an address, a birthday or a passport number."""
    INPUT = ("value", "input value")
    QUERY = ("value", "query value")
    BODY = ("body", "body")

    @property
    def stem(self) -> str:
        """Prefix of its pseudonyms, before the number."""
        return self.value[0]

    @property
    def noun(self) -> str:
        """Name of one such value in a sentence."""
        return self.value[1]

    def format_count(self, number: int) -> str:
        """Return a count in words: `1 user`, `12 query values`."""
        if number == 1:
            return f"1 {self.noun}"
        ending = "es" if self.noun.endswith("s") else "s"
        plural = f"{self.noun[:-1]}ies" if self.noun.endswith("y") else self.noun + ending
        return f"{number:,} {plural}"


_SCHEME: Final = r"[A-Za-z][A-Za-z0-9]{0,30}://"
"""Last part of a URL scheme; earlier parts may be a word of the text."""
_NAMES: Final = r"(?:[\w-]+\.)+[^\W\d_][\w-]*"
_IPV4: Final = r"\d{1,3}(?:\.\d{1,3}){3}"
_PORT: Final = r"(?::\d{1,5}(?!\d))?"
_PERCENT: Final = r"%(?:25){0,3}"
_END: Final = r"\s\"'<>`\\"
"""Characters that end an address in the middle of a text."""

_AT: Final = r"""(?: @ | \ {1,2}@\ {1,2} | &\#0{0,4}64; | &\#x0{0,4}40; | &commat; | \\u0040 | \\x40
    | \ {0,2} [\[({<] \ {0,2} (?: at | @ | ät | arroba | chez | kukac ) \ {0,2} [\])}>] \ {0,2} )"""
_DOT: Final = r"""(?: \. | &\#0{0,4}46; | &\#x0{0,4}2e; | &period; | \\u002e
    | \ {0,2} [\[({<] \ {0,2} (?: dot | \. | punkt | punto | point | ponto ) \ {0,2} [\])}>]
      \ {0,2} )"""
"""An `@` and a dot as they are typed, escaped in HTML and JSON, or written out; our own list."""

_LOCAL: Final = rf"""(?: [\w+-] [\w.+'-]{{0,63}}+ (?: (?!\.) {_DOT} [\w+'-]{{1,64}} ){{0,4}}
    | "[^"\\\n@]{{1,64}}" )"""
_DOMAIN: Final = rf"""(?: \[ (?: ipv6: )? [0-9a-f:.]{{3,45}} \] | {_IPV4}
    | (?: [\w-]{{1,63}} {_DOT} ){{1,8}} [^\W\d_][\w-]* )"""
"""Parts of a mail address and their lengths (RFC 5321, 4.5.3.1), with letters of any script."""

_INTRANET: Final = r"""(?! (?: latest | next | beta | canary | alpha | rc | media | import ) \b )
    [^\W\d_][\w-]{2,62}"""
"""Domain of one word, except the tag of a version, as in `vue@next`."""

_TOKENS: Final = r"""
    (?: AKIA | ASIA | AGPA | AIDA | AROA | AIPA | ANPA | ANVA | ABIA | ACCA ) [A-Z0-9]{12,}
    | (?: gh[pousr] | npm | hf | rubygems | dckr_pat | sntrys | gsk | r8 | nvapi | lin_api | glsa
        | shp(?:at|ca|pa|ss) | do[oprt]_v1 | whsec | phc | phx | ATATT3xFfGF0 | figd | pscale_tkn
        | github_pat | dp\.pt | tfp | ntn | secret | access_token | PMAK | sq0[a-z]{3} | pypi
        | gl(?:pat|ptt|rt|dt|ft|soat|cbt|agent|imt|oas|ffct) | GOCSPX | tskey | xai | pplx )
      [_-] (?= [\w=-]*\d ) [\w=-]{12,}
    | [psr]k_ (?: live | test | prod ) _ [A-Za-z0-9]{8,}
    | xox[a-z] [-.] [\w.-]{11,} | xapp - [\w-]{11,}
    | AIza [\w-]{16,} | ya29\. [\w.-]{11,} | 1//0 [\w-]{16,}
    | SG\. [\w-]{8,} \. [\w-]{8,} | key- (?= [a-z]*\d ) [0-9a-z]{24,} | hvs\. [\w-]{16,}
    | sk- (?: ant | proj | svcacct | admin | or ) - [\w-]{9,}
    | sk- (?= [\w-]*\d ) [A-Za-z0-9_-]{20,}
    | (?: EAA | EAAC | dapi | AC | SK ) (?= [A-Za-z]*\d ) [A-Za-z0-9]{24,}
    | [0-9]{8,10} :AA [\w-]{30,}
"""
"""Tokens with a fixed prefix, from the documentation of their issuers: AWS, GitHub, GitLab, Slack,
Stripe, Google, SendGrid, Mailgun, npm, PyPI, DigitalOcean, Hugging Face, Anthropic, OpenAI, Meta,
Shopify, Square, HashiCorp, Databricks, Twilio, Telegram and others."""

_PEM: Final = r"""-----BEGIN [\ A-Z0-9]{1,40} -----
    (?s: .{0,8000}? -----END [\ A-Z0-9]{1,40} ----- | .{0,8000} )"""
"""A key or certificate in a text (RFC 7468), also one that is cut off."""

_PATTERNS: Final = rf"""
    (?P<address> (?<![A-Za-z0-9]) {_SCHEME} [^{_END}]+
      | (?<![^{_END}]) [^{_END}]*? \?[\w.%\[\]-]+= [^{_END}]*
      | (?<![:\w/]) // {_NAMES} {_PORT} (?: [/?\#] [^{_END}]* )? )
    | (?P<encoded> (?<![\w.~%+-]) [\w.~%+-]*?
        {_PERCENT} (?: 40 | 3A (?: {_PERCENT} 2F ){{2}} ) [\w.~%+-]* )
    | (?P<email> (?<![\w+-]) (?<![\w+-]\.) {_LOCAL} {_AT} (?: {_DOMAIN} | (?<=@) {_INTRANET} )
      | (?<![\w+-]) (?<![\w+-]\.) \w [\w.+-]{{0,63}}+ \ at\ [\w-]{{1,63}} \ dot\ [\w-]{{2,63}} )
    | (?P<login> (?<![\w.+:/-]) (?! (?: mailto | sips? | xmpp | acct | im ) : )
        [\w.%+-]{{1,64}}+ : [^\s:@/]{{1,64}}
        @ (?: {_NAMES} | {_IPV4} ) {_PORT} )
    | (?P<token> (?<!\w) (?<!\w-) eyJ [\w-]{{8,}} (?: \.[\w-]{{2,}} ){{1,4}}
      | (?<=\bbearer\ ) (?= [a-z.~+/_-]*\d ) [\w.~+/-]{{8,}} =*
      | (?<![A-Za-z0-9]) (?= [\w.=/+:-]{{16}} ) (?-i: {_TOKENS} ) | {_PEM} )
    | (?P<basic> (?<=\bbasic\ ) [\w+/-]{{6,}} ={{0,2}} )
    | (?P<mac> (?<![\w:]) (?<!\w-) [0-9a-f]{{2}}
        (?: (?: : [0-9a-f]{{2}} ){{5}} | (?: - [0-9a-f]{{2}} ){{5}} ) (?![\w:-]) )
    | (?P<id> (?<![0-9A-Za-z]) {UUID.pattern} (?![0-9A-Za-z]) )
    | (?P<host> (?<!\w) (?<!\w[.-]) localhost {_PORT} (?![\w-]) )
    """
_NETWORK: Final = rf"""
    (?P<network> (?<![\w/]) (?<!\w\.) {_IPV4} {_PORT} (?! \w | \.\d )
      | (?<![\w:]) (?<!\w\.) (?: [0-9a-f]{{0,4}} : ){{2,7}} (?: {_IPV4} | [0-9a-f]{{1,4}} )?
        (?![\w:]) )
    """
MARKS: Final = re.compile(f"{_PATTERNS}|{_NETWORK}", re.VERBOSE | re.IGNORECASE)
PATH_ID: Final = re.compile(
    rf"""(?<![\w-])
        (?: \d{{3,}} | [0-9a-f]{{12,}} | (?= (?: [a-z_-]*\d ){{{LEAST_DIGITS}}} ) {NUMBERED}
          | (?= [\w-]*\d ) (?= [\w-]*[^\W\d_] ) [\w-]{{{LONG},}} )
        (?![\w-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Possible id in a path, with or without an ending, by the rules of `eventview.session.urls`. A
number of two digits identifies nothing."""

MAY_BE_MARKED: Final = re.compile(
    rf"//|[?@]|{_PERCENT}(?:40|3A)|\d\.\d|::|(?:[0-9a-f]{{1,4}}:){{5}}|[0-9a-f]{{4}}-[0-9a-f]{{4}}-"
    r"|localhost|eyj|bearer |basic |-----BEGIN|[0-9a-f]{2}([:-])[0-9a-f]{2}\1[0-9a-f]{2}\1"
    r"|[\[({<] {0,2}(?:at|ät|arroba|chez|kukac) {0,2}[\])}>]| dot |&#|&commat|\\[ux]0*40",
    re.IGNORECASE,
)
"""Quick test that rules out most texts in a fraction of the time."""

MAY_BE_TOKEN: Final = re.compile(r"(?<![\w.=/+-])[\w.=/+-]{16}")
"""The same test for tokens, which are long."""

SENTENCE_END: Final = ".,;:!?)]}*"
"""Characters that end a sentence rather than an address."""

MASKED: Final = re.compile(r"[*•]*")
"""Masked value of a tracker: one sign for each character."""

JSON_START: Final = re.compile(r"\s*[{\[]")
"""Start of a JSON object or list."""

WHOLE_ADDRESS: Final = re.compile(rf"(?:/|{_SCHEME})\S*")
"""Text that is one address and nothing else."""

INNER_ADDRESS: Final = re.compile(rf"(?<![A-Za-z0-9])(?={_SCHEME})")
"""Start of an address inside another one."""

FILE: Final = re.compile(r"file://(?=/)", re.IGNORECASE)
HOME: Final = re.compile(r"/(?:home|Users|var/home)/[\w.-]+(?=/|$)")
"""Folder of a person in a file path."""

BEHIND_PATH: Final = re.compile(r"[?#]")
HOST: Final = re.compile(rf" *{_SCHEME}(?P<host>[^/]*)")
BARE_HOST: Final = re.compile(
    rf"(?P<host>(?:{_NAMES}|{_IPV4}|localhost|\[[0-9a-f:.]+\]){_PORT}|[\w-]+:\d{{1,5}})(?=/)",
    re.IGNORECASE,
)
"""Host without a scheme, as the first API sends it."""

OTHER_HOST: Final = re.compile(rf"//(?P<host>{_NAMES}{_PORT})(?=/|$)")
"""Host of a protocol-relative address."""

BEHIND_HOST: Final = re.compile(rf"({_PORT})([/?#][^{_END}]*)?")
ROUTE: Final = re.compile(r"!?/")
"""Start of a fragment that is a path."""

FLAG: Final = re.compile(r"[A-Za-z_-]{0,20}")
"""Part of a query without `=` that is a name rather than a value."""

NO_WORD: Final = re.compile(r"\W+")
IS_MORE: Final = re.compile(r"^[{\[]|/")
"""Signs that a decoded path segment is JSON or a path of its own."""

CARD: Final = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5\d{15}|2[2-7]\d{14}|3[47]\d{13}|3(?:0|6|8|9)\d{12,17}|35\d{14,17}"
    r"|5[06-8]\d{11,17}|6\d{12,18}|81\d{14,17}|9792\d{12}"
)
"""Prefixes and lengths of payment cards (ISO/IEC 7812 and the card networks)."""

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
"""Form of an international bank account number (ISO 13616)."""


class EntityMatch(NamedTuple):
    """Place in a text that looks like an identifier."""

    start: int
    end: int
    kind: str | EntityType
    """Group of `MARKS`, or the entity type."""
    text: str
    """Text at the place, or its normalized spelling."""


class _AsciiShapes(Shapes):
    """ASCII forms of the digits of all scripts and of all dashes, one character for each.

    Control characters and signs such as № and … stay, because they separate their neighbours.
    """

    joins_spaces = False

    def shape(self, character: str) -> str:
        """Return the plain form of a character; "" for an invisible one."""
        if unicodedata.category(character) == "Pd" or character == "\u2212":
            return "-"
        if "\u2400" <= character < "\u2420":
            # Cleaned texts have the picture of a control character in its place.
            character = chr(ord(character) - 0x2400)
        shape = character if character < " " else super().shape(character)
        if not shape:
            return ""
        if shape == character:
            shape = unicodedata.normalize("NFKC", character).replace("。", ".")
        return str(unicodedata.decimal(shape, shape)) if len(shape) == 1 else character


_ASCII: Final = _AsciiShapes()


def fold_to_ascii(text: str) -> Folded:
    """Fold a text as for searching, with ASCII digits and dashes; keep the original places."""
    if text.isascii() and "<U+" not in text:
        return Folded(text, range(len(text) + 1))
    return fold_with_places(text, is_exact=True, is_encoded=False, shapes=_ASCII)


def normalize_email(text: str) -> str:
    """Return an e-mail address in its usual form: `a (at) b dot example` is `a@b.example`."""
    text = _SPELLED_AT.sub("@", text)
    local, _, domain = text.rpartition("@")
    return f"{_SPELLED_DOT.sub('.', local)}@{_SPELLED_DOT.sub('.', domain)}".lower()


_SPELLED_AT: Final = re.compile(rf"{_AT}|\ at\ ", re.VERBOSE | re.IGNORECASE)
_SPELLED_DOT: Final = re.compile(rf"{_DOT}|\ dot\ ", re.VERBOSE | re.IGNORECASE)


def is_network_address(text: str) -> bool:
    """Return whether a `network` match is an IP address, with or without a port."""
    host = text.rpartition(":")[0] if "." in text and ":" in text else text
    try:
        ip_address(text if text.count(":") > 1 else host)
    except ValueError:
        return False
    # Text such as `a::b` is a valid address too, but rarely meant as one.
    return any(map(str.isdecimal, text))


def has_check_digit(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0 and len(set(digits)) > 1


def is_card(digits: str) -> bool:
    """Return whether digits are a payment card number."""
    return CARD.fullmatch(digits) is not None and has_check_digit(digits)


def is_iban(text: str) -> bool:
    """Return whether a text is an IBAN with valid check digits (ISO 13616)."""
    number = plain_number(text)
    if not _IBAN.fullmatch(number):
        return False
    digits = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return int(digits) % 97 == 1


def plain_number(text: str) -> str:
    """Return a number without separators and in capitals."""
    return re.sub(r"[\W_]", "", text).upper()
