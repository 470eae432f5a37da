"""How much the server takes on at once: so many analyses, a short line behind them, and a refusal beyond that."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException

T = TypeVar("T")

LINE_PER_CPU = 4
"""Requests that may wait for each CPU: a client rather comes back than waits for more than a few sounds."""
RETRY_AFTER_S = 2


class Capacity:
    """Places for work that keeps a CPU busy; belongs to one event loop.

    Parameters
    ----------
    workers : int
        Pieces of work done at once, each in a thread of its own.
    line : int
        Pieces of work that may wait for a place.
    """

    def __init__(self, workers: int, line: int) -> None:
        self.places = workers + line
        self._limiter = CapacityLimiter(workers)
        self.taken = 0

    @classmethod
    def of_this_machine(cls) -> Capacity:
        """Return a place more than there are CPUs, and a line in proportion.

        While other processes recognise, there is always a thread that decodes for them.
        """
        cpus = os.cpu_count() or 1
        return cls(cpus + 1, LINE_PER_CPU * cpus - 1)

    def check(self) -> None:
        """Refuse when every place at work and in the line is taken; a route asks before it reads an upload.

        Raises
        ------
        HTTPException
            503 with ``Retry-After``.
        """
        if self.taken >= self.places:
            raise HTTPException(
                503,
                f"the server is busy; try again in {RETRY_AFTER_S} seconds",
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )

    async def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` in a thread as soon as there is a place, and return what it returns.

        Raises
        ------
        HTTPException
            503 with ``Retry-After``, when the line is full.
        """
        self.check()
        self.taken += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self.taken -= 1
