"""``/v1/jobs``: how long work stands, as a list, one by one, as it happens, and how it is cancelled."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sentisound.api.access import Owner, requires
from sentisound.api.dependencies import TheParts
from sentisound.api.events import HEADERS, MEDIA_TYPE, events
from sentisound.api.native import JobList, JobShape, job_text
from sentisound.api.problems import problems
from sentisound.api.routes.analyses import JSON, MOST
from sentisound.api.tags import JOBS
from sentisound.errors import JobNotFound
from sentisound.history.job import Status
from sentisound.history.store import PAGE

Asker = Annotated[Owner, requires("analyze")]

EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "description": "The job's status."},
        "data": {"type": "string", "description": "The job, as JSON."},
    },
}
"""One server-sent event."""

router = APIRouter(prefix="/v1/jobs", tags=[JOBS])


@router.get("", response_model=JobList, responses=problems(400, 503))
async def jobs(
    owner: Asker,
    parts: TheParts,
    cursor: Annotated[str | None, Query(max_length=200, description="From the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    status: Status | None = None,
) -> Response:
    """List jobs without their analyses, the newest first."""
    if not parts.keeper.on:
        return Response('{"jobs":[],"cursor":null}', media_type=JSON)
    look = partial(parts.jobs.page, owner=owner.sees, status=status, cursor=cursor, limit=limit)
    page = await run_in_threadpool(look)
    following = f'"{page.cursor}"' if page.cursor else "null"
    rows = ",".join(map(job_text, page.jobs))
    return Response(f'{{"jobs":[{rows}],"cursor":{following}}}', media_type=JSON)


@router.get("/{identity}", response_model=JobShape, responses=problems(404, 503))
async def job(identity: str, owner: Asker, parts: TheParts) -> Response:
    """Give a job with its analysis, once it has succeeded."""
    check(parts.keeper.on)
    found = await run_in_threadpool(partial(parts.jobs.get, identity, owner=owner.sees))
    return Response(job_text(found), media_type=JSON)


@router.delete("/{identity}", response_model=JobShape, responses=problems(404, 409, 503))
async def cancel(identity: str, owner: Asker, parts: TheParts) -> Response:
    """Cancel a job; work on it stops at the next utterance. One that has succeeded or failed stays as it is (409)."""
    check(parts.keeper.on)
    found = await run_in_threadpool(partial(parts.jobs.cancel, identity, owner=owner.sees))
    if not found.started:
        await run_in_threadpool(parts.spool.folder.remove, identity)
    return Response(job_text(found), media_type=JSON)


@router.get(
    "/{identity}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {"schema": EVENT}}}, **problems(404, 503)},
)
async def job_events(identity: str, owner: Asker, parts: TheParts, request: Request) -> Response:
    """Tell how a job stands, now and with every change until it ends: events named after its status, with the job."""
    check(parts.keeper.on)
    look = partial(parts.jobs.get, identity, owner=owner.sees)
    first = await run_in_threadpool(look)
    stream = events(look, first, request.app.state.stopping)
    return StreamingResponse(stream, media_type=MEDIA_TYPE, headers=HEADERS)


def check(keeps: bool) -> None:
    """Refuse where no history is kept: then there are no jobs."""
    if not keeps:
        raise JobNotFound("no history is kept here, so there are no jobs (SENTISOUND_HISTORY=0)")
