"""Files that are written whole or not at all.

May import `eventview.errors` and `eventview.model`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from eventview.errors import UsageError
from eventview.model.text import clean

LINES: Final = 100
"""Written at once: a call for each would take longer than to make them. With many more, what is
written is so large that the allocator gives its memory back each time, and asks for it again."""

_ALL_MAY_READ: Final = 0o666

_STREAM: Final = re.compile(r"/dev/(?:(?P<name>stdout|stderr)|fd/(?P<number>[0-9]{1,9}))")
"""What is open already, and may lead anywhere."""


def check(path: Path) -> None:
    """See to it early that a file can be written.

    Raises:
        UsageError: its folder is missing or closed to us, or it is a folder itself.
    """
    reason = ""
    folder = path.parent
    try:
        path.resolve()
        if path.is_dir():
            reason = "It is a folder."
        elif not folder.is_dir():
            reason = f"There is no folder {clean(str(folder))}."
        elif path.exists() and not os.access(path, os.W_OK):
            reason = "It may not be written to."
        elif not os.access(folder, os.W_OK) and not (path.exists() and os.access(path, os.W_OK)):
            reason = f"Nothing can be written in {clean(str(folder))}."
    except (OSError, RuntimeError) as error:
        # Links that lead to each other, for one.
        reason = f"{clean(str(error))}."
    if reason:
        raise UsageError(
            f"{clean(str(path))} cannot be written.", cause=reason, cure="Name another file."
        )


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place only when the block ends without a failure.

    What was there before stays until then, with its permissions. A pipe or a device is written to
    as it is.

    Raises:
        UsageError: it cannot be written.
    """
    stream = _STREAM.fullmatch(str(path))
    try:
        if stream is not None:
            number = stream["number"] or ("stdin", "stdout", "stderr").index(stream["name"])
            with os.fdopen(os.dup(int(number)), "wb") as file:
                yield file
            return
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as file:
                yield file
            return
        # Through links: the file they lead to is the one that is meant.
        with _beside(path.resolve()) as file:
            yield file
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(
            f"{clean(str(path))} cannot be written.",
            cause=f"{clean(str(reason or error))}.",
            cure="Name another file, or make room.",
        ) from None


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines to a file as UTF-8; see `written`.

    Returns:
        How many.
    """
    number, rest = 0, iter(lines)
    with written(path) as file:
        while some := list(islice(rest, LINES)):
            file.write("\n".join([*some, ""]).encode("utf-8", "backslashreplace"))
            number += len(some)
    return number


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise IsADirectoryError(0, "It is a folder")
    mode = path.stat().st_mode & 0o777 if path.exists() else _ALL_MAY_READ & ~_umask()
    # Here, because most runs write no file.
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
