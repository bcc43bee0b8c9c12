"""Proxies and certificates of the environment, and the rule for unencrypted keys."""

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
from eventview.sources.openreplay.base_urls import PORTS, host, server_root

_PROXY_SCHEMES: Final = frozenset({"http", "https", "socks5", "socks5h"})

_CA_FILES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Certificate stores of Debian, Fedora, older Red Hat, SUSE and Alpine, for a Python that looks
elsewhere; the list is from the truststore package."""

_HASHED_NAME: Final = r"[0-9a-fA-F]{8}\.[0-9]+"
"""Names of files in which OpenSSL finds a folder's certificates."""


class Proxy(NamedTuple):
    """A proxy that the environment names for a server."""

    url: str
    """Address; it may hold a password and is never shown."""
    place: str
    """Host and port, cleaned."""
    variable: str
    """Variable that names the proxy."""


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy for a server's address; None for a direct connection.

    Lower-case variables take precedence over capitals, and the scheme's variable over `ALL_PROXY`;
    `HTTP_PROXY` is ignored if a web server has set `REQUEST_METHOD`, as in urllib.

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
    lower = f"{kind}_proxy"
    names = [name for name, value in os.environ.items() if name.lower() == lower and value]
    variable = lower if lower in names else next(iter(names), "the system's settings")
    return _parse_proxy(named[kind].strip(), variable)


def _parse_proxy(address: str, variable: str) -> Proxy:
    scheme, _, rest = (address if "://" in address else f"http://{address}").partition("://")
    scheme = scheme.lower()
    # A password may contain an @ too, so the last one separates.
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
            else "It is not an http, https or socks5 proxy.",
            hint=f"Set {variable} to an address such as http://proxy.example:3128, or unset it; "
            "servers in NO_PROXY are reached without it.",
        )
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise UsageError(
            f"The proxy of {variable} cannot be used.",
            reason="A SOCKS proxy needs the package socksio, which is not installed.",
            hint=f"Install socksio beside eventview, or name an HTTP proxy in {variable}.",
        )
    place = f"[{name}]" if ":" in name else name
    place += f":{port}" if port else ""
    # Stray percent signs and other invalid characters of a password are escaped.
    login = quote(re.sub(r"%(?![0-9a-fA-F]{2})", "%25", login), safe=":%")
    return Proxy(f"{scheme}://{login}{at}{place}", clean(place), variable)


def _is_exempt(url: str, entries: str) -> bool:
    """Tell whether `NO_PROXY` names a server; invalid entries are skipped.

    Entries are separated by commas or blanks. They are names with their subdomains, `*`,
    `*.example.com`, and addresses and networks of both versions; a port is optional.
    """
    parts = urlsplit(url)
    name, own_port = _to_ascii(parts.hostname or ""), str(parts.port or PORTS[parts.scheme])
    address = _parse_address(name)
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
        bare = _to_ascii(rest.strip("."))
        if "*" in bare and fnmatchcase(name, bare):
            return True
        if bare and (name == bare or (address is None and name.endswith(f".{bare}"))):
            return True
    return False


def _to_ascii(name: str) -> str:
    """Return a host's name in IDNA form, lower case and without a final dot."""
    with suppress(UnicodeError):
        name = name.encode("idna").decode()
    return name.rstrip(".").lower()


def _parse_address(name: str) -> IPv4Address | IPv6Address | None:
    """Return a host's IP address, unwrapped if mapped from IPv4; None for a name."""
    try:
        address = ip_address(name)
    except ValueError:
        return None
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return inner or address


def is_plain_http(url: str) -> bool:
    """Tell whether a URL is http and neither `localhost` nor a loopback address.

    Args:
        url: the URL as typed.

    Raises:
        UsageError: the URL is not http or https.
    """
    parts = urlsplit(server_root(url))
    name = (parts.hostname or "").rstrip(".")
    address = _parse_address(name)
    is_here = name == "localhost" or (address is not None and address.is_loopback)
    return parts.scheme == "http" and not is_here


def refuse_plain_http(url: str) -> None:
    """Refuse to send a key unencrypted to another machine.

    Args:
        url: the URL as typed.

    Raises:
        UsageError: the key would go unencrypted.
    """
    server = server_root(url)
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
    """Return the process's TLS context with the trusted certificates.

    They are those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else the system's, or else those of
    the certifi package.

    Raises:
        UsageError: a variable names a file or folder that cannot be read.
    """
    with _ONE_AT_A_TIME:
        return _context(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@cache
def _context(file: str, folder: str) -> ssl.SSLContext:
    if file or folder:
        return _load_context(file, folder)
    if sys.platform == "darwin" or sys.platform == "win32":  # as mypy understands it
        # Only the system's own check knows the whole store there.
        import truststore  # noqa: PLC0415  # installed on these platforms only

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # This is truststore's store, read once and not at every handshake (30 ms each).
    context = ssl.create_default_context()
    if context.cert_store_stats()["x509_ca"] or _is_store(ssl.get_default_verify_paths().capath):
        return context
    stores = [path for path in _CA_FILES if Path(path).is_file()]
    if not stores:
        import certifi  # noqa: PLC0415  # needed where the system has no certificates

        stores = [certifi.where()]
    context.load_verify_locations(stores[0])
    return context


def _is_store(folder: str | None) -> bool:
    """Tell whether OpenSSL would find certificates in a folder."""
    if not folder or not Path(folder).is_dir():
        return False
    return any(re.fullmatch(_HASHED_NAME, path.name) for path in Path(folder).iterdir())


def _load_context(file: str, folder: str) -> ssl.SSLContext:
    # OpenSSL does not notice a folder that is missing.
    for part in folder.split(os.pathsep) if folder else ():
        if not Path(part).is_dir():
            raise _unreadable("SSL_CERT_DIR", part, "It is not a folder.")
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
        hint=f"Set {variable} to certificates that can be read, or unset it to trust the system's.",
    )
