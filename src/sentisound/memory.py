"""Memory of a process that runs for months: what is free goes back to the system (glibc keeps it; others do not)."""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sentisound.errors import SentiSoundError

GROWN_BYTES = 8_000_000
"""Growth that is given back; less is what the next piece of work takes again, and taking pages costs more than work."""
ARENAS = 2
LARGE_BYTES = 4_000_000
"""Pieces of this size and above go back to the system at once, each on its own."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of malloc.h
_STATM = Path("/proc/self/statm")
_WORDS_OF_LACK = re.compile(r"bad_alloc|allocate memory|malloc|out of memory|can't start new thread", re.IGNORECASE)
"""What C and C++ libraries say, or Python of a thread for whose stack there is no room."""


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
        options(_M_MMAP_THRESHOLD, LARGE_BYTES)


def keep_what_is_free() -> None:
    """Let this process keep what it has freed for its next piece of work, until ``give_back`` finds it too much."""
    if (options := _of_malloc("mallopt")) is not None:
        options(_M_MMAP_THRESHOLD, LARGE_BYTES)
        options(_M_TRIM_THRESHOLD, GROWN_BYTES)


@cache
def _of_malloc(name: str) -> Callable[..., int] | None:
    """Return a function of glibc's malloc; None where the C library has another."""
    return getattr(ctypes.CDLL(None), name, None) if _STATM.exists() else None


def resident_bytes() -> int:
    """Return how much of the machine's memory this process has; where there is a ``/proc``."""
    return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def limit_growth(bytes_more: int) -> None:
    """Keep this process from taking more than so many bytes beyond what it has now; allocations then fail (Linux).

    Counted is what is its own and can be written: pages of libraries, and of memory that is shared, are not.
    """
    if not _STATM.exists():
        return
    import resource

    used = int(_STATM.read_bytes().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = used + bytes_more
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))


def is_lack_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error, or one that led to it, says that an allocation failed."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if not isinstance(error, SentiSoundError) and _WORDS_OF_LACK.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False
