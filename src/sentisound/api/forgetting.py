"""Forgetting: what was deleted for good is not told any more, by no kept answer and no webhook."""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.api.outcomes import Outcomes
from sentisound.errors import HistoryError

log = logging.getLogger(__name__)

COLLECTIONS = ("/v1/analyses/",)
SUCCESS = range(200, 300)


class Forgetting:
    """ASGI middleware: forgets what a DELETE has deleted, before that is answered."""

    def __init__(self, app: ASGIApp, outcomes: Outcomes) -> None:
        self.app = app
        self.outcomes = outcomes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and forget what it has deleted."""
        if scope["type"] != "http" or scope["method"] != "DELETE" or not scope["path"].startswith(COLLECTIONS):
            await self.app(scope, receive, send)
            return

        async def send_after(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in SUCCESS:
                await self._forget(scope["path"].rsplit("/", 1)[-1])
            await send(message)

        await self.app(scope, receive, send_after)

    async def _forget(self, identity: str) -> None:
        try:
            await run_in_threadpool(self.outcomes.deleted, identity)
        except HistoryError as error:
            log.warning("%s is deleted, and may be told until its kept answers expire: %s", identity, error)
