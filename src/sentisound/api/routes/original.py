"""The original systems' endpoints: paths and JSON shapes are theirs, so that their clients work unchanged.

As in Flask, in which the originals are written, HEAD is taken wherever GET is.
"""

from __future__ import annotations

from functools import partial
from typing import BinaryIO, cast

from fastapi import APIRouter, Depends, Response

from sentisound.api.dependencies import (
    MaxUploadBytes,
    RecordedBody,
    TheAnalyzer,
    TheCapacity,
    TheRecordingNames,
    UploadedFile,
    room,
)
from sentisound.api.recordings import sound_in
from sentisound.api.schemas import Health, ModelInfo, Prediction
from sentisound.results import Analysis

router = APIRouter()

ABSTAINED = "X-SentiSound-Abstained"
"""Header with the reason where the model abstains: the body of these endpoints has no place for it."""


@router.post("/predict", dependencies=[Depends(room)])
async def predict(upload: UploadedFile, analyzer: TheAnalyzer, capacity: TheCapacity, response: Response) -> Prediction:
    """Analyse an uploaded file."""
    source = cast("BinaryIO", upload)
    return _prediction(await capacity.run(partial(analyzer.analyze, source, name=upload.name)), response)


@router.post("/record", dependencies=[Depends(room)])
async def record(
    body: RecordedBody,
    analyzer: TheAnalyzer,
    capacity: TheCapacity,
    names: TheRecordingNames,
    max_bytes: MaxUploadBytes,
    response: Response,
) -> Prediction:
    """Analyse a recording sent as base64."""

    def work() -> Analysis:
        return analyzer.analyze(sound_in(body, max_bytes), name=names.next())

    return _prediction(await capacity.run(work), response)


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def health() -> Health:
    """Say that the process answers."""
    return Health()


@router.head("/models/info", include_in_schema=False)
@router.get("/models/info")
async def model_info(analyzer: TheAnalyzer) -> ModelInfo:
    """Describe the model that is loaded."""
    return ModelInfo.of(analyzer.card)


def _prediction(analysis: Analysis, response: Response) -> Prediction:
    if analysis.reason is not None:
        response.headers[ABSTAINED] = analysis.reason
    return Prediction.of(analysis)
