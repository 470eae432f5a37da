"""How the routes of ``/v1`` declare what may go wrong: one place, so that the contract names every status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from sentisound.api.native import Problem

MEDIA_TYPE = "application/problem+json"
ALWAYS = (401, 403, 422, 429, 500)
"""What any request may be answered."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route for these statuses and those of every route."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    every = sorted({*ALWAYS, *statuses})
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in every}
