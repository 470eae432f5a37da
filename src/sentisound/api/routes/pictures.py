"""Pictures: ``GET /visualizations/{name}`` of what was analysed, and ``POST /upload``, which answers with its chart."""

from __future__ import annotations

from base64 import b64encode

from fastapi import APIRouter, Depends
from starlette.responses import Response

from sentisound import deadline
from sentisound.api.dependencies import (
    ANALYZE,
    Analyst,
    TheAnalyzer,
    TheCapacity,
    TheGallery,
    TheOutcomes,
    UploadedFile,
    room,
)
from sentisound.api.errors import failures
from sentisound.api.gallery import exhibit_of
from sentisound.api.schemas import Charted
from sentisound.api.uploads import BODY, REFUSED
from sentisound.insight.exhibit import Exhibit

PNG = "image/png"
MADE_ONCE = {"Cache-Control": "private, max-age=300"}
"""A picture never changes; its address is random, and the browser of whom it was told may keep it for a while."""

router = APIRouter()


@router.get(
    "/visualizations/{name:path}",
    response_class=Response,
    responses={200: {"content": {PNG: {}}}, **failures(404, 501, 503)},
)
async def picture(name: str, gallery: TheGallery, owner: Analyst) -> Response:
    """Give the picture of an analysis: waveform, spectrogram, MFCC."""
    return Response(await gallery.picture(name, owner), media_type=PNG, headers=MADE_ONCE)


@router.post(
    "/upload",
    dependencies=[ANALYZE, Depends(room)],
    responses=failures(*REFUSED, 501),
    openapi_extra={"requestBody": BODY},
)
async def upload(
    upload: UploadedFile,
    analyzer: TheAnalyzer,
    capacity: TheCapacity,
    gallery: TheGallery,
    owner: Analyst,
    outcomes: TheOutcomes,
) -> Charted:
    """Analyse an uploaded file and chart its probabilities; the file is gone once that is answered."""

    def work() -> Exhibit:
        exhibit = exhibit_of(analyzer, upload, upload.name)
        with deadline.shield():
            outcomes.analysed(exhibit.analysis, owner)
        return exhibit

    exhibit = await capacity.run(work)
    chart = await gallery.chart(exhibit)
    return Charted(
        predicted_emotion=exhibit.analysis.emotion,
        probabilities=exhibit.analysis.scores.to_dict(),
        chart_url=f"data:{PNG};base64,{b64encode(chart).decode()}",
    )
