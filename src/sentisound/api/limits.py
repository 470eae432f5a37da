"""Rate limits: requests a minute and seconds of sound an hour, for each key, user or address.

Counts are in the memory of the process, in windows that begin with a caller's first request. Answers say what is left,
in the headers of draft-ietf-httpapi-ratelimit-headers-10. An address is counted as ``addresses.network_of`` has it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentisound.api.addresses import client_network
from sentisound.api.errors import tell
from sentisound.errors import TooManyRequests
from sentisound.identity.owner import Owner
from sentisound.settings import Settings

MINUTE_S, HOUR_S = 60, 3600
REQUESTS, AUDIO = "requests", "audio"
MAX_CALLERS = 20_000
"""Callers that are remembered at most."""
LEAST_JOB_S = 60.0
"""What the sound of a job counts as at least until it was heard."""
ANY = math.ulp(1)
"""The least that can be left."""
UNLIMITED = ("/static/", "/healthz", "/readyz", "/metrics", "/health")


@dataclass(frozen=True, slots=True)
class Policy:
    """So much in so long."""

    name: str
    quota: float
    window_s: int

    def __str__(self) -> str:
        return f'"{self.name}";q={math.floor(self.quota)};w={self.window_s}'


class Window:
    """Counts what callers have used of one policy; safe to share between threads."""

    def __init__(self, policy: Policy, clock: Callable[[], float] = time.monotonic) -> None:
        self.policy = policy
        self._clock = clock
        self._lock = Lock()
        self._used: dict[str, tuple[float, float]] = {}  # who was here longest ago comes first

    def take(self, caller: str, amount: float, *, least: float) -> int:
        """Count what a caller is about to use, where so much is left, in one step: of many at once few get through.

        Returns
        -------
        int
            Seconds to wait where less is left than ``least``; 0 where it was counted.
        """
        with self._lock:
            left, wait_s = self._left(caller)
            if left < least:
                return wait_s
            self._spend(caller, amount)
        return 0

    def spend(self, caller: str, amount: float) -> None:
        """Count what a caller has used; it may be more than there was, or negative for what is given back."""
        with self._lock:
            self._spend(caller, amount)

    def left(self, caller: str) -> tuple[float, int]:
        """Return what is left for a caller, below 0 where it is overdrawn, and the seconds until all is there again."""
        with self._lock:
            return self._left(caller)

    def _left(self, caller: str) -> tuple[float, int]:
        end, used = self._used.get(caller, (0.0, 0.0))
        wait_s = end - self._clock()
        if wait_s <= 0:
            return self.policy.quota, self.policy.window_s
        return self.policy.quota - used, math.ceil(wait_s)

    def _spend(self, caller: str, amount: float) -> None:
        now = self._clock()
        end, used = self._used.pop(caller, (0.0, 0.0))
        if now >= end:
            end, used = now + self.policy.window_s, 0.0
            self._forget(now)
        self._used[caller] = (end, max(0.0, used + amount))

    def _forget(self, now: float) -> None:
        """Forget who has not been here for a window, and whoever was here longest ago where there are too many."""
        while self._used:
            caller, (end, _) = next(iter(self._used.items()))
            if end > now and len(self._used) < MAX_CALLERS:
                return
            del self._used[caller]


class Limits:
    """What callers may use; only this machine's own users without a key have no limit."""

    def __init__(self, settings: Settings, *, local_free: bool, clock: Callable[[], float] = time.monotonic) -> None:
        policies = (
            Policy(REQUESTS, settings.rate_requests, MINUTE_S),
            Policy(AUDIO, settings.rate_audio_s, HOUR_S),
        )
        self._windows = {policy.name: Window(policy, clock) for policy in policies if policy.quota}
        self._local_free = local_free
        self._lock = Lock()
        self._reserved: dict[str, tuple[str, float]] = {}

    def caller(self, connection: HTTPConnection) -> str | None:
        """Return to whose account a request goes; None where nothing is counted."""
        owner = connection.state.owner
        if isinstance(owner, Owner) and owner.credential:
            return owner.credential
        if self._local_free and isinstance(owner, Owner):
            return None
        return f"address:{client_network(connection)}"

    def take(self, caller: str) -> None:
        """Count a request.

        Raises
        ------
        TooManyRequests
            When the caller has used up a policy; the request is not counted then.
        """
        for name, least, amount in ((AUDIO, ANY, 0.0), (REQUESTS, 1.0, 1.0)):
            if name in self._windows:
                self._take(self._windows[name], caller, amount, least)

    def spend_audio(self, caller: str, duration_s: float) -> None:
        """Count sound that was analysed for a caller, in seconds; an empty caller has no limit."""
        if caller and AUDIO in self._windows:
            self._windows[AUDIO].spend(caller, duration_s)

    def reserve(self, what: str, caller: str, estimate_s: float) -> None:
        """Count sound that will be analysed later, before it is accepted; ``settle`` puts right what was estimated.

        Parameters
        ----------
        what : str
            Identity of the analysis to be.
        caller : str
            An empty one has no limit.
        estimate_s : float
            How long the sound is by its header; a minute at least is counted (or a hundredth of the limit), since a
            header may tell nothing.

        Raises
        ------
        TooManyRequests
            When nothing is left.
        """
        if not caller or AUDIO not in self._windows:
            return
        window = self._windows[AUDIO]
        estimate_s = max(estimate_s, min(LEAST_JOB_S, window.policy.quota / 100))
        self._take(window, caller, estimate_s, ANY)
        with self._lock:
            self._reserved[what] = caller, estimate_s
            if len(self._reserved) > MAX_CALLERS:  # of jobs that were cancelled, or ended by another process
                del self._reserved[next(iter(self._reserved))]

    def settle(self, what: str, heard_s: float) -> None:
        """Count what was heard of a sound in place of what was reserved for it; for one that is not known, nothing."""
        with self._lock:
            caller, estimate_s = self._reserved.pop(what, ("", 0.0))
        self.spend_audio(caller, heard_s - estimate_s)

    def headers(self, caller: str) -> dict[str, str]:
        """Return what is said to a caller of every policy."""
        left = {name: window.left(caller) for name, window in self._windows.items()}
        if not left:
            return {}
        return {
            "RateLimit-Policy": ", ".join(str(window.policy) for window in self._windows.values()),
            "RateLimit": ", ".join(f'"{name}";r={max(0, math.floor(r))};t={t}' for name, (r, t) in left.items()),
        }

    def _take(self, window: Window, caller: str, amount: float, least: float) -> None:
        wait_s = window.take(caller, amount, least=least)
        if wait_s:
            raise TooManyRequests(f"the limit {window.policy} is used up; come back in {wait_s} s", wait_s)


class RateLimits:
    """ASGI middleware: refuses who has used up a limit, and says on every answer what is left."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, run the application, and add to its answer."""
        caller = self._caller(scope)
        if caller is None:
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.limits.headers(caller))
            await send(message)

        if isinstance(owner := scope["state"]["owner"], Owner):
            scope["state"]["owner"] = replace(owner, account=caller)
        try:
            self.limits.take(caller)
        except TooManyRequests as error:
            await tell(error, scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    def _caller(self, scope: Scope) -> str | None:
        if scope["type"] != "http":
            return None
        free = scope["path"] == "/" or scope["path"].startswith(UNLIMITED)
        return None if free else self.limits.caller(HTTPConnection(scope))
