"""Unpacking the body of an answer, in steps that cannot fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from eventview.errors import InvalidDataError

_STEP_BYTES: Final = 2**20
"""Bytes unpacked at once: a thousand times as much could come out of one network packet."""

_GZIP: Final = zlib.MAX_WBITS | 16

_REFUSAL_BYTES: Final = 64 * 1024
"""Bytes of an error's body that are read; its words are at its start."""


def unpacked(sent: Iterable[bytes], encoding: str, place: str) -> Iterator[bytes]:
    """The parts of a body as they were before they were packed.

    Args:
        sent: the parts as they come over the network.
        encoding: the answer's `Content-Encoding`; "" for none.
        place: who sends it, cleaned.

    Raises:
        InvalidDataError: it is packed in a way that was not asked for, or damaged.
    """
    match encoding.strip().lower():
        case "" | "identity":
            yield from sent
        case "gzip" | "x-gzip":
            yield from _from_gzip(sent, place)
        case _:
            # Also for gzip in gzip, which makes gigabytes of a few bytes.
            raise _damaged(place, "It is packed in another way than was asked for.")


def read_whole(coming: Iterable[bytes], max_bytes: int) -> bytes:
    """Return all of a body.

    Raises:
        InvalidDataError: it is larger than allowed.
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
    """Return the start of an error's body; as much of it as can be unpacked."""
    body = b""
    # The status says what happened even where the words cannot be unpacked.
    with suppress(InvalidDataError):
        for chunk in coming:
            body += chunk
            if len(body) >= _REFUSAL_BYTES:
                break
    return body


def _from_gzip(sent: Iterable[bytes], place: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    is_empty = True
    try:
        for part in sent:
            is_empty = is_empty and not part
            rest = part
            while rest:
                if unpacker.eof:
                    # A body may be of several members, one behind the other.
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
        hint="Try again; something between here and the server may be changing it.",
    )
