"""Reports: ``GET /download-report/{filename}``, the PDF of what was analysed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from sentisound.api.dependencies import Analyst, TheGallery
from sentisound.api.downloads import download
from sentisound.api.errors import failures

PDF = "application/pdf"

router = APIRouter()


@router.get(
    "/download-report/{filename:path}",
    response_class=Response,
    responses={200: {"content": {PDF: {}}}, **failures(404, 501, 503)},
)
async def download_report(filename: str, gallery: TheGallery, owner: Analyst) -> Response:
    """Give the report of the last analysis of a file of this name."""
    pdf = await gallery.report(filename, owner)
    return Response(pdf, media_type=PDF, headers=download(filename, "_report.pdf"))
