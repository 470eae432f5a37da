"""What went wrong with a database, in words that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sentisound.errors import HistoryUnavailable
from sentisound.history.place import BUSY_S, Place

_FOLDER = "or choose another folder (SENTISOUND_DATA_DIR)"
_DAMAGED = "it is damaged or no database of SQLite; move it away, and a new one is begun, or put a copy of it back"

SQLITE_ADVICE = {
    sqlite3.SQLITE_BUSY: f"another program has locked it for more than {BUSY_S:g} s; end that program",
    sqlite3.SQLITE_LOCKED: "another connection has locked it; try again",
    sqlite3.SQLITE_READONLY: f"it cannot be written; allow yourself to write the file and its folder, {_FOLDER}",
    sqlite3.SQLITE_FULL: f"the disk is full; make room, {_FOLDER}",
    sqlite3.SQLITE_IOERR: f"the disk fails or is full; look after it, {_FOLDER}",
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened; allow yourself to read and write the file, {_FOLDER}",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
"""By SQLite's primary result code (https://www.sqlite.org/rescode.html)."""


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Raise ``HistoryUnavailable`` for whatever the database refuses to do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise HistoryUnavailable(f"{place}: {advice(error)}") from error


def advice(error: SQLAlchemyError) -> str:
    """Return what to do about an error; the first line of what the database says where that is not known."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in SQLITE_ADVICE:
        return SQLITE_ADVICE[code & 0xFF]
    lines = str(cause).splitlines() or [type(cause).__name__]
    return f"{lines[0]}; check that the database runs and is the one meant (SENTISOUND_DATABASE_URL)"
