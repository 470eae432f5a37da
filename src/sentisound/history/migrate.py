"""Brings a database to the tables of this version, under a lock, so that two processes may start at once."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, column, inspect, select, table, text
from sqlalchemy.exc import OperationalError

from sentisound.errors import HistoryTooNew
from sentisound.history.place import BEGIN, Place
from sentisound.history.tables import HEAD, VERSION_TABLE

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
LOCK_KEY = 0x53656E7469  # "Senti": the number of our advisory lock, the same for all our processes
PATIENCE_S = 30.0
"""How long to wait for another process that is migrating the same file."""
PAUSE_S = 0.05


def migrate(engine: Engine, place: Place) -> None:
    """Bring the database to ``HEAD``; a database that is there is only looked at.

    Raises
    ------
    HistoryTooNew
        When the database is at a migration that this version does not know.
    """
    if place.file is not None:
        _write_ahead(engine)
    with engine.connect() as connection:
        if revision(connection) == HEAD:
            return
    options = {BEGIN: "BEGIN IMMEDIATE"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        found = revision(connection)
        if found != HEAD:  # else another process did it while this one waited for the lock
            _upgrade(connection, found, place)


def revision(connection: Connection) -> str | None:
    """Return the migration that a database is at; None for an empty one."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))


def _write_ahead(engine: Engine) -> None:
    """Turn on write-ahead logging: readers and a writer do not wait for each other.

    It is a property of the file. SQLite does not wait for the lock that the change needs, so this does; a file system
    that cannot do it (some network drives) leaves the file as it was, which works too.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not _is_write_ahead(engine):
        try:
            _pragma(engine, "journal_mode = WAL")
        except OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_S)
        else:
            return


def _is_write_ahead(engine: Engine) -> bool:
    return bool(_pragma(engine, "journal_mode") == "wal")


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _pragma(engine: Engine, what: str) -> Any:
    with engine.connect().execution_options(**{BEGIN: ""}) as connection:  # no transaction: it could not change then
        return connection.exec_driver_sql(f"PRAGMA {what}").scalar()


def _upgrade(connection: Connection, found: str | None, place: Place) -> None:
    from alembic import command  # half a second of imports, for a database that is new or old only
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise HistoryTooNew(
            f"{place} is at revision {found!r}, which this version does not know; install the version of SentiSound "
            "that wrote it or a newer one, or choose another folder (SENTISOUND_DATA_DIR)"
        )
    command.upgrade(config, "head")
