"""What can be made of an analysis of the history: its report, its pictures, its timeline, and the sound itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from sentisound.api.access import Owner, requires
from sentisound.api.dependencies import TheParts
from sentisound.api.downloads import download
from sentisound.api.native import AnalysisShape
from sentisound.api.parts import Parts
from sentisound.api.problems import problems
from sentisound.api.tags import ARTEFACTS
from sentisound.insight.charts import draw
from sentisound.insight.report import report
from sentisound.insight.timeline import as_csv, as_srt, as_vtt
from sentisound.results import Analysis

Reader = Annotated[Owner, requires("history:read")]
Kind = Literal["analysis", "scores", "waveform", "spectrogram", "mfcc", "bars", "pie", "timeline"]
AskedKind = Annotated[Kind, Query(description="Which picture; those of the sound need it to be kept.")]
AskedTheme = Annotated[Literal["light", "dark"], Query(description="Colours.")]

PDF, PNG, SVG = "application/pdf", "image/png", "image/svg+xml"
CSV, SRT, VTT = "text/csv; charset=utf-8", "application/x-subrip", "text/vtt; charset=utf-8"
MADE_ONCE = {"Cache-Control": "private, max-age=300"}

router = APIRouter(prefix="/v1/analyses/{identity}", tags=[ARTEFACTS])


def _file(media_type: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {media_type.partition(";")[0]: {}}}, **problems(404, 501, 503)}


@router.get("/report.pdf", response_class=Response, responses=_file(PDF))
async def report_pdf(identity: str, owner: Reader, parts: TheParts) -> Response:
    """Give the report: two pages to hand to somebody; without pictures of the sound where that is not kept."""
    entry = await run_in_threadpool(parts.entry, identity, owner.sees)
    find = partial(parts.exhibit, identity, owner.sees)
    pdf = await parts.gallery.made(identity, "report.pdf", report, find)
    return Response(pdf, media_type=PDF, headers={**MADE_ONCE, **download(entry.file, "_report.pdf")})


@router.get("/chart.png", response_class=Response, responses=_file(PNG))
async def chart_png(
    identity: str, owner: Reader, parts: TheParts, kind: AskedKind = "analysis", theme: AskedTheme = "light"
) -> Response:
    """Give a picture as PNG."""
    return Response(await _chart(parts, identity, owner, kind, theme, "png"), media_type=PNG, headers=MADE_ONCE)


@router.get("/chart.svg", response_class=Response, responses=_file(SVG))
async def chart_svg(
    identity: str, owner: Reader, parts: TheParts, kind: AskedKind = "analysis", theme: AskedTheme = "light"
) -> Response:
    """Give a picture as SVG."""
    return Response(await _chart(parts, identity, owner, kind, theme, "svg"), media_type=SVG, headers=MADE_ONCE)


@router.get("/audio", response_class=Response, responses=_file("audio/*"))
async def audio(identity: str, owner: Reader, parts: TheParts) -> Response:
    """Give the sound as it was sent, where the server keeps sounds."""
    entry = await run_in_threadpool(parts.entry, identity, owner.sees)
    path, kind = await run_in_threadpool(parts.sound, identity, owner.sees)
    return FileResponse(path, media_type=kind, headers=download(entry.file, ""))


@router.get("/export.json", response_model=AnalysisShape, responses=problems(404, 503))
async def export_json(identity: str, owner: Reader, parts: TheParts) -> Response:
    """Give the analysis as a file."""
    entry = await run_in_threadpool(parts.entry, identity, owner.sees)
    return Response(entry.document, media_type="application/json", headers=download(entry.file, ".json"))


@router.get("/export.csv", response_class=Response, responses=_file(CSV))
async def export_csv(identity: str, owner: Reader, parts: TheParts) -> Response:
    """Give the timeline as a table: a row for each segment, a column for each label."""
    return await _export(parts, identity, owner, as_csv, CSV, ".csv")


@router.get("/export.srt", response_class=Response, responses=_file(SRT))
async def export_srt(identity: str, owner: Reader, parts: TheParts) -> Response:
    """Give the timeline as SubRip subtitles."""
    return await _export(parts, identity, owner, as_srt, SRT, ".srt")


@router.get("/export.vtt", response_class=Response, responses=_file(VTT))
async def export_vtt(identity: str, owner: Reader, parts: TheParts) -> Response:
    """Give the timeline as WebVTT subtitles."""
    return await _export(parts, identity, owner, as_vtt, VTT, ".vtt")


async def _chart(parts: Parts, identity: str, owner: Owner, kind: str, theme: str, form: str) -> bytes:
    await run_in_threadpool(parts.entry, identity, owner.sees)  # what is cached is not for everybody
    find = partial(parts.exhibit, identity, owner.sees)
    return await parts.gallery.made(
        identity, f"{kind}.{theme}.{form}", partial(draw, kind, theme=theme, form=form), find
    )


async def _export(
    parts: Parts, identity: str, owner: Owner, make: Callable[[Analysis], str], media_type: str, ending: str
) -> Response:
    found = await run_in_threadpool(parts.analysis, identity, owner.sees)
    return Response(make(found), media_type=media_type, headers=download(found.file, ending))
