"""Sends one message: to an address that was checked, in a time that is limited, following no redirect."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from threading import Timer
from urllib.parse import SplitResult, urlunsplit

from sentisound.webhooks.guard import Guard
from sentisound.webhooks.signature import headers

CONNECT_S = 5.0
TOTAL_S = 15.0
"""Standard Webhooks asks for 15 to 30 s."""


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
    connection = _Checked(guard, parts)
    timer = Timer(TOTAL_S, connection.cut)  # a timeout of a socket is one of each read: a slow drip would have no end
    timer.daemon = True
    timer.start()
    try:
        signed = headers(secret, identity, int(time.time()), body)
        said = {"Content-Type": "application/json", "User-Agent": "SentiSound-Webhooks", **signed}
        connection.request("POST", urlunsplit(("", "", parts.path or "/", parts.query, "")), body, said)
        return connection.getresponse().status
    finally:
        timer.cancel()
        connection.close()


class _Checked(http.client.HTTPConnection):
    """A connection that goes to the addresses that the guard has seen, and to no other."""

    def __init__(self, guard: Guard, parts: SplitResult) -> None:
        self._guard = guard
        self._secure = parts.scheme == "https"
        self.default_port = 443 if self._secure else 80
        super().__init__(parts.hostname or "", parts.port or self.default_port, timeout=CONNECT_S)

    def connect(self) -> None:
        """Connect to the first address that answers."""
        found = self._guard.addresses(self.host, self.port)
        for number, address in enumerate(found):
            try:
                sock = socket.create_connection((address, self.port), self.timeout)
            except OSError:
                if number == len(found) - 1:
                    raise
            else:
                break
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
