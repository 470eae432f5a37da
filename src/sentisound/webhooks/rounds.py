"""The rounds: send what is due, try again what was not taken, and give up in the end.

Each receiver has a queue of its own and so many threads at once, so that one that hangs delays nobody else. One thread
asks the database for what is due, and writes down what came of it; those that send do not touch it.
"""

from __future__ import annotations

import http.client
import logging
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
"""Messages on their way to one receiver; there are ``MAX_WEBHOOKS`` receivers at most."""
STOP_S = 5.0
"""So long a stop waits for what is being sent; the next start sends the rest again."""
GONE = 410


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of sending a message."""

    message: Message
    trouble: str | None
    """Why it was not taken; None where it was."""
    gone: bool = False
    """Whether the receiver wants nothing more."""


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
        self._next_look_s = 0.0
        self._sending: dict[str, Message] = {}
        self._attempts: deque[_Attempt] = deque()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to send what is due, also what a server before this one has left."""
        self.look()
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop when what is being sent is sent, in ``STOP_S`` at the latest; the rest waits for the next start."""
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
        while not self._stop.is_set():
            self._try(self._round)
            self._wake.wait(LOOK_S)
            self._wake.clear()
        self._try(self._finish)

    def _try(self, work: Callable[[], None]) -> None:
        """Do a part of the work; whatever becomes of it, the thread goes on: without it no webhook would be sent."""
        try:
            work()
        except HistoryError as error:
            log.warning("webhooks wait: %s", error)
        except Exception:
            log.exception("webhooks wait")

    def _round(self) -> None:
        """Note what came of what was sent, and send what is due."""
        self._note_attempts()
        if time.monotonic() >= self._next_look_s:
            self._next_look_s = time.monotonic() + LOOK_S
            self.look()
        if not self._any:
            return
        busy = Counter(message.webhook for message in self._sending.values())
        for message in self.mailbox.claim(AT_ONCE, busy):
            if message.id not in self._sending:  # else it takes longer than its claim holds
                Thread(target=self._send, args=(message,), name="webhook", daemon=True).start()
                self._sending[message.id] = message

    def _finish(self) -> None:
        """Wait a while for what is being sent, and let the next start send the rest."""
        end_s = time.monotonic() + STOP_S
        while self._sending and time.monotonic() < end_s:
            self._note_attempts()
            self._wake.wait(0.05)
            self._wake.clear()
        if self._sending:
            self.mailbox.release(self._sending.values())

    def _send(self, message: Message) -> None:
        self._attempts.append(self._attempt(message))
        self._wake.set()

    def _note_attempts(self) -> None:
        """Write down what came of what was sent; what cannot be written now, is later."""
        while self._attempts:
            attempt = self._attempts[0]
            self._note(attempt)
            self._attempts.popleft()
            self._sending.pop(attempt.message.id, None)

    def _note(self, attempt: _Attempt) -> None:
        message, trouble = attempt.message, attempt.trouble
        if trouble is None:
            self.mailbox.delivered(message)
            return
        if attempt.gone:
            log.warning("webhook %s is gone (%s): it is told nothing more", message.webhook, trouble)
            self.mailbox.disable(message, trouble)
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

    def _attempt(self, message: Message) -> _Attempt:
        try:
            status = post(self.guard, message.url, message.secret, message.id, message.body)
        except SentiSoundError as error:
            return _Attempt(message, str(error))
        except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a name that no resolver takes
            return _Attempt(message, f"{type(error).__name__}: {error}")
        except Exception as error:
            log.exception("message %s could not be sent", message.id)
            return _Attempt(message, type(error).__name__)
        trouble = None if 200 <= status < 300 else f"it answered {status}"
        return _Attempt(message, trouble, gone=status == GONE)
