"""Proxies and certificates of the environment, and hosts that a key may go to unencrypted."""

from __future__ import annotations

import os
import re
import ssl
import sys
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from eventview.errors import UsageError
from eventview.session.text import clean
from eventview.sources.openreplay.base_urls import PORTS, host, root

_PROXY_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})

_CA_FILES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Certificate stores of Debian, Fedora, older Red Hat, SUSE and Alpine, for a Python that was built
elsewhere and looks in another place; the list is that of the truststore package."""

_HASHED_NAME: Final = re.compile(r"[0-9a-fA-F]{8}\.[0-9]+")
"""File names by which OpenSSL finds certificates in a folder."""


class Proxy(NamedTuple):
    """A proxy that the environment names for a server."""

    url: str
    """Its address, which may hold a password: never shown."""
    place: str
    """Its host and port, cleaned."""
    variable: str
    """The variable that names it."""


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy for a server's address; None to connect directly.

    Variables in lower case go before those in capitals, one for the scheme before `ALL_PROXY`;
    where a web server has set `REQUEST_METHOD`, `HTTP_PROXY` is not believed, as in urllib.

    Args:
        url: the server's address, with its scheme.

    Raises:
        UsageError: the proxy's address cannot be used; names the variable and no password.
    """
    parts = urlsplit(url)
    own = getproxies_environment()
    named = own or getproxies()
    kind = next((kind for kind in (parts.scheme, "all") if named.get(kind, "").strip()), None)
    if kind is None:
        return None
    # The settings of macOS and Windows have exceptions of their own.
    if _is_exempt(url, own.get("no", "")) if own else proxy_bypass(parts.netloc):
        return None
    return _proxy(named[kind].strip(), _variable(kind))


def _variable(kind: str) -> str:
    lower = f"{kind}_proxy"
    if os.environ.get(lower):
        return lower
    named = (name for name, value in os.environ.items() if name.lower() == lower and value)
    return next(named, "the system's settings")


def _proxy(address: str, variable: str) -> Proxy:
    scheme, _, rest = (address if "://" in address else f"http://{address}").partition("://")
    scheme = scheme.lower()
    # The last one: a password may have one too.
    login, at, rest = rest.rpartition("@")
    try:
        parts = urlsplit(f"//{rest}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        name, port = "", 0
    is_address = re.fullmatch(r"[\w.:%-]+", name) is not None and port != 0
    if scheme not in _PROXY_SCHEMES or not is_address:
        raise UsageError(
            f"The proxy of {variable} cannot be used.",
            reason="Its address has no host or no valid port."
            if scheme in _PROXY_SCHEMES
            else "It is neither an http, an https nor a socks5 proxy.",
            hint=f"Set {variable} to an address such as http://proxy.example:3128, or unset it; "
            "NO_PROXY names the servers that are asked without it.",
        )
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise UsageError(
            f"The proxy of {variable} cannot be used.",
            reason="A SOCKS proxy needs the package socksio, which is not there.",
            hint=f"Install socksio beside eventview, or name an HTTP proxy in {variable}.",
        )
    place = f"[{name}]" if ":" in name else name
    place += f":{port}" if port else ""
    # As it was typed: a stray percent sign, or any other that an address cannot hold.
    login = quote(re.sub(r"%(?![0-9a-fA-F]{2})", "%25", login), safe=":%")
    return Proxy(f"{scheme}://{login}{at}{place}", clean(place), variable)


def _is_exempt(url: str, entries: str) -> bool:
    """Tell whether `NO_PROXY` names a server; entries that make no sense are skipped.

    Understood are names with their subdomains, `*` and `*.example.com`, addresses and networks of
    both versions with brackets or without, all with a port or not, between commas or blanks.
    """
    parts = urlsplit(url)
    name, own_port = _ascii(parts.hostname or ""), str(parts.port or PORTS[parts.scheme])
    address = _address(name)
    for entry in re.split(r"[,;\s]+", entries.lower()):
        scheme, _, rest = entry.rpartition("://")
        port = ""
        if rest.count(":") == 1 or "]:" in rest:
            rest, _, port = rest.rpartition(":")
        if scheme not in {"", "all", parts.scheme} or port not in {"", "*", own_port}:
            continue
        rest = rest.replace("[", "").replace("]", "").rstrip("/")
        if address is not None:
            with suppress(ValueError):
                if address in ip_network(rest, strict=False):
                    return True
        bare = _ascii(rest.strip("."))
        if "*" in bare and fnmatchcase(name, bare):
            return True
        if bare and (name == bare or (address is None and name.endswith(f".{bare}"))):
            return True
    return False


def _ascii(name: str) -> str:
    """Return a host's name in lower case without a last dot, as the name service has it."""
    with suppress(UnicodeError):
        name = name.encode("idna").decode()
    return name.rstrip(".").lower()


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host's name is, one of version 4 inside version 6 as that."""
    try:
        address = ip_address(name)
    except ValueError:
        return None
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return inner or address


def is_plain_http(url: str) -> bool:
    """Tell whether an address is http on another machine than this one.

    This one is `localhost` and the loopback addresses.

    Args:
        url: the server, as the user wrote it.

    Raises:
        UsageError: it is no http or https address.
    """
    parts = urlsplit(root(url))
    name = (parts.hostname or "").rstrip(".")
    address = _address(name)
    is_here = name == "localhost" or (address is not None and address.is_loopback)
    return parts.scheme == "http" and not is_here


def refuse_plain_http(url: str) -> None:
    """Refuse to send a key unencrypted to another machine.

    Args:
        url: the server, as the user wrote it.

    Raises:
        UsageError: anybody on the way could read the key.
    """
    server = root(url)
    if not server.startswith("http:"):
        return
    place = clean(host(url))
    reason = "Its address begins with http://, so anybody on the way could read the key."
    if not is_plain_http(url):
        # A proxy may be on another machine or lead to one, even where its address is local.
        proxy = proxy_for(server)
        if proxy is None:
            return
        reason = (
            f"{proxy.variable} sends requests for {place} to the proxy {proxy.place}, and so the "
            f"key; {place} in NO_PROXY asks without it."
        )
    raise UsageError(
        f"The API key would go to {place} unencrypted.",
        reason=reason,
        hint="Write https:// in the server's address. Where there is no https and the network is "
        "trusted: --insecure-http, or insecure_http = true in the profile.",
    )


_ONE_AT_A_TIME: Final = Lock()


def tls_context() -> ssl.SSLContext:
    """Return the process's TLS settings, with the certificates that are trusted.

    Those of `SSL_CERT_FILE` and `SSL_CERT_DIR` where either is set, else the system's; where a
    minimal container has none, those that come with the certifi package.

    Raises:
        UsageError: a variable names what cannot be read.
    """
    with _ONE_AT_A_TIME:
        return _context(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@cache
def _context(file: str, folder: str) -> ssl.SSLContext:
    if file or folder:
        return _context_of(file, folder)
    if sys.platform == "darwin" or sys.platform == "win32":  # as mypy understands it
        # Only the system's own check knows the whole store there.
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The same store as truststore's, read once and not at every handshake (30 ms each).
    context = ssl.create_default_context()
    if context.cert_store_stats()["x509_ca"] or _is_store(ssl.get_default_verify_paths().capath):
        return context
    stores = [path for path in _CA_FILES if Path(path).is_file()]
    if not stores:
        import certifi

        stores = [certifi.where()]
    context.load_verify_locations(stores[0])
    return context


def _is_store(folder: str | None) -> bool:
    """Tell whether OpenSSL finds certificates in a folder, which it reads when it needs one."""
    if not folder or not Path(folder).is_dir():
        return False
    return any(_HASHED_NAME.fullmatch(path.name) for path in Path(folder).iterdir())


def _context_of(file: str, folder: str) -> ssl.SSLContext:
    # OpenSSL does not notice a folder that is missing.
    for part in folder.split(os.pathsep) if folder else ():
        if not Path(part).is_dir():
            raise _unreadable("SSL_CERT_DIR", part, "It is no folder.")
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except ssl.SSLError:
        raise _unreadable("SSL_CERT_FILE", file, "It holds no certificates in PEM.") from None
    except OSError as error:
        raise _unreadable("SSL_CERT_FILE", file, f"{error.strerror or error}.") from None


def _unreadable(variable: str, path: str, reason: str) -> UsageError:
    return UsageError(
        "The environment's network settings cannot be used.",
        reason=f"The certificates of {variable} cannot be read: {clean(path)}. {reason}",
        hint=f"Name in {variable} what can be read, or unset it to trust the system's.",
    )
