"""Replay links, as OpenReplay's web application makes them and as chats and mails alter them."""

from __future__ import annotations

import re
import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from eventview.errors import UsageError
from eventview.session.text import clean, shorten, unescape_entities
from eventview.sources.openreplay.base_urls import CLOUD, CLOUD_APP, host, server_root

_LINK: Final = r"""(?ixa)
    (?: (?P<scheme> https?)://  (?P<host> \[[^\s\[\]/]*\](?::[0-9]*)? | [^\s/?\#\\<>"'`|()\[\]{}]+ )
      | (?<![\w./:@%\\-]) (?P<slashes>//)?
        (?P<bare> (?: \[[0-9a-f:.]+\] | \w[\w.-]* ) (?: :[0-9]{1,5} )? ) )
    (?P<path> (?: /+[\w.~@!$&+,;=-]+ )*? )
    /+0*(?P<project>[0-9]{1,9}) /+(?:session|assist) /+0*(?P<session>[0-9]{1,20}) (?![\w%]|-\w)
    /* (?P<rest> [?\#] [\w.~%&=+:/@,;!$?\#*'-]* )?
    """
"""Host, project number, session id and rest; some programs copy links without the scheme."""

_SCHEME: Final = r"(?i)h(?:tt|xx)ps?://"

_JUMP: Final = r"(?i)(?:^|[?&;#/])jumpto=([^&;#]*)"
_NUMBER: Final = r"(?i)\s*\+?([0-9]+(?:\.[0-9]*)?(?:e\+?[0-9]{1,2})?)(?![0-9a-z]|[:.,][0-9])"
_MOST_MS: Final = 10**19

_PROOFPOINT: Final = r"(?i)urldefense\.proofpoint\.com/v2/url\?u=([\w.-]+)"
_URLDEFENSE: Final = (
    r"(?i)urldefense\.(?:com|us)/v3/__((?:\S|\r?\n[ \t>]*+){1,4000}?)__;\s*([\w-]*)={0,2}!"
)
_BASE64: Final = r"aHR0c[A-Za-z0-9_+/-]{20,}"
"""An address in base64 that begins with `http`, as in links of Sophos and Bing."""

_RUNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""Lengths of runs of characters that urldefense v3 took out: `A` is 2, `B` is 3."""

_PUNCTUATION: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

_BREAK: Final = r"(?<=[\w/?&=#%.-])[ \t]*\r?\n[ \t>]*(?!h\w\wps?:)(?=[\w/?&=#%.-]\S*(?:\s*\n|\s*$))"
"""A line break before a line without blanks, as mail programs put them into long addresses."""

_ENTITY: Final = r"(?i)&(?:#x?[0-9a-f]+|amp|lt|gt|quot|apos);"
_MOST_LAYERS: Final = 4
"""Limit of nested encodings, such as a link in a redirect in a mail in a chat."""

_MOST_CHARACTERS: Final = 20_000
"""Length of the start of a text that is searched for links."""


class Link(NamedTuple):
    """Parts of a replay link."""

    host: str
    """Host and port, as `base_urls.host` returns them."""
    project_id: str
    """Project's number, which is not its key."""
    session_id: str
    jump_ms: int | None
    """Moment to open at, in milliseconds; see `eventview.session.source.ReplayOffset`."""
    url: str
    """Server's address, with its scheme."""


def is_link(text: str) -> bool:
    """Tell whether a text is a link rather than a file, project or session."""
    return bool(re.search(_SCHEME, _strip_invisible(text)) or _find_matches(text))


def parse_link(text: str) -> Link:
    """Return the first replay link in a text, unwrapped from chats, mails and redirects.

    Raises:
        UsageError: the text has no replay link.
    """
    links = [_to_link(match) for match in _find_matches(text)]
    if not links:
        raise UsageError(
            f"{shorten(clean(text), 120)} is no replay link.",
            reason="A link to a session ends in a project's number, /session/ and the session's "
            "id.",
            hint="For instance: https://openreplay.example.com/12/session/4813023023591169.",
        )
    # Markdown has the same link both as text and as address.
    same = [link for link in links if link[:3] == links[0][:3]]
    return next((link for link in same if link.jump_ms is not None), links[0])


def describe_ignored(text: str) -> str:
    """Return a message about ignored parts of a text with a replay link; "" for none."""
    matches = _find_matches(text)
    links = {_to_link(match)[:3] for match in matches}
    remarks = []
    if len(links) > 1:
        remarks.append(
            f"the text has {len(links)} replay links; the first is opened: {matches[0]['session']}"
        )
    first = [match for match in matches if _to_link(match)[:3] == _to_link(matches[0])[:3]]
    if any(map(_find_jumps, first)) and not any(_jump_ms(match) is not None for match in first):
        remarks.append("the link's jumpto is not understood; the session opens at its start")
    return "; ".join(remarks)


def _to_link(match: re.Match[str]) -> Link:
    server = f"{(match['scheme'] or 'https').lower()}://{match['host'] or match['bare']}"
    return Link(
        host(server), match["project"], match["session"], _jump_ms(match), server_root(server)
    )


def _find_jumps(match: re.Match[str]) -> list[str]:
    """Return the moments in a link's query or fragment."""
    return re.findall(_JUMP, unquote(match["rest"] or ""))


def _jump_ms(match: re.Match[str]) -> int | None:
    for value in _find_jumps(match):
        found = re.match(_NUMBER, value)
        if found is not None and float(found[1]) < _MOST_MS:
            # A float would lose digits.
            return int(found[1]) if found[1].isdecimal() else int(float(found[1]))
    return None


def _find_matches(text: str) -> list[re.Match[str]]:
    """Return the replay links of the first decoding of a text that has any."""
    for reading in _decode_layers(_strip_invisible(text)):
        found = _find_links(reading)
        joined = _find_links(re.sub(_BREAK, "", reading))
        # Lines are joined if no link and no moment is lost.
        is_joined = len(joined) >= len(found) and not (
            found and joined and _jump_ms(joined[0]) is None and _jump_ms(found[0]) is not None
        )
        found = joined if is_joined else found
        if found:
            return found
    return []


def _find_links(text: str) -> list[re.Match[str]]:
    # A folder's name is no host, but `a/b/12/session/4` may be a file.
    return [
        match
        for match in re.finditer(_LINK, text)
        if not match["bare"] or match["slashes"] or not match["path"]
    ]


def _strip_invisible(text: str) -> str:
    """Return a text without invisible characters and surrounding blanks."""
    shown = "".join(
        " " if character == "\u00a0" else character
        for character in text[:_MOST_CHARACTERS]
        if unicodedata.category(character) != "Cf" and not "\ufe00" <= character <= "\ufe0f"
    )
    return shown.strip()


def _decode_layers(text: str) -> Iterator[str]:
    """Yield the decodings of a text in which a link may stand."""
    # The source of a mail may be quoted-printable.
    text = re.sub(r"=\r?\n", "", text).replace("=3D", "=").replace("=3d", "=")
    text = re.sub(r"\bhxxp(?=s?\W)", "http", text, flags=re.IGNORECASE)
    text = re.sub(r"\[:\]", ":", text)
    text = re.sub(r"\[(\.|dot)\]|\((\.|dot)\)", ".", text, flags=re.IGNORECASE)
    for _ in range(_MOST_LAYERS):
        text = re.sub(_ENTITY, lambda match: unescape_entities(match[0]), text)
        text = re.sub(_URLDEFENSE, _decode_urldefense, text)
        text = re.sub(_BASE64, _decode_base64, text)
        yield text
        inner = re.search(_PROOFPOINT, text)
        if inner:
            text = inner[1].replace("-", "%").replace("_", "/")
        text = unquote(text)


def _decode_urldefense(match: re.Match[str]) -> str:
    """Restore the characters that urldefense replaced by `*` and `**A`."""
    characters = iter("")
    with suppress(ValueError):
        characters = iter(urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4)).decode())

    def put_back(run: re.Match[str]) -> str:
        taken = "".join(islice(characters, _RUNS.index(run[1]) + 2 if run[1] else 1))
        return quote(taken, safe=_PUNCTUATION)

    address = re.sub(r"\r?\n[ \t>]*", "", match[1])
    address = re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", put_back, address)
    return " " + re.sub("^(https?:)/+", r"\1//", address)


def _decode_base64(match: re.Match[str]) -> str:
    text = match[0].translate({ord("+"): "-", ord("/"): "_"})
    with suppress(ValueError):
        return f" {urlsafe_b64decode(text + '=' * (-len(text) % 4)).decode()} "
    return match[0]


def replay_url(server: str, project_id: str, session: str) -> str:
    """Return the address of a session's replay.

    Args:
        server: the server's address, as `base_urls.root` returns it.
        project_id: the project's number.
        session: the session's id.
    """
    web = CLOUD_APP.join(server.rsplit(CLOUD, 1)) if host(server) == CLOUD else server
    return f"{web}/{project_id}/session/{session}"


_LONGEST_ID: Final = 20
"""Digits of the largest id, which is below 2**64."""


def session_id(text: str) -> str:
    """Return a session's id without blanks and leading zeros.

    Servers of 1.27 may not find an id with leading zeros, depending on their ClickHouse.

    Raises:
        UsageError: the text is not a session's id.
    """
    session = text.strip()
    if session.isascii() and session.isdecimal():
        session = session.lstrip("0") or "0"
        if len(session) <= _LONGEST_ID and int(session) < 2**64:
            return session
    raise UsageError(
        f"{shorten(clean(session), 80) or 'An empty text'} is not a session's id.",
        reason="A session's id is a number of at most 20 digits, the last part of a replay link.",
        hint="For instance: eventview PROJECT 4813023023591169.",
    )


def project_key(text: str) -> str:
    """Return a project's key without blanks.

    Raises:
        UsageError: the text cannot be a key.
    """
    key = text.strip()
    if not key or set(key) == {"."}:
        raise UsageError(
            "The project's key is missing.",
            hint="It is in OpenReplay under Preferences > Projects and has 20 letters and digits.",
        )
    if "/" in key:
        raise UsageError(
            f"{shorten(clean(key), 80)} is not a project's key.",
            reason="A replay link names project and session, and is given alone."
            if is_link(key)
            else "Project keys have 20 letters and digits.",
            hint="Give the link alone, or: eventview PROJECT SESSION.",
        )
    return key
