"""The rounds: a thread that sends what is due, tries again what was not taken, and gives up in the end."""

from __future__ import annotations

import http.client
import logging
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Flag, Thread
from typing import Any

from sentisound.errors import HistoryError, SentiSoundError
from sentisound.webhooks.guard import Guard
from sentisound.webhooks.mailbox import Event, Mailbox, Message
from sentisound.webhooks.post import post

log = logging.getLogger(__name__)

BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Waits between attempts, as Standard Webhooks proposes: ten attempts in three days."""
JITTER = 0.1
LOOK_S = 5.0
"""At most so long a message waits that another process has left, or whose time has come."""
AT_ONCE = 4
GONE = 410


class Rounds:
    """Webhooks of a running server.

    Parameters
    ----------
    mailbox : Mailbox
    guard : Guard
    backoff : tuple of timedelta, optional
    is_there : callable, optional
        Whether there is a database: it is not made only to find no endpoint in it.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        guard: Guard,
        backoff: tuple[timedelta, ...] = BACKOFF,
        is_there: Callable[[], bool] = lambda: True,
    ) -> None:
        self.mailbox = mailbox
        self.guard = guard
        self._backoff = backoff
        self._is_there = is_there
        self._stop = Flag()
        self._wake = Flag()
        self._any = False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to send what is due, also what a server before this one has left."""
        self.look()
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop when what is being sent is sent; the rest waits for the next start."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Look whether there is any endpoint: without one, nothing is written for an analysis."""
        try:
            self._any = self._is_there() and bool(self.mailbox.list())
        except HistoryError as error:
            log.warning("webhooks wait: %s", error)

    def announce(self, event: Event, resource: str, data: Mapping[str, Any]) -> None:
        """Leave a message for whoever wants to hear of this; trouble is told in the log and costs nobody an answer.

        Parameters
        ----------
        event : str
            Of ``EVENTS``.
        resource : str
            Id of the analysis or job.
        data : mapping
            What the message says; JSON.
        """
        if not self._any:
            return
        try:
            self.mailbox.put(event, resource, data)
        except HistoryError as error:
            log.error("no webhook tells of %s %s: %s", event, resource, error)  # noqa: TRY400 - the message says it all
            return
        self._wake.set()

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, "webhook") as pool:
            while not self._stop.is_set():
                if not self._round(pool):
                    self._wake.wait(LOOK_S)
                    self._wake.clear()
                    self.look()

    def _round(self, pool: ThreadPoolExecutor) -> bool:
        """Send what is due; return whether there may be more."""
        if not self._any:
            return False
        try:
            due = self.mailbox.claim(AT_ONCE)
            list(pool.map(self._send, due))
        except HistoryError as error:
            log.warning("webhooks wait: %s", error)
            return False
        return len(due) == AT_ONCE

    def _send(self, message: Message) -> None:
        trouble = self._attempt(message)
        if trouble is None:
            self.mailbox.delivered(message)
            return
        left = self._backoff[message.attempts :]
        wait = left[0] * (1 + JITTER * random.random()) if left else None  # noqa: S311 - spreads load, hides nothing
        log.warning(
            "webhook %s did not take message %s (attempt %d): %s%s",
            message.webhook,
            message.id,
            message.attempts + 1,
            trouble,
            "; given up" if wait is None else "",
        )
        self.mailbox.failed(message, trouble, wait)

    def _attempt(self, message: Message) -> str | None:
        """Return why a message was not taken; None where it was."""
        try:
            status = post(self.guard, message.url, message.secret, message.id, message.body)
        except SentiSoundError as error:
            return str(error)
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        return None if 200 <= status < 300 else f"it answered {status}"
