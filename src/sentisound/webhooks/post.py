"""Sends one message: to an address that was checked, in a time that is limited, following no redirect."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from datetime import UTC, datetime
from threading import Timer
from urllib.parse import SplitResult, urlunsplit

from standardwebhooks import Webhook as Signer

from sentisound.webhooks.guard import Guard

CONNECT_S = 5.0
TOTAL_S = 15.0
"""For a message and its answer; Standard Webhooks asks for 15 to 30 s."""


def post(guard: Guard, url: str, secret: str, identity: str, body: bytes) -> int:
    """Send a message and return the status of the answer, whose body is not read.

    Raises
    ------
    AddressRefused
        When the host leads to an address that must not be reached.
    OSError, http.client.HTTPException
        When it cannot be reached, or does not answer in time.
    """
    parts = guard.check_url(url)
    connection = _Checked(guard, parts, TOTAL_S)
    timer = Timer(TOTAL_S, connection.cut)  # a timeout of a socket is one of each read: a slow drip would have no end
    timer.daemon = True
    timer.start()
    try:
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request("POST", target, body, _headers(secret, identity, body))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        if connection.left_s <= 0:
            raise TimeoutError(f"no answer within {TOTAL_S:g} s") from None
        raise
    finally:
        timer.cancel()
        connection.close()


def _headers(secret: str, identity: str, body: bytes) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "Content-Type": "application/json",
        "User-Agent": "SentiSound-Webhooks",
        "webhook-id": identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(identity, now, body.decode()),
    }


class _Checked(http.client.HTTPConnection):
    """A connection that goes to the addresses that the guard has seen, and to no other."""

    def __init__(self, guard: Guard, parts: SplitResult, total_s: float) -> None:
        self._guard = guard
        self._end_s = time.monotonic() + total_s
        self._secure = parts.scheme == "https"
        self.default_port = 443 if self._secure else 80
        super().__init__(parts.hostname or "", parts.port or self.default_port, timeout=CONNECT_S)

    @property
    def left_s(self) -> float:
        """Seconds that are left for all of it."""
        return self._end_s - time.monotonic()

    def connect(self) -> None:
        """Connect to the first address that answers, while there is time."""
        found = self._guard.addresses(self.host, self.port)
        for number, address in enumerate(found):
            if self.left_s <= 0:
                raise TimeoutError
            try:
                sock = socket.create_connection((address, self.port), max(0.001, min(CONNECT_S, self.left_s)))
            except OSError:
                if number == len(found) - 1:
                    raise
            else:
                break
        sock.settimeout(max(self.left_s, 0.001))
        self.sock = sock  # so that it is closed where the handshake fails
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)

    def cut(self) -> None:
        """End the connection from another thread."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
