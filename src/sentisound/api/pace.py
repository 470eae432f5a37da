"""Pace: an upload that stalls or crawls is given up: it would hold a temporary file for as long as a client likes."""

from __future__ import annotations

import asyncio
import time

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


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
