"""Runs the jobs of this server's folder, a few at a time, beside the requests; what it does not finish is not lost.

It asks the database for work when it has been told of some, and every ``POLL_S`` (another process that shares the
folder may have taken a job in, or died over one). A database that goes away is waited for.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from sentisound import deadline
from sentisound.api.errors import TOLD
from sentisound.api.spool import Spool
from sentisound.api.workshop import Workshop
from sentisound.deadline import Deadline, limit
from sentisound.errors import HistoryError, JobsUnavailable, SentiSoundError, WorkCancelled
from sentisound.history.entry import Entry
from sentisound.history.job import Failure, Job
from sentisound.insight.exhibit import Exhibit

T = TypeVar("T")

log = logging.getLogger(__name__)

POLL_S = 1.0
TOLD_EVERY_S = 0.25
"""Progress is written no more often: a transaction for each utterance would be most of the work."""
SWEEP_S = 600.0
GRACE_S = 10.0
"""How long a stop waits for the jobs that run; what is not done then goes back into the queue."""
END_S = 5.0
"""How long work that was cancelled by a stop may take to end; then its job goes back all the same."""

INTERNAL = Failure(500, "internal", "The job failed", "the server failed at this; its log tells more")
UPLOAD_LOST = Failure(500, "upload_lost", "The job's upload is gone", "send the sound again")


class Dropped(Exception):
    """The job is not ours any more: it was cancelled, or another process has taken it over."""


class Runner:
    """Works through the jobs of a spool; belongs to one event loop.

    Parameters
    ----------
    job_max_s : float
        How long a job may take.
    workers : int, optional
        Jobs at once, and as many that ask for words beside them: those take longer, and the others do not wait for
        them. Half of the CPUs, so that requests find the other half.
    """

    def __init__(
        self,
        workshop: Workshop,
        spool: Spool,
        job_days: int,
        job_max_s: float = math.inf,
        workers: int | None = None,
    ) -> None:
        self.holder = f"{os.getpid()}-{secrets.token_hex(8)}"
        self.ended: list[Callable[[Job], None]] = []
        """Called, in a thread, with each job that has succeeded or failed here."""
        self._workshop = workshop
        self._spool = spool
        self._jobs = spool.jobs
        self._job_days = job_days
        self._job_max_s = job_max_s
        self._workers = workers or max(1, (os.cpu_count() or 1) // 2)
        self._limiter = CapacityLimiter(2 * self._workers + 2)  # its own: requests and jobs do not wait for each other
        self._served = {True: "", False: ""}
        """Whose job was taken last, of those that ask for words and of the others."""
        self._deadlines: dict[str, Deadline] = {}
        """Of the jobs that run here."""
        self._news = asyncio.Event()
        self._stop_at_s = float("inf")

    def wake(self) -> None:
        """Tell that there is a job."""
        self._news.set()

    def stop(self) -> None:
        """Begin no further jobs; those that run have ``GRACE_S`` from now on."""
        if not self._stops:
            self._stop_at_s = time.monotonic() + GRACE_S
        self.wake()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work while the block runs; jobs that run when it ends are finished in time, or go back."""
        tasks = [asyncio.create_task(self._work(words)) for words in (False, True) for _ in range(self._workers)]
        upkeep = [asyncio.create_task(self._renewing()), asyncio.create_task(self._sweeping())]
        try:
            yield
        finally:
            self.stop()
            await self._finish(tasks)
            for task in upkeep:
                task.cancel()
            await asyncio.gather(*upkeep, return_exceptions=True)

    async def _finish(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for the jobs that run, cancel what is left, and at last let go of it."""
        _, left = await asyncio.wait(tasks, timeout=max(0.0, self._stop_at_s - time.monotonic()))
        for one in list(self._deadlines.values()):
            one.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=END_S)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await to_thread.run_sync(self._release_all)

    @property
    def _stops(self) -> bool:
        return self._stop_at_s < float("inf")

    async def _work(self, words: bool) -> None:
        while not self._stops:
            job = await self._next(words)
            if job is not None:
                await self._thread(partial(self._run, job))
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), POLL_S)
            self._news.clear()
        self.wake()  # the next worker that sleeps

    async def _next(self, words: bool) -> Job | None:
        try:
            job = await self._thread(partial(self._claim, words))
        except (HistoryError, JobsUnavailable) as error:
            log.debug("no job can be claimed: %s", error)
        except Exception:  # a worker that dies of it would leave every job waiting
            log.exception("no job can be claimed")
        else:
            return job
        return None

    def _claim(self, words: bool) -> Job | None:
        job = self._jobs.claim(self._spool.place(), self.holder, words=words, after=self._served[words])
        if job is not None:
            self._served[words] = job.owner
        return job

    async def _thread(self, work: Callable[[], T]) -> T:
        return await to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)

    def _run(self, job: Job) -> None:
        """Run a job, and see to it that nothing stays that is not needed; blocks, and raises nothing."""
        try:
            with limit(Deadline(self._job_max_s)) as self._deadlines[job.id]:
                self._attempt(job)
            self._clean(job)
        except Exception:
            log.exception("job %s could not be ended; it is run again", job.id)
        finally:
            self._deadlines.pop(job.id, None)

    def _attempt(self, job: Job) -> None:
        """Run a job to its end, whatever that is."""
        try:
            with self._spool.folder.open(job.id) as file:
                exhibit = self._workshop.analyse(job.order, file, self._teller(job))
                with deadline.shield():
                    self._workshop.keep_sound(job.order, file)
                    self._keep(job, exhibit)
        except Dropped:
            log.debug("job %s is no longer ours", job.id)
        except WorkCancelled:
            if self._stops:
                self._release(job)
        except SentiSoundError as error:
            self._fail(job, failure_of(error))
        except FileNotFoundError:
            self._fail(job, UPLOAD_LOST)
        except Exception:
            log.exception("job %s failed", job.id)
            self._fail(job, INTERNAL)

    def _keep(self, job: Job, exhibit: Exhibit) -> None:
        entry = Entry.of(exhibit.analysis, owner=job.owner, sha256=job.order.sha256, speaker=job.order.speaker)
        if self._end(lambda: self._jobs.succeed(job.id, self.holder, entry, store=job.order.store)):
            self._workshop.gallery.keep(exhibit, job.owner)
            self._tell(job)

    def _teller(self, job: Job) -> Callable[[float], None]:
        """Return what the analyzer tells its progress to; it raises where the work is in vain."""
        last_s = time.monotonic()

        def tell(share: float) -> None:
            nonlocal last_s
            deadline.check()
            now_s = time.monotonic()
            if now_s - last_s < TOLD_EVERY_S:
                return
            last_s = now_s
            try:
                if not self._jobs.advance(job.id, self.holder, share):
                    raise Dropped
            except HistoryError as error:  # the end of the job waits for the database, its middle does not
                log.debug("progress of %s is not written: %s", job.id, error)

        return tell

    def _fail(self, job: Job, failure: Failure) -> None:
        if self._end(lambda: self._jobs.fail(job.id, self.holder, failure)):
            self._tell(job)

    def _clean(self, job: Job) -> None:
        """Remove the upload of a job that has ended, whoever ended it; what is not removed now is swept later."""
        with suppress(HistoryError):
            if not self._jobs.unfinished([job.id]):
                self._spool.folder.remove(job.id)

    def _end(self, write: Callable[[], bool]) -> bool:
        """Write the end of a job, as soon as the database can be reached; False where the job is not ours any more."""
        while True:
            try:
                return write()
            except HistoryError as error:
                if time.monotonic() > self._stop_at_s:
                    log.warning("the end of a job could not be written; it is run again: %s", error)
                    return False
                time.sleep(POLL_S)

    def _release(self, job: Job) -> None:
        with suppress(HistoryError):  # else its lease runs out
            self._jobs.release(job.id, self.holder)

    def _release_all(self) -> None:
        """Put back what work that does not end still holds."""
        with suppress(HistoryError):
            for identity in self._jobs.held(self.holder):
                self._jobs.release(identity, self.holder)

    def _tell(self, job: Job) -> None:
        for listener in self.ended:
            try:
                listener(self._jobs.get(job.id))
            except Exception:
                log.exception("a listener to job %s failed", job.id)

    async def _renewing(self) -> None:
        while True:
            await asyncio.sleep(self._jobs.lease_s / 4)
            with suppress(HistoryError):
                await self._thread(self._renew)

    def _renew(self) -> None:
        """Hold on to the jobs that run, and end the work on those that are ours no more."""
        running = dict(self._deadlines)
        self._jobs.renew(self.holder)
        held = self._jobs.held(self.holder)
        for identity, one in running.items():
            if identity not in held:
                one.cancel()

    async def _sweeping(self) -> None:
        while True:
            try:
                await to_thread.run_sync(self._sweep)
            except (HistoryError, OSError) as error:
                log.warning("old jobs and files without one could not be removed: %s", error)
            await asyncio.sleep(SWEEP_S)

    def _sweep(self) -> None:
        """Forget jobs that ended long ago, and remove files that belong to nothing any more."""
        self._jobs.forget(self._workshop.keeper.calendar.now() - timedelta(days=self._job_days))
        self._spool.folder.sweep(self._jobs.unfinished)
        if self._workshop.sounds is not None:
            self._workshop.sounds.sweep(lambda some: self._workshop.keeper.use(lambda history: history.known(some)))


def failure_of(error: SentiSoundError) -> Failure:
    """Return an error as a job tells it; what is not the client's doing stays in the log (it may name paths)."""
    if error.status >= 500 and not isinstance(error, TOLD):
        log.error("a job failed: %s", error)
        return Failure(error.status, error.code, error.title, error.title)
    return Failure(error.status, error.code, error.title, str(error))
