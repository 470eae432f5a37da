"""Signing in: passwords are checked two at a time (each takes 64 MiB), and who guesses has to wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from sentisound.api.capacity import Capacity
from sentisound.api.limits import Policy, Window
from sentisound.errors import TooManyRequests, Unauthenticated
from sentisound.identity.sessions import Sessions
from sentisound.identity.tokens import Pair

AT_ONCE, LINE = 2, 16
WINDOW_S = 15 * 60
PER_ADDRESS, PER_NAME = 10, 50
"""Wrong passwords in a window; a name has more, so that a stranger cannot easily lock its owner out."""


class SignIn:
    """Gives tokens for passwords; belongs to one event loop."""

    def __init__(self, sessions: Sessions, clock: Callable[[], float] = time.monotonic) -> None:
        self.sessions = sessions
        self._capacity: Capacity | None = None
        self._failures = (
            Window(Policy("address", PER_ADDRESS, WINDOW_S), clock),
            Window(Policy("name", PER_NAME, WINDOW_S), clock),
        )

    async def pair(self, name: str, password: str, address: str) -> Pair:
        """Return a pair of tokens for a password.

        Raises
        ------
        Unauthenticated
            When there is no such user with this password.
        TooManyRequests
            When there were too many wrong ones of this name or from this address.
        """
        self._check(name, address)
        try:
            return await self._places().run(lambda: self.sessions.sign_in(name, password))
        except Unauthenticated:
            for window, caller in zip(self._failures, (address, name), strict=True):
                window.spend(caller, 1)
            raise

    def _check(self, name: str, address: str) -> None:
        for window, caller in zip(self._failures, (address, name), strict=True):
            left, wait_s = window.left(caller)
            if left < 1:
                raise TooManyRequests(f"too many wrong passwords; come back in {wait_s} s", wait_s)

    def _places(self) -> Capacity:
        if self._capacity is None:  # made within the event loop
            self._capacity = Capacity(AT_ONCE, LINE)
        return self._capacity
