"""What is checked of every request before anybody reads its body: its framing, its head, and how long it may be."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.api.errors import tell

MAX_BODY_BYTES = 64_000
"""Largest body of a request that brings no sound."""
SOUNDS = frozenset({"/predict", "/record", "/process_audio", "/upload", "/v1/analyses"})
"""What takes sounds, and limits them itself."""
MAX_HEADERS = 100
MAX_QUERY_BYTES = 8_000


class RequestLimits:
    """ASGI middleware: refuses what is ambiguous or too long, at the latest at the first byte too many.

    What ``Content-Length`` announces is refused once somebody wants to read it: a route that asks for a key says so
    first.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with a body that is not too long."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            check_head(headers, scope["query_string"], scope["http_version"])
        except HTTPException as error:
            await tell(error, scope, receive, send)
            return
        is_sound = scope["method"] == "POST" and scope["path"] in SOUNDS
        await self.app(scope, receive if is_sound else limited(receive, headers), send)


def check_head(headers: Headers, query: bytes, version: str) -> None:
    """Check the head of a request.

    Raises
    ------
    HTTPException
        400 where the end of the body is told in two ways, which a proxy may read in the other one (RFC 9112, section
        6.3), 414 and 431 for a query or a head that is too long, 415 for a compressed body, 505 for another HTTP.
    """
    if version[:1] not in {"1", "2", "3"} or version == "2.0":
        raise HTTPException(505, "this server speaks HTTP/1.1", {"Connection": "close"})
    if "Transfer-Encoding" in headers and ("Content-Length" in headers or version < "1.1"):
        told = "send either Content-Length or Transfer-Encoding, the latter with HTTP/1.1 only"
        raise HTTPException(400, told, {"Connection": "close"})
    if len(headers) > MAX_HEADERS:
        raise HTTPException(431, f"the request has more than {MAX_HEADERS} headers", {"Connection": "close"})
    if len(query) > MAX_QUERY_BYTES:
        raise HTTPException(414, f"the query is longer than {MAX_QUERY_BYTES} bytes")
    if headers.get("Content-Encoding", "identity").strip().lower() not in {"identity", ""}:
        raise HTTPException(415, "the body is compressed; send it as it is, without Content-Encoding")


def limited(receive: Receive, headers: Headers) -> Receive:
    """Return a ``receive`` that raises 413 for a body longer than ``MAX_BODY_BYTES``."""
    announced = headers.get("Content-Length", "")
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        if announced.isdecimal() and int(announced[:20]) > MAX_BODY_BYTES:
            raise too_long()
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise too_long()
        return message

    return receive_limited


def too_long() -> HTTPException:
    """Return the error for a body that is too long."""
    return HTTPException(413, f"the body is longer than the {MAX_BODY_BYTES} bytes that are taken here")
