"""Requests in flight: whose each is, whether its client still waits, and how they end when the server stops.

A client that hangs up cancels the deadline of its request: work that waits is dropped, and work that runs ends at its
next ``deadline.check``. When the server stops, requests that come are refused, and those at hand have ``WORK_S``.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import ceil

from anyio import CancelScope
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.api.addresses import client_network
from sentisound.api.errors import answer, refused, tell
from sentisound.deadline import Deadline, limit
from sentisound.errors import WorkCancelled
from sentisound.identity.owner import Owner
from sentisound.settings import BYTES_PER_MB

WORK_S = 20.0
"""How long a stop lets requests go on; their work is cancelled then, and they are answered."""
ANSWER_S = 3.0
"""How long work that was cancelled by a stop may take to end; who waits for it is answered all the same."""
DRAIN_S = 2.0
"""How long what a client is sending is read before it is refused: a connection closed before that loses the answer."""
RETRY_AFTER_S = 10
"""When to come back to a server that stops: a restart takes less."""
ALIVE = "/healthz"
"""Answered to the end: a supervisor that hears nothing would kill a server that stops in good order."""
GONE = 499
"""Status of an answer that nobody waits for (nginx's number): for logs and metrics."""
MOST_DIGITS = 20


@dataclass(eq=False)
class InFlight:
    """One request that is being answered."""

    caller: str = ""
    """Whose it is, for a fair share: an owner, or the address of who asks without a key."""
    upload_bytes: int = 0
    """What its body announces, or what came of it."""
    deadline: Deadline = field(default_factory=Deadline)
    """Cancelled when the client hangs up or the server has waited long enough."""
    scope: CancelScope = field(default_factory=CancelScope)
    gone: bool = False
    """Whether the client has hung up."""

    @property
    def size_mb(self) -> int:
        """What the request holds of memory or disk while it waits, in MB, rounded up."""
        return max(1, ceil(self.upload_bytes / BYTES_PER_MB))


current: ContextVar[InFlight] = ContextVar("in_flight")
"""The request on whose behalf this code runs; not set outside of requests."""


class Requests:
    """The requests in flight of one application."""

    def __init__(self) -> None:
        self._open: set[InFlight] = set()
        self.stopping = asyncio.Event()
        """Set when the server stops: streams without an end of their own end then."""

    def enter(self, request: InFlight) -> None:
        """Note a request that begins."""
        self._open.add(request)

    def leave(self, request: InFlight) -> None:
        """Note a request that has been answered."""
        self._open.discard(request)

    async def stop(self) -> None:
        """Refuse what comes from now on; return when all is answered, of which the last is given up in time."""
        self.stopping.set()
        await self._all_gone(WORK_S)
        for request in list(self._open):
            request.deadline.cancel()
        await self._all_gone(ANSWER_S)
        for request in list(self._open):
            request.scope.cancel()

    async def _all_gone(self, patience_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self._open:
                    await asyncio.sleep(0.05)


class TrackRequests:
    """ASGI middleware: makes each request one of ``Requests``; it stands where the owner is known."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self.app = app
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application as long as somebody waits for its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif self.requests.stopping.is_set() and scope["path"] != ALIVE:
            await _drain(receive)
            await tell(stops(), scope, receive, send)
        else:
            await self._track(InFlight(caller_of(scope), announced_bytes(scope)), scope, receive, send)

    async def _track(self, request: InFlight, scope: Scope, receive: Receive, send: Send) -> None:
        reads = request.upload_bytes > 0 or is_chunked(scope)
        connection = _Connection(request, receive, self._closing(send), reads=reads)
        scope["state"]["in_flight"] = request
        token = current.set(request)
        self.requests.enter(request)
        try:
            with limit(request.deadline), request.scope:
                await self.app(scope, connection.receive, connection.send)
            if request.scope.cancel_called and not connection.answered:
                await tell(stops(), scope, receive, send)
        finally:
            self.requests.leave(request)
            current.reset(token)
            await connection.close()

    def _closing(self, send: Send) -> Send:
        """Return a ``send`` that tells clients of a server that stops not to ask again on their connection."""

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self.requests.stopping.is_set():
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        return send_closing


class _Connection:
    """What a request receives and sends, and a watch over its client once its body is complete."""

    def __init__(self, request: InFlight, receive: Receive, send: Send, *, reads: bool) -> None:
        self._request = request
        self._receive = receive
        self._send = send
        self._empty = not reads
        """Whether there is no body, which has not been said yet."""
        self._received = 0
        self.answered = self._complete = self._closed = False
        self._watch = None if reads else asyncio.create_task(self._watching())

    async def receive(self) -> Message:
        """Return the next message; once the body is complete, that the client has gone."""
        if self._watch is not None:
            if self._empty:  # the watch takes the message that says so
                self._empty = False
                return {"type": "http.request", "body": b"", "more_body": False}
            await asyncio.shield(self._watch)
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._note(message)
        return message

    async def send(self, message: Message) -> None:
        """Send a message."""
        self.answered = True
        self._complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def close(self) -> None:
        """End the watch."""
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    def _note(self, message: Message) -> None:
        if message["type"] != "http.request":
            self._leave()
            return
        self._received += len(message.get("body", b""))
        self._request.upload_bytes = max(self._request.upload_bytes, self._received)
        if not message.get("more_body", False):
            self._watch = asyncio.create_task(self._watching())

    async def _watching(self) -> None:
        while (await self._receive())["type"] == "http.request":
            if self._closed:  # Python 3.11: `asyncio.wait_for` may take a message and lose that it was cancelled
                return
        self._leave()

    def _leave(self) -> None:
        if not self._complete:  # servers say that the client is gone also once it has been answered
            self._request.gone = True
            self._request.deadline.cancel()


def stops() -> HTTPException:
    """Return the refusal of a server that stops."""
    headers = {"Retry-After": str(RETRY_AFTER_S), "Connection": "close"}
    return HTTPException(503, f"the server stops; try again in {RETRY_AFTER_S} seconds", headers=headers)


async def cancelled(request: Request, _: WorkCancelled) -> Response:
    """Answer a request whose work was cancelled: nobody, where the client has gone; else the server stops."""
    if request.state.in_flight.gone:
        return answer(request, GONE, "the client has gone", code=WorkCancelled.code, title=WorkCancelled.title)
    return await refused(request, stops())


def caller_of(scope: Scope) -> str:
    """Return whose a request is: its owner where a key or a user asks, else its address, IPv6 by its network."""
    owner = scope["state"].get("owner")
    if isinstance(owner, Owner) and owner.credential:
        return f"owner:{owner.id}"
    return f"address:{client_network(HTTPConnection(scope))}"


def announced_bytes(scope: Scope) -> int:
    """Return how long a request's body is by its header; 0 where that does not tell."""
    announced = Headers(scope=scope).get("Content-Length", "")
    return int(announced) if announced.isascii() and announced.isdecimal() and len(announced) < MOST_DIGITS else 0


def is_chunked(scope: Scope) -> bool:
    """Return whether a request has a body whose length its header does not tell."""
    return "Transfer-Encoding" in Headers(scope=scope)


async def _drain(receive: Receive) -> None:
    """Read what a client is sending, for a while."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
                pass
