"""What identifying things look like in a text: the patterns, and nothing of what is done about it.

Each costs a hostile text no more than its length: an alternative begins only where its characters
do, or is bounded.

What a value is that identifies, and what stands for it.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from ipaddress import ip_address
from typing import Final, NamedTuple

from eventview.session.folding import Folded, Shapes, folded_places
from eventview.session.urls import LEAST_DIGITS, LONG, NUMBERED, UUID


class EntityType(Enum):
    """What a value is, the most telling first: what is several things is the first of them.

    Secrets, numbers of cards and values of queries and inputs share the name of their stand-ins:
    one is often the other.
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
    """What a field of a page's own calls an id, which may be a word."""
    PLACE = ("place", "place")
    SECRET = ("value", "secret")
    """What a field of JSON calls a password, a token or a code."""
    NAME = ("user", "name")
    """What a field calls somebody's name, or a path the folder of somebody."""
    PERSONAL = ("value", "personal detail")
    """What a field calls an address, a birthday, or the number of a passport."""
    INPUT = ("value", "input value")
    QUERY = ("value", "query value")
    BODY = ("body", "body")

    @property
    def stem(self) -> str:
        """Return what its stand-ins are called, before their number."""
        return self.value[0]

    @property
    def noun(self) -> str:
        """Return what one of them is called in a sentence."""
        return self.value[1]

    def counted(self, number: int) -> str:
        """So many of them: `1 user`, `12 query values`."""
        if number == 1:
            return f"1 {self.noun}"
        ending = "es" if self.noun.endswith("s") else "s"
        plural = f"{self.noun[:-1]}ies" if self.noun.endswith("y") else self.noun + ending
        return f"{number:,} {plural}"


_SCHEME: Final = r"[A-Za-z][A-Za-z0-9]{0,30}://"
"""Where a scheme has more parts, the last of them: what is before it may be a word of the text."""
_NAMES: Final = r"(?:[\w-]+\.)+[^\W\d_][\w-]*"
_IPV4: Final = r"\d{1,3}(?:\.\d{1,3}){3}"
_PORT: Final = r"(?::\d{1,5}(?!\d))?"
_PERCENT: Final = r"%(?:25){0,3}"
_END: Final = r"\s\"'<>`\\"
"""What ends an address in the middle of a text."""

_AT: Final = r"""(?: @ | \ {1,2}@\ {1,2} | &\#0{0,4}64; | &\#x0{0,4}40; | &commat; | \\u0040 | \\x40
    | \ {0,2} [\[({<] \ {0,2} (?: at | @ | ät | arroba | chez | kukac ) \ {0,2} [\])}>] \ {0,2} )"""
_DOT: Final = r"""(?: \. | &\#0{0,4}46; | &\#x0{0,4}2e; | &period; | \\u002e
    | \ {0,2} [\[({<] \ {0,2} (?: dot | \. | punkt | punto | point | ponto ) \ {0,2} [\])}>]
      \ {0,2} )"""
_LOCAL: Final = rf"""(?: [\w+-] [\w.+'-]{{0,63}}+ (?: (?!\.) {_DOT} [\w+'-]{{1,64}} ){{0,4}}
    | "[^"\\\n@]{{1,64}}" )"""
_DOMAIN: Final = rf"""(?: \[ (?: ipv6: )? [0-9a-f:.]{{3,45}} \] | {_IPV4}
    | (?: [\w-]{{1,63}} {_DOT} ){{1,8}} [^\W\d_][\w-]* )"""
_INTRANET: Final = r"""(?! (?: latest | next | beta | canary | alpha | rc | media | import ) \b )
    [^\W\d_][\w-]{2,62}"""
"""A domain of one word; not the tag of a version, as in `vue@next`."""

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
"""How tokens begin that their issuers give a beginning: from the documentation of AWS, GitHub,
GitLab, Slack, Stripe, Google, SendGrid, Mailgun, npm, PyPI, DigitalOcean, Hugging Face, Anthropic,
OpenAI, Meta, Shopify, Square, HashiCorp, Databricks, Twilio, Telegram and others."""

_PEM: Final = r"""-----BEGIN [\ A-Z0-9]{1,40} -----
    (?s: .{0,8000}? -----END [\ A-Z0-9]{1,40} ----- | .{0,8000} )"""

_LOOKS: Final = rf"""
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
MARKS: Final = re.compile(f"{_LOOKS}|{_NETWORK}", re.VERBOSE | re.IGNORECASE)
PART: Final = re.compile(
    rf"""(?<![\w-])
        (?: \d{{3,}} | [0-9a-f]{{12,}} | (?= (?: [a-z_-]*\d ){{{LEAST_DIGITS}}} ) {NUMBERED}
          | (?= [\w-]*\d ) (?= [\w-]*[^\W\d_] ) [\w-]{{{LONG},}} )
        (?![\w-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""In a path also what may be one thing's id, with or without an ending, as
`eventview.session.urls` has it. Not a number of two digits: that tells nothing."""

MAY_BE_MARKED: Final = re.compile(
    rf"//|[?@]|{_PERCENT}(?:40|3A)|\d\.\d|::|(?:[0-9a-f]{{1,4}}:){{5}}|[0-9a-f]{{4}}-[0-9a-f]{{4}}-"
    r"|localhost|eyj|bearer |basic |-----BEGIN|[0-9a-f]{2}([:-])[0-9a-f]{2}\1[0-9a-f]{2}\1"
    r"|[\[({<] {0,2}(?:at|ät|arroba|chez|kukac) {0,2}[\])}>]| dot |&#|&commat|\\[ux]0*40",
    re.IGNORECASE,
)
"""Most texts hold nothing of the kind, which this tells in a fraction of the time."""

MAY_BE_TOKEN: Final = re.compile(r"(?<![\w.=/+-])[\w.=/+-]{16}")
"""The same of tokens, which are long."""

TRAILING: Final = ".,;:!?)]}*"
"""What ends a sentence rather than an address."""

MASKED: Final = re.compile(r"[*•]*")
"""What trackers write where they do not tell a value, a sign for each character."""

JSON: Final = re.compile(r"\s*[{\[]")
"""How a text begins that may be an object or a list."""

WHOLE_ADDRESS: Final = re.compile(rf"(?:/|{_SCHEME})\S*")
"""A text that is an address and nothing else."""

INNER_ADDRESS: Final = re.compile(rf"(?<![A-Za-z0-9])(?={_SCHEME})")
"""Where another address begins inside of one."""

FILE: Final = re.compile(r"file://(?=/)", re.IGNORECASE)
HOME: Final = re.compile(r"/(?:home|Users|var/home)/[\w.-]+(?=/|$)")
"""The folder of somebody, in a path of a file."""

BEHIND_PATH: Final = re.compile(r"[?#]")
HOST: Final = re.compile(rf" *{_SCHEME}(?P<host>[^/]*)")
BARE_HOST: Final = re.compile(
    rf"(?P<host>(?:{_NAMES}|{_IPV4}|localhost|\[[0-9a-f:.]+\]){_PORT}|[\w-]+:\d{{1,5}})(?=/)",
    re.IGNORECASE,
)
"""A host without a scheme, as the first API has it."""

OTHER_HOST: Final = re.compile(rf"//(?P<host>{_NAMES}{_PORT})(?=/|$)")
"""A host of the scheme of whatever page it is on."""

BEHIND_HOST: Final = re.compile(rf"({_PORT})([/?#][^{_END}]*)?")
ROUTE: Final = re.compile(r"!?/")
"""How a fragment begins that is a path."""

FLAG: Final = re.compile(r"[A-Za-z_-]{0,20}")
"""A part of a query without a value that is a name rather than a value."""

NO_WORD: Final = re.compile(r"\W+")
IS_MORE: Final = re.compile(r"^[{\[]|/")
"""What is more than a segment of a path, once it is decoded."""


class EntityMatch(NamedTuple):
    """A place in a text that looks like something."""

    start: int
    end: int
    what: str | EntityType
    """A group of `MARKS`, or what it is."""
    text: str
    """What stands there, or its plain spelling."""


class _AsciiShapes(Shapes):
    """Digits of all scripts and dashes of all kinds by those of ASCII, a character for each.

    Controls stay, and so do signs that are short for letters or dots, as № and …: they part what is
    beside them.
    """

    joins_spaces = False

    def shape(self, character: str) -> str:
        """Return the plain form of a character; "" for one that nobody sees."""
        if unicodedata.category(character) == "Pd" or character == "\u2212":
            return "-"
        if "\u2400" <= character < "\u2420":
            # The picture of a control character.
            character = chr(ord(character) - 0x2400)
        shape = character if character < " " else super().shape(character)
        if not shape:
            return ""
        if shape == character:
            shape = unicodedata.normalize("NFKC", character).replace("。", ".")
        return str(unicodedata.decimal(shape, shape)) if len(shape) == 1 else character


_ASCII: Final = _AsciiShapes()


def folded(text: str) -> Folded:
    """Return a text as one reads it, with its places in the original.

    Folded as for finding, with digits of all scripts and dashes of all kinds as those of ASCII.
    """
    if text.isascii() and "<U+" not in text:
        return Folded(text, range(len(text) + 1))
    return folded_places(text, is_exact=True, is_encoded=False, shapes=_ASCII)


def plain_email(text: str) -> str:
    """Return an e-mail address as mail programs write it, however it is spelled."""
    text = _SPELLED_AT.sub("@", text)
    local, _, domain = text.rpartition("@")
    return f"{_SPELLED_DOT.sub('.', local)}@{_SPELLED_DOT.sub('.', domain)}".lower()


_SPELLED_AT: Final = re.compile(rf"{_AT}|\ at\ ", re.VERBOSE | re.IGNORECASE)
_SPELLED_DOT: Final = re.compile(rf"{_DOT}|\ dot\ ", re.VERBOSE | re.IGNORECASE)


def is_network_address(text: str) -> bool:
    """Return whether what `MARKS` takes for a network address is one, with or without a port."""
    host = text.rpartition(":")[0] if "." in text and ":" in text else text
    try:
        ip_address(text if text.count(":") > 1 else host)
    except ValueError:
        return False
    # `a::b` is one, and much else.
    return any(map(str.isdecimal, text))
