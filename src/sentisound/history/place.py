"""Where the history is: a file of SQLite or a database of PostgreSQL, and how a connection to it is set up."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import QueuePool

from sentisound.errors import HistoryUnavailable, MissingExtra, SettingsError
from sentisound.settings import Settings

FILE_NAME = "history.sqlite3"
BUSY_S = 2.0
"""How long a statement waits for another process's lock on SQLite; an analysis waits no longer for being kept."""
CONNECT_S = 3
DEAD_PEER_MS = 10_000
HOW = "use postgresql://user:password@host/name, or sqlite:////folder/history.sqlite3"

PRAGMAS = (
    f"PRAGMA busy_timeout = {int(1000 * BUSY_S)}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = NORMAL",  # with WAL: a killed process loses nothing, a power cut the last moments
    "PRAGMA secure_delete = ON",  # what was deleted is overwritten, not left in free pages
)
BEGIN = "sqlite_begin"
"""Execution option: the statement that begins a transaction; ``BEGIN IMMEDIATE`` locks at once, empty begins none."""


@dataclass(frozen=True, slots=True)
class Place:
    """A database by its URL; one file where it is SQLite."""

    url: URL

    def __str__(self) -> str:
        return str(self.file or self.url.set(query={}).render_as_string(hide_password=True))

    @property
    def file(self) -> Path | None:
        """The file of SQLite; None for PostgreSQL."""
        return Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None

    def is_there(self) -> bool:
        """Return whether SQLite's file is there; PostgreSQL is taken to be."""
        return self.file is None or self.file.exists()

    def prepare(self) -> None:
        """Make SQLite's folder and file where they are missing, for nobody else to read.

        Nothing but SQLite ever opens a database file: closing any descriptor of it drops the locks that SQLite holds
        in this process (POSIX), and the next process that closes the database would delete the write-ahead log that
        this one goes on writing (https://www.sqlite.org/howtocorrupt.html, section 2.2).

        Raises
        ------
        HistoryUnavailable
            When they cannot be made.
        """
        if self.file is None:
            return
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.file.exists():
                _make_empty(self.file)
        except OSError as error:
            raise HistoryUnavailable(
                f"{self}: {error.strerror}; choose a folder that can be written (SENTISOUND_DATA_DIR), "
                "or keep no history (SENTISOUND_HISTORY=0)"
            ) from None

    def engine(self) -> Engine:
        """Return an engine; nothing is connected yet."""
        return _sqlite_engine(self.file) if self.file else _postgresql_engine(self.url)


def place_of(settings: Settings) -> Place:
    """Return where the settings put the history; nothing is opened.

    Raises
    ------
    SettingsError
        When the database URL cannot be used; the message does not repeat it, since it may hold a password.
    MissingExtra
        When it asks for PostgreSQL and its driver is not installed.
    """
    if settings.database_url is None:
        return Place(URL.create("sqlite", database=str(settings.data_folder / FILE_NAME)))
    try:
        url = make_url(settings.database_url.get_secret_value())
    except (ArgumentError, ValueError):
        raise SettingsError(f"SENTISOUND_DATABASE_URL: this is not a URL; {HOW}") from None
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and url.database not in {None, "", ":memory:"}:
        return Place(URL.create("sqlite", database=url.database))
    if kind in {"postgresql", "postgres"}:
        _check_psycopg()
        return Place(url.set(drivername="postgresql+psycopg"))
    raise SettingsError(f"SENTISOUND_DATABASE_URL: there is no history in such a database; {HOW}")


def beside(settings: Settings, name: str) -> Path:
    """Return the folder of that name for files that belong to rows of the database.

    Each database has its own: what a sweep does not find in one may belong to another.
    """
    folder = settings.data_folder
    if settings.database_url is None:
        return folder / name
    url = place_of(settings).url
    where = repr((url.host, url.port, url.database, sorted(url.query.items())))  # whoever asks, with whatever password
    return folder / f"{name}-{hashlib.sha256(where.encode()).hexdigest()[:12]}"


def _make_empty(file: Path) -> None:
    """Make an empty file that only its owner can read, unless there is one by now.

    It gets its name once it is closed: from then on it may be SQLite's.
    """
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()


def _check_psycopg() -> None:
    if find_spec("psycopg") is None:
        raise MissingExtra("a history in PostgreSQL needs psycopg: pip install '.[postgres]' in a clone")


def _postgresql_engine(url: URL) -> Engine:
    arguments = {"connect_timeout": CONNECT_S, "tcp_user_timeout": DEAD_PEER_MS, "application_name": "sentisound"}
    return create_engine(url, connect_args=arguments, pool_pre_ping=True)


def _sqlite_engine(file: Path) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: _connect(file), pool_size=10, poolclass=QueuePool)
    event.listen(engine, "connect", lambda _, record: _remember(file, record))
    event.listen(engine, "checkout", lambda _, record, __: _check_same(file, record))
    event.listen(engine, "begin", _begin)
    return engine


def _connect(file: Path) -> sqlite3.Connection:
    """Connect to a file that is there: one that has gone is made again by ``Place.prepare``, with its tables."""
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_S, check_same_thread=False, isolation_level=None
    )
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def _begin(connection: Connection) -> None:
    """Begin for real: Python's driver by itself leaves DDL outside of transactions."""
    statement = connection.get_execution_options().get(BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _remember(file: Path, record: Any) -> None:
    record.info["file"] = _identity(file)


def _check_same(file: Path, record: Any) -> None:
    """Refuse a connection whose file was deleted or replaced: what it writes would be in a file without a name."""
    if record.info["file"] is None or record.info["file"] != _identity(file):
        raise DisconnectionError(f"{file} is not the file that it was")
