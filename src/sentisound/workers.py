"""Workers: where work is done that keeps the interpreter busy, here or in processes beside this one.

A server that recognises and draws in its own threads has one interpreter for all of them, and for its clients too.
What is sent to a process is a function of a module with its arguments; what it returns or raises comes back.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, Protocol, Self, TypeVar

from sentisound.errors import WorkerDied
from sentisound.memory import Memory

T = TypeVar("T")


class Workers(Protocol):
    """Does work and waits for it; safe to share between threads."""

    count: int
    """How much is done at once without one slowing down the other."""

    def run(self, function: Callable[..., T], /, *arguments: Any) -> T:
        """Call a function and return what it returns; raises what it raises."""
        ...


class Here:
    """Does work in the thread that asks."""

    count = 1

    def run(self, function: Callable[..., T], /, *arguments: Any) -> T:
        """Call a function and return what it returns; raises what it raises."""
        return function(*arguments)


class Processes:
    """Does work in processes of its own, which start when there is work for them.

    Parameters
    ----------
    count : int
        Processes at most.
    preload : sequence of str
        Modules that are imported once, before the processes part: what they hold is in memory once. One that is not
        installed is left out.
    """

    def __init__(self, count: int, preload: Sequence[str] = ()) -> None:
        self.count = count
        methods = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        self._context.set_forkserver_preload(list(preload))
        self._lock = threading.Lock()
        self._pool = self._new()

    def run(self, function: Callable[..., T], /, *arguments: Any) -> T:
        """Call a function of a module in a process and return what it returns; arguments and result are pickled.

        Where the process dies, all work is done again in new ones, once: others' work may have been at fault.

        Raises
        ------
        WorkerDied
            When the process died again.
        Exception
            What the function raises.
        """
        for _ in range(2):
            pool = self._pool
            try:
                return pool.submit(_do, function, *arguments).result()
            except BrokenProcessPool:
                self._replace(pool)
        raise WorkerDied("a process died at this work, and again when it was repeated; the log of the system tells why")

    def start(self) -> None:
        """Start the first process without waiting for it."""
        self._pool.submit(os.getpid)

    def close(self) -> None:
        """End the processes, once they have done what they are at."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.close()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.count, self._context, initializer=_begin)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is broken:
                self._pool = self._new()
                broken.shutdown(wait=False)


def _do(function: Callable[..., T], *arguments: Any) -> T:
    """Do a piece of work, and leave the memory as it was found."""
    try:
        return function(*arguments)
    finally:
        _memory.give_back()


_memory = Memory()


def _begin() -> None:
    """Make this process one that ends with the one it works for, and not by a signal meant for that."""
    for number in (signal.SIGINT, signal.SIGTERM):  # Ctrl+C and service managers tell the whole group
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()  # what was preloaded stays: looking through it would make each process copy its pages
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])  # a parent that is killed cannot say goodbye
        os._exit(1)
