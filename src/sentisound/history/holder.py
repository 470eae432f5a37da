"""Holds a database open for a server that lives without it for a while.

A database that fails is let go and opened again for the next use; one that fails again is left alone for ``PAUSE_S``,
so that requests do not queue up behind it. It may come back at any time, and be made anew if it is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import Connection

from sentisound.errors import HistoryError, HistoryUnavailable
from sentisound.history.database import Database
from sentisound.history.place import Place

R = TypeVar("R")
D = TypeVar("D", bound=Database)

PAUSE_S = 10.0
"""How long a database that failed twice is left alone."""


class Holder(Generic[D]):
    """A database, whether it can be reached or not; safe to share between threads, and it blocks.

    Parameters
    ----------
    kind : type of Database
        As what it is opened, when it is first used.
    place : Place, optional
        None for a database that is switched off.
    clock : callable, optional
        Seconds on a clock that never goes back.
    """

    def __init__(self, kind: type[D], place: Place | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._kind = kind
        self._place = place
        self._clock = clock
        self._lock = Lock()
        self._held: D | None = None
        self._worked = False
        self._paused_until = -float("inf")
        self._problem = ""

    def use(self, work: Callable[[D], R]) -> R:
        """Do something with the database and return what comes of it.

        Raises
        ------
        HistoryError
            When it cannot be reached now, or what ``work`` raises.
        """
        held = self.held()
        try:
            done = work(held)
        except HistoryUnavailable as error:
            self._let_go(held, str(error))
            raise
        self._worked = True
        return done

    def read(self, work: Callable[[Connection], R]) -> R:
        """Do something with a connection to read with; raises what ``use`` does."""

        def reading(database: D) -> R:
            with database.reading() as connection:
                return work(connection)

        return self.use(reading)

    def write(self, work: Callable[[Connection], R]) -> R:
        """Do something within one transaction; raises what ``use`` does."""

        def writing(database: D) -> R:
            with database.writing() as connection:
                return work(connection)

        return self.use(writing)

    def held(self) -> D:
        """Return the open database; opens it where it is not.

        Raises
        ------
        HistoryUnavailable
            When it cannot be reached now, failed a moment ago, or is switched off.
        HistoryTooNew
            When a newer version wrote it.
        """
        if self._place is None:
            raise HistoryUnavailable("no history is kept here (SENTISOUND_HISTORY=0)")
        with self._lock:
            if self._held is None:
                self._check_pause()
                self._held = self._opened(self._place)
            return self._held

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            if self._held is not None:
                self._held.close()
            self._held = None

    def _opened(self, place: Place) -> D:
        try:
            return self._kind.at(place)
        except HistoryError as error:
            self._pause(str(error))
            raise

    def _let_go(self, held: D, problem: str) -> None:
        with self._lock:
            if held is not self._held:
                return  # another thread has done so
            self._held = None
            if not self._worked:
                self._pause(problem)
            self._worked = False
        held.close()

    def _pause(self, problem: str) -> None:
        self._problem = problem
        self._paused_until = self._clock() + PAUSE_S

    def _check_pause(self) -> None:
        left_s = self._paused_until - self._clock()
        if left_s > 0:
            raise HistoryUnavailable(f"it is tried again in {left_s:.0f} s; it failed with: {self._problem}")
