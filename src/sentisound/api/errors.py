"""Every failure as JSON with its status: a problem under ``/v1``, elsewhere the originals' ``{"error": "..."}``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.api.problems import ALWAYS, Detail, detail_of, is_native, problem
from sentisound.errors import DeadlineExceeded, Forbidden, JobsFull, SentiSoundError, Unauthenticated

log = logging.getLogger(__name__)

TOLD = (DeadlineExceeded, JobsFull)
"""Errors of the server's, by their status, whose message is for the client and says what to do."""
INTERNAL = "the server failed at this; its log tells more"
REALM = 'Bearer realm="sentisound"'


class Failed(BaseModel):
    """How the original endpoints tell a failure."""

    error: str


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the failures of original endpoints: these statuses and those of every route."""
    return {
        status: {"description": HTTPStatus(status).phrase, "model": Failed} for status in sorted({*ALWAYS, *statuses})
    }


def answer(
    request: Request,
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
    *,
    code: str | None = None,
    title: str | None = None,
    errors: Sequence[Detail] = (),
) -> Response:
    """Return the answer to a request that failed."""
    if is_native(request.url.path):
        return problem(request, status, message, code=code, title=title, errors=errors, headers=headers)
    return JSONResponse({"error": message}, status, headers)


async def known(request: Request, error: SentiSoundError) -> Response:
    """Answer an error raised on purpose; what is not the client's doing stays in the log (it may name paths)."""
    message = str(error)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, TOLD):
        log.error("request %s: %s", request.state.request_id, error)
        message = error.title
    return answer(request, error.status, message, headers_of(request, error), code=error.code, title=error.title)


def headers_of(request: Request, error: SentiSoundError) -> dict[str, str]:
    """Return the headers that an error calls for: how to prove who one is (RFC 6750), when to come back."""
    if isinstance(error, Unauthenticated):
        sent = "Authorization" in request.headers or "X-API-Key" in request.headers
        return {"WWW-Authenticate": f'{REALM}, error="invalid_token"' if sent else REALM}
    if isinstance(error, Forbidden):
        return {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{error.scope}"'}
    wait_s = getattr(error, "retry_after_s", None)
    return {} if wait_s is None else {"Retry-After": str(wait_s)}


async def refused(request: Request, error: HTTPException) -> Response:
    """Answer what routing or a route refused: no such address, no such method, no place."""
    message = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND and message == HTTPStatus.NOT_FOUND.phrase:
        message = "there is nothing at this address"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = sorted((error.headers or {}).get("Allow", "another method").split(", "))
        message = f"{request.method} is not possible here; use {' or '.join(allowed)}"
    return answer(request, error.status_code, message, error.headers)


async def invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer a request whose parameters do not fit; the first wrong one is named, and under ``/v1`` all are."""
    found = error.errors()
    where = ".".join(str(part) for part in found[0]["loc"])
    broken = found[0]["type"] == "json_invalid"
    status = HTTPStatus.BAD_REQUEST if broken and is_native(request.url.path) else HTTPStatus.UNPROCESSABLE_ENTITY
    return answer(request, status, f"{where}: {found[0]['msg']}", errors=[detail_of(one) for one in found])


async def gone(request: Request, _: ClientDisconnect) -> Response:
    """Answer nobody: the client left in the middle of its request, which is no failure of ours."""
    return answer(request, HTTPStatus.BAD_REQUEST, "the connection ended before the request was complete")


HANDLERS: dict[int | type[Exception], Any] = {
    SentiSoundError: known,
    HTTPException: refused,
    RequestValidationError: invalid,
    ClientDisconnect: gone,
}
"""Which handler answers which error, for ``FastAPI(exception_handlers=...)``."""


async def tell(error: SentiSoundError | HTTPException, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what middleware refuses, as the application's own handlers would."""
    request = Request(scope)
    told = await (known(request, error) if isinstance(error, SentiSoundError) else refused(request, error))
    await told(scope, receive, send)


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
            failed = answer(Request(scope), HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL)
            await failed(scope, receive, send)
