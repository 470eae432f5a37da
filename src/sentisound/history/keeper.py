"""Keeps a server's analyses, or says that it could not: a history in trouble costs nobody their answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Literal

from sentisound.errors import HistoryError
from sentisound.history.clock import SteadyClock
from sentisound.history.entry import EVERYTHING, Entry, Selection
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.history.store import History
from sentisound.results import Analysis
from sentisound.settings import Settings

log = logging.getLogger(__name__)

Kept = Literal["kept", "failed", "off"]
"""What became of an analysis in the history."""


class Keeper(Holder[History]):
    """The history of a server, whether it can be reached or not; safe to share between threads, and it blocks.

    Raises
    ------
    SettingsError, MissingExtra
        When the database URL cannot be used here. The database itself is not touched yet.
    """

    def __init__(
        self, settings: Settings, clock: Callable[[], float] = time.monotonic, calendar: SteadyClock | None = None
    ) -> None:
        super().__init__(History, place_of(settings) if settings.history else None, clock)
        self.calendar = calendar or SteadyClock()
        """What says how old something is, before it is deleted for its age."""
        self.on = settings.history
        self.retention_days = settings.retention_days

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

    def pages(self, selection: Selection = EVERYTHING, *, whole: bool = False) -> Iterator[list[Entry]]:
        """Yield everything selected in batches, as ``History.pages``; raises what ``use`` does."""
        batches = self.history().pages(selection, whole=whole)
        while batch := self.use(lambda _: next(batches, None)):
            yield batch

    def history(self) -> History:
        """Return the open history; opens it where it is not, and raises what ``held`` does."""
        return self.held()

    def start(self) -> None:
        """Open the history and apply the retention; trouble is told in the log, and the server serves on."""
        try:
            if self.on:
                self.history()
        except HistoryError as error:
            log.error("nothing is kept for now: %s", error)  # noqa: TRY400 - the message says it all
            return
        self.apply_retention()

    def apply_retention(self) -> int:
        """Delete what is older than the retention says; return how many analyses that were.

        Nothing is deleted where the clock is ahead of the newest analysis by more than the retention: it may be wrong,
        and all would be gone.
        """
        if not self.on or not self.retention_days:
            return 0
        try:
            return self.use(self._purge)
        except HistoryError as error:
            log.warning("the retention could not be applied: %s", error)
            return 0

    def _purge(self, history: History) -> int:
        now, period = self.calendar.now(), timedelta(days=self.retention_days)
        newest = history.newest(now)
        if newest is None:
            return 0
        if now - newest > period:
            log.warning(
                "retention: nothing is deleted, since the clock (%s) is more than %d days ahead of the newest analysis"
                "; where it is right, `sentisound history purge --older-than %dd` deletes",
                now, self.retention_days, self.retention_days,
            )  # fmt: skip
            return 0
        deleted = history.purge(now - period)
        log.info("retention: %d analyses from before %s deleted", deleted, now - period)
        return deleted
