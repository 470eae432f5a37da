"""Every failure as JSON: the original endpoints' ``{"error": "..."}``, with the status that fits."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.errors import SentiSoundError

log = logging.getLogger(__name__)

INTERNAL = "the server failed at this; its log tells more"


def answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a request that failed."""
    return JSONResponse({"error": message}, status, headers)


async def known(request: Request, error: SentiSoundError) -> Response:
    """Answer an error raised on purpose; what is not the client's doing stays in the log (it may name paths)."""
    if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer(error.status, str(error))
    log.error("request %s: %s", request.state.request_id, error)
    return answer(error.status, error.title)


async def refused(request: Request, error: HTTPException) -> Response:
    """Answer what routing or a route refused: no such address, no such method, no place."""
    message = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND and message == HTTPStatus.NOT_FOUND.phrase:
        message = "there is nothing at this address"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = sorted((error.headers or {}).get("Allow", "another method").split(", "))
        message = f"{request.method} is not possible here; use {' or '.join(allowed)}"
    return answer(error.status_code, message, error.headers)


async def invalid(_: Request, error: RequestValidationError) -> Response:
    """Answer a request whose parameters do not fit; the first wrong one is named."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}")


async def gone(_: Request, __: ClientDisconnect) -> Response:
    """Answer nobody: the client left in the middle of its request, which is no failure of ours."""
    return answer(HTTPStatus.BAD_REQUEST, "the connection ended before the request was complete")


HANDLERS: dict[int | type[Exception], Any] = {
    SentiSoundError: known,
    HTTPException: refused,
    RequestValidationError: invalid,
    ClientDisconnect: gone,
}
"""Which handler answers which error, for ``FastAPI(exception_handlers=...)``."""


class InternalErrors:
    """ASGI middleware: what nobody expected is logged with its traceback and answered without it.

    Starlette's own handler for this stands outside of all middleware, so its answer would lack their headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and answer in its place where it fails."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception:
            if started:  # half an answer cannot be taken back: let the server cut the connection
                raise
            log.exception("request %s failed", scope["state"]["request_id"])
            await answer(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL)(scope, receive, send)
