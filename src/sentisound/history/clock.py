"""The clock that says what is old enough to be deleted: one that jumps ahead deletes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _running_s() -> float:
    """Return seconds on a clock that nobody sets; on Linux the time in which the machine sleeps counts too."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def _wall() -> datetime:
    return datetime.now(UTC)


class SteadyClock:
    """The time of day, which never runs ahead of the time that has passed since it was made.

    A wall clock that is set back is believed: less is old then. One that is set ahead is not, until the process starts
    again.

    Parameters
    ----------
    wall : callable, optional
        Returns the time of day, UTC.
    running_s : callable, optional
        Returns seconds on a clock that nobody sets.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, running_s: Callable[[], float] = _running_s) -> None:
        self._wall, self._running_s = wall, running_s
        self._start, self._start_s = wall(), running_s()

    def now(self) -> datetime:
        """Return the time, UTC: the earlier of the wall clock's and what the time since the start allows."""
        passed = timedelta(seconds=self._running_s() - self._start_s)
        return min(self._wall(), self._start + passed)
