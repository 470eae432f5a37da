"""Connections: none is held for longer than its client has something to do, and there are only so many."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sentisound.api import connections
from sentisound.api.connections import Admission, TimedProtocol, protocol, raise_file_limit
from sockets import HEAD, answered, connected, read_until_closed

HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = HEAD.replace(b"Content-Length: 10000", b"Transfer-Encoding: chunked")


def fresh(client: httpx.Client) -> int:
    """Return how a new connection's request is answered."""
    return httpx.get(f"{client.base_url}/health", trust_env=False, timeout=20).status_code


def cut_at(connection: socket.socket, said: bytes) -> bool:
    """Return whether the server has cut the connection, as is seen when something more is sent."""
    try:
        connection.sendall(said)
    except TimeoutError:  # it reads no more at the moment
        return False
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_a_connection_that_asks_nothing_is_closed(serving, fake, monkeypatch, sent: bytes) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.3)
    with serving(fake()) as client, connected(client) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - began < 5
        assert httpx.get(f"{client.base_url}/health", trust_env=False).status_code == 200


@pytest.mark.parametrize("sent", [b"G", b"GET / HT", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_the_second_request_is_timed_too(serving, fake, monkeypatch, sent: bytes) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.5)
    with serving(fake()) as client, connected(client) as connection:
        connection.sendall(HEALTH)
        assert answered(connection)[0] == 200
        connection.sendall(sent)
        began = time.monotonic()
        assert read_until_closed(connection) == b""
        assert time.monotonic() - began < 5


def test_a_connection_that_asks_again_and_again_stays_open(serving, fake, monkeypatch) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 1.0)
    with serving(fake()) as client, connected(client) as connection:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            connection.sendall(HEALTH)
            assert answered(connection)[0] == 200
            time.sleep(0.05)


def test_an_answer_that_nobody_reads_is_cut(serving, fake, monkeypatch) -> None:
    monkeypatch.setattr(connections, "WRITE_S", 0.5)
    take, lose, lost = TimedProtocol.connection_made, TimedProtocol.connection_lost, threading.Event()

    def take_with_little_room(self, transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        take(self, transport)

    def say_that_it_is_lost(self, error) -> None:
        lost.set()
        lose(self, error)

    monkeypatch.setattr(TimedProtocol, "connection_made", take_with_little_room)
    monkeypatch.setattr(TimedProtocol, "connection_lost", say_that_it_is_lost)
    with serving(fake(), rate_requests=0) as client, connected(client) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(HEALTH.replace(b"/health", b"/static/app.js") * 100)  # more than every buffer takes
        assert lost.wait(60)
        assert read_until_closed(connection).count(b"HTTP/1.1 200") < 100
        assert fresh(client) == 200


def test_a_body_that_goes_on_after_its_answer_is_cut_after_a_while(serving, fake, monkeypatch) -> None:
    monkeypatch.setattr(connections, "DRAIN_S", 0.5)
    with serving(fake(), max_upload_mb=0.01) as client, connected(client) as connection:
        connection.sendall(HEAD.replace(b"10000", b"99999999"))
        assert answered(connection)[0] == 413
        end = time.monotonic() + 10
        while time.monotonic() < end and not cut_at(connection, b"x"):
            time.sleep(0.05)
        assert time.monotonic() < end


def test_a_body_that_goes_on_after_its_answer_is_cut_after_so_much(serving, fake, monkeypatch) -> None:
    monkeypatch.setattr(connections, "DRAIN_BYTES", 1_000_000)
    monkeypatch.setattr(connections, "DRAIN_S", 60)
    with serving(fake(), max_upload_mb=0.01) as client, connected(client) as connection:
        connection.sendall(HEAD.replace(b"10000", b"99999999"))
        assert answered(connection)[0] == 413
        assert any(cut_at(connection, b"x" * 65_536) for _ in range(200))


@pytest.mark.parametrize("answered_before", [True, False])
def test_chunks_that_are_none_leave_no_traceback(serving, fake, caplog, answered_before: bool) -> None:
    with serving(fake(), max_upload_mb=0.01) as client, connected(client) as connection:
        head = CHUNKED.replace(b"multipart/form-data", b"text/plain") if answered_before else CHUNKED
        connection.sendall(head)
        if answered_before:
            assert answered(connection)[0] == 400
        connection.sendall(b"zz\r\nno chunk\r\n")
        read_until_closed(connection)
        assert fresh(client) == 200
    assert not [record for record in caplog.records if record.exc_info]


def test_the_one_that_waits_longest_makes_room(serving, fake, monkeypatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 20)
    with serving(fake()) as client, many(client, 40) as held:
        assert fresh(client) == 200
        held[0].settimeout(5)
        assert read_until_closed(held[0]) == b""


def test_where_every_connection_has_a_request_a_new_one_is_told_to_come_back(serving, fake, monkeypatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 20)
    with serving(fake()) as client, many(client, 22, HEAD), connected(client) as connection:
        assert b"503" in read_until_closed(connection).splitlines()[0]
    with serving(fake()) as client:
        assert fresh(client) == 200


@contextlib.contextmanager
def many(client: httpx.Client, count: int, said: bytes = b"GET /heal") -> Iterator[list[socket.socket]]:
    """Open connections that each say something and nothing more."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connected(client)) for _ in range(count)]
        for one in opened:
            with contextlib.suppress(ConnectionError):
                one.sendall(said)
        time.sleep(0.3)
        yield opened


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("10.1.2.3", ""),
        ("testclient", ""),
    ],
)
def test_an_address_is_counted_unless_many_come_from_it(address: str, account: str) -> None:
    assert Admission(proxies=("10.0.0.0/8", "proxy.example")).account(address) == account


def test_an_address_has_only_so_many(serving, fake, monkeypatch) -> None:
    monkeypatch.setattr(Admission, "account", lambda *_: "203.0.113.7")
    monkeypatch.setattr(Admission, "__init__", _few(Admission.__init__))
    with serving(fake()) as client, many(client, 12) as held:
        held[0].settimeout(5)
        assert read_until_closed(held[0]) == b""
        assert fresh(client) == 200


def _few(init: Any) -> Any:
    return lambda self, **named: init(self, most_per_address=5, **named)


def test_connections_leave_room_for_files() -> None:
    assert 16 <= raise_file_limit() <= connections.MAX_CONNECTIONS


def test_what_uvicorn_takes_makes_such_connections() -> None:
    assert protocol().func is TimedProtocol
