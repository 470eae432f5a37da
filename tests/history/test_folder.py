"""Files of rows: whole or not there, called by ids only, and swept when nothing needs them."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentisound.history.folder import YOUNG_S, Folder

ID = "job_0123456789abcdef"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "spool")


def test_what_is_kept_comes_back_whole(folder: Folder):
    content = os.urandom(3_000_000)
    source = io.BytesIO(content)
    source.seek(77)
    folder.keep(ID, source)
    assert source.tell() == 0
    with folder.open(ID) as file:
        assert file.read() == content
    assert folder.has(ID)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    folder.remove(ID)
    folder.remove(ID)
    assert not folder.has(ID)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", ".", "place", "/etc/passwd", "job_", "an_x\0", "an_ABCDEF012345"]
)
def test_an_id_is_never_a_path(folder: Folder, name: str):
    folder.place()
    assert not folder.has(name)
    with pytest.raises(FileNotFoundError):
        folder.open(name)


def test_a_place_is_the_same_for_all_who_share_it(tmp_path: Path):
    gate, found = threading.Barrier(6), []

    def ask() -> None:
        gate.wait()
        found.append(Folder(tmp_path / "shared").place())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert Folder(tmp_path / "other").place() not in found
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["place"]


def test_the_sweep_takes_what_belongs_to_nothing_and_is_not_young(folder: Folder):
    needed, orphan, young = (f"job_{number:012x}" for number in range(3))
    for identity in (needed, orphan, young):
        folder.keep(identity, io.BytesIO(b"x"))
    (folder.path / f"{orphan}.draft").write_bytes(b"half")
    old_s = (folder.path / needed).stat().st_mtime - 2 * YOUNG_S
    for name in (needed, orphan, f"{orphan}.draft"):
        os.utime(folder.path / name, (old_s, old_s))
    (folder.path / "notes.txt").write_text("somebody else's")
    os.utime(folder.path / "notes.txt", (old_s, old_s))
    assert folder.sweep(lambda some: set(some) & {needed}) == 2
    assert {path.name for path in folder.path.iterdir()} == {needed, young, "notes.txt"}
    assert Folder(folder.path / "none").sweep(set) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 400 kB and the reserve; the test is skipped where that is not allowed."""
    path = tmp_path / "small"
    path.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=16400k", "tmpfs", path]
    if os.getuid() != 0 or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def test_a_full_disk_leaves_nothing_half(small_disk: Path):
    folder = Folder(small_disk / "spool")
    folder.keep(ID, io.BytesIO(b"x" * 100_000))
    with pytest.raises(OSError, match="No space"):
        folder.keep("job_ffffffffffff", io.BytesIO(b"y" * 1_000_000))
    assert [path.name for path in folder.path.iterdir()] == [ID]
    assert not folder.try_to_keep("job_ffffffffffff", io.BytesIO(b"y" * 1_000_000))
    folder.remove(ID)
    assert folder.try_to_keep("job_ffffffffffff", io.BytesIO(b"y" * 200_000))
