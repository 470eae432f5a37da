"""Problems: how a failure of ``/v1`` is told, RFC 9457's ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PREFIX = "/v1"
MEDIA_TYPE = "application/problem+json"
TYPE = "urn:sentisound:problem:"
"""A code after this is the problem's type: an identity, not an address to open (RFC 9457, section 3.1.1)."""

CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "upload_too_slow",
    413: "too_large",
    414: "query_too_long",
    415: "unsupported_media_type",
    421: "wrong_host",
    422: "invalid",
    429: "too_many_requests",
    431: "too_many_headers",
    500: "internal",
    503: "busy",
    505: "wrong_http_version",
    507: "no_room",
}
"""Codes of failures that are the protocol's; the others come from ``sentisound.errors``."""


ALWAYS = (401, 403, 408, 421, 422, 429, 500)
"""What any request may be answered."""


class Detail(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    pointer: str
    """JSON Pointer (RFC 6901) into the request: ``/query/limit``, ``/body/name``, ``/header/prefer``."""
    detail: str


class Problem(BaseModel):
    """How a failure is told."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    type: str
    """``urn:sentisound:problem:`` and the code."""
    title: str
    """A short sentence, the same for every problem of this type."""
    status: int
    detail: str
    """What was wrong with this request, and what to do about it."""
    instance: str
    """The path that was asked for."""
    code: str
    """Stable, for programs."""
    request_id: str
    """As in ``X-Request-ID``, to be found in the server's log."""
    errors: list[Detail] = []


def is_native(path: str) -> bool:
    """Return whether failures at a path are told as problems."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    code: str | None = None,
    title: str | None = None,
    errors: Sequence[Detail] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer that tells a problem."""
    known = code or CODES.get(status, "error")
    told = Problem(
        type=TYPE + known,
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        code=known,
        request_id=getattr(request.state, "request_id", ""),
        errors=list(errors),
    )
    return JSONResponse(told.model_dump(), status, headers, media_type=MEDIA_TYPE)


def detail_of(error: Mapping[str, Any]) -> Detail:
    """Return one of pydantic's errors; what was sent is not repeated, it may be a secret."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"])
    return Detail(pointer="/" + "/".join(parts), detail=str(error["msg"]))


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of failures, for ``responses=`` of a route: these statuses and those of every route."""
    content = {MEDIA_TYPE: {"schema": _schema()}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*ALWAYS, *statuses})
    }


def _schema() -> dict[str, Any]:
    """Return the JSON schema of a problem in one piece: OpenAPI looks for references elsewhere."""
    schema = Problem.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")["Detail"]
    return schema
