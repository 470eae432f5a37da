"""``GET /samples/{name}.wav``: the page's sample clips; they are nobody's, so no key is asked for."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sentisound.api.samples import SAMPLES, wav_of

MADE_ONCE = {"Cache-Control": "public, max-age=3600"}

router = APIRouter()


@router.get("/samples/{name}.wav", include_in_schema=False)
async def sample(name: str) -> Response:
    """Give a sample clip."""
    if name not in SAMPLES:
        raise HTTPException(404)
    return Response(await run_in_threadpool(wav_of, name), media_type="audio/wav", headers=MADE_ONCE)
