"""Probes: ``/healthz`` says that the process answers, ``/readyz`` whether it can work, ``/metrics`` what it did."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from sentisound.api.access import requires
from sentisound.api.dependencies import TheDoors, TheKeeper, TheParts
from sentisound.api.errors import failures
from sentisound.api.metrics import MEDIA_TYPE
from sentisound.api.readiness import Readiness, readiness
from sentisound.api.schemas import Health

router = APIRouter(tags=["probes"])


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
async def readyz(keeper: TheKeeper, doors: TheDoors, parts: TheParts) -> Response:
    """Say whether the model answers, and the database and its tables are there."""
    found = await run_in_threadpool(readiness, keeper, doors, parts.models)
    return JSONResponse(found.model_dump(), 200 if found.status == "ready" else 503)


@router.get(
    "/metrics",
    dependencies=[requires("admin")],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **failures(503)},
)
async def metrics(doors: TheDoors) -> Response:
    """Give what was counted, for Prometheus."""
    return Response(doors.metrics.text(), media_type=MEDIA_TYPE)
