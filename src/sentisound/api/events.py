"""Server-sent events: how a job stands, from now until it ends (WHATWG HTML, "Server-sent events")."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from sentisound.api.native import job_text
from sentisound.errors import HistoryUnavailable, JobNotFound
from sentisound.history.job import Job

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # a proxy must not collect them
LOOK_S = 0.25
HEARTBEAT_S = 15.0
"""A comment so often keeps proxies, which close what is silent for 30 to 60 s, from doing so."""
RETRY_MS = 2000


async def events(look: Callable[[], Job], first: Job, stopping: asyncio.Event) -> AsyncIterator[str]:
    """Yield an event for each change of a job, the first at once; a reconnecting client so hears the last state.

    Parameters
    ----------
    look
        Returns the job as it stands; blocks. Where the database is away, the stream waits for it.
    first
        The job as it stands now.
    stopping
        Set when the server stops, which ends the stream: the client comes back to the next one.
    """
    yield f"retry: {RETRY_MS}\n\n"
    job: Job | None = first
    said, said_s = "", time.monotonic()
    while True:
        if job is not None and (text := job_text(job)) != said:
            said, said_s = text, time.monotonic()
            yield f"event: {job.status}\ndata: {text}\n\n"
        if time.monotonic() - said_s > HEARTBEAT_S:
            said_s = time.monotonic()
            yield ": still here\n\n"
        if (job is not None and job.over) or stopping.is_set():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK_S)
        try:
            job = await run_in_threadpool(look)
        except HistoryUnavailable:
            job = None
        except JobNotFound:  # forgotten meanwhile
            return
