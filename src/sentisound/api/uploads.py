"""Uploads: a sound sent as multipart, spooled to a temporary file, never more of it than the cap."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from sentisound.errors import AudioTooLarge, BadRequest, NoRoom
from sentisound.service import display_name
from sentisound.settings import BYTES_PER_MB, Settings

FIELD = "file"
EXTENDED_NAME = re.compile(rb""";\s*filename\*\s*=\s*"?(utf-8|iso-8859-1)'[\w-]*'([!-!#-:<-~]*)""", re.IGNORECASE)
"""RFC 8187: a charset, a language that may be empty, and what is encoded in percent signs; no other charset."""
ENVELOPE_BYTES = 64_000  # boundaries, headers and small fields around the file
MAX_FIELDS = 16
HOW = f"send the sound as the multipart field '{FIELD}', for example with: curl -F {FIELD}=@clip.wav"
SOUND = {"type": "string", "format": "binary", "description": "The sound."}
BODY = {
    "content": {
        "multipart/form-data": {"schema": {"type": "object", "required": [FIELD], "properties": {FIELD: SOUND}}}
    },
    "required": True,
}
"""What OpenAPI says of a request whose body ``uploaded`` reads."""
REFUSED = (400, 413, 415, 503, 507)
"""Statuses, beside those of every route, of a request with a sound."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request; a binary stream that messages can call by its name."""

    name: str
    """Safe to show, never a path."""
    file: BinaryIO

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes from where the file stands."""
        return self.file.read(size)


def max_upload_bytes(request: Request) -> int:
    """Return the largest sound that the server takes, in bytes."""
    settings: Settings = request.app.state.settings
    return int(settings.max_upload_mb * BYTES_PER_MB)


async def uploaded(request: Request) -> AsyncIterator[Upload]:
    """Give a route the file of its request (a dependency); the file is gone once the route has answered.

    Raises
    ------
    BadRequest
        When there is no such file in the request.
    AudioTooLarge
        As soon as the request announces, or has sent, more than the cap.
    """
    form = await form_of(request)
    try:
        yield file_in(form, max_upload_bytes(request))
    finally:
        await form.close()


async def capped(request: Request, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """Yield the body of a request as it comes, up to ``max_bytes``.

    Raises
    ------
    AudioTooLarge
        Before the first byte where ``Content-Length`` is larger, else at the first byte too many.
    """
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large(max_upload_bytes(request))
    received = 0
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            received += len(chunk)
            if received > max_bytes:
                raise too_large(max_upload_bytes(request))
            yield chunk


def too_large(max_bytes: int) -> AudioTooLarge:
    """Return the error for a sound that has more bytes than the server takes."""
    return AudioTooLarge(f"the sound is larger than the {max_bytes / BYTES_PER_MB:g} MB that this server takes")


async def form_of(request: Request, max_files: int = 1) -> FormData:
    """Read the multipart body of a request; close the form when its files are not needed any more.

    Raises
    ------
    BadRequest
        When it cannot be read as such.
    AudioTooLarge
        As soon as the request announces, or has sent, more than the cap and an envelope around it.
    NoRoom
        When its file cannot be written to a temporary file.
    """
    if not request.headers.get("Content-Type", "").lower().startswith("multipart/form-data"):
        raise BadRequest(HOW)
    async with aclosing(capped(request, max_upload_bytes(request) + ENVELOPE_BYTES)) as chunks:
        try:
            with put_aside():
                return await Form(request.headers, chunks, max_files=max_files, max_fields=MAX_FIELDS).parse()
        except MultiPartException as error:
            raise BadRequest(f"the multipart body cannot be read ({error.message.rstrip('.')}); {HOW}") from None


class Form(MultiPartParser):
    """Starlette's parser, which takes UTF-8 whatever charset the form names, and names as other clients write them.

    Python has charsets that take time with the square of the length, and a client would choose one. A name in the
    extended form is wrong here (RFC 7578, section 4.2) and yet what some libraries send.
    """

    def on_headers_finished(self) -> None:
        """Begin a part; in Latin-1 where it is not UTF-8, as old clients write names."""
        self._charset = "utf-8"
        part = self._current_part
        if (name := self._other_name(part.content_disposition or b"")) is not None:
            escaped = name.replace("\\", "\\\\").replace('"', '\\"')
            part.content_disposition = f'form-data; name="{FIELD}"; filename="{escaped}"'.encode()
        super().on_headers_finished()

    def _other_name(self, disposition: bytes) -> str | None:
        """Return the name of a sound where it is written as ``filename*``, or missing and the content is no text."""
        _, options = parse_options_header(disposition)
        if options.get(b"name") != FIELD.encode():
            return None
        if extended := EXTENDED_NAME.search(disposition):
            return unquote(extended[2].decode("ascii"), encoding=extended[1].decode("ascii"))
        kinds = [value for key, value in self._current_part.item_headers if key == b"content-type"]
        is_sound = bool(kinds) and not kinds[0].lower().startswith(b"text/")
        return "" if is_sound and b"filename" not in options else None


@contextmanager
def put_aside() -> Iterator[None]:
    """Say that there is no room where a temporary file cannot be written.

    Raises
    ------
    NoRoom
    """
    try:
        yield
    except OSError as error:
        raise NoRoom(f"the upload cannot be put aside in the folder for temporary files: {error}") from None


def file_in(form: FormData, max_bytes: int) -> Upload:
    """Return the sound in a form; raises as ``uploaded`` does."""
    file = form.get(FIELD)
    if len(form.getlist(FIELD)) > 1:
        raise BadRequest(f"the field '{FIELD}' is there more than once; send one sound with each request; {HOW}")
    if isinstance(file, str):
        raise BadRequest(f"the field '{FIELD}' holds text where a file is expected (is the @ missing?); {HOW}")
    if not isinstance(file, UploadFile):
        raise BadRequest(f"there is no field '{FIELD}' in the request; {HOW}")
    if (file.size or 0) > max_bytes:
        raise too_large(max_bytes)
    return Upload(display_name(file.filename or ""), file.file)
