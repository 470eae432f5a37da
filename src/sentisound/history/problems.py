"""What went wrong with a database, in words that say what to do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError

from sentisound.errors import HistoryUnavailable
from sentisound.history.place import BUSY_S, Place

_FOLDER = "or choose another folder (SENTISOUND_DATA_DIR)"
_DAMAGED = "it is damaged or no database of SQLite; move it away, and a new one is begun, or put a copy of it back"

SQLITE_ADVICE = {
    sqlite3.SQLITE_BUSY: f"another program has locked it for more than {BUSY_S:g} s; end that program",
    sqlite3.SQLITE_LOCKED: "another connection has locked it; try again",
    sqlite3.SQLITE_READONLY: f"it cannot be written; allow yourself to write the file and its folder, {_FOLDER}",
    sqlite3.SQLITE_FULL: f"the disk is full; make room, {_FOLDER}",
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened; allow yourself to read and write the file, {_FOLDER}",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
"""By SQLite's primary result code (https://www.sqlite.org/rescode.html)."""
FULL_BYTES = 65_536
"""A disk with less room than this is full for SQLite: its log grows by pages of 4 kB and an index of 32 kB."""


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Raise ``HistoryUnavailable`` for whatever the database refuses to do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise HistoryUnavailable(f"{place}: {advice(error, place)}") from error


def advice(error: SQLAlchemyError, place: Place) -> str:
    """Return what was seen and what to do; the first line of what the database says where that is not known."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR:
        return _input_output(place, getattr(cause, "sqlite_errorname", "SQLITE_IOERR"))
    if code is not None and code & 0xFF in SQLITE_ADVICE:
        return SQLITE_ADVICE[code & 0xFF]
    if place.file is not None and isinstance(cause, DisconnectionError):
        return "it was deleted or replaced while it was open; it is opened anew with the next request"
    lines = str(cause).splitlines() or [type(cause).__name__]
    return f"{lines[0]}; check that the database runs and is the one meant (SENTISOUND_DATABASE_URL)"


def _input_output(place: Place, name: str) -> str:
    """Return what a failed read or write of SQLite's files means; only a disk without room is called full."""
    try:
        room = os.statvfs(place.file.parent) if place.file else None
    except OSError as error:
        return f"its folder cannot be reached ({error.strerror}); see to it, {_FOLDER}"
    if room is not None and room.f_bavail * room.f_frsize < FULL_BYTES:
        return SQLITE_ADVICE[sqlite3.SQLITE_FULL]
    return f"reading or writing its files failed ({name}); look into the log of the system, {_FOLDER}"
