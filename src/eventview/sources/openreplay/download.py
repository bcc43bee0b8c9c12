"""Reading and unpacking of an answer's body, in steps that cannot fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from eventview.errors import InvalidDataError

_STEP_BYTES: Final = 2**20
"""Limit of bytes unpacked at once, as a network packet can expand a thousandfold."""

_GZIP: Final = zlib.MAX_WBITS | 16

_REFUSAL_BYTES: Final = 64 * 1024
"""Limit of bytes read of an error's body, whose message is at its start."""


def unpack(sent: Iterable[bytes], encoding: str, place: str) -> Iterator[bytes]:
    """Yield the parts of a body, unpacked.

    Args:
        sent: the parts as sent.
        encoding: the answer's `Content-Encoding`; "" for none.
        place: the server, cleaned.

    Raises:
        InvalidDataError: the body is damaged, or its encoding was not requested.
    """
    match encoding.strip().lower():
        case "" | "identity":
            yield from sent
        case "gzip" | "x-gzip":
            yield from _unpack_gzip(sent, place)
        case _:
            # This includes gzip in gzip, which expands a few bytes to gigabytes.
            raise _damaged(place, "Its compression is not the one that was requested.")


def read_whole(coming: Iterable[bytes], max_bytes: int) -> bytes:
    """Return a whole body.

    Raises:
        InvalidDataError: the body is larger than `max_bytes`.
    """
    chunks: list[bytes] = []
    size = 0
    for chunk in coming:
        size += len(chunk)
        if size > max_bytes:
            raise InvalidDataError(
                "The answer is too large for a session.",
                reason=f"It holds more than {max_bytes // 2**20} MiB; the rest was not read.",
            )
        chunks.append(chunk)
    return b"".join(chunks)


def read_start(coming: Iterable[bytes]) -> bytes:
    """Return the start of an error's body, as far as it can be unpacked."""
    body = b""
    # The status is enough if the message cannot be unpacked.
    with suppress(InvalidDataError):
        for chunk in coming:
            body += chunk
            if len(body) >= _REFUSAL_BYTES:
                break
    return body


def _unpack_gzip(sent: Iterable[bytes], place: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    is_empty = True
    try:
        for part in sent:
            is_empty = is_empty and not part
            rest = part
            while rest:
                if unpacker.eof:
                    # A body may have several gzip members.
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(rest, _STEP_BYTES)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
        yield unpacker.flush()
    except zlib.error:
        raise _damaged(place, "Its compressed data cannot be unpacked.") from None
    if not unpacker.eof and not is_empty:
        raise _damaged(place, "Its compressed data ends too early.")


def _damaged(place: str, reason: str) -> InvalidDataError:
    return InvalidDataError(
        f"The answer from {place} is damaged.",
        reason=reason,
        hint="Try again; something between here and the server may change its data.",
    )
