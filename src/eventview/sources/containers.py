"""Unwrapping of compression and HTTP headers around saved answers."""

from __future__ import annotations

import bz2
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from eventview.errors import InvalidDataError
from eventview.session.source import OnStatus
from eventview.session.text import clean, shorten
from eventview.sources.json_reader import to_utf8, too_large
from eventview.sources.row_stream import PART_BYTES, NotCutError

GZIP: Final = b"\x1f\x8b"

_GZIP_FORMAT: Final = zlib.MAX_WBITS | 16
_STEP_BYTES: Final = 2**20

_MOST_LAYERS: Final = 8
"""Number of containers inside each other."""

_HEADERS: Final = (
    rb"\s*(HTTP/[0-9.]+ [0-9]{3}[^\r\n]*)\r?\n"
    rb"(?:[!-9;-~]+:[^\r\n]*\r?\n|[ \t]+\S[^\r\n]*\r?\n)*(?:\r?\n|\Z)"
)
"""A status line and headers, as `curl -i` puts them before the body."""

_OTHERS: Final = (
    (b"PK\x03\x04", "a zip archive", "Unpack it first: unzip FILE."),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard", "Unpack it first: zstd -d FILE."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it first: 7z x FILE."),
    (b"Rar!", "a RAR archive", "Unpack it first: unrar x FILE."),
    (b"%PDF", "a PDF document", ""),
    (b"\x89PNG", "a picture", ""),
    (b"\xff\xd8\xff", "a picture", ""),
    (b"GIF8", "a picture", ""),
    (b"SQLite format 3", "a database", ""),
    (b"{\\rtf", "a text in RTF", ""),
    (b"n,time,utc,", "an export in CSV", "Export as JSON or NDJSON, which can be opened again."),
)
_TAR: Final = slice(257, 262)
_PAGE: Final = rb"(?is)\s*(?:<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|\?xml)\b"
_TITLE: Final = rb"(?i)<title[^>]*>([^<]{0,300})"

_SAVE: Final = "Save the unchanged answer of the events endpoint, in JSON or NDJSON."


def unwrap(
    body: bytes, max_bytes: int, on_status: OnStatus
) -> tuple[bytes, InvalidDataError | None]:
    """Take the data out of compression and HTTP headers, in UTF-8.

    Args:
        body: a file's or a pipe's bytes.
        max_bytes: the most that may come out.
        on_status: called with a message about what is left out.

    Returns:
        The data, and None; or the data up to the damage, and the failure that describes it.

    Raises:
        InvalidDataError: the data cannot be unpacked, are too large or of another format.
    """
    failure = None
    for _ in range(_MOST_LAYERS):
        if len(body) > max_bytes:
            raise too_large(max_bytes)
        if body.startswith(GZIP):
            body, damage = _unpack_gzip(body, max_bytes, on_status)
            failure = failure or damage
        elif body.startswith((b"BZh", b"\xfd7zXZ\x00")):
            body = _unpack_other(body, max_bytes)
        elif headers := re.match(_HEADERS, body):
            body = _strip_headers(body, headers, on_status)
        else:
            _refuse_other(body)
            text = to_utf8(body)
            if text == body:
                break
            body = text
    return body, failure


def is_packed(head: bytes) -> bool:
    """Return True if a document that begins like this is compressed with gzip."""
    return head.startswith(GZIP)


def unpack_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data in the parts of a gzip file as they come.

    Raises:
        NotCutError: the file is damaged or not a single member, which `unwrap` describes.
    """
    unpacker = zlib.decompressobj(_GZIP_FORMAT)
    for part in parts:
        left = part
        while left and not unpacker.eof:
            try:
                yield unpacker.decompress(left, PART_BYTES)
            except zlib.error:
                raise NotCutError from None
            left = unpacker.unconsumed_tail
        if unpacker.unused_data or left:
            raise NotCutError
    if not unpacker.eof:
        raise NotCutError


def _unpack_gzip(
    body: bytes, max_bytes: int, on_status: OnStatus
) -> tuple[bytes, InvalidDataError | None]:
    """Unpack all members, up to the first damage."""
    parts: list[bytes] = []
    size, members, rest = 0, 0, body
    while rest.startswith(GZIP):
        unpacker = zlib.decompressobj(_GZIP_FORMAT)
        before = size
        left = rest
        try:
            while left and not unpacker.eof and size <= max_bytes:
                parts.append(unpacker.decompress(left, _STEP_BYTES))
                size += len(parts[-1])
                left = unpacker.unconsumed_tail
            reason = "" if unpacker.eof or size > max_bytes else "It ends too early."
        except zlib.error:
            reason = "It cannot be unpacked."
        if reason:
            if members and size == before:
                break
            damage = InvalidDataError(
                "The gzip data is damaged.",
                reason=reason,
                hint="Save the answer again; it may have been cut off.",
            )
            if not size:
                raise damage
            return b"".join(parts), damage
        members, rest = members + 1, unpacker.unused_data
    if rest.strip(b"\0"):
        number = f"{len(rest):,} byte" + ("" if len(rest) == 1 else "s")
        on_status(f"{number} after the gzip data ignored")
    return b"".join(parts), None


def _unpack_other(body: bytes, max_bytes: int) -> bytes:
    opened: Callable[[io.BytesIO], bz2.BZ2File | lzma.LZMAFile]
    name, opened = ("bzip2", bz2.BZ2File) if body.startswith(b"BZh") else ("xz", lzma.LZMAFile)
    try:
        with opened(io.BytesIO(body)) as file:
            return file.read(max_bytes + 1)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise InvalidDataError(
            f"The {name} data is damaged.",
            reason=f"{clean(str(error)).rstrip('.')}.",
            hint="Save the answer again; it may have been cut off.",
        ) from None


def _strip_headers(body: bytes, headers: re.Match[bytes], on_status: OnStatus) -> bytes:
    status = shorten(clean(headers[1].decode("latin-1").strip()), 60)
    rest = body[headers.end() :]
    if not rest.strip():
        raise InvalidDataError(
            "This is not JSON.",
            reason=f"It holds the headers of an answer ({status}) and no body.",
            hint=_SAVE,
        )
    if not re.match(_HEADERS, rest):
        on_status(f"the answer's headers ignored: {status}")
    # Blank lines in place of the headers keep the line numbers of later errors right.
    return rest if rest.startswith(GZIP) else b"\n" * headers[0].count(b"\n") + rest


def _refuse_other(body: bytes) -> None:
    found = next(((name, hint) for magic, name, hint in _OTHERS if body.startswith(magic)), None)
    if body[_TAR] == b"ustar":
        found = "a tar archive", "Unpack it first: tar xf FILE."
    if found is None and (page := re.match(_PAGE, body[:10_000])):
        title = re.search(_TITLE, body[:100_000])
        text = clean(title[1].decode("utf-8", "replace").strip()) if title else ""
        name = "an XML document" if page[1] == b"?xml" else "a web page"
        found = f"{name}{f', “{shorten(text, 80)}”' if text else ''}", ""
    if found is not None:
        raise InvalidDataError(f"This is {found[0]}, not a session.", hint=found[1] or _SAVE)
