"""The original systems' endpoints: paths and JSON shapes are theirs, so that their clients work unchanged.

As in Flask, in which the originals are written, HEAD is taken wherever GET is.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from sentisound import deadline
from sentisound.api.dependencies import (
    ANALYZE,
    Analyst,
    MaxUploadBytes,
    RecordedBody,
    TheAnalyzer,
    TheCapacity,
    TheGallery,
    TheKeeper,
    TheOutcomes,
    TheRecordingNames,
    UploadedFile,
    room,
)
from sentisound.api.errors import failures
from sentisound.api.keeping import keep_upload, say
from sentisound.api.recordings import sound_in
from sentisound.api.schemas import Health, ModelInfo, Prediction, Recording
from sentisound.api.uploads import BODY, REFUSED
from sentisound.history.keeper import Kept
from sentisound.results import Analysis

router = APIRouter()

RECORDING = {"content": {"application/json": {"schema": Recording.model_json_schema()}}, "required": True}

ABSTAINED = "X-SentiSound-Abstained"
"""Header with the reason where the model abstains: the body of these endpoints has no place for it."""


@router.post(
    "/predict", dependencies=[ANALYZE, Depends(room)], responses=failures(*REFUSED), openapi_extra={"requestBody": BODY}
)
async def predict(
    upload: UploadedFile,
    analyzer: TheAnalyzer,
    capacity: TheCapacity,
    keeper: TheKeeper,
    gallery: TheGallery,
    owner: Analyst,
    outcomes: TheOutcomes,
    response: Response,
) -> Prediction:
    """Analyse an uploaded file."""

    def work() -> tuple[Analysis, str | None, Kept]:
        analysis, picture = gallery.analyse(analyzer, upload, upload.name, owner.id)
        with deadline.shield():
            kept = keep_upload(keeper, analysis, upload.file, owner.id)
            outcomes.analysed(analysis, owner)
        return analysis, picture, kept

    return _prediction(*await capacity.run(work), response)


@router.post(
    "/record",
    dependencies=[ANALYZE, Depends(room)],
    responses=failures(*REFUSED),
    openapi_extra={"requestBody": RECORDING},
)
async def record(
    body: RecordedBody,
    analyzer: TheAnalyzer,
    capacity: TheCapacity,
    names: TheRecordingNames,
    keeper: TheKeeper,
    gallery: TheGallery,
    owner: Analyst,
    outcomes: TheOutcomes,
    max_bytes: MaxUploadBytes,
    response: Response,
) -> Prediction:
    """Analyse a recording sent as base64."""

    def work() -> tuple[Analysis, str | None, Kept]:
        body.seek(0)
        sound = sound_in(body, max_bytes)
        analysis, picture = gallery.analyse(analyzer, sound, names.next(), owner.id)
        with deadline.shield():
            kept = keep_upload(keeper, analysis, sound, owner.id)
            outcomes.analysed(analysis, owner)
        return analysis, picture, kept

    return _prediction(*await capacity.run(work), response)


@router.get("/health")
async def health() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/models/info", dependencies=[ANALYZE], responses=failures())
async def model_info(analyzer: TheAnalyzer) -> ModelInfo:
    """Describe the model that is loaded."""
    return ModelInfo.of(analyzer.card)


def _prediction(analysis: Analysis, picture: str | None, outcome: Kept, response: Response) -> Prediction:
    say(response, outcome)
    if analysis.reason is not None:
        response.headers[ABSTAINED] = analysis.reason
    return Prediction.of(analysis, picture)
