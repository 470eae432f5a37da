"""``POST /process_audio``: emotion, words and what they may mean, in the shape of the original that has all three."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from sentisound import deadline
from sentisound.api.dependencies import (
    ANALYZE,
    Analyst,
    TheAnalyzer,
    TheCapacity,
    TheGallery,
    TheKeeper,
    TheOutcomes,
    UploadedFile,
    room_for_words,
)
from sentisound.api.errors import failures
from sentisound.api.keeping import keep_upload, say
from sentisound.api.routes.original import ABSTAINED
from sentisound.api.schemas import Processed
from sentisound.api.uploads import BODY, REFUSED
from sentisound.history.keeper import Kept
from sentisound.results import Analysis

TRANSCRIBER, INTERPRETER = "X-SentiSound-Transcriber", "X-SentiSound-Interpreter"
"""Headers that name the engines: what the body calls an LLM's interpretation may be written by rules."""

router = APIRouter()


@router.post(
    "/process_audio",
    dependencies=[ANALYZE, Depends(room_for_words)],
    response_model_exclude_none=True,
    responses=failures(*REFUSED),
    openapi_extra={"requestBody": BODY},
)
async def process_audio(
    upload: UploadedFile,
    analyzer: TheAnalyzer,
    capacity: TheCapacity,
    keeper: TheKeeper,
    gallery: TheGallery,
    owner: Analyst,
    outcomes: TheOutcomes,
    response: Response,
) -> Processed:
    """Analyse an uploaded file, write down what is said and say what it may mean."""

    def work() -> tuple[Analysis, Kept]:
        analysis, _ = gallery.analyse(analyzer, upload, upload.name, owner.id, transcribe=True, interpret=True)
        with deadline.shield():
            kept = keep_upload(keeper, analysis, upload.file, owner.id)
            outcomes.analysed(analysis, owner)
        return analysis, kept

    analysis, outcome = await capacity.run(work, "words")
    say(response, outcome)
    if analysis.reason is not None:
        response.headers[ABSTAINED] = analysis.reason
    for header, found in ((TRANSCRIBER, analysis.transcript), (INTERPRETER, analysis.interpretation)):
        if found is not None:
            response.headers[header] = _plain(found.engine)
    return Processed.of(analysis)


def _plain(name: str) -> str:
    """Return an engine's name as a header holds it: its model is whatever the settings call it."""
    return "".join(c if c.isascii() and c.isprintable() else "_" for c in name)
