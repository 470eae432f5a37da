"""The page and its files, as they lie in ``web/``; nothing is built or filled in."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).resolve().parent.parent.parent / "web"
REVALIDATE = {"Cache-Control": "no-cache"}
"""A browser asks each time whether its copy is still the file: after an upgrade, no page runs with old scripts."""

router = APIRouter()


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """Return the page."""
    return FileResponse(WEB / "index.html", headers=REVALIDATE)


class Assets(StaticFiles):
    """Static files that a browser revalidates."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file, or 304 where the browser has it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(REVALIDATE)
        return response
