"""Connections: how many there are, and how long each may take to ask, to send what nobody reads, and to listen.

uvicorn times the pause between two requests and nothing else: a request's head, a body that is left over after an
early answer, and an answer that is not read could each hold a connection for ever.
"""

from __future__ import annotations

import asyncio
import ipaddress
import resource
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 20.0
"""How long a connection may take until the head of its first or next request is complete."""
DRAIN_S = 5.0
DRAIN_BYTES = 64_000_000
"""How long, and how much, a client may go on to send of a request that is answered: it would not read it otherwise."""
WRITE_S = 20.0
"""How long a client may take to read some 48 kB of an answer, or the last of it."""
READ_BYTES, READ_BODY_BYTES = 16_384, 262_144
"""Bytes read at once, and as much of a body as its ``Content-Length`` has left.

What h11 makes of one-byte chunks, or of pipelined requests, would keep the event loop busy for a second with 256 kB.
"""
MAX_CONNECTIONS = 1000
MAX_PER_ADDRESS = 200
RESERVED_FILES = 128
"""Descriptors that are left for the database, uploads and worker processes."""
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nretry-after: 2\r\nconnection: close\r\n\r\n"
    b"the server has too many connections; try again in 2 seconds\n"
)


def raise_file_limit() -> int:
    """Let the process open as many files as it may, and return how many connections fit beside its own files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # where the system has a lower bound of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536) if hard > 0 else 65_536, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(min(MAX_CONNECTIONS, soft - RESERVED_FILES), 16)


@dataclass
class Admission:
    """How many connections there may be, altogether and from each address that is no proxy of ours.

    An IPv6 address counts with its /64, which is what one customer has.
    """

    most: int = MAX_CONNECTIONS
    most_per_address: int = MAX_PER_ADDRESS
    proxies: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)

    def account(self, address: str) -> str:
        """Return what connections from an address are counted under; empty where they are not."""
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return ""
        if ip.is_loopback or any(_covers(proxy, ip) for proxy in self.proxies):
            return ""
        return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))


def _covers(proxy: str, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if proxy == "*":
        return True
    try:
        return ip in ipaddress.ip_network(proxy, strict=False)
    except ValueError:
        return False


class TimedProtocol(H11Protocol):
    """uvicorn's protocol with limits; ``check`` has to be called about every second.

    Parameters
    ----------
    admission : Admission
        Shared by the connections of a server.
    arguments
        As for uvicorn's own.
    """

    def __init__(self, *arguments: Any, admission: Admission, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._admission = admission
        self._account = ""
        self._turns = 0
        self._phase: tuple[str, int] = ("", 0)
        self._phase_since_s = self.loop.time()
        self._turn_since_s = self.loop.time()
        self._drained_bytes = 0
        self._left_bytes = 0
        self._is_cut = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in, in place of the one that has waited longest where there are too many."""
        super().connection_made(transport)
        self._read_at_most(READ_BYTES)
        self._account = self._admission.account(self.client[0] if self.client else "")
        if self._account:
            self._admission.counts[self._account] += 1
        if self._admission.counts[self._account] > self._admission.most_per_address:
            self._replace_one_of(self._account)
        elif len(self.connections) > self._admission.most:
            self._replace_one_of(None)

    def _replace_one_of(self, account: str | None) -> None:
        """Cut the connection that has been without a request for longest; where every other has one, refuse this."""
        others = [
            one
            for one in self.connections
            if isinstance(one, TimedProtocol)
            and one is not self
            and one.is_waiting
            and not one._is_cut
            and account in (None, one._account)
        ]
        if others:
            oldest = min(others, key=lambda one: one._turn_since_s)
            oldest._is_cut = True  # it is among the connections until the event loop comes round
            oldest.transport.abort()
            return
        self.transport.write(FULL)
        self.transport.close()

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def check(self, now_s: float) -> None:
        """Close the connection where its client takes too long with what is due."""
        phase = (self._phase_name(), self._turns)
        if phase != self._phase:
            self._phase, self._phase_since_s = phase, now_s
            return
        limit_s = {"asking": HEADERS_S, "draining": DRAIN_S, "reading": WRITE_S, "closing": WRITE_S}.get(phase[0])
        if limit_s is None or now_s - self._phase_since_s <= limit_s:
            return
        if phase[0] in {"reading", "closing"}:
            self.transport.abort()  # to close would wait for what is not read
        else:
            self.transport.close()

    def _phase_name(self) -> str:
        if self.transport.is_closing():
            return "closing"
        if self.flow.write_paused:
            return "reading"
        if not self.is_waiting:
            return "working"
        return "draining" if self._is_draining else "asking"

    @property
    def _is_draining(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete and self.conn.their_state is h11.SEND_BODY

    def data_received(self, data: bytes) -> None:
        """Take what has come, unless it is left over from a request that was answered and there is too much of it."""
        if self._is_draining:
            self._drained_bytes += len(data)
            if self._drained_bytes > DRAIN_BYTES:
                self.transport.close()
                return
        super().data_received(data)
        if self._left_bytes:
            self._left_bytes = max(self._left_bytes - len(data), 0)
            self._read_at_most(min(max(self._left_bytes, READ_BYTES), READ_BODY_BYTES))

    def handle_events(self) -> None:
        """Note how long the body of a new request is."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            lengths = [value for name, value in self.headers if name == b"content-length"]
            self._left_bytes = int(lengths[0]) if lengths else 0

    def _read_at_most(self, size: int) -> None:
        cast("Any", self.transport).max_size = size  # asyncio's, which has no method for it

    def on_response_complete(self) -> None:
        """Begin a new turn."""
        self._next_turn()
        self._drained_bytes = 0
        super().on_response_complete()

    def resume_writing(self) -> None:
        """Begin a new turn: the client has read."""
        self._next_turn()
        super().resume_writing()

    def _next_turn(self) -> None:
        self._turns += 1
        self._turn_since_s = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; where an answer is begun or given there is nothing to say any more."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        self.transport.close()
        if self.cycle is not None:
            self.cycle.disconnected = True  # an application at work must not answer after this
            self.cycle.message_event.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count one less."""
        if self._account:
            self._admission.counts[self._account] -= 1
            self._admission.counts += Counter()  # without those at zero
        super().connection_lost(exc)


def protocol(proxies: tuple[str, ...] = ()) -> partial[TimedProtocol]:
    """Return what ``uvicorn.Config(http=...)`` takes.

    Parameters
    ----------
    proxies : tuple of str
        Addresses and networks of proxies, whose connections are many people's.
    """
    return partial(TimedProtocol, admission=Admission(most=raise_file_limit(), proxies=proxies))
