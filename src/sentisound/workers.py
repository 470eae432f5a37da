"""Workers: where work is done that keeps the interpreter busy, here or in processes beside this one.

A server that recognises and draws in its own threads has one interpreter for all of them, and for its clients too.
What is sent to a process is a function of a module with its arguments; what it returns or raises comes back. Work that
takes longer than the current deadline, or that nobody waits for any more, ends with its process, and a process may be
kept from taking more memory than it should; none of this costs the work of other processes anything.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, Self, TypeVar

from sentisound import deadline
from sentisound.deadline import Deadline
from sentisound.errors import WorkCancelled, WorkerDied, WorkError
from sentisound.worker_process import LOOK_S, Answer, Died, WorkerProcess, context, packed

T = TypeVar("T")

ATTEMPTS = 2
"""Where a process dies the work is done again: it need not have been at fault."""
GRACE_S = 5.0
"""How long ``close`` waits for work that runs before it kills the process."""


class Workers(Protocol):
    """Does work and waits for it; safe to share between threads."""

    count: int
    """How much is done at once without one slowing down the other."""

    def run(self, function: Callable[..., T], /, *arguments: Any, files: Sequence[int] = ()) -> T:
        """Call a function and return what it returns; raises what it raises.

        ``files`` are descriptors that follow the other arguments; the function leaves them open.
        """
        ...

    def run_for(self, seconds: float, function: Callable[..., T], /, *arguments: Any, files: Sequence[int] = ()) -> T:
        """Do what ``run`` does, within so many seconds where that can be; raises ``DeadlineExceeded``."""
        ...

    def limited(self, memory_bytes: int) -> Workers:
        """Return workers for what is less trusted, which may take so much memory and no more, where that can be."""
        ...


class Here:
    """Does work in the thread that asks."""

    count = 1

    def run(self, function: Callable[..., T], /, *arguments: Any, files: Sequence[int] = ()) -> T:
        """Call a function and return what it returns; raises what it raises, and what ``deadline.check`` does."""
        deadline.check()
        return function(*arguments, *files)

    def run_for(self, seconds: float, function: Callable[..., T], /, *arguments: Any, files: Sequence[int] = ()) -> T:
        """Do what ``run`` does; the function ends when it next looks at ``deadline.check``."""
        with deadline.limit(Deadline(seconds, within=deadline.current())):
            return self.run(function, *arguments, files=files)

    def limited(self, memory_bytes: int) -> Workers:  # noqa: ARG002 - a thread has no memory of its own
        """Return these."""
        return self


class Processes:
    """Does work in processes of its own, which start when there is work for them.

    Work that is less trusted than other work (opening a stranger's model, decoding an upload) belongs into processes of
    its own: ``limited`` gives them, with a limit of memory; ``deadline.limit`` around ``run`` limits its time.

    Parameters
    ----------
    count : int
        Processes at most.
    preload : sequence of str
        Modules that are imported once, before the processes part: what they hold is in memory once. One that is not
        installed is left out. All pools of this process part from the same one: name them in the first pool.
    memory_bytes : int, optional
        What each process may take beyond what it has when it starts (on Linux; other systems know no such limit).

    Raises
    ------
    OSError
        When no processes can be started here, for want of a folder for temporary files.
    """

    def __init__(self, count: int, preload: Sequence[str] = (), memory_bytes: int | None = None) -> None:
        self.count = count
        self._context = context(preload)
        self._memory_bytes = memory_bytes
        self._turns = _Turns(count)
        self._lock = threading.Lock()
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._limited: dict[int, Processes] = {}
        self._closed = False
        atexit.register(self.close)

    def run(self, function: Callable[..., T], /, *arguments: Any, files: Sequence[int] = ()) -> T:
        """Call a function of a module in a process and return what it returns; arguments and result are pickled.

        Parameters
        ----------
        function, arguments
            What is called, and with what.
        files : sequence of int
            Descriptors of open files, which the process gets its own of for as long as it works (not on Windows).

        Raises
        ------
        WorkerDied
            When the process died, and another one when the work was repeated.
        DeadlineExceeded, WorkCancelled
            When the current deadline has passed or was cancelled, or the workers were closed.
        MemoryLimitExceeded
            When the work needs more memory than a process may take.
        Exception
            What the function raises.
        """
        return self.run_for(float("inf"), function, *arguments, files=files)

    def run_for(self, seconds: float, function: Callable[..., T], /, *arguments: Any, files: Sequence[int] = ()) -> T:
        """Do what ``run`` does, within so many seconds once a process is at it; the wait for one does not count."""
        work = packed((function, arguments))
        with self._turns.taken(deadline.current()):
            found, error = self._done(work, files, deadline.current(), seconds)
        if error is not None:
            raise error
        return found  # type: ignore[no-any-return]

    def limited(self, memory_bytes: int) -> Processes:
        """Return as many processes beside these, the same ones each time, which may take so much memory and no more.

        They are closed with these.
        """
        with self._lock:
            self._check_open()
            if memory_bytes not in self._limited:
                self._limited[memory_bytes] = Processes(self.count, memory_bytes=memory_bytes)
            return self._limited[memory_bytes]

    def start(self) -> None:
        """Start the first process without waiting for it."""
        threading.Thread(target=self._start, daemon=True).start()

    def close(self, grace_s: float = GRACE_S) -> None:
        """End the processes: idle ones now, others once they have done what they are at, or after ``grace_s``.

        Work that waits for a process, or is not done in time, ends with ``WorkCancelled``.
        """
        pools = [self, *self._limited.values()]
        for pool in pools:
            pool._refuse()
        until_s = time.monotonic() + grace_s
        while any(pool._busy for pool in pools) and time.monotonic() < until_s:
            time.sleep(LOOK_S / 5)
        for pool in pools:
            pool._end()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.close()

    def _refuse(self) -> None:
        """Take no more work, and send those away who wait."""
        atexit.unregister(self.close)
        with self._lock:
            self._closed = True
        self._turns.let_all_pass()  # they find the workers closed

    def _end(self) -> None:
        """End idle processes, and kill others."""
        with self._lock:
            idle, self._idle = self._idle, []
            for process in self._busy:
                process.kill()  # its thread sees it die
        for end in (WorkerProcess.release, WorkerProcess.end):  # all end at the same time
            for process in idle:
                end(process)

    def _start(self) -> None:
        with suppress(WorkError):
            self.run(os.getpid)

    def _done(self, work: memoryview, files: Sequence[int], current: Deadline, seconds: float) -> Answer:
        for _ in range(ATTEMPTS):
            current.check()
            with suppress(Died), self._borrowed() as process:
                return process.do(work, files, Deadline(seconds, within=current))
        raise WorkerDied("a process died at this work, and again when it was repeated; the log of the system tells why")

    @contextmanager
    def _borrowed(self) -> Iterator[WorkerProcess]:
        """Give a process that nobody else uses meanwhile; afterwards it is idle, or ended where it cannot go on."""
        process = self._take()
        try:
            self._check_open()  # it may have been closed while a process started
            yield process
        finally:
            with self._lock:
                self._busy.discard(process)
                kept = process.usable and not self._closed
                if kept:
                    self._idle.append(process)
            if not kept:
                process.end()

    def _take(self) -> WorkerProcess:
        """Return an idle process that lives, or a new one."""
        process: WorkerProcess | None = None
        while process is None or not process.alive:
            if process is not None:
                process.end()
            with self._lock:
                process = self._idle.pop() if self._idle else None
            process = process or WorkerProcess(self._context, self._memory_bytes)
        with self._lock:
            self._busy.add(process)
        return process

    def _check_open(self) -> None:
        if self._closed:
            raise WorkCancelled("the server stops")


class _Turns:
    """Lets so many through at once, the others in the order in which they came (a semaphore keeps none)."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, current: Deadline) -> Iterator[None]:
        """Hold a turn while the block runs; raises what ``Deadline.check`` does while it waits for one."""
        self._take(current)
        try:
            yield
        finally:
            with self._lock:
                self._give()

    def let_all_pass(self) -> None:
        """Let through whoever waits."""
        with self._lock:
            for _ in range(len(self._waiting)):
                self._give()

    def _take(self, current: Deadline) -> None:
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            while not turn.wait(min(LOOK_S, current.remaining_s)):
                current.check()
        except BaseException:
            self._leave(turn)
            raise

    def _leave(self, turn: threading.Event) -> None:
        with self._lock:
            if turn.is_set():  # at this very moment: it is the next one's
                self._give()
            else:
                self._waiting.remove(turn)

    def _give(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()
        else:
            self._free += 1
