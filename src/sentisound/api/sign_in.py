"""Signing in: passwords are checked two at a time (each takes 64 MiB), and who guesses has to wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.exceptions import HTTPException

from sentisound.api.capacity import Capacity
from sentisound.api.limits import Policy, Window
from sentisound.errors import HistoryError, TooManyRequests
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

    async def pair(self, name: str, password: str, network: str) -> Pair:
        """Return a pair of tokens for a password.

        A try is counted before the password is checked, and given back unless that was wrong: of many tries at once
        only those are made that are left.

        Parameters
        ----------
        name, password : str
        network : str
            Of who asks, as ``addresses.network_of`` counts it.

        Raises
        ------
        Unauthenticated
            When there is no such user with this password.
        TooManyRequests
            When there were too many wrong ones of this name or from this network.
        """
        callers = tuple(zip(self._failures, (network, name), strict=True))
        self._count(callers)
        try:
            pair = await self._places().run(lambda: self.sessions.sign_in(name, password))
        except (HTTPException, HistoryError):  # nothing was checked, or nobody was told
            _give_back(callers)
            raise
        _give_back(callers)
        return pair

    def _count(self, callers: tuple[tuple[Window, str], ...]) -> None:
        for number, (window, caller) in enumerate(callers):
            wait_s = window.take(caller, 1, least=1)
            if wait_s:
                _give_back(callers[:number])
                raise TooManyRequests(f"too many wrong passwords; come back in {wait_s} s", wait_s)

    def _places(self) -> Capacity:
        if self._capacity is None:  # made within the event loop
            self._capacity = Capacity(AT_ONCE, LINE)
        return self._capacity


def _give_back(callers: tuple[tuple[Window, str], ...]) -> None:
    for window, caller in callers:
        window.spend(caller, -1)
