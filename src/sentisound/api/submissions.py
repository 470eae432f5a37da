"""Submissions: the multipart body of ``POST /v1/analyses``, a file and what is wanted of it as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from sentisound.api.native import Options
from sentisound.api.uploads import Upload, file_in, form_of, max_upload_bytes
from sentisound.errors import BadRequest

PART = "options"
MAX_OPTIONS_BYTES = 16_000


@dataclass(frozen=True, slots=True)
class Submission:
    """A sound and what is wanted of it."""

    upload: Upload
    options: Options


async def submitted(request: Request) -> AsyncIterator[Submission]:
    """Give a route the file and the options of its request (a dependency); the file is gone once it has answered.

    Raises
    ------
    BadRequest
        When there is no file in the request.
    AudioTooLarge
        As soon as the request announces, or has sent, more than the cap.
    RequestValidationError
        When the options are not those that there are.
    """
    form = await form_of(request, max_files=2)  # some clients send JSON as a file
    try:
        if len(form.getlist(PART)) > 1:
            raise BadRequest(f"the field '{PART}' is there more than once")
        part = form.get(PART)
        text = await part.read(MAX_OPTIONS_BYTES + 1) if isinstance(part, UploadFile) else (part or "{}")
        yield Submission(file_in(form, max_upload_bytes(request)), options_in(text))
    finally:
        await form.close()


def options_in(text: str | bytes) -> Options:
    """Return the options of a JSON text.

    Raises
    ------
    RequestValidationError
        When it is not of their form; each error says where.
    """
    if len(text) > MAX_OPTIONS_BYTES:
        raise invalid(f"the options are longer than {MAX_OPTIONS_BYTES} bytes", text[:0])
    try:
        return Options.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**one, "loc": ("body", PART, *one["loc"])} for one in found]) from None


def invalid(message: str, given: Any, *where: str) -> RequestValidationError:
    """Return the error for an option that cannot be used."""
    one = {"type": "value_error", "loc": ("body", PART, *where), "msg": message, "input": given}
    return RequestValidationError([one])
