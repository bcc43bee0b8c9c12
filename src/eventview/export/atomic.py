"""Files that are written whole or not at all, for the eyes of their owner.

A session is personal data, so a new file is readable by its owner only; one that its owner has
already keeps its permissions, as editors keep them. A symbolic link is followed only in a folder
that nobody else can write to: anywhere else it may have been put there to have another file
overwritten.
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

LINES: Final = 100
"""Written at once: a call for each would take longer than to make them. With many more, what is
written is so large that the allocator gives its memory back each time, and asks for it again."""

_OWNER_ONLY: Final = 0o600

_FOLDER: Final = os.O_DIRECTORY | os.O_NOFOLLOW | getattr(os, "O_PATH", os.O_RDONLY)
"""The flags to open a folder with; where there is `O_PATH`, it need not be readable."""

_MOST_LINKS: Final = 40
"""Symbolic links on the way to a file; Linux follows as many."""

_STREAM: Final = re.compile(
    r"/dev/(?P<name>stdout|stderr)|(?:/dev|/proc/self)/fd/(?P<number>[0-9]{1,9})"
)
"""A file that is open already, and may lead anywhere."""


def check(path: Path) -> None:
    """See to it early that a file can be written.

    Raises:
        UsageError: its folder is missing or closed to us, it is a folder itself, or a link on the
            way to it may be somebody else's.
    """
    reason = ""
    folder = path.parent
    try:
        if path.is_dir():
            reason = "It is a folder."
        elif not folder.is_dir():
            reason = f"There is no folder {clean(str(folder))}."
        elif path.exists() and not os.access(path, os.W_OK):
            reason = "It may not be written to."
        elif not os.access(folder, os.W_OK) and not (path.exists() and os.access(path, os.W_OK)):
            reason = f"Nothing can be written in {clean(str(folder))}."
        elif not _STREAM.fullmatch(str(path)):
            with _placed(path) as (where, name):
                _refuse_foreign(path, where, _stat(name, where))
    except OSError as error:
        # Links that lead to each other, for one.
        reason = f"{clean(error.strerror or str(error))}."
    if reason:
        raise UsageError(
            f"{clean(str(path))} cannot be written.", reason=reason, hint="Name another file."
        )


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place only when the block ends without a failure.

    What was there before stays until then. A new file has the permissions 0600; one that the user
    owns keeps its own, without those to run it as somebody else. A pipe or a device is written to
    as it is.

    Raises:
        UsageError: it cannot be written, or a link on the way to it may be somebody else's.
    """
    try:
        if stream := _STREAM.fullmatch(str(path)):
            with os.fdopen(_duplicate(stream), "wb") as file:
                yield file
            return
        with _placed(path) as (folder, name):
            there = _stat(name, folder)
            if there is None or stat.S_ISREG(there.st_mode):
                with _draft(folder, name, there) as file:
                    yield file
                return
            _refuse_foreign(path, folder, there)
            with os.fdopen(_open_as_it_is(name, folder), "wb") as file:
                yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(
            f"{clean(str(path))} cannot be written.",
            reason=f"{clean(error.strerror or str(error))}.",
            hint="Name another file, or make room.",
        ) from None


def append(path: Path, text: str) -> None:
    """Add a text to the end of a file in one piece; a new file has the permissions 0600.

    Raises:
        UsageError: a link on the way to it, or the file itself, may be somebody else's.
        OSError: it cannot be written.
    """
    if stream := _STREAM.fullmatch(str(path)):
        _append_to(_duplicate(stream), text)
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NOCTTY
    with _placed(path) as (folder, name):
        _refuse_foreign(path, folder, _stat(name, folder))
        descriptor = os.open(name, flags, _OWNER_ONLY, dir_fd=folder)
        _append_to(descriptor, text)


def _append_to(descriptor: int, text: str) -> None:
    # One write to a file opened for appending is whole, whichever thread it is from.
    with os.fdopen(descriptor, "wb", 0) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


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
def _placed(path: Path) -> Iterator[tuple[int, str]]:
    """Give the folder that a path leads to, open, and the name of the file in it.

    One folder after the other is opened from the one before, so that none can be changed for
    another on the way or later.

    Raises:
        UsageError: a link stands in a folder that others can write to.
    """
    ahead = [*reversed(path.parts)]
    links = 0
    folder = os.open(".", _FOLDER)
    try:
        while True:
            name = ahead.pop() if ahead else "."
            there = _stat(name, folder)
            if there is not None and stat.S_ISLNK(there.st_mode):
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                _refuse_shared(path, name, folder)
                ahead += reversed(Path(os.readlink(name, dir_fd=folder)).parts)
                continue
            is_folder = there is not None and stat.S_ISDIR(there.st_mode)
            if not ahead:
                if is_folder:
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
    """Return True for a folder in which somebody else can put and rename files."""
    told = os.fstat(folder)
    others = stat.S_IWGRP | stat.S_IWOTH
    return bool(told.st_mode & others) or told.st_uid not in {0, os.geteuid()}


def _refuse_shared(path: Path, link: str, folder: int) -> None:
    if _is_shared(folder):
        raise UsageError(
            f"{clean(str(path))} cannot be written.",
            reason=f"{clean(link)} is a symbolic link in a folder that others can write to: "
            "whoever put it there decides which file is overwritten.",
            hint="Name the file that it leads to, or one in a folder of your own.",
        )


def _refuse_foreign(path: Path, folder: int, there: os.stat_result | None) -> None:
    """Refuse to write into what somebody else put where others can write; a file is replaced."""
    if there is None or there.st_uid in {0, os.geteuid()} or not _is_shared(folder):
        return
    raise UsageError(
        f"{clean(str(path))} cannot be written.",
        reason="It is somebody else's, in a folder that others can write to.",
        hint="Name a file in a folder of your own.",
    )


def _duplicate(stream: re.Match[str]) -> int:
    number = stream["number"] or ("stdin", "stdout", "stderr").index(stream["name"])
    return os.dup(int(number))


def _open_as_it_is(name: str, folder: int) -> int:
    """Open a pipe or a device for writing, and nothing that has taken its place meanwhile."""
    descriptor = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_NOCTTY, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EEXIST, "Something else has taken its place")
    return descriptor


@contextmanager
def _draft(folder: int, name: str, there: os.stat_result | None) -> Iterator[BinaryIO]:
    """A file beside the one that is meant, which becomes that one at the end."""
    draft = f".eventview-{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(draft, flags, _OWNER_ONLY, dir_fd=folder), "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), _mode(file.fileno(), there))
            os.fsync(file.fileno())
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise


def _mode(descriptor: int, there: os.stat_result | None) -> int:
    """Return the permissions of a file that is written anew, and give it the group it had."""
    # One of several names may have been made by somebody else.
    if there is None or there.st_uid != os.geteuid() or there.st_nlink > 1:
        return _OWNER_ONLY
    mode = stat.S_IMODE(there.st_mode) & 0o777
    try:
        os.chown(descriptor, -1, there.st_gid)
    except OSError:
        # Those who are in its group now are others.
        return mode & ~stat.S_IRWXG
    return mode
