"""``GET /v1/analyses/{id}/peaks``: the outline of a sound, so that a page need not decode an hour to draw it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sentisound.api.dependencies import Reader, TheGallery, TheParts
from sentisound.api.problems import problems
from sentisound.api.tags import ARTEFACTS
from sentisound.insight.outline import outline_json

MADE_ONCE = {"Cache-Control": "private, max-age=300"}

router = APIRouter(prefix="/v1/analyses/{identity}", tags=[ARTEFACTS])


class OutlineShape(BaseModel):
    """Peaks and spectrum of a sound, one value a column."""

    model_config = ConfigDict(frozen=True)

    duration: float
    low: list[float]
    high: list[float]
    bands: int
    top_hz: float
    spectrum: str
    """Base64 of a byte for each band of each column, column by column, the lowest band first: 0 is -70 dB, 255 0 dB."""


@router.get("/peaks", response_model=OutlineShape, responses=problems(404, 503))
async def peaks(
    identity: str,
    owner: Reader,
    parts: TheParts,
    gallery: TheGallery,
    columns: Annotated[int, Query(ge=10, le=4000)] = 1000,
) -> Response:
    """Give the outline of the sound of an analysis, while the sound is at hand."""
    await run_in_threadpool(parts.entry, identity, owner.sees)  # what is cached is not for everybody
    find = partial(parts.exhibit, identity, owner.sees)
    text = await gallery.made(identity, f"peaks.{columns}.json", partial(outline_json, columns), find)
    return Response(text, media_type="application/json", headers=MADE_ONCE)
