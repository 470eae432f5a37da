"""``/v1/analyses``: a sound is analysed at once or as a job, and the history of analyses is read and deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sentisound import deadline
from sentisound.api import in_flight
from sentisound.api.access import Owner, requires
from sentisound.api.capacity import check_kind
from sentisound.api.dependencies import (
    ANALYZE,
    Analyst,
    TheCapacity,
    TheKeeper,
    TheOutcomes,
    TheParts,
    TheSettings,
    room,
)
from sentisound.api.keeping import HEADER
from sentisound.api.native import AnalysisList, AnalysisShape, JobShape, Moment, Options, job_text
from sentisound.api.problems import problems
from sentisound.api.submissions import Submission, invalid, submitted
from sentisound.api.tags import ANALYSES
from sentisound.api.uploads import FIELD, REFUSED, SOUND
from sentisound.deadline import Deadline, limit
from sentisound.errors import BundleNotFound, SettingsError, WorkCancelled
from sentisound.history.entry import Page, Selection
from sentisound.history.job import Job, Order
from sentisound.history.keeper import Kept
from sentisound.history.store import PAGE
from sentisound.insight.exhibit import Exhibit

JSON = "application/json"
MOST = 100
ASYNC = "respond-async"
"""The preference (RFC 7240) of a client that takes a job for an answer."""

router = APIRouter(prefix="/v1/analyses", tags=[ANALYSES])

BODY = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FIELD],
                "properties": {
                    FIELD: SOUND,
                    "options": Options.model_json_schema(),
                },
            },
            "encoding": {"options": {"contentType": JSON}},
        }
    },
    "required": True,
}


@router.post(
    "",
    dependencies=[ANALYZE, Depends(room)],
    response_model=AnalysisShape,
    responses={202: {"model": JobShape, "description": "The job"}, **problems(404, *REFUSED)},
    openapi_extra={"requestBody": BODY},
)
async def analyse(
    request: Request,
    owner: Analyst,
    outcomes: TheOutcomes,
    submission: Annotated[Submission, Depends(submitted)],
    parts: TheParts,
    capacity: TheCapacity,
    settings: TheSettings,
) -> Response:
    """Analyse a sound: the analysis, or with 202 the job that makes it.

    It becomes a job when it is longer than the setting `async_after_s`, or the header `Prefer: respond-async` asks
    for one; where the server keeps no history there are no jobs, and every sound is analysed at once.
    """
    upload, options = submission.upload, submission.options

    def order() -> Order:
        try:
            return parts.workshop.order(options, upload.file, upload.name)
        except BundleNotFound as error:
            raise invalid(str(error), options.model, "model") from None
        except SettingsError as error:
            raise invalid(str(error), options.raw, "raw") from None

    def accept(duration_s: float) -> Job:
        ordered = order()
        with limit(Deadline()), outcomes.accepting(ordered, duration_s, owner):
            return parts.spool.accept(ordered, upload.file, owner.id)

    def work() -> Job | tuple[Exhibit, Kept]:
        duration_s = parts.models.default.length_s(upload.file)
        wanted = ASYNC in request.headers.get("Prefer", "").lower()
        if parts.keeper.on and (wanted or duration_s > settings.async_after_s):
            return accept(duration_s)
        check_kind(duration_s, words=options.transcribe or options.interpret)
        ordered = order()
        exhibit = parts.workshop.analyse(ordered, upload.file)
        with deadline.shield():
            kept = parts.workshop.keep(ordered, exhibit, upload.file, owner.id)
            outcomes.analysed(exhibit.analysis, owner)
        return exhibit, kept

    try:
        found = await capacity.run(work)
    except WorkCancelled:
        if in_flight.current.get().gone or not parts.keeper.on:
            raise
        # the server stops: the next start does it
        found = await run_in_threadpool(lambda: accept(parts.models.default.length_s(upload.file)))
    if isinstance(found, Job):
        parts.runner.wake()
        headers = {"Location": f"/v1/jobs/{found.id}", "Preference-Applied": ASYNC}
        return Response(job_text(found), 202, headers, JSON)
    exhibit, kept = found
    return Response(exhibit.analysis.to_json(), media_type=JSON, headers={HEADER: kept})


@router.get("", response_model=AnalysisList, responses=problems(400, 503))
async def analyses(
    owner: Annotated[Owner, requires("history:read")],
    keeper: TheKeeper,
    cursor: Annotated[str | None, Query(max_length=200, description="From the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    emotion: Annotated[str | None, Query(max_length=40)] = None,
    model: Annotated[str | None, Query(max_length=200, description="`name@version`.")] = None,
    since: Annotated[Moment | None, Query(alias="from", description="The earliest moment.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="The first moment that does not count.")] = None,
    q: Annotated[str | None, Query(max_length=400, description="Part of the file's name.")] = None,
) -> Response:
    """List what was analysed, the newest first."""
    if not keeper.on:
        return Response('{"analyses":[],"cursor":null}', media_type=JSON)
    selection = Selection(emotion=emotion, model=model, since=since, until=until, text=q, owner=owner.sees)
    page: Page = await run_in_threadpool(
        lambda: keeper.use(lambda history: history.page(selection, cursor=cursor, limit=limit))
    )
    rows = ",".join(entry.document for entry in page.entries if entry.document)
    following = f'"{page.cursor}"' if page.cursor else "null"
    return Response(f'{{"analyses":[{rows}],"cursor":{following}}}', media_type=JSON)


@router.get("/{identity}", response_model=AnalysisShape, responses=problems(404, 503))
async def analysis(identity: str, owner: Annotated[Owner, requires("history:read")], parts: TheParts) -> Response:
    """Give one analysis of the history."""
    entry = await run_in_threadpool(parts.entry, identity, owner.sees)
    return Response(entry.document, media_type=JSON)


@router.delete("/{identity}", status_code=204, responses=problems(404, 503))
async def delete(identity: str, owner: Annotated[Owner, requires("history:write")], parts: TheParts) -> Response:
    """Delete an analysis, its sound and its pictures for good."""
    await run_in_threadpool(parts.delete, identity, owner.sees)
    return Response(status_code=204)
