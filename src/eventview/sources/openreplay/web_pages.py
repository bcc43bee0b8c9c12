"""Web pages and logins that answer in OpenReplay's place: their titles and their marks."""

from __future__ import annotations

import html
import re
from typing import Final

from eventview.session.text import clean, shorten

_TITLES: Final = [
    re.compile(rf"<{tag}\b[^>]*>(.*?)</{tag}\s*>".encode(), re.IGNORECASE | re.DOTALL)
    for tag in ("title", "h1")
]

_LOGIN_WORDS: Final = re.compile(
    r"log[-_ ]?[io]n|sign[-_ ]?in|\bsso\b|\bsaml|oauth|openid|\bauth|\bidp\b|anmeld|connexion|"
    r"acceso",
    re.IGNORECASE,
)

_PASSWORD: Final = re.compile(rb"type\s*=\s*[\"']?password", re.IGNORECASE)

_REALM: Final = re.compile(r"realm\s*=\s*(?:\"([^\"]*)\"|([^\s,]+))", re.IGNORECASE)


def page_title(body: bytes) -> str:
    """Return the title of a web page, or its first heading, cleaned; "" where it has none."""
    found = next((match for title in _TITLES if (match := title.search(body))), None)
    if found is None:
        return ""
    text = html.unescape(re.sub(rb"<[^>]*>", b" ", found[1]).decode("utf-8", "replace"))
    return shorten(clean(" ".join(text.split())), 100)


def is_login(text: str, body: bytes = b"") -> bool:
    """Tell whether a page asks for a login, by its title or its address, and its form."""
    return _LOGIN_WORDS.search(text) is not None or _PASSWORD.search(body) is not None


def login_words(header: str) -> str:
    """Return what a server says of the login it wants, such as `Basic, for "intranet"`.

    Args:
        header: `WWW-Authenticate` or `Proxy-Authenticate`, as sent; "" gives "".
    """
    scheme, _, rest = header.partition(" ")
    realm = _REALM.search(rest)
    name = shorten(clean((realm[1] or realm[2] or "").strip()), 80) if realm else ""
    return shorten(clean(scheme.rstrip(",")), 20) + (f', for "{name}"' if name else "")
