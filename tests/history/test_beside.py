"""Others on the same file: a process that opens, closes, copies or lists the history costs a running one nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentisound.errors import BackupFailed
from sentisound.history.database import Database
from sentisound.history.place import place_of
from sentisound.history.store import History
from sentisound.settings import Settings

LIST = [sys.executable, "-m", "sentisound", "history", "list", "--json"]
KILLED = """
import os, signal, sys
from sentisound.history.database import Database
from sentisound.history.place import place_of
from sentisound.history.store import History
from sentisound.results import Analysis, Quality, Scores
from sentisound.settings import Settings

settings = Settings.load()
history = History.open(settings)
Database.open(settings).close()
place_of(settings).prepare()
for line in sys.stdin:
    scores, quality = Scores(("happy", "sad"), (0.7, 0.3)), Quality(-20.0, 24.0, 0.0, 0.0, 8000.0, 0.8)
    analysis = Analysis("m@1", "clip.wav", 1.0, scores, (), quality)
    history.add(analysis)
    print(analysis.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def history(sqlite_settings: Settings) -> Iterator[History]:
    with History.open(sqlite_settings) as opened:
        yield opened


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "SENTISOUND_DATA_DIR": str(folder)}


def listed(folder: Path) -> str:
    return subprocess.run(LIST, check=True, capture_output=True, text=True, env=environment(folder)).stdout


def beside(file: Path) -> dict[str, int]:
    """Return the files of SQLite beside the database, by name, with their inodes."""
    return {path.name: path.stat().st_ino for path in file.parent.iterdir() if path.name != file.name}


def test_a_process_that_comes_and_goes_leaves_the_log_of_a_running_one(
    history: History, sqlite_settings: Settings, heard
):
    history.add(heard())
    before = beside(history.place.file)
    assert set(before) == {"history.sqlite3-wal", "history.sqlite3-shm"}
    for _ in range(2):
        Database.open(sqlite_settings).close()  # as a server does when it checks its keys
        history.place.prepare()
        listed(sqlite_settings.data_dir)
        assert beside(history.place.file) == before
        history.add(kept := heard())
        assert kept.id in listed(sqlite_settings.data_dir)


def test_what_a_killed_process_has_kept_is_there_although_another_came_and_went(tmp_path: Path):
    victim = subprocess.Popen([sys.executable, "-c", KILLED], stdin=-1, stdout=-1, text=True, env=environment(tmp_path))
    kept: list[str] = []
    for _ in range(4):
        victim.stdin.write("\n")
        victim.stdin.flush()
        kept.append(victim.stdout.readline().strip())
        assert kept[-1] in listed(tmp_path)
    victim.stdin.close()
    assert victim.wait(30) == -9
    victim.stdout.close()
    found = listed(tmp_path)
    assert all(identity in found for identity in kept)
    check = sqlite3.connect(tmp_path / "history.sqlite3")
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_a_file_that_many_make_at_once_is_one_and_private(tmp_path: Path):
    place = place_of(Settings.load(data_dir=tmp_path / "data"))
    threads = [threading.Thread(target=place.prepare) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in place.file.parent.iterdir()] == ["history.sqlite3"]
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_not_opened(history: History, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> int:
        raise AssertionError("the database was opened beside SQLite")

    monkeypatch.setattr(os, "open", refuse)
    history.place.prepare()


def test_a_backup_of_a_history_in_use_holds_all_that_was_kept(history: History, heard, tmp_path: Path):
    kept = [heard() for _ in range(20)]
    for made in kept[:10]:
        history.add(made)
    reading = sqlite3.connect(history.place.file)
    reading.execute("BEGIN")
    assert reading.execute("SELECT count(*) FROM analyses").fetchone() == (10,)
    for made in kept[10:]:
        history.add(made)
    copy = tmp_path / "copy" / "history.sqlite3"
    copy.parent.mkdir()
    history.backup(copy)
    reading.close()
    assert [path.name for path in copy.parent.iterdir()] == ["history.sqlite3"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with History.open(Settings.load(data_dir=copy.parent)) as restored:
        assert {entry.id for entry in restored.page().entries} == {made.id for made in kept}


def test_a_backup_overwrites_nothing_and_says_why_it_failed(history: History, tmp_path: Path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(BackupFailed, match="is there already"):
        history.backup(tmp_path / "there")
    with pytest.raises(BackupFailed, match="cannot be written: No such file or directory"):
        history.backup(tmp_path / "nowhere" / "copy")
    assert {path.name for path in tmp_path.iterdir()} == {"there", "data"}


def test_a_backup_of_postgresql_says_what_to_use(cluster, tmp_path: Path):
    with (
        History.open(Settings.load(database_url=cluster.empty_schema())) as history,
        pytest.raises(BackupFailed, match="pg_dump"),
    ):
        history.backup(tmp_path / "copy")
