"""A copy of a SQLite database that others read and write meanwhile: whole or not at all, in one file."""

from __future__ import annotations

import os
import secrets
import sqlite3
from pathlib import Path

from sentisound.errors import BackupFailed


def copy_database(source: sqlite3.Connection, file: Path) -> None:
    """Copy a database to a new file, for nobody else to read, that needs no write-ahead log beside it.

    Raises
    ------
    BackupFailed
        When there is such a file already, or it cannot be written; nothing is left behind then.
    """
    if file.exists():
        raise BackupFailed(f"{file} is there already; choose another name")
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(source, draft)
        draft.rename(file)
    except OSError as error:
        raise BackupFailed(f"{file} cannot be written: {error.strerror}") from None
    except sqlite3.Error as error:
        raise BackupFailed(f"{file} could not be written whole: {error}") from None
    finally:
        draft.unlink(missing_ok=True)


def _copy(source: sqlite3.Connection, draft: Path) -> None:
    target = sqlite3.connect(draft, isolation_level=None)
    try:
        source.backup(target)  # in one go: with a write-ahead log a reader keeps no writer waiting
        target.execute("PRAGMA journal_mode = DELETE")  # the copy is one file, also for who only reads it
    finally:
        target.close()
    with draft.open("rb+") as copied:
        os.fsync(copied.fileno())
