"""An open database: brought to the tables of this version, read and written in transactions.

Safe to share between threads. Every method blocks. All raise ``HistoryUnavailable`` when the database does not do its
part.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite

from sentisound.history.migrate import migrate
from sentisound.history.place import BEGIN, Place, place_of
from sentisound.history.problems import explained
from sentisound.settings import Settings

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Both can leave out what is there already; SQL's own ``INSERT`` cannot."""


class Database:
    """An open database; close it, or use it in a ``with`` statement. Made by ``open`` or ``at``."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self.place = place
        self._engine = engine

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the database that the settings name; it is made where there is none, and its tables brought up to date.

        Raises
        ------
        HistoryUnavailable
            When it cannot be reached, made or written.
        HistoryTooNew
            When a newer version wrote it.
        SettingsError, MissingExtra
            When the database URL cannot be used here.
        """
        return cls.at(place_of(settings))

    @classmethod
    def at(cls, place: Place) -> Self:
        """Open the database at a place; raises what ``open`` does."""
        place.prepare()
        engine = place.engine()
        try:
            with explained(place):
                migrate(engine, place)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, place)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read with."""
        with explained(self.place), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is kept when the block ends, and undone when it fails.

        It begins with the write lock: a transaction that asks for it later cannot wait for it.
        """
        options = {BEGIN: "BEGIN IMMEDIATE"}
        with (
            explained(self.place),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection
