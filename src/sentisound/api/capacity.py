"""How much the server takes on at once: so many pieces of work, a line behind them, and a refusal beyond that.

The line is fair: callers take turns, so that one with a hundred requests delays another by one; of one caller's
requests the first comes first. Who does not fit in is refused, or the newest request of whoever fills most of the
line. To wait costs little (uploads lie on the disk), and treats all alike: a refusal favours whoever comes again
without a pause.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import BinaryIO, Literal, Self, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException

from sentisound import deadline
from sentisound.api import in_flight
from sentisound.api.in_flight import InFlight
from sentisound.deadline import Deadline, limit
from sentisound.errors import DeadlineExceeded, WorkCancelled
from sentisound.service import Analyzer
from sentisound.settings import Settings

T = TypeVar("T")

WAIT_S = 60.0
"""How long a request may wait for a place: proxies give up after twice that."""
SHORTEST_S, LONGEST_S = 1.0, 60.0
"""Bounds of what ``Retry-After`` says, before it is scattered."""
PACE = 0.1
"""Weight of the last piece of work in the average of how long they take."""
LONG_S = 60.0
"""Sounds up to this long are recognised in a second or two, of which everybody can wait for some."""

Kind = Literal["short", "long", "words"]
"""Kinds of work that do not wait for each other: the recognition of short sounds, that of long ones, and words."""
Outcome = Literal["done", "moved", "refused", "cancelled", "expired"]


class Capacity:
    """Places for work that keeps a CPU busy; belongs to one event loop.

    Parameters
    ----------
    workers : int
        Pieces of work done at once, each in a thread of its own.
    line : int
        What may wait for a place, in MB of uploads: a request counts as its upload, and as one at least.
    share : int, optional
        Places that one caller may have at once; all of them where not given.
    wait_s : float
        How long a request may wait for a place.
    max_s : float
        How long a piece of work may take, once it has a place.
    """

    def __init__(
        self, workers: int, line: int, share: int | None = None, wait_s: float = WAIT_S, max_s: float = math.inf
    ) -> None:
        self.workers = workers
        self.line = line
        self.share = share or workers
        self.wait_s = wait_s
        self.max_s = max_s
        self.ended: Counter[Outcome] = Counter()
        """What became of the work so far."""
        self._limiter = CapacityLimiter(workers)
        self._running: Counter[str] = Counter()
        self._lines: dict[str, deque[_Waiting]] = {}  # of each caller, who is next first
        self._mean_s = SHORTEST_S

    @property
    def places(self) -> int:
        """Pieces of work that fit in, when uploads are small."""
        return self.workers + self.line

    @property
    def running(self) -> int:
        """Pieces of work that are being done."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for a place."""
        return sum(map(len, self._lines.values()))

    @property
    def taken(self) -> int:
        """Pieces of work that are being done or wait."""
        return self.running + self.waiting

    def check(self) -> None:
        """Refuse a request for which there is no room; a route asks before it reads an upload.

        Raises
        ------
        HTTPException
            503 with ``Retry-After``.
        """
        request = _request()
        if self._has_place(request.caller) or self._held_mb() + request.size_mb <= self.line:
            return
        if self._held_mb(request.caller) + request.size_mb >= max(map(self._held_mb, self._lines), default=0):
            raise self._busy()

    async def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` in a thread as soon as there is a place, and return what it returns.

        Raises
        ------
        HTTPException
            503 with ``Retry-After``, when there is no room or no place in time.
        WorkCancelled
            When the client hangs up, or the server stops.
        DeadlineExceeded
            When the work takes longer than it may.
        """
        try:
            found = await self._run(work)
        except BaseException as error:
            self.ended[OUTCOMES.get(type(error), "done")] += 1
            raise
        self.ended["done"] += 1
        return found

    async def _run(self, work: Callable[[], T]) -> T:
        request = _request()
        await self._enter(request)
        start_s = time.monotonic()
        try:
            with limit(Deadline(self.max_s, within=deadline.current())):
                deadline.check()
                # only a stop that has waited long enough abandons a thread: its process ends a moment later
                return await to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._limiter)
        finally:
            self._mean_s += PACE * (time.monotonic() - start_s - self._mean_s)
            self._leave(request.caller)

    async def _enter(self, request: InFlight) -> None:
        """Wait for a place."""
        waiting = _Waiting(request)
        self._lines.setdefault(request.caller, deque()).append(waiting)
        self._fill_places()
        while self._held_mb() > self.line:
            self._drop(self._lines[self._greediest(request.caller)][-1], self._busy())
        deadline.current().when_cancelled(lambda: self._drop_soon(waiting))
        try:
            await asyncio.wait({waiting.granted}, timeout=min(self.wait_s, deadline.current().remaining_s))
        except asyncio.CancelledError:
            if not self._drop(waiting, WorkCancelled("the server stops")) and waiting.granted.exception() is None:
                self._leave(request.caller)
            raise
        if not waiting.granted.done():
            self._drop(waiting, self._busy())
        waiting.granted.result()

    def _leave(self, caller: str) -> None:
        """Give a place back."""
        self._running[caller] -= 1
        if not self._running[caller]:
            del self._running[caller]
        self._fill_places()

    def _fill_places(self) -> None:
        """Give free places to who waits: callers in turn, first those who have the fewest."""
        while able := [who for who in self._lines if self._has_place(who)]:
            caller = min(able, key=self._running.__getitem__)
            self._running[caller] += 1
            self._lines[caller].popleft().granted.set_result(None)
            line = self._lines.pop(caller)
            if line:
                self._lines[caller] = line  # now behind the others

    def _has_place(self, caller: str) -> bool:
        return self.running < self.workers and self._running[caller] < self.share

    def _held_mb(self, caller: str | None = None) -> int:
        """Return what waits, of one caller or of all, in MB."""
        lines = self._lines.values() if caller is None else [self._lines.get(caller, ())]
        return sum(waiting.request.size_mb for line in lines for waiting in line)

    def _greediest(self, newcomer: str) -> str:
        """Return who fills most of the line; the newcomer rather than another who fills as much."""
        return max(self._lines, key=lambda caller: (self._held_mb(caller), caller == newcomer))

    def _drop_soon(self, waiting: _Waiting) -> None:
        """Let go who has hung up; called in any thread, also when all is over."""
        with suppress(RuntimeError):  # the loop is closed
            waiting.granted.get_loop().call_soon_threadsafe(self._drop, waiting, WorkCancelled("the client has gone"))

    def _drop(self, waiting: _Waiting, error: Exception) -> bool:
        """Take somebody out of the line, who is told why; return whether they were in it."""
        if waiting.granted.done():
            return False
        caller = waiting.request.caller
        self._lines[caller].remove(waiting)
        if not self._lines[caller]:
            del self._lines[caller]
        waiting.granted.set_exception(error)
        waiting.granted.exception()  # whoever waited may be gone: nothing is to be logged of it
        return True

    def _busy(self) -> _Busy:
        """Return a refusal that tells when the line will have moved on, not to all the same moment."""
        wait_s = self._mean_s * (self.waiting + 1) / self.workers
        scattered_s = min(max(wait_s, SHORTEST_S), LONGEST_S) * random.uniform(1.0, 2.0)  # noqa: S311 - no secret
        return _Busy(math.ceil(scattered_s))


class _Waiting:
    """A request in the line."""

    def __init__(self, request: InFlight) -> None:
        self.request = request
        self.granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Busy(HTTPException):
    def __init__(self, retry_after_s: int) -> None:
        words = f"the server is busy; try again in {retry_after_s} seconds"
        super().__init__(503, words, headers={"Retry-After": str(retry_after_s)})


class _OtherKind(Exception):
    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


OUTCOMES: Mapping[type[BaseException], Outcome] = {
    _Busy: "refused",
    _OtherKind: "moved",
    WorkCancelled: "cancelled",
    asyncio.CancelledError: "cancelled",
    DeadlineExceeded: "expired",
}
"""What is counted where work has raised this; any other error is an answer."""


class AnalysisCapacity:
    """Capacity for analyses, apart for each kind: long sounds and words keep short sounds from nothing.

    Every analysis begins as a short one, unless it is known to be another; work that finds out what it is calls
    ``check_kind`` and is begun anew in the other line.
    """

    def __init__(self, kinds: Mapping[Kind, Capacity]) -> None:
        self.kinds = kinds

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what this machine can take.

        Short sounds have a place more than there are CPUs: while other processes recognise, a thread decodes for them.
        Another place is for a second caller. Long sounds hold up to 230 MB each, and engines keep CPUs busy by
        themselves: they have half of the CPUs each.
        """
        cpus = os.cpu_count() or 1
        half = max(1, cpus // 2)
        line, max_s = settings.waiting_mb, settings.analysis_max_s
        return cls(
            {
                "short": Capacity(cpus + 2, line, share=cpus + 1, max_s=max_s),
                "long": Capacity(half, line, share=max(1, half - 1), max_s=max_s),
                "words": Capacity(half, line, share=max(1, half - 1), max_s=max_s),
            }
        )

    def check(self, kind: Kind = "short") -> None:
        """Refuse a request for which there is no room; see ``Capacity.check``."""
        self.kinds[kind].check()

    async def run(self, work: Callable[[], T], kind: Kind = "short") -> T:
        """Do ``work`` in a thread as soon as there is a place for its kind; see ``Capacity.run``."""
        try:
            return await self._run_as(kind, work)
        except _OtherKind as other:
            return await self._run_as(other.kind, work)

    async def _run_as(self, kind: Kind, work: Callable[[], T]) -> T:
        with _as(kind):
            return await self.kinds[kind].run(work)


def check_kind(duration_s: float, *, words: bool = False) -> None:
    """Leave the line of short sounds where this is none: the work is then begun anew in the right one.

    In a job, and wherever else there is no such line, nothing happens.
    """
    kind: Kind = "words" if words else "long" if duration_s > LONG_S else "short"
    if _kind.get() == "short" and kind != "short":
        raise _OtherKind(kind)


def check_length(file: BinaryIO, analyzer: Analyzer) -> None:
    """Put a sound's file at its start, and do as ``check_kind`` by what its header tells; blocks."""
    file.seek(0)
    if _kind.get() == "short":
        check_kind(analyzer.length_s(file))


_kind: ContextVar[Kind | None] = ContextVar("kind", default=None)


@contextmanager
def _as(kind: Kind) -> Iterator[None]:
    token = _kind.set(kind)
    try:
        yield
    finally:
        _kind.reset(token)


def _request() -> InFlight:
    """Return on whose behalf this code runs; somebody's without a name outside of requests."""
    return in_flight.current.get(None) or InFlight()
