"""Idempotency: a POST that comes again with the same ``Idempotency-Key`` is answered with the answer that was given.

The body is read to a temporary file and hashed first; the boundary of a multipart body is left out, since a client
draws a new one for each attempt. Answers that hold a secret, and those that would be another one the next time, are
not kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from tempfile import SpooledTemporaryFile
from typing import IO

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.api.errors import tell
from sentisound.api.in_flight import GONE
from sentisound.api.uploads import put_aside
from sentisound.errors import AudioTooLarge, BadIdempotencyKey, HistoryError, SentiSoundError
from sentisound.idempotency import RENEW_S, Answers, Repeat, Stored
from sentisound.identity.owner import Owner
from sentisound.settings import BYTES_PER_MB, Settings

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = "Idempotency-Kept"
"""``false`` on an answer too large to be kept: the same request is done again."""
KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?', re.ASCII)
"""Printable ASCII; the draft of the header has it in quotes, most clients send it bare."""
NEVER = ("/v1/keys", "/v1/tokens", "/v1/webhooks")
"""Their answers hold secrets, which are not kept."""
BODY_FACTOR = 1.5
"""base64 and an envelope around the largest upload."""
SPOOL_BYTES = 1_000_000
PIECE = 256_000
MAX_ANSWER = 2_000_000
KEPT_HEADERS = frozenset({b"content-type", b"content-disposition", b"location", b"preference-applied"})
AGAIN = frozenset({401, 403, 408, 409, 429})
"""Refusals that are about the moment, not about the request; and so is every failure of the server, and ``GONE``: a
client that hangs up finds, when it comes again, the answer (where the analysis was kept) or nothing."""


class Idempotency:
    """ASGI middleware: answers a repeated request, and keeps the answer of a new one."""

    def __init__(self, app: ASGIApp, answers: Answers, settings: Settings) -> None:
        self.app = app
        self.answers = answers
        self.max_bytes = int(settings.max_upload_mb * BYTES_PER_MB * BODY_FACTOR) + SPOOL_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST with a key; run the application for everything else."""
        given = Headers(scope=scope).get(HEADER) if scope["type"] == "http" and scope["method"] == "POST" else None
        owner = scope.get("state", {}).get("owner")
        if given is None or not isinstance(owner, Owner) or scope["path"].startswith(NEVER):
            await self.app(scope, receive, send)
            return
        try:
            await self._once(owner, given, scope, receive, send)
        except ClientDisconnect:
            return
        except (SentiSoundError, HTTPException) as error:
            await tell(error, scope, receive, send)

    async def _once(self, owner: Owner, given: str, scope: Scope, receive: Receive, send: Send) -> None:
        found = KEY.fullmatch(given)
        if found is None:
            raise BadIdempotencyKey("an Idempotency-Key has 1 to 255 printable ASCII characters, such as a UUID")
        with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            await self._read(Request(scope, receive), spool)
            print_ = await run_in_threadpool(fingerprint, scope, spool)
            repeat = Repeat(_whose(owner), found[1], print_)
            stored = await run_in_threadpool(self.answers.begin, repeat)
            if stored is not None:
                await _replayed(stored)(scope, receive, send)
                return
            async with self._held(repeat):
                await self._answer(repeat, spool, scope, receive, send)

    async def _read(self, request: Request, spool: IO[bytes]) -> None:
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > self.max_bytes:
                raise AudioTooLarge(
                    f"the request is larger than the {self.max_bytes / BYTES_PER_MB:g} MB that are taken"
                )
            with put_aside():
                await run_in_threadpool(spool.write, chunk)

    @asynccontextmanager
    async def _held(self, repeat: Repeat) -> AsyncIterator[None]:
        """Renew the hold on the row while the request is answered."""

        async def renewing() -> None:
            while True:
                await asyncio.sleep(RENEW_S)
                with suppress(HistoryError):
                    await run_in_threadpool(self.answers.renew, repeat)

        task = asyncio.create_task(renewing())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _answer(self, repeat: Repeat, spool: IO[bytes], scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application over the body that was read; keep the answer before its last piece is sent."""
        recording = _Recording()

        async def send_noting(message: Message) -> None:
            recording.note(message)
            if recording.complete:
                await self._settle(repeat, recording.stored())
            if _announced_bytes(message) > MAX_ANSWER:
                MutableHeaders(scope=message)[KEPT] = "false"
            await send(message)

        try:
            await self.app(scope, _replaying(spool, receive), send_noting)
        finally:
            if not recording.complete:
                with CancelScope(shield=True):  # a server that stops lets go of the request
                    await self._settle(repeat, None)

    async def _settle(self, repeat: Repeat, stored: Stored | None) -> None:
        """Keep an answer, or let the request be tried again; a database in trouble costs nobody the answer."""
        try:
            if stored is None:
                await run_in_threadpool(self.answers.drop, repeat)
            else:
                await run_in_threadpool(self.answers.keep, repeat, stored)
        except HistoryError as error:
            log.warning("the answer to a request with an Idempotency-Key is not kept: %s", error)


class _Recording:
    """What of an answer has been sent so far."""

    def __init__(self) -> None:
        self.complete = False
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._size = 0

    def note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in message["headers"] if _is_kept(k)]
        elif message["type"] == "http.response.body":
            piece = message.get("body", b"")
            self._size += len(piece)
            if self._size <= MAX_ANSWER:
                self._body += piece
            self.complete = not message.get("more_body", False)

    def stored(self) -> Stored | None:
        if self._status >= 500 or self._status in {*AGAIN, GONE} or self._size > MAX_ANSWER:
            return None
        body = bytes(self._body)
        return Stored(self._status, json.dumps(self._headers), body, _resource(body))


def _whose(owner: Owner) -> str:
    """Return whose a request is: of visitors without a key, who are one owner, each address has keys of its own."""
    return owner.id if owner.credential or not owner.account else f"{owner.id}/{owner.account}"


def fingerprint(scope: Scope, spool: IO[bytes]) -> str:
    """Return a hash of all that a request asks: method, path, query, type and body; blocks."""
    kind = Headers(scope=scope).get("Content-Type", "")
    media, _, parameters = kind.partition(";")
    found = re.search(r'boundary="?([^";]+)"?', parameters, re.IGNORECASE)
    boundary = found[1].encode("latin-1") if found else b""
    digest = hashlib.sha256()
    for part in (scope["method"], scope["path"], scope["query_string"].decode("latin-1"), media.strip().lower()):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    spool.seek(0)
    rest = b""
    while piece := spool.read(PIECE):
        rest = (rest + piece).replace(boundary, b"") if boundary else piece
        keep = max(len(boundary) - 1, 0)
        digest.update(rest[: len(rest) - keep])
        rest = rest[len(rest) - keep :]
    digest.update(rest)
    spool.seek(0)
    return digest.hexdigest()


def _replaying(spool: IO[bytes], receive: Receive) -> Receive:
    """Return a ``receive`` that gives the body that was read, then what the server says."""
    complete = False

    async def replay() -> Message:
        nonlocal complete
        if complete:
            return await receive()
        piece = await run_in_threadpool(spool.read, PIECE)
        complete = len(piece) < PIECE
        return {"type": "http.request", "body": piece, "more_body": not complete}

    return replay


def _replayed(stored: Stored) -> Response:
    response = Response(stored.body, stored.status)
    for name, value in json.loads(stored.headers):
        response.headers[name] = value
    response.headers[REPLAYED] = "true"
    return response


def _announced_bytes(message: Message) -> int:
    """Return how long the body will be that follows the start of an answer; 0 where this is no start."""
    return int(Headers(raw=message.get("headers", [])).get("Content-Length", 0))


def _is_kept(name: bytes) -> bool:
    return name.lower() in KEPT_HEADERS or name.lower().startswith(b"x-sentisound-")


def _resource(body: bytes) -> str | None:
    """Return the id of what an answer is about."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    identity = said.get("id") if isinstance(said, dict) else None
    return identity if isinstance(identity, str) and len(identity) <= 64 else None
