"""Keeps a server's analyses, or says that it could not: a history in trouble costs nobody their answer.

A database that fails is let go and opened again for the next analysis; one that fails again is left alone for
``PAUSE_S``, so that analyses do not queue up behind it. It may come back at any time, and be made anew if it is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Literal, TypeVar

from sentisound.errors import HistoryError, HistoryUnavailable
from sentisound.history.entry import EVERYTHING, Entry, Selection
from sentisound.history.place import Place, place_of
from sentisound.history.store import History
from sentisound.results import Analysis
from sentisound.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

Kept = Literal["kept", "failed", "off"]
"""What became of an analysis in the history."""

PAUSE_S = 10.0
"""How long a database that failed twice is left alone."""


class Keeper:
    """The history of a server, whether it can be reached or not; safe to share between threads, and it blocks.

    Raises
    ------
    SettingsError, MissingExtra
        When the database URL cannot be used here. The database itself is not touched yet.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.on = settings.history
        self.retention_days = settings.retention_days
        self._place = place_of(settings) if settings.history else None
        self._clock = clock
        self._lock = Lock()
        self._history: History | None = None
        self._worked = False
        self._paused_until = -float("inf")
        self._problem = ""

    def keep(
        self, analysis: Analysis, *, owner: str = "", sha256: str | None = None, speaker: str | None = None
    ) -> Kept:
        """Keep an analysis; why it could not be kept is in the log."""
        if self._place is None:
            return "off"
        try:
            self.use(lambda history: history.add(analysis, owner=owner, sha256=sha256, speaker=speaker))
        except HistoryError as error:
            log.warning("analysis %s is not in the history: %s", analysis.id, error)
            return "failed"
        return "kept"

    def use(self, work: Callable[[History], T]) -> T:
        """Do something with the history and return what comes of it.

        Raises
        ------
        HistoryError
            When it cannot be reached now, or what ``work`` raises.
        """
        history = self.history()
        try:
            done = work(history)
        except HistoryUnavailable as error:
            self._let_go(history, str(error))
            raise
        self._worked = True
        return done

    def pages(self, selection: Selection = EVERYTHING, *, whole: bool = False) -> Iterator[list[Entry]]:
        """Yield everything selected in batches, as ``History.pages``; raises what ``use`` does."""
        batches = self.history().pages(selection, whole=whole)
        while batch := self.use(lambda _: next(batches, None)):
            yield batch

    def history(self) -> History:
        """Return the open history; opens it where it is not.

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
            if self._history is None:
                self._check_pause()
                self._history = self._opened(self._place)
            return self._history

    def start(self) -> None:
        """Open the history and apply the retention; trouble is told in the log, and the server serves on."""
        try:
            if self.on:
                self.history()
        except HistoryError as error:
            log.error("nothing is kept for now: %s", error)  # noqa: TRY400 - the message says it all
            return
        self.apply_retention()

    def apply_retention(self, now: datetime | None = None) -> int:
        """Delete what is older than the retention says; return how many analyses that were."""
        if not self.on or not self.retention_days:
            return 0
        before = (now or datetime.now(UTC)) - timedelta(days=self.retention_days)
        try:
            deleted = self.use(lambda history: history.purge(before))
        except HistoryError as error:
            log.warning("the retention could not be applied: %s", error)
            return 0
        log.info("retention: %d analyses from before %s deleted", deleted, before)
        return deleted

    def close(self) -> None:
        """Close the history."""
        with self._lock:
            if self._history is not None:
                self._history.close()
            self._history = None

    def _opened(self, place: Place) -> History:
        try:
            return History.at(place)
        except HistoryError as error:
            self._pause(str(error))
            raise

    def _let_go(self, history: History, problem: str) -> None:
        with self._lock:
            if history is not self._history:
                return  # another thread has done so
            self._history = None
            if not self._worked:
                self._pause(problem)
            self._worked = False
        history.close()

    def _pause(self, problem: str) -> None:
        self._problem = problem
        self._paused_until = self._clock() + PAUSE_S

    def _check_pause(self) -> None:
        left_s = self._paused_until - self._clock()
        if left_s > 0:
            raise HistoryUnavailable(f"it is tried again in {left_s:.0f} s; it failed with: {self._problem}")
