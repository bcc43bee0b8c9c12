"""Recording of a source's unchanged answers for `--save FILE`."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import IO, Final

from eventview.errors import UnavailableError
from eventview.export.atomic import open_atomic

_CHUNK_BYTES: Final = 2**20


class ResponseRecorder:
    """A recorder of answers with events, which writes them to one file, byte for byte.

    Several answers become a JSON list, which eventview can open too. Until they are written they
    are in a temporary file, so that a long session takes no memory.

    Args:
        path: the file to write; None records nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        self._draft: IO[bytes] | None = None
        self._ends: list[int] = []

    @property
    def is_recording(self) -> bool:
        """True if the answers are written to a file."""
        return self._path is not None

    def begin(self) -> None:
        """Forget the recorded answers, because the session starts over."""
        with self._lock:
            if self._draft is not None:
                self._draft.seek(0)
                self._draft.truncate()
            self._ends.clear()

    def take(self, body: bytes) -> None:
        """Record an answer; safe in any thread.

        Raises:
            UnavailableError: the temporary file cannot be written.
        """
        if self._path is None:
            return
        with self._lock:
            try:
                if self._draft is None:
                    import tempfile  # noqa: PLC0415  # only --save needs it

                    self._draft = tempfile.TemporaryFile()  # noqa: SIM115  # open until it is written
                self._draft.write(body)
            except OSError as error:
                raise UnavailableError(
                    "The answer cannot be recorded.",
                    reason=f"{error.strerror or error}.",
                    hint="Free space in the folder for temporary files, or leave out --save.",
                ) from None
            self._ends.append((self._ends[-1] if self._ends else 0) + len(body))

    def write(self) -> int:
        """Write the recorded answers to the file, whole or not at all, and forget them.

        Returns:
            The number of answers; no file is written for 0.

        Raises:
            UsageError: the file cannot be written.
        """
        with self._lock:
            if self._path is None or self._draft is None or not self._ends:
                return 0
            ends, self._ends = self._ends, []
            draft, self._draft = self._draft, None
            with draft, open_atomic(self._path) as file:
                draft.seek(0)
                if len(ends) == 1:
                    shutil.copyfileobj(draft, file, _CHUNK_BYTES)
                    return 1
                for start, end in pairwise([0, *ends]):
                    file.write(b"," if start else b"[")
                    file.write(draft.read(end - start))
                file.write(b"]")
            return len(ends)
