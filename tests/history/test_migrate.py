"""Migrations: they make what the code expects, once, however many start at once, or nothing at all."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import sentisound.idempotency
import sentisound.identity.tables
import sentisound.webhooks.tables  # noqa: F401 - rooms declare their tables themselves
from sentisound.errors import HistoryTooNew, HistoryUnavailable
from sentisound.history import migrate
from sentisound.history.place import place_of
from sentisound.history.store import History
from sentisound.history.tables import HEAD, VERSION_TABLE, metadata
from sentisound.settings import Settings

OPEN = """
import sys
from sentisound.history.store import History
from sentisound.settings import Settings
sys.stdin.readline()
with History.open(Settings.load()) as history:
    print(history.count())
"""


def environment(settings: Settings) -> dict[str, str]:
    url = settings.database_url
    chosen = {"SENTISOUND_DATABASE_URL": url.get_secret_value()} if url else {}
    return {**os.environ, "SENTISOUND_DATA_DIR": str(settings.data_dir), **chosen}


def test_the_migrations_make_the_tables_of_the_code(history: History):
    with history._engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []
        assert migrate.revision(connection) == HEAD


def test_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_migration_can_be_taken_back(history: History):
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with history._engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        command.upgrade(config, "head")
        assert migrate.revision(connection) == HEAD


def test_processes_that_start_at_once_do_not_collide(settings: Settings):
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPEN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(settings),
        )
        for _ in range(4)
    ]
    for process in started:
        process.stdin.write(b"\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in started]
    assert said == [(b"0\n", b"")] * 4


def test_a_newer_database_is_refused_and_left_alone(settings: Settings, heard):
    with History.open(settings) as history:
        history.add(heard())
        with history._engine.begin() as connection:
            connection.execute(text("UPDATE sentisound_revision SET version_num = '9999'"))
    with pytest.raises(HistoryTooNew, match=r"'9999'.*install the version of SentiSound that wrote it or a newer one"):
        History.open(settings)
    engine = place_of(settings).engine()
    with engine.connect() as connection:
        assert migrate.revision(connection) == "9999"
        assert connection.scalar(text("SELECT count(*) FROM analyses")) == 1
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    from alembic import op

    def full(*_: object, **__: object) -> None:
        op.execute("SELECT * FROM nothing")

    monkeypatch.setattr(op, "create_index", full)
    with pytest.raises(HistoryUnavailable):
        History.open(settings)
    monkeypatch.undo()
    monkeypatch.setenv("SENTISOUND_HISTORY", "1")
    with History.open(settings) as history:
        assert history.count() == 0


def test_an_open_history_needs_no_alembic(sqlite_settings: Settings):
    History.open(sqlite_settings).close()
    code = f"import sys\n{OPEN}\nprint('alembic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"\n", capture_output=True, env=environment(sqlite_settings), check=True
    )
    assert done.stdout == b"0\nFalse\n"


def test_a_file_system_without_write_ahead_logging_will_do(sqlite_settings: Settings, monkeypatch, heard):
    asked = []
    monkeypatch.setattr(migrate, "_pragma", lambda _, what: asked.append(what) or "delete")
    with History.open(sqlite_settings) as history:
        history.add(heard())
        assert history.count() == 1
    assert asked == ["journal_mode", "journal_mode = WAL"]
    with sqlite3.connect(sqlite_settings.data_dir / "history.sqlite3") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


def test_the_folder_of_migrations_is_in_the_package():
    assert (Path(migrate.__file__).parent / "migrations" / "env.py").exists()
