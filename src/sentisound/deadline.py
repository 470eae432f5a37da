"""Deadlines: how long a piece of work may take, and whether anybody still waits for it.

A deadline holds for all code that runs within ``limit``, in the same thread and in the threads that ``anyio`` starts
from it: steps of an analysis call ``check`` between them, and ``Workers.run`` ends the process whose deadline passes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sentisound.errors import DeadlineExceeded, WorkCancelled


class Deadline:
    """A moment by which work must end, and a switch that ends it earlier; safe to share between threads.

    Parameters
    ----------
    seconds : float
        From now on; infinite for work that only ``cancel`` ends.
    within : Deadline, optional
        A deadline that holds as well: the earlier of the two counts, and cancelling it cancels this one.
    """

    def __init__(self, seconds: float = float("inf"), within: Deadline | None = None) -> None:
        self._end_s = time.monotonic() + seconds
        self._within = within
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._told: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """End the work: its next ``check`` raises."""
        with self._lock:
            self._cancelled.set()
            told, self._told = self._told, []
        for tell in told:
            tell()

    def when_cancelled(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` when the work is cancelled, at once where it is already: for who waits and cannot ``check``.

        It is called in the thread that cancels, and may be called again where both this deadline and the one that it
        is within are cancelled. That the time is over is not told.
        """
        if self._within is not None:
            self._within.when_cancelled(tell)
        with self._lock:
            if not self._cancelled.is_set():
                self._told.append(tell)
                return
        tell()

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the work any more."""
        return self._cancelled.is_set() or (self._within is not None and self._within.cancelled)

    @property
    def remaining_s(self) -> float:
        """Seconds that are left, at least 0; infinite where only ``cancel`` ends the work."""
        own_s = max(0.0, self._end_s - time.monotonic())
        return own_s if self._within is None else min(own_s, self._within.remaining_s)

    def check(self) -> None:
        """Raise when the work should not go on.

        Raises
        ------
        WorkCancelled
            When it was cancelled.
        DeadlineExceeded
            When the time is over.
        """
        if self.cancelled:
            raise WorkCancelled("the caller no longer waits for this")
        if not self.remaining_s:
            raise DeadlineExceeded("this takes longer than allowed; send a shorter sound, or try again later")


@contextmanager
def limit(deadline: Deadline) -> Iterator[Deadline]:
    """Let a deadline hold for the code in the block; make it ``within`` the current one where both shall count."""
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


@contextmanager
def shield() -> Iterator[None]:
    """Let the block run to its end whatever becomes of the deadline: what is written in it is written as a whole.

    Raises
    ------
    WorkCancelled, DeadlineExceeded
        Before the block begins, where the work should not go on.
    """
    check()
    with limit(Deadline()):
        yield


def current() -> Deadline:
    """Return the deadline that holds here; one without an end where none was set."""
    return _current.get() or Deadline()


def check() -> None:
    """Raise when the current deadline has passed or was cancelled; raises what ``Deadline.check`` does."""
    current().check()


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
