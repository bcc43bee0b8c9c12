"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from eventview.errors import UsageError
from eventview.export.atomic import append_text, check_writable, open_atomic, write_lines
from tests.tables import each_row


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with open_atomic(path) as file:
        file.write(b"one")
        file.flush()
        assert not path.exists()
        file.write(b" two")
    assert contents(tmp_path) == {"a.json": b"one two"}


def test_what_was_there_stays_when_writing_fails_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), open_atomic(path) as file:
        print(file.write(b"half") // 0)
    assert contents(tmp_path) == {"a.json": b"old"}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_new_file_may_be_read_by_its_owner_only(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with open_atomic(tmp_path / "a") as file:
            [draft] = tmp_path.iterdir()
            assert mode(draft) == 0o600, "while it is written, too"
            file.write(b"x")
        append_text(tmp_path / "b", "x")
        assert os.umask(mask) == mask, "the process's own mask is as it was"
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "b") == 0o600


@each_row(("before", "after"), [(0o644, 0o644), (0o600, 0o600), (0o4755, 0o755), (0o2664, 0o664)])
def test_a_file_that_is_there_keeps_its_permissions_but_not_those_to_be_somebody_else(
    tmp_path: Path, before: int, after: int
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(before)
    write_lines(path, ["new"])
    assert (path.read_text(), mode(path)) == ("new\n", after)


def test_a_file_with_several_names_is_left_to_the_other_name(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "a"
    other.write_bytes(b"old")
    other.chmod(0o644)
    os.link(other, path)
    write_lines(path, ["new"])
    assert (other.read_bytes(), path.read_bytes()) == (b"old", b"new\n")
    assert (mode(other), mode(path)) == (0o644, 0o600)


@pytest.fixture(params=[0o1777, 0o777, 0o770, 0o775])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder that others can write to."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(request.param)
    return folder


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that a link in such a folder leads to."""
    file = tmp_path / "home" / "victim"
    file.parent.mkdir()
    file.write_bytes(b"old")
    return file


@pytest.mark.parametrize("through", ["the file", "a folder", "a link to a link", "nowhere"])
def test_a_link_in_a_folder_of_others_is_not_followed(
    shared: Path, victim: Path, through: str
) -> None:
    path = shared / "out.json"
    if through == "a folder":
        path.symlink_to(victim.parent)
        path = path / "victim"
    elif through == "a link to a link":
        (shared.parent / "own").symlink_to(path)
        path.symlink_to(victim)
        path = shared.parent / "own"
    else:
        path.symlink_to(victim if through == "the file" else victim.with_name("new"))
    for use in (
        check_writable,
        lambda path: write_lines(path, ["new"]),
        lambda path: append_text(path, "new"),
    ):
        with pytest.raises(UsageError, match="symbolic link in a folder that others") as caught:
            use(path)
        assert "Name the file that it leads to" in caught.value.hint
    assert contents(victim.parent) == {"victim": b"old"}
    assert not [draft for draft in shared.iterdir() if draft.name != "out.json"]


def test_a_link_that_takes_the_place_of_the_file_while_it_is_written_is_replaced(
    shared: Path, victim: Path
) -> None:
    path = shared / "out.json"
    with open_atomic(path) as file:
        file.write(b"new")
        path.symlink_to(victim)
    assert not path.is_symlink()
    assert (path.read_bytes(), victim.read_bytes()) == (b"new", b"old")


def test_a_folder_that_is_changed_for_a_link_while_the_file_is_written_does_not_lead_away(
    shared: Path, victim: Path
) -> None:
    folder = shared / "folder"
    folder.mkdir()
    with open_atomic(folder / "victim") as file:
        file.write(b"new")
        folder.rename(shared / "moved")
        folder.symlink_to(victim.parent)
    assert victim.read_bytes() == b"old"
    assert contents(shared / "moved") == {"victim": b"new"}


def test_links_to_folders_are_followed_where_nobody_else_can_write(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to("home")
    (victim.parent / "up").symlink_to("../home/new")
    monkeypatch.chdir(tmp_path)
    write_lines(Path("link/../link/up"), ["new"])
    assert contents(victim.parent) == {"victim": b"old", "new": b"new\n", "up": b"new\n"}


def test_what_somebody_else_put_where_all_can_write_is_not_written_into(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, log = shared / "pipe", shared / "log"
    os.mkfifo(pipe)
    log.touch()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    if os.getuid() == 0:  # Root's files are trusted, so they have to be somebody's.
        for path in (pipe, log):
            os.chown(path, 54321, -1)
    for refused in (lambda: write_lines(pipe, ["x"]), lambda: append_text(log, "x")):
        with pytest.raises(UsageError, match="belongs to somebody else"):
            refused()
    assert log.read_bytes() == b""


def test_what_is_open_already_and_devices_are_written_to_as_they_are(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        for path in (f"/dev/fd/{file.fileno()}", f"/proc/self/fd/{file.fileno()}"):
            check_writable(Path(path))
            write_lines(Path(path), ["x"])
            append_text(Path(path), "y")
    assert (tmp_path / "a").read_bytes() == b"x\nyx\ny"
    check_writable(Path("/dev/null"))
    write_lines(Path("/dev/null"), ["x"])
    append_text(Path("/dev/null"), "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_file_keeps_its_permissions_and_a_link_leads_to_it_still(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    with open_atomic(link) as file:
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
    with open_atomic(pipe) as file:
        file.write(b"through")
    reader.join()
    assert read == [b"through"]
    assert pipe.is_fifo()


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"cannot be written\. No space left"),
        open_atomic(Path("/dev/full")) as file,
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
        check_writable(tmp_path / name)
    assert caught.value.exit_code == 2


def test_a_closed_folder_is_told_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root
    with pytest.raises(UsageError, match="No file can be created in"):
        check_writable(tmp_path / "a.json")


def test_writing_into_a_folder_that_went_away_is_told_too(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "gone" / "a", "No such file"), (tmp_path, "It is a folder")):
        with pytest.raises(UsageError, match=words), open_atomic(path):
            pytest.fail("there is nothing to write to")
