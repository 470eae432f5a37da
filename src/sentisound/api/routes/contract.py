"""``GET /v1/openapi.json``: the contract of the server that runs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from sentisound.api.tags import CONTRACT

router = APIRouter(tags=[CONTRACT])


@router.get("/v1/openapi.json", response_class=JSONResponse)
async def openapi(request: Request) -> JSONResponse:
    """Give the OpenAPI description of every endpoint."""
    return JSONResponse(request.app.openapi())
