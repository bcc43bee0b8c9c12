"""The untouched answers of a source, kept for `--save FILE`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO, BinaryIO, Final

from eventview.errors import UnavailableError
from eventview.export.atomic import written

_CHUNK_BYTES: Final = 2**20


class ResponseRecorder:
    """Takes every answer with events, byte for byte, and writes them to one file.

    One answer is the file; several are a JSON list of them, which eventview opens as it opens one.
    Until then they are in a temporary file, so that a long session takes no memory.

    Args:
        path: where to write them; None keeps nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        self._draft: IO[bytes] | None = None
        self._ends: list[int] = []

    def begin(self) -> None:
        """Forget what was taken: the session comes anew."""
        with self._lock:
            if self._draft is not None:
                self._draft.seek(0)
                self._draft.truncate()
            self._ends.clear()

    def take(self, body: bytes) -> None:
        """Keep an answer; in any thread.

        Raises:
            UnavailableError: there is no room for it.
        """
        if self._path is None:
            return
        with self._lock:
            try:
                if self._draft is None:
                    # Here and below, because most runs keep nothing.
                    import tempfile

                    self._draft = tempfile.TemporaryFile()  # noqa: SIM115  # until the end
                self._draft.write(body)
            except OSError as error:
                raise UnavailableError(
                    "The answer cannot be kept.",
                    reason=f"{error.strerror or error}.",
                    hint="Make room in the folder for temporary files, or leave out --save.",
                ) from None
            self._ends.append((self._ends[-1] if self._ends else 0) + len(body))

    def write(self) -> int:
        """Write what was taken to the file, whole or not at all, and forget it.

        Returns:
            How many answers; 0 where there were none, and then there is no file.

        Raises:
            UsageError: the file cannot be written.
        """
        with self._lock:
            if self._path is None or self._draft is None or not self._ends:
                return 0
            ends, self._ends = self._ends, []
            draft, self._draft = self._draft, None
            with draft, written(self._path) as file:
                draft.seek(0)
                if len(ends) == 1:
                    import shutil

                    shutil.copyfileobj(draft, file, _CHUNK_BYTES)
                else:
                    _write_list(draft, ends, file)
            return len(ends)


def _write_list(draft: IO[bytes], ends: Sequence[int], file: BinaryIO) -> None:
    start = 0
    for end in ends:
        file.write(b"," if start else b"[")
        file.write(draft.read(end - start))
        start = end
    file.write(b"]")
