"""The watch: what every request was and what became of it, counted and logged."""

from __future__ import annotations

import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.api.logs import request_id
from sentisound.api.metrics import Metrics
from sentisound.identity.owner import Owner

log = logging.getLogger("sentisound.access")

UNMATCHED = "unmatched"
CUT = 499
"""What is counted where a client was gone, or the answer broken off, before it began; as ``in_flight.GONE``."""


class Watch:
    """ASGI middleware: counts and logs each request when it is answered. Of a path only the route's pattern is told."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, then tell of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, sent = time.perf_counter(), CUT, 0

        async def send_noting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        token = request_id.set(scope["state"]["request_id"])
        try:
            await self.app(scope, receive, send_noting)
        finally:
            self._tell(scope, status, sent, time.perf_counter() - began)
            request_id.reset(token)

    def _tell(self, scope: Scope, status: int, sent: int, duration_s: float) -> None:
        route = route_of(scope)
        self.metrics.answered(scope["method"], route, status, duration_s)
        log.info(
            "%s %s %d",
            scope["method"],
            route,
            status,
            extra={
                "method": scope["method"],
                "route": route,
                "status": status,
                "duration_ms": round(1000 * duration_s, 2),
                "bytes": sent,
                "client": scope["client"][0] if scope.get("client") else "",
                "owner": _owner(scope["state"].get("owner")),
            },
        )


def route_of(scope: Scope) -> str:
    """Return the pattern of the path that was asked for; what no route has is all one."""
    path: Any = getattr(scope.get("route"), "path", None)
    if path is None and scope["path"].startswith("/static/"):
        return "/static"
    return str(path) if path else UNMATCHED


def _owner(owner: Any) -> str:
    return (owner.credential or owner.id) if isinstance(owner, Owner) else ""
