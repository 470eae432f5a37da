"""Recordings: a sound sent within JSON, as a data URL or bare base64, and the name that it is given here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from itertools import chain
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import BinaryIO, cast

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from sentisound.api.recorded_json import CUT, PIECE_BYTES, LongString
from sentisound.api.schemas import Recording
from sentisound.api.uploads import capped, max_upload_bytes, put_aside, too_large
from sentisound.errors import BadRequest

JSON_BYTES_PER_BYTE = 4 / 3 * 1.06  # base64, and a line break (escaped in JSON: 4 characters) every 76 characters
SPOOL_BYTES = 1_000_000  # a body up to this size stays in memory
ENVELOPE_BYTES = 4_000  # the rest of the JSON and the head of the data URL
STANDARD = bytes.maketrans(b"-_", b"+/")
"""From the alphabet that is safe in URLs."""
WHITE_SPACE = b" \t\r\n\f\v"
HOW = 'send JSON: {"audio": "data:audio/wav;base64,..."}'


async def recorded(request: Request) -> AsyncIterator[BinaryIO]:
    """Give a route the JSON body of its request (a dependency), unparsed, spooled to a temporary file.

    It is read as JSON in a worker's thread, of which there are few.

    Raises
    ------
    AudioTooLarge
        As soon as the request announces, or has sent, more than base64 makes of the cap.
    NoRoom
        When it cannot be written to a temporary file.
    """
    max_bytes = int(max_upload_bytes(request) * JSON_BYTES_PER_BYTE) + ENVELOPE_BYTES
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        body = UploadFile(cast("BinaryIO", spool))  # writes in a thread once the file is on disk
        with put_aside():
            async for chunk in capped(request, max_bytes):
                await body.write(chunk)
            await body.seek(0)
        yield body.file


def sound_in(body: BinaryIO, max_bytes: int) -> bytes:
    """Return the bytes of the sound in a JSON body, at most ``max_bytes`` of them.

    Raises
    ------
    BadRequest
        When the body is not of the form in ``HOW``.
    AudioTooLarge
        When the sound has more bytes than the server takes.
    """
    split = LongString(body)
    rest = bytearray()
    try:
        for piece in split.pieces():
            rest += piece
        audio = Recording.model_validate_json(bytes(split.envelope)).audio
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise BadRequest(f"{where}: {first['msg']}; {HOW}") from None
    except ValueError as error:
        raise BadRequest(f"the body: {error}; {HOW}") from None
    if not rest:
        return from_base64(audio, max_bytes)
    if not audio.endswith(CUT):
        raise BadRequest(f"the body holds a long string beside 'audio'; {HOW}")
    slices = (bytes(rest[start : start + PIECE_BYTES]) for start in range(0, len(rest), PIECE_BYTES))
    return decoded(chain([payload_of(audio.removesuffix(CUT))], slices), max_bytes)


def from_base64(text: str, max_bytes: int | None = None) -> bytes:
    """Return the bytes of a base64 data URL or of bare base64; white space and missing padding do not matter.

    Raises
    ------
    BadRequest
        When it is neither.
    AudioTooLarge
        When there are more than ``max_bytes``.
    """
    return decoded([payload_of(text)], max_bytes)


def payload_of(text: str) -> bytes:
    """Return the base64 of a data URL or of bare base64; raises ``BadRequest`` where a data URL is another one."""
    payload = text.strip()
    if payload[:5].lower() == "data:":
        head, comma, payload = payload.partition(",")
        if not comma or not head.rstrip().lower().endswith(";base64"):
            raise BadRequest(f"the data URL of 'audio' is not base64; {HOW}")
    return "".join(payload.split()).encode()


def decoded(pieces: Iterable[bytes], max_bytes: int | None = None) -> bytes:
    """Return the bytes that pieces of base64 stand for; each is decoded alone, so that no call takes long.

    Raises
    ------
    BadRequest
        When they are not base64.
    AudioTooLarge
        When there are more than ``max_bytes``.
    """
    sound, rest = bytearray(), b""
    try:
        for piece in pieces:
            text = rest + piece.translate(STANDARD, WHITE_SPACE)
            whole = max(len(text) - 1, 0) // 4 * 4  # the last four may be padded, others are not
            sound += base64.b64decode(text[:whole].replace(b"=", b"!"), validate=True)
            rest = text[whole:]
            if max_bytes is not None and len(sound) > max_bytes:
                raise too_large(max_bytes)
        sound += base64.b64decode(rest + b"=" * (-len(rest) % 4), validate=True)
    except binascii.Error:
        raise BadRequest(f"'audio' is not valid base64; {HOW}") from None
    if max_bytes is not None and len(sound) > max_bytes:
        raise too_large(max_bytes)
    return bytes(sound)


class RecordingNames:
    """Names recordings after the second in which they came, local time; the second of one second ends in ``_2``."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = ""
        self._count = 0

    def next(self, now: datetime | None = None) -> str:
        """Return a name that this object has not given before in the same second."""
        stamp = f"{now or datetime.now().astimezone():%Y%m%d_%H%M%S}"
        with self._lock:
            self._count = self._count + 1 if stamp == self._last else 1
            self._last = stamp
            suffix = f"_{self._count}" if self._count > 1 else ""
        return f"recording_{stamp}{suffix}.wav"
