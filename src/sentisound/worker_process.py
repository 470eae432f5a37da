"""One worker: a process that does what comes through its pipe, and the end of that pipe which sends it work.

Its pipe is its own, so one that is killed in the middle of a message costs no other worker anything. A worker has died
when its pipe ends: its sentinel would also tell so when the process that forks the workers was ended by a signal to
the whole group, and they live on.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.reduction import ForkingPickler
from types import ModuleType
from typing import Any, TypeAlias, cast

from sentisound.deadline import Deadline
from sentisound.errors import MemoryLimitExceeded, SentiSoundError, WorkError
from sentisound.memory import Memory, is_lack_of_memory, keep_what_is_free, limit_growth

PROTOCOL = 5  # of pickle; older ones copy arrays once more
LOOK_S = 0.05
"""How often a wait looks whether its work was cancelled."""
SPARE_S = 0.1
"""How long work that must end may still end by itself: a new process would have to open its models again."""
JOIN_S = 2.0
"""How long a process that was told to end is waited for; it ends later else, and nobody minds."""

Context: TypeAlias = ForkServerContext | SpawnContext
Answer: TypeAlias = tuple[Any, Exception | None]
"""What a function returned, or what it raised."""


class Died(Exception):
    """The process died at its work; stays between this module and the pool."""


def context(preload: Sequence[str]) -> Context:
    """Return how processes are started here: where the system can, forked from one that has imported ``preload``.

    Raises
    ------
    OSError
        When none can be, for want of a folder for temporary files.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    if preload:
        found.set_forkserver_preload(list(preload))
    forkserver.ensure_running()  # imports while this process does other things
    return found


def packed(what: tuple[Any, ...]) -> memoryview:
    """Return work or its answer as it goes through a pipe: pickled, between processes of our own and nowhere else."""
    return ForkingPickler.dumps(what, PROTOCOL)


class WorkerProcess:
    """A process that does one piece of work at a time; belongs to one thread at a time, but for ``kill``.

    Parameters
    ----------
    context : multiprocessing context
        Starts it.
    memory_bytes : int or None
        What it may take beyond what it has when it starts.

    Raises
    ------
    Died
        When it cannot be started.
    """

    def __init__(self, context: Context, memory_bytes: int | None) -> None:
        self._pipe, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(far_end, memory_bytes), daemon=True)
        with far_end, _starting, _as_a_module():
            try:
                self._process.start()
            except (EOFError, OSError):  # what forks them ended just now
                self._pipe.close()
                raise Died from None
        self._pid = cast("int", self._process.pid)
        self.usable = True
        """Whether it can do more work."""

    def do(self, work: memoryview, files: Sequence[int], deadline: Deadline) -> Answer:
        """Have work done (a function with its arguments, packed, and files) and return what came of it.

        Raises
        ------
        Died
            When the process died of it.
        DeadlineExceeded, WorkCancelled
            When the work was not done in time, or nobody waits for it.
        """
        self.usable = False
        try:
            self._pipe.send_bytes(bytes([len(files)]))
            if files:
                with _as_socket(self._pipe) as way:
                    socket.send_fds(way, [b"f"], files)
            self._pipe.send_bytes(work)
            self._await(deadline)
            content = self._pipe.recv_bytes()
        except WorkError:  # one of which is an OSError too
            raise
        except (EOFError, OSError):
            raise Died from None
        answer: Answer = ForkingPickler.loads(content)
        self.usable = not isinstance(answer[1], MemoryLimitExceeded)  # libraries do not always survive a lack of it
        return answer

    @property
    def alive(self) -> bool:
        """Whether it still waits for work: its pipe tells nothing, not even its end."""
        return not self._pipe.poll()

    def kill(self) -> None:
        """Kill it; whoever waits for it sees it die."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def end(self) -> None:
        """Let it end where it is idle, kill it where it is not, and see it gone."""
        self.release()
        self._process.join(JOIN_S)
        with suppress(ValueError):  # it takes longer
            self._process.close()

    def release(self) -> None:
        """Let it end where it is idle, kill it where it is not."""
        if not self.usable:
            self.kill()
            self.usable = True
        self._pipe.close()

    def _await(self, deadline: Deadline) -> None:
        """Wait until there is an answer; where time is over there may still be one, and the process is not lost."""
        while not self._pipe.poll(min(LOOK_S, deadline.remaining_s)):
            try:
                deadline.check()
            except WorkError:
                if self._pipe.poll(SPARE_S):
                    self._pipe.recv_bytes()
                    self.usable = True
                raise


_starting = threading.Lock()


@contextmanager
def _as_a_module() -> Iterator[None]:
    """Let a process be started from any code that imports us.

    A process would run the user's script a second time, where it is the main module, and one of a ``Pool`` may start
    none: both are for functions of that script, and ours are of modules.
    """
    main, this = sys.modules["__main__"], multiprocessing.current_process()
    is_daemon = this.daemon
    try:
        sys.modules["__main__"] = ModuleType("__main__")
        if is_daemon:
            this.daemon = False
        yield
    finally:
        sys.modules["__main__"] = main
        if is_daemon:
            this.daemon = True


def _serve(pipe: Connection, memory_bytes: int | None) -> None:
    """Do what comes through the pipe until it ends (in the process)."""
    _begin()
    keep_what_is_free()
    if memory_bytes is not None:
        limit_growth(memory_bytes)
    memory = Memory()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            with _files(pipe) as files:
                pipe.send_bytes(_answer(pipe.recv_bytes(), files, memory_bytes))
            memory.give_back()


def _answer(work: bytes, files: Sequence[int], memory_bytes: int | None) -> memoryview:
    """Do a piece of work and return its answer, packed; an answer that cannot be pickled is an error."""
    try:
        function, arguments = ForkingPickler.loads(work)
        return packed((function(*arguments, *files), None))
    except Exception as error:  # noqa: BLE001 - for whoever waits for the answer
        return _failure(error, memory_bytes)


@contextmanager
def _files(pipe: Connection) -> Iterator[list[int]]:
    """Give the files that come with a piece of work, open until it is done."""
    files: list[int] = []
    if count := pipe.recv_bytes()[0]:
        with _as_socket(pipe) as way:
            files = list(socket.recv_fds(way, 1, count)[1])
    try:
        yield files
    finally:
        for file in files:
            os.close(file)


def _as_socket(pipe: Connection) -> socket.socket:
    return socket.socket(fileno=os.dup(pipe.fileno()))


def _failure(error: Exception, memory_bytes: int | None) -> memoryview:
    if memory_bytes is not None and is_lack_of_memory(error):
        error = MemoryLimitExceeded(f"this takes more than the {memory_bytes / 1e6:.0f} MB of memory that it may")
    elif not isinstance(error, SentiSoundError):
        error.add_note("".join(traceback.format_exception(error)))
    try:
        return packed((None, error))
    except Exception:  # noqa: BLE001 - an error of a library that holds what cannot be sent
        return packed((None, RuntimeError(f"{type(error).__name__}: {error}")))


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
