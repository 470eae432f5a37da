"""Memory of a process that runs for months: what is free goes back to the system (glibc keeps it; others do not)."""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

GROWN_BYTES = 1_000_000
ARENAS = 2
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # of malloc.h
_LARGE_BYTES = 1_000_000
_STATM = Path("/proc/self/statm")


class Memory:
    """What this process has of the machine's memory."""

    def __init__(self) -> None:
        self._bytes = 0

    def give_back(self) -> None:
        """Return to the system what is free, when the process has grown by ``GROWN_BYTES`` since it last did."""
        trim = _of_malloc("malloc_trim")
        if trim is None or resident_bytes() < self._bytes + GROWN_BYTES:
            return
        gc.collect()  # a drawing is a circle of objects
        trim(0)
        self._bytes = resident_bytes()


def share_arenas() -> None:
    """Let all threads of this process take memory from few arenas: each of its own would keep what it has freed.

    What is large goes back to the system as soon as it is free: glibc raises its threshold for that to 32 MB otherwise,
    and keeps what a few large uploads have left.
    """
    if (options := _of_malloc("mallopt")) is not None:
        options(_M_ARENA_MAX, ARENAS)
        options(_M_MMAP_THRESHOLD, _LARGE_BYTES)


@cache
def _of_malloc(name: str) -> Callable[..., int] | None:
    """Return a function of glibc's malloc; None where the C library has another."""
    return getattr(ctypes.CDLL(None), name, None) if _STATM.exists() else None


def resident_bytes() -> int:
    """Return how much of the machine's memory this process has; where there is a ``/proc``."""
    return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
