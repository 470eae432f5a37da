"""The history itself: keeps analyses, gives them back newest first, and deletes them for good.

Safe to share between threads. Every method blocks, an event loop calls it in a thread. All raise ``HistoryUnavailable``
when the database does not do its part.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from sentisound.errors import AnalysisNotFound, BackupFailed
from sentisound.history import cursors
from sentisound.history.backup import copy_database
from sentisound.history.cursors import Mark, mark_of
from sentisound.history.database import INSERT, Database
from sentisound.history.entry import EVERYTHING, Entry, Page, Selection, from_us, storable, to_us
from sentisound.history.place import BEGIN
from sentisound.history.problems import explained
from sentisound.history.selecting import conditions, entry, newest_first, values
from sentisound.history.shares import Bucket, Group, Share, counted
from sentisound.history.tables import analyses, documents
from sentisound.results import Analysis

PAGE = 50
BATCH = 500
"""Rows written, read or deleted at once: no transaction is long, and no list is held whole."""


class History(Database):
    """An open history; close it, or use it in a ``with`` statement. Made by ``History.open``."""

    def add(
        self, analysis: Analysis, *, owner: str = "", sha256: str | None = None, speaker: str | None = None
    ) -> None:
        """Keep an analysis; one of the same id is kept once, so this may be repeated when it is in doubt."""
        self.add_entries([Entry.of(analysis, owner=owner, sha256=sha256, speaker=speaker)])

    def add_entries(self, entries: Sequence[Entry]) -> int:
        """Keep entries, all or none of them, and return how many were not there before."""
        if not entries:
            return 0
        with self.writing() as connection:
            return self.put(connection, entries)

    def put(self, connection: Connection, entries: Sequence[Entry]) -> int:
        """Keep entries within a transaction of ``writing``; return how many were not there before."""
        added = self._insert(connection, analyses, [values(one) for one in entries])
        texts = [{"id": storable(one.id), "document": storable(one.document)} for one in entries if one.document]
        if texts:
            self._insert(connection, documents, texts)
        return added

    def get(self, identity: str, *, owner: str | None = None) -> Entry:
        """Return an entry with its document.

        Raises
        ------
        AnalysisNotFound
            When there is none of that id, or it is not the owner's.
        """
        query = newest_first(Selection(owner=owner), None, 1, whole=True).where(analyses.c.id == storable(identity))
        with self.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise _unknown(identity)
        return entry(row)

    def page(
        self, selection: Selection = EVERYTHING, *, cursor: str | None = None, limit: int = PAGE, whole: bool = True
    ) -> Page:
        """Return one page, the newest first.

        Parameters
        ----------
        selection : Selection, optional
        cursor : str, optional
            From the page before; the first page without it.
        limit : int, optional
            Most entries on the page, 1 or more.
        whole : bool, optional
            With the documents, which are most of the bytes.

        Raises
        ------
        BadCursor
            When the cursor is not one of ours.
        """
        below = None if cursor is None else cursors.read(cursor)
        found = self._read(selection, below, limit + 1, whole=whole)
        shown = found[:limit]
        return Page(tuple(shown), cursors.written(mark_of(shown[-1])) if len(found) > limit else None)

    def pages(self, selection: Selection = EVERYTHING, *, whole: bool = False) -> Iterator[list[Entry]]:
        """Yield everything selected in batches, the newest first; nothing is held open between two of them."""
        below: Mark | None = None
        while batch := self._read(selection, below, BATCH, whole=whole):
            yield batch
            if len(batch) < BATCH:
                return
            below = mark_of(batch[-1])

    def count(self, selection: Selection = EVERYTHING) -> int:
        """Return how many analyses are selected."""
        with self.reading() as connection:
            return connection.execute(
                select(func.count()).select_from(analyses).where(*conditions(selection))
            ).scalar_one()

    def newest(self, until: datetime) -> datetime | None:
        """Return when the newest analysis was made that is not from after ``until``; None where there is none."""
        query = select(func.max(analyses.c.created_us)).where(analyses.c.created_us <= to_us(until))
        with self.reading() as connection:
            found = connection.execute(query).scalar_one()
        return None if found is None else from_us(found)

    def backup(self, file: Path) -> None:
        """Copy the history to a new file of SQLite, as it is at one moment, while others read and write.

        Raises
        ------
        BackupFailed
            When the file is there already or cannot be written, or the history is in PostgreSQL.
        """
        if self.place.file is None:
            raise BackupFailed("a history in PostgreSQL is backed up with its own pg_dump")
        with explained(self.place), self._engine.connect().execution_options(**{BEGIN: ""}) as connection:
            source = connection.connection.dbapi_connection
            assert isinstance(source, sqlite3.Connection)  # noqa: S101 - for the type checker
            copy_database(source, file)

    def shares(
        self, bucket: Bucket, selection: Selection = EVERYTHING, group: Group | None = None
    ) -> tuple[Share, ...]:
        """Return how often each emotion was heard in each hour, day, week or month (UTC), by file or speaker too."""
        with self.reading() as connection:
            return counted(connection, bucket, selection, group)

    def known(self, identities: Sequence[str]) -> set[str]:
        """Return which of these ids are in the history."""
        with self.reading() as connection:
            return set(connection.execute(select(analyses.c.id).where(analyses.c.id.in_(identities))).scalars())

    def delete(self, identity: str, *, owner: str | None = None) -> None:
        """Delete an analysis for good.

        Raises
        ------
        AnalysisNotFound
            When there is none of that id, or it is not the owner's.
        """
        chosen = [analyses.c.id == storable(identity), *conditions(Selection(owner=owner))]
        with self.writing() as connection:
            deleted = connection.execute(delete(analyses).where(*chosen)).rowcount
        if not deleted:
            raise _unknown(identity)
        self._forget()

    def purge(self, before: datetime | None = None, selection: Selection = EVERYTHING) -> int:
        """Delete for good what is selected and older than ``before`` (everything selected when None); return how many.

        In batches: others can write in between, and what is deleted stays so when this is interrupted.
        """
        chosen = conditions(replace(selection, until=before) if before else selection)
        some = select(analyses.c.id).where(*chosen).limit(BATCH)
        deleted = 0
        while count := self._delete(some):
            deleted += count
        if deleted:
            self._forget()
        return deleted

    def _delete(self, some: Any) -> int:
        with self.writing() as connection:
            return connection.execute(delete(analyses).where(analyses.c.id.in_(some))).rowcount

    def _read(self, selection: Selection, below: Mark | None, limit: int, *, whole: bool) -> list[Entry]:
        with self.reading() as connection:
            return [entry(row) for row in connection.execute(newest_first(selection, below, limit, whole=whole))]

    def _insert(self, connection: Connection, into: Table, rows: Sequence[dict[str, Any]]) -> int:
        statement = INSERT[connection.dialect.name](into).on_conflict_do_nothing().returning(into.c.id)
        return len(connection.execute(statement, rows).all())

    def _forget(self) -> None:
        """Empty SQLite's write-ahead log, where what was deleted can still be read; a reader may put this off."""
        if self.place.file is not None:
            with explained(self.place), self._engine.connect().execution_options(**{BEGIN: ""}) as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _unknown(identity: str) -> AnalysisNotFound:
    return AnalysisNotFound(f"there is no analysis {storable(identity)!r} in the history")
