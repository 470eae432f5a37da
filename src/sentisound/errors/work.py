"""Errors of a piece of work: its process died, nobody waits for it, or it takes more than it may."""

from __future__ import annotations

from sentisound.errors.base import SentiSoundError


class WorkError(SentiSoundError):
    """A piece of work ended without a result."""

    code = "work"
    title = "The server could not finish this"


class WorkerDied(WorkError, RuntimeError):
    """A process died at its work, twice."""

    code = "worker_died"


class WorkCancelled(WorkError, RuntimeError):
    """The caller no longer waits for the result."""

    code = "work_cancelled"
    status = 503
    title = "The work was cancelled"


class DeadlineExceeded(WorkError, TimeoutError):
    """The work takes longer than it may."""

    code = "deadline_exceeded"
    status = 503
    retry_after_s = 60
    title = "The work takes longer than the server allows"


class MemoryLimitExceeded(WorkError, RuntimeError):
    """The work needs more memory than it may take."""

    code = "memory_limit_exceeded"
    status = 422
    title = "The work needs more memory than the server allows"
