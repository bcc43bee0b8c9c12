"""What identifying things look like in a text: the patterns, and nothing of what is done about it.

Each costs a hostile text no more than its length: an alternative begins only where its characters
do, or is bounded. May import the standard library and `eventview.model.segments`.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from eventview.model.segments import LEAST_DIGITS, LONG, NUMBERED, UUID

_SCHEME: Final = r"[A-Za-z][A-Za-z0-9]{0,30}://"
"""Where a scheme has more parts, the last of them: what is before it may be a word of the text."""
_NAMES: Final = r"(?:[\w-]+\.)+[^\W\d_][\w-]*"
_IPV4: Final = r"\d{1,3}(?:\.\d{1,3}){3}"
_PORT: Final = r"(?::\d{1,5}(?!\d))?"
_PERCENT: Final = r"%(?:25){0,3}"
_END: Final = r"\s\"'<>`\\"
"""What ends an address in the middle of a text."""

_LOOKS: Final = rf"""
    (?P<address> (?<![A-Za-z0-9]) {_SCHEME} [^{_END}]+
      | (?<![^{_END}]) [^{_END}]*? \?[\w.%\[\]-]+= [^{_END}]*
      | (?<![:\w/]) // {_NAMES} {_PORT} (?: [/?\#] [^{_END}]* )? )
    | (?P<encoded> (?<![\w.~%+-]) [\w.~%+-]*?
        {_PERCENT} (?: 40 | 3A (?: {_PERCENT} 2F ){{2}} ) [\w.~%+-]* )
    | (?P<email> (?<![\w.+-]) [\w+-] [\w.+'-]{{0,63}} @ {_NAMES} )
    | (?P<token> (?<![\w-]) eyJ [\w-]{{8,}} (?: \.[\w-]{{2,}} ){{1,4}}
      | (?<=\bbearer\ ) (?= [a-z.~+/_-]*\d ) [\w.~+/-]{{8,}} =* )
    | (?P<id> (?<![0-9A-Za-z]) {UUID.pattern} (?![0-9A-Za-z]) )
    | (?P<host> (?<![\w.-]) localhost {_PORT} (?![\w-]) )
    """
_NETWORK: Final = rf"""
    (?P<network> (?<![\w./]) {_IPV4} {_PORT} (?! \w | \.\d )
      | (?<![\w:.]) (?: [0-9a-f]{{0,4}} : ){{2,7}} (?: {_IPV4} | [0-9a-f]{{1,4}} )? (?![\w:]) )
    """
MARKS: Final = re.compile(f"{_LOOKS}|{_NETWORK}", re.VERBOSE | re.IGNORECASE)
SEGMENT_MARKS: Final = re.compile(
    rf"""{_LOOKS}|{_NETWORK}
    | (?P<part> (?<![\w-])
        (?: \d{{3,}} | [0-9a-f]{{12,}} | (?= (?: [a-z_-]*\d ){{{LEAST_DIGITS}}} ) {NUMBERED}
          | (?= [\w-]*\d ) (?= [\w-]*[^\W\d_] ) [\w-]{{{LONG},}} )
        (?![\w-]) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""In a path also what may be one thing's id, with or without an ending, as
`eventview.model.segments` has it. Not a number of two digits: that tells nothing."""

MAY_BE_MARKED: Final = re.compile(
    rf"//|[?@]|{_PERCENT}(?:40|3A)|\d\.\d|:[0-9a-f]{{0,4}}:|[0-9a-f]{{4}}-[0-9a-f]{{4}}-"
    r"|localhost|eyj|bearer ",
    re.IGNORECASE,
)
"""Most texts hold nothing of the kind, which this tells in a fraction of the time."""

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


def is_network_address(text: str) -> bool:
    """Whether what `MARKS` takes for a network address is one, with or without a port."""
    host = text.rpartition(":")[0] if "." in text and ":" in text else text
    try:
        ip_address(text if text.count(":") > 1 else host)
    except ValueError:
        return False
    # `a::b` is one, and much else.
    return any(map(str.isdecimal, text))
