"""A database in trouble: every failure is one kind of error that says what to do, and nothing kept is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sentisound.errors import HistoryUnavailable
from sentisound.history import place, problems
from sentisound.history.store import History
from sentisound.settings import Settings

INSERT_FOR_EVER = """
import os, sys, threading
from sentisound.history.store import History
from sentisound.results import Analysis, Quality, Scores
from sentisound.settings import Settings

history = History.open(Settings.load())

def insert():
    while True:
        scores, quality = Scores(("happy", "sad"), (0.7, 0.3)), Quality(-20.0, 24.0, 0.0, 0.0, 8000.0, 0.8)
        analysis = Analysis("m@1", "clip.wav", 1.0, scores, (), quality)
        history.add(analysis)
        os.write(1, f"{analysis.id}\\n".encode())  # now it is answered as kept

for _ in range(4):
    threading.Thread(target=insert).start()
"""


@pytest.fixture
def history(sqlite_settings: Settings) -> Iterator[History]:
    """Open an SQLite history; what is here is SQLite's."""
    with History.open(sqlite_settings) as opened:
        yield opened


def on_connect(history: History, pragma: str) -> None:
    """Run a pragma on every connection from now on."""
    event.listen(history._engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
    history._engine.dispose()


def test_a_full_disk_is_told_and_room_makes_it_work_again(history: History, heard):
    history.add(heard())
    pages = 40  # SQLite then answers as it does when a write to disk fails for want of room
    on_connect(history, f"max_page_count = {pages}")
    with pytest.raises(HistoryUnavailable, match=r"history\.sqlite3: the disk is full; make room"):
        deque(map(history.add, (heard() for _ in range(500))))
    before = history.count()
    assert before > 1
    on_connect(history, "max_page_count = 100000")
    history.add(heard())
    assert history.count() == before + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 600 kB; the test is skipped where that is not allowed."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder]
    if os.getuid() != 0 or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_is_really_full_keeps_what_was_kept(small_disk: Path, heard):
    kept: list[str] = []
    with History.open(Settings.load(data_dir=small_disk / "data")) as history:
        with contextlib.suppress(HistoryUnavailable):
            for _ in range(2000):
                made = heard()
                history.add(made)
                kept.append(made.id)
        assert 0 < len(kept) < 2000
        with pytest.raises(HistoryUnavailable, match="full"):
            history.add(heard())
        assert {entry.id for page in history.pages() for entry in page} == set(kept)
    with History.open(Settings.load(data_dir=small_disk / "data")) as again:
        assert again.count() == len(kept)


def test_what_cannot_be_written_can_still_be_read(history: History, heard):
    history.add(heard())
    on_connect(history, "query_only = ON")
    with pytest.raises(HistoryUnavailable, match="it cannot be written; allow yourself"):
        history.add(heard())
    assert history.count() == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not write")
def test_a_folder_of_somebody_else_is_told(history: History, heard):
    history.add(heard())
    history.close()
    code = "from sentisound.history.store import History; from sentisound.settings import Settings; "
    code += "import os; os.setgid(65534); os.setuid(65534); History.open(Settings.load())"
    environment = {**os.environ, "SENTISOUND_DATA_DIR": str(history.place.file.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert "HistoryUnavailable" in done.stderr
    assert "Permission denied; choose a folder that can be written (SENTISOUND_DATA_DIR)" in done.stderr


def test_a_locked_file_is_waited_for_and_then_told(history: History, heard):
    on_connect(history, "busy_timeout = 50")
    other = sqlite3.connect(history.place.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryUnavailable, match="another program has locked it"):
        history.add(heard())
    assert history.count() == 0  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    history.add(heard())
    assert history.count() == 1


@pytest.mark.parametrize("content", [b"this is a poem, not a database" * 40, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_told_and_left_as_it_is(sqlite_settings: Settings, content: bytes):
    sqlite_settings.data_dir.mkdir()
    file = sqlite_settings.data_dir / "history.sqlite3"
    file.write_bytes(content)
    with pytest.raises(HistoryUnavailable, match="it is damaged or no database of SQLite; move it away"):
        History.open(sqlite_settings)
    assert file.read_bytes() == content


def test_damage_in_the_middle_is_told(history: History, heard):
    for _ in range(100):
        history.add(heard())
    history.close()
    file = history.place.file
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(HistoryUnavailable, match="damaged"):
        history.page()


def test_a_file_that_was_deleted_is_not_written_to_any_more(history: History, heard):
    history.add(heard())
    for path in history.place.file.parent.iterdir():
        path.unlink()
    with pytest.raises(HistoryUnavailable, match="it cannot be opened"):
        history.add(heard())


def test_a_file_that_was_replaced_is_read_anew(history: History, heard, tmp_path: Path):
    history.add(heard())
    with History.open(Settings.load(data_dir=tmp_path / "backup")) as backup:
        backup.add(restored := heard())
    for path in history.place.file.parent.iterdir():
        path.unlink()
    (tmp_path / "backup" / "history.sqlite3").rename(history.place.file)
    assert [entry.id for entry in history.page().entries] == [restored.id]


def test_postgresql_that_stops_is_told_without_a_password_and_comes_back(cluster, heard):
    url = cluster.empty_schema().replace("sentisound@", "sentisound:hunter2@")
    with History.open(Settings.load(database_url=url)) as history:
        history.add(heard())
        cluster.stop()
        try:
            with pytest.raises(HistoryUnavailable, match="check that the database runs") as told:
                history.add(heard())
            with pytest.raises(HistoryUnavailable, match="check that the database runs"):
                History.open(Settings.load(database_url=url))
        finally:
            cluster.start()
        assert "hunter2" not in str(told.value)
        history.add(heard())  # the old connections are dead, and nobody notices
        assert history.count() == 2


def test_an_error_of_an_unknown_kind_is_told_by_its_first_line():
    somewhere = place.place_of(Settings.load())
    assert problems.advice(SQLAlchemyError("one\ntwo"), somewhere).startswith("one; check that")
    silent = DBAPIError("SELECT 1", None, ConnectionError())
    assert problems.advice(silent, somewhere).startswith("ConnectionError; check")


def _failed_write() -> DBAPIError:
    cause = sqlite3.OperationalError("disk I/O error")
    cause.sqlite_errorcode, cause.sqlite_errorname = sqlite3.SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"
    return DBAPIError("INSERT", None, cause)


def test_a_failed_write_is_not_called_a_full_disk_where_there_is_room(tmp_path: Path):
    told = problems.advice(_failed_write(), place.place_of(Settings.load(data_dir=tmp_path)))
    assert told.startswith("reading or writing its files failed (SQLITE_IOERR_WRITE)")
    assert "full" not in told


def test_a_failed_write_on_a_full_disk_is_called_so(small_disk: Path):
    with contextlib.suppress(OSError), (small_disk / "fill").open("wb") as fill:
        for _ in range(1000):
            fill.write(b"x" * 4096)
            fill.flush()
    told = problems.advice(_failed_write(), place.place_of(Settings.load(data_dir=small_disk)))
    assert told.startswith("the disk is full")


def test_a_failed_write_in_a_folder_that_went_away_says_so(tmp_path: Path):
    told = problems.advice(_failed_write(), place.place_of(Settings.load(data_dir=tmp_path / "gone")))
    assert told.startswith("its folder cannot be reached (No such file or directory)")


def test_every_wait_is_bounded():
    assert place.BUSY_S <= 5
    assert place.CONNECT_S <= 5


def test_a_process_killed_while_it_inserts_loses_and_doubles_nothing(settings: Settings):
    url = settings.database_url
    environment = {**os.environ, "SENTISOUND_DATA_DIR": str(settings.data_dir)}
    environment |= {"SENTISOUND_DATABASE_URL": url.get_secret_value()} if url else {}
    process = subprocess.Popen([sys.executable, "-c", INSERT_FOR_EVER], stdout=subprocess.PIPE, env=environment)
    answered = [process.stdout.readline() for _ in range(300)]
    process.send_signal(signal.SIGKILL)
    answered += process.stdout.readlines()
    process.stdout.close()
    process.wait()
    promised = {line.decode().strip() for line in answered if line.endswith(b"\n")}
    with History.open(settings) as history:
        kept = [entry for batch in history.pages(whole=True) for entry in batch]
        with history._engine.connect() as connection:
            if history.place.file:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert len(promised) >= 300
    assert promised <= {entry.id for entry in kept}
    assert len(kept) == len({entry.id for entry in kept})
    assert len(kept) <= len(promised) + 4  # one in flight for each thread
    assert all(entry.document for entry in kept)  # no analysis without its document


def test_closing_twice_is_closing(history: History):
    history.close()
    with contextlib.closing(history):
        pass
