"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from eventview.errors import UsageError
from eventview.files import check, written


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with written(path) as file:
        file.write(b"one")
        file.flush()
        assert not path.exists()
        file.write(b" two")
    assert contents(tmp_path) == {"a.json": b"one two"}


def test_what_was_there_stays_when_writing_fails_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), written(path) as file:
        print(file.write(b"half") // 0)
    assert contents(tmp_path) == {"a.json": b"old"}


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with written(tmp_path / "a") as file:
            file.write(b"x")
        assert os.umask(mask) == mask, "the process's own mask is as it was"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~mask


def test_a_file_keeps_its_permissions_and_a_link_leads_to_it_still(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    with written(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with written(pipe) as file:
        file.write(b"through")
    reader.join()
    assert read == [b"through"]
    assert pipe.is_fifo()


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"cannot be written\. No space left"),
        written(Path("/dev/full")) as file,
    ):
        file.write(b"x" * 100_000)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/a.json", "There is no folder"),
        (".", "It is a folder"),
        ("file/a.json", "There is no folder"),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_is_fetched(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=words) as caught:
        check(tmp_path / name)
    assert caught.value.exit_code == 2


def test_a_closed_folder_is_told_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root
    with pytest.raises(UsageError, match="Nothing can be written in"):
        check(tmp_path / "a.json")


def test_writing_into_a_folder_that_went_away_is_told_too(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "gone" / "a", "No such file"), (tmp_path, "It is a folder")):
        with pytest.raises(UsageError, match=words), written(path):
            pytest.fail("there is nothing to write to")
