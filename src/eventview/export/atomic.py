"""Atomic file writing with private permissions.

A session is personal data, so a new file is readable by its owner only; an existing one keeps its
permissions. A symbolic link is followed only in a folder that nobody else can write to, because
anywhere else it may have been planted to overwrite another file.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from eventview.errors import UsageError
from eventview.session.text import clean

LINES_PER_WRITE: Final = 100
"""Lines per write: with fewer, the calls dominate; with many more, the allocator returns the memory
to the system after each write and requests it again."""

_OWNER_ONLY: Final = 0o600

_FOLDER: Final = os.O_DIRECTORY | os.O_NOFOLLOW | getattr(os, "O_PATH", os.O_RDONLY)
"""Flags to open a folder; with `O_PATH` it need not be readable."""

_MOST_LINKS: Final = 40
"""Symbolic links followed in one path, the same number as in Linux."""

_STREAM: Final = r"/dev/(?P<name>stdout|stderr)|(?:/dev|/proc/self)/fd/(?P<number>[0-9]{1,9})"
"""Path of an open file descriptor, which may lead anywhere."""


def check_writable(path: Path) -> None:
    """Check before any work is done that a file can be written.

    Raises:
        UsageError: its folder is missing or not writable, it is a folder itself, or a link in
            its path may belong to somebody else.
    """
    reason = ""
    folder = path.parent
    try:
        if path.is_dir():
            reason = "It is a folder."
        elif not folder.is_dir():
            reason = f"There is no folder {clean(str(folder))}."
        elif path.exists() and not os.access(path, os.W_OK):
            reason = "It is not writable."
        elif not os.access(folder, os.W_OK) and not (path.exists() and os.access(path, os.W_OK)):
            reason = f"No file can be created in {clean(str(folder))}."
        elif not re.fullmatch(_STREAM, str(path)):
            with _open_folder(path) as (descriptor, name):
                _refuse_foreign(path, descriptor, _stat(name, descriptor))
    except OSError as error:
        # Links may form a loop, for example.
        reason = f"{clean(error.strerror or str(error))}."
    if reason:
        raise UsageError(
            f"{clean(str(path))} cannot be written.", reason=reason, hint="Name another file."
        )


@contextmanager
def open_atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing and replace the existing one only if the block succeeds.

    A new file has the permissions 0600; one that the user owns keeps its own, except the setuid
    and setgid bits. Pipes and devices are written to directly.

    Raises:
        UsageError: it cannot be written, or a link in its path may belong to somebody else.
    """
    try:
        if stream := re.fullmatch(_STREAM, str(path)):
            with os.fdopen(_duplicate(stream), "wb") as file:
                yield file
            return
        with _open_folder(path) as (folder, name):
            existing = _stat(name, folder)
            if existing is None or stat.S_ISREG(existing.st_mode):
                with _replace_atomically(folder, name, existing) as file:
                    yield file
                return
            _refuse_foreign(path, folder, existing)
            with os.fdopen(_open_special(name, folder), "wb") as file:
                yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(
            f"{clean(str(path))} cannot be written.",
            reason=f"{clean(error.strerror or str(error))}.",
            hint="Name another file, or make room.",
        ) from None


def append_text(path: Path, text: str) -> None:
    """Append a text to a file in a single write; a new file has the permissions 0600.

    Raises:
        UsageError: the file or a link in its path may belong to somebody else.
        OSError: it cannot be written.
    """
    if stream := re.fullmatch(_STREAM, str(path)):
        _append_to(_duplicate(stream), text)
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NOCTTY
    with _open_folder(path) as (folder, name):
        _refuse_foreign(path, folder, _stat(name, folder))
        descriptor = os.open(name, flags, _OWNER_ONLY, dir_fd=folder)
        _append_to(descriptor, text)


def _append_to(descriptor: int, text: str) -> None:
    # A single write to a file opened for appending is atomic between threads.
    with os.fdopen(descriptor, "wb", 0) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines to a file as UTF-8 and return their number; see `open_atomic`."""
    number, rest = 0, iter(lines)
    with open_atomic(path) as file:
        while some := list(islice(rest, LINES_PER_WRITE)):
            file.write("\n".join([*some, ""]).encode("utf-8", "backslashreplace"))
            number += len(some)
    return number


@contextmanager
def _open_folder(path: Path) -> Iterator[tuple[int, str]]:
    """Open the folder of a path and yield its descriptor and the name of the file in it.

    Each folder is opened relative to its parent, so that none can be exchanged meanwhile.

    Raises:
        UsageError: a link is in a folder that others can write to.
    """
    remaining = [*reversed(path.parts)]
    links = 0
    folder = os.open(".", _FOLDER)
    try:
        while True:
            name = remaining.pop() if remaining else "."
            status = _stat(name, folder)
            if status is not None and stat.S_ISLNK(status.st_mode):
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                if _is_shared(folder):
                    raise UsageError(
                        f"{clean(str(path))} cannot be written.",
                        reason=f"{clean(name)} is a symbolic link in a folder that others can "
                        "write to: whoever put it there decides which file is overwritten.",
                        hint="Name the file that it leads to, or one in a folder of your own.",
                    )
                remaining += reversed(Path(os.readlink(name, dir_fd=folder)).parts)
                continue
            if not remaining:
                if status is not None and stat.S_ISDIR(status.st_mode):
                    raise IsADirectoryError(errno.EISDIR, "It is a folder")
                break
            inner = os.open(name, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder, name
    finally:
        os.close(folder)


def _stat(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_shared(folder: int) -> bool:
    """Return True if somebody else can create and rename files in a folder."""
    status = os.fstat(folder)
    others = stat.S_IWGRP | stat.S_IWOTH
    return bool(status.st_mode & others) or status.st_uid not in {0, os.geteuid()}


def _refuse_foreign(path: Path, folder: int, existing: os.stat_result | None) -> None:
    """Refuse to write into somebody else's file in a folder that others can write to."""
    if existing is None or existing.st_uid in {0, os.geteuid()} or not _is_shared(folder):
        return
    raise UsageError(
        f"{clean(str(path))} cannot be written.",
        reason="It belongs to somebody else and is in a folder that others can write to.",
        hint="Name a file in a folder of your own.",
    )


def _duplicate(stream: re.Match[str]) -> int:
    number = stream["number"] or ("stdin", "stdout", "stderr").index(stream["name"])
    return os.dup(int(number))


def _open_special(name: str, folder: int) -> int:
    """Open a pipe or a device for writing, unless a regular file has replaced it."""
    descriptor = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_NOCTTY, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EEXIST, "Another file has replaced it")
    return descriptor


@contextmanager
def _replace_atomically(
    folder: int, name: str, existing: os.stat_result | None
) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces the named one if the block succeeds."""
    draft = f".eventview-{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(draft, flags, _OWNER_ONLY, dir_fd=folder), "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), _inherit_mode(file.fileno(), existing))
            os.fsync(file.fileno())
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise


def _inherit_mode(descriptor: int, existing: os.stat_result | None) -> int:
    """Give a file the group of the one that it replaces and return the permissions for it."""
    # If the file has several names, somebody else may have made one of them.
    if existing is None or existing.st_uid != os.geteuid() or existing.st_nlink > 1:
        return _OWNER_ONLY
    mode = stat.S_IMODE(existing.st_mode) & 0o777
    try:
        os.chown(descriptor, -1, existing.st_gid)
    except OSError:
        # The new file has another group, whose members had no access to the old one.
        return mode & ~stat.S_IRWXG
    return mode
