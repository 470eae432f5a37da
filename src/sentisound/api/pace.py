"""Pace: an upload that stalls or crawls is given up, and so is a connection that never asks for anything.

Each would hold a place and a temporary file for as long as a client likes.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 20.0
"""How long a new connection may take until its first request's headers are complete."""


class Pace:
    """ASGI middleware: gives up an upload that takes too long.

    Parameters
    ----------
    app : ASGI application
    idle_s : float
        Longest wait for the next piece of a body.
    max_s : float
        Longest time for all of it.
    """

    def __init__(self, app: ASGIApp, idle_s: float, max_s: float) -> None:
        self.app = app
        self.idle_s = idle_s
        self.max_s = max_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with a body that comes in time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        end = time.monotonic() + self.max_s
        complete = late = False

        async def receive_in_time() -> Message:
            nonlocal complete, late
            if complete:  # what is awaited now is the client's leaving
                return await receive()
            wait_s = min(self.idle_s, end - time.monotonic())
            try:
                message = await asyncio.wait_for(receive(), max(wait_s, 0))
            except TimeoutError:
                late = True
                raise HTTPException(408, self._reason(wait_s), headers={"Connection": "close"}) from None
            complete = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time, send)

    def _reason(self, wait_s: float) -> str:
        if wait_s < self.idle_s:
            return f"the upload took longer than {self.max_s:g} s"
        return f"nothing came of the upload for {self.idle_s:g} s"


class PromptProtocol(H11Protocol):
    """uvicorn's protocol, which by itself waits for ever for the first request of a connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the new connection some time for its first request."""
        super().connection_made(transport)
        self._prompt = self.loop.call_later(HEADERS_S, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._prompt.cancel()
        super().connection_lost(exc)


def protocol() -> Any:
    """Return what ``uvicorn.Config(http=...)`` takes."""
    return PromptProtocol
