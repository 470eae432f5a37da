"""The doors: everything that stands between a request and the routes, put together in its order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from sentisound.api.access import Identify
from sentisound.api.capacity import AnalysisCapacity
from sentisound.api.errors import InternalErrors
from sentisound.api.forgetting import Forgetting
from sentisound.api.head import Head
from sentisound.api.idempotency import Idempotency
from sentisound.api.in_flight import Requests, TrackRequests
from sentisound.api.limits import Limits, RateLimits
from sentisound.api.metrics import Metrics
from sentisound.api.origins import OwnPages, cors
from sentisound.api.outcomes import Outcomes
from sentisound.api.pace import Pace
from sentisound.api.request_limits import RequestLimits
from sentisound.api.security import SecurityHeaders
from sentisound.api.sign_in import SignIn
from sentisound.api.watch import Watch
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.idempotency import Answers
from sentisound.identity.gate import Gate, is_loopback
from sentisound.settings import Settings
from sentisound.webhooks.guard import Guard
from sentisound.webhooks.mailbox import Mailbox
from sentisound.webhooks.rounds import Rounds


@dataclass(frozen=True)
class Doors:
    """What an application needs to know of who asks, and whom to tell. The database is opened when it is needed."""

    settings: Settings
    database: Holder[Database]
    private: bool
    """Whether only this machine reaches the server."""
    gate: Gate
    limits: Limits
    answers: Answers
    metrics: Metrics
    rounds: Rounds
    sign_in: SignIn
    requests: Requests

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the doors of an application with these settings.

        Raises
        ------
        SettingsError, MissingExtra
            When a setting cannot be used.
        """
        place = place_of(settings)
        database: Holder[Database] = Holder(Database, place)
        gate = Gate.of(settings, database)
        return cls(
            settings=settings,
            database=database,
            private=(private := is_loopback(settings.host)),
            gate=gate,
            limits=Limits(settings, local_free=private),
            answers=Answers(database, timedelta(hours=settings.idempotency_hours)),
            metrics=Metrics(),
            rounds=Rounds(
                Mailbox(database), Guard.of(settings.webhook_http, settings.webhook_networks), is_there=place.is_there
            ),
            sign_in=SignIn(gate.sessions),
            requests=Requests(),
        )

    @property
    def outcomes(self) -> Outcomes:
        """Whom to tell when an analysis or a job has ended."""
        return Outcomes(self.metrics, self.limits, self.rounds, self.answers)

    def middleware(self) -> list[Middleware]:
        """Return the middleware, the outermost first."""
        own_pages = Middleware(OwnPages, self.settings, open_door=not self.gate.asks, private=self.private)
        return [
            Middleware(SecurityHeaders),
            Middleware(Watch, self.metrics),
            Middleware(InternalErrors),
            Middleware(RequestLimits),
            own_pages,
            *cors(self.settings),
            Middleware(Pace, self.settings.upload_idle_s, self.settings.upload_max_s),
            Middleware(Identify, self.gate),
            Middleware(TrackRequests, self.requests),
            Middleware(RateLimits, self.limits),
            Middleware(Forgetting, self.outcomes),
            Middleware(Idempotency, self.answers, self.settings),
            Middleware(Head),
        ]

    @asynccontextmanager
    async def opened(self, capacity: AnalysisCapacity) -> AsyncIterator[None]:
        """Send webhooks while the application runs."""
        self.metrics.watch_queue(capacity.kinds)
        await run_in_threadpool(self.rounds.start)
        try:
            yield
        finally:
            await run_in_threadpool(self.rounds.stop)
            await run_in_threadpool(self.database.close)
