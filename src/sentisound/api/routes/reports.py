"""Reports: ``GET /download-report/{filename}``, the PDF of what was analysed."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from sentisound.api.dependencies import Analyst, TheGallery
from sentisound.service import display_name

PDF = "application/pdf"

router = APIRouter()


@router.head("/download-report/{filename:path}", include_in_schema=False)
@router.get("/download-report/{filename:path}", response_class=Response, responses={200: {"content": {PDF: {}}}})
async def download_report(filename: str, gallery: TheGallery, owner: Analyst) -> Response:
    """Give the report of the last analysis of a file of this name."""
    pdf = await gallery.report(filename, owner.id)
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": disposition(filename)})


def disposition(filename: str) -> str:
    """Return the header that names a download, in any alphabet (RFC 6266); plain readers get plain letters."""
    name = f"{PurePath(display_name(filename)).stem}_report.pdf"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
